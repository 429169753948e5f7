"""Which key may sign what for whom."""

from dataclasses import replace

import pytest

from provenance.core import errors
from provenance.core.record import authority
from provenance.core.record.kinds import KeyPurpose, Kind
from provenance.core.record.state import KeyState

ROOT = authority.Registrar("9520000000004", "z6MkRoot")
KEY = KeyState(KeyPurpose.ANY, "external", "a" * 64)
GOODS, REGISTRY = (replace(KEY, purpose=purpose) for purpose in ("goods", "registry"))
REVOKED = replace(KEY, revoked="b" * 64)
PARTY, OTHER = ("9520000000011", "z6MkOne"), ("9520000000011", "z6MkRoot")
REGISTRAR = (ROOT.gln, ROOT.public_key)


@pytest.mark.parametrize(
    ("who", "key", "kind", "code"),
    [
        pytest.param(PARTY, KEY, Kind.SELL, None, id="for anything"),
        pytest.param(PARTY, GOODS, Kind.SELL, None, id="for goods"),
        pytest.param(PARTY, GOODS, Kind.KEY_ADDED, "key-not-authorised", id="not for claims"),
        pytest.param(PARTY, REGISTRY, Kind.KEY_ADDED, None, id="for claims"),
        pytest.param(PARTY, REGISTRY, Kind.SELL, "key-not-authorised", id="not for goods"),
        pytest.param(PARTY, REVOKED, Kind.SELL, "key-revoked", id="revoked"),
        pytest.param(PARTY, None, Kind.SELL, "key-not-authorised", id="unknown"),
        pytest.param(OTHER, None, Kind.SELL, "key-not-authorised", id="the root's, for another"),
        pytest.param(REGISTRAR, None, Kind.PARTY_REGISTERED, None, id="the root, not enrolled"),
        pytest.param(REGISTRAR, GOODS, Kind.KEY_ADDED, None, id="the root, whatever its purpose"),
        pytest.param(REGISTRAR, REVOKED, Kind.KEY_ADDED, "key-revoked", id="the root, revoked"),
    ],
)
def test_a_key_speaks_for_its_party_within_its_purpose(
    who: tuple[str, str], key: KeyState | None, kind: Kind, code: str | None
) -> None:
    caught = None
    try:
        authority.check_key(*who, kind, key=key, registrar=ROOT)
    except errors.ProvenanceError as error:
        caught = error.code
    assert caught == code
    if key is not None and who == PARTY:
        assert authority.may_sign(key, kind) is (code is None)
