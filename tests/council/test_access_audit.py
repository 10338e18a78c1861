"""What staff did, and members' cards and PINs, on a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from council.access import Access, BadCredential, Login, TooManyTries, WrongPassword
from council.access import audit as notes
from council.hall.acting import detail
from council.protocol_acts import DecideTie, EnterAnswers, NoteCorrection, OpenVote, RecordSecretVote, SetPresence
from sql.database import LOST

if TYPE_CHECKING:
    from tests.conftest import DyingLine, TestDatabase

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
BY = Login("tech", "Технік", "technician", b"", NOW, NOW)


@pytest.fixture
async def pool(db: TestDatabase, house: ModuleType) -> AsyncIterator[Any]:
    await house.furnish(db.database("hall"), 3)
    pool = await db.database("hall").pool(1, 4)
    yield pool
    await pool.close()


@pytest.fixture
async def access(pool: Any) -> Access:
    return Access(pool, b"k" * 32, second_factor_required=False)


# --- notes --------------------------------------------------------------------------------------------------------


async def test_acts_are_written_in_order_and_read_newest_first_by_pages(
    access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "PAGE", 3)
    for n in range(1, 8):
        staff = "clerk" if n % 2 else "second"
        access.note_act(staff, "clerk", f"Act{n}", at=NOW + timedelta(seconds=n), sitting="s" if n < 4 else None)
    assert await access.write_waiting_acts()
    first = await access.acts()
    assert [one.act.act for one in first] == ["Act7", "Act6", "Act5"]
    assert [one.act.act for one in await access.acts(before=first[-1].id)] == ["Act4", "Act3", "Act2"]
    assert [one.act.act for one in await access.acts(staff="second")] == ["Act6", "Act4", "Act2"]
    assert [one.act.act for one in await access.acts(sitting="s", staff="clerk")] == ["Act3", "Act1"]
    assert first[0].act.at == NOW + timedelta(seconds=7)


async def test_notes_wait_for_the_database_and_hold_nobody_up(
    db: TestDatabase, house: ModuleType, dying_line: DyingLine
) -> None:
    await house.furnish(db.database("hall"), 3)
    pool = await dying_line.database("hall").pool(1, 1)
    access = Access(pool, b"k" * 32)
    writer = asyncio.create_task(access.write_acts())
    try:
        access.note_act("clerk", "clerk", "Before", at=NOW)
        await eventually(access, ["Before"])
        await dying_line.end("hall")
        access.note_act("clerk", "clerk", "While", at=NOW)
        access.note_act("clerk", "clerk", "After", at=NOW)
        await eventually(access, ["After", "While", "Before"])
    finally:
        writer.cancel()
        pool.terminate()


async def eventually(access: Access, acts: list[str]) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                if [one.act.act for one in await access.acts()] == acts:
                    return
            except LOST:
                pass
            await asyncio.sleep(0.05)


async def test_notes_that_find_no_room_are_counted_aloud(
    access: Access, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(notes, "WAITING_AT_MOST", 2)
    for n in range(5):
        access.note_act("clerk", "clerk", f"Act{n}", at=NOW)
    assert caplog.text.count("staff_acts_not_kept") == 1
    assert await access.write_waiting_acts()
    found = [(one.act.act, one.act.detail) for one in await access.acts()]
    assert found == [("notes_lost", "3"), ("Act1", ""), ("Act0", "")]


async def test_what_was_noted_is_changed_by_nobody(db: TestDatabase, access: Access) -> None:
    access.note_act("clerk", "clerk", "Act", at=NOW, detail="zero \0 byte, \ud800 half")
    assert await access.write_waiting_acts()
    for role in ("hall", "owner"):
        connection = await db.database(role).connect()  # type: ignore[arg-type]
        for change in ("update staff_act set staff = 'other'", "delete from staff_act", "truncate staff_act"):
            with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.RestrictViolationError)):
                await connection.execute(change)
        await connection.close()
    assert [one.act.detail for one in await access.acts()] == ["zero \ufffd byte, \ufffd half"]


async def test_note_that_the_database_refuses_does_not_hold_up_those_after_it(access: Access) -> None:
    for act in ("One", "x", "Two"):
        access.note_act("clerk", "clerk", act, at=NOW)
    access._notes[1] = replace(access._notes[1], act="\0")  # as a fault elsewhere would make it
    assert await access.write_waiting_acts()
    assert [(one.act.act, one.act.detail) for one in await access.acts()] == [
        ("notes_lost", "1"),
        ("Two", ""),
        ("One", ""),
    ]


async def test_sign_ins_and_refusals_are_noted_without_what_was_typed(access: Access, house: ModuleType) -> None:
    for name in ("clerk", "my password by mistake"):
        with pytest.raises(WrongPassword):
            await access.sign_in(name, "wrong password", "10.0.0.1", NOW)
    await access.sign_in("clerk", house.PASSWORD, "10.0.0.1", NOW)
    await access.write_waiting_acts()
    acts = [one.act for one in await access.acts()]
    assert [(act.staff, act.role, act.act, act.outcome) for act in acts] == [
        ("clerk", "clerk", "signed_in", "done"),
        ("", "", "signed_in", "wrong_password"),
        ("clerk", "clerk", "signed_in", "wrong_password"),
    ]
    assert "password" not in " ".join(act.detail for act in acts)


def test_detail_says_what_was_done_and_never_how_anyone_votes() -> None:
    act = "0" * 16
    assert detail(SetPresence(act=act, member="m5", present=True)) == "member=m5 present=True"
    assert detail(OpenVote(act=act, vote_n=3, seconds=20, override="chair’s word")).endswith(" override=chair’s word")
    assert detail(EnterAnswers(act=act, vote_n=3, answers={"m1": "against"}, rest="for")) == "vote_n=3"
    assert detail(DecideTie(act=act, vote_n=3, option="for")) == "vote_n=3"
    correction = NoteCorrection(act=act, vote_n=3, member="m1", meant="against", statement="I meant against")
    assert detail(correction) == "vote_n=3 member=m1"
    assert not {"answers", "rest", "option", "meant", "statement", "votes_for"} & set(
        detail(secret_vote(act)).replace("=", " ").split()
    )


def secret_vote(act: str) -> RecordSecretVote:
    return RecordSecretVote(
        act=act, vote_n=4, motion="Обрати голову", rule=None, ground="secret_officials", issued=30, found=30, invalid=0,
        votes_for=20, votes_against=5, votes_abstain=5, candidates=(), counts=(), protocol_name="p.pdf",
        protocol_sha256="0" * 64, protocol_bytes=10,
    )  # fmt: skip


# --- cards and PINs -----------------------------------------------------------------------------------------------


async def test_card_finds_its_member_however_it_is_written(access: Access, pool: Any) -> None:
    await access.set_credential("m2", NOW, by=BY, card="04:a2:3b 91")
    assert await access.member_by_card("04A23B91", "rada") == "m2"
    assert await access.member_by_card(" 04-a2-3b-91 ", "rada") == "m2"
    assert await access.member_by_card("04A23B92", "rada") is None
    assert await access.member_by_card("", "rada") is None
    stored = str([dict(row) for row in await pool.fetch("select * from member_credential")])
    assert "04A23B91" not in stored
    other = Access(pool, b"o" * 32)  # a copy of the database without the key
    assert await other.member_by_card("04A23B91", "rada") is None


async def test_card_of_one_member_is_no_other_members(access: Access) -> None:
    await access.set_credential("m2", NOW, by=BY, card="12345678")
    await access.set_credential("m2", NOW, by=BY, card="12345678")
    for member, card, pin, code in [
        ("m1", "12345678", None, "card_taken"),
        ("nobody", "87654321", None, "no_member"),
        ("m1", "1234567", None, "bad_card"),
        ("m1", "00000000", None, "bad_card"),
        ("m1", "картка77", None, "bad_card"),
        ("m1", None, "12", "bad_pin"),
        ("m1", None, "12ab", "bad_pin"),
    ]:
        with pytest.raises(BadCredential) as refused:
            await access.set_credential(member, NOW, by=BY, card=card, pin=pin)
        assert refused.value.code == code
    await access.set_credential("m2", NOW, by=BY, card="")
    await access.set_credential("m1", NOW, by=BY, card="12345678")
    assert await access.member_by_card("12345678", "rada") == "m1"


async def test_one_card_serves_a_person_in_several_bodies(access: Access, db: TestDatabase, house: ModuleType) -> None:
    await house.furnish(db.database("hall"), 3, body="komisija")
    await access.set_credential("m1", NOW, by=BY, card="12345678")
    await access.set_credential("komisija-m1", NOW, by=BY, card="12345678")  # of the same name
    assert await access.member_by_card("12345678", "rada") == "m1"
    assert await access.member_by_card("12345678", "komisija") == "komisija-m1"
    with pytest.raises(BadCredential):  # somebody else
        await access.set_credential("komisija-m2", NOW, by=BY, card="12345678")


async def test_pin_is_its_members_alone_and_in_none_of_the_tables(access: Access, pool: Any) -> None:
    for member in ("m1", "m2"):
        await access.set_credential(member, NOW, by=BY, pin="4711")
    assert await access.check_pin("m1", "4711", "rada 1")
    assert not await access.check_pin("m1", "4712", "rada 1")
    assert not await access.check_pin("m3", "4711", "rada 1")
    rows = [row["pin_hash"] for row in await pool.fetch("select pin_hash from member_credential")]
    assert len(set(rows)) == 2 and not any("4711" in row for row in rows)
    assert not await Access(pool, b"o" * 32).check_pin("m1", "4711", "rada 1")
    await access.set_credential("m1", NOW, by=BY, pin="")
    assert not await access.check_pin("m1", "4711", "rada 1")


async def test_pins_are_not_guessed_at_a_desk_or_from_many(access: Access) -> None:
    await access.set_credential("m1", NOW, by=BY, pin="4711")
    tries = await asyncio.gather(
        *(access.check_pin(f"m{1 + n % 3}", "0000", "rada 1") for n in range(8)), return_exceptions=True
    )
    assert tries.count(False) == 5 and [type(one) for one in tries].count(TooManyTries) == 3
    for n in range(2, 9):  # the same member at other desks
        try:
            assert not await access.check_pin("m1", "0000", f"rada {n}")
        except TooManyTries:
            break
    else:
        raise AssertionError("seven wrong PINs of one member were taken")
    with pytest.raises(TooManyTries):
        await access.check_pin("m1", "4711", "rada 20")


async def test_own_pin_between_guesses_does_not_clear_the_desk(access: Access) -> None:
    """Else one member could try a common PIN with all others, or lock them all out, from one desk."""
    await access.set_credential("m1", NOW, by=BY, pin="4711")
    for n in range(2, 6):
        assert not await access.check_pin(f"m{n}", "0000", "rada 1")
        assert await access.check_pin("m1", "4711", "rada 1")  # a right one does not count
    assert not await access.check_pin("m6", "0000", "rada 1")
    with pytest.raises(TooManyTries):
        await access.check_pin("m7", "0000", "rada 1")


async def test_cards_tried_all_at_once_are_no_more_than_one_after_the_other(access: Access) -> None:
    await access.set_credential("m1", NOW, by=BY, card="04A23B91")
    tries = await asyncio.gather(
        *(access.member_by_card(f"{n:08}", "rada", "rada 1") for n in range(30)), return_exceptions=True
    )
    assert tries.count(None) == 20
    for _ in range(25):
        assert await access.member_by_card("04A23B91", "rada", "rada 2") == "m1"


async def test_cards_are_not_guessed_at_a_desk(access: Access) -> None:
    for n in range(20):
        assert await access.member_by_card(f"{n:08}", "rada", "rada 1") is None
    with pytest.raises(TooManyTries):
        await access.member_by_card("12345678", "rada", "rada 1")
    assert await access.member_by_card("12345678", "rada", "rada 2") is None


async def test_members_are_listed_with_what_they_have(access: Access) -> None:
    await access.set_credential("m2", NOW, by=BY, card="12345678", pin="4711")
    await access.set_credential("m3", NOW, by=BY, pin="4711")
    found = {id_: (card, pin) for id_, _, card, pin in await access.members_with("rada")}
    assert found == {"m1": (False, False), "m2": (True, True), "m3": (False, True)}
    await access.write_waiting_acts()
    acts = [(one.act.staff, one.act.act, one.act.detail) for one in await access.acts()]
    assert acts == [("tech", "credential_set", "m3: pin"), ("tech", "credential_set", "m2: card, pin")]
