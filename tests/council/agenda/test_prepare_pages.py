"""The pages of preparation over HTTP and PostgreSQL: made, read, changed, published, opened."""

from __future__ import annotations

import asyncio
import hashlib
import http.client
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from council import profile, store
from council.acts.sitting import sitting_opened
from council.agenda import stored
from voting.entries import (
    AgendaPublished,
    DocumentAttached,
    Fact,
    FootageReleased,
    FootageWithheld,
    SittingClosed,
    SittingOpened,
)
from voting.folder import Folder
from voting.ledger import read

if TYPE_CHECKING:
    from tests.conftest import TestDatabase

PDF = b"%PDF-1.7 invented"
SHA = hashlib.sha256(PDF).hexdigest()


async def plan_of(db: TestDatabase, sitting: str) -> Any:
    connection = await db.database("hall").connect()
    plan = await store.load_plan(connection, sitting)
    await connection.close()
    return plan


async def folder_of(db: TestDatabase, sitting: str) -> Folder:
    connection = await db.database("hall").connect()
    folder = Folder(sitting)
    for entry in await read(connection, sitting):
        folder.feed(entry)
    await connection.close()
    return folder


def titles(plan: Any) -> list[tuple[str, str]]:
    return [(item.item, item.title) for item in plan.items]


LATER = date.today() + timedelta(days=60)
MADE = f"rada-{LATER}"


async def make(clerk: Any) -> str:
    await clerk.get("/prepare")
    await clerk.post("/prepare", body="rada", held_on=LATER.isoformat(), label=" V сесія ", kind="plenary")
    assert clerk.status == 200
    return f"/prepare/{MADE}"


async def test_a_sitting_is_made_filled_from_a_table_with_its_files_and_published(
    clerk: Any, db: TestDatabase, tmp_path: Path
) -> None:
    page = await make(clerk)
    assert "Засідання створено." in clerk.text and "Порядок денний ще не оприлюднено." in clerk.text
    table = "№;Назва;Рішення;Пакетом;Файл\n1;Про бюджет;Затвердити;так;проєкт.pdf\n2;Про звіт;-;;\n"
    await clerk.post(
        page,
        {"table": ("порядок.csv", table.encode("cp1251")), "files1": ("проєкт.pdf", PDF)},
        act="import",
        seen=clerk.seen,
        place="append",
    )
    assert "Прочитано 2 питання." in clerk.text and clerk.told == []
    plan = await plan_of(db, MADE)
    assert titles(plan) == [("1", "Про бюджет"), ("2", "Про звіт")]
    assert (plan.items[0].consent, plan.items[0].motions[0].text, plan.items[1].motions) == (True, "Затвердити", ())
    assert [(one.name, one.sha256) for one in plan.items[0].drafts] == [("проєкт.pdf", SHA)]
    assert (tmp_path / "drafts" / SHA[:2] / SHA).read_bytes() == PDF
    await clerk.post(page, act="publish", seen=clerk.seen)
    assert "Порядок денний оприлюднено." in clerk.text and "Редакцію 1 оприлюднено" in clerk.text
    (fact,) = (await folder_of(db, MADE)).agenda_versions
    assert isinstance(fact, AgendaPublished)
    assert [(point.item, point.consent, len(point.drafts)) for point in fact.points] == [
        ("1", True, 1),
        ("2", False, 0),
    ]
    assert fact.urgency is None and fact.due_on is not None and fact.due_on < LATER.isoformat()
    await clerk.get(f"{page}/drafts/{SHA}")
    assert (clerk.status, clerk.body) == (200, PDF)
    assert clerk.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%D0%BF")
    assert clerk.headers["content-type"] == "application/pdf"


