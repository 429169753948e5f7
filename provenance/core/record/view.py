"""Views of a sealed EPCIS event: the members and items that were opened, in their places.

A view keeps the eventID of the signed event, whose CBV hash it no longer has; only the signed
event is signed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from provenance.core import errors
from provenance.core.record import moved
from provenance.core.record.sealed import Member, Opened, SealedMember, Side


def has(body: Mapping[str, Any], member: Member) -> bool:
    """Whether the EPCIS event `body` has `member` in clear."""
    *above, name = _names(member)
    block: Any = body
    for part in above:
        block = block.get(part)
        if not isinstance(block, dict):
            return False
    return name in block


def with_members(body: Mapping[str, Any], members: Sequence[SealedMember]) -> Mapping[str, Any]:
    """Return `body` with these members in their places; it stays as it is. Raises BadOpening
    where the event has no such place.
    """
    for sealed in members:
        body = _with(body, _names(sealed.member), sealed.value)
    return body


def full(body: Mapping[str, Any], opened: Opened) -> dict[str, Any]:
    """Return the EPCIS event with the opened members and items in their places, each item counted
    by its class no more.
    """
    event = dict(with_members(body, opened.members))
    outputs = [sealed.link.subject for sealed in opened.links if sealed.role is Side.OUTPUT]
    others = [sealed.link.subject for sealed in opened.links if sealed.role is not Side.OUTPUT]
    _name(event, others, *moved.lists_of(event["type"]))
    _name(event, outputs, *moved.OUTPUT_LISTS)
    return event


def _name(event: dict[str, Any], items: Sequence[str], epcs: str, classes: str) -> None:
    if not items:
        return
    event[epcs] = [*event.get(epcs, ()), *items]
    named = Counter(map(moved.class_of, items))
    left = [
        {**element, "quantity": element["quantity"] - named[element["epcClass"]]}
        if element["epcClass"] in named
        else element
        for element in event.get(classes, ())
    ]
    event[classes] = [element for element in left if element["quantity"]]
    if not event[classes]:
        del event[classes]


def _names(member: Member) -> list[str]:
    """Return the names on the way to a member (RFC 6901; ours need no escapes)."""
    return member.value.split("/")[1:]


def _with(block: Any, names: Sequence[str], value: Any) -> dict[str, Any]:
    name, *below = names
    if not isinstance(block, Mapping):
        raise errors.BadOpening(f"the event has no place for a sealed {name}")
    inner = _with(block.get(name), below, value) if below else value
    return {**block, name: inner}
