"""The diary of a story: acts in the order they happened, some days ago, each signed
when it happened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record import compose
from provenance.core.record.compose import Intent
from provenance.core.record.event import Customs
from provenance.core.record.vocabulary import Act
from provenance.services.record.signing import Draft
from provenance.services.site.demo.cast import Actor, Spot


@dataclass(slots=True)
class Diary:
    """Acts of the demo, written in any order; `drafts` gives them in time's order."""

    now: datetime
    entries: list[Intent] = field(default_factory=list)

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
        self.entries.append(intent)
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

    def correct(self, wrong: Intent, by: Actor, time: datetime) -> None:
        """Declare an act wrong."""
        self.entries.append(
            Intent(
                act=Act.CORRECT,
                issuer=by.gln,
                subjects=wrong.subjects,
                time=time,
                parent=wrong.parent,
                corrects=compose.event(wrong),
            )
        )

    def drafts(self) -> list[Draft]:
        """The acts in time's order, to be signed at the time they happened."""
        return [
            Draft(intent.issuer, intent, signed_at=intent.time)
            for intent in sorted(self.entries, key=lambda intent: intent.time)
        ]