async def test_changes_after_publication_are_shown_as_changes_and_published_as_the_next_version(
    clerk: Any, db: TestDatabase
) -> None:
    page = await make(clerk)
    await clerk.post(page, act="paste", seen=clerk.seen, place="append", text="Порядок\n1. Перше\n2. Друге\n3. Третє")
    assert "Не взято" in clerk.text and "<li>Порядок</li>" in clerk.text
    await clerk.post(page, act="publish", seen=clerk.seen)
    await clerk.post(page, act="publish", seen=clerk.seen)
    assert clerk.told == ["Саме такий порядок денний уже оприлюднено."]
    await clerk.post(page, act="up", item="3", seen=clerk.seen)
    await clerk.post(page, act="remove", item="1", seen=clerk.seen)
    assert "вилучено: 1. Перше" in clerk.text and "пересунуто: 3" in clerk.text
    assert len((await folder_of(db, MADE)).agenda_versions) == 1
    await clerk.post(page, act="publish", seen=clerk.seen)
    versions = (await folder_of(db, MADE)).agenda_versions
    assert [(one.version, [point.item for point in one.points]) for one in versions] == [
        (1, ["1", "2", "3"]),
        (2, ["3", "2"]),
    ]


async def test_items_are_added_edited_moved_renumbered_and_deleted(clerk: Any, db: TestDatabase) -> None:
    page = await make(clerk)
    for n, title in enumerate(("Перше", "Друге", "Третє"), 1):
        await clerk.get(f"{page}/item")
        assert f'value="{n}"' in clerk.text
        await clerk.post(f"{page}/item", act="save", seen=clerk.seen, number=str(n), title=title, vote="1")
    assert titles(await plan_of(db, MADE)) == [("1", "Перше"), ("2", "Друге"), ("3", "Третє")]
    await clerk.get(f"{page}/item?item=2")
    await clerk.post(
        f"{page}/item?item=2",
        act="save",
        seen=clerk.seen,
        number="2а",
        title="Друге  інакше",
        vote="1",
        consent="1",
        **{"text-1": "Так", "rule-1": "two_thirds_of_seats", "seconds-1": "45", "text-2": "І так", "rule-2": ""},
    )
    plan = await plan_of(db, MADE)
    assert [(one.text, one.rule, one.seconds) for one in plan.items[1].motions] == [
        ("Так", "two_thirds_of_seats", 45),
        ("І так", "majority_of_seats", None),
    ]
    assert (plan.items[1].item, plan.items[1].title, plan.items[1].consent) == ("2а", "Друге інакше", True)
    assert "2 рішення" in clerk.text and "45 секунд" in clerk.text and "пакетом" in clerk.text
    assert "на голосування: І так" in clerk.text  # it is not what the item's title says
    assert '<a href="/">Пульт</a>' in clerk.text  # of the sitting that is chosen there, where there are several
    await clerk.post(page, act="first", item="3", seen=clerk.seen)
    await clerk.post(page, act="down", item="1", seen=clerk.seen)
    assert [item.item for item in (await plan_of(db, MADE)).items] == ["3", "2а", "1"]
    await clerk.post(page, act="renumber", seen=clerk.seen)
    await clerk.post(page, act="remove", item="2", seen=clerk.seen)
    assert titles(await plan_of(db, MADE)) == [("1", "Третє"), ("3", "Перше")]


