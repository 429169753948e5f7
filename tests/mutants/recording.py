"""Mutants of capture: what is read, loaded, decided and stored; idempotency; kept keys; the
check of what is stored.
"""

from tests.mutants.mutant import mutants_of

CAPTURE = (
    "provenance/record/test_capture provenance/record/test_capture_faults"
    " provenance/record/test_capture_faults_keys provenance/record/test_capture_time"
)
TOGETHER = "provenance/record/test_concurrency faults/test_record_heads"

MUTANTS = [
    *mutants_of(
        "provenance/services/record/capture/read.py",
        f"provenance/record/test_epcis_schema {CAPTURE}",
        [
            ("capture-no-signature", "        keys.verify(*signature)\n", "        pass\n"),
            (
                "capture-any-event-id",
                '        event_hash.check_event_id(document["credentialSubject"])\n',
                "        pass\n",
            ),
            (
                "capture-any-host",
                "canonical.digest(text), host=host,",
                "canonical.digest(text), host=None,",
            ),
            ("capture-any-size", "        _check_size(text)\n", ""),
            ("capture-no-schema", "        epcis_schema.check_event(body)\n", "        pass\n"),
            ("capture-any-last-day", "    use_by.check(body)\n", ""),
            (
                "capture-unknown-characters",
                "        texts.check_known(document)\n",
                "        pass\n",
            ),
            (
                "capture-time-as-schema",
                'if str(error.extra["pointer"]).endswith(_TIMES):',
                'if not error.extra["pointer"]:',
            ),
        ],
    ),
    *mutants_of(
        "provenance/services/record/capture/decide.py",
        f"{CAPTURE} provenance/registry/test_rights provenance/registry/test_lookalikes",
        [
            ("capture-any-key", "    check_key(event, loaded, registrar)\n", ""),
            ("capture-time-ahead", "    check_time(event, clock)\n", ""),
            (
                "capture-time-ahead-of-the-act",
                "newest = max(event.event_time, event.created)",
                "newest = event.created",
            ),
            (
                "capture-time-ahead-twice",
                "if newest > clock.now + clock.max_ahead:",
                "if newest > clock.now + 2 * clock.max_ahead:",
            ),
            (
                "capture-no-rules",
                "    transition.check(event, before, loaded, registrar=registrar)\n",
                "",
            ),
            ("capture-licence-of-two-rights", "    _check_unique(event, loaded)\n", ""),
            ("capture-name-like-a-brand", "    loaded.names.check(event, loaded)\n", ""),
            ("capture-batch-in-the-old-state", "    loaded.take(event, after, at)\n", ""),
            (
                "capture-late-by-the-signature",
                "clock.late_after, recorded_at=at)",
                "clock.late_after)",
            ),
        ],
    ),
    *mutants_of(
        "provenance/services/record/capture/bounds.py",
        "faults/test_record_growth",
        [
            (
                "bound-one-key-more",
                "self.keys[body.party] >= MAX_KEYS:",
                "self.keys[body.party] > MAX_KEYS:",
            ),
            (
                "bound-one-event-more",
                "self.events[uri, event.issuer] >= MAX_EVENTS:",
                "self.events[uri, event.issuer] > MAX_EVENTS:",
            ),
            (
                "bound-revoked-keys-count",
                "WHERE party_gln = ANY(%s) AND revoked_at IS NULL",
                "WHERE party_gln = ANY(%s)",
            ),
            (
                "bound-revoked-keys-count-in-a-batch",
                "+= 1 if state.revoked is None else -1",
                "+= 1",
            ),
            (
                "bound-of-all-days",
                "        WHERE s.uri = ANY(%(uris)s) AND e.recorded_at >= %(day)s\n",
                "        WHERE s.uri = ANY(%(uris)s)\n",
            ),
            (
                "bound-not-within-a-batch",
                "            self.events[uri, event.issuer] += 1\n",
                "            pass\n",
            ),
            (
                "bound-asked-too-late",
                "and state.position + count >= MAX_EVENTS",
                "and state.position + count > MAX_EVENTS + 1",
            ),
        ],
    ),
    *mutants_of(
        "provenance/services/record/capture/pipeline.py",
        f"{CAPTURE} {TOGETHER}",
        [
            (
                "capture-part-of-a-batch",
                "if decisions and (proceed or not any(outcome.error for outcome in outcomes)):",
                "if decisions:",
            ),
            (
                "capture-part-of-an-unread-batch",
                "if not live or (len(live) < len(readings) and not proceed):",
                "if not live:",
            ),
            ("capture-gives-up-at-once", '{"23505", "40001", "40P01"}', '{"40001", "40P01"}'),
            (
                "capture-order-of-the-clock",
                "return now if newest is None else max(now, newest + _TICK)",
                "return now",
            ),
            ("capture-at-one-moment", "            at += _TICK\n", ""),
            ("capture-claims-by-the-clock", "    if with_claims:\n", "    if not newest:\n"),
            (
                "capture-full-disk",
                '_READ_ONLY: Final = frozenset({"53100", "25006"})',
                '_READ_ONLY: Final = frozenset({"53100"})',
            ),
            (
                "capture-twice-is-refused",
                "        if receipt.error and receipt.digest in repeated\n",
                "        if receipt.error is None and receipt.digest in repeated\n",
            ),
        ],
    ),
    *mutants_of(
        "provenance/services/record/capture/load.py",
        f"{TOGETHER} {CAPTURE}",
        [
            ("capture-heads-unlocked", "    ORDER BY id FOR NO KEY UPDATE\n", "    ORDER BY id\n"),
            (
                "capture-locks-in-any-order",
                "    ORDER BY id FOR NO KEY UPDATE\n",
                "    FOR NO KEY UPDATE\n",
            ),
            ("capture-consulted-unlocked", "    ORDER BY id FOR SHARE\n", "    ORDER BY id\n"),
            (
                "capture-claims-lock-late",
                "list(moved | consulted if changing else moved)",
                "list(moved)",
            ),
            (
                "capture-foreign-hold-unread",
                "if Consult.HOLDING_AUTHORITY in consults and goods.customs_hold_by:",
                "if Consult.CONTAINERS in consults and goods.customs_hold_by:",
            ),
            (
                "capture-corrections-unordered",
                "reasons = (*original.reasons, reason)",
                "reasons = (reason,)",
            ),
        ],
    ),
    *mutants_of(
        "provenance/services/record/capture/store.py",
        f"{TOGETHER}",
        [
            (
                "capture-over-any-head",
                "WHERE s.id = n.id AND s.head_digest = n.expected",
                "WHERE s.id = n.id",
            ),
            (
                "capture-heads-that-moved",
                "        if cursor.rowcount != len(old):\n",
                "        if cursor.rowcount > len(old):\n",
            ),
        ],
    ),
    *mutants_of(
        "provenance/services/record/capture/refusals.py",
        "provenance/record/test_capture",
        [
            (
                "refusal-without-a-row",
                "    if not refused or not room.is_left():\n",
                "    if refused or not room.is_left():\n",
            )
        ],
    ),
    *mutants_of(
        "provenance/services/room.py",
        "faults/test_database_disk",
        [
            (
                "disk-reserve-of-bytes",
                "settings.CUSTOS_DISK_RESERVE * MEGABYTE",
                "settings.CUSTOS_DISK_RESERVE",
            )
        ],
    ),
    *mutants_of(
        "provenance/services/record/idempotency.py",
        "api/test_idempotency api/test_events",
        [
            (
                "idempotency-any-request",
                "        if stored.request_hash != request:\n",
                "        if not stored.request_hash:\n",
            ),
            ("idempotency-unlocked", "    if not _lock(scope, key):\n", "    if not scope:\n"),
            (
                "idempotency-refusals-kept",
                "    if answer.status < 400:\n",
                "    if answer.status:\n",
            ),
            (
                "idempotency-parts-run-together",
                'len(part).to_bytes(8, "big") + part for part in parts',
                "part for part in parts",
            ),
            (
                "idempotency-key-of-any-length",
                "if not 0 < len(key) <= MAX_KEY or not all(",
                "if not all(",
            ),
            (
                "idempotency-of-all-callers",
                "objects.filter(scope=scope, key=key).first()",
                "objects.filter(key=key).first()",
            ),
            (
                "idempotency-purges-the-new",
                "created_at__lt=timezone.now() - KEPT",
                "created_at__lt=timezone.now()",
            ),
            ("idempotency-keeps-nothing", "IdempotencyKey.objects.create(", "IdempotencyKey("),
        ],
    ),
    *mutants_of(
        "provenance/api/base.py",
        "api/test_events api/test_acts api/test_access",
        [
            (
                "idempotency-without-the-body",
                "request_hash(*(part.encode() for part in head), body)",
                "request_hash(*(part.encode() for part in head))",
            ),
            ("idempotency-without-the-query", 'request.META.get("QUERY_STRING", ""))\n', '"")\n'),
            ("idempotency-one-scope", "scope=caller.name, key=key", 'scope="api", key=key'),
            (
                "api-any-scope",
                "return [AllowAny() if scope is None else permissions.HasScope(scope)]",
                "return [AllowAny()]",
            ),
            (
                "api-reads-without-read",
                "if caller is not None and Scope.READ in caller.scopes else None",
                "if caller is not None else None",
            ),
        ],
    ),
    *mutants_of(
        "provenance/services/keyring.py",
        "provenance/registry/test_keyring provenance/registry/test_parties",
        [
            (
                "kept-key-of-another-row",
                "encrypted[NONCE_BYTES:], name.encode())",
                "encrypted[NONCE_BYTES:], b'')",
            ),
            ("kept-key-of-any-purpose", "        if authority.may_sign(key.state, kind)\n", ""),
            ("kept-key-the-oldest", 'order_by("-valid_from")', 'order_by("valid_from")'),
            (
                "kept-key-of-one-nonce",
                "    nonce = os.urandom(NONCE_BYTES)\n",
                "    nonce = bytes(NONCE_BYTES)\n",
            ),
        ],
    ),
    *mutants_of(
        "provenance/services/record/events.py",
        "provenance/check/test_verification provenance/record/test_states faults/test_record_broken",
        [
            (
                "stored-under-any-digest",
                "    if canonical.digest(raw) != digest:\n",
                "    if not digest:\n",
            )
        ],
    ),
    *mutants_of(
        "provenance/services/check/verification.py",
        "provenance/check/test_verification faults/test_record_broken faults/test_record_growth provenance/check/test_bundles_served",
        [
            (
                "page-red-for-our-disk",
                "return Verdict.CANNOT_CHECK_NOW if unreadable else Verdict.BROKEN_RECORD",
                "return Verdict.BROKEN_RECORD",
            )
        ],
    ),
    *mutants_of(
        "provenance/services/check/gather.py",
        "provenance/check/test_verification faults/test_record_broken faults/test_record_growth provenance/check/test_bundles_served provenance/check/test_verification_meanwhile",
        [
            (
                "page-of-any-links",
                "if link is None or (link.position, link.previous) != (row.position, row.previous):",
                "if link is None:",
            ),
            (
                "page-of-a-shorter-chain",
                "                _check_end(subject, chains[uri])\n",
                "                pass\n",
            ),
            (
                "page-of-another-end",
                "chain[-1].digest == subject.head_digest",
                "bool(subject.head_digest)",
            ),
            (
                "page-of-too-much",
                "        if links > MAX_RECORDS:\n",
                "        if links > 10 * MAX_RECORDS:\n",
            ),
            (
                "page-of-too-many-bytes",
                "        if self.bytes + size > MAX_BYTES:\n",
                "        if size < 0:\n",
            ),
            ("page-of-two-moments", "            _see_one_moment()\n", "            pass\n"),
            (
                "page-late-by-the-bundle-alone",
                "for row in rows if row.late}",
                "for row in rows[:0]}",
            ),
            (
                "page-with-the-other-items",
                "seals.openings(loader.events[digest].document, digest, link.seed, [link.row])",
                "sealed.openings(seals.seals_of([UUID(row.id)])[UUID(row.id)].contents(loader.events[digest].document))",
            ),
            (
                "page-with-the-sealed-members",
                "sealed.openings(contents)[: len(contents.links)]",
                "sealed.openings(contents)",
            ),
            ("page-of-too-many-openings", "    if count > MAX_OPENINGS:\n", "    if count < 0:\n"),
        ],
    ),
]
