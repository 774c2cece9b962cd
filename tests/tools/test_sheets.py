"""Documents as lines and tables: what stands apart stays apart, and what nobody sees is not there."""

from io import BytesIO
from typing import Any

import pytest

from tools.reading.chunks import chunks_of
from tools.reading.sheet import Row, Table, joined, sheet_of
from tools.reading.split import passages_of


def _pdf(*pages: list[tuple[float, float, str]]) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    paper = BytesIO()
    canvas = Canvas(paper, pagesize=(600, 800), invariant=1)
    for page in pages:
        for x, y, text in page:
            canvas.drawString(x, y, text)
        canvas.showPage()
    canvas.save()
    return paper.getvalue()


def test_pieces_of_a_pdf_line_that_stand_apart_are_cells_with_page_and_line() -> None:
    sheet = sheet_of(
        "a.pdf",
        _pdf([(50, 700, "Invoice no.: 7"), (300, 700, "Date: 1 May 2027"), (50, 680, "Thanks")], [(50, 700, "End")]),
    )

    assert [(one.mark, one.cells) for one in sheet.lines] == [
        ("p1:1", ("Invoice no.: 7", "Date: 1 May 2027")),
        ("p1:2", ("Thanks",)),
        ("p2:1", ("End",)),
    ]
    assert sheet.pages == 2


def test_hidden_text_of_a_page_is_not_there() -> None:
    page = b"""<html><head><title>no</title></head><body><p>Seen</p><p style="display: none">a</p><p hidden>b</p>
    <script>c</script><span style="color:#fff">d</span><table><tr><th>A</th><th>B</th></tr>
    <tr style="display:none"><td>e</td><td>f</td></tr><tr><td>1</td><td>2<br>3</td></tr></table>After</body></html>"""
    sheet = sheet_of("a.html", page)

    assert [one.cells for one in sheet.lines] == [("Seen",), ("A", "B"), ("1", "2 3"), ("After",)]
    assert [[one.cells for one in table.rows] for table in sheet.tables] == [[("A", "B"), ("1", "2 3")]]


def test_markdown_lines_count_as_in_the_file_and_tables_may_follow_each_other() -> None:
    pipes = b"| A | B |\n|---|---|\n| 1 | 2 |\n\nText\n\n| C | D |\n|---|---|\n| 3 | x \\| y |\n"
    text = b"# Title\n\n**Total:** `5`\n\n" + pipes
    sheet = sheet_of("a.md", text)

    assert [(one.number, one.text) for one in sheet.lines][:2] == [(1, "Title"), (3, "Total: 5")]
    assert [[one.cells for one in table.rows] for table in sheet.tables] == [
        [("A", "B"), ("1", "2")],
        [("C", "D"), ("3", "x | y")],
    ]


def _word() -> bytes:
    import docx

    document: Any = docx.Document()
    document.sections[0].header.paragraphs[0].text = "No. 9"
    document.add_paragraph("Before")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip((*table.rows[0].cells, *table.rows[1].cells), ("Fee", "Days", "12", "3"), strict=True):
        cell.text = text
    document.add_paragraph("After")
    content = BytesIO()
    document.save(content)
    return content.getvalue()


def test_docx_has_its_header_and_its_tables_in_their_place() -> None:
    sheet = sheet_of("a.docx", _word())

    assert [one.text for one in sheet.lines] == ["No. 9", "Before", "Fee  Days", "12  3", "After"]
    assert [one.cells for one in sheet.tables[0].rows] == [("Fee", "Days"), ("12", "3")]


def test_hidden_text_of_a_docx_is_not_there() -> None:
    import docx
    from docx.shared import Pt, RGBColor

    document: Any = docx.Document()
    paragraph = document.add_paragraph("Total: 5 ")
    paragraph.add_run("Total: 6 ").font.hidden = True
    paragraph.add_run("Total: 7 ").font.color.rgb = RGBColor(255, 255, 255)
    paragraph.add_run("Total: 8 ").font.size = Pt(1)
    paragraph.add_run("euros")
    content = BytesIO()
    document.save(content)

    assert [one.text for one in sheet_of("a.docx", content.getvalue()).lines] == ["Total: 5 euros"]


def test_a_pdf_of_more_pages_than_are_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.reading.sheet_pdf.MOST_PAGES", 1)

    with pytest.raises(ValueError, match="has 2 pages; at most 1 are read"):
        sheet_of("a.pdf", _pdf([(50, 700, "one")], [(50, 700, "two")]))


