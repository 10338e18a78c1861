"""The log is for engineers: at its chattiest it holds no secret, and not how anyone votes."""

from __future__ import annotations

import asyncio
import json
import logging
import urllib.request
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import TestDatabase


async def test_log_at_its_chattiest_holds_no_secret_and_no_option(
    db: TestDatabase, house: ModuleType, caplog: pytest.LogCaptureFixture
) -> None:
    await house.furnish(db.database("hall"), 3)
    logging.getLogger("websockets.client").setLevel(logging.WARNING)  # the client's own is not the hall's
    with caplog.at_level(logging.DEBUG):
        async with house.running(db.database("hall")) as hall:
            _, cookie = await asyncio.to_thread(house.sign_in, hall.url)
            await asyncio.to_thread(house.sign_in, hall.url, "clerk", "a wrong password")
            async with house.clerk(hall.url, cookie=cookie) as console, house.seat(hall.url, 1) as one:
                await console.act("OpenSitting")
                for n in (1, 2):
                    await console.act("SetPresence", member=f"m{n}", present=True)
                code = (await console.act("MakeEnrolment", desk_no=2))["code"]
                enrol = urllib.request.Request(
                    f"{hall.url}/terminal/enrol",
                    json.dumps({"code": code, "public_key": house.signing_key(2).public}).encode(),
                    {"Content-Type": "application/json"},
                )
                with await asyncio.to_thread(urllib.request.urlopen, enrol) as answer:
                    secret = json.loads(answer.read())["secret"]
                await console.act("CallItem", item="1")
                await console.act("OpenVote", vote_n=1, seconds=None)
                await one.send("PressOption", boot=house.boot_of(1), n=1, vote_n=1, option="abstain")
                await one.expect("Recorded")
    log = caplog.text
    assert "signed_in staff=clerk" in log and "act=OpenVote by=clerk" in log
    token = cookie.split("login=")[1].split(";")[0]
    secrets = (house.PASSWORD, "a wrong password", token, code, code.replace("-", ""), secret, house.key(1))
    for never in (*secrets, "abstain"):
        assert never not in log, never
