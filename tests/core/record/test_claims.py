"""The registry rows of the table: what each claim says, who signs it, and when."""

from typing import Any

import pytest

from provenance.core import errors, gs1
from provenance.core.record.event import SignedEvent
from provenance.core.record.state import PartyState, ProductState, RightState
from provenance.core.record.vocabulary import Act, Role
from provenance.core.signing import keys
from tests import cast
from tests.cast import Actor, actor
from tests.core.record.acting import attempt, do, verdict
from tests.world import World

RIGHT, LICENCE, OTHER = (f"urn:uuid:0192f0c4-7b1e-7cc3-98c4-dc0c0c07398{n}" for n in "abc")
GTIN = gs1.make_gtin("952000", 5)
NEWCOMER = actor(58)
NEW_KEY = keys.generate(b"a second key".ljust(32))
NEW = cast.key_uri(NEW_KEY)
CARRIERS = cast.key_uri(World.carrier.private)


def claimed(world: World, by: Actor, kind: Act, uri: str, /, **members: Any) -> SignedEvent:
    """A signed claim behind the head of its subject, not yet part of the world."""
    return world.read(world.claim_document(by, kind, uri, **members))


def claim(world: World, by: Actor, kind: Act, uri: str, /, **changes: Any) -> str:
    """Try a claim with the usual members, and `changes`: `accepted`, or the refusal's code."""
    try:
        event = claimed(world, by, kind, uri, **usual(world, kind, uri) | changes)
    except errors.ProvenanceError as error:
        return error.code
    return verdict(world, event)


def usual(world: World, kind: Act, uri: str) -> dict[str, Any]:
    """The members of a claim, as they are where nothing is wrong."""
    members: dict[Act, dict[str, Any]] = {
        Act.PARTY_REGISTERED: {"name": "New", "country": "NL", "roles": ["maker"], "prefixes": []},
        Act.KEY_ADDED: cast.enrolment(world.carrier.uri, NEW_KEY, "device"),
        Act.KEY_REVOKED: {"reason": "retired"},
        Act.PRODUCT_REGISTERED: cast.a_product(world.maker),
        Act.PRODUCT_RECALLED: cast.a_recall(),
        Act.RIGHT_FILED: cast.a_right(world.maker, validUntil=None),
        Act.RIGHT_VERIFIED: {"reference": "CNIPA 1"},
        Act.RIGHT_ASSIGNED: {"newOwner": world.carrier.uri, "effectiveFrom": "2026-06-01"},
        Act.RIGHT_LAPSED: {"effectiveFrom": "2026-12-01", "reason": "not renewed"},
        Act.LICENCE_GRANTED: cast.a_licence(world.mallory, licence=LICENCE, validUntil=None),
        Act.LICENCE_REVOKED: {"licence": LICENCE, "effectiveFrom": "2026-11-20"},
    }
    return members[kind]


CLAIMS = [kind for kind in Act if kind.is_claim]
SUBJECT: dict[Act, str] = {
    Act.PARTY_REGISTERED: NEWCOMER.uri,
    Act.KEY_ADDED: NEW,
    Act.KEY_REVOKED: CARRIERS,
    Act.PRODUCT_REGISTERED: gs1.product_uri(GTIN),
    Act.PRODUCT_RECALLED: gs1.product_uri(cast.GTIN),
}


def subject(kind: Act) -> str:
    return SUBJECT.get(kind, RIGHT)


def ready(kind: Act) -> World:
    """A world in which the claim is due."""
    world = World()
    if subject(kind) == RIGHT and kind is not Act.RIGHT_FILED:
        assert claim(world, world.maker, Act.RIGHT_FILED, RIGHT) == "accepted"
    if kind is Act.LICENCE_REVOKED:
        assert claim(world, world.maker, Act.LICENCE_GRANTED, RIGHT) == "accepted"
    return world


# --- who signs ----------------------------------------------------------------------

