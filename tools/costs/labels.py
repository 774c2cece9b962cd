"""Names that stand in bills and tags were written by anybody: they are shown on one line, short, and never followed."""

from typing import Any

from tools.backends.ical import one_line

LONGEST = 120


def shown(text: Any, most: int = LONGEST) -> str:
    """One line of `text` for people and models, cut where it is long."""
    line = one_line(str(text or ""))
    return line if len(line) <= most else f"{line[: most - 1]}…"
