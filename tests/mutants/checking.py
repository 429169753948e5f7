"""Mutants of the check of a bundle: its steps 0 to 8, the verdict, loops and journeys."""

from tests.mutants.mutant import mutants_of

MUTANTS = [
    *mutants_of(
        "provenance/core/check/bundle.py",
        "core/check/test_bundle core/check/test_bundle_guards core/record/test_prefixes core/check/test_bundle_rights core/check/test_left_out core/check/test_hostile core/check/test_bundle_dates core/check/test_bundle_growth core/check/test_clock core/check/test_trust",
        [
            (
                "check-with-another-digest-of-roots",
                'if trust.digest() != bundle["trustDigest"]:',
                'if not bundle["trustDigest"]:',
            ),
            ("check-0-any-host", "    if event.host != host:\n", "    if not event.host:\n"),
            (
                "check-0-any-event-id",
                '        event_hash.check_event_id(event.document["credentialSubject"])\n',
                "        pass\n",
            ),
            ("check-0-order-of-the-file", "    unanchored = 1 << 64\n", "    unanchored = -1\n"),
            ("check-1-no-signature", "        verify(event)\n", "        pass\n"),
            (
                "check-2-weak-keys",
                "keys.check_enrolment(keys.decode_public(claim.public_key))",
                "keys.decode_public(claim.public_key)",
            ),
            ("check-3-no-chain", "        chain.check_chain(events, uri)\n", ""),
            (
                "check-3-in-any-order",
                "        if order != sorted(order):\n",
                "        if not order:\n",
            ),
            (
                "check-3-more-than-needed",
                "        if event.digest not in held:\n",
                "        if not held:\n",
            ),
            ("check-3-any-chain-may-be-absent", "and collect.may_be_absent(uri):", "and uri:"),
            (
                "check-3-its-own-chain-may-be-absent",
                "if not events and uri != progress.subject and",
                "if not events and",
            ),
            (
                "check-4-no-rules",
                "        transition.check(event, before, progress, registrar=progress.trust.registrar)\n        if",
                "        if",
            ),
            (
                "check-4-ends-by-the-newest-signature",
                "newest = max(newest, event.created)",
                "newest = event.created",
            ),
            (
                "check-4-ended-licence",
                "if event.act in _LICENSED and _has_ended(",
                "if event.act is Act.COMMISSION and _has_ended(",
            ),
            (
                "check-4-ended-prefix",
                "except (errors.NotLicensed, errors.ForeignPrefix):",
                "except errors.NotLicensed:",
            ),
            (
                "check-4-dated-before-its-key",
                "return lateness.is_before(event, key.enrolled_from)",
                "return False",
            ),
            (
                "check-4-recorded-late",
                "            recorded_at=progress.arrived_late.get(event.digest),\n",
                "",
            ),
            (
                "check-5-no-inclusion",
                "        merkle.check_inclusion(proof.path, size, root, proof.index, leaf)\n",
                "",
            ),
            ("check-5-two-heads", "    if len(heads) > 1:\n", "    if len(heads) > 2:\n"),
            (
                "check-goes-on-after-a-fault",
                "            return Result(\n                progress.subject,\n                Verdict.BROKEN_RECORD,",
                "            return Result(\n                progress.subject,\n                Verdict.CHECK_NEEDED,",
            ),
        ],
    ),
    *mutants_of(
        "provenance/core/check/bundle_shape.py",
        "core/check/test_bundle core/check/test_bundle_guards core/check/test_succession core/check/test_trust core/check/test_bundle_file",
        [
            (
                "check-with-any-roots",
                "if named.digest() == trust.digest() or",
                "if named.host == trust.host or",
            ),
            (
                "check-one-record-too-many",
                "if len(entries) > most_records:",
                "if len(entries) > most_records + 1:",
            ),
            (
                "check-of-nothing",
                "not isinstance(entries, list) or not entries:",
                "not isinstance(entries, list):",
            ),
            (
                "check-under-unknown-ledgers",
                "if named.succeeds(trust) and trust.knows_ledgers_of(named):",
                "if named.succeeds(trust):",
            ),
        ],
    ),
    *mutants_of(
        "provenance/core/check/verdict.py",
        "core/check/test_verdict core/check/test_bundle core/check/test_bundle_dates core/check/test_bundle_rights core/check/test_loop core/check/test_clock",
        [
            (
                "verdict-recalled-is-blocked",
                "if any(reason.code == LoopReason.RECALLED for reason in overlays):",
                "if not overlays and amber:",
            ),
            (
                "verdict-amber-before-overlays",
                "    if overlays:\n        return Verdict.BLOCKED\n    if amber:\n        return Verdict.CHECK_NEEDED\n",
                "    if amber:\n        return Verdict.CHECK_NEEDED\n    if overlays:\n        return Verdict.BLOCKED\n",
            ),
            (
                "verdict-sold-is-ended",
                "state.ended_by not in (None, Act.SELL)",
                "state.ended_by is not None",
            ),
            (
                "verdict-green-though-corrected",
                '    reasons = _counted("corrected", corrected)\n',
                "    reasons = _counted(str(corrected), 0)\n",
            ),
            (
                "verdict-green-though-ended",
                '    reasons += _counted("licence-ended-before-recorded", len(progress.ended))\n',
                "",
            ),
            (
                "verdict-green-product-though-ended",
                '        amber += _counted("licence-ended-before-recorded", len(progress.ended))\n',
                "",
            ),
            (
                "verdict-handoff-for-ever",
                "and now - waiting.handed_over_at > UNANSWERED_AFTER",
                "and now - waiting.handed_over_at > 2 * UNANSWERED_AFTER",
            ),
            (
                "verdict-handoff-of-the-unit",
                "for waiting in (state, *loop.containers_of(state, goods))",
                "for waiting in (state,)",
            ),
            ("verdict-green-unanchored", "        LoopReason.NOT_ANCHORED,\n", ""),
            (
                "verdict-green-without-import",
                "        LoopReason.IMPORT_CLEARANCE_MISSING,\n        LoopReason.NOT",
                "        LoopReason.NOT",
            ),
            (
                "verdict-expired-on-the-day",
                '"" < state.expiry < today',
                '"" < state.expiry <= today',
            ),
            (
                "verdict-expired-and-sold",
                "state.ended_by in (None, Act.SELL) and",
                "state.ended_by is None and",
            ),
            (
                "verdict-compromised-key",
                "key.reason is RevocationReason.COMPROMISED",
                "key.reason is RevocationReason.SUPERSEDED",
            ),
            (
                "verdict-theft-of-the-unit",
                "around = [state, *loop.containers_of(state, goods)]",
                "around = [state]",
            ),
            ("verdict-recall-of-the-product", "recall is not None or any(", "any("),
            (
                "verdict-dated-ahead",
                "sum(lateness.is_ahead(e, now) for e in progress.events)",
                "sum(lateness.is_ahead(e, now) for e in progress.events[:1])",
            ),
            (
                "verdict-corrected-elsewhere",
                "if event.act is not Act.CORRECT and journey",
                "if journey",
            ),
        ],
    ),
    *mutants_of(
        "provenance/core/check/loop.py",
        "core/check/test_loop core/check/test_bundle",
        [
            (
                "loop-cleared-once-for-all",
                "if cleared[(procedure, where)] < times",
                "if not cleared[(procedure, where)]",
            ),
            (
                "loop-any-customs-outcome",
                "if goods.customs is None or goods.outcome is not Outcome.CLEARED:",
                "if goods.customs is None:",
            ),
            (
                "loop-transit-is-import",
                "both if procedure is Procedure.TRANSIT else (procedure,)",
                "both[:1] if procedure is Procedure.TRANSIT else (procedure,)",
            ),
            ("loop-ended-with-contents", "(state.holdings or state.contents)", "state.holdings"),
            ("loop-ended-with-holdings", "(state.holdings or state.contents)", "state.contents"),
            ("loop-unanchored", "    if unanchored:\n", "    if unanchored > 1:\n"),
            (
                "loop-place-unknown",
                "    if _place_unknown(subject, chains):\n",
                "    if not subject:\n",
            ),
            (
                "loop-pending-around",
                "for goods in around if goods.pending",
                "for goods in around[:1] if goods.pending",
            ),
            ("loop-export-not-wanted", "        wanted[(Procedure.EXPORT, out_of)] += 1\n", ""),
        ],
    ),
    *mutants_of(
        "provenance/core/check/journey.py",
        "core/check/test_loop core/check/test_collect core/check/test_bundle_growth",
        [
            (
                "journey-with-the-unpacking",
                "end = ride.last if ride.ended else ride.last + 1",
                "end = ride.last + 1",
            ),
            (
                "journey-without-the-last",
                "end = ride.last if ride.ended else ride.last + 1",
                "end = ride.last",
            ),
            (
                "journey-union-is-a-country",
                "(name for name, members in unions.items() if country in members), country)",
                "(name for name, members in unions.items() if country == name), country)",
            ),
            (
                "journey-where-the-signer-is",
                "if event.act.is_claim or GOODS_RULES[event.act].whereabouts is Whereabouts.SIGNER:",
                "if event.act.is_claim:",
            ),
        ],
    ),
    *mutants_of(
        "provenance/core/check/collect.py",
        "core/check/test_collect core/check/test_bundle_growth core/check/test_left_out",
        [
            (
                "collect-a-unit-too-short",
                "if inside[unit] > 0 else event.link(unit).position",
                "if inside[unit] > 1 else event.link(unit).position",
            ),
            (
                "collect-a-unit-for-ever",
                "None if inside[unit] > 0 else",
                "None if inside[unit] >= 0 else",
            ),
            (
                "collect-without-keys",
                "wanted |= {gs1.party_uri(event.issuer), gs1.key_uri(event.key)}",
                "wanted |= {gs1.party_uri(event.issuer)}",
            ),
            ("collect-without-rights", "wanted |= claims.consulted(event.body)", "wanted |= set()"),
            (
                "collect-again",
                "spans[uri] = Span(before + 1, last)",
                "spans[uri] = Span(before, last)",
            ),
        ],
    ),
    *mutants_of(
        "provenance/core/check/trust.py",
        "core/check/test_trust core/check/test_bundle_file",
        [
            ("trust-in-any-spelling", "if canonical.serialize(value) != text:", "if not text:"),
            (
                "trust-of-any-version",
                '(value["type"], value["version"]) != (TYPE, VERSION)',
                'value["type"] != TYPE',
            ),
            (
                "trust-weak-registrar",
                "        keys.check_enrolment(keys.decode_public(public_key))\n",
                "        keys.decode_public(public_key)\n",
            ),
            ("trust-with-comments", "if trusted.format() != raw:", "if not raw:"),
            ("trust-no-ledger", "    if not trusted.logs:\n", "    if trusted.logs is None:\n"),
        ],
    ),
]
