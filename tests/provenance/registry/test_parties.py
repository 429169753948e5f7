"""Parties, keys and products: who registers whom, keys at rest, and what a thief of the
table would find.
"""

from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from pytest_django import Settings

from provenance.core import gs1
from provenance.core.record.event import issuer_did
from provenance.core.record.vocabulary import Act, RevocationReason, Role
from provenance.core.signing import keys
from provenance.models import Event, KeptKey, Party, Product, SigningKey, Subject
from provenance.services import keyring
from provenance.services.registry import parties
from provenance.services.registry.parties import NewParty, NewProduct
from tests import cast
from tests.captured import Captured, refused
from tests.cast import RIGHT, Actor

pytestmark = pytest.mark.usefixtures("rebuilds_clean")
GLN, OTHER = gs1.make_gln("952000", 801), gs1.make_gln("952000", 802)
BAD_PREFIX = {"name": "X", "country": "", "roles": ["maker"], "prefixes": ["952"]}
OWN, FURTHER = keys.generate(b"o" * 32), keys.generate(b"f" * 32)


def own_key(gln: str = GLN, private: keys.PrivateKey = OWN) -> tuple[str, str]:
    """A key that the party holds itself, and the proof that it does."""
    return keys.encode_public(keys.public_of(private)), keys.prove_possession(
        private, issuer_did(settings.CUSTOS_DID_HOST, gln)
    )


# --- parties ------------------------------------------------------------------------


@pytest.mark.usefixtures("db")
def test_the_registrar_registers_itself_once() -> None:
    first = parties.bootstrap()
    count = Event.objects.count()
    assert parties.bootstrap() == first
    assert Event.objects.count() == count
    assert first.roles == ["registrar"]
    assert first.keys.get().public_key == keyring.registrar().public_key


def test_a_party_is_registered_with_a_key_that_is_kept_for_it(world: Captured) -> None:
    roles = [Role.CARRIER, Role.WAREHOUSE]
    party = parties.register(GLN, "Tidewater Ltd", "GB", roles, prefixes=["952000"])
    assert (party.name, party.country, party.roles, party.prefixes, party.imported) == (
        "Tidewater Ltd",
        "GB",
        ["carrier", "warehouse"],
        ["952000"],
        False,
    )
    key = party.keys.get()
    assert (key.custody, key.purpose, key.revoked_at) == ("server", "any", None)
    world.sign_for(Actor(GLN, OWN), Act.COMMISSION, world.unit(1))


@pytest.mark.usefixtures("world")
def test_a_party_is_registered_once() -> None:
    parties.register(GLN, "Tidewater Ltd", "GB", [Role.CARRIER])
    with refused("already-registered"):
        parties.register(GLN, "Tidewater Ltd", "GB", [Role.CARRIER])
    assert (
        KeptKey.objects.count() == SigningKey.objects.filter(custody="server").count() - 1
    )  # the registrar's


def test_the_registrar_amends_a_party_whose_keys_and_origin_stay(world: Captured) -> None:
    evidence = [{"type": "SourceFileRow", "file": "deliveries.csv", "row": 7}]
    parties.register_many([NewParty(GLN, "Tidewater Ltd", "GB", [Role.MAKER], evidence)])
    kept = Party.objects.get(gln=GLN).keys.get().public_key
    with refused("foreign-prefix"):
        parties.register_product(NewProduct(GLN, GTIN, "Kettle"))
    party = parties.amend(NewParty(GLN, "Tideway", "GB", [Role.MAKER], prefixes=["952000"]))
    assert (party.name, party.prefixes, party.imported) == ("Tideway", ["952000"], True)
    assert party.keys.get().public_key == kept
    parties.register_product(NewProduct(GLN, GTIN, "Kettle"))
    with refused("unknown-party"):
        parties.amend(NewParty(OTHER, "Nobody", "GB", [Role.MAKER]))
    with refused("bad-identifier"):
        world.claim(world.registrar, Act.PARTY_REGISTERED, gs1.party_uri(GLN), **BAD_PREFIX)


