"""Papers as PDF: archival and accessible, the same bytes each time, whatever people typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest

from council.papers import plain
from council.papers.chronicle import Chronicle, chronicle
from council.papers.coverage import shown
from council.papers.minutes import minutes
from council.papers.paper import Heading, Paper, Paragraph
from council.papers.seal import Seal, Setting
from council.papers.sheet import sheet
from council.papers.typeset import FAMILIES, compiled, data, fonts, points
from council.words import LANGUAGES
from voting.entries import Option, Seated

ReadPdf = Callable[[bytes], tuple[Any, str]]
UK = Setting("uk", "uk", "https://rada.example")
HOSTILE = (
    '#read("/etc/passwd")',
    "] #panic() [",
    "\\",
    "$ x^2 $",
    "*bold* _it_ `raw` <label> @ref",
    '"; #import "@preview/x:1.0.0"',
    "// comment",
    "/* never closed",
    '#{ sys.inputs } ${1} \\u{41} {"paper": 1}',
)


def tags(document: Any) -> list[str]:
    """The structure types of the tag tree, in reading order."""
    found: list[str] = []

    def walk(node: Any) -> None:
        if not isinstance(node, pikepdf.Dictionary):
            return
        if "/S" in node:
            found.append(str(node.S)[1:])
        kids = node.get("/K", [])
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            walk(kid)

    walk(document.Root.StructTreeRoot)
    return found


def squeezed(text: str) -> str:
    """Without blanks, hyphens and soft marks: lines may break anywhere."""
    return re.sub(r"[\s\u00ad\u200b\u2010-]", "", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_pdf_is_archival_tagged_and_says_its_language_and_title(
    told: Chronicle, seal: Seal, read_pdf: ReadPdf, language: str
) -> None:
    document, _ = read_pdf(compiled(sheet(told, 2, seal, replace(UK, language=language))))
    with document.open_metadata() as metadata:
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "A")
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"] == sheet(told, 2, seal, replace(UK, language=language)).title
    assert bool(document.Root.MarkInfo.Marked)
    assert str(document.Root.Lang) == language
    assert bool(document.Root.ViewerPreferences.DisplayDocTitle)
    assert len(document.Root.OutputIntents) == 1
    found = tags(document)
    assert found[:2] == ["Document", "P"]
    assert {"Title", "H1", "Table", "TH", "TD", "L", "LBody", "Figure"} <= set(found)
    assert found.index("Title") < found.index("L") < found.index("Table") < found.index("Figure")


def test_every_font_is_embedded_and_comes_from_the_packages(told: Chronicle, seal: Seal, read_pdf: ReadPdf) -> None:
    assert fonts().families() == ["Noto Sans", "Noto Sans Devanagari"]
    document, _ = read_pdf(compiled(sheet(told, 2, seal, replace(UK, language="mr"))))
    names = set()
    for page in document.pages:
        for font in page.Resources.Font.values():
            below = font.DescendantFonts[0]
            assert any(key in below.FontDescriptor for key in ("/FontFile2", "/FontFile3"))
            names.add(str(below.BaseFont).partition("+")[2].partition("-")[0])
    assert names == {"NotoSans", "NotoSansDevanagari"}
    assert len(FAMILIES) == len(names)


@pytest.mark.parametrize("language", LANGUAGES)
def test_pdf_and_text_say_the_same_in_the_same_order(
    told: Chronicle, seal: Seal, read_pdf: ReadPdf, language: str
) -> None:
    """What is particular to each kind of block aside, every paragraph of the text is in the PDF, after the one before.
    In Marathi the letters of a word come out of a PDF in the order they are drawn, so only its Latin text is held."""
    setting = replace(UK, language=language)
    for paper in (sheet(told, 2, seal, setting), minutes(told, seal, setting)):
        _, text = read_pdf(compiled(paper))
        text, place = squeezed(text), 0
        texts = [block.text for block in paper.blocks if isinstance(block, Heading | Paragraph)]
        for said in texts:
            wanted = squeezed(said)
            if language == "mr":
                wanted = max(re.findall(r"[^\u0900-\u097f]+", wanted) or [""], key=len)
            found = text.find(wanted, place)
            assert found >= 0, said
            place = found if language == "mr" else found + len(wanted)


def test_devanagari_is_shaped_and_can_be_read_out_again(told: Chronicle, seal: Seal, read_pdf: ReadPdf) -> None:
    paper = sheet(told, 2, seal, Setting("mr", "mr", None))
    pdf = compiled(paper)
    _, text = read_pdf(pdf)
    assert paper.title in text
    assert "गणपूर्ती झाली" in text
    # conjuncts are one glyph: the word is narrower than its letters side by side
    words = Paper("mr", "mr", "क", (), "", "", "{page}{pages}", None, (Paragraph("क्ष"), Paragraph("कष")))
    page = pypdfium2.PdfDocument(compiled(words))[0].get_textpage()
    boxes = [page.get_rect(i) for i in range(page.count_rects())]
    widths = [right - left for left, _, right, _ in boxes]
    assert widths[1] < widths[2]


def test_the_same_record_makes_the_same_bytes(full: Any, seal: Seal) -> None:
    first, second = (chronicle(full.whole().entries()) for _ in range(2))
    assert compiled(sheet(first, 2, seal, UK)) == compiled(sheet(second, 2, seal, UK))
    assert compiled(minutes(first, seal, UK)) == compiled(minutes(second, seal, UK))
    assert compiled(sheet(first, 2, None, UK)) == compiled(sheet(second, 2, None, UK))


def test_pdf_is_dated_by_the_record(told: Chronicle, seal: Seal, read_pdf: ReadPdf) -> None:
    document, _ = read_pdf(compiled(sheet(told, 2, seal, UK)))
    assert str(document.docinfo.CreationDate) == "D:20261122120000Z"


@pytest.mark.parametrize("typed", HOSTILE)
def test_what_people_typed_is_printed_and_never_run(full: Any, seal: Seal, read_pdf: ReadPdf, typed: str) -> None:
    """A motion, a name, a faction, a label and a title of typst code come out letter by letter."""
    members = list(full.seated())
    members[0] = Seated(members[0].member, typed, typed, None, "m", typed, 1)
    hostile = full.Told()
    hostile.say(full.opening(members=tuple(members), session_label=typed, body_name=typed, municipality=typed))
    hostile.arrive(full.MEMBERS)
    hostile.call("1", typed)
    hostile.open(1, typed, "1")
    hostile.press(dict.fromkeys(full.MEMBERS[:8], Option.FOR))
    hostile.close()
    told = chronicle(hostile.entries())
    for paper in (sheet(told, 1, seal, UK), minutes(told, seal, UK)):
        _, text = read_pdf(compiled(paper))
        assert squeezed(text).count(squeezed(typed)) >= 7
        assert typed in " ".join(plain.text(paper).split()) or len(typed) > 60
        assert "root:" not in text


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Про 😀 і 日本", "Про [U+1F600] і [U+65E5][U+672C]"),
        ("не менше ≥ 5", "не менше [U+2265] 5"),
        ("a\x07b\ufeffc\u202ed", "abcd"),
        ("\ue000\U000e0041", "[U+E000]"),
        ("क्\u200dष ₴ № ’ł\u0301", "क्\u200dष ₴ № ’ł\u0301"),
        ("два\tслова", "два слова"),
    ],
)
def test_character_without_a_glyph_is_printed_as_its_number(read_pdf: ReadPdf, typed: str, printed: str) -> None:
    """And a paper is made, whatever is typed: an archival PDF may not hold a character that its fonts lack."""
    assert shown(typed, points()) == printed
    paper = Paper("uk", "uk", typed, (typed,), typed, typed, "{page}{pages}", None, (Paragraph(typed), Heading(typed)))
    compiled(paper)
    assert data(paper)["blocks"][0]["text"] == printed


def test_coverage_is_that_of_the_fonts() -> None:
    assert {ord(c) for c in "AżțєҐक\u094d₹№„”«»…–—"} <= points()
    assert not {ord(c) for c in "≥日😀א"} & points()


def test_qr_on_the_sheet_leads_to_the_page_of_the_vote(told: Chronicle, seal: Seal) -> None:
    """As a telephone's camera sees the printed page."""
    import cv2
    import numpy as np

    page = pypdfium2.PdfDocument(compiled(sheet(told, 2, seal, UK)))[0]
    picture = np.array(page.render(scale=3).to_pil().convert("L"))
    read, _, _ = cv2.QRCodeDetectorAruco().detectAndDecode(picture)
    assert read == "https://rada.example/sittings/meadow-council-2026-11-22/votes/2"