async def test_what_cannot_stand_is_told_and_nothing_is_changed(clerk: Any, db: TestDatabase) -> None:
    page = await make(clerk)
    await clerk.post(f"{page}/item", act="save", seen=clerk.seen, number="1", title="Перше", vote="1")
    await clerk.get(page)
    seen = clerk.seen
    table = {"table": ("a.csv", "№;Назва;Час\n2;Друге;x\n".encode())}
    await clerk.post(page, table, act="import", seen=seen, place="append")
    assert (clerk.status, len(clerk.told)) == (400, 1) and clerk.told[0].startswith("a.csv: Рядок 2, стовпець «Час»")
    await clerk.post(page, {"table": ("a.csv", "Назва\nІнше\n".encode())}, act="import", seen=seen, place="append")
    assert clerk.told == ["Порядок денний: питання 1 там уже є. Дайте іншому інший номер."]
    await clerk.post(page, {"table": ("", b"")}, act="import", seen=seen)
    assert clerk.told == ["Виберіть файл."]
    await clerk.post(page, act="paste", seen=seen, text="ні цифри", place="append")
    assert clerk.status == 400 and ">ні цифри</textarea>" in clerk.text
    wrong = {"number": "2", "title": "Друге", "vote": "1", "text-1": "Текст", "seconds-1": "хвилина"}
    await clerk.post(f"{page}/item", act="save", seen=seen, **wrong)
    assert clerk.status == 400 and clerk.told[0].endswith("від 1 до 86400 або порожньо.")
    assert 'value="хвилина"' in clerk.text and ">Текст</textarea>" in clerk.text
    await clerk.post(f"{page}/item?item=1", {"file": ("a.exe", b"MZ")}, act="attach", seen=seen)
    assert clerk.status == 400 and "a.exe: Файли такого типу не приймаються." in clerk.told[0]
    await clerk.post("/prepare", body="rada", held_on="скоро", label="", kind="plenary")
    assert clerk.told == ["Засідання потребує ради, дня й назви."]
    for path in ("rada-2030-01-01", "%D0%BD%D0%B5%D0%BC%D0%B0", f"{MADE}/drafts/{SHA}"):
        await clerk.get(f"/prepare/{path}")
        assert clerk.status == 404
    for path in ("%00", f"{MADE}/item?item=%00"):
        await clerk.get(f"/prepare/{path}")
        assert clerk.status == 400
    await clerk.post("/prepare/%00", act="settings", held_on="2030-01-01", label="x", kind="plenary")
    assert clerk.status == 400
    await clerk.post("/prepare", body="rada\0", held_on="2030-01-01", label="\0", kind="plenary")
    assert clerk.status == 400
    await clerk.post(page, act="paste", seen=seen, text="1. А\0", place="append")
    assert clerk.status == 400
    await clerk.post(page, act="paste", seen=seen, text="1. А\u202e", place="append")
    assert clerk.told == ["Текст порядку денного: Рядок 1: тут є невидимий знак (U+202E). Наберіть текст заново."]
    assert titles(await plan_of(db, MADE)) == [("1", "Перше")]


async def test_two_clerks_with_one_agenda_before_them_do_not_overwrite_each_other(clerk: Any, db: TestDatabase) -> None:
    page = await make(clerk)
    await clerk.post(page, act="paste", seen=clerk.seen, text="1. Перше\n2. Друге", place="append")
    seen = clerk.seen
    await clerk.post(page, act="down", item="1", seen=seen)
    await clerk.post(page, act="remove", item="1", seen=seen)
    assert (clerk.status, clerk.told[0][:9]) == (409, "Тим часом")
    await clerk.post(page, act="publish", seen=seen)
    assert (clerk.status, (await folder_of(db, MADE)).agenda_versions) == (409, [])
    assert [item.item for item in (await plan_of(db, MADE)).items] == ["2", "1"]


async def test_an_agenda_that_comes_late_needs_a_ground_which_is_published_with_it(
    clerk: Any, db: TestDatabase
) -> None:
    tomorrow = date.today() + timedelta(days=1)
    await clerk.get("/prepare")
    await clerk.post("/prepare", body="rada", held_on=tomorrow.isoformat(), label="Позачергова", kind="plenary")
    page = f"/prepare/rada-{tomorrow}"
    await clerk.post(page, act="paste", seen=clerk.seen, text="1. Перше", place="append")
    assert "Цей строк уже минув." in clerk.text and 'name="ground"' in clerk.text
    await clerk.post(page, act="publish", seen=clerk.seen, ground=" ")
    assert (clerk.status, clerk.told) == (400, ["Регламент вимагає підстави невідкладності. Зазначте її."])
    await clerk.post(page, act="publish", seen=clerk.seen, ground="прорив водогону")
    assert "Підстава невідкладності: прорив водогону" in clerk.text
    (fact,) = (await folder_of(db, f"rada-{tomorrow}")).agenda_versions
    assert fact.urgency == "прорив водогону"


