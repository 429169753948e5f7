"""The building blocks, bare: what the pipeline could do if it did nothing else."""

import hashlib
import itertools
from collections.abc import Callable

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from nacl.signing import VerifyKey

from benchmarks import world
from benchmarks.measure import Figure, rate
from provenance.core import gs1
from provenance.core.epcis import event_hash
from provenance.core.ledger import merkle
from provenance.core.record import reading
from provenance.core.signing import canonical, integrity, keys
from provenance.services.goods import labels

BATCH = 1000


def measure() -> list[Figure]:
    """Rates of the blocks; the bare verify rate comes first, as the base of every
    ratio.
    """
    private = keys.generate(b"\1" * 32)
    public, message = keys.public_of(private), bytes(64)
    signature = keys.sign(private, message)
    nacl_key, pyca_key = VerifyKey(public), Ed25519PublicKey.from_public_bytes(public)
    raws = world.commissions(BATCH, "BLOCK")
    documents = [canonical.parse(raw) for raw in raws]
    leaves = [hashlib.sha256(raw).digest() for raw in raws]

    def each(work: object, values: list[object]) -> int:
        for value in values:
            work(value)  # type: ignore[operator]
        return len(values)

    def verify_bare() -> int:
        for _ in range(BATCH):
            nacl_key.verify(message, signature)
        return BATCH

    def verify_pyca() -> int:
        for _ in range(BATCH):
            pyca_key.verify(signature, message)
        return BATCH

    def read(document: object) -> None:
        reading.read(document, "0" * 64)

    def hash_event(document: object) -> None:
        event_hash.event_id(document["credentialSubject"])  # type: ignore[index]

    def append() -> int:
        merkle.RightEdge().append([merkle.leaf_hash(leaf) for leaf in leaves]).root()
        return BATCH

    return [
        Figure("Ed25519 verify, PyNaCl (the base)", rate(verify_bare), "events"),
        Figure("Ed25519 verify, cryptography", rate(verify_pyca), "events"),
        Figure(
            "strict parse of an event", rate(lambda: each(canonical.parse, list(raws))), "events"
        ),
        Figure(
            "canonical bytes, ours", rate(lambda: each(canonical.serialize, documents)), "events"
        ),
        Figure("canonical bytes, rfc8785", rate(lambda: each(rfc8785.dumps, documents)), "events"),
        Figure("shape of an event", rate(lambda: each(read, documents)), "events"),
        Figure("CBV event hash", rate(lambda: each(hash_event, documents)), "events"),
        Figure(
            "signature of a document", rate(lambda: each(integrity.verify, documents)), "events"
        ),
        Figure("Merkle append of 1,000 and root", rate(append), "events"),
        *_labels(),
    ]


def _labels() -> list[Figure]:
    """Rates of labels with serials of ours, none twice, as in a print run."""
    uris = itertools.cycle([gs1.item_uri(world.GTIN, n) for n in labels.new_serials(20_000)])

    def draw(label: Callable[[str], object]) -> int:
        for uri in itertools.islice(uris, BATCH):
            label(uri)
        return BATCH

    return [
        Figure("label, SVG", rate(lambda: draw(labels.svg), seconds=1), "labels"),
        Figure(
            "label, PNG",
            rate(lambda: draw(labels.png), seconds=1),
            "labels",
            note="symbol and text; the bar: 10,000 on one core",
        ),
    ]
