"""Who is forgotten is gone from every byte of the ledger, and the ledger still verifies."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import LedgerError, UsageError
from runtime.forgetting import Forgetting, forget
from runtime.home import Home
from runtime.ledger import Ledger
from runtime.records import Kind
from runtime.sealed import ERASED, escaped, is_erased, opened
from runtime.subjects import Vault
from tests.runtime.bench import behind_its_back, flaws, ledger_of

SECRET = "Amina worked on tidal turbines in Bergen"
SUBJECT = "cand-1f8e22ab"


def sealing(home: Home) -> Ledger:
    """A ledger that seals results of one tool and the goal, each for the person it names."""
    ledger = ledger_of(home)
    vault = home.vault()

    def seal(kind: Kind, body: dict[str, Any]) -> dict[str, Any]:
        sealed = {"run.started": "goal", "tool.done": "result"}.get(kind)
        return {**body, sealed: vault.seal(body["about"], body[sealed])} if sealed and "about" in body else body

    ledger.sealer = seal
    return ledger


def told(home: Home, run: str = "r1", about: str = SUBJECT) -> Ledger:
    ledger = sealing(home)
    ledger.append(run, "run.started", {"goal": SECRET, "scenario": "", "about": about})
    ledger.append(run, "tool.done", {"tool": "read_resume", "result": {"text": SECRET}, "about": about})
    return ledger


def bytes_in(home: Home) -> bytes:
    return b"".join(path.read_bytes() for path in home.root.rglob("*") if path.is_file())


def test_sealed_values_are_read_as_they_were_given_and_stand_nowhere_in_the_clear(tmp_path: Path) -> None:
    home = Home(tmp_path)
    ledger = told(home)

    assert ledger.records("r1")[1].body["result"] == {"text": SECRET}
    assert ledger.find("r1").goal == SECRET
    assert SECRET.encode() not in bytes_in(home)
    assert flaws(home) == {}


def test_who_is_forgotten_cannot_be_read_any_more_and_everything_verifies(tmp_path: Path) -> None:
    home = Home(tmp_path)
    ledger = told(home)
    told(home, "r2", "cand-other")
    vault = home.vault()
    kept, gone = ledger_of(home).records("r2"), vault._current().subjects[SUBJECT].key
    assert gone in bytes_in(home)

    erasure = forget(ledger, vault, f" {SUBJECT.upper()} ", whole=Forgetting("r3", "user:jo"))

    assert ledger.records("r1")[1].body["result"] == ERASED
    assert ledger.find("r1").goal == ERASED
    assert ledger.records("r2") == kept
    assert [record.kind for record in ledger.records("r3")] == ["run.started", "subject.erased", "run.done"]
    assert ledger.records("r3")[1].body == {
        "subject": erasure.subjects[0],
        "by": "user:jo",
        "reason": "",
        "erased": {},
    }
    assert flaws(home) == {}
    for trace in (SECRET.encode(), gone, SUBJECT.encode() + b'"'):
        assert trace not in (home.keys / "subjects.sqlite").read_bytes()
        assert trace not in b"".join(path.read_bytes() for path in home.keys.iterdir())
    assert SECRET.encode() not in bytes_in(home)


def test_the_journal_that_another_holds_open_is_not_taken_for_erased(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    ledger, vault = told(home), home.vault()
    vault.reference(SUBJECT)
    monkeypatch.setattr("runtime.subjects.open_database", impatient)
    other = impatient(f"sqlite:///{home.keys / 'subjects.sqlite'}").connect()
    other.exec_driver_sql("BEGIN")
    other.exec_driver_sql("SELECT * FROM subject").all()
    vault.close()

    with pytest.raises(LedgerError, match="its journal still holds the key"):
        forget(ledger, vault, SUBJECT, whole=Forgetting("r3", "user:jo"))
    other.close()

    assert ledger.records("r3")[-1].kind == "run.failed"
    assert ledger.records("r1")[1].body["result"] == ERASED


def impatient(url: str) -> Any:
    from sqlalchemy import event

    from runtime.database import open_database

    engine = open_database(url)
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout = 50"))
    return engine


def test_whoever_was_never_sealed_cannot_be_forgotten(tmp_path: Path) -> None:
    home = Home(tmp_path)
    ledger = told(home)
    for vault in (home.vault(), Vault(tmp_path / "nothing.sqlite")):
        with pytest.raises(UsageError, match="no key for 'nobody'"):
            forget(ledger, vault, "nobody", whole=Forgetting("r3", "user:jo"))

    assert ledger.records("r3") == []
    assert not (tmp_path / "nothing.sqlite").exists()


def test_a_person_who_comes_back_has_a_new_key_and_a_new_reference(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "subjects.sqlite")
    old = vault.seal("Jo@House.example", "before")
    vault.destroy("jo@house.example")
    new = vault.seal("jo@house.example", "after")

    assert old["sealed"] != new["sealed"]
    assert (vault.open(old), vault.open(new)) == (ERASED, "after")


def test_a_sealed_value_cannot_be_changed_or_given_to_somebody_else(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "subjects.sqlite")
    mine, other = vault.seal("me", "mine"), vault.seal("you", "yours")

    for wrong in ({**mine, "text": other["text"]}, {**mine, "sealed": other["sealed"]}, {**mine, "nonce": "é"}):
        with pytest.raises(LedgerError, match="is not what was sealed"):
            vault.open(wrong)


def test_swapping_sealed_values_in_the_ledger_is_found(tmp_path: Path) -> None:
    home = Home(tmp_path)
    told(home)
    told(home, "r2")
    with behind_its_back(home) as connection:
        connection.execute(
            "UPDATE record SET body = (SELECT body FROM record WHERE run = 'r1' AND seq = 2) WHERE seq = 2"
        )

    assert flaws(home) == {"changed": ("r2", 2)}


def test_a_value_that_only_looks_sealed_comes_back_as_given_and_opens_nothing(tmp_path: Path) -> None:
    """Otherwise whoever writes a résumé could have somebody else's sealed values opened into it."""
    home = Home(tmp_path)
    stolen = home.vault().seal("cand-other", SECRET)
    ledger = ledger_of(home)
    for number, given_ in enumerate((stolen, {"unsealed": stolen}, [{"unsealed": 1}, {"sealed": 1}]), start=1):
        ledger.append(f"r{number}", "run.started", {"goal": "look", "args": given_})

        assert ledger.records(f"r{number}")[0].body["args"] == given_
    assert flaws(home) == {}


