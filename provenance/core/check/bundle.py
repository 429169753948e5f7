"""Bundles (docs/format.md): their file, and their check with this package alone, by a
numbered plan.

    (0) strict parse     every document has the shape of its kind, its eventID is its CBV hash,
                         and its openings prove what they show
    (1) signature        every document is signed by the key it names (eddsa-jcs-2022)
    (2) key              that key was enrolled for the issuer before the event, and not yet revoked
    (3) links            every chain leads without gap or fork from position 0 to its newest event,
                         that of a unit which the goods left to where they left it
    (4) who may sign     every act was allowed in the state it met, and its signer may sign it
    (5) inclusion        every anchored event is in the ledger at its index
    (6) tree head        the ledger signed the tree head, and the policy's witnesses cosigned it
    (7) loop             the reasons why the loop is not closed
    (8) overlays         recall, theft, hold, seizure: shown before everything else

Steps 0 to 6 each pass or raise a typed error; the first that fails makes the record
broken and the later steps are not run. An empty bundle never passes. The caller MUST
bring `trust` from elsewhere than the bundle, MUST compare the subject with the goods at
hand, and MUST say to people what a green verdict means: that the record is intact as of
its tree head and who signed it, never that the goods are genuine or that no later
events were left out.
"""

import bisect
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from provenance.core import errors, gs1
from provenance.core.check import collect, verdict
from provenance.core.check.loop import Loop, LoopReason, LoopState, Reason
from provenance.core.check.result import TITLES, Progress, Result, Step, StepOutcome, Verdict
from provenance.core.check.trust import Trust, read_spelled
from provenance.core.check.trust import parse as parse_trust
from provenance.core.epcis import event_hash
from provenance.core.ledger import merkle, note, tree_head
from provenance.core.ledger import proof as tlog_proof
from provenance.core.record import authority, chain, lateness, reading, sealed_json, transition
from provenance.core.record.claims import KeyAdded, KeyRevoked
from provenance.core.record.event import GoodsAct, SignedEvent
from provenance.core.record.lookups import EndsForAllDays
from provenance.core.record.state import KeyState, State
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical, integrity, keys

MAX_RECORDS = 20_000
_LICENSED = frozenset({Act.COMMISSION, Act.TRANSFORM, Act.PRODUCT_REGISTERED})


def parse(raw: bytes, *, most_records: int = MAX_RECORDS) -> dict[str, Any]:
    """Return the bundle in a file. Raises as `trust.read_spelled` does, BadBundle for
    another shape, and BundleTooLarge for more than `most_records`.
    """
    return _check_shape(read_spelled(raw, "a bundle file"), most_records)


def format(bundle: Mapping[str, Any]) -> bytes:  # noqa: A001  symmetric with parse
    """Return the file of a bundle, with a line break at the end."""
    return canonical.serialize(bundle) + b"\n"


def named_trust(bundle: Mapping[str, Any]) -> Trust:
    """Return the roots that the bundle itself names. They prove nothing until compared
    with roots from elsewhere.

    Raises as `trust.parse` does, and BadBundle where they do not fit the `trustDigest`.
    """
    trust = parse_trust(bundle["trust"])
    if trust.digest() != bundle["trustDigest"]:
        raise errors.BadBundle("the roots that the bundle names are not those of its trustDigest")
    return trust


def verify_signature(event: SignedEvent) -> None:
    """Raise as `integrity.verify` does unless the document is signed by the key it names."""
    integrity.verify(event.document)


