"""`council sitting …` and `council agenda …`: sittings made, and their agendas read from a table or a text.

Works while the hall runs: it follows within a second, as long as the sitting is not open. Publishing is done in the
hall, which alone writes the ledger."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from council import profile, store
from council.access import MACHINE, StaffAct
from council.access.audit import write
from council.agenda import drafts, points, stored
from council.agenda.pasted import read_pasted
from council.agenda.points import Items
from council.agenda.problems import AgendaRefused, Problem
from council.agenda.reading import read_agenda
from council.commands import ground
from council.config import Config, load
from council.profile import Profile
from council.words import LANGUAGES
from voting.entries import Document


class NotTaken(Exception):
    """The file is not taken; the text says why, a line for each reason."""


def sitting(options: argparse.Namespace) -> int:
    """Raises StoreError, ConfigError."""
    if options.action == "list":
        return _with(load(options.config), _list)

    async def create(connection: Any) -> None:
        now = datetime.now(UTC)
        made = await stored.create(connection, options.body, options.day, options.label, options.kind, now)
        await write(connection, [StaffAct(now, MACHINE, "", "sitting_made", made, options.label)])
        print(made)

    return _with(load(options.config), create)


async def _list(connection: Any) -> None:
    for one in await stored.listed(connection):
        agenda = f"agenda published, version {one.versions}" if one.versions else "agenda not published"
        print(f"{one.id:30} {one.state:8} {one.items:3} items  {agenda:28} {one.session_label}")


def agenda(options: argparse.Namespace) -> int:
    """Raises NotTaken, StoreError, ProfileError, ConfigError, OSError."""
    config = load(options.config)
    path: Path = options.file
    data = path.read_bytes()

    async def read(connection: Any) -> None:
        plan, now = await store.load_plan(connection, options.sitting), datetime.now(UTC)
        rules = profile.load(plan.body.profile)
        locale = plan.body.locale if plan.body.locale in LANGUAGES else "en"
        try:
            new = _items(data, path, rules, config, locale, plan.id)
            await stored.change(
                *(connection, plan.id, None),
                lambda items: points.check(new if options.replace else (*items, *new), rules, path.name),
                *(now, MACHINE),
            )
        except AgendaRefused as refused:
            raise NotTaken("\n".join(["nothing was changed.", *refused.sentences(locale)])) from None
        detail = f"import {path.name}: {len(new)}"
        await write(connection, [StaffAct(now, MACHINE, "", "agenda_changed", plan.id, detail)])
        print(f"{len(new)} items of {path.name} are on the agenda of {plan.id}.")
        print(f"It is published in the hall, on the page /prepare/{plan.id}")

    return _with(config, read)


def _items(data: bytes, path: Path, rules: Profile, config: Config, locale: str, sitting: str) -> Items:
    if path.suffix == ".txt":
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise AgendaRefused(path.name, [Problem("not_text")]) from None
        return read_pasted(text, path.name, rules.default_rule)[0]
    beside = Beside(path.parent)
    new = read_agenda(data, path.name, rules, beside, locale)
    for document, content in beside.read.values():
        drafts.keep(config.drafts, document, content, sitting)
    return new


class Beside(Mapping[str, Document]):
    """The files of a folder that can be attached, by name; each is read when it is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.read: dict[str, tuple[Document, bytes]] = {}

    def __getitem__(self, name: str) -> Document:
        """Raises AgendaRefused for a file that is not taken, KeyError for none."""
        if name not in self.read:
            path = self._folder / name
            if path.name != name or not path.is_file():
                raise KeyError(name)
            data = path.read_bytes()
            self.read[name] = drafts.document(name, data), data
        return self.read[name][0]

    def __iter__(self) -> Iterator[str]:
        return (path.name for path in self._folder.iterdir() if path.is_file())

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _with(config: Config, act: Callable[[Any], Awaitable[None]]) -> int:
    async def main(at: ground.Ground) -> None:
        await ground.prepare(at)
        connection = await at.database("hall").connect()
        try:
            await act(connection)
        finally:
            await connection.close()

    with ground.borrow(config) as at:
        asyncio.run(main(at))
    return 0
