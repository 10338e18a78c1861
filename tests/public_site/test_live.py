"""`/live` over real sockets: the hall's facts and its transient state, to whoever reads."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
import pytest

from council.words import LANGUAGES
from public_site import live
from public_site.wording import wording
from voting.entries import CHOSEN

PATH = "/live?sitting=drohobych-council-2017-11-22"


class Events:
    """The events of one stream, in order."""

    def __init__(self, answer: httpx2.Response) -> None:
        self._lines = answer.aiter_lines()

    async def next(self, *names: str) -> tuple[str, Any, int | None]:
        """The next event with one of these names (any, if none): its name, data and id."""
        name, data, seq = "", None, None
        async with asyncio.timeout(20):
            while True:
                line = await anext(self._lines)
                key, _, value = line.partition(": ")
                match key:
                    case "event":
                        name = value
                    case "data":
                        data = json.loads(value)
                    case "id":
                        seq = int(value)
                    case "" if data is not None:
                        if not names or name in names:
                            return name, data, seq
                        name, data, seq = "", None, None


@pytest.fixture
async def events(town: Any, site: httpx2.AsyncClient) -> AsyncIterator[Events]:
    """A reader who came when the sitting was open and everybody there."""
    await town.open_sitting()
    await town.arrive_all()
    async with site.stream("GET", PATH) as answer:
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/event-stream")
        yield Events(answer)


async def test_live_reader_who_joins_gets_the_sitting_first(events: Events, town: Any) -> None:
    name, sitting, seq = await events.next()
    assert (name, sitting["state"], sitting["present"], sitting["item"]) == ("sitting", "open", 36, None)
    assert seq == town.ledger.size - 1


async def test_live_vote_opened_and_closed_never_says_how_before_it_is_closed(events: Events, town: Any) -> None:
    await town.call(1)
    await town.open_vote(1)
    _, opened, _ = await events.next("vote")
    assert (opened["n"], opened["result"], opened["roll"], opened["tally"]) == (1, None, [], None)
    pressed = [member for member, option in town.script[0].items() if option in CHOSEN]
    town.press(town.script[0])
    await town.say_live(pressed)
    _, state, seq = await events.next("state")
    assert (state["vote_n"], sorted(state["voted"]), seq) == (1, sorted(pressed), None)
    assert not {"for", "against", "abstain"} & set(json.dumps(state).replace('"', " ").split())
    await town.close_vote()
    _, closed, seq = await events.next("vote")
    assert (closed["result"], closed["tally"]["for"], len(closed["roll"])) == ("adopted", 19, 37)
    assert seq == closed["ledger"]["seq"]


async def test_live_vote_is_its_twin_without_the_presses(events: Events, town: Any, site: httpx2.AsyncClient) -> None:
    await town.hold(1)
    while (vote := (await events.next("vote"))[1])["state"] != "announced":
        pass
    twin = (await site.get("/sittings/drohobych-council-2017-11-22/votes/1.json")).json()
    pressed = {"boot", "n", "recorded_at", "terminal", "signature"}  # to be checked at leisure, not sent to everyone
    assert all(pressed <= set(line) for line in twin["roll"])
    twin["roll"] = [{key: line[key] for key in line if key not in pressed} for line in twin["roll"]]
    assert [one.pop("line")["tag"] for one in vote["words"].values()] == [""] * len(twin["words"])
    assert vote == twin


async def test_live_an_arrival_does_not_send_the_votes_again(events: Events, town: Any) -> None:
    await town.hold(1)
    while (await events.next("vote"))[1]["result"] is None:
        pass
    await events.next("vote")  # announced
    await town.call(2)
    name, sitting, _ = await events.next("sitting", "vote")
    assert (name, sitting["item"]) == ("sitting", "2")


async def test_live_reader_who_comes_back_gets_every_vote_missed(
    events: Events, town: Any, site: httpx2.AsyncClient
) -> None:
    _, _, seen = await events.next("sitting")
    await town.hold(1)
    await town.hold(2)
    for address, headers in ((PATH, {"last-event-id": str(seen)}), (f"{PATH}&last={seen}", {})):
        async with site.stream("GET", address, headers=headers) as answer:
            again = Events(answer)
            results: dict[int, str | None] = {}
            while results != {1: "adopted", 2: "adopted"}:  # the site may still be reading the last entries
                vote = (await again.next("vote"))[1]
                results[vote["n"]] = vote["result"]


async def test_live_sitting_that_is_let_go_while_states_are_read_ends_nothing(
    db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: Any) -> Any:
        raise AssertionError

    async with await db.database("public").pool(1, 1) as pool:
        made, read = live.Live(db.database("public"), lambda: pool, never, lambda _: wording("uk", "UTC")), []

        async def let_go(_: Any, topic: live.Topic) -> bool:
            read.append(topic.sitting)
            made._topics.clear()
            return False

        monkeypatch.setattr(made, "_read_state", let_go)
        made._topics.update({name: live.Topic(name) for name in ("a", "b")})
        made._dirty |= {"a", "b"}
        made._woken.set()
        sending = asyncio.create_task(made._send_states())
        async with asyncio.timeout(20):
            while len(read) < 2 and not sending.done():
                await asyncio.sleep(0.01)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending


async def test_live_planned_sitting_waits_and_begins(town: Any, site: httpx2.AsyncClient) -> None:
    async with site.stream("GET", PATH) as answer:
        events = Events(answer)
        assert (await events.next())[1]["state"] == "planned"
        await town.open_sitting()
        assert (await events.next("sitting"))[1]["state"] == "open"


async def test_live_goes_on_when_the_server_has_ended_its_sessions(
    town: Any, towns: ModuleType, dying_line: Any, tmp_path: Path
) -> None:
    await town.open_sitting()
    async with (
        towns.serving(dying_line, tmp_path) as address,
        httpx2.AsyncClient(base_url=address) as reader,
        reader.stream("GET", PATH) as answer,
    ):
        events = Events(answer)
        await events.next("sitting")
        await dying_line.end("public")
        await town.say_live(["1001"])
        assert (await events.next("state"))[1]["voted"] == ["1001"]


async def test_live_unknown_sitting_is_told_in_the_one_shape(site: httpx2.AsyncClient) -> None:
    answer = await site.get("/live?sitting=atlantis-1900-01-01")
    assert answer.status_code == 404
    assert json.loads(answer.text.replace("\N{NO-BREAK SPACE}", " "))["error"] == {
        "status": 404,
        "code": "unknown_sitting",
        "message": "Засідання «atlantis-1900-01-01» немає.",
        "help": "Усі засідання перелічено за адресою /sittings.json.",
    }


async def test_live_posting_is_refused_in_the_readers_language(site: httpx2.AsyncClient) -> None:
    answer = await site.post(PATH, headers={"cookie": "lang=en"})
    assert (answer.status_code, answer.json()["error"]["help"]) == (405, "Use GET.")
    async with asyncio.timeout(20):
        for _ in range(2):  # the line is fit for what is asked next
            head = await site.head(PATH)
            assert (head.status_code, head.headers["cache-control"]) == (200, "no-store")
            assert (await site.get("/healthz")).text == "ok\n"


async def test_live_reader_who_names_a_language_is_told_in_it_alone(town: Any, site: httpx2.AsyncClient) -> None:
    await town.open_sitting()
    await town.arrive_all()
    async with (
        site.stream("GET", PATH + "&lang=en") as english,
        site.stream("GET", PATH + "&lang=xx") as unknown,
        site.stream("GET", PATH) as whole,
    ):
        readers = [Events(english), Events(unknown), Events(whole)]
        for reader in readers:
            await reader.next("sitting")
        await town.call(1)
        await town.open_vote(1)
        votes = [(await reader.next("vote"))[1] for reader in readers]
    assert [set(vote.pop("words")) for vote in votes] == [{"en"}, set(LANGUAGES), set(LANGUAGES)]
    assert votes[0] == votes[1] == votes[2]
    async with site.stream("GET", PATH + "&lang=en") as late:
        assert set((await Events(late).next("vote"))[1]["words"]) == {"en"}
