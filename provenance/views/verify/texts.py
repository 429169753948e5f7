"""The sentences of the verify page: one for each verdict, act, step and reason code; a
test finds a missing sentence.

The words follow docs/glossary.md. No sentence says that goods are genuine, which no
software can know.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from provenance.core.check.loop import LoopReason, LoopState
from provenance.core.check.result import StepOutcome, Verdict
from provenance.core.epcis.vocabulary import BizStep, Outcome, Procedure
from provenance.core.record.lateness import Lateness
from provenance.core.record.vocabulary import Act, RightKind

Text = Promise | str


@dataclass(frozen=True, slots=True)
class Appearance:
    """Colour, icon and word of a verdict: the same thing said three times."""

    colour: str
    icon: str
    word: Text


VERDICTS: dict[Verdict, Appearance] = {
    Verdict.RECORDS_CHECK_OUT: Appearance("green", "check", _("Records check out")),
    Verdict.CHECK_NEEDED: Appearance("amber", "attention", _("Take a closer look")),
    Verdict.NOT_REGISTERED: Appearance("grey", "unknown", _("Not registered")),
    Verdict.RECALLED: Appearance("red", "stop", _("Recalled")),
    Verdict.BLOCKED: Appearance("red", "stop", _("Stopped")),
    Verdict.BROKEN_RECORD: Appearance("red", "broken", _("Broken record")),
    Verdict.ENDED: Appearance("grey", "flag", _("Ended")),
    Verdict.CANNOT_CHECK_NOW: Appearance("blue", "cloud", _("Cannot check now")),
    Verdict.TOO_LARGE: Appearance("blue", "stack", _("Too long to check here")),
}

# The first sentence of the page. `brand`, the product's owner, and `count` (of records) are
# filled in.
HEADLINES: dict[Verdict, Text] = {
    Verdict.RECORDS_CHECK_OUT: ngettext_lazy(
        "This is a code of %(brand)s, and its one record checks out",
        "This is a code of %(brand)s, and its %(count)d records check out",
        "count",
    ),
    Verdict.CHECK_NEEDED: ngettext_lazy(
        "This is a code of %(brand)s. Its one record is intact, but something needs a closer look",
        "This is a code of %(brand)s. Its %(count)d records are intact, but something needs a "
        "closer look",
        "count",
    ),
    Verdict.NOT_REGISTERED: _("We have no record of this code"),
    Verdict.RECALLED: _("Stop: this is a code of %(brand)s, and the product was recalled"),
    Verdict.BLOCKED: _("Stop: there is an alert on this item"),
    Verdict.BROKEN_RECORD: _("The record behind this code is broken. Do not rely on it"),
    Verdict.ENDED: ngettext_lazy(
        "This is a code of %(brand)s. Its one record checks out, and its journey has ended",
        "This is a code of %(brand)s. Its %(count)d records check out, and its journey has ended",
        "count",
    ),
    Verdict.CANNOT_CHECK_NOW: _("We cannot check this code right now"),
    Verdict.TOO_LARGE: _("This code is registered, and its record is too long to check here"),
}

ADVICE: dict[Verdict, Text] = {
    Verdict.RECORDS_CHECK_OUT: _(
        "A code can be copied: compare the item with the product and the journey below."
    ),
    Verdict.CHECK_NEEDED: _(
        "A code can be copied: compare the item with the product and the journey below."
    ),
    Verdict.NOT_REGISTERED: _(
        "Three things lead here: a typing error, goods whose maker has not uploaded them yet, or "
        "a false code. Compare the code with the label, and ask the seller."
    ),
    Verdict.RECALLED: _(
        "Do not use or sell it. Ask the seller, or the company that issued the code, what to do."
    ),
    Verdict.BLOCKED: _("Do not buy, use or sell it before the alert is cleared up."),
    Verdict.BROKEN_RECORD: _(
        "Something stored about this item was altered or lost. We are looking into it as well."
    ),
    Verdict.ENDED: _("If it is offered to you as new, ask the seller why: a code can be copied."),
    Verdict.CANNOT_CHECK_NOW: _(
        "The trouble is on our side and says nothing about the item. Please try again in a few "
        "minutes."
    ),
    Verdict.TOO_LARGE: _(
        "Nothing was checked, which says nothing for or against the item. Ask the seller: whoever "
        "holds the goods can get their records and check them one by one."
    ),
}

# Customs unions (`services.check.customs_unions`) within a sentence.
UNIONS: dict[str, Text] = {
    "EU": _("the European Union"),
    "EAEU": _("the Eurasian Economic Union"),
    "GCC": _("the customs union of the Gulf states"),
    "SACU": _("the Southern African Customs Union"),
    "CH-LI": _("Switzerland or Liechtenstein"),
}

RIGHTS: dict[RightKind, Text] = {
    RightKind.TRADEMARK: _("Trademark %(title)s"),
    RightKind.PATENT: _("Patent %(title)s"),
    RightKind.DESIGN: _("Design %(title)s"),
    RightKind.COPYRIGHT: _("Copyright %(title)s"),
    RightKind.GEOGRAPHICAL_INDICATION: _("Geographical indication %(title)s"),
}

# The line about where an item is now. `name` and `day` are filled in.
SOLD: Text = _("Sold on %(day)s by %(name)s. If it is offered to you as new, ask.")
IN_A_SHOP: Text = _(
    "In the shop: with %(name)s since %(day)s. If another shop has it, the code was copied or a "
    "record is missing."
)
ON_ITS_WAY: Text = _(
    "On its way: with %(name)s since %(day)s. If you hold it in a shop, the code was copied or a "
    "record is missing."
)
WITH_ITS_MAKER: Text = _(
    "Not shipped yet: with %(name)s since %(day)s. If you hold it in a shop, the code was copied "
    "or a record is missing."
)
TO_A_SHOP: Text = _(
    "On its way to %(name)s since %(day)s. If another shop has it, the code was copied or a record "
    "is missing."
)
TO_ANOTHER: Text = _(
    "On its way to %(name)s since %(day)s. If you hold it in a shop, the code was copied or a "
    "record is missing."
)

_FORM = _("A stored document is no longer in its proper form.")
_SIGNATURE = _(
    "A signature does not fit its document: it was changed after signing, or somebody else signed "
    "it."
)
_KEY = _("A record was signed with a key that its signer was not entitled to use at that time.")
_CHAIN = _("The chain of records has a gap, a fork or an altered link.")
_ACT = _("A recorded act was not allowed at that moment, or not signed by who may sign it.")
_LEDGER = _("The public ledger does not confirm these records.")
_HEAD = _("The ledger's signed tree head does not check.")
_ROOTS = _("The check could not be put together from what is stored.")
_SYNTAX = (
    "bad-json",
    "duplicate-key",
    "bad-number",
    "bad-text",
    "too-deep",
    "too-large",
    "timestamp",
    "malformed",
    "bad-epcis",
    "bad-event-id",
    "unsealed-items",
    "unsealed-member",
    "bad-opening",
    "bad-identifier",
    "bad-check-digit",
    "bad-digital-link",
    "foreign-domain",
)

# One sentence for each reason code of a verdict or a loop; `page.sentence` fills in the
# parameters.
REASONS: dict[str, Text] = {
    LoopReason.NOT_ENDED: _(
        "It is still on its way: not yet sold to a consumer, destroyed or taken out of use."
    ),
    LoopReason.HANDOFF_PENDING: _("It was handed over to %(receiver)s, who has not answered yet."),
    LoopReason.EXPORT_CLEARANCE_MISSING: _(
        "It left %(territory)s, and no export clearance is on record there."
    ),
    LoopReason.IMPORT_CLEARANCE_MISSING: _(
        "It entered %(territory)s, and no import clearance is on record there."
    ),
    LoopReason.PLACE_UNKNOWN: _("A change of hands does not say in which country it happened."),
    LoopReason.HELD: _("A customs authority is holding it."),
    LoopReason.SEIZED: _("A customs authority has seized it."),
    LoopReason.RECALLED: _("The brand has recalled it."),
    LoopReason.STOLEN: _("It was reported stolen."),
    LoopReason.QUANTITY_MISMATCH: _("The quantities that went in and came out do not add up."),
    LoopReason.NOT_ANCHORED: _(
        "Accepted records wait for the public ledger: %(count)s. That takes seconds to minutes."
    ),
    LoopReason.CHAIN_BROKEN: _(
        "The record itself does not check, so nothing can be said about the journey."
    ),
    Lateness.SIGNED_LATE: _("Records that were signed long after what they say: %(count)s."),
    Lateness.RECORDED_LATE: _(
        "Records that were signed in time and reached us long after: %(count)s. Until then only "
        "their signers had them."
    ),
    Lateness.OUT_OF_ORDER: _("Records dated before the ones that they were added to: %(count)s."),
    "licence-ended-before-recorded": _(
        "Records of making it that came to the ledger after the licence or right they rest on had "
        "ended there: %(count)s. Their dates are their signers' word."
    ),
    "expired": _("The last day to use it was %(date)s."),
    "signed-too-early": _("A record was signed before what it says had happened."),
    "dated-ahead": _(
        "Records dated later than now, by the clock of this check: %(count)s. What they say "
        "cannot have happened yet, or a clock is wrong."
    ),
    "corrected": _(
        "Records that their signer declared wrong later: %(count)s. They are struck through below."
    ),
    "handoff-not-accepted": _(
        "%(receiver)s was handed the goods and has not accepted them for more than three days."
    ),
    "key-compromised": _(
        "Records signed with a key that was later reported as compromised: %(count)s."
    ),
    "dated-before-key": _(
        "Records dated before the key that signed them was enrolled: %(count)s. Their dates are "
        "their signers' word."
    ),
    "former-tree-head": _(
        "These proofs are from before the ledger changed its key, which others may have. Fetch "
        "the record anew."
    ),
    "unknown-subject": _("There is no record of this identifier."),
    "unknown-party": _KEY,
    "unavailable": _("Our database or ledger does not answer."),
    "bundle-too-large": _("There are more records than one check reads."),
    **dict.fromkeys(_SYNTAX, _FORM),
    **dict.fromkeys(
        ("bad-signature", "unsupported-proof", "weak-key", "bad-possession"), _SIGNATURE
    ),
    **dict.fromkeys(("key-not-authorised", "key-revoked", "key-line-too-long"), _KEY),
    **dict.fromkeys(("binding-mismatch", "head-moved", "broken-link"), _CHAIN),
    **dict.fromkeys(
        (
            *("illegal-transition", "already-registered", "not-permitted", "not-licensed"),
            *("time-ahead", "unknown-product", "already-corrected", "too-many-corrections"),
            "foreign-prefix",
            "confusable-name",
            "recall-of-lot",
        ),
        _ACT,
    ),
    **dict.fromkeys(("bad-proof", "bad-tile"), _LEDGER),
    **dict.fromkeys(
        (
            *("bad-note", "unknown-ledger", "unknown-signer", "quorum-not-met"),
            *("log-inconsistent", "ledger-frozen", "former-ledger-ended"),
        ),
        _HEAD,
    ),
    **dict.fromkeys(("bad-bundle", "foreign-roots", "no-trust", "error"), _ROOTS),
}

LOOPS: dict[LoopState, tuple[str, Text]] = {
    LoopState.CLOSED: (
        "green",
        _(
            "Yes: the journey has ended, every handover was accepted, customs cleared it at every "
            "border that was crossed, and every record is in the public ledger."
        ),
    ),
    LoopState.OPEN: ("blue", _("Not yet. What is missing:")),
    LoopState.BROKEN: ("red", _("It cannot be known.")),
}
STOPPED: tuple[str, Text] = ("red", _("Not while the alert above stands."))

# The members of the explanation of a recall or a theft.
EXPLANATION: dict[str, Text] = {
    "reason": _("Why"),
    "advice": _("What to do"),
    "contact": _("Questions to"),
}

# The title of an event. `signer`, `sender` and `receiver` are filled in.
ACTS: dict[Act, Text] = {
    Act.COMMISSION: _("%(signer)s issued the code and began the record"),
    Act.PACK: _("%(signer)s packed it for transport"),
    Act.UNPACK: _("%(signer)s unpacked it"),
    Act.HAND_OVER: _("%(signer)s handed it over to %(receiver)s"),
    Act.ACCEPT: _("%(signer)s accepted it from %(sender)s"),
    Act.REFUSE: _("%(signer)s refused it from %(sender)s"),
    Act.CANCEL: _("%(signer)s cancelled the handover to %(receiver)s"),
    Act.CHECKPOINT: _("%(signer)s saw it at a checkpoint"),
    Act.OBSERVE: _("%(signer)s saw it"),
    Act.TRANSFORM: _("%(signer)s made goods from other goods"),
    Act.SELL: _("%(signer)s sold it to a consumer"),
    Act.RETURN: _("%(signer)s took it back"),
    Act.DESTROY: _("%(signer)s destroyed it"),
    Act.DECOMMISSION: _("%(signer)s took it out of use"),
    Act.RECALL: _("%(signer)s recalled it"),
    Act.REPORT_STOLEN: _("%(signer)s reported it stolen"),
    Act.CORRECT: _("%(signer)s declared an earlier record wrong"),
    Act.PARTY_REGISTERED: _("%(signer)s registered a party"),
    Act.KEY_ADDED: _("%(signer)s enrolled a key"),
    Act.KEY_REVOKED: _("%(signer)s revoked a key"),
    Act.PRODUCT_REGISTERED: _("%(signer)s registered the product"),
    Act.PRODUCT_RECALLED: _("%(signer)s recalled items of it"),
    Act.RIGHT_FILED: _("%(signer)s filed a right"),
    Act.RIGHT_VERIFIED: _("%(signer)s verified a right"),
    Act.RIGHT_ASSIGNED: _("%(signer)s assigned a right"),
    Act.RIGHT_LAPSED: _("%(signer)s recorded that a right lapsed"),
    Act.LICENCE_GRANTED: _("%(signer)s granted a licence"),
    Act.LICENCE_REVOKED: _("%(signer)s revoked a licence"),
}

# The title of an observation, by its business step.
OBSERVATIONS: dict[BizStep, Text] = {
    BizStep.TRANSPORTING: _("%(signer)s has it in transport"),
    BizStep.DEPARTING: _("%(signer)s recorded that it left"),
    BizStep.ARRIVING: _("%(signer)s recorded that it arrived"),
    BizStep.LOADING: _("%(signer)s loaded it"),
    BizStep.UNLOADING: _("%(signer)s unloaded it"),
    BizStep.STORING: _("%(signer)s has it in store"),
    BizStep.STOCK_TAKING: _("%(signer)s counted it in its stock"),
    BizStep.CYCLE_COUNTING: _("%(signer)s counted it in its stock"),
    BizStep.INSPECTING: _("%(signer)s inspected it"),
    BizStep.STAGING_OUTBOUND: _("%(signer)s made it ready to leave"),
    BizStep.OTHER: _("%(signer)s saw it"),
    BizStep.SENSOR_REPORTING: _("%(signer)s took readings of it"),
}

# The title of a customs event, by procedure and outcome.
CUSTOMS: dict[tuple[Procedure, Outcome | None], Text] = {
    (Procedure.EXPORT, Outcome.CLEARED): _("%(signer)s cleared it for export"),
    (Procedure.IMPORT, Outcome.CLEARED): _("%(signer)s cleared it for import"),
    (Procedure.TRANSIT, Outcome.CLEARED): _("%(signer)s cleared it for transit"),
    **{
        (procedure, outcome): text
        for procedure in Procedure
        for outcome, text in (
            (None, _("%(signer)s saw it at a customs checkpoint")),
            (Outcome.HELD, _("%(signer)s is holding it at customs")),
            (Outcome.SAMPLED, _("%(signer)s took a sample at customs")),
            (Outcome.SEIZED, _("%(signer)s seized it at customs")),
            (Outcome.REFUSED, _("%(signer)s refused it at customs")),
        )
    },
}

STEPS: tuple[Text, ...] = (
    _("Every document has its one proper form"),
    _("Every document is signed by the key it names"),
    _("Every key belonged to its signer at that time"),
    _("No chain has a gap, a fork or an altered link"),
    _("Every act was allowed, and signed by who may sign it"),
    _("Every anchored record is in the public ledger"),
    _("The ledger signed its tree head"),
    _("The journey is complete"),
    _("Recalls, thefts, holds and seizures"),
)
OUTCOMES: dict[StepOutcome, tuple[str, Text]] = {
    StepOutcome.OK: ("green", _("checks")),
    StepOutcome.WARNING: ("amber", _("note")),
    StepOutcome.FAILED: ("red", _("fails")),
    StepOutcome.SKIPPED: ("grey", _("not run")),
}
