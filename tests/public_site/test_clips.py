"""Clips on the site: asked for by form or JSON, made in the background, exact, limited, honest of their source."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import av
import httpx2
import pytest
from starlette.responses import Response

from council.limits import Limits
from public_site import clip_pages
from public_site.app import KINDS
from public_site.wording import parse, wording
from streaming import index
from voting.entries import stamp

SITTING = "drohobych-council-2017-11-22"
FPS = 25


@dataclass
class Filmed:
    """The first vote's sitting, filmed from its opening on for 120 s; frame n was taken n / 25 s after it."""

    site: httpx2.AsyncClient
    recordings: Path
    opened: datetime
    film: ModuleType

    def after(self, seconds: float) -> str:
        return stamp(self.opened + timedelta(seconds=seconds))

    async def ask(self, **wish: Any) -> httpx2.Response:
        headers = {"accept": "application/json"}
        return await self.site.post("/clips", json={"sitting": SITTING, **wish}, headers=headers)

    async def over(self, clip: str) -> dict[str, Any]:
        """The clip's state, once it is made or cannot be."""
        async with asyncio.timeout(60):
            while True:
                told: dict[str, Any] = (await self.site.get(f"{clip}.json")).json()
                if told["state"] in ("done", "failed"):
                    return told
                await asyncio.sleep(0.05)

    async def numbers(self, clip: str) -> list[int]:
        answer = await self.site.get(f"{clip}.mp4")
        assert answer.status_code == 200 and answer.headers["content-type"] == "video/mp4"
        with av.open(BytesIO(answer.content), "r", format="mp4") as container:
            return [self.film.read(frame) for frame in container.decode(video=0)]


@pytest.fixture
async def filmed(towns: ModuleType, film: ModuleType, town: Any, tmp_path: Path) -> AsyncIterator[Filmed]:
    await town.open_sitting()
    opened = town.now
    await town.arrive_all()
    await town.hold(1)
    await town.close_sitting()
    owner = await town.db.database().connect()
    for record in film.write_run(tmp_path, "hall-1", opened, count=3000, width=128, height=96, fps=FPS, gop=50):
        await index.insert(owner, record)
    await owner.close()
    async with towns.serving(town.db, tmp_path) as address, httpx2.AsyncClient(base_url=address) as reader:
        yield Filmed(reader, tmp_path, opened, film)


async def test_a_clip_is_asked_for_made_and_fetched_with_its_very_frames(filmed: Filmed) -> None:
    asked = await filmed.ask(**{"from": filmed.after(10.01), "until": filmed.after(14.001)})
    assert asked.status_code == 202 and asked.json()["clip"].startswith("/clips/")
    clip = asked.json()["clip"]
    told = await filmed.over(clip)
    assert (told["state"], told["file"], told["camera"]) == ("done", f"{clip}.mp4", "hall-1")
    assert await filmed.numbers(clip) == list(range(250, 350))
    again = await filmed.ask(**{"from": filmed.after(10.01), "until": filmed.after(14.001)})
    assert (again.json()["clip"], again.json()["state"]) == (clip, "done")
    answer = await filmed.site.get(f"{clip}.mp4", headers={"range": "bytes=0-99"})
    assert answer.status_code == 206 and "immutable" in answer.headers["cache-control"]
    assert f'filename="{SITTING}-140010.mp4"' in answer.headers["content-disposition"]


