"""Mutants of the ledger: the Merkle tree, tiles, notes, policies; sequence, integrate,
publish; what is on disk, and what is compared before anything is signed.
"""

from tests.mutants.mutant import mutants_of

MUTANTS = [
    *mutants_of(
        "provenance/core/ledger/merkle.py",
        "core/ledger/test_merkle",
        [
            ("tree-leaf-like-a-node", r'hashlib.sha256(b"\x00" + entry)', "hashlib.sha256(entry)"),
            (
                "tree-proof-too-short",
                '    if last:\n        raise errors.BadProof("the proof is shorter than the tree is high")\n    if hashed',
                "    if hashed",
            ),
            (
                "tree-index-at-its-size",
                '    if not 0 <= index < size:\n        raise errors.BadProof(f"leaf {index} is outside a tree of size {size}")\n    _check',
                "    _check",
            ),
            ("tree-root-unread", "    if hashed != root_hash:\n", "    if not hashed:\n"),
            (
                "tree-two-roots-of-one-size",
                "if old == new and old_root != new_root:",
                "if old > new and old_root != new_root:",
            ),
            ("tree-old-root-unread", "!= (old_root, new_root):", "[1:] != (new_root,):"),
            ("tree-empty-root", "if (old == 0 and old_root != EMPTY_ROOT) or (", "if ("),
            (
                "tree-hash-of-any-length",
                "        if len(hashed) != HASH_BYTES:\n",
                "        if not hashed:\n",
            ),
        ],
    ),
    *mutants_of(
        "provenance/core/ledger/tiles.py",
        "core/ledger/test_tiles",
        [
            ("tiles-edge-unread", "if edge.root() != self.root:", "if edge.size != self.size:"),
            ("tiles-full-tile-unread", "if levels[HEIGHT] != [above]:", "if not levels[HEIGHT]:"),
            (
                "tiles-entries-unread",
                "if leaves != self._pyramid(0, index)[0]:",
                "if len(leaves) != len(self._pyramid(0, index)[0]):",
            ),
            ("tiles-in-any-spelling", "    if tile.path() != path:\n", "    if not path:\n"),
            (
                "tiles-torn-bundle",
                "        if end > len(raw):\n",
                "        if end > len(raw) + 1:\n",
            ),
            (
                "tiles-partial-hashed-upward",
                "            if len(chunk) == FULL:\n",
                "            if len(chunk) <= FULL:\n",
            ),
        ],
    ),
    *mutants_of(
        "provenance/core/ledger/note.py",
        "core/ledger/test_note core/ledger/test_tree_head",
        [
            ("note-id-unread", "if verifier.vkey() != text:", "if not verifier.vkey():"),
            ("note-loose-base64", "if encode_base64(raw) != text:", "if not raw and text:"),
            (
                "note-one-signature-too-many",
                "if not 1 <= len(lines) <= MAX_SIGNATURES:",
                "if len(lines) > MAX_SIGNATURES + 1:",
            ),
            ("note-by-nobody", "    if not verified:\n", "    if verified is None:\n"),
            (
                "note-late-cosignature",
                "if timestamp > MAX_TIMESTAMP:",
                "if timestamp > 2 * MAX_TIMESTAMP + 1:",
            ),
            (
                "note-by-name-alone",
                "by_name.get((line.name, line.key_id))",
                "next((each for (name, _), each in by_name.items() if name == line.name), None)",
            ),
            (
                "note-control-characters",
                r'if any(character < " " and character != "\n" for character in text):',
                "if not text:",
            ),
        ],
    ),
    *mutants_of(
        "provenance/core/ledger/tree_head.py",
        "core/ledger/test_tree_head",
        [
            (
                "head-in-any-spelling",
                "    if head.format() != text:\n",
                "    if not head.format():\n",
            ),
            (
                "head-of-another-ledger",
                "if head.extensions or head.origin != signer.name:",
                "if head.extensions:",
            ),
            (
                "head-with-leading-zero",
                're.compile(r"0|[1-9][0-9]{0,18}")',
                're.compile(r"[0-9]{1,19}")',
            ),
            (
                "head-cosigned-by-any-key",
                "if signer.key_type is not note.KeyType.COSIGNATURE or not",
                "if not",
            ),
        ],
    ),
    *mutants_of(
        "provenance/core/ledger/policy.py",
        "core/ledger/test_policy core/ledger/test_tree_head",
        [
            (
                "policy-any-origin",
                "if not any(log.verifier in signers and log.verifier.name == origin for log in self.logs):",
                "if not any(log.verifier in signers for log in self.logs):",
            ),
            ("policy-one-witness-more", ">= group.threshold:", "> group.threshold:"),
            (
                "policy-one-witness-fewer",
                "sum(member in met for member in group.members) >= group.threshold",
                "sum(member in met for member in group.members) + 1 >= group.threshold",
            ),
            (
                "policy-no-quorum",
                "if self.quorum is not None and self.quorum not in met:",
                "if self.quorum is not None and not met:",
            ),
            (
                "policy-key-twice",
                "if len({verifier.public for verifier in verifiers}) != len(verifiers):",
                "if len(set(verifiers)) != len(verifiers):",
            ),
            (
                "policy-member-twice",
                "if member not in defined or member in members:",
                "if member not in defined:",
            ),
            (
                "policy-key-of-any-type",
                "    if any(verifier.key_type is not key_type for verifier in verifiers):\n",
                "    if not key_type:\n",
            ),
            (
                "policy-opened-without-ledger",
                "        self._check_not_empty()\n        head, opened",
                "        head, opened",
            ),
        ],
    ),
    *mutants_of(
        "provenance/core/ledger/proof.py",
        "core/ledger/test_policy faults/test_record_proofs",
        [
            (
                "proof-file-path-too-long",
                "if len(lines) > MAX_PATH:",
                "if len(lines) > MAX_PATH + 1:",
            ),
            (
                "proof-file-unsigned-head",
                "head, _ = trusted.open(proof.checkpoint)",
                "head = tree_head.parse(note.parse(proof.checkpoint).text)",
            ),
        ],
    ),
    *mutants_of(
        "provenance/services/durable.py",
        "provenance/test_durable",
        [
            ("disk-file-not-flushed", "            file.flush()\n", ""),
            ("disk-file-not-synced", "            os.fsync(file.fileno())\n", ""),
            (
                "disk-folder-not-synced",
                "    for folder in folders:\n        _sync_folder(folder)\n",
                "",
            ),
            (
                "disk-new-folder-not-synced",
                "    for changed in _have_folder(folder):\n        _sync_folder(changed)\n",
                "    _have_folder(folder)\n",
            ),
            (
                "disk-parents-not-synced",
                "        folders |= _have_folder(path.parent)\n",
                "        _have_folder(path.parent)\n        folders.add(path.parent)\n",
            ),
            (
                "disk-written-in-place",
                "        draft.replace(path)\n",
                "        path.write_bytes(draft.read_bytes())\n",
            ),
            ("disk-drafts-stay", "        draft.unlink(missing_ok=True)\n", "        pass\n"),
            ("disk-any-mode", "os.O_EXCL, mode)", "os.O_EXCL)"),
        ],
    ),
    *mutants_of(
        "provenance/services/ledger/lock_store.py",
        "provenance/ledger/test_steps faults/test_ledger_races",
        [
            (
                "lock-store-compares-nothing",
                "            if self.load() != old:\n",
                "            if not new:\n",
            ),
            ("lock-store-unlocked", "            fcntl.flock(lock, fcntl.LOCK_EX)\n", ""),
        ],
    ),
    *mutants_of(
        "provenance/services/ledger/steps.py",
        "provenance/ledger/test_steps provenance/ledger/test_compare faults/test_ledger_races",
        [
            (
                "sequence-unlocked",
                "        lock_sequence(cursor)\n        compared",
                "        compared",
            ),
            (
                "sequence-in-any-order",
                "row_number() OVER (ORDER BY recorded_at, id) AS place",
                "row_number() OVER (ORDER BY id) AS place",
            ),
            ("integrate-without-files", "    ledger.files.write(files)\n", ""),
            (
                "integrate-without-swap",
                "    ledger.lock.swap(compared.signed, signed)\n    # A crash here: signed and",
                "    ledger.lock.swap(ledger.lock.load(), signed)\n    # A crash here: signed and",
            ),
            (
                "publish-unlocked",
                '        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PUBLISH_LOCK])\n',
                "",
            ),
            (
                "publish-no-row",
                "if compared.newest_row != compared.head.size:",
                "if compared.published != compared.head:",
            ),
            (
                "publish-back-in-time",
                "return now if newest is None or newest <= now else newest",
                "return now",
            ),
            (
                "publish-no-checkpoint",
                "if compared.published != compared.head:\n            ledger",
                "if compared.newest_row != compared.head.size:\n            ledger",
            ),
        ],
    ),
    *mutants_of(
        "provenance/services/ledger/compare.py",
        "provenance/ledger/test_compare faults/test_ledger_restore",
        [
            ("rewound-database", "    if sequenced < head.size:\n", "    if sequenced < 0:\n"),
            (
                "rewound-lock-store",
                "    if older.size > reader.size:\n",
                "    if older.size > reader.size and not place:\n",
            ),
            ("other-beginning", "    if root != older.root:\n", "    if not root:\n"),
            ("other-entries", "    _check_last_bundle(reader)\n    return", "    return"),
            (
                "other-note-of-a-row",
                "if row is not None and (row.size, row.root) != (head.size, head.root.hex()):",
                "if row is not None and not row.root:",
            ),
            (
                "gap-in-the-entries",
                "        if index != expected:\n",
                "        if index is None:\n",
            ),
            (
                "published-unread",
                '        ("the published checkpoint", published),\n        ("the newest',
                '        ("the newest',
            ),
        ],
    ),
    *mutants_of(
        "provenance/services/ledger/replay.py",
        "provenance/ledger/test_compare",
        [
            (
                "replay-over-other-entries",
                "            compare.check_entries(start, [digest for index, digest in wanted if index < first])\n",
                "",
            ),
            (
                "replay-past-the-missing",
                "back = [] if missing else _leading_present(lost)",
                "back = _leading_present(lost)",
            ),
        ],
    ),
    *mutants_of(
        "provenance/services/ledger/restored.py",
        "provenance/ledger/test_compare faults/test_ledger_restore api/test_restored",
        [("restored-takes-anything", "if head is None or Event", "if head is not None or Event")],
    ),
    *mutants_of(
        "provenance/services/ledger/__init__.py",
        "provenance/ledger/test_steps provenance/ledger/test_tasks",
        [
            (
                "sweep-forgets-what-was-signed",
                "            steps.publish(ledger) or head\n",
                "            head\n",
            ),
            (
                "health-behind-is-ok",
                "seconds > BEHIND_SWEEPS * settings.CUSTOS_ANCHOR_INTERVAL",
                "seconds > 10 * BEHIND_SWEEPS * settings.CUSTOS_ANCHOR_INTERVAL",
            ),
        ],
    ),
    *mutants_of(
        "provenance/services/ledger/fsck.py",
        "provenance/ledger/test_fsck provenance/ledger/test_fsck_rules",
        [
            ("fsck-no-signature", "        integrity.verify(value)\n", ""),
            ("fsck-no-key", "        keys.check(event, index)\n", ""),
            ("fsck-no-columns", "if columns != _columns(event):", "if not columns:"),
            (
                "fsck-no-rules",
                "            fold.check(event, place, late=row[5])\n",
                "            pass\n",
            ),
            (
                "fsck-no-links",
                "        if _expected(event, contents) != links:\n",
                "        if not links:\n",
            ),
            (
                "fsck-no-order",
                "if last is not None and recorded_at <= last:",
                "if last is not None and recorded_at < last:",
            ),
            (
                "fsck-chains-unread",
                "            if (at, previous) != (position, head):\n",
                "            if at != position:\n",
            ),
            (
                "fsck-any-spelling",
                "    if canonical.serialize(value) != raw:\n",
                "    if not raw:\n",
            ),
            (
                "fsck-revoked-from-the-first",
                "if key is not None and key.revoked not in self._revocations:",
                "if key is not None and key.revoked in self._revocations:",
            ),
        ],
    ),
]
