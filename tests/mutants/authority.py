"""Mutants of who may sign: each row of the table of acts opened to everybody, then the
conditions of the signers, and keys.
"""

from typing import Final

from tests.mutants.mutant import Row, mutants_of

ANYBODY: Final = "lambda *_: True"
# The function of a row, and enough of what follows it or comes before it to be the only place.
GOODS_ROWS: Final = {
    "commission": ("maker", "effect=effects.nothing"),
    "pack": ("custodian", "effect=effects.pack"),
    "unpack": ("custodian_of_parent", "effect=effects.unpack"),
    "hand-over": ("custodian", "effect=effects.hand_over"),
    "accept": ("named_receiver", "effect=effects.accept"),
    "refuse": ("named_receiver", "effect=effects.end_handoff"),
    "cancel": ("custodian", "effect=effects.end_handoff"),
    "checkpoint": ("customs_authority", "effect=effects.checkpoint"),
    "observe": ("custodian", "effect=effects.nothing"),
    "transform": ("transformer", "effect=effects.end"),
    "sell": ("custodian", "effect=effects.sell"),
    "return": ("retailer_or_maker", "effect=effects.give_back"),
    "recall": ("brand_owner", "effect=effects.recall"),
    "report-stolen": ("custodian_or_brand_owner", "effect=effects.report_stolen"),
    "correct": ("signer_of_the_original", "effect=effects.nothing"),
}
ENDED: Final = {
    "destroy": "DESTROYED),\n        of_lots=True,\n        situations=_LIVE | {Situation.SEIZED}",
    "decommission": "INACTIVE),\n        of_lots=True,\n        situations=_LIVE",
}
CLAIM_ROWS: Final = {
    "party-registered": "_keys.registrar",
    "key-added": "_keys.party_named_or_registrar",
    "key-revoked": "_keys.enroller_or_registrar",
    "product-registered": ".brand_or_maker_named",
    "product-recalled": ".product_owner",
    "right-filed": ".owner_named",
    "right-verified": ".office",
    "right-lapsed": ".right_owner_or_office",
}
OF_THE_OWNER: Final = {
    "right-assigned": "check=signers.assigned_in_order",
    "licence-granted": "check=signers.licence_is_new",
    "licence-revoked": "check=signers.licence_is_in_force",
}


def _opened(act: str, signer: str, after: str) -> Row:
    fragment = f"may_sign=signers.{signer},\n        {after},"
    return f"anybody-signs-{act}", fragment, fragment.replace(f"signers.{signer}", ANYBODY)


def _ending(act: str, before: str) -> Row:
    """These rows differ only in what comes long before their signer."""
    fragment = (
        f"{before},\n        fits=signers.is_empty,\n"
        '        signer="the custodian",\n        may_sign=signers.custodian,'
    )
    return f"anybody-signs-{act}", fragment, fragment.replace("signers.custodian", ANYBODY)