def check(
    bundle: Mapping[str, Any],
    trust: Trust,
    *,
    now: datetime,
    most_records: int = MAX_RECORDS,
    arrived_late: Mapping[str, datetime] = MappingProxyType({}),
    verify: Callable[[SignedEvent], None] = verify_signature,
) -> Result:
    """Return the result of the plan, run on `bundle` under the roots `trust`. `now`, the
    verifier's own clock, with an offset, decides whether an event is dated ahead of it,
    whether a handoff waits too long, and whether goods are past their last day.

    `arrived_late` maps digests of events to the moments they were recorded, where the
    caller itself saw that these were long after the act. No bundle can prove it: a
    signer dates both act and signature.

    `verify` is step 1 for an event. A caller MAY remember the digests that passed
    `verify_signature`: step 0 computes them anew, and a digest names its bytes.

    A fault in the records is a verdict, and never raised. Raises BadBundle for a value
    that is no bundle, ForeignRoots for a bundle that names other roots than `trust`,
    as `named_trust` does, and BundleTooLarge for more than `most_records`: too many is
    not broken.
    """
    _check_shape(bundle, most_records)
    _check_roots(named_trust(bundle), trust)
    progress = Progress(bundle["subject"], trust, [], {}, arrived_late)
    entries = bundle["records"]
    plan: tuple[Callable[[], None], ...] = (
        lambda: _read(progress, entries),
        lambda: _check_signatures(progress, verify),
        lambda: _check_keys(progress),
        lambda: _check_links(progress),
        lambda: _check_acts(progress),
        lambda: _check_inclusion(progress),
        lambda: _check_tree_head(progress),
    )
    steps: list[Step] = []
    for number, run in enumerate(plan):
        try:
            run()
        except errors.ProvenanceError as error:
            failed = progress.failed()
            steps.append(Step(number, StepOutcome.FAILED, error.code, error.detail, failed))
            steps += [Step(later, StepOutcome.SKIPPED) for later in range(number + 1, len(TITLES))]
            broken = Loop(LoopState.BROKEN, (Reason(LoopReason.CHAIN_BROKEN),))
            return Result(
                progress.subject,
                Verdict.BROKEN_RECORD,
                (Reason(error.code),),
                tuple(steps),
                broken,
                events=len(entries),
            )
        steps.append(Step(number, StepOutcome.OK))
    return verdict.decide(progress, steps, now)


# --- the steps ----------------------------------------------------------------------


def _check_shape(value: Any, most_records: int) -> dict[str, Any]:
    members = {"type", "version", "subject", "trust", "trustDigest", "records"}
    if not isinstance(value, dict) or value.keys() != members:
        raise errors.BadBundle(f"a bundle has exactly the members {sorted(members)}")
    if (value["type"], value["version"]) != (collect.TYPE, collect.VERSION):
        raise errors.BadBundle(f"expected {collect.TYPE} version {collect.VERSION}")
    entries = value["records"]
    if not isinstance(value["subject"], str) or not isinstance(entries, list) or not entries:
        raise errors.BadBundle("a bundle is about one subject and holds records")
    if len(entries) > most_records:
        raise errors.BundleTooLarge(
            f"{len(entries)} records, and {most_records} are checked at most: nothing was"
            " checked, and nothing is said against them",
            limit=most_records,
        )
    for entry in entries:
        if not isinstance(entry, dict) or entry.keys() - {"openings"} != {"document", "proof"}:
            raise errors.BadBundle(
                "an entry of records has the members document and proof, and at most openings"
            )
        if entry["proof"] is not None and not isinstance(entry["proof"], str):
            raise errors.BadBundle(
                "proof is a C2SP tlog-proof text, or null while the event is not anchored"
            )
    return value


def _check_roots(named: Trust, trust: Trust) -> None:
    """Raise ForeignRoots unless the roots are the same, or others of the same
    installation, earlier or later, under which the bundle can be checked.
    """
    if named.digest() == trust.digest() or trust.succeeds(named):
        return
    if named.succeeds(trust) and trust.knows_ledgers_of(named):
        return
    theirs, ours = named.to_json(), trust.to_json()
    differing = ", ".join(name for name in ours if ours[name] != theirs[name])
    raise errors.ForeignRoots(
        f"expected the roots {trust.digest()}, the bundle names {named.digest()};"
        f" they differ in {differing}"
    )


