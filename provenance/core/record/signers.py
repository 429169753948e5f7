"""The signers of each act, and the conditions between an act and its subject's state.

Functions for the rows of `acts`. Those for goods answer True or False; those for claims also
raise where the claim names a thing unknown or not licensed.
"""

from collections.abc import Iterable
from typing import Any, Final

from provenance.core import errors, gs1
from provenance.core.epcis.vocabulary import Outcome
from provenance.core.record import claims
from provenance.core.record.lookups import Lookups, Original
from provenance.core.record.rules import Change, Statement
from provenance.core.record.state import (
    GLN,
    GoodsState,
    PartyState,
    ProductState,
    RightState,
    Situation,
    owned_or_licensed,
)
from provenance.core.record.vocabulary import Role

MAX_CORRECTIONS: Final = 10  # of one event
MAX_RECALLS: Final = 100
_DECIDING = frozenset(
    {Outcome.CLEARED, Outcome.HELD, Outcome.SEIZED}
)  # end a hold, or take it over


# --- goods: who signs ---------------------------------------------------------------


def custodian(change: Change, state: GoodsState | None, _lookups: Lookups) -> bool:
    return state is not None and GLN + change.event.issuer in state.holdings


def custodian_of_parent(change: Change, state: GoodsState | None, lookups: Lookups) -> bool:
    """For an unpacking: the child is in the parent, whose own custodian signs."""
    if change.is_parent:
        return custodian(change, state, lookups)
    return state is not None and change.goods.parent in state.holdings


def named_receiver(change: Change, state: GoodsState | None, _lookups: Lookups) -> bool:
    return state is not None and state.pending == change.event.issuer == change.goods.receiver


def customs_authority(change: Change, state: GoodsState | None, lookups: Lookups) -> bool:
    """A customs authority in its own country; a foreign authority's hold is not its to decide."""
    party = lookups.party(change.event.issuer)
    return (
        party is not None
        and Role.CUSTOMS_AUTHORITY in party.roles
        and party.country == change.goods.place.country
        and not _decides_foreign_hold(change, state, party, lookups)
    )


def _decides_foreign_hold(
    change: Change, state: GoodsState | None, party: PartyState, lookups: Lookups
) -> bool:
    if state is None or state.customs_hold_by is None or change.goods.outcome not in _DECIDING:
        return False
    holder = lookups.party(state.customs_hold_by)
    return holder is None or holder.country != party.country


def maker(change: Change, _state: GoodsState | None, lookups: Lookups) -> bool:
    """The product's owner; where it carries filed rights, an owner or licensee of each of them that
    day. Of a logistic unit, the holder of its prefix. Raises UnknownProduct, NotLicensed,
    ForeignPrefix.
    """
    subject, issuer, day = gs1.parse_subject(change.uri), change.event.issuer, change.event.day
    gtin = subject.gtin
    if not gtin:
        _check_prefix(subject.sscc, _has_prefix(lookups, issuer, subject.sscc))
        return True
    product = lookups.product(gtin)
    if product is None:
        raise errors.UnknownProduct(f"no product is registered under GTIN {gtin}")
    if not product.rights and product.owner != issuer:
        return False
    country = change.goods.place.country
    check_licensed(lookups, product.rights, party=issuer, gtin=gtin, day=day, country=country)
    check_numbered(lookups, product.rights, parties={issuer, product.owner}, gtin=gtin, day=day)
    return True


def check_licensed(
    lookups: Lookups, rights: Iterable[str], *, party: str, gtin: str, day: str, country: str | None
) -> None:
    """Raise NotLicensed unless `party` owned or was licensed each of `rights` that day."""
    for uri in rights:
        right = lookups.right(uri)
        if right is None or not owned_or_licensed(
            right, party=party, gtin=gtin, day=day, country=country
        ):
            raise errors.NotLicensed(f"{party} neither owned nor was licensed {uri} on that day")


def check_numbered(
    lookups: Lookups, rights: Iterable[str], *, parties: Iterable[str], gtin: str, day: str
) -> None:
    """Raise ForeignPrefix unless one of `parties` has the company prefix of `gtin`, or that day
    a licence which names it, of one of `rights` whose owner has the prefix.
    """
    filed = [right for uri in rights if (right := lookups.right(uri)) is not None]
    _check_prefix(
        gtin,
        any(_has_prefix(lookups, gln, gtin) for gln in parties)
        or any(
            _has_prefix(lookups, right.owner_on(day), gtin)
            and any(
                licence.licensee in parties and gtin in licence.products and licence.in_force(day)
                for licence in right.licences.values()
            )
            for right in filed
        ),
    )