@given(
    st.recursive(
        st.none() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text(max_size=2), inner, max_size=3)
            | st.fixed_dictionaries({"sealed": inner, "nonce": inner, "text": inner})
            | st.fixed_dictionaries({"unsealed": inner})
        ),
        max_leaves=8,
    )
)
def test_whatever_is_marked_is_unmarked_again(value: Any) -> None:
    assert opened(escaped(value), None) == value


def test_what_holds_data_of_several_is_gone_with_the_first_of_them(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "subjects.sqlite")
    both, mine, yours = vault.seal(["you", "me"], "both"), vault.seal("me", "mine"), vault.seal("you", "yours")
    same = vault.seal(["me", "you", "ME"], "both")
    assert [vault.open(one) for one in (both, same, mine, yours)] == ["both", "both", "mine", "yours"]
    assert both["sealed"] == same["sealed"] == sorted([mine["sealed"], yours["sealed"]])

    vault.destroy("you")

    assert [vault.open(one) for one in (both, mine, yours)] == [ERASED, "mine", ERASED]
    with pytest.raises(LedgerError, match="is not what was sealed"):
        vault.open({**both, "sealed": mine["sealed"]})


def test_a_key_destroyed_by_one_process_is_not_used_by_another_that_has_it_in_memory(tmp_path: Path) -> None:
    here, there = Vault(tmp_path / "subjects.sqlite"), Vault(tmp_path / "subjects.sqlite")
    sealed = here.seal("me", "mine")
    assert (here.open(sealed), there.open(sealed)) == ("mine", "mine")

    there.destroy("me")

    assert here.open(sealed) == ERASED
    assert here.seal("me", "again")["sealed"] != sealed["sealed"]


def test_a_vault_knows_people_by_all_their_names_until_they_are_erased(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "subjects.sqlite")
    vault.know("cand-1", ["Jo  Doe ", "jo@mail.example", " "], "recruiting")
    vault.know("cand-2", ["Jo Doe"])

    assert vault.who("jo doe") == {"cand-1", "cand-2"}
    assert vault.who("JO@mail.example") == {"cand-1"}
    assert vault.called("cand-1") == {"cand-1", "jo doe", "jo@mail.example"}
    assert [(one.subject, one.scope) for one in vault.subjects()] == [("cand-1", "recruiting"), ("cand-2", "")]

    vault.destroy("cand-1")

    assert vault.who("jo@mail.example") == frozenset()
    assert b"jo@mail" not in (tmp_path / "subjects.sqlite").read_bytes()


def test_an_erased_value_is_told_from_the_same_words_in_a_text(tmp_path: Path) -> None:
    home = Home(tmp_path)
    ledger = ledger_of(home)
    vault = home.vault()
    ledger.sealer = lambda _kind, body: {**body, "args": [body["args"][0], vault.seal("me", "x")]}
    ledger.append("r2", "run.started", {"goal": "look", "args": ["[erased]", "x"]})
    vault.destroy("me")

    assert ledger.records("r2")[0].body["args"] == ["[erased]"]
    assert not is_erased(ledger.records("r2")[0].body["args"])


def test_what_cannot_be_sealed_is_not_recorded(tmp_path: Path) -> None:
    ledger = ledger_of(Home(tmp_path))
    ledger.append("r1", "run.started", {"goal": "look"})

    def broken(_kind: Kind, _body: dict[str, Any]) -> dict[str, Any]:
        raise OSError("no space left")

    ledger.sealer = broken
    with pytest.raises(LedgerError, match="personal data cannot be sealed: no space left"):
        ledger.append("r1", "run.done", {"summary": SECRET})

    assert len(ledger.records("r1")) == 1
