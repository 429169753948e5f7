"""Proofs from the tiles, for the record's pages and for anyone: O(log n) tiles a proof,
each checked when it is read.

The tiles are read anew for every batch of proofs. A tile that was altered since is
thereby noticed, and a page that builds on it cannot stay green.
"""

from collections.abc import Iterable, Mapping

from provenance.core import errors
from provenance.core.ledger import proof as tlog_proof
from provenance.core.ledger import tiles
from provenance.models import TreeHead
from provenance.services.ledger import compare
from provenance.services.ledger.ledger import open_ledger


def latest() -> TreeHead | None:
    """The newest published tree head, or None before the first."""
    return TreeHead.objects.order_by("-size").first()


def newest_heads(count: int) -> list[TreeHead]:
    """The newest published tree heads, newest first."""
    return list(TreeHead.objects.order_by("-size")[:count])


def published() -> bytes | None:
    """The published tree head, as the checkpoint file holds it, or None before the
    first.
    """
    return open_ledger().files.published()


def tile_bytes(path: str) -> bytes:
    """The tile or entry bundle at exactly this path below the ledger's prefix. Raises
    BadTile.
    """
    return open_ledger().files.fetch(path)


def proof_text(index: int, size: int | None = None) -> str:
    """The C2SP tlog-proof of entry `index` under the published head of `size`, or under
    the newest.

    Raises NotAnchored if that head does not cover it (or does not exist),
    LogInconsistent or BadTile for altered files.
    """
    row = latest() if size is None else TreeHead.objects.filter(size=size).first()
    texts = _prove(row, [index])
    if index not in texts:
        raise errors.NotAnchored(
            f"no published tree head{'' if size is None else f' of {size}'} covers entry {index}"
        )
    return texts[index]


def proof_texts(indexes: Iterable[int]) -> dict[int, str]:
    """The C2SP tlog-proofs of these entries, all under the newest head; entries that it
    does not cover are left out.
    """
    return _prove(latest(), indexes)


def proofs_served(row: TreeHead | None, digests: Mapping[int, str]) -> dict[int, tlog_proof.Proof]:
    """The proofs of these entries under the head of `row`, the newest, by index: the files
    that we serve to others hold the digests there.

    Raises LogInconsistent, and BadTile also for another entry. A head published since the
    row was read covers the entries as well.
    """
    ledger = open_ledger()
    head = compare.open_row(ledger, row)
    covered = {index: digest for index, digest in digests.items() if 0 <= index < head.size}
    public = ledger.open_head(ledger.files.published(), "the published checkpoint")
    if row is None or not covered:
        return {}
    reader = tiles.TileReader(ledger.files.fetch, head.size, head.root)
    same = (public.size, public.root) == (head.size, head.root)
    served = reader if same else tiles.TileReader(ledger.files.fetch, public.size, public.root)
    for index, digest in covered.items():
        if served.entry(index).hex() != digest:
            raise errors.BadTile(f"entry {index} is not the event {digest}")
    return _proofs(reader, covered, row.note.encode())


def _prove(row: TreeHead | None, indexes: Iterable[int]) -> dict[int, str]:
    if row is None:
        return {}
    ledger = open_ledger()
    head = compare.open_row(ledger, row)
    reader = tiles.TileReader(ledger.files.fetch, head.size, head.root)
    covered = (index for index in indexes if 0 <= index < head.size)
    proofs = _proofs(reader, covered, row.note.encode())
    return {index: proof.format().decode() for index, proof in proofs.items()}


def _proofs(
    reader: tiles.TileReader, indexes: Iterable[int], note: bytes
) -> dict[int, tlog_proof.Proof]:
    return {
        index: tlog_proof.Proof(index, tuple(reader.inclusion_proof(index)), note)
        for index in indexes
    }
