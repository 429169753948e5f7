"""The forms of members of claims: how each is read from JSON, strictly, and written."""

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Any, Final, NamedTuple

from provenance.core import errors, gs1
from provenance.core.epcis import shape
from provenance.core.record.vocabulary import (
    KeyCustody,
    KeyPurpose,
    RevocationReason,
    RightKind,
    Role,
)

MAX_TEXT: Final = shape.MAX_TEXT
MAX_LOTS: Final = 100
_COUNTRY_LETTERS: Final = 2
_PARTY, _PRODUCT, _RIGHT = gs1.SubjectKind.PARTY, gs1.SubjectKind.PRODUCT, gs1.SubjectKind.RIGHT
_KEY = gs1.SubjectKind.KEY


class Form(NamedTuple):
    """The JSON form of a member: `read` raises ValueError or a ProvenanceError for any other.

    `consulted` gives the URIs of subjects whose state decides about the claim.
    """

    read: Callable[[Any], Any]
    write: Callable[[Any], Any] = lambda value: value
    consulted: Callable[[Any], list[str]] = lambda _value: []


def is_country(text: Any) -> bool:
    """Whether `text` has the form of an ISO 3166-1 alpha-2 code."""
    return (
        isinstance(text, str)
        and len(text) == _COUNTRY_LETTERS
        and text.isascii()
        and text.isalpha()
        and text.isupper()
    )


def read_date(text: Any) -> date:
    """Return an ISO 8601 calendar date YYYY-MM-DD. Raises BadTimestamp."""
    try:
        day = date.fromisoformat(text)
    except (TypeError, ValueError):
        day = None
    if day is None or day.isoformat() != text:
        raise errors.BadTimestamp(f"expected a date YYYY-MM-DD, got {text!r}")
    return day


def _require(fits: bool) -> None:
    if not fits:
        raise ValueError


def _text(value: Any) -> str:
    _require(isinstance(value, str) and 0 < len(value) <= MAX_TEXT)
    return str(value)


def _optional_text(value: Any) -> str:
    _require(isinstance(value, str) and len(value) <= MAX_TEXT)
    return str(value)


def _day(value: Any) -> str:
    return read_date(value).isoformat()


def _optional_day(value: Any) -> str | None:
    return None if value is None else _day(value)


def _country(value: Any) -> str:
    _require(is_country(value))
    return str(value)


def _country_or_unknown(value: Any) -> str:
    return "" if value == "" else _country(value)


def _prefix(value: Any) -> str:
    _require(isinstance(value, str))
    return gs1.parse_prefix(value)


def _word(vocabulary: type[StrEnum]) -> Form:
    def read(value: Any) -> StrEnum:
        _require(isinstance(value, str))
        return vocabulary(value)

    return Form(read)


def subject_of(value: Any, kind: gs1.SubjectKind) -> gs1.Subject:
    """Return the subject of this kind that a URI names. Raises ValueError for another kind,
    BadIdentifier and BadCheckDigit for no subject's URI.
    """
    _require(isinstance(value, str))
    subject = gs1.parse_subject(value)
    _require(subject.kind is kind)
    return subject


def list_of(form: Form) -> Form:
    """A list, each of whose different entries has the form."""

    def read(value: Any) -> tuple[Any, ...]:
        _require(isinstance(value, list) and len(value) == len(set(map(str, value))))
        return tuple(map(form.read, value))

    return Form(
        read,
        lambda values: [form.write(value) for value in values],
        lambda values: [uri for value in values for uri in form.consulted(value)],
    )


def _at_most(limit: int, form: Form) -> Form:
    def read(value: Any) -> Any:
        entries = form.read(value)
        _require(len(entries) <= limit)
        return entries

    return form._replace(read=read)


def _some(form: Form) -> Form:
    def read(value: Any) -> Any:
        _require(bool(value))
        return form.read(value)

    return form._replace(read=read)


TEXT, OPTIONAL_TEXT = Form(_text), Form(_optional_text)
DAY, OPTIONAL_DAY = Form(_day), Form(_optional_day)
COUNTRY, COUNTRY_OR_UNKNOWN = Form(_country), Form(_country_or_unknown)
PARTY = Form(
    lambda value: subject_of(value, _PARTY).gln, gs1.party_uri, lambda gln: [gs1.party_uri(gln)]
)
PRODUCT = Form(lambda value: subject_of(value, _PRODUCT).gtin, gs1.product_uri)
LOTS = _at_most(MAX_LOTS, list_of(Form(lambda value: subject_of(value, gs1.SubjectKind.LOT).uri)))
KEY = Form(
    lambda value: subject_of(value, _KEY).public_key, gs1.key_uri, lambda key: [gs1.key_uri(key)]
)
LICENCE = Form(lambda value: subject_of(value, _RIGHT).uri)
RIGHT = LICENCE._replace(consulted=lambda uri: [uri])
PURPOSE, CUSTODY, REASON = _word(KeyPurpose), _word(KeyCustody), _word(RevocationReason)
KIND, ROLES = _word(RightKind), _some(list_of(_word(Role)))
PREFIXES = list_of(Form(_prefix))
