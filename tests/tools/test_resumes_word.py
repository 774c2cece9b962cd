"""Word files: everything a reader sees, wherever it stands, and nothing that the writer hid."""

from typing import Any

import pytest

from tests.tools.resume_files import docx_file
from tools.resumes.extract import Extract
from tools.resumes.word import read_docx

_BOX = """<w:r xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"
 xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"
 xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
 xmlns:v="urn:schemas-microsoft-com:vml">
<mc:AlternateContent>
<mc:Choice Requires="wps"><w:drawing><wps:wsp><wps:txbx><w:txbxContent><w:p><w:r><w:t>in a box</w:t></w:r></w:p>
</w:txbxContent></wps:txbx></wps:wsp></w:drawing></mc:Choice>
<mc:Fallback><w:pict><v:textbox><w:txbxContent><w:p><w:r><w:t>in a box</w:t></w:r></w:p></w:txbxContent></v:textbox>
</w:pict></mc:Fallback>
</mc:AlternateContent></w:r>"""

_FIELD = """<w:sdt xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:sdtContent>
<w:p><w:r><w:t>in a form field</w:t></w:r></w:p></w:sdtContent></w:sdt>"""

_DELETED = """<w:del xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" w:id="1" w:author="a">
<w:r><w:t>struck out</w:t></w:r></w:del>"""


def _texts(found: Extract) -> list[str]:
    return [line.text for line in found.lines]


def test_headers_footers_tables_lists_boxes_and_fields_are_read() -> None:
    from docx.oxml import parse_xml

    def make(document: Any) -> None:
        document.sections[0].header.paragraphs[0].text = "in the header"
        document.sections[0].footer.paragraphs[0].text = "in the footer"
        document.add_paragraph("in the text")
        document.add_paragraph("in a list", style="List Bullet")
        row = document.add_table(rows=1, cols=2).rows[0].cells
        row[0].text, row[1].text = "left cell", "right cell"
        document.add_paragraph("before the box")._p.append(parse_xml(_BOX))
        document.element.body.insert(0, parse_xml(_FIELD))

    assert _texts(read_docx(docx_file(make))) == [
        "in the header",
        "in a form field",
        "in the text",
        "- in a list",
        "left cell | right cell",
        "before the box",
        "in a box",
        "in the footer",
    ]


def test_a_layout_table_is_read_cell_by_cell_and_a_date_joins_its_title() -> None:
    def make(document: Any) -> None:
        table = document.add_table(rows=2, cols=2)
        side, main = table.rows[0].cells
        side.text, main.text = "Skills\nPython", "Profile\nBuilder of pipelines"
        side.add_paragraph("SQL")
        main.add_paragraph("Teacher of builders")
        dates, job = table.rows[1].cells
        dates.text, job.text = "2019 - 2023", "Engineer"
        job.add_paragraph("Acme GmbH")

    assert _texts(read_docx(docx_file(make))) == [
        "Skills",
        "Python",
        "SQL",
        "Profile",
        "Builder of pipelines",
        "Teacher of builders",
        "Engineer | 2019 - 2023",
        "Acme GmbH",
    ]


def test_a_table_inside_a_table_is_read_once() -> None:
    def make(document: Any) -> None:
        cell = document.add_table(rows=1, cols=1).rows[0].cells[0]
        cell.text = "outside"
        inner = cell.add_table(rows=1, cols=2).rows[0].cells
        inner[0].text, inner[1].text = "first", "second"

    assert _texts(read_docx(docx_file(make))) == ["outside", "first | second"]


def _hide_by_mark(run: Any) -> None:
    run.font.hidden = True


def _hide_by_size(run: Any) -> None:
    from docx.shared import Pt

    run.font.size = Pt(1)


def _hide_by_colour(run: Any) -> None:
    from docx.shared import RGBColor

    run.font.color.rgb = RGBColor(255, 255, 255)


@pytest.mark.parametrize(
    ("hide", "why"),
    [
        (_hide_by_mark, "it is marked as hidden"),
        (_hide_by_size, "its letters are smaller than 4 points"),
        (_hide_by_colour, "it has the colour of its background"),
    ],
)
@pytest.mark.statement("recruiting", 3)
def test_a_run_that_no_reader_sees_is_a_finding_and_no_line(hide: Any, why: str) -> None:
    def make(document: Any) -> None:
        hide(document.add_paragraph("seen ").add_run("secret words"))

    found = read_docx(docx_file(make))
    assert _texts(found) == ["seen"]
    assert [(one.kind, one.text, one.why) for one in found.findings] == [("hidden_text", "secret words", why)]


def test_hiding_by_a_style_that_is_based_on_another_is_found() -> None:
    def make(document: Any) -> None:
        from docx.enum.style import WD_STYLE_TYPE

        below = document.styles.add_style("Below", WD_STYLE_TYPE.PARAGRAPH)
        _hide_by_colour(below)
        document.styles.add_style("Above", WD_STYLE_TYPE.PARAGRAPH).base_style = below
        document.add_paragraph("secret words", style="Above")
        document.add_paragraph("seen")

    found = read_docx(docx_file(make))
    assert (_texts(found), [one.text for one in found.findings]) == (["seen"], ["secret words"])


def test_white_on_a_dark_cell_is_there_to_be_read() -> None:
    def make(document: Any) -> None:
        from docx.oxml import parse_xml

        cell = document.add_table(rows=1, cols=1).rows[0].cells[0]
        space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
        cell._tc.get_or_add_tcPr().append(parse_xml(f'<w:shd {space} w:val="clear" w:fill="1F2A44"/>'))
        _hide_by_colour(cell.paragraphs[0].add_run("shown words"))

    found = read_docx(docx_file(make))
    assert (_texts(found), found.findings) == (["shown words"], ())


def test_deleted_text_of_a_tracked_change_is_gone() -> None:
    def make(document: Any) -> None:
        from docx.oxml import parse_xml

        document.add_paragraph("kept")._p.append(parse_xml(_DELETED))

    assert _texts(read_docx(docx_file(make))) == ["kept"]


def test_an_empty_document_needs_a_person() -> None:
    found = read_docx(docx_file(lambda document: None))

    assert (found.status, found.why) == ("needs_human", "it shows no text")
