"""The desk against a tiny hall: what the lamp says, and that a press arrives whatever happens to the line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from council.keys import SigningKey
from council.protocol import (
    AskFloor,
    DeclareRecusal,
    Leave,
    LeaveSeat,
    OwnRequest,
    PressOption,
    Standing,
    TakeSeat,
    WithdrawFloor,
)
from council.state_parts import MemberView
from hardware.desk import Lamp
from hardware.enrolment import Identity
from hardware.fakes import CutProxy
from hardware.pace import Pace
from hardware.program import run_terminal, use
from hardware.terminal import Desk
from voting import receipt
from voting.checkpoint import Signer
from voting.entries import Option
from voting.signed import receipt_text

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hardware.conftest import TinyHall

IDENTITY = Identity("the-desk-s-secret", SigningKey(b"\x05" * 32))
AT = "2026-11-22T12:02:20.104Z"
MEMBER = MemberView("1001", "Андрухів", "Олена", "Іванівна", "f", None)
FAST = Pace(ping=0.05, lost_after=0.15, give_up_after=0.4, resend=0.2, least_wait=0.01, most_wait=0.1)


def standing(present: bool = True, **changed: Any) -> Standing:
    nothing = {"option": None, "boot": None, "n": None, "recorded_at": None, "final": None}
    return Standing(present=present, **{"vote_n": None, "entitled": False, "member": MEMBER, **nothing, **changed})


def shows(lamp: Lamp) -> Callable[[Desk], bool]:
    return lambda desk: desk.lamp is lamp


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.01)


async def test_press_until_the_receipt_comes_is_pending(hall: TinyHall) -> None:
    hall.answers = False
    async with Desk(hall.url, IDENTITY) as desk:
        await desk.until(shows(Lamp.WAITING))
        assert not desk.press("for")
        await hall.vote(1, "open")
        await desk.until(shows(Lamp.OPEN))
        assert desk.press("for")
        assert desk.lamp is Lamp.PENDING
        await asyncio.sleep(0.1)
        assert desk.lamp is Lamp.PENDING
        await hall.answer(hall.presses[0])
        await desk.until(shows(Lamp.RECORDED))
        assert desk.recorded is not None
        assert (desk.recorded.option, desk.recorded.n, desk.recorded.boot) == ("for", 1, desk.state.boot)


async def test_press_changed_while_recorded_shows_both(hall: TinyHall) -> None:
    async with Desk(hall.url, IDENTITY) as desk:
        await desk.until(shows(Lamp.WAITING))
        await hall.vote(1, "open")
        await desk.until(shows(Lamp.OPEN))
        desk.press("for")
        await desk.until(shows(Lamp.RECORDED))
        assert not desk.press("for"), "the recorded key again sends nothing"
        hall.answers = False
        assert desk.press("against")
        assert desk.lamp is Lamp.CHANGING
        assert desk.recorded is not None and desk.recorded.option == "for"
        assert desk.press("for"), "the way back may have to undo a press that is on its way"
        await eventually(lambda: len(hall.presses) == 3)
        assert [(press.n, press.option) for press in hall.presses] == [(1, "for"), (2, "against"), (3, "for")]
        await hall.answer(hall.presses[1])
        await asyncio.sleep(0.05)
        assert desk.lamp is Lamp.CHANGING, "a receipt for an older press does not answer the latest"
        await hall.answer(hall.presses[2])
        await desk.until(shows(Lamp.RECORDED))


async def test_press_when_the_hall_restarts_is_sent_again_alone(hall: TinyHall) -> None:
    async with Desk(hall.url, IDENTITY, pace=FAST) as desk:
        await desk.until(shows(Lamp.WAITING))
        await hall.vote(1, "open")
        await desk.until(shows(Lamp.OPEN))
        await hall.stop()
        await desk.until(shows(Lamp.RECONNECTING))
        desk.press("for")
        desk.press("abstain")
        assert desk.lamp is Lamp.RECONNECTING
        await hall.start()
        await desk.until(shows(Lamp.RECORDED))
        assert [(press.n, press.option) for press in hall.presses] == [(2, "abstain")]
        assert {hello.boot for hello in hall.hellos} == {desk.state.boot}


async def test_press_unanswered_on_a_living_line_is_repeated(hall: TinyHall) -> None:
    hall.answers = False
    async with Desk(hall.url, IDENTITY, pace=FAST) as desk:
        await desk.until(shows(Lamp.WAITING))
        await hall.vote(1, "open")
        await desk.until(shows(Lamp.OPEN))
        desk.press("for")
        await eventually(lambda: len(hall.presses) >= 2)
        hall.answers = True
        await desk.until(shows(Lamp.RECORDED))
        assert {press.n for press in hall.presses} == {1}


async def test_line_cut_without_a_word_is_noticed_and_mended(hall: TinyHall) -> None:
    async with CutProxy("127.0.0.1", hall.port) as proxy, Desk(proxy.url("http"), IDENTITY, pace=FAST) as desk:
        await desk.until(shows(Lamp.WAITING))
        await hall.vote(1, "open")
        await desk.until(shows(Lamp.OPEN))
        proxy.cut()
        desk.press("against")
        await desk.until(shows(Lamp.RECONNECTING))
        assert desk.recorded is None
        await asyncio.sleep(0.6)
        proxy.restore()
        await desk.until(shows(Lamp.RECORDED))
        assert desk.connections == 2


async def test_pongs_missing_for_a_while_show_reconnecting_on_the_same_line(hall: TinyHall) -> None:
    pace = Pace(ping=0.05, lost_after=0.15, give_up_after=5)
    async with Desk(hall.url, IDENTITY, pace=pace) as desk:
        await desk.until(lambda desk: desk.rtt_ms is not None)
        hall.pongs = False
        await desk.until(shows(Lamp.RECONNECTING))
        hall.pongs = True
        await desk.until(shows(Lamp.WAITING))
        assert desk.connections == 1


async def test_press_after_closing_is_refused_and_not_recorded(hall: TinyHall) -> None:
    async with Desk(hall.url, IDENTITY, pace=FAST) as desk:
        await desk.until(shows(Lamp.WAITING))
        await hall.vote(1, "open")
        await desk.until(shows(Lamp.OPEN))
        hall.pongs = hall.answers = False
        desk.press("for")
        await hall.vote(1, "closed", final="not_voting")
        await desk.until(shows(Lamp.CLOSED))
        assert desk.state.undecided is not None
        hall.answers = hall.pongs = True
        await desk.until(shows(Lamp.REFUSED))
        assert desk.recorded is None and desk.state.pending is None


async def test_desk_with_an_unknown_key_is_rejected_and_keeps_trying(hall: TinyHall) -> None:
    async with Desk(hall.url, Identity("wrong", IDENTITY.key), pace=FAST) as desk:
        await desk.until(lambda desk: desk.rejected)
        assert desk.lamp is Lamp.RECONNECTING


async def test_terminal_by_keys_says_each_change_in_one_line(hall: TinyHall) -> None:
    lines: list[str] = []

    async def heard(text: str) -> None:
        await eventually(lambda: any(text in line for line in lines))

    async def keys() -> AsyncIterator[str]:
        await heard("зареєстровано")
        yield "p"
        await heard("ще не відкрито")
        await hall.vote(1, "open")
        await heard("натисніть одну")
        yield "1"
        yield "2"
        await heard("дві клавіші")
        yield "1"
        await heard("Записано: «За»")
        await hall.vote(1, "closed", final="for")
        await heard("Ваш голос: За")

    await run_terminal(hall.url, IDENTITY, keys(), lines.append)
    assert lines == [
        "З’єднуємося із сервером. Клавіші ввімкнуться самі.",
        "Вас не зареєстровано. Зареєструйтеся, щоб голосувати: клавіша 7.",
        "Голосування ще не відкрито. Клавіші ввімкнуться самі. Нічого натискати не треба.",
        "Голосування відкрито: натисніть одну клавішу. 1 За, 2 Проти, 3 Утрималася. Про бюджет",
        "Натиснуто дві клавіші. Натисніть одну.",
        "Натиснуто «За» — ще не записано. Надсилаємо. Ще раз натискати не треба.",
        "Записано: «За» о 14:02:20. Змінити можна до закриття: натисніть іншу клавішу.",
        "Голосування закрито. Ваш голос: За",
    ]
    assert len(hall.presses) == 1


async def test_receipts_are_kept_as_files_that_the_audit_reads(hall: TinyHall, tmp_path: Path) -> None:
    signer = Signer("test.hlasno", b"\x07" * 32)

    def signed(press: PressOption) -> dict[str, str]:
        text = receipt_text("s", press.vote_n, "1001", Option(press.option), None, press.boot, press.n, AT)
        mine = {"sitting": "s", "member": "1001", "terminal": "t4", "signature": press.signature or ""}
        return {**mine, "receipt": signer.sign_text(text), "vkey": signer.vkey}

    hall.receipt = signed  # type: ignore[method-assign]
    async with Desk(hall.url, IDENTITY, receipts=tmp_path / "receipts") as desk:
        await desk.until(shows(Lamp.WAITING))
        await hall.vote(1, "open")
        await desk.until(shows(Lamp.OPEN))
        desk.press("for")
        await desk.until(shows(Lamp.RECORDED))
    (kept,) = (tmp_path / "receipts").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    found = receipt.parse(kept.read_bytes())
    assert (found.option, found.n, found.terminal) == (Option.FOR, 1, "t4")
    assert receipt.check(found, signer.vkey).code == 0


async def test_member_signs_in_speaks_and_leaves_by_words(hall: TinyHall) -> None:
    hall.seat_by, hall.standing = "card", standing(present=False, member=None)
    lines: list[str] = []

    async def keys() -> AsyncIterator[str]:
        await eventually(lambda: any("Прикладіть картку" in line for line in lines))
        yield "card 12345678"
        await eventually(lambda: TakeSeat(card="12345678") in hall.others)
        await hall.tell(standing(request=OwnRequest(5, "speech", 1)))
        await eventually(lambda: any("номер 1 у черзі" in line for line in lines))
        for word in ("reply", "withdraw", "recuse", "leave", "nonsense"):
            yield word
        await eventually(lambda: LeaveSeat() in hall.others)

    await run_terminal(hall.url, IDENTITY, keys(), lines.append)
    assert hall.others == [
        TakeSeat(card="12345678"),
        AskFloor("reply"),
        WithdrawFloor(5),
        DeclareRecusal("1"),
        Leave(),
        LeaveSeat(),
    ]


async def test_what_is_asked_without_a_line_is_said_to_be_lost(hall: TinyHall) -> None:
    lines: list[str] = []
    async with Desk(hall.url, IDENTITY, pace=FAST) as desk:
        await desk.until(shows(Lamp.WAITING))
        await hall.stop()
        await desk.until(shows(Lamp.RECONNECTING))
        assert not use(desk, "speech")
        assert use(desk, "p"), "that is repeated until the hall says so"
    assert lines == [] and AskFloor("speech") not in hall.others


async def test_press_arrives_through_a_bad_radio(hall: TinyHall) -> None:
    """30 % of the pieces lost, each on its way for a while: the line breaks again and again, the press counts once."""
    pace = Pace(ping=0.1, lost_after=0.6, give_up_after=1.5, resend=0.5, least_wait=0.01, most_wait=0.1)
    async with CutProxy("127.0.0.1", hall.port) as radio, Desk(radio.url("http"), IDENTITY, pace=pace) as desk:
        radio.RESENT_S = (0.02, 0.04, 0.08, 0.16)  # type: ignore[misc]
        radio.delay, radio.loss = 0.03, 0.3
        await desk.until(shows(Lamp.WAITING))
        await hall.vote(1, "open")
        await desk.until(shows(Lamp.OPEN), 20)
        desk.press("against")
        await desk.until(lambda desk: desk.recorded is not None, 20)
        assert {(press.n, press.option) for press in hall.presses} == {(1, "against")}
    assert radio.lost > 0


async def test_line_on_which_the_hall_never_begins_is_closed_before_the_next(hall: TinyHall) -> None:
    hall.challenges = False
    async with Desk(hall.url, IDENTITY, pace=FAST):
        await eventually(lambda: len(hall.sockets) == 3)
        assert [socket.close_code for socket in hall.sockets[:2]] == [1001, 1001]
