"""Rights and licences through the services: filed, verified, assigned, lapsed, granted,
revoked; and what they allow
"""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.utils import timezone

from provenance.core import errors, gs1
from provenance.core.record.vocabulary import Act, RightKind
from provenance.models import Licence, Right
from provenance.services.registry import parties, rights
from provenance.services.registry.parties import NewParty, NewProduct
from provenance.services.registry.rights import NewLicence, NewRight
from tests import cast
from tests.captured import Captured, refused
from tests.cast import BRANDED, RIGHT, VN, Actor

pytestmark = pytest.mark.usefixtures("rebuilds_clean")
TODAY = timezone.now().date()
DAY = timedelta(days=1)


def licensed(world: Captured, **changes: object) -> str:
    """A licence of the brand for the factory, from a year ago."""
    plain = {"licensee": world.factory.gln, "valid_from": TODAY - 365 * DAY}
    return rights.grant_licence(world.maker.gln, RIGHT, NewLicence(**plain | changes))  # type: ignore[arg-type]


def makes(world: Captured, who: str = "factory", serial: str = "B1") -> str:
    """`made`, or the code of the refusal, when `who` commissions a branded item in Viet
    Nam today.
    """
    by: Actor = getattr(world, who)
    try:
        world.sign_for(by, Act.COMMISSION, world.item(serial, BRANDED), place=VN)
    except errors.ProvenanceError as error:
        return error.code
    return "made"


def without_prefix(world: Captured, name: str) -> None:
    """The registrar vouches for no company prefix of the party any more."""
    title, country, roles = cast.PARTIES[name]
    parties.amend(NewParty(getattr(world, name).gln, title, country, roles))


def test_a_licence_that_names_a_gtin_is_leave_for_its_holders_prefix(world: Captured) -> None:
    without_prefix(world, "factory")
    gtin = gs1.make_gtin("952000", 77)
    new = NewProduct(world.factory.gln, gtin, "Tea caddy, small", rights=[RIGHT])
    licensed(world)
    with refused("foreign-prefix"):
        parties.register_product(new)
    licensed(world, gtins=[gtin])
    parties.register_product(new)
    world.sign_for(world.factory, Act.COMMISSION, gs1.item_uri(gtin, "1"), place=VN)
    assert makes(world) == "made"
    without_prefix(world, "maker")
    assert makes(world, serial="B2") == "foreign-prefix"
    with refused("foreign-prefix"):
        world.sign_for(world.factory, Act.COMMISSION, gs1.item_uri(gtin, "2"), place=VN)


def test_a_right_is_filed_verified_and_shown(world: Captured) -> None:
    new = NewRight(
        kind=RightKind.DESIGN,
        title="Tea caddy",
        office="EUIPO",
        number="D-1",
        territories=["NL"],
        valid_from=date(2024, 1, 1),
    )
    uri = rights.file_right(world.maker.gln, new)
    right = Right.objects.get(uri=uri)
    assert (right.kind, right.owner, right.verified, right.valid_until) == (
        "design",
        world.maker.gln,
        False,
        None,
    )
    for who in (world.maker, world.mallory):
        with refused("not-permitted"):
            rights.verify_right(who.gln, uri)
    rights.verify_right(world.office.gln, uri, "register extract 7")
    assert Right.objects.get(uri=uri).verified


def test_only_the_owner_and_its_licensees_make_the_brand(world: Captured) -> None:
    assert makes(world) == "not-licensed"
    licensed(world)
    assert makes(world) == "made"
    assert makes(world, "maker", "B2") == "made"
    assert makes(world, "mallory", "B3") == "not-licensed"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"valid_from": TODAY}, "made"),
        ({"valid_from": TODAY + DAY}, "not-licensed"),
        ({"valid_until": TODAY}, "made"),
        ({"valid_until": TODAY - DAY}, "not-licensed"),
        ({"territories": ["VN"]}, "made"),
        ({"territories": ["CN"]}, "not-licensed"),
        ({"gtins": [gs1.make_gtin("952000", 102)]}, "made"),
        ({"gtins": [gs1.make_gtin("952000", 101)]}, "not-licensed"),
    ],
    ids=[
        "first day",
        "not yet",
        "last day",
        "over",
        "here",
        "elsewhere",
        "this",
        "another product",
    ],
)
def test_a_licence_holds_in_its_window(
    world: Captured, changes: dict[str, object], expected: str
) -> None:
    licensed(world, **changes)
    assert makes(world) == expected


