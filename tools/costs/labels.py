"""Names that stand in bills and tags were written by anybody: they are shown on one line, short, and never followed."""

import unicodedata
from typing import Any

LONGEST = 120


def shown(text: Any, most: int = LONGEST) -> str:
    """`text` on one line for people and models, without characters that nobody sees, cut where it is long."""
    seen = "".join(one for one in str(text or "") if one.isspace() or unicodedata.category(one) not in ("Cc", "Cf"))
    line = " ".join(seen.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
