"""Footage over HTTP: init segments, segments and posters, which never change; playlists and manifests, which do.

A file is named by run and number and looked up in the index; no path is ever made from an address. What never changes
may be kept for a year, but by those who keep it for others only for seconds while a closed part may still take it from
the public; what grows is never kept, and never answered 304: Chromium ends native playback on one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from streaming import caption_index, fmp4, index, playlist, sheets
from streaming.captions import Track
from streaming.errors import ArchiveAway, BadFootage
from streaming.index import Piece
from streaming.latest import Latest
from streaming.live_hls import LiveHls
from streaming.reel import ManifestReel, PlaylistReel, R, Reels, posters
from streaming.segments import CAMERA_ID, RUN_ID
from streaming.shelf import Shelf

Endpoint = Callable[[Request], Awaitable[Response]]

IMMUTABLE = "public, max-age=31536000, immutable"
RECENT = "public, max-age=31536000, s-maxage=5, immutable"
HEADERS = {"cache-control": IMMUTABLE, "x-content-type-options": "nosniff"}
FRESH_S = 1.0  # a manifest is made at most so often, however many ask
SHOWN_S = 2.0  # so long a file may be served after a closed part has taken it from the public
KNOWN_FILES = 4096
KNOWN_RECORDINGS = 32
LAST = range(3, 1000)  # segments in a sliding playlist
RETRY_S = 5  # an archive that does not answer may do so later


def routes(
    pool: asyncpg.Pool | Callable[[], asyncpg.Pool],
    shelf: Shelf,
    live: LiveHls | None = None,
    around: Callable[[Endpoint], Endpoint] = lambda manifest: manifest,
    wait: Callable[[Request], int] = lambda request: 0,
) -> list[Route]:
    """pool: of role `public`, or a function giving it once the application has started. live: for what the recorder
    tells before it is in the index. around: what answers for the manifest, and may add to it. wait: asked before a
    sheet is made for somebody; the seconds after which they may come back, or 0."""
    footage = _Footage(pool, shelf, live, wait)
    return [
        *([Route("/live/video.m3u8", live.playlist)] if live is not None else []),
        Route("/video/{run}/init.mp4", footage.init),
        Route("/video/{run}/{n:int}.{part:int}.m4s", footage.part),
        Route("/video/{run}/{n:int}.m4s", footage.segment),
        Route("/video/{run}/{n:int}.jpg", footage.poster),
        Route("/sittings/{sitting}/video/{camera}.m3u8", footage.playlist),
        Route("/sittings/{sitting}/video/{camera}/sheet-{k:int}.jpg", footage.sheet),
        Route("/sittings/{sitting}/video.json", around(footage.manifest)),
    ]


class _Footage:
    def __init__(
        self,
        pool: asyncpg.Pool | Callable[[], asyncpg.Pool],
        shelf: Shelf,
        live: LiveHls | None,
        wait: Callable[[Request], int],
    ) -> None:
        self._pool, self._shelf, self._live, self._wait = pool, shelf, live, wait
        self._init_files = Latest(self._find_init, KNOWN_FILES, 3600.0)
        self._segment_files = Latest(self._find_segment, KNOWN_FILES, SHOWN_S)
        self._playlists, self._manifests = Reels(PlaylistReel), Reels(ManifestReel)
        self._playlist = Latest(self._read_playlist, KNOWN_RECORDINGS, FRESH_S)
        self._sheets = sheets.Sheets(shelf.recordings)
        self._manifest = Latest(self._make_manifest, KNOWN_RECORDINGS, FRESH_S)

    # --- what never changes ---

    async def init(self, request: Request) -> Response:
        run = _run_id(request)
        if self._live is not None and (data := self._live.init(run)) is not None:
            return Response(data, media_type="video/mp4", headers=HEADERS)
        path, sha256 = await self._init_files.get(run)
        return _answer(self._path(path), "video/mp4", sha256)

    async def segment(self, request: Request) -> Response:
        run, n = _run_id(request), _number(request)
        if self._live is not None and (data := await self._live.segment(run, n)) is not None:
            return Response(data, media_type="video/iso.segment", headers=_headers(recent=True))
        path, piece = await self._find_file((run, n))
        return _answer(path, "video/iso.segment", piece.sha256, recent=piece.recent)

    async def part(self, request: Request) -> Response:
        """A segment's part, as it is being written or from the file."""
        run, n, part = _run_id(request), _number(request), request.path_params["part"]
        data = await self._live.part(run, n, part) if self._live is not None else None
        recent = data is not None
        if data is None:
            path, piece = await self._find_file((run, n))
            data, recent = await asyncio.to_thread(_part, path, part), piece.recent
        if data is None:
            raise HTTPException(404, "The segment has no such part.")
        return Response(data, media_type="video/iso.segment", headers=_headers(recent=recent))

    async def poster(self, request: Request) -> Response:
        piece, path = await self._segment_files.get((_run_id(request), _number(request)))
        if path is None:
            raise HTTPException(404, "There is no picture of this moment.")
        return _answer(self._path(path), "image/jpeg", None, recent=piece.recent)

    def _path(self, name: str) -> Path:
        try:
            return self._shelf.on_disk(name)
        except BadFootage as error:
            raise _missing() from error

    async def _find_file(self, key: tuple[str, int]) -> tuple[Path, Piece]:
        """Of a segment, wherever it lies."""
        for last in (False, True):
            piece, _ = await self._segment_files.get(key)
            try:
                return await self._shelf.file(piece), piece
            except BadFootage as error:
                if last or piece.archive is not None:
                    raise _missing() from error
                self._segment_files.forget(key)  # it was moved since it was looked up
            except ArchiveAway as error:
                text = "This part of the recording lies in an archive that does not answer now."
                raise HTTPException(503, text, {"retry-after": str(RETRY_S)}) from error
        raise _missing()

    # --- what grows ---

    async def playlist(self, request: Request) -> Response:
        reel, is_open = await self._playlist.get((_sitting_id(request), _camera(request)))
        if (last := _last(request)) is not None:
            return _never_kept(reel.playlist.last(last, ended=not is_open), playlist.CONTENT_TYPE)
        packed = _takes_gzip(request)
        text = reel.playlist.whole(ended=not is_open, packed=packed)
        return _never_kept(text, playlist.CONTENT_TYPE, "gzip" if packed else None)

    async def manifest(self, request: Request) -> Response:
        packed = _takes_gzip(request)
        key = (_sitting_id(request), request.query_params.get("camera", ""), packed)
        return _never_kept(await self._manifest.get(key), "application/json", "gzip" if packed else None)

    async def sheet(self, request: Request) -> Response:
        """A hundred posters of the recording as one picture; 404 until there are as many, or the sitting is over.
        429 to who has had many made; those that are there cost nothing."""
        k = min(request.path_params["k"], 2**20)
        reel, is_open = await self._playlist.get((_sitting_id(request), _camera(request)))
        async with self._acquire() as conn:
            chosen = tuple(await posters(conn, reel.spans, k * sheets.COUNT, sheets.COUNT))
        if not chosen or (is_open and len(chosen) < sheets.COUNT):
            raise HTTPException(404, "There is no sheet of pictures of this part.")
        if not self._sheets.has(chosen) and (seconds := self._wait(request)):
            raise HTTPException(429, "Too many sheets are asked for.", {"retry-after": str(seconds)})
        made = await self._sheets.get(chosen)
        kept = "no-cache" if is_open else f"max-age={sheets.LATE_S:.0f}"
        headers = {"cache-control": f"public, {kept}", "etag": made.tag}
        if made.tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(made.data, media_type="image/jpeg", headers=headers)

    async def _make_manifest(self, key: tuple[str, str, bool]) -> bytes:
        sitting, camera, packed = key
        reel, is_open = await self._read(self._manifests, (sitting, camera))
        async with self._acquire() as conn:
            live = is_open and await index.is_recording(conn, reel.camera)
            tracks = await caption_index.tracks(conn, sitting) if reel.spans else []
        captions = [_track(sitting, reel.camera, track) for track in tracks]
        return reel.manifest.whole({"live": live, "open": is_open, "captions": captions}, packed=packed)

    async def _read_playlist(self, key: tuple[str, str]) -> tuple[PlaylistReel, bool]:
        return await self._read(self._playlists, key)

    async def _read(self, reels: Reels[R], key: tuple[str, str]) -> tuple[R, bool]:
        """camera '': the first that recorded the sitting. And whether it is open."""
        sitting, camera = key
        if camera and not CAMERA_ID.fullmatch(camera):
            raise HTTPException(404, "There is no such camera.")
        async with self._acquire() as conn:
            window = await index.sitting_window(conn, sitting)
            if window is None:
                raise HTTPException(404, "There is no such sitting.")
            foreign = await index.foreign_cameras(conn, sitting)
            if camera in foreign:
                raise HTTPException(404, "There is no such camera of this sitting.")
            if not camera:
                cameras = await index.cameras_between(conn, window.start, window.end)
                camera = next((one for one in cameras if one not in foreign), "")
            return await reels.read(conn, sitting, camera, window), window.open

    async def _find_init(self, run_id: str) -> tuple[str, str]:
        async with self._acquire() as conn:
            found = await index.init_file(conn, run_id)
        if found is None:
            raise HTTPException(404, "There is no such recording.")
        return found

    async def _find_segment(self, key: tuple[str, int]) -> tuple[Piece, str | None]:
        async with self._acquire() as conn:
            found = await index.segment_file(conn, *key)
        if found is None:
            raise HTTPException(404, "There is no such piece of a recording.")
        return found

    def _acquire(self) -> asyncpg.pool.PoolAcquireContext:
        pool = self._pool if isinstance(self._pool, asyncpg.Pool) else self._pool()
        return pool.acquire()


