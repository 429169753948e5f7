"""The worked example of docs/format.md, made with fixed keys and times.

`python -m tests.worked_example` writes the generated parts of docs/format.md and the
files in docs/example anew; tests/test_docs_format.py holds them against this code.
"""

import functools
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from provenance.core import gs1
from provenance.core.check import bundle, report, trust
from provenance.core.epcis import shape, vocabulary
from provenance.core.ledger import note
from provenance.core.record import (
    chain_json,
    claims,
    jsonld,
    moved,
    reading,
    sealed,
    sealed_json,
    view,
)
from provenance.core.record.acts import CHECKPOINTS, GOODS_RULES
from provenance.core.record.acts_registry import CLAIM_RULES
from provenance.core.record.event import issuer_did
from provenance.core.record.rules import Mark
from provenance.core.record.sealed import Contents
from provenance.core.record.state import Situation
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical, integrity, keys
from tests import cast
from tests.cast import GTIN, ITEM, RIGHT
from tests.world import World

DOCS = Path(__file__).resolve().parent.parent / "docs"
FORMAT = DOCS / "format.md"
COMMAND = (
    "python -m provenance.core docs/example/bundle.json --trust docs/example/trust.json"
    f" --expect {ITEM}"
)
LICENCE = "urn:uuid:0192f0c4-7b1e-7d52-a1f0-0c9a5e1b2d34"
START = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)
PARTY = World.carrier.uri
BATCH = [
    World.item(serial)
    for serial in ("D6PW3GQ8ZK1R", "4T7X2MQ9KD3P", "9HVC5JN2XB7T", "M1RY8SF4TL6W")
]
PART = re.compile(r"<!-- generated: ([a-z-]+) -->\n(.*?)<!-- end -->", re.DOTALL)


class Example(World):
    """The journey, after it one registry claim of every kind, and then an event that seals."""

    unions: Mapping[str, tuple[str, ...]] = {"EU": ("NL", "DE")}
    second_key = keys.generate(bytes([3, 2] * 16))

    def __init__(self) -> None:
        super().__init__(cast.TRADE, start=START, pace=timedelta(hours=5))
        self.journey()
        self.add_and_revoke_a_key()
        claim = functools.partial(self.claim, self.maker)
        recall = cast.a_recall(lots=[World.lot("L-9")], commissionedUntil="2026-10-31")
        claim(Act.PRODUCT_RECALLED, gs1.product_uri(GTIN), **recall)
        claim(Act.RIGHT_FILED, RIGHT, **cast.a_right(self.maker))
        self.claim(self.registrar, Act.RIGHT_VERIFIED, RIGHT, reference="extract of 2026-11-02")
        licence = cast.a_licence(
            self.retailer,
            licence=LICENCE,
            products=[gs1.product_uri(GTIN)],
            territories=["NL"],
            validFrom="2026-12-01",
            validUntil=None,
        )
        claim(Act.LICENCE_GRANTED, RIGHT, **licence)
        claim(Act.LICENCE_REVOKED, RIGHT, licence=LICENCE, effectiveFrom="2027-06-01")
        claim(Act.RIGHT_ASSIGNED, RIGHT, newOwner=self.retailer.uri, effectiveFrom="2027-07-01")
        lapse = {"effectiveFrom": "2028-01-01", "reason": "not renewed"}
        self.claim(self.registrar, Act.RIGHT_LAPSED, RIGHT, **lapse)
        self.act(self.maker, Act.COMMISSION, BATCH, reference="ASN-7", **cast.CHINA)

    def add_and_revoke_a_key(self) -> None:
        """The carrier's second key, kept in a device."""
        key = cast.key_uri(self.second_key)
        members = cast.enrolment(self.carrier.uri, self.second_key, "device", "goods")
        self.claim(self.carrier, Act.KEY_ADDED, key, **members)
        self.claim(self.carrier, Act.KEY_REVOKED, key, reason="superseded")

    def first(self, kind: Act) -> Mapping[str, Any]:
        """The first document of `kind`."""
        return next(event.document for event in self.events if event.act is kind)

    @property
    def sealing(self) -> tuple[Mapping[str, Any], Contents]:
        """The document that seals, and what it seals."""
        document = self.documents[-1]
        return document, self.sealed[document["sealed"]["root"]]

    def seed(self) -> bytes:
        """The seeds are the numbers 0 to 31, and for each event the next."""
        super().seed()
        return bytes((self.seeds + number) % 256 for number in range(sealed.SEED_BYTES))

    def last(self, kind: Act) -> Mapping[str, Any]:
        """The last document of `kind`."""
        return next(event.document for event in reversed(self.events) if event.act is kind)


