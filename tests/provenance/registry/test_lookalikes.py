"""Names that look like another party's brand are refused, with a code of their own."""

import unicodedata
from typing import Any

import pytest
from django.utils import timezone

from provenance.core import gs1
from provenance.core.record.vocabulary import Act, RightKind, Role
from provenance.models import Party, Product
from provenance.services.record import lookalikes
from provenance.services.registry import parties, rights
from provenance.services.registry.parties import NewParty, NewProduct
from provenance.services.registry.rights import NewRight
from tests import cast
from tests.captured import Captured, refused
from tests.cast import RIGHT

pytestmark = pytest.mark.usefixtures("rebuilds_clean")
GLN, GTIN, OTHER = (
    gs1.make_gln("952000", 801),
    gs1.make_gtin("952000", 801),
    gs1.make_gtin("952000", 802),
)
NEXT = gs1.make_gln("952000", 802)
BRAND = "Lantern & Loom"
ALIKE = {
    "the same": BRAND,
    "another case": "LANTERN & LOOM",
    "Cyrillic": "L\u0430ntern & Loom",
    "Greek": "Lantern & L\u03bf\u03bfm",
    "digits": "Lantern & L00m",
    "letters for one": "Lantern & Loorn",
    "full width": "\uff2cantern & Loom",
    "mathematical": "\U0001d40bantern & Loom",
    "no-break spaces": "Lantern\u00a0&\u00a0Loom",
}
OTHERWISE = ["Lantern and Loom", "Lantern & Loon", "Lamtern & Loom", "灯笼与织机", "Loom & Lantern"]


def product(owner: str, brand: str, gtin: str = GTIN, *carried: str) -> None:
    parties.register_product(NewProduct(owner, gtin, "Kettle", brand, rights=carried))


def filed(owner: str, title: str, kind: RightKind = RightKind.TRADEMARK) -> str:
    today = timezone.now().date()
    new = NewRight(
        kind=kind, title=title, office="WIPO", number="7", territories=["NL"], valid_from=today
    )
    return rights.file_right(owner, new)


@pytest.mark.parametrize("name", ALIKE.values(), ids=ALIKE)
def test_a_name_that_looks_like_anothers_trademark_is_refused(world: Captured, name: str) -> None:
    with refused("confusable-name"):
        product(world.mallory.gln, name)
    with refused("confusable-name"):
        parties.register(GLN, name, "NL", [Role.CARRIER])
    product(world.maker.gln, name)


@pytest.mark.parametrize("name", OTHERWISE)
def test_another_name_is_taken(world: Captured, name: str) -> None:
    product(world.mallory.gln, name)
    parties.register(GLN, f"{name} Ltd", "NL", [Role.BRAND])


def test_a_name_that_looks_like_a_brand_partys_is_refused(world: Captured) -> None:
    name = cast.PARTIES["maker"][0]
    for by in (name, name.replace("o", "\u043e")):
        with refused("confusable-name"):
            parties.register(GLN, by, "NL", [Role.RETAILER])
        with refused("confusable-name"):
            product(world.mallory.gln, by)
    with refused("confusable-name"):
        filed(world.mallory.gln, name.replace("o", "\u043e"))
    parties.register(GLN, cast.PARTIES["carrier"][0], "NL", [Role.CARRIER])


def test_a_brand_that_is_nobodys_name_is_shared_in_one_spelling_alone(world: Captured) -> None:
    product(world.maker.gln, "Generic")
    product(world.mallory.gln, "GENERIC", OTHER)
    with refused("confusable-name"):
        product(world.factory.gln, "G\u0435neric", gs1.make_gtin("952000", 803))


def test_titles_are_filed_by_several_owners_in_one_spelling_alone(world: Captured) -> None:
    filed(world.mallory.gln, BRAND.upper())
    with refused("confusable-name"):
        filed(world.mallory.gln, ALIKE["Cyrillic"])
    filed(world.mallory.gln, ALIKE["Cyrillic"], RightKind.PATENT)


def test_a_licensee_registers_products_under_the_brand(world: Captured) -> None:
    with refused("confusable-name"):
        product(world.factory.gln, BRAND)
    licence = rights.NewLicence(licensee=world.factory.gln, valid_from=timezone.now().date())
    rights.grant_licence(world.maker.gln, RIGHT, licence)
    product(world.factory.gln, BRAND, GTIN, RIGHT)


def test_a_name_is_free_when_its_party_has_another_or_its_right_ended(world: Captured) -> None:
    _, country, roles = cast.PARTIES["maker"]
    parties.amend(NewParty(world.maker.gln, "Weft Ltd", country, roles, prefixes=["952000"]))
    parties.register(GLN, "Lantern & Loom Ltd", "NL", [Role.CARRIER])
    with refused("confusable-name"):
        parties.register(NEXT, BRAND, "NL", [Role.CARRIER])
    rights.lapse_right(world.maker.gln, RIGHT, timezone.now().date(), "not renewed")
    assert Product.objects.exclude(brand="").exists()
    with refused("confusable-name"):
        parties.register(NEXT, ALIKE["Cyrillic"], "NL", [Role.CARRIER])


@pytest.mark.usefixtures("world")
def test_a_batch_is_held_against_itself() -> None:
    names = {GLN: "Weft", NEXT: "W\u0435ft"}
    with refused("confusable-name"):
        parties.register_many(
            [NewParty(gln, name, "NL", [Role.BRAND]) for gln, name in names.items()]
        )
    assert not Party.objects.filter(gln__in=[GLN, NEXT]).exists()


def test_an_unclean_name_is_refused_and_a_decomposed_one_signed_composed(world: Captured) -> None:
    for name in ("Lo\u200bom", "Loom\u202e", "Loom\nok", "Loom \U000e0fff"):
        with refused("bad-text"):
            parties.register(GLN, name, "NL", [Role.BRAND])
    assert parties.register(GLN, "Cafe\u0301", "NL", [Role.BRAND]).name == "Caf\u00e9"
    members: dict[str, Any] = {"name": "Cafe\u0301", "country": "", "roles": ["maker"]}
    with refused("bad-text"):
        world.claim(
            world.registrar,
            Act.PARTY_REGISTERED,
            gs1.party_uri(NEXT),
            **members,
            prefixes=[],
            edit=decomposed,
        )


def decomposed(document: dict[str, Any]) -> None:
    document["credentialSubject"]["name"] = "Cafe\u0301"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("paypal", "paypal"),
        ("p\u0430yp\u0430l", "paypal"),
        ("modern", "rnodern"),
        ("1Il|", "llll"),
        ("caf\u00e9", "cafe\u0301"),
        ("می\u200cخواهم", "ميخواهم"),
    ],
)
def test_a_skeleton_is_made_of_prototypes(text: str, expected: str) -> None:
    assert lookalikes.skeleton(text) == lookalikes.skeleton(expected)
    assert lookalikes.skeleton(lookalikes.skeleton(text)) == lookalikes.skeleton(text)


def test_each_prototype_is_its_own() -> None:
    prototypes = lookalikes._prototypes()
    assert len(prototypes) > 6000
    moved = {
        text: prototype
        for text, prototype in prototypes.items()
        if unicodedata.is_normalized("NFD", text)
        and lookalikes.skeleton(prototype) != lookalikes.skeleton(text)
    }
    assert moved == {}
