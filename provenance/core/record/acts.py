"""The table of acts (docs/format.md): a row for everything the record knows of an act. The
rows of registry claims are in `acts_registry`.

The same rows decide at capture, in step 4 of a bundle's check and so in a verifier without a
database, and fold events in `manage.py rebuild`: see `transition`.
"""

from typing import Final

from provenance.core.epcis.vocabulary import Action, BizStep, Disposition, EventType, Outcome
from provenance.core.record import effects, signers
from provenance.core.record.acts_registry import CLAIM_RULES
from provenance.core.record.rules import (
    Bound,
    Consult,
    Ending,
    GoodsRule,
    HandoffPart,
    Mark,
    Rule,
    Spelling,
    Whereabouts,
)
from provenance.core.record.state import Situation
from provenance.core.record.vocabulary import Act

_OBJECT, _OBSERVE = EventType.OBJECT, Action.OBSERVE
_LIVE = frozenset({Situation.WITH_CUSTODIAN})
_BORN = frozenset(Situation) - {Situation.UNBORN}
_NO_STATES: frozenset[Consult] = frozenset()
_UNEXPLAINED: frozenset[str] = frozenset()
_REASON = frozenset({"reason"})
_REASON_AND_ADVICE = frozenset({"reason", "advice", "contact"})
_OBSERVE_STEPS = (
    BizStep.SENSOR_REPORTING,
    BizStep.TRANSPORTING,
    BizStep.STORING,
    BizStep.STOCK_TAKING,
    BizStep.CYCLE_COUNTING,
    BizStep.ARRIVING,
    BizStep.DEPARTING,
    BizStep.LOADING,
    BizStep.UNLOADING,
    BizStep.INSPECTING,
    BizStep.STAGING_OUTBOUND,
    BizStep.OTHER,
)
_TRANSFORM_STEPS = (
    BizStep.ASSEMBLING,
    BizStep.DISASSEMBLING,
    BizStep.REPACKAGING,
    BizStep.CREATING_CLASS_INSTANCE,
    BizStep.COMMISSIONING,
)
# A checkpoint is spelt by its outcome; None: the authority only looked.
CHECKPOINTS: Final[dict[Outcome | None, tuple[BizStep, Disposition]]] = {
    None: (BizStep.ARRIVING, Disposition.IN_PROGRESS),
    Outcome.CLEARED: (BizStep.DEPARTING, Disposition.IN_TRANSIT),
    Outcome.HELD: (BizStep.HOLDING, Disposition.UNAVAILABLE),
    Outcome.SAMPLED: (BizStep.INSPECTING, Disposition.IN_PROGRESS),
    Outcome.SEIZED: (BizStep.HOLDING, Disposition.NON_SELLABLE_OTHER),
    Outcome.REFUSED: (BizStep.INSPECTING, Disposition.NON_CONFORMANT),
}


def _spelt(
    type_: EventType,
    action: Action | None,
    step: BizStep,
    disposition: Disposition,
    mark: Mark = Mark.STEP_AND_DISPOSITION,
) -> Spelling:
    return Spelling(type_, action, (step,), disposition, mark)


