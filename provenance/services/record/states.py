"""Folded states of subjects (`core.state`) as JSON, for the `state` column. `load(kind,
dump(state)) == state`.

Members that have their default are left out, amounts are decimal strings, and times are
in the record's spelling.
"""

from collections.abc import Callable
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from provenance.core.gs1 import SubjectKind
from provenance.core.record.state import (
    GoodsState,
    KeyState,
    LicenceState,
    PartyState,
    ProductState,
    RightState,
    State,
)
from provenance.core.record.vocabulary import Act


def _defaults(cls: type) -> dict[str, Any]:
    return {
        f.name: f.default
        if f.default is not MISSING
        else f.default_factory()
        if callable(f.default_factory)
        else None
        for f in fields(cls)
    }


_GOODS = _defaults(GoodsState)
_KEY = _defaults(KeyState)
_LICENCE = _defaults(LicenceState)
_RIGHT = _defaults(RightState)
_PARTY = _defaults(PartyState)
_PRODUCT = _defaults(ProductState)


def dump(state: State) -> dict[str, Any]:
    """The JSON of a state."""
    match state:
        case GoodsState():
            return _dump_goods(state)
        case PartyState():
            members = _plain(state, _PARTY)
            return members | {"keys": {name: _plain(key, _KEY) for name, key in state.keys.items()}}
        case ProductState():
            return _plain(state, _PRODUCT)
        case RightState():
            members = _plain(state, _RIGHT)
            return members | {
                "licences": {uri: _plain(one, _LICENCE) for uri, one in state.licences.items()}
            }


def load(kind: str, members: dict[str, Any]) -> State:
    """The state of a subject of `kind` (a `SubjectKind` value) from its JSON."""
    return _LOADERS[kind](members)


def _dump_goods(state: GoodsState) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, default in _GOODS.items():
        value = getattr(state, name)
        if value is None or value == default:
            continue
        if isinstance(value, Decimal):
            value = str(value)
        elif isinstance(value, datetime):
            value = _write_time(value)
        members[name] = value
    if state.holdings:
        members["holdings"] = {holder: str(amount) for holder, amount in state.holdings.items()}
    return members


def _load_goods(members: dict[str, Any]) -> GoodsState:
    values = dict(members)
    for name in ("quantity", "sold", "contents"):
        if name in values:
            values[name] = Decimal(values[name])
    values["holdings"] = {
        holder: Decimal(amount) for holder, amount in members.get("holdings", {}).items()
    }
    values["last_time"] = _read_time(members["last_time"])
    if "handed_over_at" in values:
        values["handed_over_at"] = _read_time(values["handed_over_at"])
    if "ended_by" in values:
        values["ended_by"] = Act(values["ended_by"])
    return GoodsState(**values)


def _load_party(members: dict[str, Any]) -> PartyState:
    keys = {
        name: KeyState(**_with_time(key, "revoked_from")) for name, key in members["keys"].items()
    }
    return PartyState(**{**members, "roles": tuple(members["roles"]), "keys": keys})


def _load_product(members: dict[str, Any]) -> ProductState:
    return ProductState(**{**members, "rights": tuple(members["rights"])})


def _load_right(members: dict[str, Any]) -> RightState:
    licences = {
        uri: LicenceState(
            **{**one, "products": tuple(one["products"]), "territories": tuple(one["territories"])}
        )
        for uri, one in members["licences"].items()
    }
    owners = tuple((since, gln) for since, gln in members["owners"])
    changed = {"territories": tuple(members["territories"]), "owners": owners, "licences": licences}
    return RightState(**{"valid_until": None, **members, **changed})


def _plain(value: Any, defaults: dict[str, Any]) -> dict[str, Any]:
    """Members of a dataclass as JSON; nulls and nested states are left out."""
    members: dict[str, Any] = {}
    for name in defaults:
        member = getattr(value, name)
        if member is None or isinstance(member, dict):
            continue
        members[name] = _write(member)
    return {"valid_until": None, **members} if isinstance(value, LicenceState) else members


def _write(member: Any) -> Any:
    """A member as JSON gives it back: what rebuild computes is compared with what the
    database returns.
    """
    if isinstance(member, tuple):
        return [_write(one) for one in member]
    return _write_time(member) if isinstance(member, datetime) else member


def _with_time(members: dict[str, Any], name: str) -> dict[str, Any]:
    return {**members, name: _read_time(members[name])} if name in members else members


def _write_time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _read_time(text: str) -> datetime:
    return datetime.fromisoformat(text)


_LOADERS: dict[str, Callable[[dict[str, Any]], State]] = {
    SubjectKind.ITEM: _load_goods,
    SubjectKind.LOT: _load_goods,
    SubjectKind.LOGISTIC_UNIT: _load_goods,
    SubjectKind.PARTY: _load_party,
    SubjectKind.PRODUCT: _load_product,
    SubjectKind.RIGHT: _load_right,
}
