"""Mutants of what is signed: strict JSON, canonical bytes, texts, keys, proof options."""

from tests.mutants.mutant import mutants_of

MUTANTS = [
    *mutants_of(
        "provenance/core/signing/canonical.py",
        "core/signing/test_canonical faults/test_record_bytes",
        [
            (
                "json-member-twice",
                "if len(members) != len(pairs):",
                "if len(members) > len(pairs):",
            ),
            (
                "json-delicate-numbers-fast",
                r'if b"\\u0000" not in raw and not _DELICATE_NUMBER.search(skeleton):',
                r'if b"\\u0000" not in raw:',
            ),
            (
                "json-escaped-nul-fast",
                r'if b"\\u0000" not in raw and not _DELICATE',
                "if not _DELICATE",
            ),
            (
                "json-orjson-trusted",
                "if ordered == raw or orjson.dumps(value) == raw:",
                "if value is not None:",
            ),
            ("json-depth-by-one", "if depth > MAX_DEPTH:", "if depth > MAX_DEPTH + 1:"),
            ("json-last-surrogate", r'<= character <= "\udfff"', r'<= character < "\udfff"'),
            (
                "json-integer-beyond",
                "abs(int(digits)) > MAX_INTEGER",
                "abs(int(digits)) > MAX_INTEGER + 1",
            ),
            ("json-fraction-in-any-spelling", " or rfc8785.dumps(number) != token.encode():", ":"),
            (
                "json-escaped-text-unchecked",
                r"""    if "\\u" in text:
        _check_text(value)
""",
                "",
            ),
            (
                "canonical-keys-by-code-point",
                "if not written.isascii() and _FOUR_BYTE_CHARACTER.search(written):",
                "if written.isascii() and _FOUR_BYTE_CHARACTER.search(written):",
            ),
            (
                "canonical-keys-by-code-point-read",
                "if ordered and (raw.isascii() or not _FOUR_BYTE_CHARACTER.search(raw)):",
                "if ordered:",
            ),
            (
                "canonical-not-a-number-as-null",
                ' or (b"null" in skeleton and _has_fraction(value))',
                "",
            ),
            (
                "time-without-last-year",
                "if not _EARLIEST <= moment <= _LATEST:",
                "if moment < _EARLIEST:",
            ),
            ("time-written-naive", "if moment.utcoffset() is None:", "if moment is None:"),
        ],
    ),
    *mutants_of(
        "provenance/core/texts.py",
        "core/test_texts",
        [
            (
                "text-of-any-normal-form",
                'if not unicodedata.is_normalized("NFC", text):',
                "if not text:",
            ),
            (
                "text-joiner-after-any-letter",
                "return _script(before) == _script(after) in _JOINING",
                "return _script(before) in _JOINING",
            ),
            ("text-ascii-controls", "if not text.isprintable():", "if not text:"),
        ],
    ),
    *mutants_of(
        "provenance/core/signing/integrity.py",
        "core/signing/test_integrity faults/test_record_proofs",
        [
            (
                "proof-hashes-swapped",
                "hashlib.sha256(config_form).digest() + hashlib.sha256(unsecured_form).digest()",
                "hashlib.sha256(unsecured_form).digest() + hashlib.sha256(config_form).digest()",
            ),
            (
                "proof-of-any-purpose",
                'proof["cryptosuite"], proof["proofPurpose"])',
                'proof["cryptosuite"], proof_purpose)',
            ),
            (
                "proof-of-any-suite",
                'proof["type"], proof["cryptosuite"],',
                'proof["type"], CRYPTOSUITE,',
            ),
            ("proof-of-any-type", '(proof["type"], proof', "(PROOF_TYPE, proof"),
            (
                "proof-context-half-checked",
                '!= ("@context" in document) or proof',
                '!= ("@context" in document) and proof',
            ),
            (
                "proof-with-more-members",
                "if members not in (_PROOF_MEMBERS_WITH_CONTEXT, _PROOF_MEMBERS):",
                "if not members >= _PROOF_MEMBERS:",
            ),
            ("proof-created-unread", '    canonical.parse_timestamp(proof["created"])\n', ""),
            (
                "proof-cut-out-twice",
                'b",") == 1 and "type" in document',
                'b",") >= 1 and "type" in document',
            ),
            ("proof-member-cut-out-twice", "form.count(member) == 1", "form.count(member) >= 1"),
            ("proof-names-nobody", "if not controller:", "if controller is None:"),
        ],
    ),
    *mutants_of(
        "provenance/core/signing/keys.py",
        "core/signing/test_keys",
        [
            (
                "key-weak",
                "if not bindings.crypto_core_ed25519_is_valid_point(raw):",
                "if not any(raw):",
            ),
            ("key-of-any-codec", "if not raw.startswith(codec) or len(raw)", "if len(raw)"),
            (
                "signature-of-any-length",
                "if len(public) != PUBLIC_BYTES or len(signature) != SIGNATURE_BYTES:",
                "if len(public) != PUBLIC_BYTES:",
            ),
            ("possession-by-any-party", r"v1\n{party_did}\n{public", r"v1\n{public"),
            ("possession-of-any-key", r"{party_did}\n{public_multibase}\n", r"{party_did}\n"),
            (
                "possession-line-break",
                r'if "\n" in party_did or "\n" in public_multibase:',
                r'if "\n" in public_multibase:',
            ),
            (
                "base58-without-limit",
                "if not text.isascii() or len(text) > _LONGEST_BASE58:",
                "if not text.isascii():",
            ),
        ],
    ),
]
