"""Putting the demo into an empty record: parties, rights and products first, then the
stories, then the ledger.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from provenance.core import gs1
from provenance.core.record.state import Situation
from provenance.core.record.vocabulary import RightKind
from provenance.models import Event, Membership, Party, Subject
from provenance.services import keyring, ledger
from provenance.services.record import signing
from provenance.services.registry import parties, rights
from provenance.services.site.demo import cast, stories
from provenance.services.site.demo.diary import Diary

# Each closed page of the demo (a pallet's, a lot's) is open to one of them.
USERS = {"logistics": (cast.MAKER, cast.GROWER), "customs": (cast.CUSTOMS_NL,)}


@dataclass(frozen=True, slots=True)
class Demo:
    """The pages to visit, by story, and the users with their passwords."""

    paths: Mapping[str, str]
    users: Mapping[str, str] = field(default_factory=dict)


def load(now: datetime | None = None) -> Demo | None:
    """Load the demo, all of it or nothing, and anchor it; None where the record holds
    anything already.

    Events carry the time they happened as their signing time; when they were recorded
    stays what it is.
    """
    moment = (now or timezone.now()).replace(minute=0, second=0, microsecond=0)
    parties.bootstrap()
    with transaction.atomic():
        if Event.objects.exclude(issuer=keyring.registrar().gln).exists() or _others_registered():
            return None
        _register(moment - timedelta(days=60))
        diary = Diary(moment)
        world = stories.tell(diary)
        for outcome in signing.submit(diary.drafts()):
            if outcome.error is not None:
                raise outcome.error
        users = _users()
    ledger.anchor_pending()
    return Demo({name: gs1.parse_subject(uri).path for name, uri in world.shown.items()}, users)


def checked_out_path() -> str | None:
    """The path of the demo's sold item, where the record holds it."""
    sold = (
        Subject.objects.filter(product_gtin=cast.HEADPHONES.gtin, situation=Situation.SOLD)
        .order_by("id")
        .first()
    )
    return None if sold is None else gs1.parse_subject(sold.uri).path


def _others_registered() -> bool:
    return Party.objects.exclude(gln=keyring.registrar().gln).exists()


def _register(at: datetime) -> None:
    new = [
        parties.NewParty(actor.gln, actor.name, actor.country, actor.roles, prefixes=[actor.prefix])
        for actor in cast.ACTORS
    ]
    parties.register_many(new, signed_at=at)
    brand, today = cast.BRAND.gln, at.date()
    right = rights.NewRight(
        kind=RightKind.TRADEMARK,
        title="ZONNEVARK",
        office=cast.OFFICE.name,
        number="TM-1048-22",
        territories=["NL", "CN"],
        valid_from=today,
        valid_until=today + timedelta(days=3650),
    )
    mark = rights.file_right(brand, right, signed_at=at)
    rights.verify_right(cast.OFFICE.gln, mark, right.number, signed_at=at)
    licence = rights.NewLicence(
        licensee=cast.MAKER.gln,
        valid_from=today,
        valid_until=today + timedelta(days=730),
        gtins=[cast.HEADPHONES.gtin],
        territories=["CN"],
    )
    rights.grant_licence(brand, mark, licence, signed_at=at)
    parties.register_products(
        [
            parties.NewProduct(
                good.owner.gln,
                good.gtin,
                good.name,
                good.brand,
                good.hs_code,
                good.origin,
                rights=[mark] if good is cast.HEADPHONES else [],
            )
            for good in (cast.HEADPHONES, cast.COFFEE, cast.PAN)
        ],
        signed_at=at,
    )


def _users() -> dict[str, str]:
    """People who act for makers and for a customs authority, with new random passwords.

    They may log in where staff do, and see there what their memberships give them: no
    permission comes with it.
    """
    passwords: dict[str, str] = {}
    for name, actors in USERS.items():
        passwords[name] = secrets.token_urlsafe(12)
        user = get_user_model().objects.create_user(name, password=passwords[name], is_staff=True)
        for actor in actors:
            Membership.objects.create(user=user, party=Party.objects.get(gln=actor.gln))
    return passwords