def _read(progress: Progress, entries: Sequence[Mapping[str, Any]]) -> None:
    """(0) Every document has the shape of its kind and its own event hash; each is
    there once.
    """
    gs1.parse_subject(progress.subject)
    for number, entry in enumerate(entries, 1):
        progress.at = number
        digest = canonical.digest(canonical.serialize(entry["document"]))
        shown = sealed_json.read_openings(entry.get("openings", []))
        event = reading.read(entry["document"], digest, host=progress.trust.host, openings=shown)
        if isinstance(event.body, GoodsAct):
            event_hash.check_event_id(event.document["credentialSubject"])
        if digest in progress.proofs:
            raise errors.BadBundle(f"the bundle holds {digest} twice")
        proof = entry["proof"]
        progress.proofs[digest] = (
            None if proof is None else tlog_proof.parse(proof.encode("utf-8", "surrogatepass"))
        )
        progress.events.append(event)
        progress.numbers[digest] = number
    progress.at = None
    # The ledger's order is the order in which events became known; those that are not
    # anchored yet came last.
    unanchored = 1 << 64
    progress.events.sort(key=lambda event: _or(progress.index(event), unanchored))
    for event in progress.events:
        for link in event.links:
            progress.chains.setdefault(link.subject, []).append(event)


def _or(index: int | None, otherwise: int) -> int:
    return otherwise if index is None else index


def _check_signatures(progress: Progress, verify: Callable[[SignedEvent], None]) -> None:
    """(1) Every document is signed by the key it names."""
    for event in progress.each():
        verify(event)


def _check_keys(progress: Progress) -> None:
    """(2) In the ledger's order: the key was enrolled for this issuer and purpose, and not
    revoked.
    """
    registrar = progress.trust.registrar
    enrolled: dict[str, KeyState] = {}
    for event in progress.each():
        authority.check_key(
            event.issuer,
            event.key,
            event.act,
            key_of=enrolled.get,
            registrar=registrar,
            index=progress.index(event),
        )
        if isinstance(event.body, KeyAdded | KeyRevoked):
            _fold_key(enrolled, event, event.body)


def _fold_key(
    enrolled: dict[str, KeyState], event: SignedEvent, claim: KeyAdded | KeyRevoked
) -> None:
    """Take in a claim about a key. Step 4 refuses the revocation of a key that was never
    enrolled. Raises WeakKey.
    """
    before: KeyState | None = None
    if isinstance(claim, KeyAdded):
        keys.check_enrolment(keys.decode_public(claim.public_key))
    else:
        before = enrolled.get(claim.public_key)
        if before is None:
            return
    state = transition.apply(before, event, claim.subject)
    if isinstance(state, KeyState):
        enrolled[claim.public_key] = state


def _check_links(progress: Progress) -> None:
    """(3) The subject's chain and every chain it rests on is whole as far as it is needed:
    no gap, no fork, no other beginning, and in the ledger's order. No event is elsewhere
    only.
    """
    needed = collect.chains(progress.subject, _Spans(progress.chains).load)
    at = {event.digest: place for place, event in enumerate(progress.events)}
    for uri, events in list(needed.items()):
        if not events and uri != progress.subject and collect.may_be_absent(uri):
            del needed[uri]
            continue
        chain.check_chain(events, uri)
        order = [at[event.digest] for event in events]
        if order != sorted(order):
            raise errors.BrokenLink(f"the ledger holds {uri} in another order than its chain")
    held = {event.digest for events in needed.values() for event in events}
    for event in progress.each():
        if event.digest not in held:
            raise errors.BadBundle(
                f"{event.digest} belongs to none of the chains that {progress.subject} rests on"
            )
    progress.chains = needed


