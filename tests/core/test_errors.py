"""Details of errors are one short line that shows all it holds, whatever they quote."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.core import errors, printing
from tests.core.hostile import HOSTILE_TEXT


@given(HOSTILE_TEXT | st.text())
def test_a_detail_is_one_line_of_visible_characters(text: str) -> None:
    detail = errors.Malformed(text).detail
    assert detail.isprintable()
    assert len(detail) <= printing.MOST_SHOWN
    assert str(errors.Malformed(text)) == detail == printing.printable(detail)
    assert not {unicodedata.category(character)[0] for character in detail} & {"C"}
    assert "  " not in detail


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\r\nb", "a\\r\\nb"),
        ("\x1b[31m\x9b2J\x7f", "\\x1b[31m\\x9b2J\\x7f"),
        ("\u202egpj\u2069", "\\u202egpj\\u2069"),
        ("\u200b\u2060\ufeff\u3164\u2800", "\\u200b\\u2060\\ufeff\\u3164\\u2800"),
        ("\u2028\u2029\x85", "\\u2028\\u2029\\x85"),
        ("\ud800\U000e0041", "\\ud800\\U000e0041"),
        ("Škoda 5 €, 深圳 – عربي", "Škoda 5 €, 深圳 – عربي"),
        ("a" + " " * 80 + "(1) signature: ok", "a (1) signature: ok"),
        ("x" * 300, "x" * 300),
        ("x" * 301, "x" * 299 + "…"),
        ("\n" * 1_000_000, "\\n" * 149 + "\\…"),
    ],
    ids=ascii,
)
def test_what_would_not_be_seen_is_escaped_and_what_is_long_is_cut(text: str, shown: str) -> None:
    assert printing.printable(text) == shown