async def test_a_clip_goes_with_its_footage(
    filmed: Filmed, towns: ModuleType, town: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await filmed.ask(**{"from": filmed.after(10.01), "until": filmed.after(14.001)})
    clip = asked.json()["clip"]
    assert (await filmed.over(clip))["state"] == "done"
    assert "s-maxage" not in (await filmed.site.get(f"{clip}.mp4")).headers["cache-control"]
    monkeypatch.setattr(clip_pages, "YOUNG", datetime.now(UTC) - filmed.opened)  # a closed part may still take it
    assert "s-maxage=5," in (await filmed.site.get(f"{clip}.mp4")).headers["cache-control"]
    unasked = (await filmed.ask(**{"from": filmed.after(11), "until": filmed.after(13)})).json()["clip"]
    assert (await filmed.over(unasked))["state"] == "done"
    owner = await town.db.database().connect()
    await owner.execute("update segment set deleted_at = now() where n = 6")
    await owner.close()
    for end in ("", ".json", ".mp4"):
        assert (await filmed.site.get(clip + end)).status_code == 404
    folder = filmed.recordings.with_name(f"{filmed.recordings.name}-clips")
    assert len(list(folder.iterdir())) == 2
    async with towns.serving(town.db, filmed.recordings), asyncio.timeout(20):
        while list(folder.iterdir()):
            await asyncio.sleep(0.02)


async def test_the_form_works_without_script_and_draws_the_result_in_the_councils_language(filmed: Filmed) -> None:
    vote = (await filmed.site.get(f"/sittings/{SITTING}/votes/1")).text
    assert 'name="from" step="0.001" value="14:00:48"' in vote and 'name="third" value="1" checked' in vote
    wish = {"sitting": SITTING, "camera": "", "from": "14:01:08.000", "until": "14:01:16.000", "third": "1"}
    answer = await filmed.site.post("/clips", data=wish)
    assert answer.status_code == 303
    clip = answer.headers["location"]
    page = await filmed.site.get(clip)
    assert page.status_code == 200 and "Фрагмент відеозапису" in page.text
    assert (await filmed.over(clip))["state"] == "done"
    assert f'src="{clip}.mp4"' in (await filmed.site.get(clip)).text
    assert await filmed.numbers(clip) == list(range(1700, 1900))
    with av.open(BytesIO((await filmed.site.get(f"{clip}.mp4")).content), "r", format="mp4") as container:
        told = json.loads(container.metadata["comment"])
        shades = [frame.to_ndarray(format="gray")[-10:].mean() for frame in container.decode(video=0)]
    assert told["sitting"] == SITTING and told["drawn_into"] is True and told["runs"][0]["segments"]
    assert max(shades) < 60, "the dark band lies over the lower edge, before the closing and after"


async def test_a_wish_that_cannot_be_met_says_why(filmed: Filmed) -> None:
    shown = {"from": "14:00:20", "until": "14:00:30"}
    for wish, status, code in (
        ({"from": "10.0", "until": "20.0"}, 400, "bad_request"),
        ({"from": "14:00:20", "until": "14:00:10"}, 400, "bad_request"),
        ({"from": "14:00:20", "until": "14:20:20"}, 400, "too_long"),
        ({**shown, "camera": "../hall-1"}, 404, "not_recorded"),
        ({"from": "15:00:20", "until": "15:00:30"}, 404, "not_recorded"),
        ({**shown, "sitting": "nowhere"}, 404, "unknown_sitting"),
        ({**shown, "from": ["14:00:20"]}, 400, "bad_request"),
        ({"from": "x" * 5000}, 400, "bad_request"),
        ({**shown, "sitting": "\0"}, 400, "bad_request"),
    ):
        answer = await filmed.ask(**wish)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), wish
    other = await filmed.site.post("/clips", data=shown, headers={"sec-fetch-site": "cross-site"})
    assert other.status_code == 403
    assert "Замовляйте фрагменти на сторінках" in other.text.replace("\N{NO-BREAK SPACE}", " ")
    for address in (f"/clips/{'0' * 32}", f"/clips/{'0' * 32}.json", "/clips/..%2Fx.mp4"):
        assert (await filmed.site.get(address)).status_code == 404
    path = next(filmed.recordings.rglob("000005.m4s"))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    asked = await filmed.ask(**{"from": filmed.after(10.01), "until": filmed.after(14)})
    told = await filmed.over(asked.json()["clip"])
    assert (told["state"], told["error"], told["file"]) == ("failed", "altered", None)
    assert told["message"].startswith("Частина"), "the page of the player shows it: trying again helps nobody"
    page = (await filmed.site.get(told["clip"])).text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Частина цього запису не збігається з тим, що було записано" in page


@pytest.mark.parametrize(
    ("opened", "at"),
    [
        ("2017-11-22T08:00:00Z", "2017-11-22T09:30:00Z"),
        ("2017-11-22T08:00:00Z", "2017-11-22T23:30:00Z"),  # past midnight in Kyiv
        ("2017-11-22T08:00:00Z", "2017-11-24T09:30:00Z"),  # on the third day
        ("2017-10-28T20:00:00Z", "2017-10-29T00:30:00Z"),  # 03:30 for the first time
        ("2017-10-28T20:00:00Z", "2017-10-29T01:30:00Z"),  # 03:30 again
    ],
)
def test_the_form_means_the_moment_it_was_made_for(opened: str, at: str) -> None:
    record: Any = SimpleNamespace(sitting="rada-1", opened_at=opened)
    w = wording("uk", "Europe/Kyiv")
    offered = clip_pages.offer(record, None, at, "hall-1", w)
    assert offered is not None
    start = clip_pages.moment(offered.start, offered.near, record, w)
    end = clip_pages.moment(offered.end, stamp(start), record, w)
    assert (start, end - start) == (parse(at), timedelta(seconds=30))
    assert clip_pages.moment("23:59:00", opened, record, w) >= parse(opened)


async def test_one_address_asks_for_some_clips_and_then_waits_while_it_may_still_look() -> None:
    async def site(scope: Any, receive: Any, send: Any) -> None:
        await Response()(scope, receive, send)

    limits, said = Limits(site, KINDS, lambda scope, seconds: Response(status_code=429), sockets=0), []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            said.append(message["status"])

    for method in ["POST"] * 14 + ["GET"]:
        scope = {"type": "http", "method": method, "path": "/clips", "headers": [], "client": ("203.0.113.9", 1)}
        await limits(scope, None, send)  # type: ignore[arg-type]
    assert said == [200] * 12 + [429] * 2 + [200]
