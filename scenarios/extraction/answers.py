"""What becomes of a model's values: each is proved on its line or dropped, then sums and schema are checked."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crews.craft import Finished
from crews.grounding import Doubt
from runtime.problems import joined
from runtime.records import Record
from scenarios.extraction.proof import Proof, proof_of
from tools.extracting.form import Field, Grid
from tools.extracting.rows import Taken
from tools.extracting.sums import does_not_add_up
from tools.extracting.values import Kind, stands
from tools.extraction import Reading, reading_of
from tools.reading.sheet import Line
from tools.world import World

_FENCE = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)
_QUOTED = 120


@dataclass
class Sheaf:
    """What was gathered so far."""

    data: dict[str, Any] = field(default_factory=dict)
    places: list[dict[str, Any]] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def mend(_part: int, _world: World, text: str) -> str:
    """What is wrong with the form of an answer; its values are judged later, and not asked for again."""
    wanted = "Answer with one JSON object and nothing else, as find_fields says."
    return "" if isinstance(_object(text), dict) else wanted


def finish(texts: Sequence[str], records: Sequence[Record], world: World) -> Finished:
    """The document's values as JSON, with the place of each and everything that a person should look at."""
    reading = reading_of(world)
    said = _object(texts[0])
    sheaf = Sheaf()
    if not isinstance(said, dict):
        sheaf.doubts.append(Doubt("the model's answer", "it is not JSON, and was left out"))
        said = {}
    for one in reading.form.parts:
        if isinstance(one, Field):
            _field(one, reading, said, sheaf)
        else:
            _grid(one, reading, said, sheaf)
    sheaf.doubts += [Doubt("the sums", one) for one in does_not_add_up(sheaf.data)]
    if sheaf.missing:
        offline = bool(records) and records[0].body.get("mode") != "model"
        why = "not found, so null; without a model labels alone are read" if offline else "not found, so null"
        sheaf.doubts.append(Doubt(joined(sheaf.missing), why))
    wrong = list(_invalid(reading, sheaf.data))
    text = json.dumps(sheaf.data, indent=2, ensure_ascii=False)
    return Finished(text, [*sheaf.doubts, *wrong], sheaf.data, sheaf.places, fault=bool(wrong))


def _object(text: str) -> Any:
    fenced = _FENCE.search(text)
    try:
        return json.loads(fenced[1] if fenced else text[text.find("{") : text.rfind("}") + 1])
    except ValueError:
        return None


def _field(wanted: Field, reading: Reading, said: Mapping[str, Any], sheaf: Sheaf) -> None:
    sure = reading.fields.get(wanted.name)
    if sure:
        _keep(sheaf, wanted.path, sure.value)
        sheaf.places.append(_place(wanted.name, sure.at, reading, sure.value, wanted.kind))
        return
    proof = proof_of(wanted, said.get(wanted.name), reading.sheet)
    if proof.at is None:
        _not_there(wanted, proof, sheaf)
    else:
        _keep(sheaf, wanted.path, proof.value)
        sheaf.places.append(_place(wanted.name, proof.at, reading, proof.value, wanted.kind))


def _not_there(wanted: Field | Grid, proof: Proof, sheaf: Sheaf) -> None:
    if proof.why:
        sheaf.doubts.append(Doubt(wanted.name, proof.why))
    else:
        sheaf.missing.append(wanted.name)
    if wanted.nullable or wanted.required:
        _keep(sheaf, wanted.path, None)


def _grid(wanted: Grid, reading: Reading, said: Mapping[str, Any], sheaf: Sheaf) -> None:
    if taken := reading.grids.get(wanted.name):
        rows = [{name: one.value if one else None for name, one in row.items()} for row in taken.rows]
        _keep(sheaf, wanted.path, rows)
        sheaf.doubts += [Doubt(one, "it cannot be read as such a value") for one in taken.unread]
        sheaf.places += list(_rows(wanted, taken, reading))
        return
    given = said.get(wanted.name)
    if not isinstance(given, list) or not given:
        _not_there(wanted, Proof(), sheaf)
        return
    _keep(sheaf, wanted.path, _proved_rows(wanted, given, reading, sheaf))
    if left := len(reading.sheet.lines) - len(reading.shown()):
        why = f"{left} lines of the document were not shown to the model; rows may lack"
        sheaf.doubts.append(Doubt(wanted.name, why))


