"""The columns of the table of acts: everything the record knows of an act.

No field has a default, so a row that forgets a field does not construct.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from provenance.core.epcis.vocabulary import Action, BizStep, Disposition, EventType
from provenance.core.record.authority import Registrar
from provenance.core.record.claims import RegistryClaim
from provenance.core.record.event import GoodsAct, SignedEvent
from provenance.core.record.lookups import Lookups
from provenance.core.record.state import GoodsState, Situation, State

C = TypeVar("C", bound=RegistryClaim)


class Mark(Enum):
    """The sign by which an event's act is read off the wire, beside its type and action."""

    STEP = auto()  # its business step, in any disposition
    STEP_AND_DISPOSITION = auto()
    SENDER = auto()  # its step, and a possessing source that signed
    RECEIVER = auto()  # its step, and a possessing source that did not sign
    CUSTOMS = auto()  # custos:customs; step and disposition follow the outcome
    ERROR_DECLARATION = auto()  # errorDeclaration; all else repeats the wrong event


@dataclass(frozen=True, slots=True)
class Spelling:
    """The EPCIS 2.0 / CBV 2.0 spelling of an act. The first of `steps` is the usual one."""

    type: EventType
    action: Action | None
    steps: tuple[BizStep, ...]
    disposition: Disposition | None
    mark: Mark


class Change(NamedTuple):
    """An act and a subject that it moves: the event, its body, the subject and the amount."""

    event: SignedEvent
    goods: GoodsAct
    uri: str
    amount: Decimal

    @property
    def is_parent(self) -> bool:
        """Whether the subject is the logistic unit that the act packs into or unpacks."""
        return self.uri == self.goods.parent


class HandoffPart(Enum):
    """The part of an act in a handoff, which decides whose signature it bears."""

    OFFER = auto()  # by the sender
    ANSWER = auto()  # by the receiver that the offer named
    WITHDRAWAL = auto()  # by the sender, of an offer that waits
    NONE = auto()

    @property
    def by_sender(self) -> bool:
        """Whether the sender signs, and not the receiver."""
        return self in (HandoffPart.OFFER, HandoffPart.WITHDRAWAL)


class Bound(Enum):
    """The amount that an act on a lot must not exceed."""

    HELD = auto()  # what the signer holds
    PACKED = auto()  # what the parent holds
    SOLD = auto()  # what was sold
    ALL = auto()  # all there is, and no less: a handoff moves a lot whole
    NONE = auto()


class Ending(Enum):
    """Whether an act ends its subject's loop, so that its link says `closes`."""

    NEVER = auto()
    WITH_THE_LAST = auto()  # when nothing is left
    TO_THE_MAKER = auto()  # when all that was sold goes back to who commissioned it


class Whereabouts(Enum):
    """The meaning of the place that an act names."""

    SIGNER = auto()  # where its signer is: nothing of the goods
    GOODS = auto()  # where the goods are
    CUSTODY = auto()  # where they are, and unnamed a border may have been crossed unseen


class Consult(Enum):
    """The states that must be loaded to decide an act, beside its parties' and its subjects'."""

    PRODUCT = auto()  # the products of its subjects, and the rights they carry
    HOLDING_AUTHORITY = auto()  # the authority whose hold the subject is under
    CONTAINERS = auto()  # the logistic units around the subject
    ORIGINAL = auto()  # the event that a correction repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsRule:
    """The row of an act on goods: on items, on logistic units and, where `of_lots`, on lots.

    `situations` of a subject allow it, where `fits` agrees; `signer` is its signer in words,
    and `may_sign` decides. `effect` gives the state after it of a subject that has a state already.
    `explains` names the members of its explanation: none, and it has none; None, and it repeats
    that of another event.
    """

    spelling: Spelling
    of_lots: bool
    situations: frozenset[Situation]
    fits: Callable[[Change, GoodsState | None], bool]
    signer: str
    may_sign: Callable[[Change, GoodsState | None, Lookups], bool]
    effect: Callable[[GoodsState, Change], GoodsState]
    handoff: HandoffPart
    bound: Bound
    ending: Ending
    whereabouts: Whereabouts
    explains: frozenset[str] | None
    consults: frozenset[Consult]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRule(Generic[C]):
    """The row of a registry claim.

    `begins` a chain or continues it (None: either); `signer` is its signer in words, and
    `may_sign` decides. `check` raises where the claim does not fit its subject's state or what
    it names. `unique` names the member, if any, that no other claim may have taken.
    """

    claim: type[C]
    begins: bool | None
    signer: str
    may_sign: Callable[["Statement[C]"], bool]
    check: Callable[["Statement[C]"], None]
    effect: Callable[[State | None, SignedEvent, C], State]
    unique: str | None


@dataclass(frozen=True, slots=True)
class Statement(Generic[C]):
    """A registry claim with all that its rule is asked: the state of its subject, the registry,
    and the registrar.
    """

    event: SignedEvent
    claim: C
    state: State | None
    lookups: Lookups
    registrar: Registrar


Rule: TypeAlias = GoodsRule | ClaimRule[Any]
