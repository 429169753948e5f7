"""Mutants of the names of things: GS1 check digits and prefixes, Digital Links, subjects,
event hashes, and the shape of documents.
"""

from tests.mutants.mutant import mutants_of

MUTANTS = [
    *mutants_of(
        "provenance/core/gs1/identifiers.py",
        "core/gs1/test_identifiers core/record/test_prefixes",
        [
            (
                "check-digit-weights-swapped",
                "3 * sum(values[-1::-2]) + sum(values[-2::-2])",
                "sum(values[-1::-2]) + 3 * sum(values[-2::-2])",
            ),
            ("check-digit-too-small", "if text[-1] != expected:", "if text[-1] > expected:"),
            (
                "prefix-at-the-indicator",
                "number.startswith(prefix, 1)",
                "number.startswith(prefix)",
            ),
            ("serial-too-long", "{{1,20}}", "{{1,21}}"),
            (
                "prefix-too-short",
                '_PREFIX: Final = re.compile(r"[0-9]{4,12}")',
                '_PREFIX: Final = re.compile(r"[0-9]{3,12}")',
            ),
            (
                "serial-of-little-entropy",
                "if len(entropy) * 8 < length * 5:",
                "if len(entropy) < length // 2:",
            ),
        ],
    ),
    *mutants_of(
        "provenance/core/gs1/digital_link.py",
        "core/gs1/test_digital_link",
        [
            ("link-too-long", "if len(uri) > MAX_LENGTH or _URI_TEXT", "if _URI_TEXT"),
            ("link-of-any-characters", " or _URI_TEXT.fullmatch(uri) is None:", ":"),
            ("link-attribute-twice", "if name in seen:", "if name in path_codes:"),
            (
                "link-path-unchecked",
                "    for code, value in padded:\n        ai.TABLE[code].check(value)\n",
                "",
            ),
            (
                "link-qualifier-in-the-query",
                "    if not row.attribute:",
                "    if row.attribute is None:",
            ),
            ("link-plus-unread", 'decode(encoded.replace("+", " "))', "decode(encoded)"),
        ],
    ),
    *mutants_of(
        "provenance/core/gs1/subjects.py",
        "core/gs1/test_subjects",
        [
            (
                "subject-in-two-spellings",
                "if subject.uri != uri:",
                "if subject.uri.lower() != uri.lower():",
            ),
            (
                "subject-item-before-lot",
                'case "01" if "21" in values:',
                'case "01" if "21" in values and "10" not in values:',
            ),
        ],
    ),
    *mutants_of(
        "provenance/core/epcis/event_hash.py",
        "core/epcis/test_event_hash",
        [
            (
                "hash-in-the-order-written",
                'body = "".join(sorted(entries))',
                'body = "".join(entries)',
            ),
            ("hash-without-places-extensions", " and not _NESTING & event.keys():", ":"),
            ("hash-without-unit", '("epcClass", "quantity", "uom")', '("epcClass", "quantity")'),
            (
                "hash-of-any-event",
                'if event.get("eventID") != expected:',
                'if not event.get("eventID"):',
            ),
        ],
    ),
    *mutants_of(
        "provenance/core/record/reading.py",
        "core/record/test_reading core/record/test_reading_goods faults/test_record_binding",
        [
            (
                "event-for-another-host",
                "if host is not None and bound_host != host:",
                "if bound_host is None:",
            ),
            ("event-with-anothers-key", "if did != issuer or not key:", "if not key:"),
            (
                "event-in-other-contexts",
                'if tuple(_strings(document["@context"])) != CONTEXT:',
                'if not set(_strings(document["@context"])) >= set(CONTEXT):',
            ),
            (
                "event-signed-at-two-times",
                'if _text(document, "validFrom") != proof["created"]:',
                'if not _text(document, "validFrom"):',
            ),
            (
                "event-links-fewer",
                "if len(links) != len(named) or {link.subject for link in links} != named:",
                "if not {link.subject for link in links} <= named:",
            ),
            ("event-links-twice", "if len(links) != len(named) or {", "if {"),
            ("event-evidence-larger", "if size > MAX_EVIDENCE:", "if size > MAX_EVIDENCE + 1:"),
            (
                "event-issuer-check-digit",
                "issuer_uri = gs1.party_uri(gln)",
                'issuer_uri = f"https://id.gs1.org/417/{gln}"',
            ),
            (
                "event-unit-holds-itself",
                "        if parent in goods.subjects:\n",
                "        if parent is None:\n",
            ),
        ],
    ),
]