def test_nobody_but_the_registrar_registers_parties(world: Captured) -> None:
    for who in (world.maker, world.office, world.mallory):
        with refused("not-permitted"):
            world.claim(
                who,
                Act.PARTY_REGISTERED,
                gs1.party_uri(GLN),
                name="X",
                country="CN",
                roles=["carrier"],
                prefixes=[],
            )


@pytest.mark.usefixtures("world")
def test_a_party_from_a_file_says_so() -> None:
    evidence = [{"type": "SourceFileRow", "file": "deliveries.csv", "row": 7}]
    parties.register_many(
        [
            NewParty(GLN, "Tidewater Ltd", "", [Role.MAKER], evidence),
            NewParty(OTHER, "Own", "NL", [Role.MAKER]),
        ]
    )
    assert Party.objects.get(gln=GLN).imported
    assert not Party.objects.get(gln=OTHER).imported


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": ""}, "malformed"),
        ({"name": "x" * 301}, "malformed"),
        ({"country": "Germany"}, "malformed"),
        ({"country": "de"}, "malformed"),
        ({"roles": []}, "malformed"),
        ({"roles": ["king"]}, "malformed"),
        ({"gln": "9520000000010"}, "bad-check-digit"),
        ({"gln": "952"}, "bad-identifier"),
    ],
)
def test_a_party_that_makes_no_sense_is_refused(change: dict[str, Any], code: str) -> None:
    plain: dict[str, Any] = {
        "gln": GLN,
        "name": "Tidewater Ltd",
        "country": "GB",
        "roles": ["carrier"],
    }
    with refused(code):
        parties.register(**plain | change)
    assert not Party.objects.filter(gln=GLN).exists()


# --- keys ---------------------------------------------------------------------------


def test_a_first_key_is_enrolled_by_the_registrar_and_the_next_by_the_party(
    world: Captured,
) -> None:
    parties.register(GLN, "Tidewater Ltd", "GB", [Role.CARRIER], keep_key=False)
    first = parties.add_key(GLN, *own_key())
    assert Event.objects.get(digest=first).issuer == keyring.registrar().gln
    with refused("no-kept-key"):  # its own system must sign for a further one
        parties.add_key(GLN, *own_key(GLN, FURTHER))
    further = parties.add_key(world.maker.gln, *own_key(world.maker.gln, FURTHER))
    assert Event.objects.get(digest=further).issuer == world.maker.gln


def test_a_party_does_not_enrol_keys_for_another(world: Captured) -> None:
    enrolment = cast.enrolment(world.carrier.uri, OWN, host=world.host)
    with refused("not-permitted"):
        world.claim(world.mallory, Act.KEY_ADDED, cast.key_uri(OWN), **enrolment)


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("public", "possession", "code"),
    [
        (own_key()[0], own_key(OTHER)[1], "bad-possession"),
        (own_key()[0], "z1", "bad-possession"),
        (keys.encode_public(bytes([1]) + bytes(31)), own_key()[1], "weak-key"),
        (keys.encode_public(bytes(32)), own_key()[1], "weak-key"),
        ("z6MkNot", own_key()[1], "malformed"),
    ],
    ids=["for another party", "no proof", "low order", "zero", "no key"],
)
def test_a_key_that_is_not_held_or_weak_is_not_enrolled(
    public: str, possession: str, code: str
) -> None:
    parties.register(GLN, "Tidewater Ltd", "GB", [Role.CARRIER], keep_key=False)
    with refused(code):
        parties.add_key(GLN, public, possession)
    assert not SigningKey.objects.filter(party__gln=GLN).exists()


@pytest.mark.usefixtures("world")
def test_a_key_is_enrolled_once_and_for_one_party() -> None:
    for gln in (GLN, OTHER):
        parties.register(gln, "Tidewater Ltd", "GB", [Role.CARRIER], keep_key=False)
    parties.add_key(GLN, *own_key())
    with refused("already-registered"):
        parties.add_key(OTHER, *own_key(OTHER))
    parties.revoke_key(GLN, own_key()[0])
    with refused("already-registered"):
        parties.add_key(GLN, *own_key())