async def test_the_hall_opens_what_was_published_and_then_files_come_as_facts(
    clerk: Any, running: Any, house: ModuleType, db: TestDatabase
) -> None:
    """Of the sitting that the hall holds: publication goes through its chamber, and the record knows it."""
    page = f"/prepare/{house.SITTING}"
    await clerk.get(page)
    await clerk.post(f"{page}/item?item=1", {"file": ("проєкт.pdf", PDF)}, act="attach", seen=clerk.seen)
    await clerk.get(page)
    await clerk.post(page, act="publish", seen=clerk.seen, ground="підготовлено запізно")
    assert "Редакцію 1 оприлюднено" in clerk.text
    async with house.clerk(running.url, house.SITTING) as console:
        async with asyncio.timeout(20):
            while not running.hall.chamber(house.SITTING).data.plan.items[0].drafts:
                await asyncio.sleep(0.05)
        assert (await console.act("OpenSitting"))["type"] == "Done"
        await clerk.get(page)
        assert "Засідання відкрито: порядок денний змінюють із пульта." in clerk.text
        assert 'value="publish"' not in clerk.text
        other = b"%PDF-2.0 invented too"
        for _ in range(2):
            await clerk.get(f"{page}/item?item=1")
            await clerk.post(f"{page}/item?item=1", {"file": ("довідка.pdf", other)}, act="attach", seen=clerk.seen)
            assert clerk.status == 200 and "довідка.pdf" in clerk.text
        await clerk.post(page, act="remove", item="1", seen=stored.mark((await plan_of(db, house.SITTING)).items))
        assert clerk.status == 409
        assert (await console.act("CallItem", item="1"))["type"] == "Done"
        late = {"item": "1а", "title": "Про прорив водогону", "after": "1", "vote_n": None, "ground": "прорив"}
        assert (await console.act("AddItem", **late))["type"] == "Done"
        await clerk.get(page)
        assert clerk.text.index("Про питання 1") < clerk.text.index(late["title"]) < clerk.text.index("Про питання 2")
        at = f"{page}/item?item={quote('1а')}"
        await clerk.get(at)
        await clerk.post(at, {"file": ("кошторис.pdf", PDF)}, act="attach", seen=clerk.seen)
        assert clerk.status == 200 and "кошторис.pdf" in clerk.text
    folder = await folder_of(db, house.SITTING)
    assert folder.record is not None
    opened = folder.record.opened
    assert isinstance(opened, SittingOpened) and [one.sha256 for one in opened.agenda[0].drafts] == [SHA]
    assert [one.version for one in folder.record.agenda_versions] == [1]
    attached, of_added = folder.record.documents
    assert isinstance(attached, DocumentAttached)
    assert (of_added.item, of_added.document.sha256) == ("1а", SHA)
    assert (attached.item, attached.document.sha256) == ("1", hashlib.sha256(other).hexdigest())
    await clerk.get(f"{page}/drafts/{attached.document.sha256}")
    assert (clerk.status, clerk.body) == (200, other)


async def test_seats_of_one_sitting_differ_from_the_usual_ones(clerk: Any, db: TestDatabase) -> None:
    page = await make(clerk)
    await clerk.get(f"{page}/seats")
    await clerk.post(f"{page}/seats", **{"desk-m1": "2", "desk-m2": "7"})
    seats = {seated.member: seated.desk_no for seated in (await plan_of(db, MADE)).members}
    assert (seats["m1"], seats["m2"], seats["m3"]) == (2, 7, 3)
    await clerk.post(f"{page}/seats", **{"desk-m1": "3", "desk-m3": "3"})
    assert clerk.told == ["Двоє депутатів не можуть сидіти на одному місці."]
    await clerk.post(f"{page}/seats", **{"desk-m1": "перше"})
    assert clerk.told == ["Місце має номер від 1 до 99999."] and 'value="перше"' in clerk.text