def _track(sitting: str, camera: str, track: Track) -> dict[str, str | bool]:
    """Captions as the player offers them; the version in their address makes it ask for new ones."""
    url = f"/sittings/{sitting}/video/captions/{camera}/{track.language}.vtt?v={track.version}"
    return {"language": track.language, "name": track.name, "machine": track.machine, "url": url}


def _takes_gzip(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")


def _never_kept(body: bytes, content_type: str, encoding: str | None = None) -> Response:
    headers = {"cache-control": "no-store", "vary": "accept-encoding"}
    if encoding:
        headers["content-encoding"] = encoding
    return Response(body, media_type=content_type, headers=headers)


def _missing() -> HTTPException:
    return HTTPException(404, "This piece of the recording is not on the disk.")


def _headers(*, recent: bool) -> dict[str, str]:
    return HEADERS | ({"cache-control": RECENT} if recent else {})


def _answer(path: Path, content_type: str, sha256: str | None, *, recent: bool = False) -> Response:
    headers = _headers(recent=recent) | ({"etag": f'"{sha256}"'} if sha256 is not None else {})
    return FileResponse(path, media_type=content_type, headers=headers)


def _part(path: Path, part: int) -> bytes | None:
    data = path.read_bytes()
    ends = [len(fmp4.SEGMENT_START), *(found.end for found in fmp4.read_fragments(data))]
    return data[ends[part] : ends[part + 1]] if part + 1 < len(ends) else None


def _run_id(request: Request) -> str:
    run: str = request.path_params["run"]
    if not RUN_ID.fullmatch(run):
        raise HTTPException(404, "There is no such recording.")
    return run


def _number(request: Request) -> int:
    n: int = request.path_params["n"]
    if n >= 2**31:
        raise HTTPException(404, "There is no such piece of a recording.")
    return n


def _sitting_id(request: Request) -> str:
    return str(request.path_params["sitting"])


def _camera(request: Request) -> str:
    return str(request.path_params["camera"])


def _last(request: Request) -> int | None:
    text = request.query_params.get("last")
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 4 or int(text) not in LAST:
        raise HTTPException(400, f"`last` is a number of segments from {LAST.start} to {LAST.stop - 1}.")
    return int(text)