class _Spans:
    """The chains of a bundle, by position, as `collect.chains` asks for them."""

    def __init__(self, chains: Mapping[str, Sequence[SignedEvent]]) -> None:
        self._events = {
            uri: sorted(events, key=lambda event, uri=uri: event.link(uri).position)  # type: ignore[misc]
            for uri, events in chains.items()
        }
        self._positions = {
            uri: [event.link(uri).position for event in events]
            for uri, events in self._events.items()
        }

    def load(self, spans: Mapping[str, collect.Span]) -> dict[str, Sequence[SignedEvent]]:
        return {uri: self._span(uri, *span) for uri, span in spans.items() if uri in self._events}

    def _span(self, uri: str, first: int, last: int | None) -> Sequence[SignedEvent]:
        positions = self._positions[uri]
        end = None if last is None else bisect.bisect_right(positions, last)
        return self._events[uri][bisect.bisect_left(positions, first) : end]


def _check_acts(progress: Progress) -> None:
    """(4) Every act was allowed in the state it met, and its signer may sign it."""
    newest = progress.events[0].created
    for event in progress.each():
        newest = max(newest, event.created)
        concerned = [link.subject for link in event.links if progress.holds(link)]
        before = {uri: progress.states.get(uri) for uri in concerned}
        transition.check(event, before, progress, registrar=progress.trust.registrar)
        if _predates_its_key(progress, event):
            progress.predating.add(event.digest)
        if event.act in _LICENSED and _has_ended(progress, event, before, newest):
            progress.ended.add(event.digest)
        late = lateness.of(
            event,
            before.values(),
            progress.trust.late_after,
            recorded_at=progress.arrived_late.get(event.digest),
        )
        if late is not None:
            progress.late[event.digest] = late
        for uri, state in before.items():
            progress.states[uri] = transition.apply(state, event, uri)


def _predates_its_key(progress: Progress, event: SignedEvent) -> bool:
    """Whether the event is dated before its key was enrolled. The registrar's root keys were
    never: they speak for all days.
    """
    key = progress.key(event.key)
    if key is None or event.key in progress.trust.registrar.roots:
        return False
    return lateness.is_before(event, key.enrolled_from)


def _has_ended(
    progress: Progress, event: SignedEvent, before: Mapping[str, State | None], newest: datetime
) -> bool:
    """Whether the signer's right or licence was at its end in the ledger before
    this event, which came to it after something signed at `newest`. A signer may date the
    event itself before that end, which the rules must accept.
    """
    lookups = EndsForAllDays(progress, newest.date().isoformat())
    try:
        transition.check(event, before, lookups, registrar=progress.trust.registrar)
    except (errors.NotLicensed, errors.ForeignPrefix):
        return True
    return False


def _check_inclusion(progress: Progress) -> None:
    """(5) Every anchored event is in the tree of its tree head, at its index; no two at
    one index.
    """
    heads: dict[bytes, tuple[int, bytes]] = {}
    indexes: set[int] = set()
    for event in progress.each():
        proof = progress.proofs[event.digest]
        if proof is None:
            continue
        if proof.index in indexes:
            raise errors.BadProof(f"two events claim the ledger index {proof.index}")
        indexes.add(proof.index)
        if proof.checkpoint not in heads:
            head = tree_head.parse(note.parse(proof.checkpoint).text)
            heads[proof.checkpoint] = (head.size, head.root)
        size, root = heads[proof.checkpoint]
        leaf = merkle.leaf_hash(bytes.fromhex(event.digest))
        merkle.check_inclusion(proof.path, size, root, proof.index, leaf)
    if len(heads) > 1:
        raise errors.BadBundle("all proofs of a bundle are under one tree head")


def _check_tree_head(progress: Progress) -> None:
    """(6) A ledger we trust signed the tree head, or a former ledger, and the quorum
    cosigned it.
    """
    proof = next((proof for proof in progress.proofs.values() if proof is not None), None)
    if proof is not None:
        head, ended = progress.trust.open_head(proof.checkpoint)
        progress.tree_size = head.size
        progress.outdated = ended is not None and head.size < ended.size
