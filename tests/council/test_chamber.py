"""The running sitting over real sockets and PostgreSQL: acts, who may know what and when, recovery, several bodies."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

import council
from council import equipment, store
from council.clock import Clock
from council.equipment import CameraReading, Readings
from council.qr import checkpoint_view
from council.refusals import Refusal
from streaming.health import FAULTS
from voting.ledger import read

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

NOW = datetime(2026, 3, 1, 12, 2, 31, 123_000, tzinfo=UTC)


async def kinds(db: TestDatabase, sitting: str) -> list[str]:
    conn = await db.database("hall").connect()
    entries = await read(conn, sitting)
    await conn.close()
    return [type(entry.fact).__name__ for entry in entries]


def options_in(message: Any) -> list[str]:
    """Every chosen option that a message holds anywhere, but in the words of languages."""
    if isinstance(message, dict):
        found = [o for key, value in message.items() if key not in ("title", "text") for o in options_in(value)]
        return found + [key for key in message if key in ("for", "against", "abstain")]
    if isinstance(message, list):
        return [option for value in message for option in options_in(value)]
    return [message] if message in ("for", "against", "abstain") else []


async def test_acts_are_repeatable_and_out_of_turn_refused(db: TestDatabase, hall: Any, house: ModuleType) -> None:
    async with house.clerk(hall.url) as console:

        async def code(type_: str, **fields: Any) -> str:
            answer = await console.act(type_, **fields)
            return answer["code"] if answer["type"] == "Refused" else answer["type"]

        assert await code("CallItem", item="1") == "sitting_not_open"
        assert await code("SetPresence", member="m1", present=True) == "sitting_not_open"
        assert await code("CloseVote", vote_n=1) == "no_vote"
        assert await code("AnnounceResult", vote_n=1) == "wrong_vote"
        assert await code("CloseSitting") == "sitting_not_open"
        assert [await code("OpenSitting") for _ in range(2)] == ["Done", "Done"]
        assert await code("OpenVote", vote_n=1, seconds=30) == "no_item"
        assert await code("CallItem", item="9") == "no_such_item"
        assert [await code("CallItem", item="1") for _ in range(2)] == ["Done", "Done"]
        assert await code("SetPresence", member="stranger", present=True) == "no_such_member"
        assert await code("OpenVote", vote_n=1, seconds=30) == "no_quorum"
        for n in range(1, 20):
            assert [await code("SetPresence", member=f"m{n}", present=True) for _ in range(2)] == ["Done", "Done"]
        assert await code("OpenVote", vote_n=2, seconds=30) == "wrong_vote"
        assert [await code("OpenVote", vote_n=1, seconds=30) for _ in range(2)] == ["Done", "Done"]
        assert await code("OpenVote", vote_n=2, seconds=30) == "vote_running"
        assert await code("CallItem", item="2") == "vote_running"
        assert await code("CloseSitting") == "vote_running"
        assert await code("AnnounceResult", vote_n=1) == "not_closed"
        assert await code("SetPresence", member="m19", present=False) == "Done"
        assert [await code("CloseVote", vote_n=1) for _ in range(2)] == ["Done", "Done"]
        assert await code("CallItem", item="2") == "not_announced"
        assert [await code("AnnounceResult", vote_n=1) for _ in range(2)] == ["Done", "Done"]
        assert await code("OpenVote", vote_n=2, seconds=30) == "no_motion"
        assert [await code("CloseSitting") for _ in range(2)] == ["Done", "Done"]
        assert await code("CallItem", item="2") == "sitting_closed"
        assert await code("OpenSitting") == "sitting_closed"
    assert await kinds(db, house.SITTING) == [
        "SittingOpened", "ItemCalled", *["MemberArrived"] * 19, "VoteOpened", "MemberLeft", "VoteClosed",
        "ResultAnnounced", "SittingClosed",
    ]  # fmt: skip


async def test_act_that_fails_unforeseen_is_answered_and_those_behind_it_are_done(hall: Any, house: ModuleType) -> None:
    def broken(_: object) -> list[Any]:
        raise KeyError("a fault of ours")

    async with house.clerk(hall.url) as console, asyncio.timeout(20):
        with pytest.raises(Refusal, match="internal"):
            await hall.hall.enter(house.SITTING, broken)
        assert (await console.act("OpenSitting"))["type"] == "Done"


async def test_desks_register_themselves_and_together(db: TestDatabase, hall: Any, house: ModuleType) -> None:
    async with house.clerk(hall.url) as console, house.seat(hall.url, 1) as one, house.seat(hall.url, 2) as two:
        await console.act("OpenSitting")
        for line in (one, two, one):
            await line.send("Arrive")
        await one.until(lambda m: m["type"] == "Standing" and m["present"])
        await two.until(lambda m: m["type"] == "Standing" and m["present"])
        await console.expect("ConsoleState", present=2)
    assert (await kinds(db, house.SITTING)).count("MemberArrived") == 2


async def test_nothing_says_how_anyone_votes_before_the_vote_is_closed(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    async with (
        house.clerk(hall.url) as console,
        house.wire(hall.url, "/ws/display") as display,
        house.seat(hall.url, 1) as one,
        house.seat(hall.url, 2) as two,
        house.seat(hall.url, 3) as three,
    ):
        await house.open_sitting(console)
        await console.act("OpenVote", vote_n=1, seconds=None)
        for n, line, option in ((1, one, "for"), (2, two, "against")):
            await line.expect("Standing", entitled=True)
            await line.send("PressOption", boot=house.boot_of(n), n=1, vote_n=1, option=option)
            await line.expect("Recorded")
        heard = [
            await console.expect("ConsoleState", voted=2),
            await display.expect("DisplayState", voted=2),
            await three.expect("Standing", vote_n=1),
        ]
        conn = await db.database("public").connect()
        heard.append({"live": await conn.fetchval("select body from live_state where sitting_id = $1", house.SITTING)})
        with pytest.raises(Exception, match="permission denied"):
            await conn.fetch("select * from press")
        await conn.close()
        assert [options_in(message) for message in heard] == [[], [], [], []]
        for line in (one, two, three):
            assert all(not options_in(m) for m in line.heard if m["type"] in ("ChamberState", "Pong"))
        seats = {seat["desk_no"]: seat["voted"] for seat in heard[1]["seats"]}
        assert (seats[1], seats[2], seats[3]) == (True, True, False)


async def test_result_is_kept_from_terminals_and_display_until_announced_where_the_profile_says_so(
    db: TestDatabase, house: ModuleType, tmp_path: Path
) -> None:
    shipped = (Path(council.__file__).parent / "profiles" / "ua.toml").read_text()
    (tmp_path / "late.toml").write_text(shipped.replace('moment = "closing"', 'moment = "announcement"'))
    await house.furnish(db.database("hall"), profile=str(tmp_path / "late.toml"))
    async with (
        house.running(db.database("hall")) as hall,
        house.clerk(hall.url) as console,
        house.wire(hall.url, "/ws/display") as display,
        house.seat(hall.url, 1) as one,
    ):
        await house.open_sitting(console)
        await console.act("OpenVote", vote_n=1, seconds=None)
        await console.act("CloseVote", vote_n=1)
        closed = await one.until(lambda m: m["type"] == "ChamberState" and m["vote"] and m["vote"]["state"] == "closed")
        assert (closed["vote"]["result"], closed["item"]["verdict"]) == (None, None)
        shown = await display.until(
            lambda m: m["type"] == "DisplayState" and m["vote"] and m["vote"]["state"] == "closed"
        )
        assert (shown["vote"]["result"], shown["roll"], shown["item"]["verdict"]) == (None, [], None)
        seen = await console.until(
            lambda m: m["type"] == "ConsoleState" and m["vote"] and m["vote"]["state"] == "closed"
        )
        assert seen["vote"]["result"]["result"] == "rejected"
        await console.act("AnnounceResult", vote_n=1)
        told = await one.until(lambda m: m["type"] == "ChamberState" and m["vote"]["state"] == "announced")
        assert told["vote"]["result"]["result"] == "rejected"
        shown = await display.until(lambda m: m["type"] == "DisplayState" and m["vote"]["state"] == "announced")
        assert len(shown["roll"]) == 37 and shown["closed_checkpoint"]["size"] > shown["opened_checkpoint"]["size"]


async def test_vote_closes_by_itself_at_its_time(hall: Any, house: ModuleType) -> None:
    loop = asyncio.get_running_loop()
    async with house.clerk(hall.url) as console, house.seat(hall.url, 1) as one:
        await house.open_sitting(console)
        await console.act("OpenVote", vote_n=1, seconds=1)
        began = loop.time()
        opened = await one.until(lambda m: m["type"] == "ChamberState" and m["vote"])
        limit = datetime.fromisoformat(opened["vote"]["closes_at"]) - datetime.fromisoformat(
            opened["vote"]["opened_at"]
        )
        assert timedelta(seconds=1) <= limit < timedelta(seconds=1.5)
        await one.until(lambda m: m["type"] == "ChamberState" and m["vote"]["state"] == "closed")
        assert 0.8 < loop.time() - began < 2
    assert hall.hall.chamber().data.vote.cause == "time"


async def test_hall_started_anew_shows_what_the_old_one_showed(db: TestDatabase, house: ModuleType) -> None:
    await house.furnish(db.database("hall"))

    def kept(message: dict[str, Any]) -> dict[str, Any]:
        views = ("opened_checkpoint", "closed_checkpoint")
        moved = {"rev", "server_time", "equipment", *views}
        checkpoints = {name: message[name] and message[name]["size"] for name in views if name in message}
        return {name: value for name, value in message.items() if name not in moved} | checkpoints

    async def look(url: str) -> list[dict[str, Any]]:
        async with house.clerk(url) as console, house.wire(url, "/ws/display") as display, house.seat(url, 1) as one:
            first = await console.expect("ConsoleState")
            assert all(desk["enrolled"] for desk in first["desks"])  # from the first moment
            seen = first
            while not seen["desks"][0]["linked"]:
                seen = await console.expect("ConsoleState")
            await one.expect("Standing")
            return [kept(await display.expect("DisplayState")), kept(seen)]

    async with house.running(db.database("hall")) as first:
        async with house.clerk(first.url) as console, house.seat(first.url, 1) as one:
            await house.open_sitting(console)
            await console.act("OpenVote", vote_n=1, seconds=None)
            await one.expect("Standing", entitled=True)
            await one.send("PressOption", boot=house.boot_of(1), n=1, vote_n=1, option="for")
            await one.expect("Recorded")
        before = await look(first.url)
    async with house.running(db.database("hall")) as second:
        assert await look(second.url) == before
        async with house.clerk(second.url) as console, house.seat(second.url, 1) as one:
            await one.send(
                "PressOption", boot=house.boot_of(1), n=1, vote_n=1, option="for"
            )  # resent after the restart
            await one.expect("Recorded", n=1)
            await console.act("CloseVote", vote_n=1)
        before = await look(second.url)
    async with house.running(db.database("hall")) as third:
        assert await look(third.url) == before


async def test_two_bodies_sit_at_once_each_with_its_own_desks(db: TestDatabase, house: ModuleType) -> None:
    await house.furnish(db.database("hall"), 3)
    await house.furnish(db.database("hall"), 3, body="komisia")
    async with (
        house.running(db.database("hall")) as hall,
        house.clerk(hall.url, "rada-2026-03-01") as council_clerk,
        house.clerk(hall.url, "komisia-2026-03-01") as commission_clerk,
        house.seat(hall.url, 1) as one,
        house.seat(hall.url, 1, prefix="komisia-") as other,
    ):
        assert (await other.expect("Welcome"))["member"]["member"] == "komisia-m1"
        for console, prefix in ((council_clerk, ""), (commission_clerk, "komisia-")):
            await console.act("OpenSitting")
            for n in (1, 2):
                await console.act("SetPresence", member=f"{prefix}m{n}", present=True)
            await console.act("CallItem", item="1")
            assert (await console.act("OpenVote", vote_n=1, seconds=None))["type"] == "Done"
        for line, option in ((one, "for"), (other, "against")):
            await line.send("PressOption", boot=house.boot_of(1), n=1, vote_n=1, option=option)
            assert (await line.expect("Recorded"))["option"] == option
        await council_clerk.act("CloseVote", vote_n=1)
        rolls = [chamber.data.vote.roll for chamber in hall.hall.chambers if chamber.data.vote.roll is not None]
        assert [[line.option.value for line in roll] for roll in rolls] == [["for", "not_voting", "absent"]]


async def test_preparation_changed_before_the_opening_is_seen_after_it_is_not(
    db: TestDatabase, hall: Any, house: ModuleType
) -> None:
    conn = await db.database("owner").connect()
    async with house.clerk(hall.url) as console:
        await conn.execute("update agenda_item set title = 'Змінене питання' where item = '1'")
        await console.until(lambda m: m["type"] == "ConsoleState" and m["agenda"][0]["title"] == "Змінене питання")
        await console.act("OpenSitting")
        await conn.execute("update agenda_item set title = 'Підмінене' where item = '1'")
        await asyncio.sleep(2.5)
        await console.act("CallItem", item="1")
        assert hall.hall.chamber().data.record.items["1"].title == "Змінене питання"
    await conn.close()


def test_checkpoint_code_is_read_back_by_opencv() -> None:
    view = checkpoint_view(1234567, "9f3a0c1b2d4e5f60" + "0" * 48, NOW)
    assert view.payload == "HLASNO/1234567/9F3A0C1B2D4E5F60/20260301T120231123Z"
    assert {len(view.rows), *map(len, view.rows)} == {29}
    modules = np.array([[255 if c == "0" else 0 for c in row] for row in view.rows], dtype=np.uint8)
    picture = cv2.copyMakeBorder(
        np.kron(modules, np.ones((8, 8), np.uint8)), 32, 32, 32, 32, cv2.BORDER_CONSTANT, value=255
    )
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0] == view.payload


@pytest.mark.parametrize(
    ("change", "part", "words"),
    [
        ({}, None, ""),
        (
            {"cameras": [CameraReading("hall-1", "recording", NOW, NOW - timedelta(seconds=6))]},
            "camera",
            "does not report",
        ),
        ({"cameras": [CameraReading("hall-1", None, None, None)]}, "camera", "does not report"),
        ({"cameras": [CameraReading("hall-1", "lost", NOW, NOW)]}, "camera", "cable"),
        ({"cameras": [CameraReading("hall-1", "lost", NOW, NOW, "refused")]}, "camera", "refuses"),
        ({"cameras": [CameraReading("hall-1", "lost", NOW, NOW, "not_found")]}, "camera", "address"),
        ({"cameras": [CameraReading("hall-1", "lost", NOW, NOW, "not_h264")]}, "camera", "H.264"),
        ({"cameras": [CameraReading("hall-1", "connecting", NOW, NOW, "no_key_frame")]}, "camera", "key frame"),
        ({"cameras": [CameraReading("hall-1", "disk_full", NOW, NOW)]}, "camera", "disk is full"),
        ({"cameras": [CameraReading("hall-1", "recording", NOW, NOW, "h265")]}, None, ""),
        ({"cameras": [CameraReading("hall-1", "waiting", NOW, NOW)]}, None, ""),
        ({"cameras": [CameraReading("hall-1", "waiting", NOW, NOW - timedelta(seconds=6))]}, "camera", "not report"),
        *(
            ({"cameras": [CameraReading("hall-1", "recording", NOW, NOW, fault)]}, "camera", "voting goes on")
            for fault in FAULTS
        ),
        ({"disk_free_bytes": 4 * 10**9}, "disk", "only 4 GB"),
        ({"disk_free_bytes": None}, "disk", "cannot be read"),
        ({"clock_back_ms": 61_500}, "clock", "set back by 61.5 s"),
        ({"not_written_s": 3.0, "waiting": 7}, "ledger", "wait (7)"),
        ({"desks_turned_away": [8]}, "terminal", "Seat 8"),
    ],
)
def test_equipment_fault_is_one_sentence_that_says_what_to_do(change: dict[str, Any], part: str, words: str) -> None:
    well: dict[str, Any] = {
        "cameras": [CameraReading("hall-1", "recording", NOW, NOW)],
        "disk_free_bytes": 10**12,
        "clock_back_ms": 0,
        "entries": 57,
        "not_written_s": None,
        "waiting": 0,
        "desks_turned_away": [],
    }
    lines = equipment.lines(Readings(**(well | change)), NOW, "14:02:31")
    faults = [(line.part, line.text["en"]) for line in lines if not line.ok]
    assert [fault for fault, _ in faults] == ([part] if part else [])
    assert all(words in text and text.endswith(".") for _, text in faults)
    assert all(set(line.text) >= {"uk", "en"} for line in lines)


def test_equipment_of_a_recording_camera_tells_rate_loss_and_how_long_the_disk_lasts() -> None:
    late = NOW - timedelta(seconds=25)
    cameras = [
        CameraReading("hall-1", "recording", NOW, NOW, "", 3_941_000, 14, NOW),
        CameraReading("hall-2", "recording", NOW, NOW, "clock_off", 4_100_000, 1, late),
        CameraReading("hall-3", "recording", NOW, NOW, "h265"),
        CameraReading("hall-4", "waiting", NOW, NOW, "", 8_041_000),
    ]
    lines = equipment.lines(Readings(cameras, 10**12, 0, 57, None, 0, []), NOW, "14:02:31")
    assert [line.text["en"] for line in lines[:5]] == [
        "hall-1: recording, 3900 kbit/s, 14 packets lost",
        "hall-2: recording, 4100 kbit/s, 1 packet lost, last key frame 25 s ago, its clock is wrong",
        "hall-3: recording, in H.265, which most browsers cannot play: set it to H.264",
        "hall-4: ready, records once the sitting opens",
        "Disk: 1000 GB free, about 140 h of film",
    ]
    assert all(line.ok for line in lines)
    assert "14 пакетів втрачено" in lines[0].text["uk"] and "1 пакет втрачено" in lines[1].text["uk"]


def test_equipment_camera_is_not_known_while_the_database_is_away() -> None:
    stale = CameraReading("hall-1", "recording", NOW, NOW - timedelta(seconds=60))
    lines = equipment.lines(Readings([stale], 10**12, 0, 57, 60.0, 3, []), NOW, "14:02:31")
    camera, ledger = (next(line for line in lines if line.part == part) for part in ("camera", "ledger"))
    assert (camera.ok, ledger.ok) == (True, False)
    assert camera.text["en"] == "hall-1: not known until the database answers"


def test_clock_set_back_is_noticed_and_slewing_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    wall, mono = NOW, 100.0
    monkeypatch.setattr(Clock, "now", lambda self: wall)
    monkeypatch.setattr(Clock, "monotonic", lambda self: mono)
    clock = Clock()
    wall, mono = wall + timedelta(seconds=0.9), mono + 1
    clock.watch()
    assert not clock.stepped_back()
    wall, mono = wall - timedelta(seconds=59), mono + 1
    clock.watch()
    assert clock.stepped_back() and clock.stepped_ms == 60_000
    wall, mono = wall + timedelta(seconds=700), mono + 700
    clock.watch()
    assert not clock.stepped_back()


async def test_body_goes_on_to_its_next_sitting_once_the_clerk_had_time_to_print(
    db: TestDatabase, hall: Any, house: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = hall.hall.chamber().data.plan
    following = replace(plan, id="rada-2026-04-01", held_on=date(2026, 4, 1), session_label="II")
    conn = await db.database("hall").connect()
    await store.save_sitting(conn, following)
    _, signed_in = await asyncio.to_thread(house.sign_in, hall.url, house.SECOND)  # before it is opened; no console
    login = signed_in.partition("; ")[0].removeprefix("login=")
    access = hall.hall.access
    async with house.clerk(hall.url) as console, house.seat(hall.url, 1) as one:
        await one.expect("Welcome")
        await console.act("OpenSitting")
        await console.act("CloseSitting")
        await hall.hall._next_sitting(conn, "rada")
        assert hall.hall.chamber().sitting == plan.id
        real = Clock.now
        monkeypatch.setattr(Clock, "now", lambda self: real(self) + timedelta(minutes=16))
        assert await one.closed() == 1012
    await conn.close()
    async with house.seat(hall.url, 1) as one:
        state = await one.expect("ChamberState")
        assert (state["sitting"]["sitting"], state["sitting"]["state"]) == ("rada-2026-04-01", "planned")
    assert await access.why_ended(login, hall.hall.clock.now()) == "sitting"
