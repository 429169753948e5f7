"""A label as a picture: SVG in millimetres, PNG in dots."""

import functools
from typing import Any, Final
from xml.sax.saxutils import escape

from provenance.services.goods.labels import bitmaps, glyphs, layout, png_writer
from provenance.services.goods.labels.layout import Label
from provenance.services.goods.labels.symbols import QUIET, Symbol

FORMS: Final = {"svg": "image/svg+xml", "png": "image/png"}


def picture(subject_uri: str, form: str) -> dict[str, Any]:
    """The label as `content` and `content_type`; `form` is one of FORMS. Raises
    BadIdentifier for what carries no label.
    """
    content = svg(subject_uri) if form == "svg" else png(subject_uri)
    return {"content": content, "content_type": FORMS[form]}


def svg(subject_uri: str) -> str:
    """The label as SVG, in millimetres. Raises BadIdentifier."""
    label = layout.make(subject_uri)
    width, height, resolution = label.width, label.height, label.resolution
    texts = "".join(
        f'<text x="{width // 2}" '
        f'y="{label.side + resolution.line * (number + 1) - resolution.line // 3}" '
        f'textLength="{glyphs.width(line, resolution.font)}">{escape(line)}</text>'
        for number, line in enumerate(label.lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_mm(width, label)}mm" '
        f'height="{_mm(height, label)}mm" viewBox="0 0 {width} {height}">'
        f"<title>{escape(label.link)}</title>"
        f'<path fill="#fff" d="M0 0h{width}v{height}h-{width}z"/>'
        f'<path transform="translate({label.left}) scale({label.dots})" '
        f'shape-rendering="crispEdges" d="{path(label.symbol)}"/>'
        f'<g font-family="sans-serif" font-size="{resolution.font}" text-anchor="middle">'
        f"{texts}</g></svg>"
    )


def bare(symbol: Symbol) -> str:
    """The symbol with its quiet zone as SVG, a unit a module."""
    side = symbol.side + 2 * QUIET
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">'
        f'<path d="{path(symbol)}"/></svg>'
    )


def path(symbol: Symbol) -> str:
    """The dark modules as an SVG path in modules, the quiet zone around them left free."""
    drawn = "".join(
        [
            f"M0 {y}" + "".join(map(_steps(symbol).__getitem__, row.split("0")))
            for y, row in enumerate(symbol.binary_rows(), QUIET)
        ]
    )
    return drawn.replace("m1 0" * 4, "m4 0").replace("m1 0" * 2, "m2 0")


@functools.cache
def _by_length(longest: int) -> dict[str, str]:
    """The steps of a path for a run of dark modules and the light one after it."""
    runs = {"1" * n: f"h{n}v1h-{n}zm{n + 1} 0" for n in range(1, longest + 1)}
    return {"": "m1 0"} | runs


def _steps(symbol: Symbol) -> dict[str, str]:
    return _by_length(8 * symbol.stride)


def png(subject_uri: str) -> bytes:
    """The label as a black and white PNG for a 300 dpi printer. Raises BadIdentifier."""
    label = layout.make(subject_uri)
    return png_writer.of_bitmap(bitmaps.of_label(label), label.resolution.dpi)


def _mm(dots: int, label: Label) -> str:
    return f"{dots * png_writer.MM_PER_INCH / label.resolution.dpi:.3f}"
