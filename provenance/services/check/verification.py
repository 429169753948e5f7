"""The check behind every page: gather the record of a subject, and run the plan of
`core.check.bundle` on it.

Nothing is believed because it is in our own database. Every check reads the stored
documents, compares them with their digests and their links with the rows, fetches
proofs from the tiles and runs the same steps as a stranger with the bundle would
(`documents` and `signatures` remember no more than a digest alone decides), so what was
altered since it was stored can never show green.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from provenance.core import errors, gs1
from provenance.core.check import bundle
from provenance.core.check.loop import Loop, LoopReason, LoopState, Reason
from provenance.core.check.result import TITLES, Result, Step, StepOutcome, Verdict
from provenance.core.check.trust import Trust
from provenance.core.ledger import policy
from provenance.core.ledger.former import FormerLedger
from provenance.core.ledger.note import parse_vkey
from provenance.core.record.authority import Registrar
from provenance.models import Incident
from provenance.services import keyring, ledger
from provenance.services.check import customs_unions, gather, incidents, signatures
from provenance.services.check.gather import Gathered

GOODS = frozenset({gs1.SubjectKind.ITEM, gs1.SubjectKind.LOT, gs1.SubjectKind.LOGISTIC_UNIT})


@dataclass(frozen=True, slots=True)
class Checked:
    """A result, the record that was checked or why there is none, and the open incident
    of a broken record.
    """

    result: Result
    held: Gathered | Exception
    incident: Incident | None = None

    @property
    def has_bundle(self) -> bool:
        """Whether there was something to run the plan on."""
        return isinstance(self.held, Gathered)


class BrokenRecord(errors.ProvenanceError):
    """The stored record does not even hang together: there is no bundle of it.
    `extra["incident"]` is the number of its incident, `extra["reason"]` the code of what
    was found.
    """

    code = "broken-record"


def check(uri: str, *, now: datetime | None = None) -> Result:
    """Check the record of subject `uri`. Never raises for the content of the
    record: that is the verdict.
    """
    return checked(uri, now=now).result


def checked(*uris: str, now: datetime | None = None) -> Checked:
    """Check the first of these readings of one code that has a record; where none has,
    answer for the first. Raises as little as `check`.
    """
    answers = (_checked(uri, now or timezone.now()) for uri in uris)
    first = next(answers)
    unknown = Verdict.NOT_REGISTERED
    if first.result.verdict is not unknown:
        return first
    return next((answer for answer in answers if answer.result.verdict is not unknown), first)


def _checked(uri: str, now: datetime) -> Checked:
    try:
        held = gather.gather(uri, trust())
        result = bundle.check_entries(
            uri, held.reads(), held.trust, now=now, arrived_late=held.late, verify=signatures.verify
        )
        noted = held.has_incident or result.verdict is Verdict.BROKEN_RECORD
        return Checked(result, held, incidents.note(result) if noted else None)
    except errors.UnknownSubject as error:
        return Checked(_without_plan(uri, Verdict.NOT_REGISTERED, error), error)
    except errors.BundleTooLarge as error:
        return Checked(_without_plan(uri, Verdict.TOO_LARGE, error), error)
    except (DatabaseError, OSError, keyring.KeyLocked) as error:
        return Checked(_without_plan(uri, Verdict.CANNOT_CHECK_NOW, None), error)
    except errors.ProvenanceError as error:
        result = _without_plan(uri, _verdict_of(error), error)
        return Checked(result, error, incidents.note(result))


def closed(uri: str, error: errors.UnknownSubject) -> Checked:
    """The answer to a reader who may not see subject `uri` (`visibility.check_seen`): as
    for a subject that is not there, except that a recall is said.
    """
    if "recalled" not in error.extra:
        return Checked(_without_plan(uri, Verdict.NOT_REGISTERED, error), error)
    result = _without_plan(uri, Verdict.RECALLED, error)
    return Checked(replace(result, reasons=(Reason(LoopReason.RECALLED),)), error)


def _verdict_of(error: errors.ProvenanceError) -> Verdict:
    """The verdict on a tile that cannot be read, which is our disk's trouble, or on
    anything that reads wrong, which is the record's.
    """
    unreadable = isinstance(error.__cause__, OSError)
    return Verdict.CANNOT_CHECK_NOW if unreadable else Verdict.BROKEN_RECORD


def bundle_for(uri: str) -> Mapping[str, Any]:
    """The bundle about subject `uri`: its chain and every chain that its check needs,
    with proofs under the newest tree head. Of a record that does not check too, as
    evidence, while it can be gathered at all. Raises as `evidence`.
    """
    return evidence(checked(uri))


def evidence(answer: Checked) -> Mapping[str, Any]:
    """The bundle that was checked.

    Raises UnknownSubject, BundleTooLarge, BrokenRecord, and what kept the record from being read:
    DatabaseError, OSError, BadTile, KeyLocked.
    """
    if not isinstance(answer.held, Exception):
        return answer.held.composed()
    if answer.result.verdict is not Verdict.BROKEN_RECORD:
        raise answer.held
    raise BrokenRecord(
        f"the stored record does not hang together: {answer.held}",
        reason=answer.result.reasons[0].code,
        incident=answer.incident and answer.incident.number,
    )


def trust() -> Trust:
    """The roots of trust of this installation."""
    return _roots()[0]


def trust_digest() -> str:
    """The fingerprint of `trust`."""
    return _roots()[1]


def _roots() -> tuple[Trust, str]:
    return _roots_of(
        settings.CUSTOS_DID_HOST,
        keyring.registrar(),
        ledger.ledger_vkey(),
        f"{settings.CUSTOS_ORIGIN}/ledger/",
        settings.CUSTOS_LATE_AFTER,
        ledger.former_ledgers(),
    )


@functools.lru_cache(maxsize=1)
def _roots_of(
    host: str,
    registrar: Registrar,
    vkey: str,
    url: str,
    late_after: int,
    former: tuple[FormerLedger, ...],
) -> tuple[Trust, str]:
    roots = Trust(
        host=host,
        registrar=registrar,
        policy=policy.Policy((policy.Log(parse_vkey(vkey), url),)),
        customs_unions=customs_unions.MEMBERS,
        late_after=timedelta(hours=late_after),
        former_ledgers=former,
    )
    return roots, roots.digest()


def _without_plan(uri: str, verdict: Verdict, error: errors.ProvenanceError | None) -> Result:
    """The answer when there was nothing to run the plan on, or what is stored does not
    even hang together.
    """
    code = error.code if error is not None else "unavailable"
    broken = verdict is Verdict.BROKEN_RECORD
    outcome = StepOutcome.FAILED if broken else StepOutcome.SKIPPED
    first = Step(0, outcome, code, error.detail if error is not None else "")
    steps = (first, *(Step(number, StepOutcome.SKIPPED) for number in range(1, len(TITLES))))
    loop = Loop(LoopState.BROKEN, (Reason(LoopReason.CHAIN_BROKEN),)) if broken else None
    return Result(uri, verdict, (Reason(code),), steps, loop)
