"""How often full-text search finds the document that answers a question, by its settings.

336 documents and 108 questions of `testkit/corpus.py`, of which 96 have an answer. `answered` is how many of these the
support assistant answers without a model, with the right number; `handed over` how many of the 12 others it gives away.

    python -m benchmarks.retrieval
"""

import tempfile
from pathlib import Path

from crews.assistant import Assistant
from runtime.database import open_database
from runtime.passages import Leaf, Passages
from runtime.quiet import quiet
from testkit.corpus import documents, questions, write_documents
from testkit.projects import CHECKOUT, home_in, make_project, with_scenarios
from tools.reading.split import passages_of

DEEP = 10
TITLES = (0.0, 1.0, 3.0, 10.0)


def measured(title: float) -> tuple[float, float, float]:
    """hit@1, hit@5 and MRR@10 with words in titles weighed so."""
    index = Passages(open_database("sqlite://"))
    texts = dict(documents())
    index.refresh([Leaf(name, "1", text.encode) for name, text in texts.items()], passages_of)
    asked = [one for one in questions() if one.file]
    ranks = []
    for one in asked:
        found = [passage.mark.rpartition(":")[0] for passage in index.search(one.ask, DEEP, title=title)]
        ranks.append(found.index(one.file) + 1 if one.file in found else 0)
    hits = [sum(0 < rank <= most for rank in ranks) / len(asked) for most in (1, 5)]
    return hits[0], hits[1], sum(1 / rank for rank in ranks if rank) / len(asked)


def answered(folder: Path) -> tuple[int, int]:
    """How many questions are answered with the right number, and how many unanswerable ones are handed over."""
    settings = (CHECKOUT / "config" / "settings.yaml").read_text(encoding="utf-8")
    project = with_scenarios(make_project(folder / "project", settings=settings))
    write_documents(folder / "documents")
    right = handed = 0
    with home_in(project), Assistant(project, "support", inputs={"documents": folder / "documents"}) as assistant:
        for one in questions():
            answer = assistant.ask(one.ask)
            right += bool(one.file) and one.says in answer.text and f"[{one.file}:" in answer.text
            handed += not one.file and answer.proposal is not None
    return right, handed


def main() -> None:
    """Print both tables."""
    quiet()
    print(f"{'FTS5, porter, bm25':24}{'hit@1':>8}{'hit@5':>8}{'MRR@10':>8}")
    for title in TITLES:
        print(f"{f'titles count {title:g} times':24}" + "".join(f"{one:8.3f}" for one in measured(title)))
    with tempfile.TemporaryDirectory() as folder:
        right, handed = answered(Path(folder))
    asked = questions()
    answerable = sum(bool(one.file) for one in asked)
    print(f"answered without a model: {right} of {answerable}; handed over: {handed} of {len(asked) - answerable}")


if __name__ == "__main__":
    main()
