"""The cast and the record it signs: parties, a product, goods and a ledger, in memory,
made with the core alone.

    world = World()
    world.act(world.maker, Kind.COMMISSION, ITEM)
    world.hand_over(world.maker, world.carrier, ITEM, CN, NL)
    bundle.check(world.bundle(ITEM), world.trust, now=world.clock)

No rule is asked: a world signs, chains and folds whatever a test wants signed.
`tests.captured` is the same world in the database.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from math import inf
from typing import Any, Self

from provenance.core import gs1
from provenance.core.check import collect
from provenance.core.check.collect import Entry, Span
from provenance.core.check.trust import Trust
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.ledger import merkle, note, policy, proof, tree_head
from provenance.core.record import compose, reading, sealed, sealed_json, transition
from provenance.core.record.authority import Registrar
from provenance.core.record.compose import Intent
from provenance.core.record.event import Customs, Link, Place, SignedEvent
from provenance.core.record.sealed import Contents, Opening, SealedLink
from provenance.core.record.state import GoodsState, State
from provenance.core.record.vocabulary import Act, Role
from provenance.core.signing import canonical, keys
from tests import cast
from tests.cast import CHINA, CN, DUTCH, GTIN, ITEM, PALLET, PREFIX, Actor, Amounts

Edit = Callable[[dict[str, Any]], object]


class World:
    """A cast and its record: what was signed, in the order recorded, and the states it
    folds into.

    `pace` is the time from one act to the next; a claim takes a minute.
    """

    registrar, maker, carrier, retailer, customs_cn, customs_nl, mallory, office, factory = (
        cast.ACTORS.values()
    )
    item, lot, unit = staticmethod(cast.item), staticmethod(cast.lot), staticmethod(cast.unit)
    unions: Mapping[str, tuple[str, ...]] = cast.CUSTOMS_UNIONS
    ledger_key = keys.generate(bytes([99]) * 32)
    ledger_name = "ledger"

    def __init__(
        self,
        parties: Collection[str] = tuple(cast.PARTIES),
        *,
        start: datetime = cast.START,
        pace: timedelta = timedelta(minutes=10),
        custody: str = "external",
        product: str = "Tea caddy, hand-painted, 250 g",
    ) -> None:
        self.clock, self.pace, self.custody = start, pace, custody
        self.events: list[SignedEvent] = []
        self.states: dict[str, State] = {}
        self.sealed: dict[str, Contents] = {}
        self.seeds = 0
        for name in parties:
            title, country, roles = cast.PARTIES[name]
            self.join(getattr(self, name), title, country, *roles)
        self.register_product(GTIN, product)

    @property
    def host(self) -> str:
        """Host of the installation that the record belongs to."""
        return cast.HOST

    @property
    def everybody(self) -> dict[str, Actor]:
        """The cast by name, the registrar included."""
        return {name: getattr(self, name) for name in cast.PARTIES}

    @property
    def documents(self) -> list[dict[str, Any]]:
        """The signed documents, in the order recorded."""
        return [dict(event.document) for event in self.events]

    def goods(self, uri: str) -> GoodsState:
        """The state of goods that have a chain."""
        now = self.states_of([uri])[uri]
        assert isinstance(now, GoodsState)
        return now

    # --- who is there, and what may be made

    def join(
        self, who: Actor, name: str, country: str, *roles: Role, prefixes: Sequence[str] = (PREFIX,)
    ) -> Actor:
        """Register a party and its key; the registrar's own key is a root of trust."""
        said = {"name": name, "country": country, "roles": [*roles], "prefixes": [*prefixes]}
        self.claim(self.registrar, Act.PARTY_REGISTERED, who.uri, **said)
        if who != self.registrar:
            self.enrol(who, who.private, custody=self.custody)
        return who

    def enrol(
        self, who: Actor, private: keys.PrivateKey, purpose: str = "any", custody: str = "external"
    ) -> None:
        """Let the registrar enrol a key of a party."""
        members = cast.enrolment(who.uri, private, custody, purpose, host=self.host)
        self.claim(self.registrar, Act.KEY_ADDED, cast.key_uri(private), **members)

    def register_product(self, gtin: str, name: str, rights: Sequence[str] = ()) -> None:
        """Register a product of the maker's."""
        members = cast.a_product(self.maker, name=name, rights=[*rights])
        self.claim(self.maker, Act.PRODUCT_REGISTERED, gs1.product_uri(gtin), **members)

    def protect(self) -> None:
        """File the maker's right, and register a product that carries it."""
        self.claim(self.maker, Act.RIGHT_FILED, cast.RIGHT, **cast.a_right(self.maker))
        self.register_product(cast.BRANDED, "Tea caddy, with the mark", [cast.RIGHT])

    # --- what is signed

    def document(
        self,
        by: Actor,
        kind: Act,
        subjects: Amounts,
        *,
        after: timedelta | None = None,
        created: datetime | None = None,
        links: Sequence[Link] | None = None,
        key: keys.PrivateKey | None = None,
        edit: Edit | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        """A signed act of `by`, not yet recorded: behind the heads of now, or with the
        `links` given; signed a minute after it happened, unless `created` says when.

        `key` is another key to sign with, `edit` changes the document before that.
        """
        now = self.tick(after)
        options = {"time": now, "place": CN, "explanation": cast.explanation(kind), **options}
        intent = Intent(act=kind, issuer=by.gln, subjects=cast.amounts(subjects), **options)
        if links is None:
            links = compose.next_links(intent, self.states_of(intent.all_subjects))
        unsigned = compose.document(
            compose.event(intent),
            host=self.host,
            issuer=by.gln,
            created=created or self.signing_time(now),
            links=links,
            evidence=intent.evidence,
        )
        contents = compose.contents(intent, links, self.seed())
        if contents is not None:
            unsigned = compose.seal(unsigned, contents)
            self.sealed[unsigned["sealed"]["root"]] = contents
        return _signed(unsigned, key or by.private, edit)

    def seed(self) -> bytes:
        """A fresh seed, the same in every run: salts are not what is tested here."""
        self.seeds += 1
        return self.seeds.to_bytes(sealed.SEED_BYTES, "big")

    def contents(self, document: Mapping[str, Any]) -> Contents | None:
        """What a document of this world seals."""
        return self.sealed.get(document.get("sealed", {}).get("root", ""))

    def claim_document(
        self,
        by: Actor,
        kind: Act,
        uri: str,
        /,
        *,
        link: Link | None = None,
        time: datetime | None = None,
        key: keys.PrivateKey | None = None,
        edit: Edit | None = None,
        **members: Any,
    ) -> dict[str, Any]:
        """A signed registry claim of `by`, not yet recorded: behind the head of now, or
        with the `link` given.
        """
        if link is None:
            head = self.states_of([uri]).get(uri)
            link = Link(uri, 0, None) if head is None else Link(uri, head.position + 1, head.head)
        now = self.tick(timedelta(minutes=1))
        body = cast.claim_body(kind, uri, time or now, **members)
        unsigned = compose.document(body, host=self.host, issuer=by.gln, created=now, links=[link])
        return _signed(unsigned, key or by.private, edit)

    def signed(self, by: Actor, kind: Act, subjects: Amounts, **options: Any) -> bytes:
        """The body that posts a `document`."""
        return self.source(self.document(by, kind, subjects, **options))

    def signed_claim(self, by: Actor, kind: Act, uri: str, /, **members: Any) -> bytes:
        """The canonical bytes of a `claim_document`."""
        return canonical.serialize(self.claim_document(by, kind, uri, **members))

    # --- what is recorded

    def act(self, by: Actor, kind: Act, subjects: Amounts, **options: Any) -> str:
        """Sign and record an act; return its digest."""
        return self.put(self.document(by, kind, subjects, **options))

    def claim(self, by: Actor, kind: Act, uri: str, /, **members: Any) -> str:
        """Sign and record a registry claim; return its digest."""
        return self.put(self.claim_document(by, kind, uri, **members))

    def hand_over(
        self,
        giver: Actor,
        taker: Actor,
        subjects: Amounts,
        place: Place = CN,
        there: Place | None = None,
        *,
        accept: bool = True,
        **options: Any,
    ) -> str:
        """Hand over at `place` and, unless not to, `accept` it `there`; return the
        digest of the last of the two.
        """
        names = {"sender": giver.gln, "receiver": taker.gln}
        digest = self.act(giver, Act.HAND_OVER, subjects, place=place, **names, **options)
        if accept:
            options |= {"place": there or place}
            digest = self.act(taker, Act.ACCEPT, subjects, **names, **options)
        return digest

    def checkpoint(
        self,
        by: Actor,
        subjects: Amounts,
        procedure: str = "export",
        outcome: str | None = "cleared",
        **options: Any,
    ) -> str:
        """Let a customs authority decide; return the digest."""
        customs = Customs(Procedure(procedure), Outcome(outcome) if outcome else None)
        return self.act(by, Act.CHECKPOINT, subjects, customs=customs, **options)

    def journey(self, *, until: Act = Act.SELL, lot: str = "") -> Self:
        """An item's way in a pallet over two borders to the shop, which sells it: a
        closed loop; or its way `until` it is packed, cleared for export or unpacked.
        """
        for reached in self._travel(lot):
            if reached is until:
                break
        return self

    def _travel(self, lot: str) -> Iterator[Act]:
        self.act(self.maker, Act.COMMISSION, ITEM, lot=lot, **CHINA)
        self.act(self.maker, Act.COMMISSION, PALLET, **CHINA)
        self.act(self.maker, Act.PACK, ITEM, parent=PALLET, **CHINA)
        yield Act.PACK
        self.hand_over(self.maker, self.carrier, PALLET, **CHINA)
        self.checkpoint(self.customs_cn, PALLET, "export", **CHINA)
        yield Act.CHECKPOINT
        self.checkpoint(self.customs_nl, PALLET, "import", **DUTCH)
        self.hand_over(self.carrier, self.retailer, PALLET, **DUTCH)
        self.act(self.retailer, Act.UNPACK, ITEM, parent=PALLET, **DUTCH)
        yield Act.UNPACK
        self.act(self.retailer, Act.SELL, ITEM, **DUTCH)

    # --- where the record is: what `tests.captured` puts into the database

    def tick(self, time: timedelta | None = None) -> datetime:
        """Let time go by, the world's pace by default; return what the clock says
        then.
        """
        self.clock += time or self.pace
        return self.clock

    def signing_time(self, happened: datetime) -> datetime:
        """The time of signing what `happened` then."""
        return happened + timedelta(minutes=1)

    def states_of(self, uris: Collection[str]) -> dict[str, State]:
        """The states of those of `uris` that have a chain."""
        return {uri: self.states[uri] for uri in uris if uri in self.states}

    def put(self, document: dict[str, Any]) -> str:
        """Record a signed document, whatever it says; return its digest."""
        event = self.read(document)
        for link in event.links:
            before = self.states.get(link.subject)
            self.states[link.subject] = transition.apply(before, event, link.subject)
        self.events.append(event)
        return event.digest

    def read(self, document: Mapping[str, Any]) -> SignedEvent:
        """The signed event that a document says."""
        digest = canonical.digest(canonical.serialize(dict(document)))
        shown = self.contents(document) or ()
        return reading.read(document, digest, host=self.host, openings=shown)

    def source(self, document: Mapping[str, Any]) -> bytes:
        """The body that posts a signed document: with all that it seals, if it seals."""
        contents = self.contents(document)
        if contents is None:
            return canonical.serialize(dict(document))
        opened = sealed_json.write_contents(contents)
        return canonical.serialize({"event": dict(document), "opened": opened})

    # --- the ledger

    @property
    def root(self) -> Registrar:
        """The registrar, as a root of trust."""
        return Registrar(self.registrar.gln, self.registrar.public)

    @property
    def trust(self) -> Trust:
        """The roots under which the record is checked."""
        log = policy.Log(self._ledger().verifier)
        return Trust(self.host, self.root, policy.Policy((log,)), self.unions)

    def bundle(
        self, subject: str, *, anchored: int | None = None, whole: bool = False
    ) -> dict[str, Any]:
        """The bundle about `subject`, with the first `anchored` events (None: all) in
        the ledger; `whole` for a party of its events, who may see all that they seal.
        """
        leaves = self._leaves(anchored)
        signed = tree_head.sign(self.head(anchored), self._ledger())
        needed = collect.chains(subject, self.chains)
        wanted = {event.digest for chain in needed.values() for event in chain}
        entries: list[Entry] = []
        for index, event in enumerate(self.events):
            if event.digest in wanted:
                proven = index < len(leaves)
                path = tuple(merkle.prove_inclusion(leaves, index)) if proven else ()
                text = proof.Proof(index, path, signed).format().decode()
                shown = self.openings(event, None if whole else {subject})
                entries.append(Entry(event.document, text if proven else None, shown))
        return collect.compose(subject, entries, self.trust)

    def openings(self, event: SignedEvent, subjects: Collection[str] | None) -> list[Opening]:
        """The openings of the links of an event to these subjects, or all of it (None)."""
        contents = self.contents(event.document)
        return [
            opening
            for opening in (sealed.openings(contents) if contents is not None else ())
            if subjects is None
            or (isinstance(opening.leaf, SealedLink) and opening.leaf.link.subject in subjects)
        ]

    def head(self, size: int | None = None) -> tree_head.TreeHead:
        """The tree head over the first `size` events (None: all)."""
        leaves = self._leaves(size)
        return tree_head.TreeHead(self._ledger().name, len(leaves), merkle.root(leaves))

    def _leaves(self, size: int | None) -> list[bytes]:
        return [merkle.leaf_hash(bytes.fromhex(e.digest)) for e in self.events[:size]]

    def chains(self, spans: Mapping[str, Span]) -> dict[str, list[SignedEvent]]:
        """The events that link to each subject, at the positions asked for."""
        return {
            uri: [
                event
                for event in self.events
                if uri in event.by_subject
                and first <= event.link(uri).position <= (inf if last is None else last)
            ]
            for uri, (first, last) in spans.items()
        }

    def _ledger(self) -> note.Signer:
        return note.Signer(f"{self.host}/{self.ledger_name}", self.ledger_key)


def _signed(unsigned: dict[str, Any], key: keys.PrivateKey, edit: Edit | None) -> dict[str, Any]:
    if edit is not None:
        edit(unsigned)
    return compose.sign(unsigned, key)