GOODS_RULES: Final[dict[Act, GoodsRule]] = {
    Act.COMMISSION: GoodsRule(
        spelling=_spelt(_OBJECT, Action.ADD, BizStep.COMMISSIONING, Disposition.ACTIVE),
        of_lots=True,
        situations=frozenset({Situation.UNBORN}),
        fits=signers.always,
        signer="the product's owner or a licensee that day",
        may_sign=signers.maker,
        effect=effects.nothing,
        handoff=HandoffPart.NONE,
        bound=Bound.NONE,
        ending=Ending.NEVER,
        whereabouts=Whereabouts.CUSTODY,
        explains=_UNEXPLAINED,
        consults=frozenset({Consult.PRODUCT}),
    ),
    Act.PACK: GoodsRule(
        spelling=_spelt(
            EventType.AGGREGATION, Action.ADD, BizStep.PACKING, Disposition.IN_PROGRESS
        ),
        of_lots=True,
        situations=_LIVE,
        fits=signers.always,
        signer="the custodian of parent and children",
        may_sign=signers.custodian,
        effect=effects.pack,
        handoff=HandoffPart.NONE,
        bound=Bound.HELD,
        ending=Ending.NEVER,
        whereabouts=Whereabouts.GOODS,
        explains=_UNEXPLAINED,
        consults=_NO_STATES,
    ),
    Act.UNPACK: GoodsRule(
        spelling=_spelt(
            EventType.AGGREGATION, Action.DELETE, BizStep.UNPACKING, Disposition.IN_PROGRESS
        ),
        of_lots=True,
        situations=frozenset({Situation.PACKED, Situation.WITH_CUSTODIAN}),
        fits=signers.parent_is_with_its_custodian,
        signer="the custodian of the parent",
        may_sign=signers.custodian_of_parent,
        effect=effects.unpack,
        handoff=HandoffPart.NONE,
        bound=Bound.PACKED,
        ending=Ending.NEVER,
        whereabouts=Whereabouts.GOODS,
        explains=_UNEXPLAINED,
        consults=_NO_STATES,
    ),
    Act.HAND_OVER: GoodsRule(
        spelling=_spelt(_OBJECT, _OBSERVE, BizStep.SHIPPING, Disposition.IN_TRANSIT),
        of_lots=True,
        situations=_LIVE | {Situation.SEIZED},
        fits=signers.has_one_custodian,
        signer="the custodian",
        may_sign=signers.custodian,
        effect=effects.hand_over,
        handoff=HandoffPart.OFFER,
        bound=Bound.ALL,
        ending=Ending.NEVER,
        whereabouts=Whereabouts.CUSTODY,
        explains=_UNEXPLAINED,
        consults=_NO_STATES,
    ),
    Act.ACCEPT: GoodsRule(
        spelling=_spelt(_OBJECT, _OBSERVE, BizStep.RECEIVING, Disposition.IN_PROGRESS),
        of_lots=True,
        situations=frozenset({Situation.HANDED_OVER}),
        fits=signers.always,
        signer="the named receiver, nobody else",
        may_sign=signers.named_receiver,
        effect=effects.accept,
        handoff=HandoffPart.ANSWER,
        bound=Bound.ALL,
        ending=Ending.NEVER,
        whereabouts=Whereabouts.CUSTODY,
        explains=_UNEXPLAINED,
        consults=_NO_STATES,
    ),
    Act.REFUSE: GoodsRule(
        spelling=_spelt(
            _OBJECT, _OBSERVE, BizStep.VOID_SHIPPING, Disposition.IN_PROGRESS, Mark.RECEIVER
        ),
        of_lots=True,
        situations=frozenset({Situation.HANDED_OVER}),
        fits=signers.always,
        signer="the named receiver",
        may_sign=signers.named_receiver,
        effect=effects.end_handoff,
        handoff=HandoffPart.ANSWER,
        bound=Bound.ALL,
        ending=Ending.NEVER,
        whereabouts=Whereabouts.SIGNER,
        explains=_REASON,
        consults=_NO_STATES,
    ),
    Act.CANCEL: GoodsRule(
        spelling=_spelt(
            _OBJECT, _OBSERVE, BizStep.VOID_SHIPPING, Disposition.IN_PROGRESS, Mark.SENDER
        ),
        of_lots=True,
        situations=frozenset({Situation.HANDED_OVER}),
        fits=signers.always,
        signer="the sender",
        may_sign=signers.custodian,
        effect=effects.end_handoff,
        handoff=HandoffPart.WITHDRAWAL,
        bound=Bound.ALL,
        ending=Ending.NEVER,
        whereabouts=Whereabouts.SIGNER,
        explains=_REASON,
        consults=_NO_STATES,
    ),
    Act.CHECKPOINT: GoodsRule(
        spelling=Spelling(_OBJECT, _OBSERVE, (), None, Mark.CUSTOMS),
        of_lots=True,
        situations=frozenset(
            {Situation.WITH_CUSTODIAN, Situation.HANDED_OVER, Situation.PACKED, Situation.HELD}
        ),
        fits=signers.seized_goods_are_not_packed,
        signer="a customs authority, in its own country",
        may_sign=signers.customs_authority,
        effect=effects.checkpoint,
        handoff=HandoffPart.NONE,
        bound=Bound.NONE,
        ending=Ending.NEVER,
        whereabouts=Whereabouts.GOODS,
        explains=_UNEXPLAINED,
        consults=frozenset({Consult.HOLDING_AUTHORITY}),
    ),
    Act.OBSERVE: GoodsRule(
        spelling=Spelling(_OBJECT, _OBSERVE, _OBSERVE_STEPS, Disposition.IN_PROGRESS, Mark.STEP),
        of_lots=True,
        situations=frozenset(
            {Situation.WITH_CUSTODIAN, Situation.HANDED_OVER, Situation.HELD, Situation.SEIZED}
        ),
        fits=signers.always,
        signer="the custodian",
        may_sign=signers.custodian,
        effect=effects.nothing,
        handoff=HandoffPart.NONE,
        bound=Bound.NONE,
        ending=Ending.NEVER,
        whereabouts=Whereabouts.GOODS,
        explains=_UNEXPLAINED,
        consults=_NO_STATES,
    ),
    Act.TRANSFORM: GoodsRule(
        spelling=Spelling(
            EventType.TRANSFORMATION, None, _TRANSFORM_STEPS, Disposition.ACTIVE, Mark.STEP
        ),
        of_lots=True,
        situations=_LIVE | {Situation.UNBORN},
        fits=signers.outputs_begin_and_inputs_are_empty,
        signer="the custodian of all inputs, licensed for the outputs",
        may_sign=signers.transformer,
        effect=effects.end,
        handoff=HandoffPart.NONE,
        bound=Bound.HELD,
        ending=Ending.WITH_THE_LAST,
        whereabouts=Whereabouts.GOODS,
        explains=_UNEXPLAINED,
        consults=frozenset({Consult.PRODUCT}),
    ),
    Act.SELL: GoodsRule(
        spelling=_spelt(_OBJECT, _OBSERVE, BizStep.RETAIL_SELLING, Disposition.RETAIL_SOLD),
        of_lots=True,
        situations=_LIVE,
        fits=signers.is_empty,
        signer="the custodian",
        may_sign=signers.custodian,
        effect=effects.sell,
        handoff=HandoffPart.NONE,
        bound=Bound.HELD,
        ending=Ending.WITH_THE_LAST,
        whereabouts=Whereabouts.GOODS,
        explains=_UNEXPLAINED,
        consults=_NO_STATES,
    ),
    Act.RETURN: GoodsRule(
        spelling=_spelt(_OBJECT, _OBSERVE, BizStep.RECEIVING, Disposition.RETURNED),
        of_lots=True,
        situations=frozenset({Situation.SOLD}),
        fits=signers.always,
        signer="the retailer or the maker",
        may_sign=signers.retailer_or_maker,
        effect=effects.give_back,
        handoff=HandoffPart.NONE,
        bound=Bound.SOLD,
        ending=Ending.TO_THE_MAKER,
        whereabouts=Whereabouts.GOODS,
        explains=_REASON,
        consults=_NO_STATES,
    ),
    Act.DESTROY: GoodsRule(
        spelling=_spelt(_OBJECT, Action.DELETE, BizStep.DESTROYING, Disposition.DESTROYED),
        of_lots=True,
        situations=_LIVE | {Situation.SEIZED},
        fits=signers.is_empty,
        signer="the custodian",
        may_sign=signers.custodian,
        effect=effects.end,
        handoff=HandoffPart.NONE,
        bound=Bound.HELD,
        ending=Ending.WITH_THE_LAST,
        whereabouts=Whereabouts.GOODS,
        explains=_REASON,
        consults=_NO_STATES,
    ),
    Act.DECOMMISSION: GoodsRule(
        spelling=_spelt(_OBJECT, Action.DELETE, BizStep.DECOMMISSIONING, Disposition.INACTIVE),
        of_lots=True,
        situations=_LIVE,
        fits=signers.is_empty,
        signer="the custodian",
        may_sign=signers.custodian,
        effect=effects.end,
        handoff=HandoffPart.NONE,
        bound=Bound.HELD,
        ending=Ending.WITH_THE_LAST,
        whereabouts=Whereabouts.GOODS,
        explains=_UNEXPLAINED,
        consults=_NO_STATES,
    ),
    Act.RECALL: GoodsRule(
        spelling=_spelt(_OBJECT, _OBSERVE, BizStep.HOLDING, Disposition.RECALLED),
        of_lots=False,
        situations=_BORN,
        fits=signers.always,
        signer="the brand owner",
        may_sign=signers.brand_owner,
        effect=effects.recall,
        handoff=HandoffPart.NONE,
        bound=Bound.NONE,
        ending=Ending.NEVER,
        whereabouts=Whereabouts.SIGNER,
        explains=_REASON_AND_ADVICE,
        consults=frozenset({Consult.PRODUCT}),
    ),
    Act.REPORT_STOLEN: GoodsRule(
        spelling=_spelt(_OBJECT, _OBSERVE, BizStep.OTHER, Disposition.STOLEN),
        of_lots=True,
        situations=_BORN,
        fits=signers.always,
        signer="the custodian or the brand owner",
        may_sign=signers.custodian_or_brand_owner,
        effect=effects.report_stolen,
        handoff=HandoffPart.NONE,
        bound=Bound.NONE,
        ending=Ending.NEVER,
        whereabouts=Whereabouts.SIGNER,
        explains=_REASON,
        consults=frozenset({Consult.PRODUCT, Consult.CONTAINERS}),
    ),
    Act.CORRECT: GoodsRule(
        spelling=Spelling(_OBJECT, None, (), None, Mark.ERROR_DECLARATION),
        of_lots=True,
        situations=_BORN,
        fits=signers.always,
        signer="who signed the wrong one",
        may_sign=signers.signer_of_the_original,
        effect=effects.nothing,
        handoff=HandoffPart.NONE,
        bound=Bound.NONE,
        ending=Ending.NEVER,
        whereabouts=Whereabouts.SIGNER,
        explains=None,
        consults=frozenset({Consult.ORIGINAL}),
    ),
}
RULES: Final[dict[Act, Rule]] = {**GOODS_RULES, **CLAIM_RULES}
if RULES.keys() != set(Act) or any(rule.claim.act is not act for act, rule in CLAIM_RULES.items()):
    raise AssertionError("the table has one row for each act, and each claim's row names its type")
if CHECKPOINTS.keys() != {None, *Outcome}:
    raise AssertionError("each outcome of a checkpoint has its spelling")
