"""Printing: text from outside as a part of one line for people."""

import re
from typing import Final

MOST_SHOWN: Final = 300
# Letters and marks that show nothing, though Python counts them as printable.
BLANK: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)


def printable(text: str, length: int = MOST_SHOWN) -> str:
    """Return `text` as a part of one line for people, `length` characters at most: a
    longer text is cut, blanks in a row become a single blank, and what would move the cursor, turn
    the writing around or stay invisible is escaped as in Python (line breaks, control
    and format characters, fillers, halves of surrogate pairs).
    """
    escaped = "".join(
        character
        if character.isprintable() and not BLANK.match(character)
        else character.encode("unicode_escape").decode()
        for character in text[: length + 1]
    )
    shown = re.sub(" +", " ", escaped)
    if max(len(text), len(shown)) <= length:
        return shown
    return shown[: length - 1] + "…"