SIGNERS: dict[Act, set[str]] = {
    Act.PARTY_REGISTERED: {"registrar"},
    Act.KEY_ADDED: {"registrar", "carrier"},  # the carrier's own second key
    Act.KEY_REVOKED: {"registrar", "carrier"},
    Act.PRODUCT_REGISTERED: {"maker"},
    Act.PRODUCT_RECALLED: {"maker"},
    Act.RIGHT_FILED: {"maker"},
    Act.RIGHT_VERIFIED: {"office", "registrar"},
    Act.RIGHT_ASSIGNED: {"maker"},
    Act.RIGHT_LAPSED: {"maker", "office", "registrar"},
    Act.LICENCE_GRANTED: {"maker"},
    Act.LICENCE_REVOKED: {"maker"},
}


@pytest.mark.parametrize("kind", CLAIMS)
def test_a_claim_is_signed_by_its_signer_and_nobody_else(kind: Act) -> None:
    codes = {
        name: claim(ready(kind), who, kind, subject(kind))
        for name, who in ready(kind).everybody.items()
    }
    assert {name for name, code in codes.items() if code == "accepted"} == SIGNERS[kind]
    assert set(codes.values()) == {"accepted", "not-permitted"}


@pytest.mark.parametrize("kind", [kind for kind in CLAIMS if kind is not Act.PARTY_REGISTERED])
def test_who_is_not_registered_claims_nothing(kind: Act) -> None:
    world = ready(kind)
    owner = {"owner": NEWCOMER.uri} if kind in (Act.PRODUCT_REGISTERED, Act.RIGHT_FILED) else {}
    assert claim(world, NEWCOMER, kind, subject(kind), **owner) == "unknown-party"


def test_a_registrar_in_name_alone_registers_nobody() -> None:
    world = World()
    false = Actor(world.registrar.gln, world.mallory.private)
    assert claim(world, false, Act.PARTY_REGISTERED, NEWCOMER.uri) == "not-permitted"


@pytest.mark.parametrize(
    "role", ["brand", "maker", "carrier", "warehouse", "retailer", "customs_authority", "ip_office"]
)
def test_a_party_is_registered_in_the_roles_that_the_design_names(role: str) -> None:
    world = World()
    by, uri = world.registrar, NEWCOMER.uri
    assert claim(world, by, Act.PARTY_REGISTERED, uri, roles=["pirate"]) == "malformed"
    assert claim(world, by, Act.PARTY_REGISTERED, uri, roles=[role]) == "accepted"
    state = world.states[uri]
    assert isinstance(state, PartyState)
    assert state.roles == (role,)


# --- when ---------------------------------------------------------------------------


BEGIN = [Act.KEY_ADDED, Act.PRODUCT_REGISTERED, Act.RIGHT_FILED]


@pytest.mark.parametrize("kind", BEGIN)
def test_what_is_registered_is_registered_once(kind: Act) -> None:
    world = ready(kind)
    by = world.registrar if kind is Act.KEY_ADDED else world.maker
    assert claim(world, by, kind, subject(kind)) == "accepted"
    assert claim(world, by, kind, subject(kind)) == "already-registered"


@pytest.mark.parametrize(
    "kind", [kind for kind in CLAIMS if kind not in (*BEGIN, Act.PARTY_REGISTERED)]
)
def test_nothing_is_said_of_what_is_not_there(kind: Act) -> None:
    world = World()
    uri = NEW if kind is Act.KEY_REVOKED else OTHER
    uri = gs1.product_uri(GTIN) if kind is Act.PRODUCT_RECALLED else uri
    assert claim(world, world.registrar, kind, uri) == "illegal-transition"


@pytest.mark.parametrize(
    "kind", [Act.KEY_REVOKED, Act.RIGHT_LAPSED, Act.LICENCE_GRANTED, Act.LICENCE_REVOKED]
)
def test_what_ends_or_begins_once_does_not_do_so_twice(kind: Act) -> None:
    world = ready(kind)
    by = world.carrier if kind is Act.KEY_REVOKED else world.maker
    assert claim(world, by, kind, subject(kind)) == "accepted"
    changes = (
        {"effectiveFrom": "2099-01-01"} if kind in (Act.RIGHT_LAPSED, Act.LICENCE_REVOKED) else {}
    )
    assert claim(world, by, kind, subject(kind), **changes) == "illegal-transition"


