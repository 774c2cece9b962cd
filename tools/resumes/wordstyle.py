"""How a run of a Word document looks once its styles are followed: hidden, tiny, or in the colour of the paper."""

from collections.abc import Iterator
from typing import Any

from tools.resumes.visible import SMALLEST

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_OFF = ("0", "false", "off")


class Styles:
    """The styles of one document. `root` is its w:styles element."""

    def __init__(self, root: Any) -> None:
        self._styles = {style.get(f"{_W}styleId"): style for style in root.iter(f"{_W}style")}
        self._default = next(iter(root.iterfind(f"{_W}docDefaults/{_W}rPrDefault/{_W}rPr")), None)
        self._normal = next(
            (
                style.get(f"{_W}styleId")
                for style in self._styles.values()
                if style.get(f"{_W}default") == "1" and style.get(f"{_W}type") == "paragraph"
            ),
            None,
        )

    def name_of(self, paragraph: Any) -> str:
        """The id of the paragraph's style, '' if it has none."""
        return _value(paragraph.find(f"{_W}pPr/{_W}pStyle")) or ""

    def why_hidden(self, run: Any, paragraph: Any) -> str:
        """Why a reader cannot see the run, or ''."""
        looks = list(self._looks(run, paragraph))
        vanish = _first(looks, "vanish")
        if vanish is not None and _value(vanish) not in _OFF:
            return "it is marked as hidden"
        size = _value(_first(looks, "sz"))
        if size and size.isdigit() and int(size) / 2 < SMALLEST:
            return f"its letters are smaller than {SMALLEST:g} points"
        ground = _ground(run, looks)
        if ground and _same(_value(_first(looks, "color")), ground):
            return "it has the colour of its background"
        return ""

    def _looks(self, run: Any, paragraph: Any) -> Iterator[Any]:
        """Every w:rPr that applies to the run, the nearest first."""
        own = run.find(f"{_W}rPr")
        if own is not None:
            yield own
            yield from self._chain(_value(own.find(f"{_W}rStyle")))
        yield from self._chain(self.name_of(paragraph) or self._normal)
        if self._default is not None:
            yield self._default

    def _chain(self, name: str | None) -> Iterator[Any]:
        met: set[str] = set()
        while name and name in self._styles and name not in met:
            met.add(name)
            style = self._styles[name]
            look = style.find(f"{_W}rPr")
            if look is not None:
                yield look
            name = _value(style.find(f"{_W}basedOn"))


def _first(looks: list[Any], name: str) -> Any:
    return next((found for look in looks if (found := look.find(f"{_W}{name}")) is not None), None)


def _value(element: Any) -> str | None:
    if element is None:
        return None
    value: str | None = element.get(f"{_W}val")
    return value


def _ground(run: Any, looks: list[Any]) -> str:
    """The colour behind the run as RRGGBB; '' where a shape or a highlight makes it unknown."""
    shading = _first(looks, "shd")
    for above in (shading, *(_shading(one) for one in run.iterancestors(f"{_W}p", f"{_W}tc", f"{_W}tbl"))):
        fill = above.get(f"{_W}fill") if above is not None else None
        if fill and fill != "auto":
            return str(fill).upper()
    if _first(looks, "highlight") is not None:
        return ""
    box = next(run.iterancestors(f"{_W}txbxContent"), None)
    if box is not None and next(box.getparent().getparent().iter("{*}solidFill", "{*}gradFill"), None) is not None:
        return ""
    table_styled = next(run.iterancestors(f"{_W}tbl"), None)
    if table_styled is not None and table_styled.find(f"{_W}tblPr/{_W}tblStyle") is not None:
        return (
            "" if _value(table_styled.find(f"{_W}tblPr/{_W}tblStyle")) not in ("TableGrid", "TableNormal") else "FFFFFF"
        )
    return "FFFFFF"


def _shading(element: Any) -> Any:
    kind = {f"{_W}p": "pPr", f"{_W}tc": "tcPr", f"{_W}tbl": "tblPr"}[element.tag]
    return element.find(f"{_W}{kind}/{_W}shd")


def _same(colour: str | None, ground: str) -> bool:
    if colour is None or colour == "auto":
        return False
    try:
        pairs = [(int(colour[at : at + 2], 16), int(ground[at : at + 2], 16)) for at in (0, 2, 4)]
    except ValueError:
        return False
    return all(abs(left - right) < 31 for left, right in pairs)
