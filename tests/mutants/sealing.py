"""Mutants of what is sealed: the tree of an event, its openings, the counts of its classes, the
seed of its salts, what is stored of it, and the parties that it is opened for.
"""

from tests.mutants.mutant import mutants_of

SEALED = "core/record/test_sealed core/record/test_moved core/record/test_sealed_flips"

MUTANTS = [
    *mutants_of(
        "provenance/core/record/sealed.py",
        f"{SEALED} core/record/test_sealed_json core/check/test_bundle_sealed",
        [
            ("sealed-in-any-order", "if any(after <= before for before", "if any(False for before"),
            (
                "sealed-twice",
                "if any(after <= before for before",
                "if any(after < before for before",
            ),
            (
                "sealed-order-of-openings-unread",
                "    _check_order(links, members)\n    _check_values(members)\n    return",
                "    _check_values(members)\n    return",
            ),
            (
                "sealed-root-unread",
                "if contents.tree[0] != commitment:",
                "if contents.tree[0].leaves != commitment.leaves:",
            ),
            (
                "sealed-count-unread",
                "if contents.tree[0] != commitment:",
                "if contents.tree[0].root != commitment.root:",
            ),
            (
                "sealed-path-unread",
                "            merkle.check_inclusion(_hashes(opening.path), size, root, opening.index, hashed)\n",
                "            _hashes(opening.path), size, root, hashed\n",
            ),
            (
                "sealed-member-as-a-link",
                "if is_link != (opening.index < commitment.count):",
                "if is_link and opening.index >= commitment.leaves:",
            ),
            (
                "sealed-one-salt-for-two",
                "if len({opening.salt for opening in shown}) != len(shown):",
                "if len({opening.index for opening in shown}) != len(shown):",
            ),
            (
                "sealed-one-salt-for-all",
                'LABEL + index.to_bytes(4, "big"), "sha256"',
                'LABEL, "sha256"',
            ),
            ("sealed-short-seed", "if len(contents.seed) != SEED_BYTES:", "if not contents.seed:"),
            (
                "sealed-one-link-more",
                "    if links > MAX_LINKS:\n",
                "    if links > MAX_LINKS + 1:\n",
            ),
            ("sealed-leaf-like-a-node", 'hashlib.sha256(b"\\x00" + raw)', "hashlib.sha256(raw)"),
            (
                "sealed-without-role",
                'role = "" if sealed.role is None else',
                'role = "" if sealed.role else',
            ),
            (
                "sealed-members-of-any-size",
                "    if size > MAX_MEMBER_BYTES:\n",
                "    if size > 2 * MAX_MEMBER_BYTES:\n",
            ),
        ],
    ),
    *mutants_of(
        "provenance/core/record/moved.py",
        f"{SEALED} core/record/test_reading_goods",
        [
            (
                "counted-otherwise-than-sealed",
                "if counted != sealed or (counted and alone):",
                "if counted and alone:",
            ),
            (
                "counted-alone",
                "if counted != sealed or (counted and alone):",
                "if counted != sealed:",
            ),
            (
                "counted-of-another-class",
                "if any(shown[uri] > side.classes.get(uri, 0) for uri in shown):",
                "if shown.total() > side.counted:",
            ),
            ("items-in-clear", "    if clear and not alone:\n", "    if not clear and alone:\n"),
            (
                "sealed-units",
                "if subject.kind is not gs1.SubjectKind.ITEM:",
                "if not subject.kind:",
            ),
            (
                "class-on-both-sides",
                "if not inputs.named.keys().isdisjoint(outputs.named):",
                "if inputs.named is outputs.named:",
            ),
        ],
    ),
    *mutants_of(
        "provenance/core/record/sealed_json.py",
        "core/record/test_sealed_json core/record/test_sealed",
        [
            (
                "sealed-path-of-any-length",
                '_list(value["path"], MAX_PATH)',
                '_list(value["path"], 64)',
            ),
            (
                "sealed-uri-with-escapes",
                "    if not _PLAIN.match(link.subject):\n",
                "    if not link.subject:\n",
            ),
            ("sealed-hex-of-any-case", "or not _HEX.match(value):", "or not value.isalnum():"),
        ],
    ),
    *mutants_of(
        "provenance/core/record/reading.py",
        "core/record/test_reading core/record/test_sealed core/record/test_reading_goods core/record/test_view",
        [
            (
                "members-in-clear",
                "        if view.has(body, member):\n",
                "        if not member:\n",
            ),
            (
                "sealed-by-a-claim",
                '    if commitment is not None:\n        raise errors.BadOpening("a reg',
                '    if not links:\n        raise errors.BadOpening("a reg',
            ),
        ],
    ),
    *mutants_of(
        "provenance/services/check/disclosure.py",
        "api/test_access api/test_told provenance/record/test_capture_sealed provenance/check/test_bundles_served",
        [
            (
                "opened-to-every-holder",
                "if gln in (event.issuer, event.receiver) or visibility.is_customs([gln]):",
                "if gln:",
            ),
            (
                "opened-to-the-signer-alone",
                "if gln in (event.issuer, event.receiver) or",
                "if gln == event.issuer or",
            ),
            (
                "opened-to-no-authority",
                "if gln in (event.issuer, event.receiver) or visibility.is_customs([gln]):",
                "if gln in (event.issuer, event.receiver):",
            ),
            (
                "opened-members-to-a-holder",
                "if isinstance(opening.leaf, SealedLink) and opening.leaf.link.subject in held",
                "if not isinstance(opening.leaf, SealedLink) or opening.leaf.link.subject in held",
            ),
        ],
    ),
    *mutants_of(
        "provenance/services/seals.py",
        "provenance/record/test_capture_sealed provenance/registry/test_keyring",
        [
            (
                "seed-of-another-event",
                "stored[_NONCE_BYTES:], digest.encode())",
                "stored[_NONCE_BYTES:], b'')",
            ),
            (
                "seed-of-any-event",
                "seed, digest.encode())\n\n\ndef decrypt",
                "seed, b'')\n\n\ndef decrypt",
            ),
            (
                "seed-under-one-nonce",
                "    nonce = os.urandom(_NONCE_BYTES)\n",
                "    nonce = bytes(_NONCE_BYTES)\n",
            ),
            (
                "seed-in-clear",
                "    return nonce + _cipher(key).encrypt(nonce, seed, digest.encode())\n",
                "    return nonce + seed + bytes(16)\n",
            ),
        ],
    ),
]
