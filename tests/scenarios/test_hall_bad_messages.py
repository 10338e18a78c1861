"""What a hall answers to those who send nonsense, press for others, come twice or flood it."""

from __future__ import annotations

import asyncio
import json
from types import ModuleType
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus


async def ready_vote(house: ModuleType, url: str) -> None:
    async with house.clerk(url) as console:
        await house.open_sitting(console)
        assert (await console.act("OpenVote", vote_n=1, seconds=None))["type"] == "Done"


def press(house: ModuleType, desk_no: int = 1, **changes: Any) -> dict[str, Any]:
    return {"boot": house.boot_of(desk_no), "n": 1, "vote_n": 1, "option": "for"} | changes


@pytest.mark.parametrize(
    "frame",
    [
        "no json",
        "[]",
        "{}",
        '{"type":"Vote"}',
        '{"type":"Ping","t":1,"more":2}',
        '{"type":"Ping","t":"soon"}',
        '{"type":"PressOption","boot":"0000000100000001","n":1,"vote_n":1,"option":"for","member":"m2"}',
        '{"type":"PressOption","boot":"0000000100000001","n":0,"vote_n":1,"option":"for"}',
        '{"type":"PressOption","boot":"0000000100000001","n":1.5,"vote_n":1,"option":"for"}',
        '{"type":"PressOption","boot":"0000000100000001","n":1,"vote_n":1,"option":"absent"}',
        '{"type":"PressOption","boot":"XYZ","n":1,"vote_n":1,"option":"for"}',
        '{"type":"OpenSitting","act":"0000000000000000"}',  # a console's act, from a terminal
        '{"type":"Ping","t":1,"pad":"' + "x" * 5000 + '"}',
        '{"type":"Ping","t":1e999}',
        b"\x00\x01",
    ],
)
async def test_bad_message_is_refused_and_the_second_closes(hall: Any, house: ModuleType, frame: str | bytes) -> None:
    async with house.seat(hall.url, 1) as one:
        await one.expect("Welcome")
        await one.socket.send(frame)
        assert (await one.expect("Refused"))["code"] == "bad_message"
        await one.send("Ping", t=5)
        assert (await one.expect("Pong"))["t"] == 5  # once is no harm
        await one.socket.send(frame)
        assert await one.closed() == 4005


async def test_oversized_frame_closes_the_line_at_once(hall: Any, house: ModuleType) -> None:
    async with house.seat(hall.url, 1) as one:
        await one.expect("Welcome")
        await one.socket.send("x" * 70_000)
        assert await one.closed() == 1009


async def test_another_protocol_is_told_so_and_closed(hall: Any, house: ModuleType) -> None:
    async with house.seat(hall.url, 1, hello=False) as one:
        await one.send("Hello", protocol=1, boot=house.boot_of(1), lang="en")
        assert (await one.expect("Refused"))["code"] == "wrong_protocol"
        assert await one.closed() == 4002


async def test_press_before_hello_or_without_a_boot_is_not_listened_to(hall: Any, house: ModuleType) -> None:
    async with house.seat(hall.url, 1, hello=False) as one:
        await one.send("PressOption", **press(house))
        assert (await one.expect("Refused"))["code"] == "no_hello"
        assert await one.closed() == 4005
    async with house.seat(hall.url, 1, hello=False) as one:
        await one.send("Hello", protocol=2)
        assert (await one.expect("Refused"))["code"] == "no_boot"
        assert await one.closed() == 4005


async def test_unknown_keys_and_foreign_pages_get_no_socket(hall: Any, house: ModuleType) -> None:
    url = hall.url
    for path, options in [
        ("/ws/terminal", {}),  # neither key nor page
        ("/ws/terminal", {"additional_headers": {"Authorization": "Bearer guess"}}),
        (
            "/ws/terminal",
            {"additional_headers": {"Cookie": f"terminal={house.key(1)}"}, "origin": "http://evil.example"},
        ),
        ("/ws/terminal", {"additional_headers": {"Cookie": f"terminal={house.key(1)}"}, "origin": "null"}),
        ("/ws/console", {}),
        ("/ws/display", {"origin": "http://evil.example"}),
        ("/ws/display?sitting=other", {}),
    ]:
        with pytest.raises(InvalidStatus) as refused:
            async with house.wire(url, path, **options):
                pass
        assert refused.value.response.status_code == 403
    for path, cookie in [("/ws/terminal", "terminal=guess"), ("/ws/console", "login=guess"), ("/ws/console", "")]:
        async with house.wire(url, path, hello=False, origin=url, additional_headers={"Cookie": cookie}) as line:
            assert await line.closed() == 4004
    _, cookie = await asyncio.to_thread(house.sign_in, url)
    with pytest.raises(InvalidStatus):  # the clerk's own cookie, sent by another site's page
        async with (
            house.clerk(url, cookie=cookie) as line,
            house.wire(url, "/ws/console", origin="http://evil.example", additional_headers={"Cookie": cookie}),
        ):
            pass


