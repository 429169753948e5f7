"""The goods of declarations, as the record has them now: read in bulk from the read models,
a few queries for a thousand declarations.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from provenance.core.record.state import Situation
from provenance.models import Checkpoint, Handoff, Subject

SCANNED_WITHIN: Final = timedelta(days=30)
_GONE: Final = [Situation.SOLD.value, Situation.ENDED.value, Situation.SEIZED.value]
# Each subject asked for, then all that is packed in it, and so on inwards, with the amount
# that is there. What was ever packed in a unit is found by its packings; what is in it still,
# by the holdings of its state.
_INSIDE: Final = """
    WITH RECURSIVE inside(root, id, amount) AS (
        SELECT s.uri::text, s.id, coalesce(
                (SELECT sum(held::numeric) FROM jsonb_each_text(s.state -> 'holdings') h(k, held)),
                (s.state ->> 'quantity')::numeric)
            FROM provenance_subject s WHERE s.uri = ANY(%s)
        UNION
        SELECT inside.root, child.id, (child.state -> 'holdings' ->> unit.uri)::numeric
            FROM inside
            JOIN provenance_subject unit ON unit.id = inside.id AND unit.kind = 'logistic_unit'
            JOIN provenance_chainlink ul ON ul.subject_id = unit.id
            JOIN provenance_event e ON e.id = ul.event_id AND e.kind = 'pack'
            JOIN provenance_chainlink cl ON cl.event_id = e.id AND cl.subject_id <> unit.id
            JOIN provenance_subject child
                ON child.id = cl.subject_id AND child.state -> 'holdings' ? unit.uri
    )
"""
# Goods alike: of one product, maker, lot, day and country of making.
_BATCHES: Final = """
    SELECT inside.root, s.product_gtin, s.state ->> 'commissioned_by',
        CASE WHEN s.kind = 'lot' OR s.lot = '' THEN s.uri ELSE s.lot END AS lot,
        (born.event_time AT TIME ZONE 'UTC')::date AS day,
        CASE WHEN p.gtin IS NULL THEN NULL
            ELSE born.document::jsonb #>> '{credentialSubject,custos:place,country}'
        END AS country,
        sum(inside.amount),
        min(s.uri) FILTER (WHERE (s.state ->> 'recalled')::boolean),
        min(s.uri) FILTER (WHERE (s.state ->> 'stolen')::boolean),
        min(s.uri) FILTER (WHERE s.situation = ANY(%s))
    FROM inside
    JOIN provenance_subject s ON s.id = inside.id
    JOIN provenance_event born ON born.digest = s.genesis_digest
    LEFT JOIN provenance_product p ON p.gtin = s.product_gtin AND p.rights <> '[]'::jsonb
    GROUP BY 1, 2, 3, 4, 5, 6
"""
_SCANS: Final = """
    SELECT root, max(people) FROM (
        SELECT inside.root, s.uri, count(DISTINCT scan.session) AS people
        FROM inside
        JOIN provenance_subject s ON s.id = inside.id
        JOIN provenance_scan scan ON scan.code = s.uri AND scan.at > %s AND scan.session <> ''
        GROUP BY 1, 2
    ) looked GROUP BY root
"""
_INCIDENTS: Final = """
    SELECT DISTINCT inside.root, i.number
    FROM inside
    JOIN provenance_subject s ON s.id = inside.id
    JOIN provenance_incident i ON i.subject = s.uri AND i.mended_at IS NULL
    ORDER BY 1, 2
"""
# Each subject asked for, then whatever unit holds it now, and so on outwards: what was done
# to a unit was done to the goods in it.
_AROUND: Final = """
    WITH RECURSIVE around(root, uri) AS (
        SELECT asked, asked FROM unnest(%s::text[]) AS asked
        UNION
        SELECT around.root, holder
            FROM around
            JOIN provenance_subject s ON s.uri = around.uri
            CROSS JOIN LATERAL
                jsonb_object_keys(coalesce(s.state -> 'holdings', '{}'::jsonb)) AS holder
    )
    SELECT uri, root FROM around
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Goods of one product, maker, lot and day; `gtin` is empty for a logistic unit.
    `recalled`, `stolen` and `gone` are the first subject of which that is true.
    """

    gtin: str
    maker: str
    lot: str
    day: str
    country: str | None
    amount: Decimal
    recalled: str | None
    stolen: str | None
    gone: str | None


@dataclass(slots=True)
class Recorded:
    """The goods under one subject: it and all that is packed in it."""

    batches: list[Batch] = field(default_factory=list)
    incidents: list[int] = field(default_factory=list)
    scan_sessions: int = 0
    countries: set[str] = field(default_factory=set)
    seen_by: set[str] = field(default_factory=set)
    waiting_since: datetime | None = None
    refused: bool = False


def load(uris: Collection[str], now: datetime) -> dict[str, Recorded]:
    """The recorded goods under each of `uris` that is on record."""
    listed = sorted(set(uris))
    there = Subject.objects.filter(uri__in=listed).values_list("uri", flat=True)
    goods = {uri: Recorded() for uri in there}
    inside = _INSIDE + _BATCHES
    for root, gtin, maker, lot, day, country, amount, *marks in _rows(inside, [listed, _GONE]):
        batch = Batch(gtin, maker or "", lot, str(day), country, amount or Decimal(0), *marks)
        goods[root].batches.append(batch)
    for root, people in _rows(_INSIDE + _SCANS, [listed, now - SCANNED_WITHIN]):
        goods[root].scan_sessions = people
    for root, number in _rows(_INSIDE + _INCIDENTS, [listed]):
        goods[root].incidents.append(number)
    around: dict[str, list[Recorded]] = {}
    for uri, root in _rows(_AROUND, [list(goods)]):
        around.setdefault(uri, []).append(goods[root])
    _add_checkpoints(around)
    _add_handoffs(around)
    return goods


def _rows(sql: str, values: list[Any]) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        yield from cursor.fetchall()


def _add_checkpoints(around: Mapping[str, Sequence[Recorded]]) -> None:
    rows = Checkpoint.objects.filter(subject__in=around)
    for uri, country, authority in rows.values_list("subject", "country", "authority"):
        for recorded in around[uri]:
            recorded.countries.add(country)
            recorded.seen_by.add(authority)


def _add_handoffs(around: Mapping[str, Sequence[Recorded]]) -> None:
    """Whether the newest handover was refused, or since when it waits."""
    rows = Handoff.objects.filter(subject__in=around).order_by("handed_over_at")
    for uri, outcome, at in rows.values_list("subject", "outcome", "handed_over_at"):
        for recorded in around[uri]:
            recorded.waiting_since = None if outcome else at
            recorded.refused = outcome == "refuse"


def hours_since(moment: datetime | None, now: datetime) -> int | None:
    """Whole hours from `moment` to `now`; None where there is none."""
    return None if moment is None else int((now - moment) / timedelta(hours=1))
