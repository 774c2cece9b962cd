"""Passages are found by words and by meaning; each text is embedded once, and a model that fails costs no answer."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from runtime.database import open_database, read
from runtime.found import Found
from runtime.fusion import fused
from runtime.meaning import Meaning
from runtime.passages import Leaf, Passage, Passages
from runtime.vectors import Vectors, digest_of
from tests.runtime.embedders import Letters, Silent
from tools.reading.split import passages_of

LUNCH = "# Lunch\n\nMeals are served at noon.\n"
FILES = {"bills.md": "# Bills\n\nInvoices are sent on Mondays.\n", "lunch.md": LUNCH}


def index_of(engine: Engine, embedder: Letters | None, files: dict[str, str] = FILES) -> Passages:
    index = Passages(engine, embedder)
    index.refresh([Leaf(name, text, text.encode) for name, text in files.items()], passages_of)
    return index


def files_of(found: Found[Passage]) -> list[str]:
    return [one.mark.partition(":")[0] for one in found.hits]


@pytest.fixture
def engine() -> Engine:
    return open_database("sqlite://")


def test_what_shares_no_word_with_the_question_is_found_by_its_meaning(engine: Engine) -> None:
    assert files_of(index_of(engine, None).search("invoyces")) == []

    found = index_of(engine, Letters()).search("invoyces")

    assert (files_of(found)[0], found.by, found.note) == ("bills.md", "words and meaning", "")


def test_a_question_of_common_words_only_is_found_by_its_meaning(engine: Engine) -> None:
    assert files_of(index_of(engine, Letters()).search("what is served for me?"))[0] == "lunch.md"


def test_both_rankings_have_their_say() -> None:
    assert fused([1, 2, 3], [3, 2, 4]) == [3, 2, 1, 4]
    assert fused([7, 8], []) == [7, 8]
    assert fused([], []) == []


def test_each_text_is_embedded_once_over_all_openings(tmp_path: Path) -> None:
    url, first, second = f"sqlite:///{tmp_path / 'documents.sqlite'}", Letters(), Letters()
    index_of(open_database(url), first).search("lunch")
    index_of(open_database(url), second).search("supper")

    assert first.seen == ["lunch", "Bills\nInvoices are sent on Mondays.", "Lunch\nMeals are served at noon."]
    assert second.seen == ["supper"]


def test_of_a_changed_file_only_the_changed_passage_is_embedded_and_the_old_one_leaves_no_vector(
    tmp_path: Path,
) -> None:
    engine, embedder = open_database(f"sqlite:///{tmp_path / 'documents.sqlite'}"), Letters()
    before = f"{LUNCH}\n# Supper\n\nNobody is there.\n"
    index = index_of(engine, embedder, {"meals.md": before})
    index.search("meals")
    embedder.seen.clear()

    after = before.replace("Nobody is there.", "Ask the porter.")
    index.refresh([Leaf("meals.md", "2", after.encode)], passages_of)
    found = index.search("portar")

    assert found.hits[0].title == "Supper"
    assert embedder.seen == ["portar", "Supper\nAsk the porter."]
    kept = Vectors(engine, embedder.name).all(256)
    assert set(kept) == {digest_of("Lunch\nMeals are served at noon."), digest_of("Supper\nAsk the porter.")}


def test_another_model_embeds_all_again(engine: Engine) -> None:
    index_of(engine, Letters()).search("lunch")
    other = Letters("letters, second edition")

    assert files_of(index_of(engine, other).search("invoyces"))[0] == "bills.md"
    assert len(other.seen) == 3


def test_a_model_that_fails_leaves_words_alone_and_is_left_alone_for_a_while(engine: Engine) -> None:
    embedder = Silent()
    index = index_of(engine, embedder)

    answers = [index.search("lunch"), index.search("when are meals served?")]

    assert [files_of(one) for one in answers] == [["lunch.md"], ["lunch.md"]]
    assert {one.by for one in answers} == {"words"}
    assert {one.note for one in answers} == {"the embeddings endpoint cannot be reached; found by words alone"}
    assert embedder.seen == ["lunch"]


def test_a_question_waits_only_so_long_for_new_texts_and_the_next_one_goes_on(engine: Engine) -> None:
    texts = {at: f"text number {at}" for at in range(80)}
    digests = {at: digest_of(text) for at, text in texts.items()}
    meaning = Meaning(engine, Letters(), patience=0)

    told = [meaning.near("text", digests, lambda ids: {one: texts[one] for one in ids}).note for _ in range(3)]

    assert told == [
        "48 of 80 texts are found by words alone until they are embedded",
        "16 of 80 texts are found by words alone until they are embedded",
        "",
    ]


def test_a_stray_word_in_common_is_no_reason_beside_meaning(engine: Engine) -> None:
    files = {f"{name}.md": f"# Atlas\n\nAtlas keeps {name} here.\n" for name in ("ink", "paper", "glue")}
    files["invoices.md"] = "# Money\n\nInvoices are numbered.\n"

    assert files_of(index_of(engine, Letters(), files).search("numberd invoyces of atlas"))[0] == "invoices.md"


def test_an_index_from_before_texts_were_embedded_is_made_anew(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE file (name TEXT PRIMARY KEY, seen TEXT, digest TEXT)")
        connection.exec_driver_sql("INSERT INTO file VALUES ('lunch.md', 'x', 'y')")
        connection.exec_driver_sql("CREATE TABLE passage (id INTEGER PRIMARY KEY, file, mark, title, text)")
        connection.exec_driver_sql("CREATE VIRTUAL TABLE passage_text USING fts5(title, text)")

    assert files_of(index_of(engine, None).search("noon")) == ["lunch.md"]
    with read(engine) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM passage").scalar() == 2


def test_an_index_of_another_edition_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'documents.sqlite'}"
    index_of(open_database(url), None)
    kept = Passages(open_database(url))
    assert kept.refresh([Leaf(name, text, text.encode) for name, text in FILES.items()], passages_of) == 0

    monkeypatch.setattr("runtime.passages.EDITION", 1_000)
    anew = Passages(open_database(url))

    assert anew.refresh([Leaf(name, text, text.encode) for name, text in FILES.items()], passages_of) == len(FILES)