async def test_enrolled_browser_votes_by_its_cookie(hall: Any, house: ModuleType) -> None:
    headers = {"Cookie": f"terminal={house.key(5)}"}
    async with house.wire(
        *(hall.url, "/ws/terminal"),
        boot=house.boot_of(5),
        signs=house.signing_key(5),
        origin=hall.url,
        additional_headers=headers,
    ) as five:
        assert (await five.expect("Welcome"))["member"]["member"] == house.member(5)


async def test_presses_that_may_not_be_are_refused_each_with_its_code(hall: Any, house: ModuleType) -> None:
    async with house.seat(hall.url, 1) as one, house.seat(hall.url, 37) as late, house.clerk(hall.url) as console:
        await one.expect("Welcome")
        await one.send("PressOption", **press(house))
        assert (await one.expect("Refused", n=1))["code"] == "no_vote"
        await one.send("Arrive")
        assert (await one.expect("Refused"))["code"] == "sitting_not_open"
        await house.open_sitting(console, members=36)
        await console.act("OpenVote", vote_n=1, seconds=None)
        await late.send("Arrive")  # in the middle of the vote: counts from the next
        assert (await late.until(lambda m: m["type"] == "Standing" and m["present"]))["entitled"] is False
        await late.send("PressOption", **press(house, 37))
        assert (await late.expect("Refused", n=1))["code"] == "not_entitled"
        for change, code in [
            ({"vote_n": 2}, "no_vote"),
            ({"boot": house.boot_of(2)}, "foreign_boot"),  # as if replayed from another terminal
        ]:
            await one.send("PressOption", **press(house, **change))
            assert (await one.expect("Refused", n=1))["code"] == code
        await one.send("PressOption", **press(house))
        await one.expect("Recorded", n=1)
        await console.act("CloseVote", vote_n=1)
        await one.send("PressOption", **press(house, n=2, option="against"))
        assert (await one.expect("Refused", n=2))["code"] == "vote_closed"
        await one.send("PressOption", **press(house))  # resent: it was recorded, and that is what it is told
        assert (await one.expect("Recorded", n=1))["option"] == "for"
        await console.act("AnnounceResult", vote_n=1)
        await console.act("CallItem", item="2")
        await console.act("OpenVote", vote_n=2, seconds=None)
        await late.expect("Standing", vote_n=2, entitled=True)
        await one.send("PressOption", **press(house, n=3))  # for the vote before
        assert (await one.expect("Refused", n=3))["code"] == "vote_closed"


async def test_repeats_and_late_presses_are_answered_with_what_stands(hall: Any, house: ModuleType) -> None:
    await ready_vote(house, hall.url)
    async with house.seat(hall.url, 1) as one:
        await one.send("PressOption", **press(house, n=5, option="for"))
        first = await one.expect("Recorded", n=5)
        await one.send("PressOption", **press(house, n=5, option="for"))
        assert await one.expect("Recorded", n=5) == first
        await one.send("PressOption", **press(house, n=5, option="against"))  # one number, two options: the first holds
        assert await one.expect("Recorded", n=5) == first
        await one.send("PressOption", **press(house, n=4, option="abstain"))  # overtaken on the way
        assert await one.expect("Recorded") == first
        await one.send("PressOption", **press(house, n=6, option="against"))
        assert (await one.expect("Recorded", n=6))["option"] == "against"
    async with house.seat(hall.url, 1, start=2) as again:  # the terminal was started anew: numbers begin at 1
        assert (await again.expect("Standing"))["option"] == "against"
        await again.send("PressOption", **press(house, boot=house.boot_of(1, 2), n=1, option="abstain"))
        assert (await again.expect("Recorded", n=1))["option"] == "abstain"


async def test_many_presses_at_once_in_disorder_leave_the_newest(hall: Any, house: ModuleType) -> None:
    await ready_vote(house, hall.url)
    async with house.seat(hall.url, 1) as one:
        await one.expect("Standing")
        for n, option in [(1, "for"), (3, "against"), (2, "abstain"), (3, "abstain"), (1, "abstain")]:
            await one.send("PressOption", **press(house, n=n, option=option))
        await one.expect("Recorded", n=3)
    async with house.seat(hall.url, 1) as one:
        standing = await one.expect("Standing")
        assert (standing["option"], standing["n"]) == ("against", 3)