def _has_prefix(lookups: Lookups, gln: str, number: str) -> bool:
    party = lookups.party(gln)
    return party is not None and gs1.has_prefix(number, party.prefixes)


def _check_prefix(number: str, fits_: bool) -> None:
    if not fits_:
        raise errors.ForeignPrefix(
            f"{number} is of a company prefix that is another party's, and nothing gives leave"
        )


def transformer(change: Change, state: GoodsState | None, lookups: Lookups) -> bool:
    """The custodian of the inputs, the maker of the outputs."""
    signs = maker if change.uri in change.goods.outputs else custodian
    return signs(change, state, lookups)


def retailer_or_maker(change: Change, state: GoodsState | None, _lookups: Lookups) -> bool:
    """Its seller or its maker; only the latter closes the loop."""
    if state is None:
        return False
    if change.event.link(change.uri).closes is not None:
        return change.event.issuer == state.commissioned_by
    return change.event.issuer in (state.seller, state.commissioned_by)


def brand_owner(change: Change, state: GoodsState | None, lookups: Lookups) -> bool:
    """The product's owner; of a logistic unit, its commissioner."""
    gtin = gs1.parse_subject(change.uri).gtin
    if not gtin:
        return state is not None and change.event.issuer == state.commissioned_by
    product = lookups.product(gtin)
    return product is not None and product.owner == change.event.issuer


def custodian_or_brand_owner(change: Change, state: GoodsState | None, lookups: Lookups) -> bool:
    """The custodian, through any containers around the goods, or the brand owner."""
    if custodian(change, state, lookups) or brand_owner(change, state, lookups):
        return True
    containers = state.containers if state is not None else []
    return any(lookups.holder(container) == change.event.issuer for container in containers)


def signer_of_the_original(change: Change, _state: GoodsState | None, lookups: Lookups) -> bool:
    """The signer of the event that is corrected. Raises IllegalTransition where there is none,
    AlreadyCorrected, TooManyCorrections.
    """
    original = lookups.original(change.uri, change.goods.event_id)
    if original is None:
        raise errors.IllegalTransition(
            "there is no event with this eventID on the chain to correct", allowed=[]
        )
    if original.issuer != change.event.issuer:
        return False
    _check_again(original, change.goods.error_reason)
    return True


def _check_again(original: Original, reason: str) -> None:
    if len(original.reasons) >= MAX_CORRECTIONS:
        raise errors.TooManyCorrections(
            f"the event was corrected {MAX_CORRECTIONS} times already", limit=MAX_CORRECTIONS
        )
    if reason in original.reasons:
        raise errors.AlreadyCorrected(
            f"the event was declared wrong already for the reason {reason!r}"
        )


# --- goods: conditions between an act and its subject's state -----------------------


def always(_change: Change, _state: GoodsState | None) -> bool:
    return True


def has_one_custodian(_change: Change, state: GoodsState | None) -> bool:
    return state is not None and state.custodian is not None


def is_empty(_change: Change, state: GoodsState | None) -> bool:
    return state is not None and state.contents == 0


def parent_is_with_its_custodian(change: Change, state: GoodsState | None) -> bool:
    return not change.is_parent or (
        state is not None and state.situation is Situation.WITH_CUSTODIAN
    )


def seized_goods_are_not_packed(change: Change, state: GoodsState | None) -> bool:
    return change.goods.outcome is not Outcome.SEIZED or (
        state is not None and not state.containers
    )


def outputs_begin_and_inputs_are_empty(change: Change, state: GoodsState | None) -> bool:
    is_output = change.uri in change.goods.outputs
    return is_output if state is None else not is_output and state.contents == 0


# --- claims: who signs --------------------------------------------------------------


def owner_named(of: Statement[claims.RightFiled]) -> bool:
    return of.claim.owner == of.event.issuer


def brand_or_maker_named(of: Statement[claims.ProductRegistered]) -> bool:
    party = of.lookups.party(of.event.issuer)
    roles = set(party.roles) if party is not None else set()
    return of.claim.owner == of.event.issuer and bool(roles & {Role.BRAND, Role.MAKER})


