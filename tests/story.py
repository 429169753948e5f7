"""A record built with the core alone: parties, a product and acts, signed, chained and
anchored in a small ledger.

story = Story(); story.act(Kind.COMMISSION, story.maker, {ITEM: 1}, place=CN); result =
story.check(ITEM)
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from provenance.core import gs1
from provenance.core.check import bundle, collect
from provenance.core.check.result import Result
from provenance.core.check.trust import Trust
from provenance.core.ledger import merkle, note, policy, tree_head
from provenance.core.ledger import proof as tlog_proof
from provenance.core.record import compose, state
from provenance.core.record import event as event_
from provenance.core.record.authority import Registrar
from provenance.core.record.compose import Intent
from provenance.core.record.event import Place, SignedEvent
from provenance.core.record.vocabulary import Act, Role
from provenance.core.record.state import State
from provenance.core.signing import canonical, keys

HOST = "custos.example"
GTIN = "09520000000004"
ITEM = gs1.item_uri(GTIN, "7K3M9QZXW2T5")
LOT = gs1.lot_uri(GTIN, "L-1")
PALLET = gs1.sscc_uri(gs1.make_sscc("952000", 0, 1))
REGISTRAR, MAKER, CARRIER, RETAILER, CUSTOMS_CN, CUSTOMS_NL = (
    gs1.make_gln("952000", n) for n in range(1, 7)
)
SHENZHEN = Place(country="CN", name="Shenzhen", locode="CNSZX")
ROTTERDAM = Place(country="NL", name="Rotterdam", locode="NLRTM")
PARTIES: tuple[tuple[str, str, str, tuple[Role, ...]], ...] = (
    (REGISTRAR, "Custos Registrar", "NL", (Role.REGISTRAR,)),
    (MAKER, "Lantern & Loom Ltd", "CN", (Role.BRAND, Role.MAKER)),
    (CARRIER, "Blue Heron Freight", "SG", (Role.CARRIER,)),
    (RETAILER, "Winkel aan de Maas", "NL", (Role.RETAILER,)),
    (CUSTOMS_CN, "Shenzhen Customs", "CN", (Role.CUSTOMS_AUTHORITY,)),
    (CUSTOMS_NL, "Douane Rotterdam", "NL", (Role.CUSTOMS_AUTHORITY,)),
)
START = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)


class Story:
    """What happened, as signed documents in the order recorded."""

    def __init__(
        self,
        product: str = "Tea caddy, hand-painted, 250 g",
        *,
        start: datetime = START,
        custody: str = "external",
    ) -> None:
        self.now, self.custody = start, custody
        self.keys = {gln: keys.generate(bytes([n]) * 32) for n, (gln, *_) in enumerate(PARTIES, 1)}
        self.records: list[SignedEvent] = []
        self.states: dict[str, State] = {}
        for gln, name, country, roles in PARTIES:
            self.claim(
                Act.PARTY_REGISTERED,
                REGISTRAR,
                gs1.party_uri(gln),
                name=name,
                country=country,
                roles=[*roles],
            )
            if gln != REGISTRAR:
                self._enrol(gln)
        self.claim(
            Act.PRODUCT_REGISTERED,
            MAKER,
            gs1.product_uri(GTIN),
            owner=gs1.party_uri(MAKER),
            name=product,
            brand="Lantern & Loom",
            hsCode="691110",
            origin="CN",
            rights=[],
        )

    def act(
        self,
        kind: Act,
        issuer: str,
        subjects: Mapping[str, int],
        *,
        after: timedelta = timedelta(hours=5),
        signed_after: timedelta = timedelta(minutes=1),
        **more: Any,
    ) -> SignedEvent:
        """Let `issuer` do something `after` the last event, and sign it `signed_after`
        that.
        """
        self.now += after
        intent = Intent(
            act=kind,
            issuer=issuer,
            subjects={uri: Decimal(n) for uri, n in subjects.items()},
            time=self.now,
            **more,
        )
        return self._sign(
            compose.event(intent),
            issuer,
            compose.next_links(intent, self.states),
            self.now + signed_after,
            more.get("evidence", ()),
        )

    def journey(self) -> "Story":
        """From the maker over two borders and in a pallet to the shop, which sells it:
        a closed loop.
        """
        one, unit = {ITEM: 1}, {PALLET: 1}
        china: dict[str, Any] = {"place": SHENZHEN, "offset": "+08:00"}
        dutch: dict[str, Any] = {"place": ROTTERDAM, "offset": "+01:00"}
        self.act(Act.COMMISSION, MAKER, one, **china)
        self.act(Act.COMMISSION, MAKER, unit, **china)
        self.act(Act.PACK, MAKER, one, parent=PALLET, **china)
        self.hand_over(unit, MAKER, CARRIER, china, china)
        self.customs(unit, CUSTOMS_CN, "export", china)
        self.customs(unit, CUSTOMS_NL, "import", dutch)
        self.hand_over(unit, CARRIER, RETAILER, dutch, dutch)
        self.act(Act.UNPACK, RETAILER, one, parent=PALLET, **dutch)
        self.act(Act.SELL, RETAILER, one, **dutch)
        return self

    def hand_over(
        self,
        subjects: Mapping[str, int],
        sender: str,
        receiver: str,
        here: Mapping[str, Any],
        there: Mapping[str, Any] | None,
    ) -> None:
        """Hand over and, when `there` is given, accept."""
        names: dict[str, Any] = {"sender": sender, "receiver": receiver}
        self.act(Act.HAND_OVER, sender, subjects, **names, **here)
        if there is not None:
            self.act(Act.ACCEPT, receiver, subjects, **names, **there)

    def customs(
        self,
        subjects: Mapping[str, int],
        authority: str,
        procedure: str,
        here: Mapping[str, Any],
        outcome: str | None = "cleared",
    ) -> None:
        """Let a customs authority look."""
        self.act(
            Act.CHECKPOINT, authority, subjects, customs=event_.Customs(procedure, outcome), **here
        )

    def check(
        self, subject: str, *, anchored: int | None = None, now: datetime | None = None
    ) -> Result:
        """Check the bundle about `subject` with the first `anchored` records in the
        ledger (None: all).
        """
        return bundle.check(
            self.bundle(subject, anchored=anchored), self.trust(), now=now or self.now
        )

    def bundle(self, subject: str, *, anchored: int | None = None) -> dict[str, Any]:
        """The bundle about `subject`."""
        chains: dict[str, list[SignedEvent]] = {}
        for one in self.records:
            for link in one.links:
                chains.setdefault(link.subject, []).append(one)
        needed = collect.chains(subject, lambda uris: {uri: chains.get(uri, []) for uri in uris})
        wanted = {one.digest for chain in needed.values() for one in chain}
        size = len(self.records) if anchored is None else anchored
        leaves = [merkle.leaf_hash(bytes.fromhex(one.digest)) for one in self.records[:size]]
        head = tree_head.sign(
            tree_head.TreeHead(self._ledger().name, size, merkle.root(leaves)), self._ledger()
        )
        entries = []
        for index, one in enumerate(self.records):
            proof = (
                tlog_proof.Proof(index, tuple(merkle.prove_inclusion(leaves, index)), head)
                if index < size
                else None
            )
            if one.digest in wanted:
                entries.append((one.document, proof.format().decode() if proof else None))
        return collect.compose(subject, entries, self.trust())

    def trust(self) -> Trust:
        """The roots of this record."""
        registrar = keys.encode_public(keys.public_of(self.keys[REGISTRAR]))
        return Trust(
            HOST,
            Registrar(REGISTRAR, registrar),
            policy.Policy((policy.Log(self._ledger().verifier),)),
            {"EU": ("NL", "DE")},
        )

    def _ledger(self) -> note.Signer:
        return note.Signer(f"{HOST}/ledger", keys.generate(bytes([99]) * 32))

    def _enrol(self, gln: str) -> None:
        private, party = self.keys[gln], gs1.party_uri(gln)
        self.claim(
            Act.KEY_ADDED,
            REGISTRAR,
            party,
            publicKeyMultibase=keys.encode_public(keys.public_of(private)),
            purpose="any",
            custody=self.custody,
            possession=keys.prove_possession(private, party),
        )

    def claim(self, kind: Act, issuer: str, subject: str, /, **members: Any) -> None:
        self.now += timedelta(minutes=1)
        body = compose.claim(kind, subject, self.now, **members)
        before = self.states.get(subject)
        link = (
            event_.Link(subject, before.position + 1, before.head)
            if before
            else event_.Link(subject, 0, None)
        )
        self._sign(body, issuer, [link], self.now, ())

    def _sign(
        self,
        body: dict[str, Any],
        issuer: str,
        links: list[event_.Link],
        created: datetime,
        evidence: Any,
    ) -> SignedEvent:
        unsigned = compose.document(
            body, host=HOST, issuer=issuer, created=created, links=links, evidence=evidence
        )
        signed = compose.sign(unsigned, self.keys[issuer])
        one = event_.read(signed, canonical.digest(canonical.serialize(signed)), host=HOST)
        for link in one.links:
            self.states[link.subject] = state.apply(
                self.states.get(link.subject), one, link.subject
            )
        self.records.append(one)
        return one
