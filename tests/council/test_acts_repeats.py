"""A void vote and what may stand in its place: by name, or in secret where the profile has a ground for it."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from council.profile import load
from council.protocol_acts import CallItem, OpenSitting, OpenVote, RecordSecretVote, SetPresence, VoidVote
from council.refusals import Refusal
from council.views import agenda_views, vote_label
from council.views_console import console_state
from council.views_secret import secret_view
from voting.entries import VoteVoided

ACT = "0" * 16
MOTION = "Рішення 1"


def begun(acts_room: ModuleType, profile: str) -> Any:
    room = acts_room.Room(load(profile))
    room.do(OpenSitting(act=ACT))
    for n in range(1, 7):
        room.do(SetPresence(act=ACT, member=f"m{n}", present=True))
    room.do(CallItem(act=ACT, item="1"))
    return room


def ballot(n: int, repeats: int | None, ground: str = "secretary", **fields: Any) -> RecordSecretVote:
    names: tuple[str, ...] = fields.pop("candidates", ())
    counts = (4, *[0] * (len(names) - 1)) if names else ()
    return RecordSecretVote(
        act=ACT, vote_n=n, motion=fields.pop("motion", MOTION), rule=None, ground=ground, issued=4, found=4, invalid=0,
        votes_for=4, votes_against=0, votes_abstain=0, candidates=names, counts=counts, protocol_name="п.pdf",
        protocol_sha256="a" * 64, protocol_bytes=1, repeats=repeats,
    )  # fmt: skip


def voided(room: Any, n: int) -> None:
    room.feed([VoteVoided(room.at, n, "збій")])


def refused(room: Any, act: Any) -> str:
    with pytest.raises(Refusal) as refusal:
        room.do(act)
    assert refusal.value.sentence("uk")
    return refusal.value.code


def may(room: Any, n: int) -> tuple[str, ...]:
    return next(vote.may for vote in console_state(room.data, room.now).votes if vote.n == n)


def test_void_vote_by_name_is_repeated_in_secret_on_its_own_item_and_once(acts_room: ModuleType) -> None:
    room = begun(acts_room, "ua")
    override = {"override": "привід"}
    room.do(OpenVote(act=ACT, vote_n=1, seconds=None, **override))
    assert refused(room, ballot(2, 1)) == "vote_running"
    voided(room, 1)
    assert may(room, 1) == ("repeat", "repeat_otherwise")
    room.do(CallItem(act=ACT, item="2"))
    assert refused(room, ballot(2, 1, "вигадана")) == "no_ground"
    room.do(ballot(2, 1))
    again = room.record.secret_votes[2]
    assert (again.item, again.fact.repeats, room.record.votes[1].followed_by) == ("1", 1, [2])
    assert may(room, 1) == ()
    assert refused(room, ballot(3, 1)) == "repeated_already"
    name: dict[str, Any] = {"relation": "repeat", "refers_to": 1, **override}
    assert refused(room, OpenVote(act=ACT, vote_n=3, seconds=None, **name)) == "repeated_already"
    room.do(CallItem(act=ACT, item="1"))
    view = secret_view(room.data)
    assert view is not None and "Повторення голосування № 1, визнаного недійсним: збій." in view.ground["uk"]
    assert console_state(room.data, room.now).next_motion is None
    assert agenda_views(room.data, with_result=True)[0].verdict is not None


def test_void_secret_ballot_is_repeated_by_name_and_not_reconsidered(acts_room: ModuleType) -> None:
    room = begun(acts_room, "ua")
    room.do(ballot(1, None, candidates=("Коваль", "Мороз")))
    by_name = OpenVote(
        act=ACT, vote_n=2, seconds=None, relation="repeat", refers_to=1, override="привід", method="entered"
    )
    assert refused(room, by_name) == "not_void"
    assert may(room, 1) == ("void", "print")
    room.do(VoidVote(act=ACT, vote_n=1, reason="зіпсовані бюлетені"))
    assert may(room, 1) == ("repeat", "repeat_otherwise", "print")
    again = OpenVote(act=ACT, vote_n=2, seconds=None, relation="reconsideration", refers_to=1, reason="так")
    assert refused(room, again) == "secret_vote"
    room.do(by_name)
    opened = room.record.votes[2].opened
    assert (opened.item, opened.subject, opened.reason) == ("1", "candidates", "зіпсовані бюлетені")
    assert [candidate.name for candidate in opened.candidates] == ["Коваль", "Мороз"]
    label = vote_label(room.record.votes[2], room.record)
    assert label is not None and label["uk"] == "Повторення голосування № 1, визнаного недійсним: зіпсовані бюлетені."
    assert room.record.secret_votes[1].followed_by == [2] and may(room, 1) == ("print",)
    voided(room, 2)
    room.do(ballot(3, 2, candidates=("Коваль", "Мороз")))  # and in secret after all
    assert room.record.repeated_by(2) == 3


def test_vote_that_the_other_way_cannot_take_is_refused(acts_room: ModuleType) -> None:
    room = begun(acts_room, "ua")
    room.do(OpenVote(act=ACT, vote_n=1, seconds=None, also_items=("2",), override="привід"))
    voided(room, 1)
    assert refused(room, ballot(2, 1)) == "block_not_secret"
    assert may(room, 1) == ("repeat",)
    room.do(ballot(2, None, candidates=tuple(f"Кандидат {n}" for n in range(9))))
    voided(room, 2)
    by_name = OpenVote(act=ACT, vote_n=3, seconds=None, relation="repeat", refers_to=2, override="привід")
    assert refused(room, by_name) == "too_many_candidates"
    assert may(room, 2) == ("repeat", "print")
    pune = begun(acts_room, "in")  # no ground for a secret ballot
    pune.do(OpenVote(act=ACT, vote_n=1, seconds=None, motion=MOTION, override="привід"))
    voided(pune, 1)
    assert may(pune, 1) == ("repeat",)
    assert refused(pune, ballot(2, 1)) == "no_ground"
