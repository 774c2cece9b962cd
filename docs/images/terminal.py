"""A terminal's rows as a picture: one SVG with a light and a dark face, no script, no font or image from elsewhere."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from cli.layout import Piece, cells

_CELL, _ROW, _MARGIN, _BAR = 7.8, 18, 18, 30
_SIZE = 13
_STYLE = """
.back { fill: #ffffff; stroke: #d0d7de } .bar { fill: #f6f8fa } .dot { fill: #d0d7de }
text { fill: #1f2328; white-space: pre; font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas,
       "DejaVu Sans Mono", "Liberation Mono", monospace }
.dim { fill: #6e7781 } .bold { font-weight: 600 }
.green { fill: #1a7f37 } .yellow { fill: #9a6700 } .red { fill: #cf222e }
@media (prefers-color-scheme: dark) {
  .back { fill: #0d1117; stroke: #30363d } .bar { fill: #161b22 } .dot { fill: #30363d }
  text { fill: #e6edf3 }
  .dim { fill: #8b949e } .green { fill: #3fb950 } .yellow { fill: #d29922 } .red { fill: #f85149 }
}
"""


def svg(rows: Sequence[Sequence[Piece]], columns: int, *, title: str) -> str:
    """The rows on a terminal that is so many columns wide. `title` is for those who cannot see it."""
    width, height = round(columns * _CELL + 2 * _MARGIN), len(rows) * _ROW + 2 * _MARGIN + _BAR
    texts = [text for number, row in enumerate(rows) for text in _row(row, _BAR + _MARGIN + number * _ROW + _SIZE)]
    dots = "".join(f'<circle class="dot" cx="{_MARGIN + 18 * n}" cy="{_BAR / 2:g}" r="5.5"/>' for n in range(3))
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label={quoteattr(title)}>',
        f"<style>{_STYLE}</style>",
        f'<rect class="back" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8"/>',
        f'<path class="bar" d="M1 {_BAR}V8.5a7.5 7.5 0 0 1 7.5-7.5h{width - 17}a7.5 7.5 0 0 1 7.5 7.5V{_BAR}z"/>',
        dots,
        *texts,
        "</svg>\n",
    ]
    return "\n".join(parts)


def _row(row: Sequence[Piece], y: int) -> list[str]:
    """One `text` for each stretch of a row, stretched to its cells, so that columns stand with any font."""
    found, column = [], 0
    for text, style in row:
        inner = text.strip(" ")
        if inner:
            at = column + len(text) - len(text.lstrip(" "))
            x, length = _MARGIN + at * _CELL, cells(inner) * _CELL
            mark = f' class="{style}"' if style else ""
            found.append(f'<text x="{x:.1f}" y="{y}" textLength="{length:.1f}"{mark}>{escape(inner)}</text>')
        column += cells(text)
    return found
