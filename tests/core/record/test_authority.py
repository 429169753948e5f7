"""Which key may sign what for whom."""

from dataclasses import replace

import pytest

from provenance.core import errors
from provenance.core.record import authority
from provenance.core.record.state import KeyState
from provenance.core.record.vocabulary import Act, KeyCustody, KeyPurpose
from tests.cast import START

ROOT = authority.Registrar("9520000000004", "z6MkRoot")
KEY = KeyState(
    genesis="a" * 64,
    position=0,
    head="a" * 64,
    party="9520000000011",
    purpose=KeyPurpose.ANY,
    custody=KeyCustody.EXTERNAL,
    enrolled_by=ROOT.public_key,
    enrolled_from=START,
)
ANOTHERS = replace(KEY, party="9520000000028")
ROOTS = replace(KEY, party=ROOT.gln, purpose=KeyPurpose.GOODS)
ROOTS_REVOKED = replace(ROOTS, revoked="b" * 64)
GOODS, REGISTRY = (
    replace(KEY, purpose=purpose) for purpose in (KeyPurpose.GOODS, KeyPurpose.REGISTRY)
)
REVOKED = replace(KEY, revoked="b" * 64)
PARTY, OTHER = ("9520000000011", "z6MkOne"), ("9520000000011", "z6MkRoot")
REGISTRAR = (ROOT.gln, ROOT.public_key)


@pytest.mark.parametrize(
    ("who", "key", "kind", "code"),
    [
        pytest.param(PARTY, KEY, Act.SELL, None, id="for anything"),
        pytest.param(PARTY, GOODS, Act.SELL, None, id="for goods"),
        pytest.param(PARTY, GOODS, Act.KEY_ADDED, "key-not-authorised", id="not for claims"),
        pytest.param(PARTY, REGISTRY, Act.KEY_ADDED, None, id="for claims"),
        pytest.param(PARTY, REGISTRY, Act.SELL, "key-not-authorised", id="not for goods"),
        pytest.param(PARTY, REVOKED, Act.SELL, "key-revoked", id="revoked"),
        pytest.param(PARTY, ANOTHERS, Act.SELL, "key-not-authorised", id="another party's"),
        pytest.param(PARTY, None, Act.SELL, "key-not-authorised", id="unknown"),
        pytest.param(OTHER, None, Act.SELL, "key-not-authorised", id="the root's, for another"),
        pytest.param(REGISTRAR, None, Act.PARTY_REGISTERED, None, id="the root, not enrolled"),
        pytest.param(REGISTRAR, ROOTS, Act.KEY_ADDED, None, id="the root, whatever its purpose"),
        pytest.param(
            REGISTRAR, ROOTS_REVOKED, Act.KEY_ADDED, "key-revoked", id="the root, revoked"
        ),
    ],
)
def test_a_key_speaks_for_its_party_within_its_purpose(
    who: tuple[str, str], key: KeyState | None, kind: Act, code: str | None
) -> None:
    caught = None
    try:
        authority.check_key(*who, kind, key_of=lambda _: key, registrar=ROOT)
    except errors.ProvenanceError as error:
        caught = error.code
    assert caught == code
    if key is not None and key.party == who[0] == KEY.party:
        assert authority.may_sign(key, kind) is (code is None)
