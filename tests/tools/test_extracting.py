"""Values as documents write them, fields by their labels, and sums that must add up."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.extracting.form import label_of, load_form
from tools.extracting.labels import find_fields
from tools.extracting.rows import find_grids
from tools.extracting.sums import does_not_add_up
from tools.extracting.values import Kind, decimal_point, numbers, parsed, stands
from tools.reading.sheet import sheet_of
from tools.reading.sheet_markup import read_markdown


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("EUR 1,234.56", [{"1234.56"}]),
        ("1.234,56 €", [{"1234.56"}]),
        ("1 234,56", [{"1234.56"}]),
        ("CHF 1'234.50", [{"1234.50"}]),
        ("1,234", [{"1234", "1.234"}]),
        ("0,234", [{"0.234"}]),
        ("-12.5 and (3)", [{"-12.5"}, {"-3"}]),
        ("19 % of 7", [{"19"}, {"7"}]),
        ("NF-4711 Q3 v2", []),
        ("12.03.2027", []),
    ],
)
def test_numbers_have_all_the_readings_that_they_can_have(text: str, readings: list[set[str]]) -> None:
    assert numbers(text) == [{Decimal(one) for one in each} for each in readings]


def test_a_document_that_writes_its_decimals_one_way_decides_what_could_be_two() -> None:
    assert decimal_point(["Total 1.260,00", "1.500"]) == ","
    assert decimal_point(["Total 1,260.00", "0,5"]) == ""
    assert (parsed("1.500", "number", ","), parsed("1.500", "number", "."), parsed("1.500", "number")) == (
        1500,
        1.5,
        None,
    )


@pytest.mark.parametrize(
    ("value", "kind", "text", "there"),
    [
        ("2027-03-12", "date", "due 12 March 2027", True),
        ("2027-03-12", "date", "due 12.03.2027", True),
        ("2027-03-12", "date", "March 12th, 2027", True),
        ("2027-03-12", "date", "12. März 2027", True),
        ("2027-12-03", "date", "03/12/27", True),
        ("2027-03-12", "date", "03/12/27", True),
        ("2027-03-13", "date", "12 March 2027", False),
        (0.19, "number", "VAT 19 %", True),
        (1190, "number", "total 1.190,00", True),
        (119, "number", "total 1.190,00", False),
        ("EUR", "text", "€ 12", True),
        ("bank_transfer", "text", "Bank transfer", True),
        ("NF", "text", "NF-4711", False),
        ("O’Hara  Ltd", "text", "o'hara ltd", True),
        (True, "boolean", "Vegetarian:  Yes", True),
        (True, "boolean", "Yesterday", False),
    ],
)
def test_a_value_stands_in_a_text_in_any_form_that_documents_have(
    value: Any, kind: Kind, text: str, there: bool
) -> None:
    assert stands(value, kind, text) is there


@pytest.mark.parametrize(
    ("text", "kind"), [("03/04/2027", "date"), ("7 or 8", "number"), ("1.5", "integer"), ("maybe", "boolean")]
)
def test_what_can_be_read_in_no_or_two_ways_is_no_value(text: str, kind: Kind) -> None:
    assert parsed(text, kind) is None


@pytest.mark.parametrize(
    ("label", "same"),
    [("Invoice No.", "invoice number"), ("Unit price (EUR)", "unit price"), ("VAT 20 %", "vat"), ("Qty:", "quantity")],
)
def test_labels_are_compared_without_what_differs_between_documents(label: str, same: str) -> None:
    assert label_of(label) == same


SCHEMA = """
type: object
properties:
  number: {type: string, x-labels: [Invoice no.]}
  date: {type: string, format: date}
  seller: {type: object, properties: {name: {type: string, x-labels: [Seller]}}}
  total: {type: number}
  items:
    type: array
    items: {type: object, properties: {item: {type: string}, amount: {type: number}}}
"""


def _found(tmp_path: Path, text: str) -> dict[str, Any]:
    (tmp_path / "schema.yaml").write_text(SCHEMA, encoding="utf-8")
    return {
        name: one.value
        for name, one in find_fields(load_form(tmp_path / "schema.yaml"), sheet_of("a.md", text.encode())).items()
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Invoice no.: 7\nSeller: Ann\nTotal 12.50", {"number": "7", "seller.name": "Ann", "total": 12.5}),
        ("| Invoice no. | 7 |\n| Seller | Ann |", {"number": "7", "seller.name": "Ann"}),
        ("Date:\n1 May 2027", {"date": "2027-05-01"}),
        ("Total: 12\nTotal: 12.00", {"total": 12}),
        ("Total: 12\nTotal: 13", {}),
        ("Date: 03/04/2027", {}),
        ("Invoice no.: 7 Total: 8", {}),
        ("Seller:\nTotal: 8", {"total": 8}),
        ("| Seller | Total |\n|---|---|\n| Ann | 8 |", {"seller.name": "Ann", "total": 8}),
        ("The total of our efforts is great.", {}),
        ("Total: see page 2", {}),
        ("Seller\n\nThe seller sells things.", {}),
        ("Seller:\n\nAnn", {"seller.name": "Ann"}),
        ("Total hours: 40", {}),
        ("Total EUR 40.00", {"total": 40}),
        ("Date of birth: 1 May 1990", {}),
        ("Seller: Ann, Buyer: Ben", {}),
        ("Seller: Ann Buyer: Ben", {}),
        ("| What | Days | Total |\n|---|---|---|\n| a | 1 | 25.00 |\n| b | 2 | 30.00 |", {}),
        ("| What | Total |\n|---|---|\n| a | 25.00 |\n| b | 30.00 |", {}),
    ],
)
def test_a_field_is_found_only_where_its_label_leaves_no_doubt(
    tmp_path: Path, text: str, found: dict[str, Any]
) -> None:
    assert _found(tmp_path, text) == found


def test_a_table_that_two_tables_fit_is_not_sure_and_sums_are_no_rows(tmp_path: Path) -> None:
    (tmp_path / "schema.yaml").write_text(SCHEMA, encoding="utf-8")
    form = load_form(tmp_path / "schema.yaml")
    one = "| Item | Amount |\n|---|---|\n| a | 1 |\n| b | x |\n| VAT | |\n| Total | 1 |\n"
    taken = find_grids(form, sheet_of("a.md", one.encode()))["items"]

    assert [row["item"].value for row in taken.rows if row["item"]] == ["a", "b"]
    assert taken.unread == ("items[2].amount: 'x'",)
    assert find_grids(form, sheet_of("a.md", f"{one}\nMore\n\n{one}".encode())) == {}


HEAD = [(50, "Pos"), (90, "Item"), (300, "Qty"), (400, "Amount")]
FIRST = [(50, "1"), (90, "A long thing"), (308, "2"), (405, "10.00")]
SECOND = [(50, "2"), (90, "Another"), (308, "1"), (410, "5.50")]
LOOSE = """
type: object
properties:
  items:
    type: array
    items: {type: object, properties: {item: {type: string}, quantity: {type: integer}, amount: {type: number}}}
