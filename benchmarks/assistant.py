"""The support assistant through its Python API: time of a turn over 1,000 documents, and what a model is asked.

The first rows are turns without a model, opened once, each question a run of its own with gate and ledger. The last
rows are turns with a scripted model over the demo's documents: its calls, and prompt tokens as the requests hold them.

    python -m benchmarks.assistant
"""

import re
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from agents.chat import Request
from agents.tokens import request_tokens
from crews.answering import scripted
from crews.assistant import Assistant
from runtime.quiet import quiet
from runtime.yamlfile import load_yaml
from testkit.corpus import questions, write_documents
from testkit.projects import CHECKOUT, home_in, make_project, with_scenarios
from testkit.scripted import ScriptedModel

DOCUMENTS = 1_000


def turns(project: Path, documents: Path) -> tuple[float, list[float], list[float]]:
    """Seconds of the first turn, which indexes, and milliseconds of each one after it: on the clock, and computing."""
    with home_in(project):
        began = time.perf_counter()
        with Assistant(project, "support", inputs={"documents": documents}) as assistant:
            assistant.ask("What is an invoice?")
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


def main() -> None:
    """Print both tables."""
    quiet()
    with tempfile.TemporaryDirectory() as folder:
        settings = (CHECKOUT / "config" / "settings.yaml").read_text(encoding="utf-8")
        project = with_scenarios(make_project(Path(folder) / "project", settings=settings))
        number = write_documents(Path(folder) / "documents", at_least=DOCUMENTS)
        first, taken, computing = turns(project, Path(folder) / "documents")
        print(f"{number:,} documents, {len(taken)} questions, no model")
        print(f"  first turn, with indexing   {first:8.1f} s")
        print(f"  later turns, p50            {median(taken):8.1f} ms")
        print(f"  later turns, p95            {quantiles(taken, n=20)[-1]:8.1f} ms")
        print(f"  of it computing, p50        {median(computing):8.1f} ms")
        requests = asked(project)
        tokens = [sum(map(request_tokens, one)) for one in requests]
        print(f"demo's documents, {len(requests)} questions, a scripted model")
        print(f"  model calls a turn, most    {max(map(len, requests)):8}")
        print(f"  prompt tokens a turn, p50   {median(tokens):8.0f}")
        print(f"  prompt tokens a turn, most  {max(tokens):8}")


if __name__ == "__main__":
    main()
