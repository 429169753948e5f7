"""The diary of a story: acts in the order they happened, some days ago, each signed
when it happened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record import compose
from provenance.core.record.claims import ProductRecalled
from provenance.core.record.compose import Intent
from provenance.core.record.event import Customs
from provenance.core.record.vocabulary import Act
from provenance.services.record.signing import Draft
from provenance.services.site.demo.cast import Actor, Spot


@dataclass(slots=True)
class Diary:
    """Acts of the demo and recalls of its products, written in any order; `drafts` gives
    them in time's order.
    """

    now: datetime
    entries: list[tuple[datetime, Draft]] = field(default_factory=list)

    def at(self, days_ago: float, hour: int = 0) -> datetime:
        """A moment so many days ago, `hour` hours later."""
        return self.now - timedelta(days=days_ago) + timedelta(hours=hour)

    def act(
        self,
        act: Act,
        by: Actor,
        subjects: Sequence[str] | Mapping[str, int],
        time: datetime,
        spot: Spot,
        **more: Any,
    ) -> Intent:
        """Write down an act."""
        amounts = subjects if isinstance(subjects, Mapping) else dict.fromkeys(subjects, 1)
        intent = Intent(
            act=act,
            issuer=by.gln,
            subjects=amounts,
            time=time,
            offset=spot.offset,
            place=spot.place if spot.place.country else None,
            **more,
        )
        self._enter(intent)
        return intent

    def hand_on(
        self,
        subjects: Sequence[str],
        giver: Actor,
        taker: Actor,
        time: datetime,
        spot: Spot,
        reference: str = "",
    ) -> None:
        """A handover and, two hours later, its acceptance."""
        self.hand_over(subjects, giver, taker, time, spot, reference)
        both: dict[str, Any] = {"sender": giver.gln, "receiver": taker.gln, "reference": reference}
        self.act(Act.ACCEPT, taker, subjects, time + timedelta(hours=2), spot, **both)

    def hand_over(
        self,
        subjects: Sequence[str],
        giver: Actor,
        taker: Actor,
        time: datetime,
        spot: Spot,
        reference: str = "",
    ) -> None:
        """A handover that waits for its answer."""
        both: dict[str, Any] = {"sender": giver.gln, "receiver": taker.gln, "reference": reference}
        self.act(Act.HAND_OVER, giver, subjects, time, spot, **both)

    def clear_export(
        self, by: Actor, unit: str, time: datetime, spot: Spot, declaration: str
    ) -> None:
        """Clearance of a logistic unit out of the country."""
        self.customs(
            by,
            unit,
            time,
            spot,
            Customs(Procedure.EXPORT, Outcome.CLEARED, spot.place.locode, declaration),
        )

    def clear_import(
        self, by: Actor, unit: str, time: datetime, spot: Spot, declaration: str
    ) -> None:
        """Clearance of a logistic unit into the country."""
        self.customs(
            by,
            unit,
            time,
            spot,
            Customs(Procedure.IMPORT, Outcome.CLEARED, spot.place.locode, declaration),
        )

    def customs(self, by: Actor, unit: str, time: datetime, spot: Spot, customs: Customs) -> None:
        """An act of a customs authority on a logistic unit."""
        self.act(Act.CHECKPOINT, by, [unit], time, spot, customs=customs)

    def correct(self, wrong: Intent, right: Intent, by: Actor, time: datetime) -> None:
        """Declare an act wrong, and name the one in its place."""
        self._enter(
            Intent(
                act=Act.CORRECT,
                issuer=by.gln,
                subjects=wrong.subjects,
                time=time,
                parent=wrong.parent,
                corrects=compose.event(wrong),
                replaced_by=[compose.event(right)["eventID"]],
            )
        )

    def recall(self, by: Actor, time: datetime, claim: ProductRecalled) -> None:
        """A recall of a product of `by`."""
        self.entries.append((time, Draft(by.gln, claim, signed_at=time)))

    def drafts(self) -> list[Draft]:
        """The entries in time's order, to be signed at the time they happened."""
        return [draft for _, draft in sorted(self.entries, key=lambda entry: entry[0])]

    def _enter(self, intent: Intent) -> None:
        draft = Draft(intent.issuer, intent, signed_at=intent.time)
        self.entries.append((intent.time, draft))
