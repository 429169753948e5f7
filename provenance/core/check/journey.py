"""Journeys: the path of goods through their own chain and those of the units they rode
in.

While goods are packed they are where their logistic unit is, so the path runs through
the slice of the unit's chain between the packing and the unpacking, and so on for units
within units. A border is crossed where two events that follow one another name places
in different customs territories.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from provenance.core.record.acts import GOODS_RULES
from provenance.core.record.event import GoodsAct, SignedEvent
from provenance.core.record.rules import Whereabouts
from provenance.core.record.vocabulary import Act

Chains: TypeAlias = Mapping[str, Sequence[SignedEvent]]
"""Chains by the URI of their subject, in order of position."""
Unions: TypeAlias = Mapping[str, Sequence[str]]
"""Customs unions by name, with the countries that are members."""

_NO_GOODS: Final = GoodsAct({})


def goods_of(event: SignedEvent) -> GoodsAct:
    """Return the event's act on goods; for a registry claim an act that moves nothing."""
    return event.body if isinstance(event.body, GoodsAct) else _NO_GOODS


@dataclass(frozen=True, slots=True)
class Slice:
    """The part of a logistic unit's chain that a subject travelled in: positions
    `first` to `last`, both included. `ended` says whether it was unpacked at `last`.
    """

    container: str
    first: int
    last: int
    ended: bool


def slices(events: Iterable[SignedEvent], subject: str, chains: Chains) -> list[Slice]:
    """Return the slices of the units that `subject` rode in, one for each packing, in
    order.

    A subject that is still packed has a slice to the newest event of its unit. A lot
    packed in parts has a single slice at a time for each unit.
    """
    packed_at: dict[str, int] = {}
    rides: list[Slice] = []
    for event in events:
        goods = goods_of(event)
        if subject not in goods.subjects or not goods.parent:
            continue
        position = event.link(goods.parent).position
        if event.act is Act.PACK:
            packed_at.setdefault(goods.parent, position)
        elif event.act is Act.UNPACK and goods.parent in packed_at:
            rides.append(Slice(goods.parent, packed_at.pop(goods.parent), position, True))
    for unit, first in packed_at.items():
        newest = max((e.link(unit).position for e in chains.get(unit, ())), default=first)
        rides.append(Slice(unit, first, newest, False))
    return sorted(rides, key=lambda ride: ride.first)


def stitch(subject: str, chains: Chains) -> list[tuple[SignedEvent, str]]:
    """Return the whole history of `subject` in order: its own events and, between
    packing and unpacking, its containers'; each with the URI of the chain it came from.
    """
    return _stitch(subject, chains.get(subject, ()), chains, frozenset())


def _stitch(
    subject: str, events: Sequence[SignedEvent], chains: Chains, above: frozenset[str]
) -> list[tuple[SignedEvent, str]]:
    history: list[tuple[SignedEvent, str]] = []
    seen: set[str] = set()
    rides = {(ride.container, ride.first): ride for ride in slices(events, subject, chains)}
    for event in events:
        nested: list[tuple[SignedEvent, str]] = [(event, subject)]
        parent = goods_of(event).parent
        if event.act is Act.PACK and parent and parent != subject and parent not in above:
            ride = rides.get((parent, event.link(parent).position))
            inside = _inside(ride, chains) if ride is not None else []
            nested += _stitch(parent, inside, chains, above | {subject})
        for further, uri in nested:
            if further.digest not in seen:
                seen.add(further.digest)
                history.append((further, uri))
    return history


def _inside(ride: Slice, chains: Chains) -> list[SignedEvent]:
    """Return the unit's events after the packing and, where the ride ended, before the
    unpacking.
    """
    unit = ride.container
    end = ride.last if ride.ended else ride.last + 1
    return [e for e in chains.get(unit, ()) if ride.first < e.link(unit).position < end]


def territory(country: str, unions: Unions) -> str:
    """Return the customs territory of a country: its customs union's name, else the
    country.
    """
    return next((name for name, members in unions.items() if country in members), country)


def crossings(subject: str, chains: Chains, unions: Unions) -> list[tuple[str, str]]:
    """Return the customs borders crossed, as (from territory, to territory), along
    every path that the subject travelled.
    """
    borders: list[tuple[str, str]] = []
    own = list(chains.get(subject, ()))
    for traveller, path, start in _paths(subject, own, None, chains, frozenset()):
        last = start
        for event in path:
            here = country_of(event)
            if event.act is Act.UNPACK and traveller in goods_of(event).subjects:
                # Since the packing the traveller was where its unit was: that is the unit's path.
                last = here
                continue
            if here is None:
                continue
            ours, theirs = territory(here, unions), territory(last or here, unions)
            if ours != theirs:
                borders.append((theirs, ours))
            last = here
    return borders


def country_of(event: SignedEvent) -> str | None:
    """Return the country that the goods were in, or None where the event does not say."""
    if event.act.is_claim or GOODS_RULES[event.act].whereabouts is Whereabouts.SIGNER:
        return None
    return goods_of(event).place.country


def _paths(
    traveller: str,
    path: list[SignedEvent],
    start: str | None,
    chains: Chains,
    above: frozenset[str],
) -> list[tuple[str, list[SignedEvent], str | None]]:
    """Return (traveller, its events, the country it was in before them): of the
    traveller, and of each unit that it rode in.
    """
    paths = [(traveller, path, start)]
    for ride in slices(path, traveller, chains):
        if ride.container in above:
            continue
        country = start
        for event in path:
            country = country_of(event) or country
            unit = goods_of(event).parent
            if unit == ride.container and event.link(unit).position == ride.first:
                break
        inside = [
            event
            for event in chains.get(ride.container, ())
            if ride.first <= event.link(ride.container).position <= ride.last
        ]
        paths += _paths(ride.container, inside, country, chains, above | {traveller})
    return paths