async def test_only_who_may_prepare_sees_the_pages_and_every_form_has_its_token(
    running: Any, clerk: Any, reader: Any, house: ModuleType, db: TestDatabase
) -> None:
    page = await make(clerk)
    stranger = reader(running.port, "csrf=none")
    for path in ("/prepare", page, f"{page}/item", f"{page}/seats", f"{page}/drafts/{SHA}"):
        await stranger.get(path)
        assert stranger.status == 303 and stranger.location.startswith("/login?next=")
    _, cookie = await asyncio.to_thread(house.sign_in, running.url, "tech")
    technician = reader(running.port, cookie)
    for path in ("/prepare", page, f"{page}/item", f"{page}/seats"):
        await technician.get(path)
        assert technician.status == 403
    await technician.post(page, act="paste", seen="", text="1. Чуже", place="append")
    assert technician.status == 403
    seen = (await clerk.get(page)) and clerk.seen
    for path, fields in (
        (page, {"act": "paste", "text": "1. Чуже", "place": "append"}),
        (f"{page}/item", {"act": "save", "number": "1", "title": "Чуже"}),
        (f"{page}/seats", {"desk-m1": "9"}),
        ("/prepare", {"body": "rada", "held_on": "2030-01-01", "label": "Чуже", "kind": "plenary"}),
    ):
        await clerk.post(path, csrf="forged", seen=seen, **fields)
        assert clerk.status == 403
    assert (await plan_of(db, MADE)).items == ()


async def test_a_body_that_is_too_large_is_not_read(clerk: Any) -> None:
    page = await make(clerk)
    connection = http.client.HTTPConnection("127.0.0.1", clerk.port, timeout=20)
    connection.request("POST", page, None, {"Content-Length": str(22_000_000), "Cookie": "x=y"})
    answer = await asyncio.to_thread(connection.getresponse)
    assert answer.status == 413
    connection.close()


async def test_what_is_done_to_an_agenda_is_in_the_audit_view(clerk: Any, running: Any) -> None:
    page = await make(clerk)
    await clerk.post(page, act="paste", seen=clerk.seen, text="1. Перше", place="append")
    await clerk.post(page, act="publish", seen=clerk.seen)
    async with asyncio.timeout(20):
        while "agenda_published" not in await clerk.get(f"/audit.json?sitting={MADE}"):
            await asyncio.sleep(0.1)
    for act in ("sitting_made", "agenda_changed"):
        assert act in clerk.text
    await clerk.get("/audit")
    assert "Оприлюднити порядок денний" in clerk.text


async def test_a_recording_that_was_withheld_is_released_by_a_clerk_once_the_sitting_is_over(
    clerk: Any, running: Any, db: TestDatabase
) -> None:
    page = await make(clerk)
    plan = await plan_of(db, MADE)
    opened = sitting_opened(plan, profile.load("ua"), datetime.now(UTC))
    await running.hall.enter(MADE, lambda _: [opened, FootageWithheld(opened.at)])
    await clerk.get(page)
    assert "Оприлюднити запис" not in clerk.text
    await clerk.post(page, act="release")
    assert not any(isinstance(fact, FootageReleased) for fact in await facts_of(db))
    await running.hall.enter(MADE, lambda _: [SittingClosed(opened.at)])
    await clerk.get(page)
    assert "Запис цього засідання ніхто поза залою не бачить" in clerk.text
    await clerk.post(page, act="release")
    assert "Запис оприлюднено: його бачать усі." in clerk.text and "Оприлюднити запис" not in clerk.text
    await clerk.post(page, act="release")
    assert [fact.by.staff for fact in await facts_of(db) if isinstance(fact, FootageReleased)] == ["clerk"]


async def facts_of(db: TestDatabase) -> list[Fact]:
    connection = await db.database("hall").connect()
    entries = await read(connection, MADE)
    await connection.close()
    return [entry.fact for entry in entries]
