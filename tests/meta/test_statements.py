"""Every statement of a trade has a test, and every test that claims one has its statement on the page."""

import ast
import re

from tests.meta.pages import ROOT

PAGE = ROOT / "docs" / "statements.md"
TRADE = re.compile(r"## .*\(`(\w+)`\)")
ROW = re.compile(r"\| (\d+) \| \S.* \|")


def stated() -> list[tuple[str, int]]:
    """The statements of the page, each by its trade and number."""
    found, trade = [], ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if heading := TRADE.fullmatch(line):
            trade = heading[1]
        elif row := ROW.fullmatch(line):
            found.append((trade, int(row[1])))
    return found


def proven() -> set[tuple[object, ...]]:
    """The statements that tests are marked with."""
    return {
        tuple(arg.value for arg in mark.args if isinstance(arg, ast.Constant))
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for mark in node.decorator_list
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.statement"
    }


def test_each_trade_numbers_its_statements_from_one_without_a_gap() -> None:
    listed = stated()

    assert {trade for trade, _ in listed} >= {"finops", "devops"}
    for trade in {trade for trade, _ in listed}:
        numbers = [number for one, number in listed if one == trade]
        assert numbers == list(range(1, len(numbers) + 1)), trade


def test_each_statement_has_a_test_and_each_mark_a_statement() -> None:
    listed, marked = set(stated()), proven()

    assert sorted(listed - marked) == []
    assert sorted(marked - listed, key=str) == []