def files(example: Example) -> dict[str, bytes]:
    """The example's files: the bundle about the item, and the roots it is checked
    under.
    """
    return {
        "example/bundle.json": bundle.format(example.bundle(ITEM)),
        "example/trust.json": trust.format(example.trust),
    }


def parts(example: Example) -> dict[str, str]:
    """Everything in docs/format.md that is generated, by name."""
    claim_kinds = {f"claim-{kind.value.replace('_', '-')}": kind for kind in CLAIM_RULES}
    return {
        "event": fence(example.first(Act.COMMISSION)),
        "digests": fence_text(_digests(example.first(Act.COMMISSION))),
        "links": fence(_links(example, Act.PACK)),
        "closing-link": fence(example.first(Act.SELL)["chain"]),
        "checkpoint": fence(example.first(Act.CHECKPOINT)["credentialSubject"]),
        **{
            name: fence(example.last(kind)["credentialSubject"])
            for name, kind in claim_kinds.items()
        },
        **_sealed(*example.sealing),
        "possession": fence_text(_possession(example)),
        "proof": fence_text(_proof(example)),
        "trust": fence(example.trust.to_json()),
        "check": fence_text(_check(example)),
        "acts": _acts(),
        "outcomes": _outcomes(),
        "procedures": _procedures(),
        "claims": _claims(),
        "limits": _limits(),
        "linked-data": _linked_data(),
    }


def _links(example: Example, act: Act) -> list[dict[str, Any]]:
    event = next(event for event in example.events if event.act is act)
    return [chain_json.write_link(link) for link in event.links]


def fence(value: Any) -> str:
    """A JSON value in a fence, in reading order."""
    return f"```json\n{json.dumps(value, indent=2, ensure_ascii=False)}\n```\n"


def fence_text(text: str) -> str:
    """Lines in a fence."""
    return f"```\n{text.rstrip()}\n```\n"


# --- numbers ------------------------------------------------------------------------


def _digests(document: Mapping[str, Any]) -> str:
    raw = canonical.serialize(document)
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    options = {name: value for name, value in document["proof"].items() if name != "proofValue"}
    to_sign = integrity.hash_data(unsigned, options)
    leaf = hashlib.sha256(b"\0" + bytes.fromhex(canonical.digest(raw))).hexdigest()
    return (
        f"canonical bytes of the whole document   {len(raw)}\n"
        f"digest                                  {canonical.digest(raw)}\n"
        f"SHA-256 of the proof options            {to_sign[:32].hex()}\n"
        f"SHA-256 of the document without proof   {to_sign[32:].hex()}\n"
        f"ledger leaf, SHA-256(0x00 || digest)    {leaf}"
    )


def _sealed(document: Mapping[str, Any], contents: Contents) -> dict[str, str]:
    shown = sealed.openings(contents)
    opened = sealed.open_all(contents.tree[0], contents)
    return {
        "sealed-event": fence(document),
        "sealed-opened": fence(sealed_json.write_contents(contents)),
        "sealed-leaves": fence_text(_leaves(contents)),
        "sealed-openings": fence(sealed_json.write_openings([shown[1], shown[4]])),
        "sealed-view": fence(view.full(document["credentialSubject"], opened)),
    }


def _leaves(contents: Contents) -> str:
    lines = [f"seed        {contents.seed.hex()}"]
    opened = sealed_json.write_contents(contents)
    leaves = [*opened["links"], *opened["members"]]
    for index, (leaf, hashed) in enumerate(zip(leaves, sealed.leaf_hashes(contents), strict=True)):
        salt = sealed.salt(contents.seed, index).hex()
        lines += [
            f"leaf {index}      {canonical.serialize(leaf | {'salt': salt}).decode()}",
            f"its hash    {hashed.hex()}",
        ]
    return "\n".join([*lines, f"root        {contents.tree[0].root}"])


def _possession(example: Example) -> str:
    public = keys.encode_public(keys.public_of(example.second_key))
    party = issuer_did(example.host, World.carrier.gln)
    return (
        keys.possession_message(party, public).decode()
        + f"\nsigned: {keys.prove_possession(example.second_key, party)}"
    )


def _proof(example: Example) -> str:
    document = example.first(Act.COMMISSION)
    entries = example.bundle(ITEM)["records"]
    return str(next(entry["proof"] for entry in entries if entry["document"] == document))


def _check(example: Example) -> str:
    result = bundle.check(
        example.bundle(ITEM), example.trust, now=example.clock + timedelta(days=1)
    )
    said = report.facts(result, example.trust, expected=ITEM, compared=True)
    return "\n".join([f"$ {COMMAND}", *report.lines(said)])


# --- tables -------------------------------------------------------------------------


