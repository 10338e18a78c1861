"""What a console may do and did: the act is asked of the rights, goes to the chamber, and its answer is noted.

Notes say who, what and how it ended; of an act's fields only those that cannot tell how anyone votes."""

from __future__ import annotations

import logging

from council.access import Login
from council.hall.process import Hall
from council.letters import unseen_in
from council.links import REVOKED, Link
from council.message import Message
from council.protocol import Done, EnrolmentMade, Refused, encode
from council.protocol_acts import ActMessage
from council.refusals import Refusal, sentence
from council.rights import may

logger = logging.getLogger(__name__)

WAITING_AT_MOST = 1000  # acts of one console that are not answered yet

# How somebody votes can stand in answers, option, meant, statement: they are not here.
TOLD = (
    *("vote_n", "item", "member", "present", "recused", "desk_no", "seconds", "method", "rule", "relation"),
    *("refers_to", "repeats", "after", "request", "speech", "speaker", "floor", "proposal", "ground", "protocol_name"),
    *("reason", "override"),
)


class Acting:
    """One console's acts."""

    def __init__(self, hall: Hall, link: Link, login: Login, sitting: str) -> None:
        self._hall, self._link, self._login, self._sitting = hall, link, login, sitting
        self._waiting: dict[str, ActMessage] = {}  # by act id
        link.answered = self._answered

    def may(self, act: ActMessage) -> bool:
        """Whether the role has the right; else it is refused here. What is allowed is noted when it is answered.

        An id stands for one act: while that waits for its answer another under the same id is refused, and so is any
        act while too many wait. Else the one would be noted as the other, or not at all."""
        logger.info("act sitting=%s act=%s by=%s", self._sitting, type(act).__name__, self._login.staff)
        if self._hall.access.login(self._login.token_hash, self._hall.clock.now()) is None:
            self._note(act, "signed_out")  # the line is not cut yet
            self._link.close(REVOKED)
            return False
        before = self._waiting.setdefault(act.act, act)
        if before != act:
            return self._refused_beside(act, "bad_message")
        if len(self._waiting) > WAITING_AT_MOST:
            del self._waiting[act.act]
            return self._refused_beside(act, "too_fast")
        letter = unseen_in(act)
        if letter is None and may(self._login.role, type(act).__name__):
            return True
        refusal = Refusal("not_allowed") if letter is None else Refusal("unseen_letter", letter=letter)
        self._link.put(Refused(code=refusal.code, text=refusal.sentence(self._link.lang), act=act.act))
        return False

    def _refused_beside(self, act: ActMessage, code: str) -> bool:
        """Refused and noted, while what waits under its id goes on waiting."""
        self._note(act, code)
        self._link.put_frame(encode(Refused(code=code, text=sentence(code, self._link.lang), act=act.act)))
        return False

    def _answered(self, message: Message) -> None:
        if not isinstance(message, Done | Refused | EnrolmentMade) or message.act is None:
            return
        act = self._waiting.pop(message.act, None)
        if act is not None:
            self._note(act, message.code if isinstance(message, Refused) else "done")

    def _note(self, act: ActMessage, outcome: str) -> None:
        self._hall.access.note_act(
            *(self._login.staff, self._login.role, type(act).__name__),
            at=self._hall.clock.now(),
            sitting=self._sitting,
            detail=detail(act),
            outcome=outcome,
        )


def detail(act: ActMessage) -> str:
    """`vote_n=3 member=m5`: in the order of TOLD, without what is not given."""
    given = ((name, getattr(act, name, None)) for name in TOLD)
    return " ".join(f"{name}={value}" for name, value in given if value is not None)