MUTANTS = [
    *mutants_of(
        "provenance/core/record/acts.py",
        "core/record/test_acts_table core/record/test_acts core/record/test_acts_goods",
        [
            *(_opened(act, *row) for act, row in GOODS_ROWS.items()),
            *(_ending(act, before) for act, before in ENDED.items()),
        ],
    ),
    *mutants_of(
        "provenance/core/record/acts_registry.py",
        "core/record/test_claims core/record/test_claims_keys core/record/test_acts_rights",
        [
            *(
                (f"anybody-signs-{act}", f"may_sign=signers{signer},", f"may_sign={ANYBODY},")
                for act, signer in CLAIM_ROWS.items()
            ),
            *(_opened(act, "right_owner", after) for act, after in OF_THE_OWNER.items()),
        ],
    ),
    *mutants_of(
        "provenance/core/record/signers.py",
        "core/record/test_acts_table core/record/test_acts_goods core/record/test_acts_rights core/record/test_claims core/record/test_claims_keys core/record/test_prefixes core/record/test_state",
        [
            (
                "customs-in-any-country",
                "        and party.country == change.goods.place.country\n",
                "",
            ),
            (
                "customs-decides-foreign-holds",
                "        and not _decides_foreign_hold(change, state, party, lookups)\n",
                "",
            ),
            ("customs-of-any-role", "        and Role.CUSTOMS_AUTHORITY in party.roles\n", ""),
            (
                "maker-of-anothers-product",
                "if not product.rights and product.owner != issuer:",
                "if product.rights and product.owner != issuer:",
            ),
            (
                "maker-under-any-number",
                "    check_numbered(lookups, product.rights, parties={issuer, product.owner}, gtin=gtin, day=day)\n",
                "",
            ),
            (
                "maker-of-any-unit",
                "        _check_prefix(subject.sscc, _has_prefix(lookups, issuer, subject.sscc))\n",
                "",
            ),
            (
                "licensed-by-an-unfiled-right",
                "if right is None or not owned_or_licensed(",
                "if right is not None and not owned_or_licensed(",
            ),
            (
                "numbered-by-a-past-licence",
                "and gtin in licence.products and licence.in_force(day)",
                "and gtin in licence.products",
            ),
            ("numbered-by-any-licence", "and gtin in licence.products and", "and"),
            (
                "receiver-that-the-offer-named",
                "state.pending == change.event.issuer == change.goods.receiver",
                "state.pending == change.goods.receiver",
            ),
            (
                "return-closed-by-the-seller",
                "        return change.event.issuer == state.commissioned_by\n    return",
                "        return change.event.issuer in (state.seller, state.commissioned_by)\n    return",
            ),
            (
                "stolen-said-by-the-holder-around",
                "any(lookups.holder(container) == change.event.issuer for container in containers)",
                "bool(containers)",
            ),
            (
                "corrected-once-too-often",
                "len(original.reasons) >= MAX_CORRECTIONS",
                "len(original.reasons) > MAX_CORRECTIONS",
            ),
            (
                "corrected-for-the-same-reason",
                "if reason in original.reasons:",
                "if reason in original.reasons[1:]:",
            ),
            (
                "output-packed-with-contents",
                "is_output if state is None else not is_output and state.contents == 0",
                "is_output if state is None else not is_output",
            ),
            (
                "seizure-of-packed-goods",
                "state is not None and not state.containers",
                "state is not None",
            ),
            ("product-by-any-role", "bool(roles & {Role.BRAND, Role.MAKER})", "bool(roles)"),
            (
                "product-of-anothers-rights",
                "    check_licensed(of.lookups, rights, party=issuer, gtin=gtin, day=day, country=None)\n",
                "",
            ),
            (
                "product-under-any-number",
                "    check_numbered(of.lookups, rights, parties={issuer}, gtin=gtin, day=day)\n",
                "",
            ),
            (
                "recall-of-other-lots",
                "if any(gs1.parse_subject(lot).gtin != gtin for lot in claim.lots):",
                "if not gtin:",
            ),
            (
                "recall-once-too-often",
                "len(state.recalls) >= MAX_RECALLS",
                "len(state.recalls) > MAX_RECALLS",
            ),
            (
                "right-assigned-back-in-time",
                "if of.claim.effective_from < since:",
                "if of.claim.effective_from is since:",
            ),
            ("right-assigned-to-nobody", "    check_registered(of, of.claim.new_owner)\n", ""),
            (
                "right-lapsed-twice",
                "    if lapsed_from is not None:\n",
                "    if lapsed_from is of:\n",
            ),
            (
                "licence-granted-twice",
                "_check_licence(of, of.claim.licence not in _right(of).licences)",
                "_check_licence(of, True)",
            ),
            (
                "licence-revoked-twice",
                "licence is not None and licence.revoked_from is None)",
                "licence is not None)",
            ),
            ("licence-to-nobody", "    check_registered(of, of.claim.licensee)\n", ""),
        ],
    ),
    *mutants_of(
        "provenance/core/record/authority.py",
        "core/record/test_authority core/check/test_bundle provenance/registry/test_keyring",
        [
            (
                "key-of-another-party",
                "if key is not None and key.party != issuer:",
                "if key is not None and not key.party:",
            ),
            (
                "key-of-any-purpose",
                "return key.revoked is None and key.purpose.covers(act)",
                "return key.revoked is None",
            ),
            (
                "key-unknown-is-revoked",
                "if key is not None and key.revoked is not None:",
                "if key is not None and key.revoked is key:",
            ),
            (
                "key-kept-although-revoked",
                "return key.revoked is None and key.purpose.covers(act)",
                "return key.purpose.covers(act)",
            ),
        ],
    ),
    *mutants_of(
        "provenance/core/record/signers_keys.py",
        "core/record/test_claims_keys core/record/test_claims core/check/test_succession",
        [
            (
                "key-possession-unread",
                "    keys.check_possession(raw, party, of.claim.possession)\n",
                "",
            ),
            ("key-weak-enrolled", "    keys.check_enrolment(raw)\n", ""),
            ("key-for-an-unregistered-party", "    check_registered(of, of.claim.party)\n", ""),
            ("key-line-too-long", "for _ in range(MAX_LINE):", "for _ in range(MAX_LINE + 1):"),
            ("key-revoked-twice", "if _key(of).revoked is not None:", "if _key(of).revoked is of:"),
            (
                "succession-by-any-key",
                "if ended == _succession(of).current:\n        return recovery(of) or _is_heir(of)",
                "if ended == _succession(of).current:\n        return True",
            ),
            (
                "succession-without-successor",
                "if of.claim.successor == of.claim.public_key or not _is_ready(named, KeyPurpose.REGISTRAR):",
                "if of.claim.successor == of.claim.public_key:",
            ),
            (
                "succession-to-itself",
                "if of.claim.successor == of.claim.public_key or not",
                "if not",
            ),
            (
                "succession-by-a-strangers-heir",
                "        and heir.enrolled_by == of.claim.public_key\n",
                "",
            ),
            (
                "succession-too-often",
                "if line.number >= authority.MAX_SUCCESSIONS and",
                "if line.number > authority.MAX_SUCCESSIONS and",
            ),
            (
                "recovery-key-enrols-others",
                "(of.event.issuer == of.claim.party and not recovers)",
                "(of.event.issuer == of.claim.party)",
            ),
            (
                "recovery-key-of-a-party",
                "if of.claim.purpose.is_registrars and of.claim.party != of.registrar.gln:",
                "if not of.claim.purpose:",
            ),
            (
                "recovery-key-revoked-by-others",
                "if key.purpose is KeyPurpose.RECOVERY or itself:",
                "if itself:",
            ),
            (
                "recovery-key-that-is-none",
                "or not _is_ready(named, KeyPurpose.RECOVERY):",
                "or not named:",
            ),
        ],
    ),
    *mutants_of(
        "provenance/core/ledger/former.py",
        "core/check/test_succession provenance/ledger/test_compare faults/test_ledger_succession",
        [
            ("former-ledger-beyond-its-last", "if head.size > self.size or (", "if ("),
            (
                "former-ledger-of-another-last",
                " or (head.size == self.size and head.root != self.root):",
                ":",
            ),
            ("former-ledger-unended", "        ended.check(head)\n", "        pass\n"),
        ],
    ),
]
