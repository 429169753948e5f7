"""The report of the command `python -m provenance.core`: what was checked and what came
out of it, as JSON and as lines of text.

Its last line is the answer: the verdict, or where the verdict answers another question
than the one asked, a word of its own. Names, subjects and details are those of the
bundle, which may be hostile: every line is printable.
"""

from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final

from provenance.core import errors, gs1, printing
from provenance.core.check.result import Result, Step, Verdict
from provenance.core.check.trust import Trust
from provenance.core.record.state import PartyState, ProductState
from provenance.core.signing import canonical

PASSING: Final = frozenset({Verdict.RECORDS_CHECK_OUT, Verdict.ENDED})
LEFT_OUT: Final = (
    "whoever gave you this can have left out later events; ask the service, or another holder"
)


class Answer(StrEnum):
    """The last line of the command where it is no verdict."""

    OTHER_SUBJECT = "OTHER_SUBJECT"
    CANNOT_READ = "CANNOT_READ"
    FOREIGN_ROOTS = "FOREIGN_ROOTS"
    ROOTS_NOT_COMPARED = "ROOTS_NOT_COMPARED"


STATUSES: Final = {
    Answer.OTHER_SUBJECT: 1,
    Answer.CANNOT_READ: 2,
    Answer.FOREIGN_ROOTS: 3,
    Answer.ROOTS_NOT_COMPARED: 4,
}
"""The exit statuses of the command; a verdict's is 0 if it is in PASSING, else 1."""


def read_code(text: str) -> str:
    """Return the URI of the subject that a code names: a Digital Link of any host, an
    element string, an SSCC, or the subject's URI itself. Raises BadDigitalLink,
    BadIdentifier or BadCheckDigit.
    """
    if text.startswith(("urn:uuid:", "did:key:")):
        return gs1.parse_subject(text).uri
    return gs1.parse_typed(text, None).subject.uri


def facts(result: Result, roots: Trust, *, expected: str | None, compared: bool) -> dict[str, Any]:
    """Return all that the command says, as JSON. `expected` is the URI of the subject
    that was asked for (None: none), `compared` says whether `roots` came from elsewhere
    than the bundle.
    """
    answer = _answer(result, expected, compared)
    signers = Counter(entry.event.issuer for entry in result.history)
    times = [entry.event.event_time for entry in result.history]
    return {
        "answer": answer,
        "status": _status(answer),
        "verdict": result.verdict,
        "reasons": [{"code": each.code, "params": dict(each.params)} for each in result.reasons],
        "subject": result.subject,
        "expected": expected,
        "product": _product(result),
        "lot": result.lot or None,
        "use_by": result.use_by or None,
        "situation": result.situation,
        "issuer": _party(result, result.history[0].event.issuer) if result.history else None,
        "signers": [
            _party(result, gln) | {"events": count} for gln, count in signers.most_common()
        ],
        "events": len(result.history),
        "from": canonical.format_timestamp(min(times)) if times else None,
        "to": canonical.format_timestamp(max(times)) if times else None,
        "records": result.events,
        "tree_size": result.tree_size,
        "newest": canonical.format_timestamp(result.newest) if result.newest else None,
        "roots": {"host": roots.host, "fingerprint": roots.digest(), "compared": compared},
        "steps": [_step(step) for step in result.steps],
    }


def failure(answer: Answer | Verdict, error: OSError | errors.ProvenanceError) -> dict[str, Any]:
    """Return the same where nothing was checked, because of `error`."""
    code = "unavailable" if isinstance(error, OSError) else error.code
    detail = printing.printable(str(error))
    return {"answer": answer, "status": _status(answer), "code": code, "detail": detail}


def lines(said: dict[str, Any]) -> list[str]:
    """Return the report as lines of text, the answer last."""
    return [printing.printable(line) for line in _lines(said)]


def _status(answer: Answer | Verdict) -> int:
    return STATUSES[answer] if isinstance(answer, Answer) else int(answer not in PASSING)


def _answer(result: Result, expected: str | None, compared: bool) -> Verdict | Answer:
    if result.verdict is Verdict.BROKEN_RECORD:
        return result.verdict
    if expected not in (None, result.subject):
        return Answer.OTHER_SUBJECT
    if result.verdict in PASSING and not compared:
        return Answer.ROOTS_NOT_COMPARED
    return result.verdict


def _party(result: Result, gln: str) -> dict[str, Any]:
    state = result.states.get(gs1.party_uri(gln))
    return {"gln": gln, "name": state.name if isinstance(state, PartyState) else ""}


