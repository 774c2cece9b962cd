"""How often the document that answers a question is found: by words (FTS5), by meaning (vectors), and by both.

310 documents and 194 questions of benchmarks/questions/, by kind of question; then what the support assistant answers
from them without a model, by its threshold: set on one half of the questions, told on the other, which shares no topic.
A second set, of testkit/corpus.py, is worded closer to its documents.

    python -m benchmarks.retrieval                      # words only
    python -m benchmarks.retrieval --model FOLDER       # a model's folder, as for EMBEDDINGS_FOLDER
    python -m benchmarks.retrieval --large              # the time of a search over 100,000 made-up vectors
"""

import argparse
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.asking import Asked, Half, Kind, documents, questions
from benchmarks.large import time_of_large
from crews.assistant import Assistant
from runtime.database import open_database
from runtime.embedding import Embedder
from runtime.meaning import Meaning
from runtime.passages import Leaf, Passages
from runtime.quiet import quiet
from runtime.vectors import digest_of
from scenarios.support import scene
from testkit import corpus
from testkit.projects import CHECKOUT, home_in, make_project, with_scenarios
from tools.reading.split import passages_of

DEEP = 10
ENOUGHS = (0.3, 0.4, 0.5, 0.6)
"""Thresholds that are tried on one half of the questions; the one in use is told on the other."""

Search = Callable[[str], Sequence[str]]
"""The files that a question leads to, the best first."""


@dataclass(frozen=True)
class Score:
    """The share of questions whose documents are all at the first place, among the first five; and MRR@10."""

    first: float
    five: float
    mrr: float

    @classmethod
    def of(cls, search: Search, asked: Sequence[Asked]) -> "Score":
        """How well `search` does; of a question that needs two documents, the one that is found last counts."""
        ranks = []
        for one in asked:
            found = list(dict.fromkeys(search(one.ask)))[:DEEP]
            places = [found.index(file) + 1 if file in found else 0 for file in one.files]
            ranks.append(max(places) if all(places) else 0)
        hits = [sum(0 < rank <= most for rank in ranks) / len(ranks) for most in (1, 5)]
        return cls(hits[0], hits[1], sum(1 / rank for rank in ranks if rank) / len(ranks))

    def __str__(self) -> str:
        return f"{self.first:8.3f}{self.five:8.3f}{self.mrr:8.3f}"


def by_index(texts: Mapping[str, str], embedder: Embedder | None) -> Search:
    """The house's own index over the texts."""
    index = Passages(open_database("sqlite://"), embedder)
    index.refresh([Leaf(name, "1", text.encode) for name, text in texts.items()], passages_of)
    while "until they are embedded" in index.search("all").note:
        pass  # each search embeds for some seconds only
    return lambda ask: [one.mark.rpartition(":")[0] for one in index.search(ask, DEEP).hits]


def by_vectors(texts: Mapping[str, str], embedder: Embedder) -> Search:
    """Vectors alone, one for each document."""
    names = list(texts)
    digests = {at: digest_of(texts[name]) for at, name in enumerate(names)}
    meaning = Meaning(open_database("sqlite://"), embedder, patience=float("inf"))
    told = {at: texts[name] for at, name in enumerate(names)}
    return lambda ask: [
        names[at] for at in meaning.near(ask, digests, lambda ids: {one: told[one] for one in ids}).ranking
    ]


def ways(texts: Mapping[str, str], embedder: Embedder | None) -> dict[str, Search]:
    """The ways to search that there are, by name."""
    words = {"words": by_index(texts, None)}
    return words | ({"meaning": by_vectors(texts, embedder), "both": by_index(texts, embedder)} if embedder else {})


def near_questions() -> list[Asked]:
    """The questions of testkit/corpus.py; those on one part of the product are in the same half."""
    found, parts = [], list(corpus.PARTS)
    for at, one in enumerate(corpus.questions()):
        half: Half = "held out" if (parts.index(one.file.partition("/")[0]) if one.file else at) % 2 else "tune"
        kind: Kind = "other words" if one.file else "no answer"
        found.append(Asked(one.ask, kind, half, (one.file,) if one.file else (), one.says))
    return found


def answered(texts: Mapping[str, str], asked: Sequence[Asked], enough: float) -> tuple[int, int, int, int]:
    """What the assistant says without a model, with that threshold.

    Right, with the document and what it says; amiss; and without an answer: handed over, answered all the same.
    """
    with tempfile.TemporaryDirectory() as folder:
        settings = (CHECKOUT / "config" / "settings.yaml").read_text(encoding="utf-8")
        project = with_scenarios(make_project(Path(folder) / "project", settings=settings))
        for name, text in texts.items():
            (path := Path(folder) / "documents" / name).parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        before, scene.ENOUGH = scene.ENOUGH, enough
        with home_in(project), Assistant(project, "support", inputs={"documents": path.parents[1]}) as assistant:
            said = {one: assistant.ask(one.ask) for one in asked}
        scene.ENOUGH = before
    given = {one: answer.text for one, answer in said.items() if answer.proposal is None}
    right = sum(one.says in text and f"[{one.files[0]}:" in text for one, text in given.items() if one.files)
    false = sum(not one.files for one in given)
    return right, len(given) - false - right, sum(not one.files for one in asked) - false, false


def _answers(name: str, texts: Mapping[str, str], asked: Sequence[Asked]) -> None:
    rows: list[tuple[Half, float]] = [("tune", one) for one in ENOUGHS] + [("held out", scene.ENOUGH)]
    for half, enough in rows:
        some = [one for one in asked if one.half == half and one.kind != "two documents"]
        right, amiss, handed, false = answered(texts, some, enough)
        has = sum(bool(one.files) for one in some)
        print(f"  {name:5}{half:>9}{enough:6.1f}{has:8}{right:8}{amiss:8}{len(some) - has:11}{handed:8}{false:8}")


def _table(title: str, asked: Mapping[str, Sequence[Asked]], found: Mapping[str, Search]) -> None:
    print(f"{title:34}{'hit@1':>8}{'hit@5':>8}{'MRR@10':>8}")
    for kind, some in asked.items():
        for way, search in found.items():
            print(f"  {kind:15}{len(some):4}  by {way:<8}{Score.of(search, some)}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.retrieval")
    parser.add_argument("--model", metavar="FOLDER", type=Path, help="the folder of a model that embeds")
    parser.add_argument("--large", action="store_true", help="only the time over 100,000 vectors")
    given = parser.parse_args()
    quiet()
    if given.large:
        time_of_large()
        return
    embedder = _embedder(given.model) if given.model else None
    hard: dict[str, list[Asked]] = {}
    for one in questions():
        if one.files:
            hard.setdefault(one.kind, []).append(one)
    _table(f"{len(documents())} documents, hard questions", hard, ways(documents(), embedder))
    near, texts = near_questions(), dict(corpus.documents())
    _table(
        f"{len(texts)} documents, near questions",
        {"near words": [one for one in near if one.files]},
        ways(texts, embedder),
    )
    print("without a model        at  answer   right   amiss  no answer  handed  answered")
    _answers("near", texts, near)
    _answers("hard", documents(), questions())


def _embedder(folder: Path) -> Embedder:
    from tools.backends.embedding_folder import FolderEmbedder

    return FolderEmbedder.at(folder.absolute())


if __name__ == "__main__":
    main()
