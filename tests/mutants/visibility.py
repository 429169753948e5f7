"""Mutants of who sees what: parties, strangers, and the 404 that tells nothing."""

from tests.mutants.mutant import mutants_of

MUTANTS = [
    *mutants_of(
        "provenance/services/check/visibility.py",
        "api/test_access api/test_told api/test_recalls",
        [
            (
                "lots-are-open",
                "        gs1.SubjectKind.ITEM,\n",
                "        gs1.SubjectKind.ITEM,\n        gs1.SubjectKind.LOT,\n",
            ),
            (
                "units-are-open",
                "        gs1.SubjectKind.ITEM,\n",
                "        gs1.SubjectKind.ITEM,\n        gs1.SubjectKind.LOGISTIC_UNIT,\n",
            ),
            (
                "events-in-full-for-parties",
                "return seen | {digest for (digest,) in cursor.fetchall()}",
                "return seen | set(others)",
            ),
            (
                "events-in-full-for-holders-only",
                "(gln is not None and gln in (e.issuer, e.receiver))",
                "gln == e.issuer",
            ),
            (
                "events-in-part-for-all-parties",
                "return gln is not None and bool(_concerning(gln, [event.digest]))",
                "return gln is not None",
            ),
            (
                "events-in-part-for-all",
                "return gln is not None and bool(_concerning(gln, [event.digest]))",
                "return bool(event)",
            ),
            (
                "records-for-all-parties",
                "(bool(glns) and bool(_involved(glns, [uri])))",
                "bool(glns)",
            ),
            (
                "whole-records-for-the-involved",
                "return is_open(uri) or bool(_held(glns, [uri]))",
                "return may_see(glns, uri)",
            ),
            ("records-not-asked-for", "    if not may_see(glns, uri):\n", "    if not uri:\n"),
            (
                "whole-records-not-asked-for",
                "    if not whole_for(gln, uri):\n",
                "    if not uri:\n",
            ),
            (
                "what-is-not-there-says-so",
                """    row = Subject.objects.filter(uri=uri).first()
    if row is None:
        raise not_open(uri)""",
                """    row = Subject.objects.filter(uri=uri).first()
    if row is None:
        raise errors.UnknownSubject(f"there is no record of {uri}")""",
            ),
            (
                "refusals-tell-of-heads",
                "{errors.HeadMoved.code, errors.IllegalTransition.code, errors.NotPermitted.code}",
                "{errors.IllegalTransition.code, errors.NotPermitted.code}",
            ),
            (
                "refusals-tell-of-states",
                "{errors.HeadMoved.code, errors.IllegalTransition.code,",
                "{errors.HeadMoved.code,",
            ),
            (
                "refusals-tell-everybody",
                "if error.code not in TELLING or not (unseen := hidden(glns, uris)):",
                "if error.code in TELLING or not (unseen := hidden(glns, uris)):",
            ),
            ("hidden-from-nobody", "- _involved(glns, closed)", "- set(closed)"),
            ("hidden-lots-of-other-owners", "if gtins[uri] not in own}", "if gtins[uri] in own}"),
            (
                "authority-reads-the-uninvolved",
                "seen |= _concerning(gln, others)",
                "seen |= set(others)",
            ),
            ("authority-is-any-party", "roles__contains=[CUSTOMS]", "roles__contains=[]"),
            (
                "hidden-to-no-authority",
                "    if not closed or is_customs(glns):\n",
                "    if not closed or glns:\n",
            ),
            (
                "shipments-of-all",
                "return Shipment.objects.filter(Q(sender=gln) | Q(receiver=gln))",
                "return Shipment.objects.all()",
            ),
            (
                "shipments-of-the-sender-only",
                "return Shipment.objects.filter(Q(sender=gln) | Q(receiver=gln))",
                "return Shipment.objects.filter(sender=gln)",
            ),
            (
                "events-of-all",
                "return Event.objects.filter(Q(issuer=gln) | Q(receiver=gln))",
                "return Event.objects.all()",
            ),
            ("events-of-others-signed", "    if row.issuer != gln:\n", "    if not gln:\n"),
            (
                "ride-for-ever",
                "WHERE theirs.subject_id = unit.id AND theirs.position > packed.position",
                "WHERE theirs.subject_id = unit.id AND theirs.position < packed.position",
            ),
            (
                "seller-sees-the-next-sale",
                "        WHERE coalesce(s.state -> 'holdings', '{}'::jsonb) = '{}'::jsonb\n            AND closing",
                "        WHERE closing",
            ),
            (
                "recall-untold",
                "if Subject.objects.filter(uri=uri, state__recalled=True).exists():",
                "if not uri:",
            ),
        ],
    ),
    *mutants_of(
        "provenance/api/permissions.py",
        "api/test_access api/test_limits",
        [
            ("api-key-expired", "key is None or key.has_expired or not", "key is None or not"),
            (
                "api-key-any-secret",
                "key.has_expired or not key.is_valid(secret):",
                "key.has_expired:",
            ),
            (
                "api-key-revoked",
                "PartyApiKey.objects.filter(prefix=prefix, revoked=False)",
                "PartyApiKey.objects.filter(prefix=prefix)",
            ),
            (
                "api-key-guessed-for-ever",
                "        limits.take(Kind.GUESSES, address)\n        raise",
                "        raise",
            ),
            ("api-key-without-limit", "    limits.take(Kind.API_KEY, prefix)\n", ""),
            ("api-stranger-without-limit", "        limits.take(Kind.STRANGERS, address)\n", ""),
            ("api-scope-unread", "    if scope not in caller.scopes:\n", "    if not scope:\n"),
        ],
    ),
    *mutants_of(
        "provenance/api/events.py",
        "api/test_access api/test_events api/test_told api/test_prepare",
        [
            (
                "entry-tells-kind-and-issuer",
                "            return Response(EntrySerializer(event).data)\n",
                '            return Response(EventSerializer(event, context={"full": full}).data)\n',
            ),
            (
                "prepare-tells-heads",
                "documents = signing.prepare(drafts, hidden=hidden)",
                "documents = signing.prepare(drafts)",
            ),
            ("prepare-without-limit", "cost=len(asked))", "cost=1)"),
            (
                "batch-one-too-many",
                "    if len(value) > parsers.MAX_BATCH:\n",
                "    if len(value) > parsers.MAX_BATCH + 1:\n",
            ),
            (
                "batch-told-to-everybody",
                "    return replace(outcome, error=visibility.refusal(outcome.error, glns, uris))\n",
                "    return outcome\n",
            ),
            (
                "store-without-scope",
                "permissions.check_scope(permissions.authenticate(request), Scope.EVENTS)",
                "permissions.check_scope(permissions.authenticate(request), Scope.READ)",
            ),
        ],
    ),
    *mutants_of(
        "provenance/views/verify/views.py",
        "provenance/views/test_verify_answers provenance/views/test_verify_page api/test_access",
        [
            (
                "page-of-a-hidden-lot",
                "            visibility.check_seen([] if open_ else visibility.parties_of(request.user), uri)\n",
                "",
            )
        ],
    ),
]
