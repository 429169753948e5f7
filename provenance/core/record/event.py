"""A signed event in types (docs/format.md): its signer, its links, and its body.

The body is an act on goods or a registry claim. `reading.read` makes events from documents,
`compose` writes documents.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias

from provenance.core import errors
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record.claims import RegistryClaim
from provenance.core.record.vocabulary import Act


@dataclass(frozen=True, slots=True)
class Link:
    """An event's place in a subject's chain. `closes` is the digest of position 0 where it ends
    the loop.
    """

    subject: str
    position: int
    previous: str | None
    closes: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place: `id` a GS1 location URI or geo URI, `country` ISO 3166-1 alpha-2."""

    country: str | None = None
    name: str = ""
    locode: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Customs:
    """A customs authority's block of a checkpoint; without `outcome` it only looked.
    `declaration` and `seals` are sealed members: empty for a reader without them.
    """

    procedure: Procedure
    outcome: Outcome | None
    post: str = ""
    declaration: str = ""
    edifact: str = ""
    seals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an act was done, in its signer's words; of a recall also what whoever has the goods
    should do, and where they are answered.
    """

    reason: str
    advice: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class GoodsAct:
    """An act on goods. `subjects` and `outputs` map subject URIs to amounts: 1 for an item or a
    logistic unit. `expiry` is the last day on which to use what begins with it, as an ISO date.
    `replaced_by` are the eventIDs that a correction names in place of the wrong event. `unopened`
    is the number of items beside `subjects` and `outputs` that are sealed and were not opened.
    """

    subjects: Mapping[str, Decimal]
    parent: str | None = None
    outputs: Mapping[str, Decimal] = field(default_factory=dict)
    sender: str | None = None
    receiver: str | None = None
    place: Place = Place()
    customs: Customs | None = None
    explanation: Explanation | None = None
    event_id: str = ""
    error_reason: str = ""
    lot: str = ""
    expiry: str = ""
    replaced_by: tuple[str, ...] = ()
    unopened: int = 0

    @property
    def moved(self) -> Decimal:
        """The sum of the goods that an aggregation packs or unpacks."""
        return sum(self.subjects.values(), Decimal(self.unopened))

    @property
    def outcome(self) -> Outcome | None:
        """The outcome of the customs checkpoint, if it is a checkpoint and came to any."""
        return self.customs.outcome if self.customs is not None else None


Body: TypeAlias = GoodsAct | RegistryClaim


@dataclass(frozen=True, slots=True)
class SignedEvent:
    """A signed document of the right shape.

    `issuer` is the GLN of the party that signed; `key` the Ed25519 public key that the proof
    names, in multibase. `links` are those in clear, then those that were opened; `members` the
    sealed members that were opened, by JSON pointer.
    """

    document: Mapping[str, Any]
    digest: str
    issuer: str
    host: str
    key: str
    act: Act
    event_time: datetime
    offset: str
    created: datetime
    links: tuple[Link, ...]
    by_subject: Mapping[str, Link]
    body: Body
    members: Mapping[str, Any] = field(default_factory=dict)

    @property
    def goods(self) -> GoodsAct:
        """The body of an act on goods. Raises Malformed for a registry claim."""
        if not isinstance(self.body, GoodsAct):
            raise errors.Malformed(f"{self.act} is no act on goods")
        return self.body

    @property
    def day(self) -> str:
        """The UTC day of the act, as an ISO date, for rights and licences."""
        return self.event_time.date().isoformat()

    def link(self, subject: str) -> Link:
        """Return this event's link in the chain of `subject`; KeyError when it has none."""
        return self.by_subject[subject]


def issuer_did(host: str, gln: str) -> str:
    """Return the did:web of party `gln` at `host` (host[:port], the colon written %3A)."""
    return f"did:web:{host.replace(':', '%3A')}:parties:{gln}"
