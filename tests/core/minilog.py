"""A whole little world in memory: parties, a product, goods and a ledger, made with the
core alone.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from provenance.core import gs1
from provenance.core.check import collect, trust
from provenance.core.ledger import merkle, note, policy, tree_head
from provenance.core.ledger import proof as tlog_proof
from provenance.core.record import compose, state
from provenance.core.record import event as event_
from provenance.core.record.compose import Intent
from provenance.core.record.event import Link, Place
from provenance.core.record.kinds import KeyPurpose, Kind, Role
from provenance.core.signing import canonical, keys

HOST = "custos.example"
CUSTOMS_UNIONS = {"EU": ("BE", "DE", "NL"), "SACU": ("BW", "ZA")}
START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
CN, NL = Place("CN", "Shanghai", "CNSHA"), Place("NL", "Rotterdam", "NLRTM")


@dataclass
class Actor:
    """A party with a deterministic key."""

    gln: str
    private: keys.PrivateKey

    @property
    def multibase(self) -> str:
        return keys.encode_public(keys.public_of(self.private))

    @property
    def uri(self) -> str:
        return gs1.party_uri(self.gln)


def actor(number: int) -> Actor:
    return Actor(
        gs1.make_gln("952000", number), keys.generate(hashlib.sha256(b"actor %d" % number).digest())
    )


@dataclass
class World:
    """Signs, chains and anchors what it is told, without asking whether it is allowed:
    that is what is tested.
    """

    registrar: Actor = field(default_factory=lambda: actor(0))
    clock: datetime = START
    documents: list[dict[str, Any]] = field(default_factory=list)
    states: dict[str, state.State] = field(default_factory=dict)
    ledger_key: keys.PrivateKey = field(default_factory=lambda: keys.generate(b"L" * 32))

    def tick(self, **delta: float) -> datetime:
        self.clock += timedelta(**(delta or {"minutes": 10}))
        return self.clock

    def add(
        self, by: Actor, body: Mapping[str, Any], links: list[Link], created: datetime | None = None
    ) -> str:
        """Sign, store and fold; returns the digest."""
        unsigned = compose.document(
            body, host=HOST, issuer=by.gln, created=created or self.clock, links=links
        )
        return self.put(compose.sign(unsigned, by.private))

    def put(self, document: dict[str, Any]) -> str:
        digest = hashlib.sha256(canonical.serialize(document)).hexdigest()
        parsed = event_.read(document, digest, host=HOST)
        for link in parsed.links:
            self.states[link.subject] = state.apply(
                self.states.get(link.subject), parsed, link.subject
            )
        self.documents.append(document)
        return digest

    def claim(self, by: Actor, kind: Kind, uri: str, /, **members: Any) -> str:
        body = compose.claim(kind, uri, self.tick(), **members)
        before = self.states.get(uri)
        link = Link(uri, 0, None) if before is None else Link(uri, before.position + 1, before.head)
        return self.add(by, body, [link])

    def act(
        self, by: Actor, kind: Kind, subjects: Mapping[str, Decimal | int] | str, **options: Any
    ) -> str:
        amounts = {subjects: 1} if isinstance(subjects, str) else subjects
        options.setdefault("time", self.tick())
        created = options.pop("created", None)
        intent = Intent(kind=kind, issuer=by.gln, subjects=amounts, **options)
        return self.add(by, compose.event(intent), compose.next_links(intent, self.states), created)

    def party(
        self,
        who: Actor,
        name: str,
        country: str,
        *roles: Role,
        purpose: KeyPurpose = KeyPurpose.ANY,
    ) -> Actor:
        self.claim(
            self.registrar,
            Kind.PARTY_REGISTERED,
            who.uri,
            name=name,
            country=country,
            roles=list(roles),
        )
        self.claim(
            self.registrar,
            Kind.KEY_ADDED,
            who.uri,
            publicKeyMultibase=who.multibase,
            purpose=purpose,
            custody="external",
            possession=keys.prove_possession(who.private, who.uri),
        )
        return who

    def hand_over(
        self,
        giver: Actor,
        taker: Actor,
        subjects: Mapping[str, Decimal | int] | str,
        where: Place,
        there: Place | None = None,
    ) -> None:
        parties = {"sender": giver.gln, "receiver": taker.gln}
        self.act(giver, Kind.HAND_OVER, subjects, place=where, **parties)
        self.act(taker, Kind.ACCEPT, subjects, place=there or where, **parties)

    # --- the ledger

    @property
    def trust(self) -> trust.Trust:
        verifier = note.Signer(f"{HOST}/ledger", self.ledger_key).verifier
        return trust.Trust(
            HOST,
            self.registrar.gln,
            self.registrar.multibase,
            policy.Policy((policy.Log(verifier),)),
            CUSTOMS_UNIONS,
        )

    def bundle(self, subject: str, *, anchored: int | None = None) -> dict[str, Any]:
        """The bundle about `subject`, with the first `anchored` events (None: all) in
        the ledger.
        """
        digests = [
            hashlib.sha256(canonical.serialize(document)).hexdigest() for document in self.documents
        ]
        leaves = [merkle.leaf_hash(bytes.fromhex(digest)) for digest in digests[:anchored]]
        head = tree_head.TreeHead(f"{HOST}/ledger", len(leaves), merkle.root(leaves))
        signed = tree_head.sign(head, note.Signer(f"{HOST}/ledger", self.ledger_key))
        parsed = [
            event_.read(document, digest)
            for document, digest in zip(self.documents, digests, strict=True)
        ]
        chains = collect.chains(
            subject,
            lambda uris: {
                uri: [one for one in parsed if any(link.subject == uri for link in one.links)]
                for uri in uris
            },
        )
        wanted = {one.digest for records in chains.values() for one in records}
        entries = []
        for index, one in enumerate(parsed):
            if one.digest in wanted:
                path = tuple(merkle.prove_inclusion(leaves, index)) if index < len(leaves) else None
                proof = (
                    None
                    if path is None
                    else tlog_proof.Proof(index, path, signed).format().decode()
                )
                entries.append((one.document, proof))
        return collect.compose(subject, entries, self.trust)


@dataclass
class Cast:
    """The world everybody knows: a maker, a carrier, a retailer, two customs
    authorities, and Mallory.
    """

    world: World
    maker: Actor
    carrier: Actor
    retailer: Actor
    customs_cn: Actor
    customs_nl: Actor
    mallory: Actor
    gtin: str
    item: str
    pallet: str


def cast() -> Cast:
    """The parties and one product; no goods yet."""
    world = World()
    own = world.registrar
    world.party(own, "Registrar", "CH", Role.REGISTRAR)
    maker = world.party(actor(1), "Lotus Instruments", "CN", Role.BRAND, Role.MAKER)
    carrier = world.party(actor(2), "Meridian Freight", "SG", Role.CARRIER)
    retailer = world.party(actor(3), "Kade Winkel", "NL", Role.RETAILER)
    customs_cn = world.party(actor(4), "Shanghai Customs", "CN", Role.CUSTOMS_AUTHORITY)
    customs_nl = world.party(actor(5), "Rotterdam Customs", "NL", Role.CUSTOMS_AUTHORITY)
    mallory = world.party(actor(6), "Mallory Trading", "CN", Role.CARRIER)
    gtin = gs1.make_gtin("952000", 1)
    world.claim(
        maker,
        Kind.PRODUCT_REGISTERED,
        gs1.product_uri(gtin),
        owner=maker.uri,
        name="Field microscope",
        brand="Lotus",
        hsCode="901180",
        origin="CN",
        rights=[],
    )
    return Cast(
        world,
        maker,
        carrier,
        retailer,
        customs_cn,
        customs_nl,
        mallory,
        gtin,
        gs1.item_uri(gtin, "7K3M9QZXW2T5"),
        gs1.sscc_uri(gs1.make_sscc("952000", 0, 1)),
    )
