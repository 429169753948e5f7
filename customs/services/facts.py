"""The facts of declarations, gathered in bulk: some twenty queries for any number of them."""

import hmac
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import F, Min, Q

from customs.models import BorderPost, DeclarationVersion, WatchEntry
from customs.risk import draw
from customs.risk.facts import Counterpart, Declared, Facts, ProductFacts, Unlicensed, Watched
from customs.risk.vocabulary import PostKind, WatchKind
from customs.services import goods, watch
from customs.services.declarations import access
from customs.services.goods import Batch, Recorded
from provenance.core import gs1
from provenance.core.epcis.vocabulary import Procedure
from provenance.core.record.state import ProductState, RightState, State, owned_or_licensed
from provenance.models import Product, Right, Shipment, ShipmentLine, Subject
from provenance.services.record import states

_MOST: Final = 20  # of a list in the facts


def gather(versions: Sequence[DeclarationVersion], now: datetime) -> dict[UUID, Facts]:
    """The facts of each declaration, by its id."""
    world = _World(versions, now)
    return {version.declaration_id: world.facts(version) for version in versions}


class _World:
    """Everything that the facts of some declarations are made of."""

    def __init__(self, versions: Sequence[DeclarationVersion], now: datetime) -> None:
        self.now, self.versions = now, versions
        self.roots = roots(versions)
        self.goods = goods.load({uri for uris in self.roots.values() for uri in uris}, now)
        gtins = {b.gtin for each in self.goods.values() for b in each.batches if b.gtin}
        self.products = {row.gtin: row for row in Product.objects.filter(gtin__in=gtins)}
        carried = {uri for row in self.products.values() for uri in row.rights}
        self.states = _states({*map(gs1.product_uri, gtins), *carried})
        self.territories = dict(
            Right.objects.filter(uri__in=carried).values_list("uri", "territories")
        )
        self.counterparts = _counterparts(versions, self.roots)
        self.first_seen, self.entered = _first_seen(versions), _entered(versions)
        self.posts = _posts(versions)
        self.watch = _Watch(watch.in_force(now.date()))

    def facts(self, version: DeclarationVersion) -> Facts:
        """The facts of a declaration."""
        declaration = version.declaration
        recorded = [self.goods[u] for u in self.roots[version.pk] if u in self.goods]
        batches = [batch for each in recorded for batch in each.batches]
        products = [self.products[gtin] for gtin in _gtins(batches) if gtin in self.products]
        return Facts(
            declared=_declared(version),
            draw=draw.number(key(), declaration.authority, declaration.number),
            on_record=bool(recorded),
            quantity=_quantity(batches),
            products=tuple(ProductFacts(p.gtin, p.hs_code, p.origin) for p in products),
            counterpart=self._counterpart(version),
            post_kinds=self.posts.get((declaration.authority, version.declaration_office), ()),
            recalled=_marked(batch.recalled or self._recall(batch) for batch in batches),
            stolen=_marked(batch.stolen for batch in batches),
            ended=_marked(batch.gone for batch in batches),
            unlicensed=tuple(self._unlicensed(batches, products))[:_MOST],
            first_time=self._first_time(version),
            **_seen(recorded, [*self.roots[version.pk]], self.goods, self.now),
            overdue_hours=self._overdue(version, recorded),
            **self.watch.entries(version, products, self.territories),
        )

    def _recall(self, batch: Batch) -> str | None:
        """The product, where a recall of it reaches these goods."""
        state = self.states.get(gs1.product_uri(batch.gtin)) if batch.gtin else None
        recalls = state.recalls if isinstance(state, ProductState) else ()
        reached = any(recall.covers(batch.lot, batch.day) for recall in recalls)
        return gs1.product_uri(batch.gtin) if reached else None

    def _unlicensed(
        self, batches: Iterable[Batch], products: Iterable[Product]
    ) -> Iterable[Unlicensed]:
        carried = {product.gtin: product.rights for product in products}
        for batch in batches:
            for uri in carried.get(batch.gtin, ()):
                right = self.states.get(uri)
                if isinstance(right, RightState) and not _licensed(right, batch):
                    yield Unlicensed(batch.maker, right.title, batch.day)

    def _counterpart(self, version: DeclarationVersion) -> Counterpart | None:
        for other in self.counterparts.get(version.pk, ()):
            return Counterpart(
                other.declaration.authority,
                other.declaration.number,
                other.tariff_quantity,
                other.gross_mass,
                tuple(other.seals),
            )
        return None

    def _first_time(self, version: DeclarationVersion) -> tuple[str, ...]:
        authority, entered = version.declaration.authority, self.entered[version.declaration_id]
        new = {gln for gln in _traders(version) if self.first_seen[authority, gln] >= entered}
        return tuple(sorted(new))

    def _overdue(self, version: DeclarationVersion, recorded: Iterable[Recorded]) -> int:
        arrived = any(version.declaration.authority in each.seen_by for each in recorded)
        if arrived or version.procedure == Procedure.EXPORT:
            return 0
        return max(0, goods.hours_since(version.expected_arrival, self.now) or 0)


