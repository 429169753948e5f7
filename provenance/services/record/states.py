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


def _defaults(cls: type[State]) -> dict[str, Any]:
    return {
        f.name: _plain(f.default_factory() if f.default_factory is not MISSING else f.default)
        for f in fields(cls)
        if f.default is not MISSING or f.default_factory is not MISSING
    }


def _plain(value: Any) -> Any:
    """The value that JSON gives back for `value`: `rebuild` compares it with the
    database's.
    """
    return orjson.loads(msgspec.json.encode(value))


_DEFAULTS: Final = {cls: _defaults(cls) for cls in _TYPES.values()}


def dump(state: State) -> dict[str, Any]:
    """The JSON of a state."""
    defaults = _DEFAULTS[type(state)]
    return {
        name: member
        for name, member in _plain(state).items()
        if name not in defaults or member != defaults[name]
    }


def load(kind: str, members: dict[str, Any]) -> State:
    """The state of a subject of `kind` (a `SubjectKind` value) from its JSON."""
    state: State = msgspec.convert(members, _TYPES[kind])
    return state