def product_owner(of: Statement[claims.ProductRecalled]) -> bool:
    return isinstance(of.state, ProductState) and of.state.owner == of.event.issuer


def right_owner(of: Statement[Any]) -> bool:
    return _right(of).owner == of.event.issuer


def office(of: Statement[Any]) -> bool:
    """An IP office or the registrar, by its role."""
    party = of.lookups.party(of.event.issuer)
    return party is not None and bool({Role.IP_OFFICE, Role.REGISTRAR} & {*party.roles})


def right_owner_or_office(of: Statement[Any]) -> bool:
    return right_owner(of) or office(of)


# --- claims: whether they fit -------------------------------------------------------


def fits(_of: Statement[Any]) -> None:
    """Nothing more is asked."""


def product_is_its_owners(of: Statement[claims.ProductRegistered]) -> None:
    """Raise NotLicensed unless the owner may use each right that the product carries, and
    ForeignPrefix unless it may use the GTIN.
    """
    gtin, issuer, day = gs1.parse_subject(of.claim.subject).gtin, of.event.issuer, of.event.day
    rights = of.claim.rights
    check_licensed(of.lookups, rights, party=issuer, gtin=gtin, day=day, country=None)
    check_numbered(of.lookups, rights, parties={issuer}, gtin=gtin, day=day)


def recall_is_of_its_product(of: Statement[claims.ProductRecalled]) -> None:
    """Raise BindingMismatch for a lot of another product, BadTimestamp for days that end
    before they begin, TooLarge for one recall too many: every bundle of the product has them.
    """
    claim, state = of.claim, of.state
    gtin = gs1.parse_subject(claim.subject).gtin
    if any(gs1.parse_subject(lot).gtin != gtin for lot in claim.lots):
        raise errors.BindingMismatch(f"a recall of {claim.subject} names lots of that product")
    first, last = claim.commissioned_from, claim.commissioned_until
    if first is not None and last is not None and last < first:
        raise errors.BadTimestamp(f"the days from {first} to {last} are none")
    if isinstance(state, ProductState) and len(state.recalls) >= MAX_RECALLS:
        raise errors.TooLarge(f"a product has at most {MAX_RECALLS} recalls", limit=MAX_RECALLS)


def assigned_in_order(of: Statement[claims.RightAssigned]) -> None:
    """Raise IllegalTransition for a day before the signer's own, UnknownParty for the owner."""
    since, _ = _right(of).owners[-1]
    if of.claim.effective_from < since:
        raise errors.IllegalTransition(
            f"{of.event.issuer} owns {of.claim.subject} from {since} and assigns it no earlier",
            allowed=[],
        )
    check_registered(of, of.claim.new_owner)


def not_lapsed(of: Statement[claims.RightLapsed]) -> None:
    """Raise IllegalTransition for a right that lapsed already."""
    lapsed_from = _right(of).lapsed_from
    if lapsed_from is not None:
        raise errors.IllegalTransition(
            f"{of.claim.subject} lapsed already, from {lapsed_from}", allowed=[]
        )


def licence_is_new(of: Statement[claims.LicenceGranted]) -> None:
    """Raise IllegalTransition for a licence granted before, UnknownParty for its licensee."""
    _check_licence(of, of.claim.licence not in _right(of).licences)
    check_registered(of, of.claim.licensee)


def licence_is_in_force(of: Statement[claims.LicenceRevoked]) -> None:
    """Raise IllegalTransition unless the right has the licence and it is not yet revoked."""
    licence = _right(of).licences.get(of.claim.licence)
    _check_licence(of, licence is not None and licence.revoked_from is None)


def _check_licence(of: Statement[Any], fits_: bool) -> None:
    if not fits_:
        raise errors.IllegalTransition(
            f"licence {of.claim.licence} cannot be granted twice, nor revoked unless in force",
            allowed=[],
        )


def check_registered(of: Statement[Any], gln: str) -> None:
    """Raise UnknownParty for a GLN that no party is registered under."""
    if of.lookups.party(gln) is None:
        raise errors.UnknownParty(f"no party is registered under {gs1.party_uri(gln)}")


def _right(of: Statement[Any]) -> RightState:
    if not isinstance(of.state, RightState):
        raise errors.IllegalTransition(f"{of.event.act} is about a right", allowed=[])
    return of.state
