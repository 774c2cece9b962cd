"""A PDF page as a list of what is painted on it, in order: letters, filled areas, pictures.

The order, the render mode and the opacity decide what a reader can see, and no extraction library keeps them, so the
page is interpreted here. This module loads pdfminer (a tenth of a second): import it inside a function.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from pdfminer.converter import PDFLayoutAnalyzer
from pdfminer.layout import LTChar, LTContainer, LTCurve, LTImage, LTItem, LTPage, LTRect
from pdfminer.pdfcolor import PDFColorSpace
from pdfminer.pdfdevice import PDFTextSeq
from pdfminer.pdfinterp import PDFGraphicState, PDFPageInterpreter, PDFResourceManager, PDFStackT, PDFTextState
from pdfminer.pdfpage import PDFPage
from pdfminer.pdftypes import dict_value, resolve1
from pdfminer.utils import PathSegment

from tools.resumes.visible import Area, Box, Glyph, Mark, Picture


class _Device(PDFLayoutAnalyzer):
    """Keeps for each letter and each area the render mode and the opacity it is painted with."""

    def __init__(self, resources: PDFResourceManager) -> None:
        super().__init__(resources)
        self.page: LTPage | None = None
        self.opacity = 1.0
        self.modes: dict[int, tuple[int, float]] = {}

    def render_string(
        self, textstate: PDFTextState, seq: PDFTextSeq, ncs: PDFColorSpace, graphicstate: PDFGraphicState
    ) -> None:
        before = len(self.cur_item)
        super().render_string(textstate, seq, ncs, graphicstate)
        for item in list(self.cur_item)[before:]:
            self.modes[id(item)] = (textstate.render, self.opacity)

    def paint_path(
        self, gstate: PDFGraphicState, stroke: bool, fill: bool, evenodd: bool, path: Sequence[PathSegment]
    ) -> None:
        before = len(self.cur_item)
        super().paint_path(gstate, stroke, fill, evenodd, path)
        for item in list(self.cur_item)[before:]:
            self.modes[id(item)] = (0, self.opacity)

    def receive_layout(self, ltpage: LTPage) -> None:
        self.page = ltpage


class _Interpreter(PDFPageInterpreter):
    """Follows the opacity through the graphics states, which pdfminer leaves out."""

    device: _Device

    def do_q(self) -> None:
        super().do_q()
        self._opacities = [*getattr(self, "_opacities", []), self.device.opacity]

    def do_Q(self) -> None:  # noqa: N802 - the name pdfminer calls
        super().do_Q()
        saved: list[float] = getattr(self, "_opacities", [])
        self.device.opacity = saved[-1] if saved else 1.0
        self._opacities = saved[:-1]

    def do_gs(self, name: PDFStackT) -> None:
        states = dict_value(self.resources.get("ExtGState", {}))
        key = getattr(name, "name", name)
        opacity = resolve1(dict_value(states.get(key, {})).get("ca"))
        if isinstance(opacity, int | float):
            self.device.opacity = float(opacity)


def painted(page: PDFPage) -> tuple[Box, list[Mark]]:
    """The part of the page that is shown, and everything painted in order; in points from the top left of the page."""
    resources = PDFResourceManager()
    device = _Device(resources)
    _Interpreter(resources, device).process_page(page)
    assert device.page is not None
    height = device.page.height
    marks = (_mark(item, height, device.modes) for item in _flat(device.page))
    return _shown(page, device.page.width, height), [mark for mark in marks if mark]


def _shown(page: PDFPage, width: float, height: float) -> Box:
    """The crop box; on a page that is turned, all of it."""
    if page.rotate % 360 or not page.cropbox:
        return Box(0, width, 0, height)
    left, bottom, right, top = (float(edge) for edge in page.cropbox)
    x, y = page.mediabox[0], page.mediabox[3]
    return Box(max(0, left - x), min(width, right - x), max(0, y - top), min(height, y - bottom))


def _flat(item: LTItem) -> Iterator[LTItem]:
    if isinstance(item, LTContainer):
        for part in item:
            yield from _flat(part)
    else:
        yield item


def _mark(item: LTItem, height: float, modes: dict[int, tuple[int, float]]) -> Mark | None:
    mode, opacity = modes.get(id(item), (0, 1.0))
    if isinstance(item, LTChar):
        return Glyph(
            text=_text(item),
            x0=item.x0,
            x1=item.x1,
            top=height - item.y1,
            bottom=height - item.y0,
            size=item.size if item.upright else item.width,
            font=str(item.fontname),
            upright=item.upright,
            colour=_rgb(item.graphicstate.ncolor),
            mode=mode,
            opacity=opacity,
        )
    if isinstance(item, LTImage):
        holes = any(key in item.stream for key in ("SMask", "Mask", "ImageMask"))
        return Picture(item.x0, item.x1, height - item.y1, height - item.y0, solid=not holes)
    if isinstance(item, LTCurve) and item.fill and opacity > 0.1:
        solid = isinstance(item, LTRect) and opacity > 0.9
        colour = _rgb(item.non_stroking_color) if opacity > 0.9 else None
        return Area(item.x0, item.x1, height - item.y1, height - item.y0, solid=solid, colour=colour)
    return None


def _text(item: LTChar) -> str:
    """The letter; a code that Latin fonts leave unused is shown as a bullet (PDF 32000-1, annex D.2)."""
    unused = ("(cid:127)", "(cid:129)", "(cid:141)", "(cid:143)", "(cid:144)", "(cid:157)")
    return "•" if item.get_text() in unused else item.get_text()


def _rgb(colour: Any) -> tuple[float, float, float] | None:
    """A device colour as red, green and blue from 0 to 1; None for a pattern or a colour space of its own."""
    parts = colour if isinstance(colour, tuple | list) else (colour,)
    if colour is None:
        return (0.0, 0.0, 0.0)
    if not all(isinstance(part, int | float) for part in parts):
        return None
    numbers = [min(1.0, max(0.0, float(part))) for part in parts]
    if len(numbers) == 1:
        return (numbers[0],) * 3
    if len(numbers) == 3:
        return (numbers[0], numbers[1], numbers[2])
    if len(numbers) == 4:
        cyan, magenta, yellow, key = numbers
        return ((1 - cyan) * (1 - key), (1 - magenta) * (1 - key), (1 - yellow) * (1 - key))
    return None