def _rows(wanted: Grid, taken: Taken, reading: Reading) -> Iterator[dict[str, Any]]:
    for number, at in enumerate(taken.places, start=1):
        yield _place(f"{wanted.name}[{number}]", at, reading)


def _proved_rows(wanted: Grid, given: Sequence[Any], reading: Reading, sheaf: Sheaf) -> list[Any]:
    """What of a model's rows stands on their lines; rows of which nothing does are dropped, and named."""
    rows: list[Any] = []
    for number, one in enumerate(given, start=1):
        proofs = _row(wanted, one, reading)
        stand = [proof.at for proof in proofs.values() if proof.at is not None]
        whys = {name: proof.why for name, proof in proofs.items() if proof.why}
        if not stand:
            sheaf.doubts.append(
                Doubt(f"{wanted.name}, row {number} of the answer", "; ".join(whys.values()) or "empty")
            )
            continue
        rows.append(proofs[""].value if wanted.plain else {name: proof.value for name, proof in proofs.items()})
        place = f"{wanted.name}[{len(rows)}]"
        sheaf.places.append(_place(place, stand[0], reading))
        sheaf.doubts += [Doubt(f"{place}.{name}", why) for name, why in whys.items()]
    return rows


def _row(wanted: Grid, given: Any, reading: Reading) -> dict[str, Proof]:
    """The proof of each cell of a row, by its column; the one column of a plain list has no name."""
    cells = given if isinstance(given, dict) else {"value": given}
    entries = {
        one.path[0]: {"value": cells.get(one.path[0] or "value"), "at": cells.get("at")} for one in wanted.columns
    }
    return {
        one.path[0]: proof_of(one, entries[one.path[0]], reading.sheet, strict=not wanted.plain)
        for one in wanted.columns
    }


def _keep(sheaf: Sheaf, path: tuple[str, ...], value: Any) -> None:
    inner = sheaf.data
    for part in path[:-1]:
        inner = inner.setdefault(part, {})
    inner[path[-1]] = value


def _place(name: str, at: int, reading: Reading, value: Any = None, kind: Kind = "text") -> dict[str, Any]:
    line = reading.sheet.lines[at]
    words = _quote(line, value, kind)
    quote = words if len(words) <= _QUOTED else f"{words[:_QUOTED]}…"
    return {"name": name, "page": line.page or None, "line": line.number, "quote": quote}


def _quote(line: Line, value: Any, kind: Kind) -> str:
    """The piece of the line that holds the value, with the label before it; the whole line if several do."""
    held = [at for at, cell in enumerate(line.cells) if value is not None and stands(value, kind, cell)]
    if len(held) != 1:
        return line.text
    at = held[0]
    return line.cells[at] if at == 0 or ":" in line.cells[at] else "  ".join(line.cells[at - 1 : at + 1])


def _invalid(reading: Reading, data: Mapping[str, Any]) -> Iterator[Doubt]:
    """Where the values are not as the schema wants them."""
    from jsonschema import FormatChecker
    from jsonschema.validators import validator_for

    kind = validator_for(reading.form.schema)
    for error in kind(reading.form.schema, format_checker=FormatChecker()).iter_errors(data):
        name = ".".join(str(one + 1) if isinstance(one, int) else one for one in error.absolute_path) or "the document"
        missing = error.validator in ("type", "enum") and error.instance is None
        yield Doubt(name, "the schema wants a value, and none was found" if missing else f"not valid: {error.message}")