def _product(result: Result) -> dict[str, Any] | None:
    if not result.states:
        return None
    gtin = gs1.parse_subject(result.subject).gtin
    state = result.states.get(gs1.product_uri(gtin)) if gtin else None
    if not isinstance(state, ProductState):
        return None
    owner = _party(result, state.owner)
    return {"gtin": gtin, "name": state.name, "brand": state.brand, "owner": owner}


def _step(step: Step) -> dict[str, Any]:
    shown = {"number": step.number, "title": step.title, "outcome": step.outcome}
    if step.code:
        shown |= {"code": step.code, "detail": step.detail}
    if step.failed is not None:
        event = step.failed.event
        shown["record"] = {"number": step.failed.number} | (
            {}
            if event is None
            else {
                "digest": event.digest,
                "act": event.act,
                "issuer": event.issuer,
                "time": canonical.format_timestamp(event.event_time),
            }
        )
    return shown


def _lines(said: dict[str, Any]) -> Iterator[str]:
    if "verdict" not in said:
        yield f"{said['code']}: {said['detail']}"
        yield said["answer"]
        return
    yield from _about(said)
    yield from _ledger(said)
    yield from _plan(said)
    whole = said["verdict"] != Verdict.BROKEN_RECORD  # else its reason is the failed step's
    if whole:
        yield from _reasons(said)
    if said["answer"] != said["verdict"]:
        yield f"verdict on this record, under these roots: {said['verdict']}"
    if whole:
        yield f"{_as_of(said)}: {LEFT_OUT}"
    yield said["answer"]


def _plan(said: dict[str, Any]) -> Iterator[str]:
    for step in said["steps"]:
        why = f" {step['code']}: {step['detail']}" if "code" in step else ""
        yield f"({step['number']}) {step['title']}: {step['outcome']}{why}"
        if "record" in step:
            yield " at " + _failed(step["record"], said["records"])


def _reasons(said: dict[str, Any]) -> Iterator[str]:
    for reason in said["reasons"]:
        yield f"reason: {reason['code']}"
        for name, value in reason["params"].items():
            yield f" {name}: {value}"


def _as_of(said: dict[str, Any]) -> str:
    if said["tree_size"] is None:
        return "as of no tree head, since nothing is anchored yet"
    return (
        f"as of tree head {said['tree_size']} of {said['newest']} or later"
        " (it bears no time; the newest event of it here was signed then)"
    )


def _about(said: dict[str, Any]) -> Iterator[str]:
    yield f"subject: {said['subject']}"
    match said["expected"]:
        case None:
            yield "expected: nothing was; compare the subject with the code in your hand (--expect)"
        case expected if expected == said["subject"]:
            yield "expected: this subject"
        case expected:
            yield f"expected: {expected}, and this is the record of ANOTHER subject"
    if product := said["product"]:
        brand = f", brand {product['brand']}" if product["brand"] else ""
        yield f"product: {product['name']}{brand}, of {_name(product['owner'])}"
    if said["lot"]:
        yield f"lot: {said['lot']}"
    if said["use_by"]:
        yield f"use by: {said['use_by']}"
    if said["situation"]:
        yield f"situation: {said['situation']}"
    if said["issuer"]:
        yield f"issuer: {_name(said['issuer'])}"
        yield f"events: {said['events']}, {_span(said['from'], said['to'])}"
        for signer in said["signers"]:
            yield f"signer: {_name(signer)}, {_events(signer['events'])}"


def _ledger(said: dict[str, Any]) -> Iterator[str]:
    yield f"records in the bundle: {said['records']}"
    roots = said["roots"]
    whose = "yours" if roots["compared"] else "those that the bundle names itself"
    yield f"roots: {whose}, of {roots['host']}, fingerprint {roots['fingerprint']}"
    if not roots["compared"]:
        yield "Compare the fingerprint with one you have from elsewhere, or give --trust FILE."


def _span(first: str, last: str) -> str:
    return f"of {first}" if first == last else f"from {first} to {last}"


def _events(count: int) -> str:
    return f"{count} {'event' if count == 1 else 'events'}"


def _name(party: dict[str, Any]) -> str:
    return f"{party['name']} ({party['gln']})" if party["name"] else str(party["gln"])


def _failed(failed: dict[str, Any], count: int) -> str:
    where = f"record {failed['number']} of {count}"
    if "digest" not in failed:
        return where
    act, issuer, time = failed["act"], failed["issuer"], failed["time"]
    return f"{where}: {act} by {issuer}, {time}, digest {failed['digest']}"
