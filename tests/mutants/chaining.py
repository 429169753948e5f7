"""Mutants of chains and states: positions, previous, closes, amounts, handoffs, days."""

from tests.mutants.mutant import mutants_of

MUTANTS = [
    *mutants_of(
        "provenance/core/record/chain.py",
        "core/record/test_chain core/record/test_acts_goods core/record/test_state",
        [
            (
                "chain-previous-unread",
                "if link.previous != previous:",
                "if (link.previous is None) != (previous is None):",
            ),
            ("chain-with-gaps", "if link.position != expected:", "if link.position < expected:"),
            (
                "chain-closes-another",
                "if link.closes is not None and link.closes != genesis:",
                "if link.closes is not None and not genesis:",
            ),
            (
                "chain-empty",
                "    if not events:\n        raise errors.BrokenLink",
                "    if events is None:\n        raise errors.BrokenLink",
            ),
            (
                "link-to-any-head",
                "if (link.position, link.previous) != expected:",
                "if link.position != expected[0]:",
            ),
            (
                "link-at-any-position",
                "if (link.position, link.previous) != expected:",
                "if link.previous != expected[1]:",
            ),
            (
                "link-closes-anything",
                "if link.closes == (state.genesis if ends else None):",
                "if (link.closes is not None) == ends:",
            ),
            (
                "link-closes-with-a-part",
                "state.amount_there == amount",
                "state.amount_there >= amount",
            ),
            (
                "link-closes-while-some-is-held",
                "return amount == state.sold and not state.holdings",
                "return amount == state.sold",
            ),
            (
                "link-maker-must-close",
                "if ending is Ending.TO_THE_MAKER and link.closes is None:",
                "if ending is Ending.TO_THE_MAKER and link.closes is not None:",
            ),
            (
                "link-closes-for-others",
                "return state.held_by(issuer) > 0 and state.amount_there == amount",
                "return state.amount_there == amount",
            ),
        ],
    ),
    *mutants_of(
        "provenance/core/record/transition.py",
        "core/record/test_acts core/record/test_acts_goods core/record/test_acts_table core/record/test_claims core/record/test_state",
        [
            (
                "act-of-an-unregistered-party",
                "    _check_registered(event.issuer, lookups)\n    rule = GOODS",
                "    rule = GOODS",
            ),
            (
                "act-in-any-situation",
                "if situation not in rule.situations or not rule.fits(change, state):",
                "if not rule.fits(change, state):",
            ),
            ("act-that-does-not-fit", " or not rule.fits(change, state):", ":"),
            (
                "act-by-anybody",
                "if not rule.may_sign(change, state, lookups):",
                "if rule.may_sign is None:",
            ),
            ("act-of-more-than-there-is", "    if amount > there:", "    if amount > there + 1:"),
            (
                "handoff-of-a-part",
                "            if amount != there:",
                "            if amount > there:",
            ),
            ("handoff-to-oneself", " or goods.sender == goods.receiver:", ":"),
            (
                "handoff-signed-by-either",
                "if signer != event.issuer:",
                "if event.issuer not in (goods.sender, goods.receiver):",
            ),
            (
                "handoff-to-an-unregistered-party",
                "    _check_registered(goods.receiver, lookups)\n",
                "",
            ),
            (
                "handoff-answered-for-another",
                "if (state.custodian, state.pending) != (goods.sender, goods.receiver):",
                "if state.pending != goods.receiver:",
            ),
            ("act-signed-before-it-happened", "    lateness.check_signed_after(event)\n", ""),
            ("claim-by-anybody", "if not rule.may_sign(statement):", "if rule.may_sign is None:"),
            ("claim-unchecked", "    rule.check(statement)\n", ""),
            (
                "claim-of-an-unregistered-party",
                "if event.act is not Act.PARTY_REGISTERED:",
                "if event.act is None:",
            ),
            (
                "claim-registered-twice",
                "if CLAIM_RULES[act].begins and state is not None:",
                "if CLAIM_RULES[act].begins and state is uri:",
            ),
            (
                "claim-that-begins-or-not",
                "return rule.begins is None or rule.begins == (state is None)",
                "return rule.begins is None or not rule.begins or state is None",
            ),
            (
                "state-of-the-last-time",
                "last_time=max(state.last_time, event.event_time),",
                "last_time=event.event_time,",
            ),
            (
                "state-without-lot",
                'lot=gs1.lot_uri(subject.gtin, lot) if in_lot else "",',
                'lot="",',
            ),
            (
                "links-unchecked",
                "        chain.check_link(link, states[link.subject])\n",
                "        pass\n",
            ),
            ("closing-unchecked", "    chain.check_closing(rule.ending, event, link, state)\n", ""),
            ("answers-unchecked", "        _check_answer(rule.handoff, change, state)\n", ""),
        ],
    ),
    *mutants_of(
        "provenance/core/record/effects.py",
        "core/record/test_state core/record/test_acts_goods core/record/test_acts",
        [
            (
                "accepting-keeps-the-seizure",
                "seized_by=None, holdings={_signer(change): state.amount_there})",
                "holdings={_signer(change): state.amount_there})",
            ),
            ("nothing-left-is-held", "if left > 0 else others", "if left >= 0 else others"),
            (
                "sold-is-the-last-sale",
                "sold=state.sold + change.amount, seller",
                "sold=change.amount, seller",
            ),
            (
                "clearance-keeps-the-hold",
                "            return replace(state, customs_hold_by=None)\n",
                "            return state\n",
            ),
            (
                "seizure-keeps-the-handoff",
                "                end_handoff(state, change),\n                customs",
                "                state,\n                customs",
            ),
            (
                "ending-keeps-the-seizure",
                "return after if after.holdings else replace(after, seized_by=None)",
                "return after",
            ),
            (
                "unpacking-empties-the-unit-twice",
                "contents=state.contents - ",
                "contents=state.contents - 2 * ",
            ),
            (
                "refusal-keeps-the-offer",
                "return replace(state, pending=None, handed_over_at=None)",
                "return replace(state, handed_over_at=None)",
            ),
            (
                "return-is-still-sold",
                "    sold = state.sold - change.amount\n",
                "    sold = state.sold\n",
            ),
        ],
    ),
    *mutants_of(
        "provenance/core/record/state.py",
        "core/record/test_rights core/record/test_state core/record/test_acts_rights core/check/test_bundle_rights",
        [
            (
                "licence-on-its-revocation-day",
                "day < self.revoked_from",
                "day <= self.revoked_from",
            ),
            ("licence-not-on-its-last-day", "day <= self.valid_until)", "day < self.valid_until)"),
            (
                "licence-before-its-first-day",
                "            self.valid_from <= day\n",
                "            self.valid_from <= day or True\n",
            ),
            (
                "licence-in-every-country",
                "            and (not self.territories or country in self.territories)\n",
                "",
            ),
            (
                "licence-for-every-product",
                "            and (not self.products or gtin in self.products)\n",
                "",
            ),
            (
                "licence-of-anybody",
                "            self.licensee == party\n",
                "            bool(self.licensee and party)\n",
            ),
            ("right-on-the-day-it-lapsed", "day >= right.lapsed_from:", "day > right.lapsed_from:"),
            ("right-before-its-first-day", "if day < right.valid_from or (", "if ("),
            ("right-owned-from-the-next-day", "if since <= day][-1]", "if since < day][-1]"),
            (
                "right-lapsed-is-no-end",
                "lapsed = right.lapsed_from is not None and right.lapsed_from <= today",
                "lapsed = right.lapsed_from is not None and right.lapsed_from < today",
            ),
            (
                "licence-ended-today-is-no-end",
                "licence.revoked_from is None or licence.revoked_from > today",
                "licence.revoked_from is None or licence.revoked_from >= today",
            ),
            (
                "recall-of-all-is-of-none",
                "return not self.lots or lot in self.lots",
                "return lot in self.lots",
            ),
            (
                "recall-without-its-last-day",
                "<= day <= (self.last_day or day)",
                "<= day < (self.last_day or day)",
            ),
            ("recall-of-lots-or-days", "return in_time or lot in self.lots", "return in_time"),
            (
                "seized-goods-cannot-leave",
                "if self.seized_by is not None and self.pending is None:",
                "if self.seized_by is not None:",
            ),
            (
                "hold-hidden-by-a-handoff",
                "        if self.customs_hold_by is not None:\n",
                "        if self.customs_hold_by is not None and self.pending is None:\n",
            ),
        ],
    ),
    *mutants_of(
        "provenance/core/record/lateness.py",
        "core/check/test_clock core/record/test_state core/record/test_acts_goods core/check/test_bundle_dates core/check/test_bundle",
        [
            (
                "late-only-when-later",
                "if event.created - event.event_time > late_after:",
                "if event.created - event.event_time > 2 * late_after:",
            ),
            (
                "late-at-the-very-limit",
                "if event.created - event.event_time > late_after:",
                "if event.created - event.event_time >= late_after:",
            ),
            (
                "late-by-the-signature",
                "recorded_at - event.event_time > late_after:",
                "recorded_at - event.created > late_after:",
            ),
            (
                "late-at-the-same-time",
                "event.event_time < state.last_time",
                "event.event_time <= state.last_time",
            ),
            (
                "ahead-by-the-event-only",
                "return max(event.event_time, event.created) - now > CLOCK_SKEW",
                "return event.event_time - now > CLOCK_SKEW",
            ),
            (
                "ahead-by-the-signature-only",
                "return max(event.event_time, event.created) - now > CLOCK_SKEW",
                "return event.created - now > CLOCK_SKEW",
            ),
            (
                "before-without-skew",
                "return moment - event.event_time > CLOCK_SKEW",
                "return moment > event.event_time",
            ),
            (
                "signed-before-by-an-hour",
                "if event.event_time - event.created > CLOCK_SKEW:",
                "if event.event_time - event.created > 12 * CLOCK_SKEW:",
            ),
        ],
    ),
]
