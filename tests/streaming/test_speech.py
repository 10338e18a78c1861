"""Drafts of captions: the sound of a recording with its wall times, and words set as captions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from streaming import speech_sound
from streaming.errors import BadFootage
from streaming.segments import Run, Segment
from streaming.speech import RATE, Piece, Word, captions
from streaming.speech_sound import covering, pieces, with_sound
from streaming.speech_whisper import NoModel, Whisper
from tests.streaming.conftest import write_run
from tests.streaming.sounds import Beeps, Heard, beeps

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def seconds(n: float) -> timedelta:
    return timedelta(seconds=n)


def filmed(folder: Path, sound: str | Heard, camera: str = "hall-1", count: int = 120) -> tuple[Run, list[Segment]]:
    told = write_run(folder, camera, AT, sound=sound, count=count)
    runs = [one for one in told if isinstance(one, Run)]
    return runs[-1], [one for one in told if isinstance(one, Segment)]


def test_sound_of_a_run_is_heard_at_its_wall_time_and_cut_where_it_is_quiet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {0.5: 1, 2.7: 4, 5.6: 2, 8.2: 7}
    run, segments = filmed(tmp_path, beeps(said, 10), count=250)
    monkeypatch.setattr(speech_sound, "PIECE_S", 6)
    monkeypatch.setattr(speech_sound, "QUIET_S", 2)

    def read(path: str) -> bytes:
        return (tmp_path / path).read_bytes()

    found = list(pieces(read, run, segments))
    assert len(found) == 2 and AT + seconds(4) < found[0].end < AT + seconds(5.6), "not within a word"
    assert abs(found[1].start - found[0].end) < seconds(0.01)
    heard = [(one.text, one.start) for piece in found for one in captions(Beeps().words(piece.samples), piece)]
    assert [text for text, _ in heard] == ["1.", "4.", "2.", "7."]
    for (_, at), begun in zip(heard, said, strict=True):
        assert abs(at - AT - seconds(begun)) < seconds(0.05)
    tail = list(pieces(read, run, segments[2:]))
    assert abs(tail[0].start - segments[2].started_at) < seconds(0.05), "a run heard from its middle"
    (tmp_path / segments[1].path).write_bytes(b"no film")
    torn = [one for piece in pieces(read, run, segments) for one in captions(Beeps().words(piece.samples), piece)]
    assert [one.text for one in torn] == ["1.", "2.", "7."] and abs(torn[1].start - heard[2][1]) < seconds(0.05)
    (tmp_path / run.init_path).write_bytes(b"no film")
    with pytest.raises(BadFootage, match="a box is torn"):
        list(pieces(read, run, segments))


def test_runs_without_a_microphone_are_known_and_telephone_sound_is_heard(tmp_path: Path) -> None:
    def read(path: str) -> bytes:
        return (tmp_path / path).read_bytes()

    mute, _ = filmed(tmp_path, "", "hall-2", count=30)
    run, segments = filmed(tmp_path, "g711", count=75)
    assert with_sound(read, [mute, run]) == {run.id}
    [piece] = pieces(read, run, segments)
    assert abs(piece.start - AT) < seconds(0.2) and piece.end - piece.start > seconds(2.5)
    assert np.abs(piece.samples).max() > 0.01


def segment(run: str, n: int, at: float) -> Segment:
    return Segment(run, n, n * 180_000, 180_000, AT + seconds(at), 2000, f"{run}/{n}", 1, "0" * 64, 50, None)


def test_a_camera_is_heard_where_those_before_it_heard_nothing() -> None:
    first = [segment("a", 0, 0), segment("a", 1, 2), segment("b", 0, 12)]
    second = [segment("c", n, 1 + 2 * n) for n in range(8)]
    told = [[(one.run_id, one.n) for one in stretch] for stretch in covering([first, second])]
    assert told == [[("a", 0), ("a", 1)], [("c", 2), ("c", 3), ("c", 4)], [("b", 0)], [("c", 7)]]
    assert covering([[], []]) == []


def test_words_are_set_as_captions_that_can_be_read() -> None:
    piece = Piece(AT, np.zeros(60 * RATE, np.float32))
    slow = [Word(i, i + 0.9, "слово") for i in range(12)]
    long = [Word(20 + i / 10, 20.1 + i / 10, "засідання") for i in range(12)]
    rest = [Word(30, 30.2, " Так."), Word(30.3, 30.5, "Ні"), Word(33, 33.1, "\n"), Word(59.9, 61, "кінець")]
    found = captions([*slow, *long, *rest], piece)
    assert all(timedelta(0) < one.end - one.start <= seconds(7) for one in found)
    assert all(len(line) <= 42 for one in found for line in one.text.split("\n"))
    assert " ".join(one.text.replace("\n", " ") for one in found) == " ".join(
        ["слово"] * 12 + ["засідання"] * 12 + ["Так.", "Ні", "кінець"]
    )
    assert [one.text for one in found][-3:] == ["Так.", "Ні", "кінець"], "a sentence, a pause"
    short, last = found[-3], found[-1]
    assert short.end == AT + seconds(30.3), "shown until the next begins"
    assert found[-2].end == AT + seconds(31.3), "and a second where there is none"
    assert (last.start, last.end) == (AT + seconds(59.9), AT + seconds(60)), "no longer than the sound"
    assert captions([], piece) == []


def test_what_is_no_model_is_refused_before_anything_could_be_fetched(tmp_path: Path) -> None:
    with pytest.raises(NoModel, match=r"base is no model: model.bin, config.json, tokenizer.json missing"):
        Whisper(tmp_path / "base", "uk")
    for name in ("model.bin", "config.json"):
        (tmp_path / name).write_bytes(b"{}")
    with pytest.raises(NoModel, match=r"is no model: tokenizer.json missing"):
        Whisper(tmp_path, "uk")
