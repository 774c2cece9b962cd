"""Many runs wait, two people answer all of them at once, and real workers carry them on."""

from pathlib import Path

from benchmarks.approving import approved

RUNS = 12


def test_each_run_that_two_people_approve_at_once_moves_on_exactly_once(tmp_path: Path) -> None:
    found = approved(tmp_path, RUNS)

    assert sum(one.taken for one in found.answers) == RUNS
    assert found.account.states == {"done": RUNS}
    assert found.account.segments == {2: RUNS}
    assert (found.account.intended, found.account.done, found.account.twice) == (RUNS, RUNS, 0)
    assert found.received == found.wanted
    letters = [list(folder.glob("mail/outbox/*.eml")) for folder in (tmp_path / "project" / "var" / "runs").iterdir()]
    assert [len(one) for one in letters] == [1] * RUNS
