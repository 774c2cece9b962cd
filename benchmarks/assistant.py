"""The assistants through their Python API: time of a support turn over 1,000 documents, and what a model is asked.

The first rows are turns without a model, opened once, each question a run of its own with gate and ledger. The rows
after them are turns with a scripted model over the demo's documents: its calls, and prompt tokens as the requests hold
them. The last table has a row for each assistant and its own demo: a turn without a model (a translation has none), the
calls and prompt tokens of one with; and extraction from a PDF of 30 pages, read for the first time and again.

    python -m benchmarks.assistant                      # found by words
    python -m benchmarks.assistant --model FOLDER       # and by meaning, with a model's folder as for EMBEDDINGS_FOLDER
"""

import argparse
import os
import re
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from agents.chat import Request
from agents.tokens import request_tokens
from crews.answering import scripted
from crews.assistant import Assistant
from crews.config import load_config
from runtime.quiet import quiet
from runtime.yamlfile import load_yaml
from testkit.corpus import questions, write_documents
from testkit.projects import CHECKOUT, home_in, make_project, with_scenarios
from testkit.scripted import ScriptedModel

DOCUMENTS = 1_000
PAGES = 30
TURNS = 6


def turns(project: Path, documents: Path) -> tuple[float, list[float], list[float]]:
    """Seconds of indexing with the first turns, and milliseconds of each one after it: on the clock, and computing."""
    with home_in(project):
        began = time.perf_counter()
        with Assistant(project, "support", inputs={"documents": documents}) as assistant:
            while assistant.ask("What is an invoice?").notes:
                pass  # each question embeds for some seconds only
            first, taken, computing = time.perf_counter() - began, [], []
            for one in questions():
                began, computed = time.perf_counter(), time.process_time()
                answer = assistant.ask(one.ask)
                taken.append((time.perf_counter() - began) * 1000)
                computing.append((time.process_time() - computed) * 1000)
                assert answer.error is None, answer.error
    return first, taken, computing


def asked(project: Path) -> list[list[Request]]:
    """The requests of each turn of the demo's questions; the scripted model repeats the first passage with its mark."""
    found = []
    model = ScriptedModel(_cites)
    with home_in(project), Assistant(project, "support", answering=scripted("model", "", model)) as assistant:
        for one in load_yaml(CHECKOUT / "scenarios/support/questions.yaml", "questions").data:
            before = len(model.requests)
            assistant.ask(one["ask"])
            found.append(model.requests[before:])
    return found


def _cites(request: Request) -> str:
    mark = re.search(r'"mark": ?"([^"]+)"', str(request.messages[-1]["content"]))
    return f"It is as the passage says [{mark[1]}]." if mark else "The documents do not say."


@dataclass(frozen=True)
class Cost:
    """What a usual turn of one assistant takes: milliseconds without a model, and calls and prompt tokens with one."""

    first: float
    later: float
    calls: int
    tokens: int


def cost(project: Path, scenario: str | None, question: str, inputs: Mapping[str, Path] | None = None) -> Cost:
    """The cost of a question to an assistant; the first turn is with opening it and reading its files."""
    began, taken = time.perf_counter(), []
    with home_in(project), Assistant(project, scenario, inputs=inputs) as assistant:
        for _ in range(TURNS):
            assistant.ask(question)
            taken.append((time.perf_counter() - began) * 1000)
            began = time.perf_counter()
    model = ScriptedModel(lambda _request: "{}" if scenario == "extraction" else "The documents do not say.")
    answering = scripted("model", "", model)
    with home_in(project), Assistant(project, scenario, inputs=inputs, answering=answering) as assistant:
        assistant.ask(question)
    usual = model.requests[:1] if scenario == "translation" else model.requests  # which is sent back: it is none
    return Cost(taken[0], median(taken[1:]), len(usual), sum(map(request_tokens, usual)))


def long_agreement(file: Path) -> Path:
    """A PDF of 30 pages with 40 lines each, one of which names the notice period."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(file), pagesize=A4, invariant=1)
    for page in range(1, PAGES + 1):
        for line in range(40):
            canvas.drawString(60, 800 - 18 * line, f"Clause {page}.{line}: the parties speak of matter {page * line}.")
        if page == PAGES - 7:
            canvas.drawString(60, 50, "The notice period is 45 days to the end of a quarter.")
        canvas.showPage()
    canvas.save()
    return file


def assistants(project: Path, folder: Path) -> None:
    """Print the table with a row for each assistant."""
    config = load_config(project)
    readers = {one: spec.goal for one, spec in config.scenarios.items() if config.crews[spec.crew].read_only}
    print(f"{'each over its demo':26}{'first ms':>10}{'then, p50':>11}{'calls':>7}{'tokens':>8}")
    for name, question in {"": "Which positions are open?", **readers}.items():
        _row(name or "open positions", cost(project, name or None, question))
    paper = {
        "document": long_agreement(folder / "agreement.pdf"),
        "schema": CHECKOUT / "scenarios/extraction/world/schemas/contract.json",
    }
    _row(f"extraction, {PAGES} pages", cost(project, "extraction", readers["extraction"], paper))


def _row(name: str, one: Cost) -> None:
    print(f"  {name:24}{one.first:10.0f}{one.later:11.0f}{one.calls:7}{one.tokens:8}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.assistant")
    parser.add_argument("--model", metavar="FOLDER", type=Path, help="the folder of a model that embeds")
    model = parser.parse_args().model
    quiet()
    with tempfile.TemporaryDirectory() as folder:
        settings = (CHECKOUT / "config" / "settings.yaml").read_text(encoding="utf-8")
        if model:
            os.environ["EMBEDDINGS_FOLDER"] = str(model.absolute())
            settings = settings.replace("embeddings: none", "embeddings: folder")
        project = with_scenarios(make_project(Path(folder) / "project", settings=settings))
        number = write_documents(Path(folder) / "documents", at_least=DOCUMENTS)
        first, taken, computing = turns(project, Path(folder) / "documents")
        how = "words and meaning" if model else "words"
        print(f"{number:,} documents, {len(taken)} questions, no language model, found by {how}")
        print(f"  indexing, with first turns  {first:8.1f} s")
        print(f"  later turns, p50            {median(taken):8.1f} ms")
        print(f"  later turns, p95            {quantiles(taken, n=20)[-1]:8.1f} ms")
        print(f"  of it computing, p50        {median(computing):8.1f} ms")
        requests = asked(project)
        tokens = [sum(map(request_tokens, one)) for one in requests]
        print(f"demo's documents, {len(requests)} questions, a scripted model")
        print(f"  model calls a turn, most    {max(map(len, requests)):8}")
        print(f"  prompt tokens a turn, p50   {median(tokens):8.0f}")
        print(f"  prompt tokens a turn, most  {max(tokens):8}")
        assistants(project, Path(folder))


if __name__ == "__main__":
    main()
