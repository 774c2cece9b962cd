"""What a scenario's code does around a model's answers: it asks for parts, sends back what is wrong, checks the whole.

for each part: look-ups -> model -> wrong? told once, answered again -> finish: checked by code -> the answer
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crews.grounding import Doubt
from runtime.records import Record
from tools.world import World


@dataclass(frozen=True)
class Finished:
    """An answer as a person gets it.

    `data` is the same for programs. `places` say of each value where it stands: `name`, `page` (None where the format
    has none), `line` and `quote`. An answer with a `fault` ends its command with exit code 1.
    """

    text: str
    doubts: Sequence[Doubt] = ()
    data: Any = None
    places: Sequence[Mapping[str, Any]] = ()
    fault: bool = False


@dataclass(frozen=True)
class Craft:
    """How answers are worked on.

    finish  the answer, from what was answered to each part, the run's records, and the world
    parts   how many times the model is asked, each time for a part of the material
    mend    what is wrong with the answer to a part, counted from 1; the model is told so once
    label   how what `finish` doubts is called on the screen, in up to ten letters
    """

    finish: Callable[[Sequence[str], Sequence[Record], World], Finished]
    parts: Callable[[World], int] = lambda _world: 1
    mend: Callable[[int, World, str], str] = lambda _part, _world, _text: ""
    label: str = "unproven"
