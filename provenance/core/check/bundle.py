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
from functools import partial
from types import MappingProxyType
from typing import Any, TypeAlias

from provenance.core import errors, gs1
from provenance.core.check import bundle_shape, collect, verdict
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

Entry: TypeAlias = tuple[SignedEvent, tlog_proof.Proof | None]
"""An event, and its proof once it is anchored."""
Read: TypeAlias = Callable[[], Entry]
"""Return an entry, or raise in step 0 as `read_entry` does."""

MAX_RECORDS = 20_000
_LICENSED = frozenset({Act.COMMISSION, Act.TRANSFORM, Act.PRODUCT_REGISTERED})


def parse(raw: bytes, *, most_records: int = MAX_RECORDS) -> dict[str, Any]:
    """Return the bundle in a file. Raises as `trust.read_spelled` does, BadBundle for
    another shape, and BundleTooLarge for more than `most_records`.
    """
    return bundle_shape.check(read_spelled(raw, "a bundle file"), most_records)


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
    bundle_shape.check(bundle, most_records)
    bundle_shape.check_roots(named_trust(bundle), trust)
    entries = [partial(read_entry, entry, trust.host) for entry in bundle["records"]]
    return check_entries(
        bundle["subject"], entries, trust, now=now, arrived_late=arrived_late, verify=verify
    )


def check_entries(
    subject: str,
    entries: Sequence[Read],
    trust: Trust,
    *,
    now: datetime,
    arrived_late: Mapping[str, datetime] = MappingProxyType({}),
    verify: Callable[[SignedEvent], None] = verify_signature,
) -> Result:
    """Return the result of the plan, as `check`, run on the `entries` of a bundle about
    `subject`, for a caller that has composed it itself: each is asked for in step 0.
    """
    progress = Progress(subject, trust, [], {}, arrived_late)
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


def read_entry(entry: Mapping[str, Any], host: str) -> Entry:
    """Return the event of an entry of a bundle's records, bound to `host`, and its proof.

    Raises as `reading.read`, `check_event` and `tlog_proof.parse`.
    """
    document, proof = entry["document"], entry["proof"]
    shown = sealed_json.read_openings(entry.get("openings", []))
    digest = canonical.digest(canonical.serialize(document))
    event = reading.read(document, digest, openings=shown)
    check_event(event, host)
    raw = None if proof is None else proof.encode("utf-8", "surrogatepass")
    return event, None if raw is None else tlog_proof.parse(raw)


def check_event(event: SignedEvent, host: str) -> None:
    """Raise BindingMismatch for an event that is bound to another host, and as
    `event_hash.check_event_id` for an act on goods.
    """
    if event.host != host:
        raise errors.BindingMismatch(f"signed for {event.host}, this record belongs to {host}")
    if isinstance(event.body, GoodsAct):
        event_hash.check_event_id(event.document["credentialSubject"])


def _read(progress: Progress, entries: Sequence[Read]) -> None:
    """(0) Every document has the shape of its kind and its own event hash; each is
    there once.
    """
    gs1.parse_subject(progress.subject)
    for number, read in enumerate(entries, 1):
        progress.at = number
        event, proof = read()
        if event.digest in progress.proofs:
            raise errors.BadBundle(f"the bundle holds {event.digest} twice")
        progress.proofs[event.digest] = proof
        progress.events.append(event)
        progress.numbers[event.digest] = number
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
    """(5) Every anchored event is in the tree of the tree head, at its index: so no two are at a
    single index.
    """
    heads: dict[bytes, tuple[int, bytes]] = {}
    for event in progress.each():
        proof = progress.proofs[event.digest]
        if proof is None:
            continue
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