"""


def _loose(tmp_path: Path, *pages: list[list[tuple[float, str]]]) -> list[list[Any]] | None:
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(600, 800), invariant=1)
    for page in pages:
        for number, line in enumerate(page):
            for x, text in line:
                canvas.drawString(x, 750 - 20 * number, text)
        canvas.showPage()
    canvas.save()
    (tmp_path / "schema.yaml").write_text(LOOSE, encoding="utf-8")
    sheet = sheet_of("a.pdf", (tmp_path / "a.pdf").read_bytes())
    taken = find_grids(load_form(tmp_path / "schema.yaml"), sheet).get("items")
    return [[one.value if one else None for one in row.values()] for row in taken.rows] if taken else None


ROWS = [["A long thing", 2, 10], ["Another", 1, 5.5]]


@pytest.mark.parametrize(
    ("pages", "rows"),
    [
        ([[[(50, "Bill")], HEAD, FIRST, SECOND, [(300, "Total"), (405, "15.50")]]], ROWS),
        ([[HEAD, FIRST, [(90, "in blue")], SECOND]], [["A long thing in blue", 2, 10], ROWS[1]]),
        ([[HEAD, FIRST], [HEAD, SECOND, [(50, "Thanks")]]], ROWS),
        ([[HEAD, FIRST], [SECOND]], None),
        ([[HEAD, FIRST, [(50, "2"), (90, "Another"), (410, "5.50")]]], None),
        ([[HEAD, FIRST, [(50, "Pay soon.")], HEAD, SECOND]], None),
        ([[HEAD, [(50, "Nothing was bought.")]]], None),
    ],
    ids=["plain", "wrapped text", "two pages", "no head on the second", "a number lacks", "two tables", "no rows"],
)
def test_a_table_without_lines_is_taken_only_if_its_rows_leave_no_doubt(
    tmp_path: Path, pages: list[list[list[tuple[float, str]]]], rows: list[list[Any]] | None
) -> None:
    assert _loose(tmp_path, *pages) == rows


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        ({"items": [{"quantity": 2, "unit_price": 1.5, "amount": 3}], "subtotal": 3, "vat": 0.57, "total": 3.57}, []),
        ({"items": [{"quantity": 2, "unit_price": 1.5, "amount": 4}]}, ["items[1]: 2 x 1.5 is 3.00, and it says 4"]),
        (
            {"items": [{"amount": 4}, {"amount": 5}], "total": 10},
            ["the rows of 'items' add up to 9, and the total says 10"],
        ),
        ({"subtotal": 3, "vat": 1, "total": 5}, ["the net total 3 and the tax 1 are 4, and the total says 5"]),
        ({"subtotal": 10, "discount": 1, "shipping": 2, "vat": 2, "total": 13}, []),
        ({"items": [{"amount": 4}, {"amount": None}], "total": 10}, []),
        ({"subtotal": None, "vat": 1, "total": 5}, []),
    ],
)
def test_what_does_not_add_up_is_said_and_nothing_is_guessed(data: dict[str, Any], wrong: list[str]) -> None:
    assert does_not_add_up(data) == wrong


WORDS = [
    "Total",
    "Date",
    "Seller",
    "Invoice no.",
    ":",
    "|",
    "Item",
    "Amount",
    "---",
    "7",
    "1,234",
    "12.50",
    "03/04/2027",
    "1 May 2027",
]
TEXTS = st.lists(st.sampled_from([*WORDS, "\n", "\n\n", "(", "-", "€", "é"]), max_size=40).map(" ".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS)
def test_whatever_the_text_what_is_found_stands_on_its_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "schema.yaml").write_text(SCHEMA, encoding="utf-8")
    form = load_form(tmp_path / "schema.yaml")
    sheet = read_markdown("a.md", text.encode())

    kinds = {one.name: one.kind for one in form.fields}
    for name, one in find_fields(form, sheet).items():
        assert stands(one.value, kinds[name], sheet.lines[one.at].text), (name, one, text)
    for taken in find_grids(form, sheet).values():
        for row, at in zip(taken.rows, taken.places, strict=True):
            cells = [one.value for one in row.values() if one]
            assert all(str(one) in sheet.lines[at].text or stands(one, "number", sheet.lines[at].text) for one in cells)
