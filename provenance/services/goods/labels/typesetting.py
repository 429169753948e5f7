"""Typesetting by typst, with fonts of our own: no system font, no file but the template,
no network. Texts are data to a template, and never markup.

Noto Sans has Latin, Greek and Cyrillic letters, Noto Sans Arabic and Noto Sans CJK the
Arabic, Chinese, Japanese and Korean ones. A letter that none of them has is an empty box.
"""

import functools
import json
import unicodedata
from importlib import resources
from pathlib import Path
from typing import Any, Final

import typst

FAMILIES: Final = ("Noto Sans", "Noto Sans Arabic", "Noto Sans CJK SC")
_FOLDERS: Final = (
    ("fontpkg_noto_sans", "files"),
    ("fontpkg_noto_sans_arabic", "files"),
    ("noto_cjk_sans_otc", ""),
)
_TEMPLATES: Final = Path(__file__).parent / "templates"


def pdf(template: str, data: dict[str, Any]) -> bytes:
    """The PDF of a template and its data: the same bytes for the same data."""
    return _compile(template, data, format="pdf", pdf_tags=False, timestamp=0)


def png(template: str, data: dict[str, Any], dpi: int) -> bytes:
    """The only page of a template and its data, as PNG."""
    return _compile(template, data, format="png", ppi=float(dpi))


def piece(text: str) -> dict[str, Any]:
    """A text with its direction, that of its first letter with a direction of its own."""
    letters = (unicodedata.bidirectional(character) for character in text)
    first = next((letter for letter in letters if letter in {"L", "R", "AL"}), "L")
    return {"text": text, "rtl": first != "L"}


def _compile(template: str, data: dict[str, Any], **options: Any) -> bytes:
    compiler = typst.Compiler(
        str(_TEMPLATES / template),
        root=str(_TEMPLATES),
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps({**data, "fonts": FAMILIES}, ensure_ascii=False)},
    )
    compiled = compiler.compile(**options)
    assert isinstance(compiled, bytes)  # noqa: S101  one file: PDF, or PNG of one page
    return compiled


@functools.cache
def _fonts() -> typst.Fonts:
    paths = [str(resources.files(package) / folder) for package, folder in _FOLDERS]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=paths)
