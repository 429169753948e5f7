"""Digital Links: GS1's own answers, then one fault at a time."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.core import errors, gs1
from provenance.core.gs1 import ai, identifiers
from tests import shared

CODES = {"bad-digital-link", "bad-identifier", "bad-check-digit"}


def vectors() -> list[Any]:
    path = shared.vectors("digital-link") / "parse_dl_uri.json"
    published: list[Any] = json.loads(path.read_text())["vectors"]
    return published


def element_string(link: gs1.DigitalLink) -> str:
    """The element string that a barcode would hold, each FNC1 written as `^`."""
    text, ended = "", False
    for code, value in link.elements:
        text += code + value if ended else f"^{code}{value}"
        ended = ai.fixed_length(code) > 0
    return text


def test_every_uri_is_read_as_the_gs1_engine_reads_it() -> None:
    known = {"PermitZeroSuppressedGTINinDLuris", "PermitUnknownAIs"}
    # Two settings that can only make the engine accept more or less of a link which is
    # refused either way.
    known |= {"permitConvenienceAlphas", "ValidationEnabled:UNKNOWN_AI_NOT_DL_ATTR"}
    wrong = []
    for vector in vectors():
        accepted, uri, expected = vector["args"]
        settings = vector["settings"]
        assert set(settings) <= known
        try:
            link = gs1.parse_digital_link(
                uri,
                zero_suppressed_gtin=settings.get("PermitZeroSuppressedGTINinDLuris", False),
                unknown_ais=settings.get("PermitUnknownAIs", False),
            )
        except errors.ProvenanceError as error:
            if accepted or error.code not in CODES:
                wrong.append((uri, error.code))
        else:
            if not accepted or element_string(link) != expected:
                wrong.append((uri, element_string(link)))
    assert wrong == []


@pytest.mark.parametrize(
    "uri",
    [
        "https://a/01/09520123456788/21/A?17=261122",
        "https://a/01/09520123456788/22/1/10/2/21/3",
        "https://a/01/09520123456788/235/TPX",
        "https://a/414/9520123456788/7040/1ABC",
        "https://a/415/9520123456788/8020/REF",
        "https://a/417/9520123456788/7040/1ABC",
        "https://a/8004/9520614141234567/7040/1ABC",
        "https://a/8006/095201234567880102/21/1",
        "https://a/8010/9520ABC/8011/12",
        "https://a/8017/952012345678901233/8019/1",
        "https://a/8013/1987654Ad4X4bL5ttr2310c2K",
        "https://a:8443/01/09520123456788",
        "HTTPS://A.EXAMPLE/01/09520123456788",
        "https://a/00/x/01/09520123456788",
        "https://a/stem/00/006141411234567890/01/09520123456788",
        "https://a/01/09520123456788?17=261122&other=1&other=2",
    ],
)
def test_every_kind_of_key_is_accepted(uri: str) -> None:
    link = gs1.parse_digital_link(uri)
    assert element_string(link).startswith("^" + link.key + link.value)


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        pytest.param("Https://a/01/09520123456788", "bad-digital-link", id="mixed-case scheme"),
        pytest.param("ftp://a/01/09520123456788", "bad-digital-link", id="other scheme"),
        pytest.param("javascript:alert(1)", "bad-digital-link", id="script"),
        pytest.param("https://u:p@a/01/09520123456788", "bad-digital-link", id="user information"),
        pytest.param(
            "https://[fe80::1%25lo]/01/09520123456788", "bad-digital-link", id="IPv6 zone"
        ),
        pytest.param("https:///01/09520123456788", "bad-digital-link", id="no domain"),
        pytest.param("https://a\\b/01/09520123456788", "bad-digital-link", id="backslash"),
        pytest.param("https://a/01/9520123456788", "bad-identifier", id="GTIN-13"),
        pytest.param("https://a/01/09520123456787", "bad-check-digit", id="wrong check digit"),
        pytest.param("https://a/01/09520123456788/21/", "bad-identifier", id="empty serial"),
        pytest.param("https://a/01/09520123456788/", "bad-digital-link", id="slash at the end"),
        pytest.param(
            "https://a/01/09520123456788/21/1/10/2",
            "bad-digital-link",
            id="qualifiers out of order",
        ),
        pytest.param(
            "https://a/01/09520123456788/10/1/10/2", "bad-digital-link", id="qualifier twice"
        ),
        pytest.param(
            "https://a/01/09520123456788/235/1/21/2", "bad-digital-link", id="alternatives mixed"
        ),
        pytest.param(
            "https://a/00/006141411234567890/21/1",
            "bad-digital-link",
            id="qualifier of another key",
        ),
        pytest.param(
            "https://a/01/09520123456788/99/1", "bad-digital-link", id="attribute in the path"
        ),
        pytest.param("https://a/01/09520123456788/21/%00", "bad-digital-link", id="NUL"),
        pytest.param(
            "https://a/01/09520123456788/21/%C3%84", "bad-digital-link", id="beyond ASCII"
        ),
        pytest.param("https://a/01/09520123456788/21/%2", "bad-digital-link", id="half an escape"),
        pytest.param(
            "https://a/01/09520123456788/21/%20", "bad-identifier", id="space in a serial"
        ),
        pytest.param(
            "https://a/01/09520123456788/21/" + "A" * 21, "bad-identifier", id="serial too long"
        ),
        pytest.param(
            "https://a/01/09520123456788?17=261122&17=261123",
            "bad-digital-link",
            id="attribute twice",
        ),
        pytest.param(
            "https://a/01/09520123456788?01=09520123456788",
            "bad-digital-link",
            id="key again in query",
        ),
        pytest.param(
            "https://a/01/09520123456788?10=A", "bad-digital-link", id="qualifier in the query"
        ),
        pytest.param(
            "https://a/01/09520123456788?21=A", "bad-digital-link", id="serial in the query"
        ),
        pytest.param(
            "https://a/00/006141411234567890?21=A",
            "bad-digital-link",
            id="qualifier of another key in the query",
        ),
        pytest.param("https://a/01/09520123456788?17=", "bad-identifier", id="empty attribute"),
        pytest.param(
            "https://a/01/09520123456788?17", "bad-identifier", id="attribute without value"
        ),
        pytest.param(
            "https://a/01/09520123456788?17=261322", "bad-identifier", id="date of month 13"
        ),
        pytest.param(
            "https://a/01/09520123456788?89=A", "bad-digital-link", id="no such identifier"
        ),
        pytest.param("https://a/01/09520123456788?12345=A", "bad-digital-link", id="five digits"),
        pytest.param("https://a/gtin/09520123456788", "bad-digital-link", id="key by name"),
        pytest.param("https://a/01/09520123456788/21/A\n", "bad-digital-link", id="line break"),
        pytest.param(
            "https://a/01/09520123456788?99=" + "A" * 2048, "bad-digital-link", id="4 KB of text"
        ),
    ],
)
def test_one_fault_is_refused_by_its_code(uri: str, code: str) -> None:
    with pytest.raises(errors.ProvenanceError) as caught:
        gs1.parse_digital_link(uri)
    assert caught.value.code == code


def test_plus_is_a_space_in_the_query_and_itself_in_the_path() -> None:
    assert gs1.parse_digital_link("https://a/01/09520123456788/21/a+b").qualifiers == (
        ("21", "a+b"),
    )
    with pytest.raises(errors.BadIdentifier):
        gs1.parse_digital_link("https://a/01/09520123456788?99=a+b")


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_by_a_code(text: str) -> None:
    for uri in (text, "https://a/" + text, "https://a/01/09520123456788" + text):
        with contextlib.suppress(errors.BadDigitalLink, errors.BadIdentifier, errors.BadCheckDigit):
            gs1.parse_digital_link(uri)


@given(
    st.text(identifiers.CSET82, min_size=1, max_size=20),
    st.text(identifiers.CSET82, min_size=1, max_size=20),
)
def test_values_come_back_as_they_went_in(lot: str, serial: str) -> None:
    uri = gs1.link_for("https://a", gs1.item("09520123456788", serial))
    assert gs1.parse_digital_link(uri).qualifiers == (("21", serial),)
    assert gs1.parse_digital_link(gs1.lot_uri("09520123456788", lot)).qualifiers == (("10", lot),)