@pytest.mark.parametrize(("since", "expected"), [(TODAY, "not-licensed"), (TODAY + DAY, "made")])
def test_a_licence_ends_on_the_day_it_is_revoked(
    world: Captured, since: date, expected: str
) -> None:
    licence = licensed(world)
    rights.revoke_licence(world.maker.gln, RIGHT, licence, since)
    assert Licence.objects.get(uri=licence).revoked_from == since
    assert makes(world) == expected
    with refused("illegal-transition"):
        rights.revoke_licence(world.maker.gln, RIGHT, licence, since)


def test_an_assignment_moves_the_right_from_its_day_on(world: Captured) -> None:
    rights.assign_right(world.maker.gln, RIGHT, world.factory.gln, TODAY)
    assert Right.objects.get(uri=RIGHT).owner == world.factory.gln
    assert makes(world) == "made"
    assert makes(world, "maker", "B2") == "not-licensed"
    with refused("not-permitted"):
        rights.assign_right(world.maker.gln, RIGHT, world.mallory.gln, TODAY)


def test_an_assignment_in_the_future_changes_nothing_yet(world: Captured) -> None:
    rights.assign_right(world.maker.gln, RIGHT, world.factory.gln, TODAY + 30 * DAY)
    assert makes(world) == "not-licensed"
    assert makes(world, "maker", "B2") == "made"


@pytest.mark.parametrize("who", ["maker", "office"])
def test_a_lapsed_right_is_owned_by_nobody(world: Captured, who: str) -> None:
    rights.lapse_right(getattr(world, who).gln, RIGHT, TODAY, "not renewed")
    assert Right.objects.get(uri=RIGHT).lapsed_from == TODAY
    assert makes(world, "maker") == "not-licensed"


STRANGERS: dict[str, Callable[[Captured, str], object]] = {
    "assign": lambda w, by: rights.assign_right(by, RIGHT, w.mallory.gln, TODAY),
    "lapse": lambda w, by: rights.lapse_right(by, RIGHT, TODAY, "x"),
    "grant": lambda w, by: rights.grant_licence(
        by, RIGHT, NewLicence(licensee=w.mallory.gln, valid_from=TODAY)
    ),
}


@pytest.mark.parametrize("act", STRANGERS)
def test_a_stranger_does_nothing_to_a_right(world: Captured, act: str) -> None:
    with refused("not-permitted"):
        STRANGERS[act](world, world.mallory.gln)


def test_parties_of_a_claim_must_be_registered(world: Captured) -> None:
    with refused("unknown-party"):
        rights.assign_right(world.maker.gln, RIGHT, gs1.make_gln("952000", 999), TODAY)


def test_a_licence_belongs_to_one_right(world: Captured) -> None:
    """The same licence under a second right would let one table row speak for two
    claims.
    """
    licence = licensed(world)
    new = NewRight(
        kind=RightKind.PATENT,
        title="Lid",
        office="CNIPA",
        number="2",
        territories=[],
        valid_from=TODAY,
    )
    second = rights.file_right(world.maker.gln, new)
    members = {"licence": licence, "licensee": world.mallory.uri, "products": [], "territories": []}
    with refused("illegal-transition"):
        world.claim(
            world.maker,
            Act.LICENCE_GRANTED,
            second,
            validFrom=TODAY.isoformat(),
            validUntil=None,
            **members,
        )
    with refused("illegal-transition"):
        world.claim(
            world.maker,
            Act.LICENCE_REVOKED,
            second,
            licence=licence,
            effectiveFrom=TODAY.isoformat(),
        )


def test_a_licence_that_was_never_granted_cannot_be_revoked(world: Captured) -> None:
    with refused("illegal-transition"):
        rights.revoke_licence(
            world.maker.gln, RIGHT, "urn:uuid:0192f0c4-7b1e-7cc3-98c4-dc0c0c073999", TODAY
        )


def test_a_right_that_was_never_filed_is_not_verified(world: Captured) -> None:
    with refused("illegal-transition"):
        rights.verify_right(world.office.gln, "urn:uuid:0192f0c4-7b1e-7cc3-98c4-dc0c0c073999")


def test_what_is_not_registered_cannot_be_made(world: Captured) -> None:
    with refused("unknown-product"):
        unknown = world.item("B1", gs1.make_gtin("952000", 999))
        world.sign_for(world.maker, Act.COMMISSION, unknown, place=VN)