# --- what is declared ---------------------------------------------------------------


def _declared(version: DeclarationVersion) -> Declared:
    return Declared(
        procedure=version.procedure,
        classification=version.classification,
        origin=version.origin,
        quantity=version.tariff_quantity.normalize(),
        gross_mass=version.gross_mass.normalize(),
        seals=tuple(version.seals),
        transport_mode=version.transport_mode,
        export_country=version.export_country,
        destination_country=version.destination_country,
        routing_countries=tuple(version.routing_countries),
    )


def key() -> bytes:
    """The key of the random share: this installation's own."""
    return hmac.digest(settings.SECRET_KEY.encode(), b"custos customs random share", sha256)


def roots(versions: Iterable[DeclarationVersion]) -> dict[UUID, tuple[str, ...]]:
    """URIs of the declared goods, by version: those that it names, and those of its shipment:
    its logistic unit, or its lines where it has no single one.
    """
    shipments = _shipments(versions)
    return {v.pk: tuple(dict.fromkeys([*v.goods, *shipments.get(v.pk, ())])) for v in versions}


def _shipments(versions: Iterable[DeclarationVersion]) -> dict[UUID, list[str]]:
    """The goods of the shipments that versions name by reference: those that a party of the
    declaration sent or received.
    """
    named = {version.shipment for version in versions} - {""}
    rows: dict[str, list[Shipment]] = {}
    for row in Shipment.objects.filter(reference__in=named) if named else ():
        rows.setdefault(row.reference, []).append(row)
    loose = [row.pk for same in rows.values() for row in same if not row.logistic_unit]
    lines: dict[UUID, list[str]] = {}
    listed = ShipmentLine.objects.filter(shipment__in=loose) if loose else ()
    for line in listed:
        lines.setdefault(line.shipment_id, []).append(line.subject)
    return {
        version.pk: [
            uri
            for row in rows.get(version.shipment, ())
            if {row.sender, row.receiver} & set(_parties(version))
            for uri in ([row.logistic_unit] if row.logistic_unit else lines.get(row.pk, ()))
        ]
        for version in versions
        if version.shipment
    }


def _parties(version: DeclarationVersion) -> tuple[str, str, str]:
    return version.declaration.declarant, version.consignor, version.consignee


# --- what is on record --------------------------------------------------------------


def _gtins(batches: Iterable[Batch]) -> list[str]:
    return sorted({batch.gtin for batch in batches if batch.gtin})


def _quantity(batches: Iterable[Batch]) -> Decimal | None:
    """The amount of items and lots; None where there are none."""
    amounts = [batch.amount for batch in batches if batch.gtin]
    return sum(amounts, Decimal(0)).normalize() if amounts else None


def _marked(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({value for value in values if value}))[:_MOST]


def _seen(
    recorded: Sequence[Recorded],
    roots: Sequence[str],
    goods_by_uri: Mapping[str, Recorded],
    now: datetime,
) -> dict[str, Any]:
    """The facts that are of the goods as a whole: custody, places, scans, incidents."""
    waiting = [each.waiting_since for each in recorded if each.waiting_since is not None]
    return {
        "recorded_countries": tuple(sorted(set().union(*(each.countries for each in recorded)))),
        "waiting_hours": goods.hours_since(min(waiting, default=None), now),
        "refused": tuple(u for u in roots if u in goods_by_uri and goods_by_uri[u].refused),
        "incidents": tuple(sorted({n for each in recorded for n in each.incidents}))[:_MOST],
        "scan_sessions": max((each.scan_sessions for each in recorded), default=0),
    }


def _states(uris: Collection[str]) -> dict[str, State]:
    rows = Subject.objects.filter(uri__in=uris).values_list("uri", "kind", "state")
    return {uri: states.load(kind, state) for uri, kind, state in rows}


def _licensed(right: RightState, batch: Batch) -> bool:
    return owned_or_licensed(
        right, party=batch.maker, gtin=batch.gtin, day=batch.day, country=batch.country
    )


