"""PDF: columns apart, tables together, and what a reader cannot see does not count."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from tests.tools.resume_files import pdf_file, write
from tools.resumes.extract import Extract
from tools.resumes.pdf import read_pdf

BODY = ["Ann Lee", "Data Engineer in Berlin, with ten years of pipelines", "Experience", "Built reports for the board"]


def _texts(found: Extract) -> list[str]:
    return [line.text for line in found.lines]


def _read(draw: Callable[[Any], None]) -> Extract:
    return read_pdf(pdf_file(draw))


def test_lines_come_in_the_order_of_the_page() -> None:
    found = _read(lambda pen: write(pen, BODY))

    assert (found.status, _texts(found), found.findings) == ("ok", BODY, ())
    assert {(line.page, line.size) for line in found.lines} == {(1, 10.0)}


def test_two_columns_on_one_grid_are_read_one_after_the_other() -> None:
    left = ["Skills", "Python", "SQL and dbt", "Kafka", "Docker"]
    right = ["Experience", "Engineer at Acme, moving data", "- every night, without a miss", "Clerk at Mill", "- files"]

    def draw(pen: Any) -> None:
        write(pen, ["Ann Lee, a data engineer whose headline goes right across the page"], size=14)
        for number, (one, other) in enumerate(zip(left, right, strict=True)):
            write(pen, [one], x=60, top=740 - 14 * number)
            write(pen, [other], x=220, top=740 - 14 * number)

    assert _texts(_read(draw))[1:] == left + right


def test_dates_at_the_right_edge_stay_with_their_title() -> None:
    def draw(pen: Any) -> None:
        write(pen, ["Experience", "Engineer", "Acme GmbH", "Analyst", "Mill Ltd", "Clerk", "Tin Inc"])
        for number, dates in enumerate(["2021 - 2024", "2018 - 2021", "2015 - 2018"]):
            write(pen, [dates], x=480, top=766 - 28 * number)

    assert _texts(_read(draw))[1::2] == ["Engineer  2021 - 2024", "Analyst  2018 - 2021", "Clerk  2015 - 2018"]


def test_dates_and_headings_in_the_left_margin_do_not_make_a_column() -> None:
    def draw(pen: Any) -> None:
        for number, (margin, text) in enumerate(
            [
                ("Experience", "Engineer"),
                ("2021 - 2024", "Acme GmbH, a maker of many useful things"),
                ("2018 - 2021", "Analyst, Mill Ltd"),
                ("2015 - 2018", "Clerk, Tin Inc"),
                ("Skills", "Python, SQL, Kafka"),
            ]
        ):
            write(pen, [margin], x=60, top=760 - 20 * number)
            write(pen, [text], x=170, top=760 - 20 * number)

    assert _texts(_read(draw)) == [
        "Experience",
        "Engineer",
        "2021 - 2024  Acme GmbH, a maker of many useful things",
        "2018 - 2021  Analyst, Mill Ltd",
        "2015 - 2018  Clerk, Tin Inc",
        "Skills",
        "Python, SQL, Kafka",
    ]


def test_a_wrapped_bullet_is_one_line() -> None:
    def draw(pen: Any) -> None:
        write(pen, BODY)
        write(pen, ["\u2022"], x=60, top=700)
        write(pen, ["Streams of events through Kafka and Spark Structured", "Streaming, in Python"], x=72, top=700)

    assert _texts(_read(draw))[-1] == "- Streams of events through Kafka and Spark Structured Streaming, in Python"


def test_a_drawn_dot_is_a_bullet_too() -> None:
    def draw(pen: Any) -> None:
        write(pen, BODY)
        pen.circle(63, 703, 1.6, stroke=0, fill=1)
        write(pen, ["Streams of events"], x=72, top=700)

    assert _texts(_read(draw))[-1] == "- Streams of events"


def _white(pen: Any) -> None:
    pen.setFillColorRGB(1, 1, 1)
    write(pen, ["secret words"], top=400)


def _tiny(pen: Any) -> None:
    write(pen, ["secret words"], top=400, size=1)


def _outside(pen: Any) -> None:
    write(pen, ["secret words"], x=700, top=400)


def _unpainted(pen: Any) -> None:
    text = pen.beginText(60, 400)
    text.setFont("Helvetica", 10)
    text.setTextRenderMode(3)
    text.textLine("secret words")
    pen.drawText(text)


def _covered(pen: Any) -> None:
    write(pen, ["secret words"], top=400)
    pen.setFillColorRGB(1, 1, 1)
    pen.rect(50, 390, 200, 30, stroke=0, fill=1)


def _transparent(pen: Any) -> None:
    pen.setFillAlpha(0)
    write(pen, ["secret words"], top=400)


def _black_on_black(pen: Any) -> None:
    pen.setFillColorRGB(0.1, 0.1, 0.1)
    pen.rect(50, 390, 200, 30, stroke=0, fill=1)
    pen.setFillColorRGB(0.12, 0.12, 0.12)
    write(pen, ["secret words"], top=400)


@pytest.mark.parametrize(
    ("hide", "why"),
    [
        (_white, "it has the colour of its background"),
        (_tiny, "its letters are smaller than 4 points"),
        (_outside, "it lies outside the page"),
        (_unpainted, "it is painted in a mode that shows nothing"),
        (_covered, "something is painted over it"),
        (_transparent, "it is fully transparent"),
        (_black_on_black, "it has the colour of its background"),
    ],
)
@pytest.mark.statement("recruiting", 3)
def test_text_that_no_reader_sees_is_a_finding_and_no_line(hide: Callable[[Any], None], why: str) -> None:
    def draw(pen: Any) -> None:
        write(pen, BODY)
        hide(pen)

    found = _read(draw)

    assert _texts(found) == BODY
    assert [(one.kind, one.page, one.text, one.why) for one in found.findings] == [
        ("hidden_text", 1, "secret words", why)
    ]


def test_white_letters_on_a_dark_sidebar_are_there_to_be_read() -> None:
    def draw(pen: Any) -> None:
        write(pen, BODY)
        pen.setFillColorRGB(0.1, 0.2, 0.3)
        pen.rect(0, 380, 595, 60, stroke=0, fill=1)
        pen.setFillColorRGB(1, 1, 1)
        write(pen, ["shown words"], top=400)

    found = _read(draw)
    assert (_texts(found)[-1], found.findings) == ("shown words", ())


def test_a_frame_or_a_light_veil_over_text_hides_nothing() -> None:
    def draw(pen: Any) -> None:
        write(pen, BODY)
        pen.rect(50, 700, 500, 100, stroke=1, fill=0)
        pen.setFillAlpha(0.2)
        pen.setFillColorRGB(1, 1, 0)
        pen.rect(50, 700, 500, 100, stroke=0, fill=1)

    found = _read(draw)
    assert (_texts(found), found.findings) == (BODY, ())


def _page_picture(pen: Any) -> None:
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    pen.drawImage(ImageReader(Image.new("RGB", (60, 84), (200, 200, 200))), 0, 0, 595, 842)


@pytest.mark.statement("recruiting", 2)
def test_a_scan_needs_ocr() -> None:
    found = _read(_page_picture)

    assert (found.status, found.why, found.lines) == ("needs_ocr", "page 1 is a picture without text", ())


def test_a_scan_with_an_invisible_text_layer_needs_ocr_for_the_layer_may_say_something_else() -> None:
    def draw(pen: Any) -> None:
        _page_picture(pen)
        _unpainted(pen)

    found = _read(draw)
    assert (found.status, found.lines) == ("needs_ocr", ())
    assert [one.text for one in found.findings] == ["secret words"]


def test_a_scanned_second_page_is_not_passed_over() -> None:
    def draw(pen: Any) -> None:
        write(pen, BODY)
        pen.showPage()
        _page_picture(pen)

    assert (_read(draw).status, _read(draw).why) == ("needs_ocr", "page 2 is a picture without text")


def test_a_picture_behind_the_text_does_no_harm() -> None:
    def draw(pen: Any) -> None:
        _page_picture(pen)
        write(pen, BODY)

    assert _texts(_read(draw)) == BODY


@pytest.mark.statement("recruiting", 2)
def test_an_empty_page_needs_ocr() -> None:
    assert _read(lambda pen: pen.showPage()).status == "needs_ocr"


@pytest.mark.statement("recruiting", 2)
def test_a_password_needs_a_person() -> None:
    found = read_pdf(pdf_file(lambda pen: write(pen, BODY), password="separate-letter"))

    assert (found.status, found.why) == ("needs_human", "it is encrypted, and its password is not known")


def test_a_pdf_that_only_forbids_printing_is_read() -> None:
    from pypdf import PdfReader, PdfWriter

    writer, file = PdfWriter(PdfReader(BytesIO(pdf_file(lambda pen: write(pen, BODY))))), BytesIO()
    writer.encrypt(user_password="", owner_password="owner", algorithm="AES-256")
    writer.write(file)

    assert _texts(read_pdf(file.getvalue())) == BODY


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.95])
def test_a_truncated_file_is_never_half_a_candidate_without_a_word(keep: float) -> None:
    whole = pdf_file(lambda pen: write(pen, BODY))
    found = read_pdf(whole[: int(len(whole) * keep)])

    assert _texts(found) == BODY if found.status == "ok" else bool(found.why)


def test_text_cut_off_by_the_crop_box_is_outside_the_page() -> None:
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import RectangleObject

    def draw(pen: Any) -> None:
        write(pen, BODY)
        write(pen, ["secret words"], top=60)

    writer, file = PdfWriter(PdfReader(BytesIO(pdf_file(draw)))), BytesIO()
    writer.pages[0].cropbox = RectangleObject((0, 100, 595, 842))
    writer.write(file)
    found = read_pdf(file.getvalue())

    assert _texts(found) == BODY
    assert [one.why for one in found.findings] == ["it lies outside the page"]
