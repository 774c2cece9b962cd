"""CSV files of the house as checked rows: every mistake with its line, all at once."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from runtime.problems import ConfigProblems, Problem, did_you_mean

M = TypeVar("M", bound=BaseModel)


def rows(model: type[M], path: Path) -> list[M]:
    """Each line of the CSV file as the model. Raises ConfigProblems with everything that is wrong, by line."""
    return [row for _, row in numbered(model, path)]


def numbered(model: type[M], path: Path) -> list[tuple[int, M]]:
    """The same, each with its line in the file, counted from 1; empty cells are as if the column were not there."""
    found: list[tuple[int, M]] = []
    problems: list[Problem] = []
    for line, cells in _cells(path):
        try:
            found.append((line, model.model_validate(cells)))
        except ValidationError as error:
            problems += [_problem(model, path, line, one) for one in error.errors(include_url=False)]
    if problems:
        raise ConfigProblems(problems)
    return found


def split(value: Any) -> Any:
    """A cell's several values, which stand with semicolons between them."""
    return tuple(one.strip() for one in value.split(";") if one.strip()) if isinstance(value, str) else value


def _cells(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        reader = csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines(), restkey="", strict=True)
        for row in reader:
            if "" in row:
                problem = Problem(path.name, reader.line_num, 0, "more cells than the first line has")
                raise ConfigProblems([problem])
            yield reader.line_num, {name: cell.strip() for name, cell in row.items() if cell and cell.strip()}
    except (OSError, ValueError, csv.Error) as error:
        raise ConfigProblems([Problem(str(path), 0, 0, f"cannot be read as CSV: {error}")]) from error


def _problem(model: type[BaseModel], path: Path, line: int, error: Any) -> Problem:
    name = str(error["loc"][0]) if error["loc"] else ""
    if error["type"] == "extra_forbidden":
        return Problem(path.name, line, 0, f"unknown column '{name}'", did_you_mean(name, model.model_fields))
    if error["type"] == "missing":
        return Problem(path.name, line, 0, f"'{name}' is empty", "write a value")
    said = str(error["msg"]).removeprefix("Value error, ")
    return Problem(path.name, line, 0, f"'{name}': {said[:1].lower()}{said[1:]}, not '{error['input']}'")