def test_a_licence_that_was_never_granted_cannot_be_revoked() -> None:
    world = ready(Act.LICENCE_REVOKED)
    assert (
        claim(world, world.maker, Act.LICENCE_REVOKED, RIGHT, licence=OTHER) == "illegal-transition"
    )


# --- products -----------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_a_brand_or_a_maker_registers_products(role: Role) -> None:
    world = World()
    who = world.join(NEWCOMER, "Newcomer", "NL", role)
    expected = "accepted" if role in (Role.BRAND, Role.MAKER) else "not-permitted"
    assert (
        claim(world, who, Act.PRODUCT_REGISTERED, gs1.product_uri(GTIN), owner=who.uri) == expected
    )


def test_a_product_carries_rights_of_its_owner_or_licensor_alone() -> None:
    world = ready(Act.LICENCE_GRANTED)
    maker = world.join(NEWCOMER, "Newcomer", "VN", Role.MAKER)
    product = gs1.product_uri(GTIN)
    mine = {"owner": maker.uri, "rights": [RIGHT]}
    assert claim(world, maker, Act.PRODUCT_REGISTERED, product, **mine) == "not-licensed"
    assert (
        claim(world, maker, Act.PRODUCT_REGISTERED, product, **mine | {"rights": [OTHER]})
        == "not-licensed"
    )
    assert claim(world, world.maker, Act.LICENCE_GRANTED, RIGHT, licensee=maker.uri) == "accepted"
    assert claim(world, maker, Act.PRODUCT_REGISTERED, product, **mine) == "accepted"
    state = world.states[product]
    assert isinstance(state, ProductState)
    assert (state.owner, state.rights) == (maker.gln, (RIGHT,))


# --- rights -------------------------------------------------------------------------


def right(world: World) -> RightState:
    state = world.states[RIGHT]
    assert isinstance(state, RightState)
    return state


def test_an_assigned_right_is_the_new_owners_to_license() -> None:
    world = ready(Act.RIGHT_ASSIGNED)
    assert claim(world, world.maker, Act.RIGHT_ASSIGNED, RIGHT) == "accepted"
    assert right(world).owner == world.carrier.gln
    assert claim(world, world.maker, Act.LICENCE_GRANTED, RIGHT) == "not-permitted"
    assert claim(world, world.carrier, Act.LICENCE_GRANTED, RIGHT) == "accepted"


def test_nobody_assigns_a_right_for_days_before_they_owned_it() -> None:
    world = ready(Act.RIGHT_ASSIGNED)
    assert (
        claim(world, world.maker, Act.RIGHT_ASSIGNED, RIGHT, effectiveFrom="2026-06-01")
        == "accepted"
    )
    on = {"newOwner": world.mallory.uri}
    earlier = claim(
        world, world.carrier, Act.RIGHT_ASSIGNED, RIGHT, effectiveFrom="2026-05-31", **on
    )
    assert earlier == "illegal-transition"
    assert (
        claim(world, world.carrier, Act.RIGHT_ASSIGNED, RIGHT, effectiveFrom="2026-06-01", **on)
        == "accepted"
    )


@pytest.mark.parametrize(
    ("kind", "member"), [(Act.RIGHT_ASSIGNED, "newOwner"), (Act.LICENCE_GRANTED, "licensee")]
)
def test_a_right_goes_to_nobody_unknown(kind: Act, member: str) -> None:
    assert claim(ready(kind), World.maker, kind, RIGHT, **{member: NEWCOMER.uri}) == "unknown-party"


def test_what_an_office_says_is_kept_with_the_right() -> None:
    world = ready(Act.RIGHT_VERIFIED)
    assert not right(world).verified
    assert claim(world, World.office, Act.RIGHT_VERIFIED, RIGHT) == "accepted"
    assert right(world).verified
    assert claim(world, World.office, Act.RIGHT_LAPSED, RIGHT) == "accepted"
    assert right(world).lapsed_from == "2026-12-01"


