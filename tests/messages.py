"""The messages marked for translation: extracted from the sources, written into the
.po files, and compiled, without GNU gettext.

python -m tests.messages    bring the .po files up to date with the sources, and the
                            .mo files with them
"""

import functools
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "provenance" / "locale"
LANGUAGES = ("zh_Hans", "ar", "es")
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "gettext_noop": None,
}


def sources() -> list[Path]:
    """The Python files of both apps, and all templates."""
    python = (path for app in ("provenance", "customs") for path in (ROOT / app).rglob("*.py"))
    return sorted([*python, *(ROOT / "templates").rglob("*.html")])


@functools.cache
def extracted() -> Catalog:
    """Every message in the sources."""
    catalog = Catalog(project="Custos", charset="utf-8")
    for path in sources():
        text = path.read_text()
        if path.suffix == ".html":
            text = templatize(text, origin=str(path))
        name = path.relative_to(ROOT).as_posix()
        for line, message, _comments, context in extract(
            "python", io.BytesIO(text.encode()), keywords=KEYWORDS
        ):
            catalog.add(message, locations=[(name, line)], context=context)
    return catalog


def read(language: str) -> Catalog:
    """The translations into `language`."""
    with (LOCALE / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        catalog = read_po(file, locale=language)
    catalog.creation_date = catalog.revision_date = (
        _NO_DATE  # else the compiled file would change every minute
    )
    return catalog


def compiled(catalog: Catalog) -> bytes:
    """The .mo file of a catalogue."""
    output = io.BytesIO()
    write_mo(output, catalog)
    return output.getvalue()


def update() -> None:
    """Bring the files of every language up to date; a new message has an empty
    translation.
    """
    for language in LANGUAGES:
        folder = LOCALE / language / "LC_MESSAGES"
        folder.mkdir(parents=True, exist_ok=True)
        po = folder / "django.po"
        catalog = (
            read(language)
            if po.exists()
            else Catalog(locale=language, project="Custos", charset="utf-8")
        )
        catalog.update(extracted(), no_fuzzy_matching=True)
        catalog.obsolete.clear()
        output = io.BytesIO()
        write_po(output, catalog, sort_output=True, omit_header=False, width=110, no_location=True)
        lines = [
            line for line in output.getvalue().decode().splitlines() if not line.startswith(_STAMPS)
        ]
        po.write_text("\n".join(lines) + "\n")
        (folder / "django.mo").write_bytes(compiled(read(language)))


_NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)
_STAMPS = (
    '"POT-Creation-Date',
    '"PO-Revision-Date',
    '"Generated-By',
    '"Report-Msgid',
    '"Last-Translator',
    '"Language-Team',
    "# Translations template",
    "# Copyright",
    "# This file is",
    "# FIRST AUTHOR",
    "#, fuzzy",
)

if __name__ == "__main__":
    update()