def _table(heads: list[str], lines: list[list[str]]) -> str:
    rows = [heads, ["---"] * len(heads), *lines]
    return "\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n\n"


def _acts() -> str:
    lines = []
    for kind, row in GOODS_RULES.items():
        situations = ", ".join(
            situation.value for situation in Situation if situation in row.situations
        )
        goods = "items, lots, units" if row.of_lots else "items, units"
        lines.append([f"`{kind}`", goods, _spelling(kind), row.signer, situations])
    heads = ["act", "of", "EPCIS 2.0 / CBV 2.0", "signed by", "while the subject is"]
    return _table(heads, lines)


def _spelling(kind: Act) -> str:
    match kind:
        case Act.CHECKPOINT:
            return (
                "ObjectEvent OBSERVE with `custos:customs`; step and disposition by outcome, below"
            )
        case Act.CORRECT:
            return "the wrong event again, with `errorDeclaration`"
        case Act.REFUSE | Act.CANCEL:
            side = "destination" if kind is Act.REFUSE else "source"
            return f"ObjectEvent OBSERVE `void_shipping`, signed by its {side}"
        case _:
            spelling = GOODS_RULES[kind].spelling
    words = [spelling.type, *([spelling.action] if spelling.action else [])]
    if spelling.mark is Mark.STEP:
        return " ".join(words) + " " + ", ".join(f"`{step}`" for step in sorted(spelling.steps))
    return " ".join([*words, f"`{spelling.steps[0]}`", f"/ `{spelling.disposition}`"])


def _outcomes() -> str:
    codes = {word.value: word.edifact for word in vocabulary.Outcome}
    lines = [
        [
            f"`{outcome}`" if outcome else "none: only looked",
            f"`{step}`",
            f"`{disposition}`",
            codes.get(outcome or "", "of the procedure"),
        ]
        for outcome, (step, disposition) in CHECKPOINTS.items()
    ]
    return _table(["outcome", "bizStep", "disposition", "UN/EDIFACT"], lines)


def _procedures() -> str:
    return _table(
        ["procedure", "UN/EDIFACT"], [[f"`{word}`", word.edifact] for word in vocabulary.Procedure]
    )


def _claims() -> str:
    lines = [
        [f"`{kind.claim_type}`", ", ".join(f"`{name}`" for name in claims.members(rule.claim))]
        for kind, rule in CLAIM_RULES.items()
    ]
    return _table(["type", "members besides `type`, `id`, `time`"], lines)


def _linked_data() -> str:
    served = {
        jsonld.ADDRESS: ("/ns/v1", jsonld.context()),
        vocabulary.CUSTOS_NS.removesuffix("#"): ("/ns/epcis", jsonld.vocabulary()),
    }
    lines = [
        [f"`{name}`", f"`{path}`", f"`{canonical.digest(canonical.serialize(document))}`"]
        for name, (path, document) in served.items()
    ]
    return _table(["name", "served at", "SHA-256"], lines)


def _limits() -> str:
    lines = [
        ["levels of nesting", f"{canonical.MAX_DEPTH}"],
        ["largest integer", f"{canonical.MAX_INTEGER} (2^53-1)"],
        ["subjects that one event names", f"{moved.MAX_SUBJECTS:,}"],
        ["links that one event seals", f"{sealed.MAX_LINKS:,}"],
        ["members that one event seals", f"{sealed.MAX_MEMBERS}"],
        ["bytes of the members that one event seals", f"{sealed.MAX_MEMBER_BYTES:,}"],
        ["hashes of the path of an opening", f"{sealed_json.MAX_PATH}"],
        ["characters of a text", f"{shape.MAX_TEXT}"],
        ["quantity of a lot", f"{shape.MAX_QUANTITY:,}, to {shape.DECIMALS} decimals"],
        ["bytes of an event's evidence", f"{reading.MAX_EVIDENCE:,}"],
        ["records in a bundle", f"{bundle.MAX_RECORDS:,}"],
        ["signatures on a tree head", f"{note.MAX_SIGNATURES}"],
        ["bytes of a signed note, proof or policy", f"{note.MAX_BYTES:,}"],
    ]
    return _table(["limit", ""], lines)


def main() -> None:
    """Write the generated parts anew."""
    example = Example()
    generated = parts(example)
    text = FORMAT.read_text()
    FORMAT.write_text(
        PART.sub(lambda m: f"<!-- generated: {m[1]} -->\n{generated[m[1]]}<!-- end -->", text)
    )
    for name, raw in files(example).items():
        (DOCS / name).parent.mkdir(exist_ok=True)
        (DOCS / name).write_bytes(raw)


if __name__ == "__main__":
    main()
