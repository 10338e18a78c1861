"""The fakes do what they say: a rogue that replays and forges, a line that loses pieces."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from council.keys import SigningKey, verify
from council.protocol import Arrive, PressOption, Standing, Welcome, decode_terminal
from hardware.fakes import CutProxy, RogueTerminal, forged_press
from voting.entries import Option
from voting.signed import press_text

if TYPE_CHECKING:
    from tests.hardware.conftest import TinyHall

SECRET, KEY, BOOT = "the-desk-s-secret", SigningKey(b"\x05" * 32), "0" * 16


def url(hall: TinyHall) -> str:
    return hall.url.replace("http", "ws", 1) + "/ws/terminal"


async def test_rogue_with_the_key_is_let_in_and_its_frames_can_be_sent_again(hall: TinyHall) -> None:
    async with RogueTerminal(url(hall), SECRET) as rogue:
        await rogue.hello(KEY, BOOT)
        await rogue.hears(Welcome)
        await rogue.replay(['{"type":"Arrive"}'])
        await rogue.hears(Standing, 2)
        assert [type(decode_terminal(str(frame))) for frame in rogue.sent][1:] == [Arrive]


async def test_rogue_that_proves_itself_with_an_old_nonce_is_not_let_in(hall: TinyHall) -> None:
    async with RogueTerminal(url(hall), SECRET) as rogue:
        await rogue.hello(KEY, BOOT, nonce="1" * 32)
        assert await rogue.is_closed() is not None
        assert not any(isinstance(message, Welcome) for message in rogue.heard)


async def test_forged_press_carries_the_signature_of_the_key_it_was_given() -> None:
    other = SigningKey(b"\x06" * 32)
    made = forged_press(other, "s", "m1", BOOT, 1, 1, "for")
    text = press_text("s", 1, "m1", Option.FOR, None, BOOT, 1)
    assert isinstance(made, PressOption)
    assert verify(other.public, text, made.signature or "") and not verify(KEY.public, text, made.signature or "")


@pytest.mark.parametrize("loss", [0.0, 0.3])
async def test_bad_radio_keeps_the_order_and_loses_no_byte_while_the_line_stands(loss: float) -> None:
    heard = bytearray()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(7):
            heard.extend(piece)
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    sent = b"".join(b"%04d " % n for n in range(200))
    async with CutProxy("127.0.0.1", port) as radio:
        radio.RESENT_S = (0.001,) * 4  # type: ignore[misc]
        radio.delay, radio.loss = 0.01, loss
        _, writer = await asyncio.open_connection(radio.host, radio.port)
        for start in range(0, len(sent), 50):
            writer.write(sent[start : start + 50])
            await writer.drain()
        async with asyncio.timeout(20):
            while len(heard) < len(sent):
                await asyncio.sleep(0.01)
        writer.close()
        await writer.wait_closed()
    server.close()
    await server.wait_closed()
    assert bytes(heard) == sent
