"""Events as rows, put straight into the tables: for pages that only show rows, and for
records that capture would never make.
"""

from typing import Any

from django.utils import timezone

from provenance.core.record.event import SignedEvent
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical
from provenance.models import ChainLink, Event, Party, SigningKey, Subject
from tests import cast
from tests.captured import Story

MAKER = Story.maker.gln


def row_of(event: SignedEvent) -> dict[str, Any]:
    """The columns of a signed act's row."""
    return {
        "digest": event.digest,
        "kind": event.act.value,
        "issuer": event.issuer,
        "key": event.key,
        "event_id": event.goods.event_id,
        "event_time": event.event_time,
        "created": event.created,
        "recorded_at": timezone.now(),
        "late": False,
        "receiver": event.goods.receiver or "",
        "document": canonical.serialize(dict(event.document)).decode(),
    }


def store(count: int) -> list[str]:
    """Insert `count` signed events, each the first of an item of its own; return their
    digests.
    """
    party, _ = Party.objects.get_or_create(gln=MAKER, defaults={"name": "Maker", "country": "CN"})
    key = {"party": party, "custody": "external", "valid_from": timezone.now()}
    SigningKey.objects.get_or_create(public_key=Story.maker.public, defaults=key)
    story, first = Story(()), Event.objects.count()
    uris = [cast.item(f"S{number}") for number in range(first, first + count)]
    born = [story.read(story.document(story.maker, Act.COMMISSION, uri)) for uri in uris]
    events = [Event(**row_of(event)) for event in born]
    subjects = [
        Subject(
            uri=uri,
            kind="item",
            head_position=0,
            head_digest=event.digest,
            genesis_digest=event.digest,
            head_recorded_at=event.recorded_at,
            state={},
        )
        for uri, event in zip(uris, events, strict=True)
    ]
    pairs = zip(events, subjects, strict=True)
    Event.objects.bulk_create(events, batch_size=1000)
    Subject.objects.bulk_create(subjects, batch_size=1000)
    ChainLink.objects.bulk_create(
        [ChainLink(event=event, subject=subject, position=0) for event, subject in pairs]
    )
    return [event.digest for event in events]
