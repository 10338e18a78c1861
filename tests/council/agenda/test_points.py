"""The agenda while it is prepared: edits, drafts on the disk, publication."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest

from council.agenda import drafts, points
from council.agenda.problems import AgendaRefused, Problem
from council.agenda.publishing import needs_ground, publication
from council.profile import load
from council.refusals import Refusal
from council.sitting import Body, SittingPlan
from voting.entries import AgendaPoint, AgendaPublished, Document, stamp

UA = load("ua")
PDF = b"%PDF-1.7 invented"


def item(number: str, title: str = "", *, vote: bool = True) -> points.PlannedItem:
    title = title or f"Про {number}"
    return points.item_of(number, title, ((title, "majority_of_seats", None),) if vote else (), consent=False)


ITEMS = (item("1"), item("2"), item("3"))


def numbers(items: points.Items) -> str:
    return " ".join(one.item for one in items)


def test_items_are_added_changed_removed_and_moved() -> None:
    assert numbers(points.added(ITEMS, item("7а"), "1")) == "1 7а 2 3"
    assert numbers(points.added(ITEMS, item("0"), None)) == "0 1 2 3"
    assert numbers(points.removed(ITEMS, "2")) == "1 3"
    assert points.changed(ITEMS, "2", item("5", "Нове"))[1] == item("5", "Нове")
    assert numbers(points.moved(ITEMS, "2", "up")) == "2 1 3"
    assert numbers(points.moved(ITEMS, "2", "down")) == "1 3 2"
    assert numbers(points.moved(ITEMS, "1", "up")) == numbers(points.moved(ITEMS, "3", "down")) == "1 2 3"
    assert numbers(points.moved(ITEMS, "3", "first")) == "3 1 2"
    assert numbers(points.moved(ITEMS, "1", "last")) == "2 3 1"
    with pytest.raises(KeyError):
        points.removed(ITEMS, "9")


def test_renumbering_counts_items_by_place_and_their_motions_with_them() -> None:
    again = points.renumbered(points.moved(ITEMS, "3", "first"))
    assert [(one.item, one.title, one.motions[0].item) for one in again] == [
        ("1", "Про 3", "1"),
        ("2", "Про 1", "2"),
        ("3", "Про 2", "3"),
    ]
    assert points.next_number((item("7а"), item("12"), item("3.1"))) == "13"
    assert points.next_number(()) == "1"


def test_an_agenda_that_cannot_stand_is_refused_with_all_its_problems() -> None:
    wrong = (
        item("1"),
        item("1"),
        replace(item("a b"), title=""),
        replace(item("4", vote=False), consent=True),
        points.item_of("5", "Про 5", (("Текст", "nothing", 0),), consent=False),
    )
    with pytest.raises(AgendaRefused) as refused:
        points.check(wrong, UA, "порядок")
    assert refused.value.problems == (
        Problem("item_there", None, None, "1"),
        Problem("bad_item", 3, None, "a b"),
        Problem("no_title", 3),
        Problem("without_vote", 4),
        Problem("bad_rule", 5, None, "nothing", "majority_of_seats, two_thirds_of_seats"),
        Problem("bad_seconds", 5, None, "0"),
    )
    assert points.check(ITEMS, UA, "порядок") == ITEMS


# --- drafts ---------------------------------------------------------------------------------------------------------


def package(*names: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in names:
            file.writestr(zipfile.ZipInfo(name), "x")  # without the hour: the bytes name the test
    return out.getvalue()


def test_a_draft_is_kept_once_under_its_hash_and_attached_once(tmp_path: Path) -> None:
    file = drafts.document("../Проєкт  рішення.pdf", PDF)
    assert file == Document("Проєкт рішення.pdf", hashlib.sha256(PDF).hexdigest(), len(PDF))
    path = drafts.keep(tmp_path, file, PDF, "a")
    assert (path, path.read_bytes()) == (drafts.path_of(tmp_path, file.sha256), PDF)
    assert drafts.keep(tmp_path, replace(file, name="інше.pdf"), PDF, "a") == path
    assert [one for one in tmp_path.rglob("*") if one.is_file() and one.stat().st_size] == [path]
    attached = points.with_draft(ITEMS, "2", file)
    assert attached[1].drafts == (file,)
    assert points.with_draft(attached, "2", replace(file, name="інше.pdf")) == attached
    assert points.without_draft(attached, "2", file.sha256) == ITEMS


def test_a_sitting_is_sent_only_so_many_files_also_where_they_are_taken_off_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def keep(data: bytes, of: str) -> None:
        drafts.keep(tmp_path, drafts.document("a.pdf", data), data, of)

    monkeypatch.setattr(drafts, "SITTING_BYTES", 2 * len(PDF) + 3)
    monkeypatch.setattr(drafts, "SITTING_FILES", 2)
    keep(PDF, "a")
    keep(PDF, "a")  # the same once more takes no room
    keep(PDF + b"1", "a")
    with pytest.raises(AgendaRefused, match="as many files as it may"):
        keep(PDF + b"2", "a")
    keep(PDF + b"2", "b")
    monkeypatch.setattr(drafts, "SITTING_FILES", 9)
    with pytest.raises(AgendaRefused, match="as many files as it may"):
        keep(PDF + b"too large", "b")
    assert not drafts.path_of(tmp_path, hashlib.sha256(PDF + b"too large").hexdigest()).exists()


def test_a_file_for_which_the_disk_has_no_room_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "FREE_BYTES", 10**18)
    with pytest.raises(AgendaRefused, match="The disk has no room"):
        drafts.keep(tmp_path, drafts.document("a.pdf", PDF), PDF, "a")
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.exe", b"MZ", "draft_type"),
        ("a.html", b"<script>", "draft_type"),
        ("a.svg", b"<svg>", "draft_type"),
        ("проєкт", PDF, "draft_type"),
        ("a.pdf", b"", "empty"),
        ("a.pdf", b"<script>", "damaged"),
        ("a.png", PDF, "damaged"),
        ("a.docx", PDF, "damaged"),
        ("a.docx", package("xl/workbook.xml"), "damaged"),
        ("a.docx", package("word/document.xml")[:20], "damaged"),
        ("/", PDF, "draft_name"),
        ("\x00\u202e", PDF, "draft_name"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_not_taken(name: str, data: bytes, code: str) -> None:
    with pytest.raises(AgendaRefused) as refused:
        drafts.document(name, data)
    assert [problem.code for problem in refused.value.problems] == [code]


def test_a_file_that_is_too_large_is_not_taken() -> None:
    with pytest.raises(AgendaRefused, match="20 MB"):
        drafts.document("a.pdf", PDF + bytes(drafts.MAX_BYTES))


def test_a_file_of_every_type_is_taken_and_handed_out_to_be_saved() -> None:
    for ending, inside in (
        ("docx", "word/d.xml"),
        ("xlsx", "xl/w.xml"),
        ("odt", "content.xml"),
        ("ods", "content.xml"),
    ):
        assert drafts.document(f"a.{ending}", package(inside)).name == f"a.{ending}"
    long = drafts.document("д" * 300 + ".PDF", PDF).name
    assert len(long) == drafts.MAX_NAME and long.endswith(".PDF")
    assert drafts.headers("Проєкт.pdf") == {
        "Content-Type": "application/pdf",
        "Content-Disposition": "attachment; filename*=UTF-8''%D0%9F%D1%80%D0%BE%D1%94%D0%BA%D1%82.pdf",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }


# --- publication ----------------------------------------------------------------------------------------------------

BODY = Body("rada", "Вигадане", "Вигадана рада", 9, "ua", "uk", "Europe/Kyiv", training=False)
PLAN = SittingPlan("rada-x", BODY, "I сесія", "plenary", date(2026, 11, 26), "ordinary", None, (), ITEMS)
EARLY = datetime(2026, 11, 12, 21, 59, tzinfo=UTC)  # 23:59 in Kyiv, of the last day
LATE = datetime(2026, 11, 12, 22, 0, tzinfo=UTC)


def refusal(plan: SittingPlan, versions: list[AgendaPublished], now: datetime, ground: str = "") -> str:
    with pytest.raises(Refusal) as refused:
        publication(plan, versions, UA, now, ground)
    return refused.value.code


def test_an_agenda_is_published_in_time_with_its_deadline_and_its_source() -> None:
    first = publication(PLAN, [], UA, EARLY, "зайва підстава")
    assert first == AgendaPublished(
        at=stamp(EARLY),
        version=1,
        session_label="I сесія",
        held_on="2026-11-26",
        points=tuple(AgendaPoint(str(n), f"Про {n}") for n in (1, 2, 3)),
        due_on="2026-11-12",
        due_source=UA.deadlines["drafts_published"].source["uk"],
        urgency=None,
    )


def test_after_the_deadline_of_the_councils_own_day_a_ground_is_asked_for() -> None:
    assert (needs_ground(PLAN, UA, EARLY), needs_ground(PLAN, UA, LATE)) == (False, True)
    assert refusal(PLAN, [], LATE, "  ") == "urgency_ground"
    assert refusal(PLAN, [], LATE, "x" * 301) == "ground_too_long"
    assert publication(PLAN, [], UA, LATE, " аварія  мережі ").urgency == "аварія мережі"
    free = replace(UA, agenda=replace(UA.agenda, urgency_ground=False))
    assert publication(PLAN, [], free, LATE, "").urgency is None


def test_the_same_agenda_is_not_published_twice_and_an_empty_one_never() -> None:
    first = publication(PLAN, [], UA, EARLY, "")
    assert refusal(PLAN, [first], EARLY) == "agenda_unchanged"
    assert refusal(replace(PLAN, items=()), [], EARLY) == "agenda_empty"
    other = replace(PLAN, items=points.moved(ITEMS, "3", "up"))
    assert publication(other, [first], UA, EARLY, "").version == 2
