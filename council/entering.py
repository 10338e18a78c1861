"""Answers that a clerk enters for members: said aloud in a roll call, or taken by hand when the equipment fails. Pure.

Each is a press whose boot is the act's id: entering the same act twice changes nothing, a later act replaces an earlier
one's answer. A vote entered by hand counts only when another clerk closes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from council.chamber_data import ChamberData
from council.protocol_acts import EnterAnswers
from council.refusals import Refusal
from voting.entries import Channel, Option, stamp
from voting.errors import BadOption, NotEntitled, VoteHeldError, VoteNotOpen, WrongChannel
from voting.vote_event import Press, VoteEvent


def answers_of(act: EnterAnswers, data: ChamberData, now: datetime) -> Sequence[Press]:
    """The presses to write. Raises Refusal; then none of them may be."""
    event = data.event
    if event is None or act.vote_n != event.opened.n:
        raise Refusal("no_vote")
    if data.closing:
        raise Refusal("vote_held" if data.holding else "vote_closed")
    given = dict(act.answers)
    if act.rest is not None:
        if event.opened.method != "entered":
            raise Refusal("rest_not_here")
        have = event.voted | data.answered
        given |= {member: act.rest for member in event.opened.entitled if member not in have and member not in given}
    channel: Channel = "entered" if event.opened.method == "entered" else "called"
    return [_press(event, act.act, member, answer, channel, data, now) for member, answer in given.items()]


def _press(
    event: VoteEvent, act: str, member: str, answer: str | int, channel: Channel, data: ChamberData, now: datetime
) -> Press:
    option, candidate = (Option.FOR, answer) if isinstance(answer, int) else (Option(answer), None)
    name = data.roll_names.get(member)
    if name is None:
        raise Refusal("no_such_member")
    try:
        event.check_press(member, act, 1, option, candidate, channel)
    except VoteHeldError:
        raise Refusal("vote_held") from None
    except VoteNotOpen:
        raise Refusal("vote_closed") from None
    except NotEntitled:
        raise Refusal("member_not_entitled", name=name) from None
    except (BadOption, WrongChannel):
        raise Refusal("bad_option") from None
    return Press(member, act, 1, option, stamp(now), candidate=candidate, channel=channel)
