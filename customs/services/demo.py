"""The demo of a border: two authorities with posts, officers and a supervisor, and
declarations in all four lanes, beside the goods of `provenance`'s demo.

Numbers that are free to choose are ones that the random share does not draw, so that every
installation shows the same lanes.
"""

import itertools
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from customs.models import Declaration
from customs.risk import draw
from customs.risk.policy import DEFAULT
from customs.risk.vocabulary import PostKind, WatchKind
from customs.services import assess, facts, people, watch
from customs.services.declarations import content, register
from customs.services.declarations.register import Source, Way
from provenance.core import gs1
from provenance.models import Membership, Party, Subject
from provenance.services.site.demo import cast
from provenance.services.site.demo.cast import Actor, Good

OFFICER: Final = "customs"  # the user of provenance's demo who acts for Dutch customs
_SOURCE: Final = Source(Way.FILE, "demo")
_USERS: Final = {
    "supervisor": (cast.CUSTOMS_NL, Membership.Role.ADMIN),
    "customs_gb": (cast.CUSTOMS_GB, Membership.Role.OPERATOR),
}
_POSTS: Final = (
    (cast.CUSTOMS_NL, "NLRTM", PostKind.SEA, "Rotterdam, Maasvlakte (demo)"),
    (cast.CUSTOMS_NL, "NLAMS", PostKind.AIR, "Schiphol cargo (demo)"),
    (cast.CUSTOMS_GB, "GBFXT", PostKind.SEA, "Felixstowe (demo)"),
)
_POSTED: Final = {OFFICER: ("NLRTM", "NLAMS"), "supervisor": ("NLRTM",), "customs_gb": ("GBFXT",)}
_PRICES: Final = {cast.HEADPHONES: "89", cast.COFFEE: "11", cast.PAN: "64"}


def load(now: datetime | None = None) -> dict[str, str] | None:
    """Load the demo of a border, all of it or nothing; the new users with their passwords.
    None where there is no demo of goods, or declarations already.
    """
    moment = now or timezone.now()
    if not _there() or Declaration.objects.exists():
        return None
    with transaction.atomic():
        users = _users()
        watch.add(cast.CUSTOMS_GB.gln, WatchKind.ROUTE, "KE-GB", "seals were broken on this route")
        for days_ago, entry in _declarations(moment):
            register.enter_many([content.read(entry)], _SOURCE, moment - timedelta(days=days_ago))
        # Those that were decided since were in a lane too, when they came.
        assess.assess(list(Declaration.objects.values_list("pk", flat=True)), moment)
    return users


def _there() -> bool:
    """Whether the goods of the demo are on record, and nobody else's authorities."""
    glns = {actor.gln for actor in cast.ACTORS}
    return Party.objects.filter(gln__in=glns).count() == len(glns)


def _users() -> dict[str, str]:
    """The posts, and who works there; new users with random passwords."""
    for actor, locode, kind, name in _POSTS:
        people.open_post(actor.gln, locode, kind, name)
    passwords = {name: secrets.token_urlsafe(12) for name in _USERS}
    users = get_user_model().objects
    for name, (actor, role) in _USERS.items():
        user = users.create_user(name, password=passwords[name])
        Membership.objects.create(user=user, party=Party.objects.get(gln=actor.gln), role=role)
    for name, locodes in _POSTED.items():
        for post in people.posts(locodes):
            for user in users.filter(username=name):
                people.assign(user, post)
    return passwords


