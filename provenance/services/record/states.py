"""Folded states of subjects (`core.record.state`) as JSON, for the `state` column:
`load(kind, dump(state)) == state`.

The dataclasses themselves are the schema. Members that have their default are left out,
amounts are decimal strings, and times are in UTC.
"""

from dataclasses import MISSING, fields
from typing import Any, Final

import msgspec
import orjson

from provenance.core.gs1 import SubjectKind
from provenance.core.record.state import (
    GoodsState,
    KeyState,
    PartyState,
    ProductState,
    RightState,
    State,
)

_TYPES: Final[dict[str, type[State]]] = {
    SubjectKind.ITEM: GoodsState,
    SubjectKind.LOT: GoodsState,
    SubjectKind.LOGISTIC_UNIT: GoodsState,
    SubjectKind.PARTY: PartyState,
    SubjectKind.KEY: KeyState,
    SubjectKind.PRODUCT: ProductState,
    SubjectKind.RIGHT: RightState,
}


def _defaults(cls: type[State]) -> list[tuple[str, Any]]:
    """Each member of a state with its default; MISSING for a member without, which equals
    nothing.
    """
    return [
        (f.name, f.default if f.default_factory is MISSING else f.default_factory())
        for f in fields(cls)
    ]


_DEFAULTS: Final = {cls: _defaults(cls) for cls in _TYPES.values()}


def dump(state: State) -> dict[str, Any]:
    """The JSON of a state."""
    members: dict[str, Any] = orjson.loads(encode(state))
    return members


def encode(state: State) -> bytes:
    """The JSON text of a state."""
    members = {}
    for name, default in _DEFAULTS[type(state)]:
        member = getattr(state, name)
        if member != default:
            members[name] = member
    return msgspec.json.encode(members)


def load(kind: str, members: dict[str, Any]) -> State:
    """The state of a subject of `kind` (a `SubjectKind` value) from its JSON."""
    state: State = msgspec.convert(members, _TYPES[kind])
    return state
