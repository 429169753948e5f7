"""F09: whatever anybody tries in whatever order, the record does what a little model of
custody does, and no more.
"""

from dataclasses import dataclass

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from provenance.core import errors
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record import chain, reading
from provenance.core.record.event import Customs
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical
from provenance.models import Event, Handoff, Subject
from provenance.services.record import rebuild
from tests.captured import Captured
from tests.cast import Actor

PEOPLE = st.sampled_from(["maker", "carrier", "retailer", "mallory"])
ITEM, UNIT = 0, 1


@dataclass
class Thing:
    """The knowledge of a person who watches the goods, written down without the code
    under test.
    """

    born: bool = False
    holder: str = ""
    offered_to: str = ""
    inside: bool = False
    stopped: str = ""  # held, seized
    gone: str = ""  # sold, destroyed
    seller: str = ""
    events: int = 0

    @property
    def free(self) -> bool:
        return self.born and not (self.offered_to or self.inside or self.stopped or self.gone)


class Custody(RuleBasedStateMachine):
    """One item and one logistic unit among four parties and a customs authority."""

    world: Captured

    @initialize()
    def begin(self) -> None:
        self.things = [Thing(), Thing()]
        self.uris = [self.world.item("A1"), self.world.unit(1)]

    def attempt(self, may: bool, who: str, kind: Act, thing: int, **options: object) -> bool:
        """Let somebody try; the record must agree with the model on whether it
        happens.
        """
        actor: Actor = getattr(self.world, who)
        code = None
        try:
            self.world.act(actor, kind, self.uris[thing], **options)
        except errors.ProvenanceError as error:
            code = error.code
        assert (code is None) == may, f"{kind} by {who}: {code}, the model says {may}"
        assert code in (None, "illegal-transition", "not-permitted", "binding-mismatch")
        if may:
            self.things[thing].events += 1
        return may

    @rule(who=PEOPLE, thing=st.sampled_from([ITEM, UNIT]))
    def commission(self, who: str, thing: int) -> None:
        it = self.things[thing]
        if self.attempt(
            not it.born and (thing == UNIT or who == "maker"), who, Act.COMMISSION, thing
        ):
            it.born, it.holder = True, who

    @rule(who=PEOPLE)
    def pack(self, who: str) -> None:
        item, unit = self.things
        may = item.free and unit.free and item.holder == unit.holder == who
        if self.attempt(may, who, Act.PACK, ITEM, parent=self.uris[UNIT]):
            item.inside, item.holder = True, ""
            unit.events += 1

    @rule(who=PEOPLE)
    def unpack(self, who: str) -> None:
        item, unit = self.things
        may = item.inside and not item.stopped and unit.free and unit.holder == who
        if self.attempt(may, who, Act.UNPACK, ITEM, parent=self.uris[UNIT]):
            item.inside, item.holder = False, who
            unit.events += 1

    @rule(who=PEOPLE, to=PEOPLE, thing=st.sampled_from([ITEM, UNIT]))
    def hand_over(self, who: str, to: str, thing: int) -> None:
        it = self.things[thing]
        if who == to:
            return
        options = {"sender": getattr(self.world, who).gln, "receiver": getattr(self.world, to).gln}
        if self.attempt(it.free and it.holder == who, who, Act.HAND_OVER, thing, **options):
            it.offered_to = to

    @rule(
        who=PEOPLE,
        other=PEOPLE,
        thing=st.sampled_from([ITEM, UNIT]),
        kind=st.sampled_from([Act.ACCEPT, Act.REFUSE, Act.CANCEL]),
    )
    def answer(self, who: str, other: str, thing: int, kind: Act) -> None:
        it = self.things[thing]
        if who == other:
            return
        sender, receiver = (who, other) if kind is Act.CANCEL else (other, who)
        options = {
            "sender": getattr(self.world, sender).gln,
            "receiver": getattr(self.world, receiver).gln,
        }
        waiting = bool(it.offered_to) and not it.stopped
        ends = (who, other) if kind is Act.CANCEL else (other, who)
        may = waiting and (it.holder, it.offered_to) == ends  # both named as the offer named them
        if self.attempt(may, who, kind, thing, **options):
            it.holder = who if kind is Act.ACCEPT else it.holder
            it.offered_to = ""

    @rule(
        authority=st.sampled_from(["customs_cn", "customs_nl", "mallory"]),
        thing=st.sampled_from([ITEM, UNIT]),
        outcome=st.sampled_from(["cleared", "held", "sampled", "seized"]),
    )
    def checkpoint(self, authority: str, thing: int, outcome: str) -> None:
        it = self.things[thing]
        at_home = authority == "customs_cn"  # every act here is in China
        may = (
            at_home
            and it.born
            and not it.gone
            and it.stopped != "seized"
            and not (outcome == "seized" and it.inside)
        )
        if self.attempt(
            may,
            authority,
            Act.CHECKPOINT,
            thing,
            customs=Customs(Procedure.EXPORT, Outcome(outcome)),
        ):
            if outcome == "seized":
                it.stopped, it.holder, it.offered_to = "seized", authority, ""
            elif outcome != "sampled":
                it.stopped = "held" if outcome == "held" else ""

    @rule(
        who=PEOPLE,
        thing=st.sampled_from([ITEM, UNIT]),
        kind=st.sampled_from([Act.SELL, Act.DECOMMISSION]),
    )
    def end(self, who: str, thing: int, kind: Act) -> None:
        it = self.things[thing]
        empty = thing == ITEM or not self.things[ITEM].inside
        if self.attempt(it.free and it.holder == who and empty, who, kind, thing):
            it.gone, it.holder = ("sold" if kind is Act.SELL else "ended"), ""
            it.seller = who if kind is Act.SELL else ""

    @rule(who=PEOPLE)
    def take_back(self, who: str) -> None:
        it = self.things[ITEM]
        may = it.gone == "sold" and who in (it.seller, "maker")
        if self.attempt(may, who, Act.RETURN, ITEM):
            back_at_the_maker = who == "maker" and it.seller != "maker"
            it.gone, it.holder = ("ended", "") if back_at_the_maker else ("", who)

    @invariant()
    def the_record_knows_what_the_model_knows(self) -> None:
        for uri, it in zip(getattr(self, "uris", ()), getattr(self, "things", ()), strict=True):
            row = Subject.objects.filter(uri=uri).first()
            assert (row is not None) == it.born
            if row is None:
                continue
            assert row.custodian == (getattr(self.world, it.holder).gln if it.holder else "")
            assert row.pending_receiver == (
                getattr(self.world, it.offered_to).gln if it.offered_to else ""
            )
            assert (row.container != "") == it.inside
            assert (row.closed_at is not None) == bool(it.gone)
            assert row.head_position == it.events - 1

    def teardown(self) -> None:
        for uri in self.uris if hasattr(self, "uris") else ():
            events = Event.objects.filter(links__subject__uri=uri)
            records = [
                reading.read(canonical.parse(event.document.encode()), event.digest)
                for event in events
            ]
            if records:
                chain.check_chain(records, uri)
        pending = {uri for uri, it in zip(self.uris, self.things, strict=True) if it.offered_to}
        assert set(Handoff.objects.filter(outcome="").values_list("subject", flat=True)) == pending
        assert rebuild.rebuild() == []


def test_custody_moves_as_the_model_says(world: Captured) -> None:
    class InThisWorld(Custody):
        """A machine whose runs each leave the database as they found it."""

        def __init__(self) -> None:
            super().__init__()
            self.savepoint = transaction.savepoint()

        def teardown(self) -> None:
            try:
                super().teardown()
            finally:
                transaction.savepoint_rollback(self.savepoint)

    InThisWorld.world = world
    run_state_machine_as_test(
        InThisWorld,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
