"""`council captions`: what it cannot listen to, in sentences."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from council import captions
from council.captions import Author
from council.commands import ground
from council.config import load
from streaming.captions import Caption, numbered
from tests.council.test_caption_draft import SAT
from tests.footage_archive import NOW, OPENED, SITTING, furnished

if TYPE_CHECKING:
    from tests.conftest import TestDatabase


async def test_command_refuses_in_sentences_what_it_cannot_listen_to(
    town: Path, db: TestDatabase, council: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = load(town / "council.toml")
    model = town / "base"
    model.mkdir()
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (model / name).write_bytes(b"{}")
    monkeypatch.setitem(sys.modules, "faster_whisper", None)

    async def said(*more: str, sitting: str = SITTING) -> str:
        arguments = ("captions", "draft", sitting, "--language", "uk", "--model", str(model), *more)
        done = await asyncio.to_thread(council, town, *arguments)
        assert done.code == 1 and len(done.err) == 1 and done.out == ""
        return str(done.err[0].removeprefix("council captions: "))

    async with furnished(db, config.recordings, ground.signer(config)) as archive:
        await archive.conn.execute(SAT)
        assert (await said()).endswith("Install it: .venv/bin/pip install -e '.[speech]'")
        assert (await said("--model", str(town / "none"))).startswith(f"{town}/none is no model: model.bin, ")
        assert (
            await said("--from", "12:00:30") == "12:00:30 is no time of day within the recording. Expected: 10:26:23."
        )
        assert await said("--from", "12:00:05", "--to", "12:00") == "--from is not before --to."
        assert await said("--camera", "x") == "Camera x recorded nothing of it. There are: hall-1."
        assert "rada-9" in await said(sitting="rada-9")
        write = partial(captions.write, archive.conn, SITTING, "uk", 0, by=Author("maria", "Марія"), at=NOW)
        await write(numbered([Caption(OPENED, NOW, "прочитано")]), how="edited")
        assert "captions in Українська that people have read" in await said()
