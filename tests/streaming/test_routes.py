from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import cv2
import httpx2
import numpy as np
import pytest
from starlette.applications import Starlette

from streaming import sheets
from streaming.routes import IMMUTABLE, RECENT, routes
from streaming.shelf import Shelf


@pytest.fixture
def waits() -> list[int]:
    """How long whoever wants a sheet made is told to wait; the last one counts."""
    return [0]


@pytest.fixture
async def client(archive: Any, db: Any, waits: list[int]) -> AsyncIterator[httpx2.AsyncClient]:
    pool = await db.database("public").pool(1, 4)
    application = Starlette(routes=routes(pool, Shelf(archive.recordings), wait=lambda request: waits[-1]))
    transport = httpx2.ASGITransport(app=application)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made
    await pool.close()


async def test_files_are_served_whole_and_for_ever(client: httpx2.AsyncClient, archive: Any) -> None:
    run, segment, *_ = await archive.film(0)
    (archive.recordings / segment.poster_path).write_bytes(b"\xff\xd8\xff jpeg")
    for address, path, kind in (
        (f"/video/{run.id}/init.mp4", run.init_path, "video/mp4"),
        (f"/video/{run.id}/0.m4s", segment.path, "video/iso.segment"),
        (f"/video/{run.id}/0.jpg", segment.poster_path, "image/jpeg"),
    ):
        answer = await client.get(address)
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
        assert answer.content == (archive.recordings / path).read_bytes()
        assert answer.headers["cache-control"] == IMMUTABLE == "public, max-age=31536000, immutable"
        assert answer.headers["accept-ranges"] == "bytes"
        head = await client.head(address)
        assert (head.status_code, head.headers["content-length"]) == (200, answer.headers["content-length"])
    assert (await client.get(f"/video/{run.id}/0.m4s")).headers["etag"] == f'"{segment.sha256}"'


async def test_what_a_closed_part_may_still_take_is_kept_for_others_for_seconds_only(
    client: httpx2.AsyncClient, archive: Any
) -> None:
    run, *segments, _ = await archive.film(0)
    (archive.recordings / segments[1].poster_path).write_bytes(b"\xff\xd8\xff jpeg")
    await archive.conn.execute("update segment set started_at = now() - interval '14 minutes' where n = 1")
    for name in ("1.m4s", "1.0.m4s", "1.jpg"):
        answer = await client.get(f"/video/{run.id}/{name}")
        assert (answer.status_code, answer.headers["cache-control"]) == (200, RECENT), name
    assert "s-maxage=5" in RECENT
    assert (await client.get(f"/video/{run.id}/0.m4s")).headers["cache-control"] == IMMUTABLE


async def test_a_range_of_a_segment_is_served(client: httpx2.AsyncClient, archive: Any) -> None:
    run, segment, *_ = await archive.film(0)
    whole = (archive.recordings / segment.path).read_bytes()
    address = f"/video/{run.id}/0.m4s"
    answer = await client.get(address, headers={"range": "bytes=100-199"})
    assert (answer.status_code, answer.content) == (206, whole[100:200])
    assert answer.headers["content-range"] == f"bytes 100-199/{len(whole)}"
    assert (await client.get(address, headers={"range": f"bytes={len(whole)}-"})).status_code == 416


@pytest.mark.parametrize(
    "address",
    [
        "/video/{run}/7.m4s",
        "/video/{run}/0.jpg",  # not made yet
        "/video/{run}/99999999999999999999.m4s",
        "/video/hall-1-20200101T000000000Z/init.mp4",
        "/video/hall-1-20200101T000000000Z/0.m4s",
        "/video/..%2F..%2Fetc/init.mp4",
        "/video/%2e%2e/init.mp4",
        "/video/hall-1/init.mp4",
        "/video/{run}%00/init.mp4",
        "/sittings/nowhere/video.json",
        "/sittings/nowhere/video/hall-1.m3u8",
        "/sittings/drohobych-council-2017-11-22/video/HALL%201.m3u8",
        "/sittings/drohobych-council-2017-11-22/video.json?camera=../hall-1",
    ],
)
async def test_what_is_not_there_is_404(client: httpx2.AsyncClient, archive: Any, address: str) -> None:
    run, *_ = await archive.film(0)
    assert (await client.get(address.format(run=run.id))).status_code == 404


async def test_a_path_in_the_index_that_leads_outside_is_404(client: httpx2.AsyncClient, archive: Any) -> None:
    run, *_ = await archive.film(0)
    await archive.conn.execute("alter table segment drop constraint own_file, drop constraint own_poster")
    await archive.conn.execute("update segment set path = '../../../etc/passwd' where n = 0")
    assert (await client.get(f"/video/{run.id}/0.m4s")).status_code == 404


async def test_a_missing_file_is_404_and_served_once_it_is_back(client: httpx2.AsyncClient, archive: Any) -> None:
    run, segment, *_ = await archive.film(0)
    path = archive.recordings / segment.path
    path.rename(path.with_suffix(".away"))
    assert (await client.get(f"/video/{run.id}/0.m4s")).status_code == 404
    path.with_suffix(".away").rename(path)
    assert (await client.get(f"/video/{run.id}/0.m4s")).status_code == 200


