"""Speech heard by Whisper's models on the processor, through faster-whisper, the extra `speech`.

A model is a folder made for CTranslate2, which whoever runs this brings to the machine. None is fetched: the library
would ask the network where a path is no folder or lacks its tokenizer. Both are refused here, and it is kept offline.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

from streaming.errors import StreamingError
from streaming.speech import Samples, Word

FILES = ("model.bin", "config.json", "tokenizer.json")
INSTALL = "Drafts of captions are an extra. Install it: .venv/bin/pip install -e '.[speech]'"


class NoModel(StreamingError):
    """There is nothing to listen with: the extra or the model is missing, or it does not hear this language."""

    code = "no_model"


class Whisper:
    """One model for one language. Raises NoModel; takes seconds, and gives all later work of the process way to
    others', for it keeps every core busy."""

    def __init__(self, folder: Path, language: str) -> None:
        missing = [name for name in FILES if not (folder / name).is_file()]
        if missing:
            raise NoModel(f"{folder} is no model: {', '.join(missing)} missing. Expected: Whisper as for CTranslate2.")
        os.environ["HF_HUB_OFFLINE"] = "1"
        try:
            from faster_whisper import WhisperModel
        except ImportError as error:
            raise NoModel(INSTALL) from error
        try:
            self._model = WhisperModel(str(folder), device="cpu", compute_type="int8", local_files_only=True)
        except Exception as error:  # of what the file holds, the library raises whatever comes
            raise NoModel(f"{folder} is no model that can be used: {error}") from error
        if language not in self._model.supported_languages:
            raise NoModel(f"The model {folder.name} does not hear {language}.")
        self.name = f"Whisper, {folder.resolve().name}"
        self._language = language
        logging.getLogger("faster_whisper").setLevel(logging.WARNING)
        os.nice(19)

    def words(self, sound: Samples) -> Iterator[Word]:
        """`streaming.speech.Recogniser`."""
        segments, _ = self._model.transcribe(
            sound,
            language=self._language,
            word_timestamps=True,
            vad_filter=True,  # it invents words where nobody speaks
            condition_on_previous_text=False,  # nor does it repeat itself for minutes
        )
        for segment in segments:
            for word in segment.words or ():
                yield Word(word.start, word.end, word.word)
