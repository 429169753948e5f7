"""Sealed events of 1,000 items each: the whole way in, and opening a single item of them."""

import os
import statistics
from datetime import UTC, datetime

from django.conf import settings

from benchmarks import parallel, world
from benchmarks.measure import Figure, percentile, times
from provenance.core.record import compose, sealed, sealed_json
from provenance.core.record.compose import Intent
from provenance.core.record.event import Link
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical
from provenance.models import ChainLink
from provenance.services import seals

ITEMS = 1000
EVENTS = 30
HEADLINE = 347  # new products a second: 30 million a day


def commissioning(batch: str, count: int = ITEMS) -> bytes:
    """A signed commissioning of `count` new items of a named batch, with all that it seals."""
    now = datetime.now(UTC)
    uris = [world.item(batch, number) for number in range(count)]
    intent = Intent(
        act=Act.COMMISSION,
        issuer=world.BRAND,
        subjects=dict.fromkeys(uris, 1),
        time=now,
        place=world.PLACE,
    )
    links = [Link(uri, 0, None) for uri in uris]
    contents = compose.contents(intent, links, os.urandom(sealed.SEED_BYTES))
    assert contents is not None
    unsigned = compose.document(
        compose.event(intent),
        host=settings.CUSTOS_DID_HOST,
        issuer=world.BRAND,
        created=now,
        links=links,
    )
    signed = compose.sign(compose.seal(unsigned, contents), world.PRIVATE)
    opened = sealed_json.write_contents(contents)
    return canonical.serialize({"event": signed, "opened": opened})


def measure() -> list[Figure]:
    """New items in a single process and the whole way, and the opening of an item."""
    return [alone(), in_production(), opening()]


def alone() -> Figure:
    """The median event in one process, and the median ratio to the bare rate beside each."""
    pairs = parallel.alone([[commissioning(f"A{number:02d}")] for number in range(10)], ITEMS)
    rate = ITEMS / statistics.median(seconds for _, seconds in pairs)
    ratio = statistics.median(bare / seconds for bare, seconds in pairs)
    return Figure("capture, sealed events of 1,000 new items", rate, "events", "one process", ratio)


def in_production() -> Figure:
    """Signed in, to verified, stored, chained and anchored: two processes capture."""
    batches = [[commissioning(f"W{number:02d}")] for number in range(EVENTS)]
    before = parallel.bare()
    took = parallel.together(batches)
    bare = ITEMS / statistics.mean([before, parallel.bare()])
    rate = EVENTS * ITEMS / took
    bar = min(15_000, 0.9 * bare)
    note = f"{rate / HEADLINE:.0f} x the headline of {HEADLINE}; the bar: {bar:,.0f}"
    return Figure("new items in sealed events, the whole way", rate, "events", note, rate / bare)


def opening() -> Figure:
    """An item's opening, from what the database holds of its event."""
    link = ChainLink.objects.filter(leaf__isnull=False).select_related("event", "subject").first()
    assert link is not None
    event = link.event
    row = seals.LinkRow(
        link.subject.uri, 0, None, False, False, link.subject.genesis_digest, link.leaf, link.path
    )
    document = canonical.parse_object(event.document.encode())
    assert event.seal_key is not None
    seed = seals.Seed(bytes(event.seed or b""), event.seal_key.encrypted)
    taken = times(lambda: seals.openings(document, event.digest, seed, [row]), 300)
    p50, p95 = percentile(taken, 0.5), percentile(taken, 0.95)
    note = f"p50 {p50:.3f} ms, p95 {p95:.3f} ms; the bar: 1 ms"
    return Figure("opening of one item", 1000 / p50, "openings", note)
