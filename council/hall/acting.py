"""What a console may do and did: the act is asked of the rights, goes to the chamber, and its answer is noted.

Notes say who, what and how it ended; of an act's fields only those that cannot tell how anyone votes."""

from __future__ import annotations

import logging
from collections import OrderedDict

from council.access import Login
from council.hall.process import Hall
from council.links import Link
from council.message import Message
from council.protocol import Done, EnrolmentMade, Refused
from council.protocol_acts import ActMessage
from council.refusals import sentence
from council.rights import may

logger = logging.getLogger(__name__)

WAITING_AT_MOST = 1000  # acts of one console that are not answered yet

# How somebody votes can stand in answers, option, meant, statement: they are not here.
TOLD = (
    *("vote_n", "item", "member", "present", "recused", "desk_no", "seconds", "method", "rule", "relation"),
    *("refers_to", "after", "request", "speech", "speaker", "floor", "proposal", "ground", "protocol_name"),
    *("reason", "override"),
)


class Acting:
    """One console's acts."""

    def __init__(self, hall: Hall, link: Link, login: Login, sitting: str) -> None:
        self._hall, self._link, self._login, self._sitting = hall, link, login, sitting
        self._waiting: OrderedDict[str, ActMessage] = OrderedDict()  # by act id
        link.answered = self._answered

    def may(self, act: ActMessage) -> bool:
        """Whether the role has the right; else it is refused here. What is allowed is noted when it is answered."""
        logger.info("act sitting=%s act=%s by=%s", self._sitting, type(act).__name__, self._login.staff)
        self._waiting[act.act] = act
        if len(self._waiting) > WAITING_AT_MOST:
            self._waiting.popitem(last=False)
        if may(self._login.role, type(act).__name__):
            return True
        self._link.put(Refused(code="not_allowed", text=sentence("not_allowed", self._link.lang), act=act.act))
        return False

    def _answered(self, message: Message) -> None:
        if not isinstance(message, Done | Refused | EnrolmentMade) or message.act is None:
            return
        act = self._waiting.pop(message.act, None)
        if act is not None:
            self._hall.access.note_act(
                *(self._login.staff, self._login.role, type(act).__name__),
                at=self._hall.clock.now(),
                sitting=self._sitting,
                detail=detail(act),
                outcome=message.code if isinstance(message, Refused) else "done",
            )


def detail(act: ActMessage) -> str:
    """`vote_n=3 member=m5`: in the order of TOLD, without what is not given."""
    given = ((name, getattr(act, name, None)) for name in TOLD)
    return " ".join(f"{name}={value}" for name, value in given if value is not None)
