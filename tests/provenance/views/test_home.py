"""The front page, labels, and the endpoints for machines."""

import hashlib
import io
from pathlib import Path

import pytest
import zxingcpp
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from PIL import Image
from pytest_django import Settings

from provenance.core import gs1
from provenance.core.check import trust as trust_
from provenance.core.record.state import KeyState
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical
from provenance.models import Membership, Party, SigningKey, Subject
from provenance.services import ledger
from provenance.services.check import verification
from provenance.services.goods import labels
from tests import captured
from tests.cast import GTIN, ITEM, PALLET
from tests.worked_example import FORMAT
from tests.world import World

pytestmark = pytest.mark.django_db


def test_the_front_page_says_what_this_is_and_where_to_go() -> None:
    response = Client().get("/")
    shown = response.content.decode()
    assert response.status_code == 200
    for link in ('href="/verify"', 'href="/ledger/"', 'href="/api/docs/"', 'href="/admin/"'):
        assert link in shown
    assert "noindex" not in shown
    assert not response.cookies


def test_a_language_chosen_by_hand_stays_with_the_links() -> None:
    assert 'href="/verify?lang=es"' in Client().get("/", {"lang": "es"}).content.decode()


def test_an_address_without_a_page_says_so() -> None:
    response = Client().get("/no-such-page")
    assert response.status_code == 404
    assert b"There is no page at this address" in response.content


def test_a_missing_page_is_in_the_language_chosen_and_offers_the_others() -> None:
    response = Client().get("/no-such-page", {"lang": "es"}, headers={"Accept-Language": "ar"})
    shown = response.content.decode()
    assert (response.status_code, response["Content-Language"]) == (404, "es")
    assert '<html lang="es" dir="ltr">' in shown
    assert "No hay ninguna página en esta dirección" in shown
    assert 'hreflang="ar" href="?lang=ar"' in shown
    assert 'href="/verify?lang=es"' in shown


def test_a_party_has_a_did_document_with_its_keys(settings: Settings) -> None:
    story = captured.story()
    story.keep()
    response = Client().get(f"/parties/{World.maker.gln}/did.json")
    document = response.json()
    (key,) = SigningKey.objects.filter(party__gln=World.maker.gln).values_list(
        "public_key", flat=True
    )
    assert response["Content-Type"] == "application/did+json"
    host = settings.CUSTOS_DID_HOST.replace(":", "%3A")
    assert host == "localhost%3A8000"
    assert document["id"] == f"did:web:{host}:parties:{World.maker.gln}"
    method = {
        "id": f"{document['id']}#{key}",
        "type": "Multikey",
        "controller": document["id"],
        "publicKeyMultibase": key,
    }
    assert document["verificationMethod"] == [method]
    assert document["assertionMethod"] == [method["id"]]


def test_a_revoked_key_stays_listed_and_asserts_nothing(settings: Settings) -> None:
    story = captured.story()
    (key,) = (
        uri
        for uri, state in story.states.items()
        if isinstance(state, KeyState) and state.party == World.maker.gln
    )
    story.claim(story.registrar, Act.KEY_REVOKED, key, reason="retired")
    story.keep()
    document = Client().get(f"/parties/{World.maker.gln}/did.json").json()
    assert document["assertionMethod"] == []
    assert document["verificationMethod"][0]["revoked"].endswith("Z")


@pytest.mark.parametrize("gln", ["9520000000028", "9520000000029", "1", "x" * 13])
def test_an_unknown_party_has_none(gln: str) -> None:
    assert Client().get(f"/parties/{gln}/did.json").status_code == 404


def test_the_trust_file_is_the_one_that_pages_check_with(settings: Settings) -> None:
    captured.story()
    response = Client().get("/ledger/trust.json")
    read = trust_.parse(canonical.parse(response.content.strip()))
    assert read.digest() == verification.trust().digest()


def test_health_is_well_until_the_ledger_is_not(settings: Settings) -> None:
    story = captured.story()
    story.keep()
    response = Client().get("/health")
    assert (response.status_code, response.json()["state"]) == (200, "ok")
    checkpoint = Path(settings.CUSTOS_LEDGER_DIR) / "checkpoint"
    checkpoint.write_bytes(checkpoint.read_bytes().replace(b"\n", b"\n\n", 1))
    response = Client().get("/health")
    assert (response.status_code, response.json()["ledger"]["state"]) == (503, "inconsistent")
    assert ledger.latest() is not None


LABEL = f"/labels{gs1.parse_subject(ITEM).path}"


def member(gln: str) -> Client:
    user = User.objects.create_user(f"of-{gln}")
    Membership.objects.create(user=user, party=Party.objects.get(gln=gln))
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.usefixtures("kept")
def test_labels_are_for_the_parties_whose_goods_they_are() -> None:
    response = Client().get(f"{LABEL}.png")
    assert (response.status_code, response["Location"].partition("?")[0]) == (302, "/admin/login/")
    maker = member(World.maker.gln)
    image = Image.open(io.BytesIO(maker.get(f"{LABEL}.png").content)).convert("L")
    [barcode] = zxingcpp.read_barcodes(image)
    assert gs1.parse_identifier(barcode.text, settings.CUSTOS_ORIGIN).uri == ITEM
    svg = maker.get(f"{LABEL}.svg")
    assert (svg["Content-Type"], svg.content.decode()) == ("image/svg+xml", labels.svg(ITEM))
    pallet = f"/labels{gs1.parse_subject(PALLET).path}.svg"
    assert maker.get(pallet).status_code == 200
    carrier = member(World.carrier.gln)
    unborn = f"/labels{gs1.parse_subject(gs1.item_uri(GTIN, 'Z1')).path}.svg"
    asked = [(carrier, f"{LABEL}.svg"), (carrier, pallet), (carrier, unborn), (maker, unborn)]
    assert [client.get(address).status_code for client, address in asked] == [404] * 4


@pytest.mark.usefixtures("kept")
def test_what_is_no_label_of_goods_is_told_from_what_is_not_yours() -> None:
    maker = member(World.maker.gln)
    wrong = (f"{LABEL}.gif", "/labels/01/09520000000005/21/A.svg", "/labels/01/.png")
    assert [maker.get(address).status_code for address in wrong] == [400] * 3
    assert maker.get(f"/labels/01/{GTIN}.svg").status_code == 400
    assert maker.get("/labels/01/09520000000011.svg").status_code == 404


@pytest.mark.usefixtures("kept")
def test_the_admin_leads_to_the_labels_of_goods() -> None:
    root = Client()
    root.force_login(User.objects.create_superuser("root"))
    pages = {
        uri: root.get(
            reverse("admin:provenance_subject_change", args=[Subject.objects.get(uri=uri).pk])
        ).content.decode()
        for uri in (ITEM, World.maker.uri)
    }
    assert f'href="{LABEL}.svg"' in pages[ITEM]
    assert f'href="{LABEL}.png"' in pages[ITEM]
    assert "/labels/" not in pages[World.maker.uri]
    assert root.get(f"{LABEL}.svg").status_code == 200


@pytest.mark.parametrize(("path", "name"), [("/ns/v1", "v1"), ("/ns/epcis", "epcis")])
def test_context_and_vocabulary_are_those_of_docs_format(path: str, name: str) -> None:
    response = Client().get(path)
    assert response["Content-Type"] == "application/ld+json"
    assert response["Access-Control-Allow-Origin"] == "*"
    digest = hashlib.sha256(response.content).hexdigest()
    row = f"| `https://custos.example/ns/{name}` | `{path}` | `{digest}` |"
    assert row in FORMAT.read_text(encoding="utf-8")
