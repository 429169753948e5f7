"""Clean text: one spelling, with nothing in it that is not seen (docs/format.md, "Texts").

Every text of a signed document passes `check`, at capture and in a bundle's check, so the rule
MUST give one answer in every version of Unicode: characters that a version does not know yet
pass here, and `check_known` refuses them where documents are taken in.
"""

import unicodedata
from typing import Any, Final

from provenance.core import errors, printing

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_JOINERS: Final = "\u200c\u200d"
# Scripts whose letters join, and are written apart or together by a joiner between them: the
# first words of the names of their letters.
_JOINING: Final = frozenset(
    {
        *("ARABIC", "SYRIAC", "MONGOLIAN", "NKO", "DEVANAGARI", "BENGALI"),
        *("GURMUKHI", "GUJARATI", "ORIYA", "TAMIL", "TELUGU", "KANNADA"),
        *("MALAYALAM", "SINHALA", "KHMER", "MYANMAR", "TIBETAN"),
    }
)


def check(text: str) -> None:
    """Raise BadText unless `text` is in Normalization Form C and holds no control, format or
    private character and no filler, except where a script needs it: a joiner between two of its
    letters, a variation selector after a Han character or a Mongolian letter.
    """
    if text.isascii():
        if not text.isprintable():
            _check_seen(text)
        return
    if not unicodedata.is_normalized("NFC", text):
        raise errors.BadText(f"expected Unicode Normalization Form C: {text:.60}")
    _check_seen(text)


def check_known(value: Any) -> None:
    """Raise BadText for a character anywhere in a JSON value that this version of Unicode has not
    assigned: whether it can be seen, and how it is normalised, is not known yet.
    """
    for text in within(value):
        odd = next((character for character in text if unicodedata.category(character) == "Cn"), "")
        if odd:
            raise errors.BadText(f"no character that is known here: {_spelt(odd)}")


def within(value: Any) -> list[str]:
    """Return every text in a JSON value, names of members too."""
    texts: list[str] = []
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            waiting += part
            waiting += part.values()
    return texts


def normal(value: Any) -> Any:
    """Return a JSON value with its texts in Normalization Form C; names of members stay."""
    if isinstance(value, str):
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    if isinstance(value, list | tuple):
        return [normal(part) for part in value]
    if isinstance(value, dict):
        return {name: normal(part) for name, part in value.items()}
    return value


def unseen(character: str) -> bool:
    """Whether a character by itself shows nothing."""
    return unicodedata.category(character) in _UNSEEN or bool(printing.BLANK.match(character))


def _check_seen(text: str) -> None:
    for place, character in enumerate(text):
        if unseen(character) and not _needed(text, place):
            raise errors.BadText(f"a character that is not seen: {_spelt(character)}")


def _needed(text: str, place: int) -> bool:
    """Whether the script around the unseen character at `place` cannot be written without it."""
    before, after = (text[n : n + 1] if n >= 0 else "" for n in (place - 1, place + 1))
    if text[place] in _JOINERS:
        return _script(before) == _script(after) in _JOINING
    selects = _script(text[place]) in ("VARIATION", "MONGOLIAN")
    return selects and _script(before) in ("CJK", "MONGOLIAN")


def _script(character: str) -> str:
    """The first word of the name of a letter, mark or selector."""
    is_letter = bool(character) and unicodedata.category(character)[0] in "LM"
    return unicodedata.name(character, "").partition(" ")[0] if is_letter else ""


def _spelt(character: str) -> str:
    return f"U+{ord(character):04X}"