def test_every_right_that_a_product_carries_must_be_held_to_make_it() -> None:
    world = ready(Act.LICENCE_GRANTED)
    assert claim(world, world.maker, Act.RIGHT_FILED, OTHER, kind="patent") == "accepted"
    product = gs1.product_uri(GTIN)
    assert (
        claim(world, world.maker, Act.PRODUCT_REGISTERED, product, rights=[RIGHT, OTHER])
        == "accepted"
    )
    item = World.item("A1", GTIN)
    assert claim(world, world.maker, Act.LICENCE_GRANTED, RIGHT) == "accepted"
    assert attempt(world, world.mallory, Act.COMMISSION, item) == "not-licensed"
    second = LICENCE[:-1] + "f"
    assert claim(world, world.maker, Act.LICENCE_GRANTED, OTHER, licence=second) == "accepted"
    do(world, world.mallory, Act.COMMISSION, item)


@pytest.mark.parametrize(
    ("kind", "changes", "code"),
    [
        (Act.RIGHT_ASSIGNED, {"effectiveFrom": "2026-11-02"}, "not-licensed"),
        (Act.RIGHT_ASSIGNED, {"effectiveFrom": "2026-11-03"}, "accepted"),
        (Act.RIGHT_LAPSED, {"effectiveFrom": "2026-11-02"}, "not-licensed"),
        (Act.RIGHT_LAPSED, {"effectiveFrom": "2026-11-03"}, "accepted"),
    ],
    ids=["assigned", "assigned from tomorrow", "lapsed", "lapses tomorrow"],
)
def test_the_owner_makes_until_the_right_is_gone(
    kind: Act, changes: dict[str, str], code: str
) -> None:
    world = ready(kind)
    assert (
        claim(world, world.maker, Act.PRODUCT_REGISTERED, gs1.product_uri(GTIN), rights=[RIGHT])
        == "accepted"
    )
    assert claim(world, world.maker, kind, RIGHT, **changes) == "accepted"
    item = World.item("A1", GTIN)
    assert attempt(world, world.maker, Act.COMMISSION, item) == code


# --- recalls ------------------------------------------------------------------------

TEA = gs1.product_uri(cast.GTIN)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "accepted"),
        ({"lots": []}, "accepted"),
        ({"commissionedFrom": "2026-11-02"}, "accepted"),
        ({"commissionedFrom": "2026-11-02", "commissionedUntil": "2026-11-02"}, "accepted"),
        ({"commissionedFrom": "2026-11-03", "commissionedUntil": "2026-11-02"}, "timestamp"),
        ({"lots": [gs1.lot_uri(GTIN, "L-1")]}, "binding-mismatch"),
        ({"lots": [cast.ITEM]}, "malformed"),
        ({"lots": [cast.lot(f"L-{n}") for n in range(100)]}, "accepted"),
        ({"lots": [cast.lot(f"L-{n}") for n in range(101)]}, "malformed"),
        ({"reason": ""}, "malformed"),
        ({"advice": ""}, "malformed"),
        ({"contact": ""}, "malformed"),
    ],
    ids=str,
)
def test_a_recall_says_which_goods_why_and_what_to_do(
    changes: dict[str, Any], expected: str
) -> None:
    world = World()
    assert claim(world, world.maker, Act.PRODUCT_RECALLED, TEA, **changes) == expected


def test_a_product_is_recalled_again_but_not_without_end() -> None:
    world = World()
    for number in range(100):
        members = cast.a_recall(lots=[cast.lot(f"L-{number}")])
        world.claim(world.maker, Act.PRODUCT_RECALLED, TEA, **members)
    state = world.states[TEA]
    assert isinstance(state, ProductState)
    assert [recall.lots for recall in state.recalls] == [(cast.lot(f"L-{n}"),) for n in range(100)]
    assert claim(world, world.maker, Act.PRODUCT_RECALLED, TEA) == "too-large"
