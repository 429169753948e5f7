"""An item and a pallet through any life at all: `acts` agrees with a small model made
from docs/format.md alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from provenance.core import errors
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record import compose, transition
from provenance.core.record.compose import Intent
from provenance.core.record.event import Customs, SignedEvent
from provenance.core.record.state import GoodsState
from provenance.core.record.vocabulary import Act
from tests.cast import CN, ITEM, NL, PALLET
from tests.core.record.acting import Registry, signed
from tests.world import World

ACTORS = ("maker", "carrier", "customs_cn", "customs_nl", "mallory")
COUNTRY = {"customs_cn": CN, "customs_nl": NL}
HANDOFF = (Act.HAND_OVER, Act.ACCEPT, Act.REFUSE, Act.CANCEL)
OUTCOMES = (None, *Outcome)
KINDS = [kind for kind in Act if not kind.is_claim]


@dataclass(frozen=True)
class Try:
    """Somebody tries an act on a thing; `peer` is the other party of a handoff,
    `outcome` what customs decides.
    """

    kind: Act
    by: str
    thing: str
    peer: str = ""
    outcome: Outcome | None = None


def _all() -> Iterator[Try]:
    for kind in KINDS:
        for by in ACTORS:
            for thing in ("item", "pallet"):
                if kind in HANDOFF:
                    yield from (Try(kind, by, thing, peer) for peer in ACTORS if peer != by)
                elif kind is Act.CHECKPOINT:
                    yield from (Try(kind, by, thing, outcome=outcome) for outcome in OUTCOMES)
                elif thing == "item" or kind not in (Act.PACK, Act.UNPACK):
                    yield Try(kind, by, thing)


ALL = list(_all())


@dataclass
class Thing:
    """The state of goods, in the words of the design."""

    maker: str = ""
    holder: str = ""
    inside: bool = False
    receiver: str = ""
    hold: str = ""
    seized: bool = False
    over: str = ""
    seller: str = ""
    corrected: bool = False

    @property
    def alive(self) -> bool:
        return bool(self.maker) and not self.over

    @property
    def free(self) -> bool:
        """With its custodian, and nothing is waited for."""
        return self.alive and not (self.inside or self.receiver or self.hold or self.seized)


@dataclass
class Model:
    """The rows of the table in words of its own."""

    item: Thing = field(default_factory=Thing)
    pallet: Thing = field(default_factory=Thing)

    def allows(self, attempt: Try) -> bool:  # noqa: C901, PLR0911, PLR0912  a row each
        thing: Thing = getattr(self, attempt.thing)
        empty = attempt.thing == "item" or not self.item.inside
        mine = thing.holder == attempt.by and not thing.inside
        owner = attempt.by == (
            ("maker" if thing.maker else "") if attempt.thing == "item" else thing.maker
        )
        answerable = thing.alive and not thing.hold
        match attempt.kind:
            case Act.COMMISSION:
                return not thing.maker and (attempt.thing == "pallet" or attempt.by == "maker")
            case Act.PACK:
                return (
                    self.item.free
                    and self.pallet.free
                    and self.item.holder == self.pallet.holder == attempt.by
                )
            case Act.UNPACK:
                return (
                    self.item.inside
                    and not self.item.hold
                    and self.pallet.free
                    and self.pallet.holder == attempt.by
                )
            case Act.HAND_OVER:
                return answerable and mine and not thing.receiver
            case Act.ACCEPT | Act.REFUSE:
                return answerable and thing.receiver == attempt.by and thing.holder == attempt.peer
            case Act.CANCEL:
                return answerable and mine and thing.receiver == attempt.peer
            case Act.CHECKPOINT:
                return self._may_decide(thing, attempt)
            case Act.OBSERVE:
                return thing.alive and mine
            case Act.SELL | Act.DECOMMISSION:
                return thing.free and mine and empty
            case Act.TRANSFORM:
                return thing.free and mine and empty and attempt.by == "maker"
            case Act.DESTROY:
                return answerable and mine and empty and not thing.receiver
            case Act.RETURN:
                return thing.over == "sold" and attempt.by in (thing.seller, thing.maker)
            case Act.RECALL:
                return owner
            case Act.REPORT_STOLEN:
                holder = self.pallet.holder if thing.inside else thing.holder
                return bool(thing.maker) and (owner or (thing.alive and holder == attempt.by))
            case _:
                return thing.maker == attempt.by and not thing.corrected

    def _may_decide(self, thing: Thing, attempt: Try) -> bool:
        """An authority, at home; not after a seizure; only who holds the goods back
        lets them go or takes them.
        """
        if attempt.by not in COUNTRY or not thing.alive or (thing.seized and not thing.receiver):
            return False
        if attempt.outcome in ("cleared", "held", "seized") and thing.hold not in ("", attempt.by):
            return False
        return not (attempt.outcome == "seized" and thing.inside)

    def happens(self, attempt: Try) -> None:  # noqa: C901, PLR0912  an effect each
        thing: Thing = getattr(self, attempt.thing)
        match attempt.kind:
            case Act.COMMISSION:
                thing.maker = thing.holder = attempt.by
            case Act.PACK:
                thing.inside = True
            case Act.UNPACK:
                thing.inside, thing.holder = False, attempt.by
            case Act.HAND_OVER:
                thing.receiver = attempt.peer
            case Act.ACCEPT:
                thing.holder, thing.receiver, thing.seized = attempt.by, "", False
            case Act.REFUSE | Act.CANCEL:
                thing.receiver = ""
            case Act.CHECKPOINT if attempt.outcome in ("cleared", "held"):
                thing.hold = attempt.by if attempt.outcome == "held" else ""
            case Act.CHECKPOINT if attempt.outcome == "seized":
                thing.holder, thing.seized, thing.receiver, thing.hold = attempt.by, True, "", ""
            case Act.SELL:
                thing.over, thing.seller, thing.holder = "sold", attempt.by, ""
            case Act.DESTROY | Act.DECOMMISSION | Act.TRANSFORM:
                thing.over, thing.holder = "ended", ""
            case Act.RETURN if attempt.by == thing.maker != thing.seller:
                thing.over = "ended"
            case Act.RETURN:
                thing.over, thing.holder = "", attempt.by
            case Act.CORRECT:
                thing.corrected = True


class Life(RuleBasedStateMachine):
    """The rules and the model answer every attempt alike; then something that is
    allowed happens.
    """

    @initialize()
    def begin(self) -> None:
        self.world = World()
        self.uris = {"item": ITEM, "pallet": PALLET}
        self.registry, self.model, self.serial = Registry(self.world), Model(), 0

    def record(self, attempt: Try) -> SignedEvent:
        world, uri, by = self.world, self.uris[attempt.thing], getattr(self.world, attempt.by)
        options: dict[str, Any] = {"place": COUNTRY.get(attempt.by, CN)}
        if attempt.kind in HANDOFF:
            ends = (by.gln, getattr(self.world, attempt.peer).gln)
            sends = attempt.kind in (Act.HAND_OVER, Act.CANCEL)
            options |= dict(zip(("sender", "receiver"), ends if sends else ends[::-1], strict=True))
        if attempt.kind in (Act.PACK, Act.UNPACK):
            options |= {"parent": PALLET}
        if attempt.kind is Act.CHECKPOINT:
            options |= {"customs": Customs(Procedure.EXPORT, attempt.outcome)}
        if attempt.kind is Act.TRANSFORM:
            self.serial += 1
            options |= {"outputs": {World.item(f"OUT{self.serial}"): 1}}
        if attempt.kind is Act.CORRECT:
            never = Intent(act=Act.COMMISSION, issuer=by.gln, subjects={uri: 1}, time=world.tick())
            events = (document["credentialSubject"] for document in world.documents)
            born = [
                e
                for e in events
                if e.get("bizStep") == "commissioning" and e.get("epcList") == [uri]
            ]
            options |= {"corrects": born[0] if born else compose.event(never)}
        return signed(world, by, attempt.kind, uri, **options)

    def accepted(self, record: SignedEvent) -> bool:
        before = {link.subject: self.world.states.get(link.subject) for link in record.links}
        try:
            transition.check(record, before, self.registry, registrar=self.world.root)
        except (errors.IllegalTransition, errors.NotPermitted, errors.AlreadyCorrected):
            return False
        return True

    @rule(tries=st.lists(st.sampled_from(ALL), min_size=6, max_size=6), pick=st.integers(0, 10**6))
    def live(self, tries: list[Try], pick: int) -> None:
        for attempt in tries:
            assert self.accepted(self.record(attempt)) == self.model.allows(attempt), attempt
        possible = [attempt for attempt in ALL if self.model.allows(attempt)]
        happens = possible[pick % len(possible)]
        record = self.record(happens)
        assert self.accepted(record), happens
        self.world.put(dict(record.document))
        self.model.happens(happens)

    @invariant()
    def custody_is_where_the_model_says(self) -> None:
        for name, uri in self.uris.items():
            thing, state = getattr(self.model, name), self.world.states.get(uri)
            if not isinstance(state, GoodsState):
                assert not thing.maker
                continue
            gln = getattr(self.world, thing.holder).gln if thing.holder else None
            assert state.custodian == (None if thing.inside else gln)
            assert state.container == (PALLET if thing.inside else None)
            assert (state.pending is not None, state.ended_by is not None) == (
                bool(thing.receiver),
                bool(thing.over),
            )
            assert sum(state.holdings.values(), Decimal(0)) == (0 if thing.over else 1)
            assert state.contents == (name == "pallet" and self.model.item.inside)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
