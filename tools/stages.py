"""The stages of an application, and the only ways between them.

    applied -> screened -> shortlisted -> interview -> offered -> hired
                              ^               |
                              +- (cancelled) -+
    any open stage -> rejected | withdrawn

`hired`, `rejected` and `withdrawn` are closed: nothing leads out of them.
"""

from collections.abc import Mapping
from typing import Literal, get_args

from runtime.errors import CannotWork

Stage = Literal["applied", "screened", "shortlisted", "interview", "offered", "hired", "rejected", "withdrawn"]

STAGES: tuple[Stage, ...] = get_args(Stage)

_ENDS: tuple[Stage, ...] = ("rejected", "withdrawn")

NEXT: Mapping[Stage, tuple[Stage, ...]] = {
    "applied": ("screened", *_ENDS),
    "screened": ("shortlisted", *_ENDS),
    "shortlisted": ("interview", *_ENDS),
    "interview": ("offered", "shortlisted", *_ENDS),
    "offered": ("hired", *_ENDS),
    "hired": (),
    "rejected": (),
    "withdrawn": (),
}


def known(name: str) -> Stage:
    """`name` as a stage. Raises CannotWork for a word that is no stage."""
    if name not in STAGES:
        raise CannotWork(f"'{name}' is no stage", remedy=f"use one of {', '.join(STAGES)}")
    return name


def is_open(stage: str) -> bool:
    """Whether an application at `stage` can still go somewhere."""
    return bool(NEXT[known(stage)])


def moves(candidate: str, current: str, to: str) -> bool:
    """Whether going from `current` to `to` changes anything. Raises CannotWork if there is no way between them."""
    if known(current) == known(to):
        return False
    ways = NEXT[known(current)]
    if to not in ways:
        allowed = f"from '{current}' the next stages are {', '.join(ways)}" if ways else f"'{current}' is final"
        raise CannotWork(f"candidate '{candidate}' cannot go from '{current}' to '{to}'", remedy=allowed)
    return True
