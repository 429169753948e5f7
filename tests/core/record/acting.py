"""Acts that are tried in a world: what the rules say of them, and the situations in
which they are tried.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from provenance.core import errors
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record import compose, transition
from provenance.core.record.compose import Intent
from provenance.core.record.event import Customs, GoodsAct, SignedEvent
from provenance.core.record.lookups import Lookups, Original
from provenance.core.record.state import GoodsState, Situation, State
from provenance.core.record.vocabulary import Act
from tests.cast import ITEM, PALLET, PALLET_2, Actor, Amounts, amounts, item
from tests.world import World

S = Situation
EXPORT = Customs(Procedure.EXPORT, Outcome.CLEARED)
HELD_AS = {S.HELD: Outcome.HELD, S.SEIZED: Outcome.SEIZED}


@dataclass
class Registry(Lookups):
    """`Lookups` over a world."""

    world: World

    def state(self, uri: str) -> State | None:
        return self.world.states.get(uri)

    def original(self, subject: str, event_id: str) -> Original | None:
        first: Original | None = None
        for event in self.world.events:
            is_it = isinstance(event.body, GoodsAct) and event.body.event_id == event_id
            if not is_it or subject not in event.by_subject:
                continue
            if first is None:
                first = Original(event.act, event.issuer)
            else:
                first = replace(first, reasons=(*first.reasons, event.goods.error_reason))
        return first


def signed(world: World, by: Actor, kind: Act, subjects: Amounts, **options: Any) -> SignedEvent:
    """A signed act behind the heads of the world, not yet part of it."""
    return world.read(world.document(by, kind, subjects, **options))


def refusal(world: World, event: SignedEvent) -> errors.ProvenanceError | None:
    """Why the rules refuse the event, if they do."""
    before = {link.subject: world.states.get(link.subject) for link in event.links}
    try:
        transition.check(event, before, Registry(world), registrar=world.root)
    except errors.ProvenanceError as error:
        return error
    return None


def verdict(world: World, event: SignedEvent) -> str:
    """`accepted`, and then it is recorded; or the code of the refusal."""
    error = refusal(world, event)
    if error is not None:
        return error.code
    world.put(dict(event.document))
    return "accepted"


def attempt(world: World, by: Actor, kind: Act, subjects: Amounts = ITEM, **options: Any) -> str:
    """Try an act: `accepted`, or the code of the refusal."""
    return verdict(world, signed(world, by, kind, subjects, **options))


def do(world: World, by: Actor, kind: Act, subjects: Amounts = ITEM, **options: Any) -> None:
    """An act that is allowed."""
    assert attempt(world, by, kind, subjects, **options) == "accepted"


# --- situations, and the act that a well-behaved party would do in them -------------


def situate(
    world: World, situation: Situation, subjects: Amounts = ITEM, *, inside: str = PALLET
) -> None:
    """Bring goods of the maker into a situation; packed, they are `inside` a unit."""
    maker = world.maker
    for unit in (inside, PALLET_2):
        do(world, maker, Act.COMMISSION, unit)
    if situation is not S.UNBORN:
        do(world, maker, Act.COMMISSION, subjects)
    customs = Customs(Procedure.EXPORT, HELD_AS.get(situation))
    steps: dict[Situation, Callable[[], object]] = {
        S.HANDED_OVER: lambda: do(world, maker, Act.HAND_OVER, subjects, **handoff(world)),
        S.PACKED: lambda: do(world, maker, Act.PACK, subjects, parent=inside),
        S.HELD: lambda: do(world, world.customs_cn, Act.CHECKPOINT, subjects, customs=customs),
        S.SEIZED: lambda: do(world, world.customs_cn, Act.CHECKPOINT, subjects, customs=customs),
        S.SOLD: lambda: do(world, maker, Act.SELL, subjects),
        S.ENDED: lambda: do(world, maker, Act.DESTROY, subjects),
    }
    steps.get(situation, lambda: None)()
    for uri in amounts(subjects):
        now = world.states.get(uri)
        assert (now.situation if isinstance(now, GoodsState) else S.UNBORN) is situation


def handoff(world: World) -> dict[str, str]:
    """The two parties of a handoff from the maker to the carrier."""
    return {"sender": world.maker.gln, "receiver": world.carrier.gln}


def natural(  # noqa: PLR0911
    world: World, kind: Act, situation: Situation, subjects: Amounts = ITEM, *, inside: str = PALLET
) -> tuple[Actor, dict[str, Any]]:
    """The signer of the act in this situation, and the act's options."""
    holder = world.customs_cn if situation is S.SEIZED else world.maker
    match kind:
        case Act.HAND_OVER:
            return holder, {"sender": holder.gln, "receiver": world.carrier.gln}
        case Act.ACCEPT | Act.REFUSE:
            return world.carrier, handoff(world)
        case Act.CANCEL:
            return world.maker, handoff(world)
        case Act.CHECKPOINT:
            return world.customs_cn, {"customs": EXPORT}
        case Act.PACK | Act.UNPACK:
            return world.maker, {"parent": inside}
        case Act.TRANSFORM:
            return world.maker, {"outputs": {item("OUTPUT"): 1}}
        case Act.CORRECT:
            return world.maker, {"corrects": first_event(world, subjects)}
        case Act.OBSERVE | Act.DESTROY:
            return holder, {}
        case _:
            return world.maker, {}


def first_event(world: World, subjects: Amounts) -> dict[str, Any]:
    """The event that began these goods, or one that never happened."""
    goods = {uri: Decimal(amount) for uri, amount in amounts(subjects).items()}
    for event in world.events:
        if isinstance(event.body, GoodsAct) and event.body.subjects == goods:
            return dict(event.document["credentialSubject"])
    issuer, time = world.maker.gln, world.clock
    return compose.event(Intent(act=Act.COMMISSION, issuer=issuer, subjects=goods, time=time))