async def test_a_sheet_shows_the_posters_of_a_recording_in_its_order(
    client: httpx2.AsyncClient, archive: Any, waits: list[int]
) -> None:
    [_, *segments, _] = await archive.film(0, count=600)
    for n, segment in enumerate(segments):
        picture = np.full((360, 640, 3), 10 * n + 30, np.uint8)
        if n != 2:
            (archive.recordings / segment.poster_path).write_bytes(cv2.imencode(".jpg", picture)[1].tobytes())
    address = f"/sittings/{archive.sitting}/video/hall-1/sheet-0.jpg"
    assert (await client.get(address)).status_code == 404, "the sitting goes on, the sheet is not full"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sheets, "COUNT", 10)
        answer = await client.get(address)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, no-cache")
        again = await client.get(address, headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        waits.append(7)  # who had many made still gets those that are there
        assert (await client.get(address, headers={"if-none-match": '"another"'})).content == answer.content
        patch.setattr(sheets, "COUNT", 5)
        refused = await client.get(address)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "7")
        waits.append(0)
    await archive.close(24)
    async with asyncio.timeout(20):
        while (answer := await client.get(address)).status_code == 404:
            await asyncio.sleep(0.1)
    assert answer.headers["cache-control"] == "public, max-age=600"
    sheet = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert sheet.shape == (2 * 90, 10 * 160) and len(segments) == 12
    shades = [int(sheet[n // 10 * 90 + 45, n % 10 * 160 + 80]) for n in range(20)]
    expected = [10 * n + 30 if n < 12 and n != 2 else 0 for n in range(20)]
    assert all(abs(shade - wanted) <= 3 for shade, wanted in zip(shades, expected, strict=True)), shades
    assert (await client.get(address.replace("sheet-0", "sheet-1"))).status_code == 404


async def test_manifest_and_playlist_are_never_kept(client: httpx2.AsyncClient, archive: Any) -> None:
    run, *_ = await archive.film(0)
    base = f"/sittings/{archive.sitting}"
    for address in (f"{base}/video.json", f"{base}/video.json?camera=hall-1", f"{base}/video/hall-1.m3u8"):
        headers = {"if-none-match": "*", "if-modified-since": "Wed, 22 Nov 2034 10:00:00 GMT"}
        answer = await client.get(address, headers=headers)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert run.id in answer.text and "etag" not in answer.headers and "last-modified" not in answer.headers


async def test_manifest_names_the_recording_and_whether_it_is_live(client: httpx2.AsyncClient, archive: Any) -> None:
    _, *segments = await archive.film(0)
    address = f"/sittings/{archive.sitting}/video.json"
    answer = await client.get(address)
    made = answer.json()
    assert (made["recording"], made["live"], made["duration_ms"]) == (f"{archive.sitting}/hall-1", False, 4800)
    assert [entry["sha256"] for entry in made["segments"]] == [s.sha256 for s in segments[:-1]]
    assert json.loads(gzip.decompress(gzip.compress(answer.content))) == made


async def test_manifest_of_a_sitting_being_filmed_is_live(client: httpx2.AsyncClient, archive: Any) -> None:
    await archive.film(0)
    sql = """insert into camera_state (camera_id, state, since_at, message, updated_at)
             values ('hall-1', 'recording', now(), '', now())"""
    await archive.conn.execute(sql)
    made = (await client.get(f"/sittings/{archive.sitting}/video.json")).json()
    assert (made["open"], made["live"]) == (True, True)


async def test_manifest_of_a_sitting_nobody_filmed_is_empty(client: httpx2.AsyncClient, archive: Any) -> None:
    made = (await client.get(f"/sittings/{archive.sitting}/video.json")).json()
    assert (made["camera"], made["segments"], made["open"], made["live"]) == ("", [], True, False)


async def test_playlist_ends_with_the_sitting(client: httpx2.AsyncClient, archive: Any) -> None:
    run, *_ = await archive.film(0)
    address = f"/sittings/{archive.sitting}/video/hall-1.m3u8"
    growing = await client.get(address)
    assert growing.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert "#EXT-X-PLAYLIST-TYPE:EVENT" in growing.text and "#EXT-X-ENDLIST" not in growing.text
    assert f"/video/{run.id}/2.m4s" in growing.text
    last = await client.get(address, params={"last": "3"})
    assert f"/video/{run.id}/0.m4s" in last.text and "PLAYLIST-TYPE" not in last.text
    assert (await client.get(address, params={"last": "many"})).status_code == 400


async def test_playlist_of_a_closed_sitting_is_the_past(client: httpx2.AsyncClient, archive: Any) -> None:
    await archive.film(0)
    await archive.close(5)
    text = (await client.get(f"/sittings/{archive.sitting}/video/hall-1.m3u8")).text
    assert "#EXT-X-PLAYLIST-TYPE:VOD" in text and text.endswith("#EXT-X-ENDLIST\n")


async def test_window_of_a_closed_sitting_ends_ten_seconds_later(client: httpx2.AsyncClient, archive: Any) -> None:
    first = await archive.film(-10.5)
    await archive.film(14)
    await archive.film(30)
    await archive.close(5)
    made = (await client.get(f"/sittings/{archive.sitting}/video.json")).json()
    starts = [entry["started_at"] for entry in made["segments"]]
    at = archive.opened
    expected = [at + timedelta(seconds=s) for s in (-10.5, -8.5, -6.5, 14)]
    assert starts == [moment.isoformat(timespec="microseconds").replace("+00:00", "Z") for moment in expected]
    assert made["runs"][0]["id"] == first[0].id
