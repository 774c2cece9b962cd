"""What on a painted page a reader can see: pure geometry and colour, free of any PDF library."""

from collections.abc import Sequence
from dataclasses import dataclass

SMALLEST = 4.0
"""Letters below this many points are not there to be read."""

_SAME = 0.12  # two colours nearer than this, in each of red, green and blue, cannot be told apart on paper
_INVISIBLE_MODES = (3, 7)  # PDF text render modes that paint nothing

Colour = tuple[float, float, float]
WHITE: Colour = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Box:
    """A rectangle in points from the top left of its page."""

    x0: float
    x1: float
    top: float
    bottom: float

    @property
    def area(self) -> float:
        """Its area in square points."""
        return (self.x1 - self.x0) * (self.bottom - self.top)

    def holds(self, x: float, y: float) -> bool:
        """True if the point lies in it."""
        return self.x0 <= x <= self.x1 and self.top <= y <= self.bottom


@dataclass(frozen=True)
class Glyph(Box):
    """One letter as it is painted. `colour` is None where it cannot be known, such as a pattern."""

    text: str
    size: float
    font: str
    upright: bool
    colour: Colour | None
    mode: int
    opacity: float


@dataclass(frozen=True)
class Area(Box):
    """A filled shape, taken as its bounding box; `solid` if it covers all of that, so that nothing shows through."""

    solid: bool
    colour: Colour | None


@dataclass(frozen=True)
class Picture(Box):
    """An image; `solid` if nothing shows through it."""

    solid: bool


Mark = Glyph | Area | Picture


def sort_out(marks: Sequence[Mark], page: Box) -> list[tuple[Glyph, str]]:
    """Each letter with the reason why a reader cannot see it, or with '' if one can."""
    ground: list[tuple[int, Area | Picture]] = [
        (at, mark) for at, mark in enumerate(marks) if isinstance(mark, Area | Picture)
    ]
    return [(mark, _why_hidden(mark, at, ground, page)) for at, mark in enumerate(marks) if isinstance(mark, Glyph)]


def is_picture(marks: Sequence[Mark], page: Box) -> bool:
    """True if one image covers most of the page, as on a scan."""
    pictures = [mark for mark in marks if isinstance(mark, Picture)]
    return any(one.area > 0.5 * page.area for one in pictures)


def dots(marks: Sequence[Mark]) -> list[Area]:
    """Filled shapes as small as the bullets before a line."""
    areas = [mark for mark in marks if isinstance(mark, Area)]
    return [one for one in areas if 1 < one.x1 - one.x0 < 6 and 1 < one.bottom - one.top < 6]


def _why_hidden(glyph: Glyph, at: int, ground: list[tuple[int, Area | Picture]], page: Box) -> str:
    x, y = (glyph.x0 + glyph.x1) / 2, (glyph.top + glyph.bottom) / 2
    if glyph.mode in _INVISIBLE_MODES:
        return "it is painted in a mode that shows nothing"
    if glyph.opacity < 0.1:
        return "it is fully transparent"
    if not page.holds(x, y):
        return "it lies outside the page"
    if glyph.size < SMALLEST:
        return f"its letters are smaller than {SMALLEST:g} points"
    under: Colour | None = WHITE
    for order, mark in ground:
        if not mark.holds(x, y):
            continue
        if order > at:
            if mark.solid:
                return "something is painted over it"
            continue
        under = mark.colour if isinstance(mark, Area) else None
    if glyph.colour and under and _same(glyph.colour, under):
        return "it has the colour of its background"
    return ""


def _same(one: Colour, other: Colour) -> bool:
    return all(abs(left - right) < _SAME for left, right in zip(one, other, strict=True))
