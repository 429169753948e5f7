"""Acts in a little world without a database: what `acts.check` says of them, and what
they leave behind.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from provenance.core import errors, gs1
from provenance.core.record import acts, compose, state
from provenance.core.record import event as event_
from provenance.core.record.compose import Intent
from provenance.core.record.event import Customs, SignedEvent
from provenance.core.record.kinds import Kind
from provenance.core.record.lookups import FromStates
from provenance.core.record.state import Situation, State
from provenance.core.signing import canonical
from tests.core import minilog
from tests.core.minilog import CN, HOST, Actor, Cast

S = Situation
UNIT2 = gs1.sscc_uri(gs1.make_sscc("952000", 0, 2))
EXPORT = Customs("export", "cleared")


@dataclass
class Registry(FromStates):
    """`core.facts.Lookups` over a little world."""

    world: minilog.World

    def state(self, uri: str) -> State | None:
        return self.world.states.get(uri)

    def original(self, subject: str, event_id: str) -> tuple[Kind, str] | None:
        for document in self.world.documents:
            one = event_.read(document, "0" * 64)
            if one.goods and one.goods.event_id == event_id and subject in one.by_subject:
                return one.kind, one.issuer
        return None


def signed(
    world: minilog.World, by: Actor, kind: Kind, subjects: Mapping[str, Any] | str, **options: Any
) -> SignedEvent:
    """A signed act behind the heads of the world, not yet part of it."""
    amounts = {subjects: 1} if isinstance(subjects, str) else subjects
    intent = Intent(
        kind=kind, issuer=by.gln, subjects=amounts, **{"time": world.tick(), "place": CN, **options}
    )
    links = compose.next_links(intent, world.states)
    unsigned = compose.document(
        compose.event(intent), host=HOST, issuer=by.gln, created=world.clock, links=links
    )
    document = compose.sign(unsigned, by.private)
    return event_.read(document, hashlib.sha256(canonical.serialize(document)).hexdigest())


def verdict(world: minilog.World, one: SignedEvent) -> str:
    """`accepted`, or the code of the refusal."""
    before = {link.subject: world.states.get(link.subject) for link in one.links}
    try:
        acts.check(one, before, Registry(world), registrar=world.registrar.multibase)
    except errors.ProvenanceError as error:
        return error.code
    for uri, old in before.items():
        world.states[uri] = state.apply(old, one, uri)
    return "accepted"


def attempt(cast: Cast, by: Actor, kind: Kind, **options: Any) -> str:
    return verdict(
        cast.world, signed(cast.world, by, kind, options.pop("subjects", cast.item), **options)
    )


# --- situations, and the act that a well-behaved party would do in them -------------


def situate(cast: Cast, situation: Situation) -> None:
    """Bring the item, made by the maker, into a situation."""
    act, maker = cast.world.act, cast.maker
    act(maker, Kind.COMMISSION, cast.pallet, place=CN)
    act(maker, Kind.COMMISSION, UNIT2, place=CN)
    if situation is not S.UNBORN:
        act(maker, Kind.COMMISSION, cast.item, place=CN)
    steps: dict[Situation, Callable[[], object]] = {
        S.HANDED_OVER: lambda: act(maker, Kind.HAND_OVER, cast.item, place=CN, **handoff(cast)),
        S.PACKED: lambda: act(maker, Kind.PACK, cast.item, parent=cast.pallet, place=CN),
        S.HELD: lambda: act(
            cast.customs_cn, Kind.CHECKPOINT, cast.item, place=CN, customs=Customs("export", "held")
        ),
        S.SEIZED: lambda: act(
            cast.customs_cn,
            Kind.CHECKPOINT,
            cast.item,
            place=CN,
            customs=Customs("export", "seized"),
        ),
        S.SOLD: lambda: act(maker, Kind.SELL, cast.item, place=CN),
        S.ENDED: lambda: act(maker, Kind.DESTROY, cast.item, place=CN),
    }
    steps.get(situation, lambda: None)()
    found = cast.world.states.get(cast.item)
    assert (S.UNBORN if found is None else found.situation) is situation  # type: ignore[union-attr]


def handoff(cast: Cast) -> dict[str, str]:
    return {"sender": cast.maker.gln, "receiver": cast.carrier.gln}


def natural(  # noqa: PLR0911
    cast: Cast, kind: Kind, situation: Situation
) -> tuple[Actor, dict[str, Any]]:
    """Who would sign the act, and what it says."""
    holder = cast.customs_cn if situation is S.SEIZED else cast.maker
    item2 = gs1.item_uri(cast.gtin, "OUTPUT")
    match kind:
        case Kind.HAND_OVER:
            return holder, {"sender": holder.gln, "receiver": cast.carrier.gln}
        case Kind.ACCEPT | Kind.REFUSE:
            return cast.carrier, handoff(cast)
        case Kind.CANCEL:
            return cast.maker, handoff(cast)
        case Kind.CHECKPOINT:
            return cast.customs_cn, {"customs": EXPORT}
        case Kind.PACK | Kind.UNPACK:
            return cast.maker, {"parent": cast.pallet}
        case Kind.TRANSFORM:
            return cast.maker, {"outputs": {item2: 1}}
        case Kind.CORRECT:
            commission = Intent(
                kind=Kind.COMMISSION,
                issuer=cast.maker.gln,
                subjects={cast.item: 1},
                time=cast.world.clock,
            )
            known = [d["credentialSubject"] for d in cast.world.documents]
            ours = [
                body
                for body in known
                if body.get("epcList") == [cast.item] and body["action"] == "ADD"
            ]
            return cast.maker, {"corrects": ours[0] if ours else compose.event(commission)}
        case Kind.OBSERVE | Kind.DESTROY:
            return holder, {}
        case _:
            return cast.maker, {}
