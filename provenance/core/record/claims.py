"""Registry claims: the shape of each, and who may sign it (docs/format.md, claims)."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from provenance.core import errors, gs1
from provenance.core.record import event as event_
from provenance.core.record import state as state_
from provenance.core.record.event import SignedEvent
from provenance.core.record.kinds import KeyPurpose, Kind, Role
from provenance.core.record.lookups import Lookups
from provenance.core.record.state import PartyState, RightState, State
from provenance.core.signing import keys

RIGHT_KINDS = frozenset({"trademark", "patent", "design", "copyright", "geographical_indication"})
CUSTODIES = frozenset({"server", "device", "external"})
REASONS = frozenset({"compromised", "superseded", "retired"})


def _text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 300


def _optional_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 300


def _date(value: Any) -> bool:
    event_.read_date(value)
    return True


def _optional_date(value: Any) -> bool:
    return value is None or _date(value)


def _country(value: Any) -> bool:
    return event_.is_country(value)


def _country_or_unknown(value: Any) -> bool:
    return value == "" or _country(value)


def _one_of(words: Collection[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in words


def _list_of(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, list)
        and len(value) == len(set(map(str, value)))
        and all(map(test, value))
    )


def _subject(kind: gs1.SubjectKind) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and gs1.parse_subject(value).kind is kind


def _roles(value: Any) -> bool:
    return _list_of(_one_of(set(Role)))(value) and bool(value)


def _key(value: Any) -> bool:
    return isinstance(value, str) and bool(keys.decode_public(value))


_PARTY, _PRODUCT, _RIGHT = (
    _subject(kind)
    for kind in (gs1.SubjectKind.PARTY, gs1.SubjectKind.PRODUCT, gs1.SubjectKind.RIGHT)
)
# Members besides type, id and time; every one is required unless its test takes None.
SHAPES: dict[Kind, tuple[Callable[[Any], bool], dict[str, Callable[[Any], bool]]]] = {
    Kind.PARTY_REGISTERED: (
        _PARTY,
        {"name": _text, "country": _country_or_unknown, "roles": _roles},
    ),
    Kind.KEY_ADDED: (
        _PARTY,
        {
            "publicKeyMultibase": _key,
            "purpose": _one_of(set(KeyPurpose)),
            "custody": _one_of(CUSTODIES),
            "possession": _text,
        },
    ),
    Kind.KEY_REVOKED: (_PARTY, {"publicKeyMultibase": _key, "reason": _one_of(REASONS)}),
    Kind.PRODUCT_REGISTERED: (
        _PRODUCT,
        {
            "owner": _PARTY,
            "name": _text,
            "brand": _optional_text,
            "hsCode": _optional_text,
            "origin": _country_or_unknown,
            "rights": _list_of(_RIGHT),
        },
    ),
    Kind.RIGHT_FILED: (
        _RIGHT,
        {
            "owner": _PARTY,
            "kind": _one_of(RIGHT_KINDS),
            "title": _text,
            "office": _text,
            "number": _text,
            "territories": _list_of(_country),
            "validFrom": _date,
            "validUntil": _optional_date,
        },
    ),
    Kind.RIGHT_VERIFIED: (_RIGHT, {"reference": _optional_text}),
    Kind.RIGHT_ASSIGNED: (_RIGHT, {"newOwner": _PARTY, "effectiveFrom": _date}),
    Kind.RIGHT_LAPSED: (_RIGHT, {"effectiveFrom": _date, "reason": _text}),
    Kind.LICENCE_GRANTED: (
        _RIGHT,
        {
            "licence": _RIGHT,
            "licensee": _PARTY,
            "products": _list_of(_PRODUCT),
            "territories": _list_of(_country),
            "validFrom": _date,
            "validUntil": _optional_date,
        },
    ),
    Kind.LICENCE_REVOKED: (_RIGHT, {"licence": _RIGHT, "effectiveFrom": _date}),
}


def check_shape(record: SignedEvent) -> None:
    """Raise Malformed unless the claim has exactly the members of its kind, each of the
    right form.
    """
    claim = record.statement
    id_test, members = SHAPES[record.kind]
    if claim.keys() != members.keys() | {"type", "id", "time"}:
        raise errors.Malformed(
            f"{record.kind} has the members type, id, time, {', '.join(members)}"
        )
    if not id_test(claim["id"]):
        raise errors.Malformed(f"{claim['id']} is no subject of {record.kind}")
    for name, test in members.items():
        if not test(claim[name]):
            raise errors.Malformed(f"{name} of {record.kind} is not {claim[name]!r}")


def check(
    record: SignedEvent, states: Mapping[str, State | None], facts: Lookups, *, registrar: str
) -> None:
    """Raise unless the registry claim has its shape, fits its subject's state, and is
    signed by who may sign it.

    Raises Malformed, IllegalTransition, NotPermitted, NotLicensed, UnknownParty,
    WeakKey, BadPossession.
    """
    check_shape(record)
    claim = record.statement
    state = states[claim["id"]]
    if (state is None) != (
        record.kind in (Kind.PARTY_REGISTERED, Kind.PRODUCT_REGISTERED, Kind.RIGHT_FILED)
    ):
        raise errors.IllegalTransition(
            f"{record.kind} does not fit {claim['id']} as it stands", allowed=[]
        )
    if record.kind is not Kind.PARTY_REGISTERED and facts.party(record.issuer) is None:
        raise errors.UnknownParty(f"no party is registered under GLN {record.issuer}")
    match state:
        case RightState():
            _check_right(record, claim, state, facts)
        case PartyState() | None if record.kind in (
            Kind.PARTY_REGISTERED,
            Kind.KEY_ADDED,
            Kind.KEY_REVOKED,
        ):
            _check_party(record, claim, state if isinstance(state, PartyState) else None, registrar)
        case None:
            _check_new(record, claim, facts)
        case _:
            raise errors.IllegalTransition(f"{record.kind} does not fit {claim['id']}", allowed=[])


def _check_party(
    record: SignedEvent, claim: Mapping[str, Any], state: PartyState | None, registrar: str
) -> None:
    own = record.issuer == gs1.parse_subject(claim["id"]).gln
    by_registrar = record.key == registrar
    if record.kind is Kind.PARTY_REGISTERED:
        _permit(by_registrar, record, "the registrar")
        return
    if state is None:
        raise errors.UnknownParty(f"{claim['id']} is not registered")
    name = claim["publicKeyMultibase"]
    if record.kind is Kind.KEY_ADDED:
        active = [key for key in state.keys.values() if key.revoked is None]
        _permit(
            by_registrar if not active else own or by_registrar,
            record,
            "the party, or first the registrar",
        )
        if name in state.keys:
            raise errors.IllegalTransition(
                "a key is enrolled once, and never again after its revocation", allowed=[]
            )
        raw = keys.decode_public(name)
        keys.check_enrolment(raw)
        keys.check_possession(raw, claim["id"], claim["possession"])
        return
    _permit(own or by_registrar, record, "the party or the registrar")
    if name not in state.keys or state.keys[name].revoked is not None:
        raise errors.IllegalTransition(
            "only an enrolled key that is not yet revoked can be revoked", allowed=[]
        )


def _check_new(record: SignedEvent, claim: Mapping[str, Any], facts: Lookups) -> None:
    _permit(gs1.parse_subject(claim["owner"]).gln == record.issuer, record, "the owner it names")
    if record.kind is Kind.RIGHT_FILED:
        return
    party = facts.party(record.issuer)
    _permit(
        party is not None and bool({Role.BRAND, Role.MAKER} & {*party.roles}),
        record,
        "a brand or a maker",
    )
    gtin, day = gs1.parse_subject(claim["id"]).gtin, record.event_time.date().isoformat()
    for uri in claim["rights"]:
        right = facts.right(uri)
        if right is None or not state_.owned_or_licensed(
            right, party=record.issuer, gtin=gtin, day=day, country=None
        ):
            raise errors.NotLicensed(
                f"{record.issuer} neither owned nor was licensed {uri} on that day"
            )


def _check_right(
    record: SignedEvent, claim: Mapping[str, Any], state: RightState, facts: Lookups
) -> None:
    owner = record.issuer == state.owner
    party = facts.party(record.issuer)
    office = party is not None and (Role.IP_OFFICE in party.roles or Role.REGISTRAR in party.roles)
    match record.kind:
        case Kind.RIGHT_VERIFIED:
            _permit(office, record, "an IP office or the registrar")
        case Kind.RIGHT_LAPSED:
            _permit(owner or office, record, "the right's owner, an IP office or the registrar")
        case _:
            _permit(owner, record, "the right's owner")
    licence = str(claim.get("licence"))
    if (record.kind is Kind.LICENCE_GRANTED and licence in state.licences) or (
        record.kind is Kind.LICENCE_REVOKED
        and (licence not in state.licences or state.licences[licence].revoked_from is not None)
    ):
        raise errors.IllegalTransition(
            f"licence {licence} cannot be granted twice, nor revoked unless in force", allowed=[]
        )
    if record.kind is Kind.RIGHT_LAPSED and state.lapsed_from is not None:
        raise errors.IllegalTransition(
            f"{claim['id']} lapsed already, from {state.lapsed_from}", allowed=[]
        )
    since = state.owners[-1][0]
    if record.kind is Kind.RIGHT_ASSIGNED and claim["effectiveFrom"] < since:
        raise errors.IllegalTransition(
            f"{record.issuer} owns {claim['id']} from {since} and assigns it no earlier", allowed=[]
        )
    for member in ("newOwner", "licensee"):
        if member in claim and facts.party(gs1.parse_subject(claim[member]).gln) is None:
            raise errors.UnknownParty(f"no party is registered under {claim[member]}")


def _permit(allowed: bool, record: SignedEvent, who: str) -> None:
    if not allowed:
        raise errors.NotPermitted(f"{record.kind} is signed by {who}, not by {record.issuer}")