def test_template_can_read_no_file_but_its_own_folder() -> None:
    """Belt and braces: were code ever to slip in, there is nothing to read but our own template."""
    import typst

    from council.papers import typeset

    for path in ("/etc/passwd", "../../../../../../etc/passwd", str(Path(__file__).resolve())):
        with pytest.raises(typst.TypstError):
            typst.compile(f'#read("{path}")'.encode(), root=str(typeset.FOLDER), font_paths=fonts(), format="pdf")


@pytest.mark.parametrize(("members", "pages"), [(3, 1), (37, 1), (64, 2), (120, 2)])
def test_roll_of_any_size_stays_on_few_pages(
    full: Any, seal: Seal, read_pdf: ReadPdf, members: int, pages: int
) -> None:
    people = full.seated()
    crowd = tuple(
        replace(people[place % 12], member=f"m{place}", given_name=f"Ім’я{place}", desk_no=place + 1)
        for place in range(members)
    )
    names = [seated.member for seated in crowd]
    large = full.Told(members=tuple(names))
    large.say(full.opening(members=crowd, seats=members, chair=names[0]))
    large.arrive(names)
    large.call("1", "Про порядок денний")
    large.open(1, "Затвердити порядок денний " * 4, "1")
    large.press(dict.fromkeys(names, Option.FOR))
    large.close()
    paper = sheet(chronicle(large.entries()), 1, seal, UK)
    document, text = read_pdf(compiled(paper))
    assert len(document.pages) <= pages
    assert [f"Ім’я{place}" for place in range(members) if f"Ім’я{place}" not in text] == []


def test_mark_of_a_rehearsal_stands_on_every_page(full: Any, seal: Seal) -> None:
    told = chronicle(full.whole(mode="rehearsal").entries())
    document = pypdfium2.PdfDocument(BytesIO(compiled(minutes(told, None, Setting("en", "uk", None)))))
    assert len(document) > 5
    texts = [page.get_textpage().get_text_range() for page in document]
    assert all("Rehearsal. Not a record." in text for text in texts)
    assert all(f"Page {n} of {len(document)}" in text for n, text in enumerate(texts, 1))
