"""Charts of a cost report, drawn by processes of which one was killed."""

import os
import time
from pathlib import Path

import pytest

from scenarios.finops.charts import weeks_chart

ROWS = [
    {"from": f"2027-03-{day:02d}", "whole": True, "currency": "USD", "name": "Compute", "cost": 100.0 + day}
    for day in (1, 8, 15)
]


def test_a_lock_that_a_killed_process_has_left_on_the_list_of_fonts_holds_no_chart_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "deputy-matplotlib"
    folder.mkdir()
    left, young = folder / "fontlist.json.matplotlib-lock", folder / "other.json.matplotlib-lock"
    for one in (left, young):
        one.touch()
    os.utime(left, (time.time() - 3600,) * 2)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.delenv("MPLCONFIGDIR", raising=False)

    assert weeks_chart(ROWS)

    assert [*folder.glob("*.matplotlib-lock")] == [young]