# --- other declarations -------------------------------------------------------------


def _counterparts(
    versions: Iterable[DeclarationVersion], roots: Mapping[UUID, Sequence[str]]
) -> dict[UUID, list[DeclarationVersion]]:
    """The declarations of the same goods or shipment to other authorities, newest first."""
    uris = sorted({uri for version in versions for uri in roots[version.pk]})
    named = {version.shipment for version in versions} - {""}
    others = access.in_force().filter(Q(goods__has_any_keys=uris) | Q(shipment__in=named))
    by_name: dict[str, list[DeclarationVersion]] = {}
    for other in others.order_by("-entered_at", "-pk"):
        for name in {*other.goods, _shipment_name(other)} - {""}:
            by_name.setdefault(name, []).append(other)
    return {
        version.pk: [
            other
            for name in (*roots[version.pk], _shipment_name(version))
            for other in by_name.get(name, ())
            if other.declaration.authority != version.declaration.authority
        ]
        for version in versions
    }


def _shipment_name(version: DeclarationVersion) -> str:
    """A shipment as declarations name it; empty where it names none."""
    if not version.shipment:
        return ""
    return f"{version.shipment}\x1f{version.consignor}\x1f{version.consignee}"


def _first_seen(versions: Iterable[DeclarationVersion]) -> dict[tuple[str, str], datetime]:
    """When each trader was first declarant or consignee of a declaration to each authority."""
    authorities = {version.declaration.authority for version in versions}
    first: dict[tuple[str, str], datetime] = {}
    for column in ("declaration__declarant", "consignee"):
        traders = {gln for version in versions for gln in _traders(version)}
        rows = DeclarationVersion.objects.filter(
            version=1, declaration__authority__in=authorities, **{f"{column}__in": traders}
        )
        grouped = rows.values(authority=F("declaration__authority"), trader=F(column))
        for row in grouped.annotate(at=Min("entered_at")):
            name = (row["authority"], row["trader"])
            first[name] = min(first.get(name, row["at"]), row["at"])
    return first


def _traders(version: DeclarationVersion) -> tuple[str, str]:
    return version.declaration.declarant, version.consignee


def _entered(versions: Iterable[DeclarationVersion]) -> dict[UUID, datetime]:
    """When each declaration was first entered."""
    ids = [version.declaration_id for version in versions]
    rows = DeclarationVersion.objects.filter(version=1, declaration__in=ids)
    return dict(rows.values_list("declaration", "entered_at"))


# --- posts and watch-lists ----------------------------------------------------------


def _posts(versions: Iterable[DeclarationVersion]) -> dict[tuple[str, str], tuple[PostKind, ...]]:
    """The kinds of an authority's posts at each place."""
    authorities = {version.declaration.authority for version in versions}
    kinds: dict[tuple[str, str], tuple[PostKind, ...]] = {}
    rows = BorderPost.objects.filter(authority__gln__in=authorities).order_by("kind")
    for gln, locode, kind in rows.values_list("authority__gln", "locode", "kind"):
        kinds[gln, locode] = (*kinds.get((gln, locode), ()), PostKind(kind))
    return kinds


class _Watch:
    """The watch-lists in force."""

    def __init__(self, rows: Iterable[WatchEntry]) -> None:
        self.rows = list(rows)

    def entries(
        self,
        version: DeclarationVersion,
        products: Sequence[Product],
        territories: Mapping[str, Sequence[str]],
    ) -> dict[str, Any]:
        """The entries that fit a declaration, by the fact that they are."""
        gln = version.declaration.authority
        route = f"{version.export_country}-{version.destination_country}"
        rights = {uri for product in products for uri in product.rights}
        country = version.declaration_office[:2]
        alerted = {u for u in rights if not territories.get(u) or country in territories[u]}
        return {
            "watched_parties": self._fitting(WatchKind.PARTY, set(_parties(version)), gln),
            "watched_products": self._fitting(WatchKind.PRODUCT, {p.gtin for p in products}, gln),
            "watched_routes": self._fitting(WatchKind.ROUTE, {route}, gln),
            "alerts": self._fitting(WatchKind.RIGHT, alerted, None),
        }

    def _fitting(
        self, kind: WatchKind, values: Collection[str], raised_by: str | None
    ) -> tuple[Watched, ...]:
        return tuple(
            Watched(row.value, row.reason)
            for row in self.rows
            if row.kind == kind and row.value in values and raised_by in (None, row.raised_by)
        )
