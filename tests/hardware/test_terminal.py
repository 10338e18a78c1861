"""The desk against a tiny hall: what the lamp says, and that a press arrives whatever happens to the line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from council.keys import SigningKey
from hardware.desk import Lamp
from hardware.enrolment import Identity
from hardware.fakes import CutProxy
from hardware.pace import Pace
from hardware.terminal import Desk, run_terminal

if TYPE_CHECKING:
    from tests.hardware.conftest import TinyHall

IDENTITY = Identity("the-desk-s-secret", SigningKey(b"\x05" * 32))
FAST = Pace(ping=0.05, lost_after=0.15, give_up_after=0.4, resend=0.2, least_wait=0.01, most_wait=0.1)


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
        "Голосування відкрито: натисніть одну клавішу. 1 За, 2 Проти, 3 Утримався. Про бюджет",
        "Натиснуто дві клавіші. Натисніть одну.",
        "Натиснуто «За» — ще не записано. Надсилаємо. Ще раз натискати не треба.",
        "Записано: «За» о 14:02:20. Змінити можна до закриття: натисніть іншу клавішу.",
        "Голосування закрито. Ваш голос: За",
    ]
    assert len(hall.presses) == 1