def test_a_revoked_key_is_used_no_more(world: Captured) -> None:
    kept = SigningKey.objects.get(party__gln=world.maker.gln, custody="server")
    digest = parties.revoke_key(world.maker.gln, kept.public_key, RevocationReason.COMPROMISED)
    kept.refresh_from_db()
    assert (kept.reason, kept.revoked_by, kept.revoked_at is not None) == (
        "compromised",
        digest,
        True,
    )
    with refused("no-kept-key"):
        world.sign_for(world.maker, Act.COMMISSION, world.item("A1"))
    with refused("illegal-transition"):
        parties.revoke_key(world.maker.gln, kept.public_key)


def test_a_key_that_was_never_enrolled_cannot_be_revoked(world: Captured) -> None:
    with refused("illegal-transition"):
        parties.revoke_key(world.maker.gln, own_key()[0])


@pytest.mark.usefixtures("world")
def test_unknown_parties_have_no_keys() -> None:
    with refused("unknown-party"):
        parties.add_key(GLN, *own_key())
    with refused("unknown-party"):
        parties.revoke_key(GLN, own_key()[0])


# --- keys at rest -------------------------------------------------------------------


@pytest.mark.usefixtures("world")
def test_a_private_key_is_never_in_the_database_in_the_clear() -> None:
    seeds = [private.private_bytes_raw() for private in keyring.make_many(5)]
    registrar = keyring.registrar_private().private_bytes_raw()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
        )
        tables = [name for (name,) in cursor.fetchall()]
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608
            text = "\n".join(row for (row,) in cursor.fetchall())
            for seed in (*seeds, registrar):
                assert seed.hex() not in text
                assert keys.encode_private(keys.generate(seed)) not in text
    assert "provenance_keptkey" in tables


@pytest.mark.usefixtures("world")
def test_the_same_seed_is_sealed_differently_each_time() -> None:
    assert keyring._encrypt(b"s" * 32, "k") != keyring._encrypt(b"s" * 32, "k")


def test_a_wrong_encryption_key_fails_loudly(world: Captured, settings: Settings) -> None:
    settings.CUSTOS_KEY_ENCRYPTION_KEY = "00" * 32
    with refused("key-locked"):
        world.sign_for(world.maker, Act.COMMISSION, world.item("A1"))


def test_a_sealed_key_does_not_open_in_another_row(world: Captured) -> None:
    mine = SigningKey.objects.get(party__gln=world.maker.gln, custody="server").public_key
    foreign = KeptKey.objects.exclude(public_key=mine).first()
    assert foreign is not None
    KeptKey.objects.filter(public_key=mine).update(encrypted_private=foreign.encrypted_private)
    with refused("key-locked"):
        world.sign_for(world.maker, Act.COMMISSION, world.item("A1"))


# --- products -----------------------------------------------------------------------

GTIN = gs1.make_gtin("952000", 801)


def test_a_product_is_registered_by_its_owner(world: Captured) -> None:
    parties.register_product(NewProduct(world.maker.gln, GTIN, "Kettle", "Loom", "7323", "CN"))
    product = Product.objects.get(gtin=GTIN)
    assert (product.name, product.brand, product.hs_code, product.origin) == (
        "Kettle",
        "Loom",
        "7323",
        "CN",
    )
    assert product.owner.gln == world.maker.gln
    world.sign_for(world.maker, Act.COMMISSION, gs1.item_uri(GTIN, "1"))


@pytest.mark.parametrize(
    ("who", "rights", "code"),
    [("carrier", False, "not-permitted"), ("mallory", True, "not-licensed")],
    ids=["no brand, no maker", "another's right"],
)
def test_a_product_that_its_owner_may_not_register_is_refused(
    world: Captured, who: str, rights: bool, code: str
) -> None:
    owner = getattr(world, who).gln
    with refused(code):
        parties.register_product(
            NewProduct(owner, GTIN, "Kettle", rights=[RIGHT] if rights else [])
        )


def test_a_product_is_registered_once_and_many_at_a_time(world: Captured) -> None:
    new = [
        NewProduct(world.maker.gln, gs1.make_gtin("952000", n), f"Kettle {n}")
        for n in range(900, 920)
    ]
    parties.register_products(new)
    assert Product.objects.filter(name__startswith="Kettle").count() == 20
    with refused("already-registered"):
        parties.register_product(new[0])
    assert Subject.objects.filter(kind="product").count() == 22