def _declarations(now: datetime) -> list[tuple[float, dict[str, Any]]]:
    """Days ago and members of each declaration, the oldest first."""
    shelf = _items(cast.HEADPHONES, cast.SHOP)[:1]
    recalled = _items(cast.PAN, cast.KITCHEN_SHOP)
    headphones = _entry(cast.HEADPHONES, cast.MAKER, cast.WAREHOUSE, 6) | {"transport_mode": "4"}
    coffee = _entry(cast.COFFEE, cast.GROWER, cast.GROCER, 4)
    dutch = {"authority": cast.CUSTOMS_NL.gln, "procedure": "import"}
    dutch |= {"declaration_office": "NLRTM", "declarant": cast.AIR_CARRIER.gln}
    by_air = dutch | {"declaration_office": "NLAMS", "transport_mode": "4"}
    british = {"authority": cast.CUSTOMS_GB.gln, "procedure": "import"}
    british |= {"declaration_office": "GBFXT", "declarant": cast.FORWARDER.gln}
    kenyan = {"authority": cast.CUSTOMS_KE.gln, "procedure": "export"}
    kenyan |= {"declaration_office": "KEMBA", "declarant": cast.FORWARDER.gln}
    held = {"shipment": "MV-0311", "seals": ["KE-7741"], "gross_mass": "4.2"}
    arriving = {"expected_arrival": (now + timedelta(hours=9)).isoformat()}
    return [
        (20, coffee | kenyan | held | {"number": "KE-EX-20551"}),
        (2.5, headphones | by_air | {"number": "NL-IM-771204", "shipment": "ZV-2207"}),
        (2, coffee | british | held | {"number": "GB-IM-90418", "seals": ["KE-7714"]}),
        (
            0.8,
            headphones | by_air | arriving | {"shipment": "ZV-2260", **_free("NL-IM-7714", dutch)},
        ),
        (0.6, _unregistered() | dutch | arriving | _free("NL-IM-7715", dutch)),
        (0.5, _export(shelf) | _free("NL-EX-3310", dutch)),
        (0.4, _pans(recalled) | dutch | arriving | _free("NL-IM-7716", dutch)),
    ]


def _entry(good: Good, sender: Actor, receiver: Actor, count: int) -> dict[str, Any]:
    """The members of a declaration of `count` pieces of a product, as it is registered."""
    return {
        "consignor": sender.gln,
        "consignee": receiver.gln,
        "classification": good.hs_code,
        "description": good.name,
        "origin": good.origin,
        "tariff_quantity": str(count),
        "gross_mass": str(count),
        "invoice_amount": str(count * int(_PRICES[good])),
        "currency": "EUR",
        "export_country": sender.country,
        "destination_country": receiver.country,
        "transport_mode": "1",
        "goods": [],
    }


def _unregistered() -> dict[str, Any]:
    """Goods that nobody put on record: a new trader's."""
    entry = _entry(cast.PAN, cast.SMITHY, cast.WAREHOUSE, 40)
    number = gs1.make_sscc(cast.SMITHY.prefix, 0, 900)
    return entry | {"goods": [gs1.sscc_uri(number)], "description": "Kitchenware, mixed"}


def _export(items: list[str]) -> dict[str, Any]:
    """A first export of a shop."""
    entry = _entry(cast.HEADPHONES, cast.SHOP, cast.GROCER, len(items)) | {"goods": items}
    entry |= {"authority": cast.CUSTOMS_NL.gln, "procedure": "export", "transport_mode": "1"}
    return entry | {"declaration_office": "NLRTM", "declarant": cast.SHOP.gln}


def _pans(items: list[str]) -> dict[str, Any]:
    """Pans that were called back, on their way elsewhere."""
    entry = _entry(cast.PAN, cast.KITCHEN_SHOP, cast.SHOP, len(items))
    return entry | {"goods": items, "seals": ["US-20911"]}


def _items(good: Good, holder: Actor) -> list[str]:
    rows = Subject.objects.filter(product_gtin=good.gtin, kind="item", custodian=holder.gln)
    return list(rows.order_by("uri").values_list("uri", flat=True))


def _free(beginning: str, declared: Mapping[str, str]) -> dict[str, str]:
    """A number that the random share does not draw."""
    numbers = (f"{beginning}{n:02}" for n in itertools.count(1))
    authority = declared["authority"]
    free = (n for n in numbers if draw.number(facts.key(), authority, n) >= DEFAULT.random_share)
    return {"number": next(free)}