def test_the_passages_of_a_docx_hold_its_tables_too() -> None:
    [passage] = passages_of("a.docx", _word())

    assert "| 12 | 3 |" in passage.text
    assert passage.text.index("Before") < passage.text.index("| Fee") < passage.text.index("After")


def _hiding_pdf() -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    paper = BytesIO()
    canvas = Canvas(paper, pagesize=(600, 800), invariant=1)
    canvas.drawString(50, 700, "The fuse has 10 A.")
    canvas.setFillColorRGB(1, 1, 1)
    canvas.drawString(50, 680, "The fuse has 99 A.")
    canvas.save()
    return paper.getvalue()


def _hiding_word() -> bytes:
    import docx

    document: Any = docx.Document()
    paragraph = document.add_paragraph("The fuse has 10 A.")
    paragraph.add_run(" The fuse has 99 A.").font.hidden = True
    content = BytesIO()
    document.save(content)
    return content.getvalue()


_HIDING_HTML = b"""<html><body><p>The fuse has 10 A.</p><p hidden>The fuse has 99 A.</p>
<p style="color:white">The fuse has 99 A.</p></body></html>"""


@pytest.mark.parametrize(
    ("name", "content"), [("a.pdf", _hiding_pdf()), ("a.docx", _hiding_word()), ("a.html", _HIDING_HTML)]
)
def test_the_passages_of_a_document_hold_nothing_that_its_reader_cannot_see(name: str, content: bytes) -> None:
    [passage] = passages_of(name, content)

    assert passage.text.strip() == "The fuse has 10 A."


def test_white_letters_on_a_dark_ground_are_seen() -> None:
    import docx
    from docx.oxml import parse_xml
    from docx.shared import RGBColor

    document: Any = docx.Document()
    cell = document.add_table(rows=1, cols=1).rows[0].cells[0]
    cell.paragraphs[0].add_run("Fee").font.color.rgb = RGBColor(255, 255, 255)
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    cell._tc.get_or_add_tcPr().append(parse_xml(f'<w:shd xmlns:w="{word}" w:val="clear" w:fill="1F3864"/>'))
    content = BytesIO()
    document.save(content)
    page = b'<table style="background:#333"><tr><th style="color:white">Fee</th><th>Days</th></tr></table>'

    assert [one.text for one in sheet_of("a.docx", content.getvalue()).lines] == ["Fee"]
    assert [one.cells for one in sheet_of("a.html", page).lines] == [("Fee", "Days")]


def test_a_long_page_is_cut_between_its_lines() -> None:
    lines = [f"Line {number} says what line {number} has to say." for number in range(60)]
    page = [(50.0, 790 - 12.0 * at, text) for at, text in enumerate(lines)]

    passages = passages_of("a.pdf", _pdf(page))

    assert [one.mark for one in passages] == ["a.pdf:p1", "a.pdf:p1-2"]
    assert [line for one in passages for line in one.text.splitlines()] == lines


def _table(*rows: tuple[str, ...]) -> Table:
    return Table(tuple(Row(one, at) for at, one in enumerate(rows)))


@pytest.mark.parametrize(
    ("second", "whole"),
    [
        (_table(("Item", "Fee"), ("b", "2")), [("Item", "Fee"), ("a", "1"), ("b", "2")]),
        (_table(("b", "2"), ("c", "3")), [("Item", "Fee"), ("a", "1"), ("b", "2"), ("c", "3")]),
        (_table(("", "and more"), ("c", "3")), [("Item", "Fee"), ("a", "1 and more"), ("c", "3")]),
    ],
    ids=["head repeated", "no head", "row broken by the page"],
)
def test_a_table_that_goes_on_over_the_page_is_one(second: Table, whole: list[tuple[str, ...]]) -> None:
    [table] = joined([(False, _table(("Item", "Fee"), ("a", "1"))), (True, second)])

    assert [one.cells for one in table.rows] == whole


def test_tables_with_other_columns_stay_apart() -> None:
    assert len(joined([(False, _table(("a", "b"), ("1", "2"))), (True, _table(("a", "b", "c"), ("1", "2", "3")))])) == 2


def test_a_text_in_parts_is_the_same_text_again_with_its_code() -> None:
    text = "\n\n".join(["One " * 300, "```py\nx = 1\n\ny = 2\n```", "Two " * 300, "~~~\nz\n~~~\n\nThree " * 2]) + "\n"
    chunks = chunks_of(text)

    assert len(chunks.parts) > 1
    assert "x = 1" not in "".join(chunks.parts)
    assert chunks.whole(list(chunks.parts)).strip() == text.strip()
