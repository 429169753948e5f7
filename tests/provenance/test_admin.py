"""The admin shows everything and changes nothing that is signed."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from provenance import models
from provenance.admin import base
from provenance.core import gs1
from provenance.models.parties import Scope
from tests import rows

pytestmark = pytest.mark.django_db

REGISTERED = {
    model: page
    for model, page in admin.site._registry.items()
    if model._meta.app_label == "provenance"
}
READ_ONLY = [model for model, page in REGISTERED.items() if isinstance(page, base.ReadOnly)]
EDITED = [models.Membership, models.PartyApiKey]
SHOWN_INSIDE = {models.ShipmentLine}
GLN, GTIN = rows.MAKER, "09520000000004"
HOSTILE = "<script>alert(1)</script>"


def url(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:provenance_{model._meta.model_name}_{page}", args=args)


def fill(first: int, count: int) -> None:
    """Rows `first` to `first + count` of every table."""
    rows.store(count)
    now, event, subject = (
        timezone.now(),
        models.Event.objects.first(),
        models.Subject.objects.first(),
    )
    party = models.Party.objects.get(gln=GLN)
    assert event is not None
    assert subject is not None
    for n in range(first, first + count):
        digest, uri = f"{n:064x}", f"urn:uuid:00000000-0000-4000-8000-{n:012x}"
        key = f"z6MkKept{n}"
        user = User.objects.create_user(f"user{n}")
        models.Membership.objects.create(user=user, party=party)
        models.PartyApiKey.objects.create_key(name=f"key {n}", party=party, scopes=[Scope.READ])
        models.SealKey.objects.create(encrypted=b"\x00secret half")
        models.KeptKey.objects.create(public_key=key, encrypted_private=b"\x00secret half")
        models.SigningKey.objects.create(
            party=party, public_key=key, custody="server", valid_from=now
        )
        gtin = gs1.make_gtin("952000", n)
        models.Product.objects.create(gtin=gtin, name=f"{HOSTILE} {n}", owner=party)
        right = models.Right.objects.create(
            uri=uri, title="Mark", kind="trademark", owner=GLN, valid_from=date(2026, 1, 1)
        )
        models.Licence.objects.create(
            uri=uri.replace("uuid:0", "uuid:1"),
            right=right,
            licensee=GLN,
            valid_from=date(2026, 1, 1),
        )
        shipment = models.Shipment.objects.create(
            reference=f"ASN-{n}", sender=GLN, receiver=GLN, created_at=now
        )
        models.ShipmentLine.objects.create(
            shipment=shipment, subject=subject.uri, quantity=Decimal("1.5")
        )
        models.Handoff.objects.create(
            subject=subject.uri, sender=GLN, receiver=GLN, handed_over=digest, handed_over_at=now
        )
        models.Checkpoint.objects.create(
            subject=subject.uri,
            event=digest,
            authority=GLN,
            country="CN",
            procedure="export",
            at=now,
        )
        head = models.TreeHead.objects.create(
            size=n + 1, root=digest, note="custos.example/ledger\n", signed_at=now
        )
        models.Cosignature.objects.create(
            tree_head=head, witness=f"witness{n}", line="— w x", at=now
        )
        models.Refusal.objects.create(endpoint="api", code="head-moved", detail=HOSTILE)
        models.Scan.objects.create(code=subject.uri, session="s", verdict="RECORDS_CHECK_OUT")
        models.Attempt.objects.create(key=f"guesses:{n}")
        models.Incident.objects.create(subject=uri, step=3, code="broken-link", event=digest)
        models.Job.objects.create(kind="import", source="deliveries.csv")
        models.IdempotencyKey.objects.create(
            scope="api-key:x", key=str(n), request_hash=digest, status=201, body="{}"
        )


@pytest.mark.parametrize(
    ("quantity", "shown"), [("480", "480"), ("1000000000000", "1000000000000"), ("12.50", "12.5")]
)
def test_a_quantity_is_shown_in_plain_digits(superuser: Client, quantity: str, shown: str) -> None:
    fill(1, 1)
    models.ShipmentLine.objects.update(quantity=Decimal(quantity))
    shipment = models.Shipment.objects.get()
    page = superuser.get(url(models.Shipment, "change", shipment.pk)).content.decode()
    assert f">{shown}<" in page
    assert "E+" not in page


@pytest.fixture
def superuser(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root"))
    return client


def test_every_table_is_shown() -> None:
    tables = {model for model in apps.get_models() if model._meta.app_label == "provenance"}
    assert tables - SHOWN_INSIDE == REGISTERED.keys()
    assert {*READ_ONLY, *EDITED} == REGISTERED.keys()


@pytest.mark.parametrize("model", READ_ONLY, ids=lambda model: model.__name__)
def test_a_superuser_changes_nothing_that_is_recorded(
    superuser: Client, model: type[Model]
) -> None:
    fill(1, 1)
    row = model._default_manager.first()
    assert row is not None
    before = list(model._default_manager.values())
    assert superuser.get(url(model, "add")).status_code == 403
    assert superuser.post(url(model, "add"), {}).status_code == 403
    assert superuser.post(url(model, "change", row.pk), {"name": "other"}).status_code == 403
    assert superuser.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    picked = {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"}
    superuser.post(url(model, "changelist"), picked)
    assert list(model._default_manager.values()) == before


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model.__name__)
def test_staff_without_permission_sees_nothing(client: Client, model: type[Model]) -> None:
    fill(1, 1)
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    row = model._default_manager.first()
    assert row is not None
    assert client.get(url(model, "changelist")).status_code == 403
    assert client.get(url(model, "change", row.pk)).status_code == 403
    assert url(model, "changelist") not in client.get(reverse("admin:index")).content.decode()


def test_staff_see_only_what_they_may(client: Client) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_event"))
    client.force_login(clerk)
    assert client.get(url(models.Event, "changelist")).status_code == 200
    assert client.get(url(models.Party, "changelist")).status_code == 403


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model.__name__)
def test_a_list_takes_the_same_queries_however_long(superuser: Client, model: type[Model]) -> None:
    fill(1, 1)
    superuser.get(url(model, "changelist"))  # fills what Django caches for the process
    with CaptureQueriesContext(connection) as few:
        assert superuser.get(url(model, "changelist")).status_code == 200
    fill(2, 12)
    with CaptureQueriesContext(connection) as many:
        assert superuser.get(url(model, "changelist")).status_code == 200
    assert len(many) == len(few) <= 10
    counts = [query["sql"] for query in many if "COUNT(" in query["sql"]]
    assert counts
    assert [sql for sql in counts if f"LIMIT {base.CAP}" not in sql] == []


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model.__name__)
def test_a_row_opens_and_what_came_from_outside_is_text(
    superuser: Client, model: type[Model]
) -> None:
    fill(1, 2)
    row = model._default_manager.last()
    assert row is not None
    with CaptureQueriesContext(connection) as queries:
        page = superuser.get(url(model, "change", row.pk))
    assert page.status_code == 200
    assert len(queries) <= 10
    assert (
        HOSTILE
        not in page.content.decode() + superuser.get(url(model, "changelist")).content.decode()
    )


def test_a_kept_private_key_is_never_shown(superuser: Client) -> None:
    fill(1, 1)
    row = models.KeptKey.objects.get()
    pages = [
        superuser.get(url(models.KeptKey, "changelist")),
        superuser.get(url(models.KeptKey, "change", row.pk)),
    ]
    for page in pages:
        assert row.public_key in page.content.decode()
        assert "secret" not in page.content.decode()
        assert "encrypted_private" not in page.content.decode()


def search(client: Client, model: type[Model], term: str) -> int:
    """How many rows the search for `term` lists."""
    page = client.get(url(model, "changelist"), {"q": term})
    assert page.status_code == 200
    return len(page.context["cl"].result_list)


def test_an_event_is_found_by_each_whole_identifier(superuser: Client) -> None:
    digest = rows.store(3)[1]
    event = models.Event.objects.get(digest=digest)
    uri = event.links.get().subject.uri
    for term in (
        digest,
        digest.upper(),
        f"  {digest} ",
        event.event_id,
        uri,
        gs1.parse_subject(uri).path.join(["http://localhost:8000", ""]),
    ):
        assert search(superuser, models.Event, term) == 1, term
    assert search(superuser, models.Event, GLN) == 3
    assert (
        search(superuser, models.ChainLink, digest) == search(superuser, models.ChainLink, uri) == 1
    )
    for term in (digest[:20], "S1", "7", "nothing", "%", "ni:///", "9" * 300):
        assert search(superuser, models.Event, term) == 0, term


def test_a_subject_is_found_by_uri_and_holder(superuser: Client) -> None:
    rows.store(3)
    uri = gs1.item_uri(GTIN, "S1")
    models.Subject.objects.filter(uri=uri).update(custodian=GLN, product_gtin=GTIN)
    assert [
        search(superuser, models.Subject, term) for term in (uri, GLN, GTIN, f"(01){GTIN}(21)S1")
    ] == [1, 1, 1, 1]
    assert search(superuser, models.Subject, "S1") == 0


def test_an_event_page_shows_its_links_and_leads_to_the_public_page(superuser: Client) -> None:
    event = models.Event.objects.get(digest=rows.store(1)[0])
    page = superuser.get(url(models.Event, "change", event.pk)).content.decode()
    assert f'href="/01/{GTIN}/21/S0"' in page
    assert "not anchored yet" in page
    assert "&quot;CustodyEvent&quot;" in page


def test_a_list_that_is_cut_says_so(superuser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base.CappedPaginator, "cap", 3)
    rows.store(2)
    assert (
        "there may be more" not in superuser.get(url(models.Event, "changelist")).content.decode()
    )
    rows.store(2)
    page = superuser.get(url(models.Event, "changelist"))
    assert "there may be more" in page.content.decode()
    assert page.context["cl"].result_count == 3


def test_lists_within_a_page_are_cut_and_say_so() -> None:
    assert "there are more" not in base.rows([(n,) for n in range(100)], "n")
    assert base.rows([(n,) for n in range(101)], "n").count("<td>") == 100
    assert "there are more" in base.rows([(n,) for n in range(101)], "n")


def test_an_altered_document_is_shown_as_it_is() -> None:
    assert "&quot;a&quot;: 1, oops" in base.pretty_document('{"a": 1, oops')


# --- API keys and memberships: what is decided here ---------------------------------


def new_api_key(client: Client) -> tuple[str, models.PartyApiKey]:
    models.Party.objects.create(gln=GLN, name="Maker", country="CN", roles=["maker"])
    party = models.Party.objects.get(gln=GLN)
    data = {
        "name": "ERP",
        "party": party.gln,
        "scopes": [Scope.READ, Scope.EVENTS],
        "expiry_date_0": "",
        "expiry_date_1": "",
    }
    page = client.post(url(models.PartyApiKey, "add"), data, follow=True)
    shown = re.search(r"API key of ERP: (\S+) ", page.content.decode())
    assert shown is not None, page.content.decode()
    return shown[1], models.PartyApiKey.objects.get()


def test_an_api_key_is_shown_once(superuser: Client) -> None:
    secret, stored = new_api_key(superuser)
    assert models.PartyApiKey.objects.is_valid(secret)
    assert (stored.party_id, stored.scopes) == (GLN, ["read", "events:write"])
    assert secret.partition(".")[2] not in f"{stored.id} {stored.hashed_key} {stored.prefix}"
    later = [
        superuser.get(url(models.PartyApiKey, "changelist")),
        superuser.get(url(models.PartyApiKey, "change", stored.pk)),
    ]
    assert all(secret.partition(".")[2] not in page.content.decode() for page in later)


def test_an_api_key_is_revoked_for_good_and_never_deleted(superuser: Client) -> None:
    secret, stored = new_api_key(superuser)
    change = url(models.PartyApiKey, "change", stored.pk)
    data = {
        "name": "ERP",
        "scopes": ["read"],
        "expiry_date_0": "",
        "expiry_date_1": "",
        "revoked": "on",
    }
    assert superuser.post(change, data).status_code == 302
    assert not models.PartyApiKey.objects.is_valid(secret)
    superuser.post(change, data | {"revoked": "", "name": "again"})
    stored = models.PartyApiKey.objects.get()
    assert (stored.revoked, stored.name) == (True, "ERP")
    assert (
        superuser.post(url(models.PartyApiKey, "delete", stored.pk), {"post": "yes"}).status_code
        == 403
    )


def test_a_scope_that_does_not_exist_is_refused(superuser: Client) -> None:
    models.Party.objects.create(gln=GLN, name="Maker", country="CN")
    data = {
        "name": "ERP",
        "party": GLN,
        "scopes": ["everything"],
        "expiry_date_0": "",
        "expiry_date_1": "",
    }
    assert superuser.post(url(models.PartyApiKey, "add"), data).status_code == 200
    assert not models.PartyApiKey.objects.exists()


def test_memberships_and_users_are_edited(superuser: Client) -> None:
    party = models.Party.objects.create(gln=GLN, name="Maker", country="CN")
    user = User.objects.create_user("alice")
    data = {"user": user.pk, "party": party.pk, "role": "viewer"}
    assert superuser.post(url(models.Membership, "add"), data).status_code == 302
    row = models.Membership.objects.get()
    assert (
        superuser.post(url(models.Membership, "delete", row.pk), {"post": "yes"}).status_code == 302
    )
    assert superuser.get(reverse("admin:auth_user_add")).status_code == 200


def test_the_library_s_own_keys_are_not_offered() -> None:
    assert "APIKey" not in {model.__name__ for model in admin.site._registry}
