"""Events as rows, put straight into the tables: for pages that only look at rows. Their
product is not registered.
"""

import hashlib
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from provenance.core import gs1
from provenance.core.record import compose
from provenance.core.record import event as event_
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical, keys
from provenance.models import ChainLink, Event, Party, SigningKey, Subject

MAKER = "9520000000011"
KEY = keys.generate(hashlib.sha256(b"a maker of rows").digest())


def store(count: int) -> list[str]:
    """Insert `count` signed events, each the first of an item of its own; return their
    digests.
    """
    public = keys.encode_public(keys.public_of(KEY))
    party, _ = Party.objects.get_or_create(gln=MAKER, defaults={"name": "Maker", "country": "CN"})
    SigningKey.objects.get_or_create(
        public_key=public,
        defaults={"party": party, "custody": "external", "valid_from": timezone.now()},
    )
    first = Event.objects.count()
    now = timezone.now()
    events, subjects, links = [], [], []
    for number in range(first, first + count):
        uri = gs1.item_uri("09520000000004", f"S{number}")
        moment = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=number)
        intent = compose.Intent(act=Act.COMMISSION, issuer=MAKER, subjects={uri: 1}, time=moment)
        unsigned = compose.document(
            compose.event(intent),
            host=settings.CUSTOS_DID_HOST,
            issuer=MAKER,
            created=moment,
            links=[event_.Link(uri, 0, None)],
        )
        raw = canonical.serialize(compose.sign(unsigned, KEY))
        digest = canonical.digest(raw)
        event = Event(
            digest=digest,
            kind=Act.COMMISSION,
            issuer=MAKER,
            key=public,
            document=raw.decode(),
            event_time=moment,
            created=moment,
            recorded_at=now + timedelta(microseconds=number),
            event_id=unsigned["credentialSubject"]["eventID"],
        )
        subject = Subject(
            uri=uri,
            kind="item",
            head_position=0,
            head_digest=digest,
            genesis_digest=digest,
            head_recorded_at=event.recorded_at,
            state={},
        )
        events.append(event)
        subjects.append(subject)
        links.append(ChainLink(event=event, subject=subject, position=0, previous=None))
    Event.objects.bulk_create(events, batch_size=1000)
    Subject.objects.bulk_create(subjects, batch_size=1000)
    ChainLink.objects.bulk_create(links, batch_size=1000)
    return [event.digest for event in events]