async def test_newer_line_of_a_terminal_replaces_the_older(hall: Any, house: ModuleType) -> None:
    await ready_vote(house, hall.url)
    async with house.seat(hall.url, 1) as older:
        await older.expect("Welcome")
        async with house.seat(hall.url, 1) as newer:
            await newer.expect("Welcome")
            assert await older.closed() == 4001
            await newer.send("PressOption", **press(house))
            await newer.expect("Recorded", n=1)


async def test_second_terminal_of_a_member_is_turned_away_and_the_console_sees_it(
    db: Any, hall: Any, house: ModuleType
) -> None:
    async with house.clerk(hall.url) as console, house.seat(hall.url, 3) as first:
        await first.expect("Welcome")
        enrolment = await console.act("MakeEnrolment", desk_no=3)
        public_key = house.signing_key(3).public
        secret = await asyncio.to_thread(enrol, hall.port, enrolment["code"], public_key)
        headers = {"Authorization": f"Bearer {secret}"}
        options = {"boot": "f" * 16, "signs": house.signing_key(3), "additional_headers": headers}
        async with house.wire(hall.url, "/ws/terminal", **options) as second:
            assert (await second.expect("Refused"))["code"] == "member_elsewhere"
            assert await second.closed() == 4003
        await console.until(
            lambda m: m["type"] == "ConsoleState" and any(line["part"] == "terminal" for line in m["equipment"])
        )
        await first.send("Ping", t=1)
        await first.expect("Pong")


def enrol(port: int, code: str, public_key: str) -> str:
    import http.client

    enrolment = json.dumps({"code": code, "public_key": public_key})
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", "/terminal/enrol", enrolment, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    body = json.loads(answer.read())
    connection.close()
    assert answer.status == 200, body
    return str(body["secret"])


async def test_revoked_terminal_is_cut_at_once_and_cannot_come_back(hall: Any, house: ModuleType) -> None:
    async with house.clerk(hall.url) as console, house.seat(hall.url, 3) as three, house.seat(hall.url, 4) as four:
        await three.expect("Welcome")
        assert (await console.act("RevokeTerminals", desk_no=3))["type"] == "Done"
        assert await three.closed(1) == 4004
        with pytest.raises(InvalidStatus):
            async with house.seat(hall.url, 3):
                pass
        await four.send("Ping", t=1)
        await four.expect("Pong")


async def test_flooding_desk_is_held_back_and_disturbs_nobody(hall: Any, house: ModuleType) -> None:
    await ready_vote(house, hall.url)
    async with house.seat(hall.url, 1) as flooder, house.seat(hall.url, 2) as other:
        await other.expect("Standing")
        frames = [json.dumps({"type": "PressOption"} | press(house, n=n)) for n in range(1, 1000)]

        async def flood() -> None:
            for frame in frames:
                await flooder.socket.send(frame)

        flooding = asyncio.create_task(flood())
        loop, slowest = asyncio.get_running_loop(), 0.0
        for n in range(1, 11):
            began = loop.time()
            await other.send("PressOption", **press(house, 2, n=n, option=("for", "against")[n % 2]))
            await other.expect("Recorded", n=n)
            slowest = max(slowest, loop.time() - began)
            await asyncio.sleep(0.02)
        assert slowest < 1.0
        await flooder.until(lambda m: m.get("code") == "too_fast")
        await asyncio.gather(flooding, return_exceptions=True)
        assert await flooder.closed() == 4005


async def test_reader_that_stops_reading_is_cut_and_delays_nobody(hall: Any, house: ModuleType) -> None:
    await ready_vote(house, hall.url)
    reader, writer = await asyncio.open_connection("127.0.0.1", hall.port, limit=2**10)
    writer.write(
        b"GET /ws/display HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    hello = b'{"type":"Hello","protocol":2}'
    writer.write(bytes((0x81, 0x80 | len(hello))) + b"\0\0\0\0" + hello)
    await asyncio.sleep(0.3)
    attached = [a for a in hall.hall._attached if a.terminal is None and a.login is None]
    assert len(attached) == 1
    link = attached[0].link
    for _ in range(4000):  # nobody reads: the system's buffers fill, then the outbox
        link.put_frame("x" * 4000)
        if link.close_code is not None:
            break
        await asyncio.sleep(0)
    assert link.close_code == 4006
    await asyncio.sleep(0.2)
    assert attached[0] not in hall.hall._attached
    writer.close()
    async with house.seat(hall.url, 2) as other:
        await other.expect("Welcome")
