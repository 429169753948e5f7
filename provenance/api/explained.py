"""The words and examples of the OpenAPI document: for each operation its tag, its summary
in one line, and an example of its body and of its answer.

`tests/api/test_schema.py` holds every example against the shape that the operation
declares.
"""

from typing import Any, Final, NamedTuple

Example = dict[str, Any] | list[Any] | str


class Explained(NamedTuple):
    """The words of an operation in `/api/docs/`, besides its shapes."""

    tag: str
    summary: str
    answer: Example
    body: Example | None = None


TAGS: Final = {
    "index": "where everything is",
    "verdicts": "the answer of the verify page, for programs",
    "events": "signed events: prepare, store, read, prove",
    "acts": "acts signed with the key that is kept here for a party",
    "goods": "subjects, their bundles and labels, shipments",
    "registry": "parties, their keys, and products",
    "declarations": "customs declarations",
}

_ITEM: Final = "https://id.gs1.org/01/09520000000004/21/7K3M9QZX"
_PALLET: Final = "https://id.gs1.org/00/095200000000000011"
_MAKER, _CARRIER, _GTIN = "9520000000028", "9520000000035", "09520000000004"
_DIGEST: Final = "5f0c6a3f6d0b3f0f1b0c5a1e6b9a7d8e2c4f6081a3b5c7d9e1f3052749688bad"
_KEY: Final = "z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH"
_TIME: Final = "2026-11-22T08:00:00+00:00"
_PLACE: Final = {"country": "CN", "name": "Yantian", "locode": "CNYTN"}
_DOCUMENT: Final = {
    "type": ["VerifiableCredential", "CustosEvent"],
    "issuer": f"did:web:custos.example:parties:{_MAKER}",
    "validFrom": "2026-11-22T00:00:00Z",
    "credentialSubject": {"type": "ObjectEvent", "epcList": [_ITEM]},
    "chain": [{"subject": _ITEM, "position": 0, "previous": None}],
    "proof": {"type": "DataIntegrityProof", "proofValue": "z3…"},
}
_EVENT: Final = {
    "digest": _DIGEST,
    "kind": "commission",
    "issuer": _MAKER,
    "event_time": _TIME,
    "recorded_at": _TIME,
    "late": False,
    "ledger_index": 41,
    "document": _DOCUMENT,
}
_EVENTS: Final = {"results": [_EVENT], "next": None}
_INTENT: Final = {
    "subjects": [{"uri": _PALLET}],
    "receiver": _CARRIER,
    "time": "2026-11-22T08:00:00+08:00",
    "place": _PLACE,
    "reference": "DN-1",
}
_PARTY: Final = {
    "gln": _CARRIER,
    "name": "Blue Heron",
    "country": "NL",
    "roles": ["carrier"],
    "prefixes": ["9520003"],
}
_KEY_BODY: Final = {
    "public_key": _KEY,
    "possession": "z5aXb…",
    "purpose": "goods",
    "custody": "external",
}
_KEY_ROW: Final = {
    "public_key": _KEY,
    "purpose": "goods",
    "custody": "external",
    "valid_from": _TIME,
    "enrolled_by": _KEY,
    "revoked_at": None,
    "reason": "",
}
_PRODUCT: Final = {
    "gtin": _GTIN,
    "name": "Tea caddy",
    "brand": "Lantern",
    "hs_code": "691110",
    "origin": "CN",
    "rights": [],
}
_RECALL: Final = {
    "since": _TIME,
    "lots": [f"https://id.gs1.org/01/{_GTIN}/10/L-2026-11"],
    "commissioned_from": "2026-11-01",
    "commissioned_until": "2026-11-30",
    "reason": "The lid can break.",
    "advice": "Do not use it; bring it back.",
    "contact": "recalls@lantern.example",
}
_SHIPMENT: Final = {
    "id": "0192f0c1-0000-7000-8000-000000000000",
    "reference": "DN-1",
    "sender": _MAKER,
    "receiver": _CARRIER,
    "logistic_unit": _PALLET,
    "created_at": _TIME,
}
_DECLARED: Final[dict[str, Any]] = {
    "procedure": "import",
    "declaration_office": "NLRTM",
    "consignor": _MAKER,
    "consignee": _CARRIER,
    "classification": "691110",
    "description": "Tea caddies of porcelain",
    "origin": "CN",
    "tariff_quantity": "480",
    "gross_mass": "212.5",
    "invoice_amount": "9600",
    "currency": "EUR",
    "export_country": "CN",
    "destination_country": "NL",
    "transport_mode": "1",
    "routing_countries": ["SG"],
    "expected_arrival": _TIME,
    "shipment": "DN-1",
    "goods": [_PALLET],
    "seals": ["CN-881204"],
    "documents": [{"type": "380", "number": "INV-7", "digest": _DIGEST}],
}
_NUMBERED: Final = {"authority": "9520000000059", "number": "26NL0000001"}
_VERSION: Final = {**_DECLARED, "version": 1, "entered_at": _TIME, "way": "api", "reason": ""}
_DECLARATION: Final = {
    **_VERSION,
    **_NUMBERED,
    "id": "0192f0c1-0000-7000-8000-000000000001",
    "declarant": _CARRIER,
}
_AMENDED: Final = {**_DECLARATION, "version": 2, "reason": "weighed again", "gross_mass": "213"}

OPERATIONS: Final[dict[str, Explained]] = {
    "get_index": Explained(
        "index",
        "List the endpoints, and where they are explained",
        {
            "documentation": "https://custos.example/api/docs/",
            "documents": "https://custos.example/docs/",
            "schema": "https://custos.example/api/schema/",
            "error_codes": "https://custos.example/api/errors/",
            "endpoints": [{"path": "/api/v1/verdicts", "methods": {"GET": None}}],
        },
    ),
    "get_verdict": Explained(
        "verdicts",
        "Check the record of a subject now",
        {
            "uri": _ITEM,
            "verdict": "CHECK_NEEDED",
            "reasons": [{"code": "not-anchored", "params": {"count": "1"}}],
            "issuer": _MAKER,
            "situation": "with_custodian",
            "use_by": None,
            "state": {"situation": "with_custodian", "custodian": _MAKER, "pending_receiver": None},
            "loop": {"state": "open", "reasons": [{"code": "not-ended", "params": {}}]},
            "events": {"count": 1, "signers": 1, "anchored": 0, "late": 0, "corrected": 0},
            "tree_head": {"size": 41, "newest": _TIME},
            "lot": None,
            "steps": [{"number": 0, "title": "strict parse", "outcome": "ok", "code": ""}],
            "incident": None,
        },
    ),
    "list_events": Explained("events", "List your own events, newest first", _EVENTS),
    "store_events": Explained(
        "events",
        "Store one signed event, or an array of up to 1,000",
        {"digest": _DIGEST, "stored": True},
        _DOCUMENT,
    ),
    "prepare_events": Explained(
        "events",
        "Write acts and registry claims as documents for your own key to sign",
        {
            "document": {name: of for name, of in _DOCUMENT.items() if name != "proof"},
            "proof": {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022"},
            "sign": _DIGEST * 2,
        },
        {"kind": "hand_over", "public_key": _KEY, **_INTENT},
    ),
    "get_event": Explained("events", "Read one event, as far as you may", _EVENT),
    "get_event_proof": Explained(
        "events",
        "Prove that an event is in the ledger",
        "c2sp.org/tlog-proof@v1\nindex 41\n…\n\ncustos.example/ledger\n42\n…\n",
    ),
    "act": Explained(
        "acts",
        "Record an act on goods, signed with your kept key",
        {"digest": _DIGEST, "stored": True},
        _INTENT,
    ),
    "get_subject": Explained(
        "goods",
        "Read the situation of a subject, and its events",
        {
            "uri": _ITEM,
            "kind": "item",
            "gtin": _GTIN,
            "head": {"position": 0, "digest": _DIGEST},
            "situation": "with_custodian",
            "custodian": _MAKER,
            "pending_receiver": "",
            "container": "",
            "lot": "",
            "recalled": False,
            "stolen": False,
            "closed_at": None,
            "verdict": "RECORDS_CHECK_OUT",
            "incident": None,
            "events": _EVENTS,
        },
    ),
    "get_bundle": Explained(
        "goods",
        "Download all that is needed to check a record without us",
        {
            "type": "CustosBundle",
            "version": "1",
            "subject": _ITEM,
            "trust": {},
            "trustDigest": _DIGEST,
            "records": [{"document": _DOCUMENT, "proof": None}],
        },
    ),
    "get_label": Explained(
        "goods", "Print the label of goods of yours", '<svg xmlns="http://www.w3.org/2000/svg"/>'
    ),
    "print_labels": Explained(
        "goods",
        "Print labels for up to 1,000 goods of yours",
        "^XA\n^PW1181^LL591\n^FO0,0^GFA,…^FS\n^XZ\n",
        {"subjects": [{"uri": _ITEM}], "sheet": "a4-3x7", "skip": 0},
    ),
    "list_shipments": Explained(
        "goods", "List the shipments you send or receive", {"results": [_SHIPMENT], "next": None}
    ),
    "get_shipment": Explained(
        "goods",
        "Read one shipment with its lines",
        {**_SHIPMENT, "lines": [{"uri": _ITEM, "quantity": "1"}]},
    ),
    "list_parties": Explained(
        "registry", "List the registered parties", {"results": [_PARTY], "next": None}
    ),
    "register_party": Explained(
        "registry", "Register a party (the registrar)", _PARTY, {**_PARTY, "keep_key": True}
    ),
    "get_party": Explained("registry", "Read one party", _PARTY),
    "amend_party": Explained(
        "registry",
        "Amend a party (the registrar)",
        _PARTY,
        {name: of for name, of in _PARTY.items() if name != "gln"},
    ),
    "list_keys": Explained(
        "registry", "List the keys of a party", {"results": [_KEY_ROW], "next": None}
    ),
    "add_key": Explained("registry", "Enrol a key of a party", _KEY_ROW, _KEY_BODY),
    "revoke_key": Explained(
        "registry",
        "Revoke a key of a party",
        {**_KEY_ROW, "revoked_at": _TIME, "reason": "superseded"},
        {"reason": "superseded"},
    ),
    "list_products": Explained(
        "registry",
        "List the registered products",
        {"results": [{**_PRODUCT, "owner": _MAKER}], "next": None},
    ),
    "register_product": Explained(
        "registry", "Register a product of yours", {**_PRODUCT, "owner": _MAKER}, _PRODUCT
    ),
    "list_recalls": Explained("registry", "List the recalls of a product", {"results": [_RECALL]}),
    "recall_product": Explained(
        "registry",
        "Recall a product of yours, or some lots or days of it",
        _RECALL,
        {name: of for name, of in _RECALL.items() if name != "since"} | {"lots": ["L-2026-11"]},
    ),
    "get_product": Explained("registry", "Read one product", {**_PRODUCT, "owner": _MAKER}),
    "list_declarations": Explained(
        "declarations",
        "List the declarations you entered, or that were declared to you",
        {"results": [_DECLARATION], "next": None},
    ),
    "enter_declaration": Explained(
        "declarations", "Declare goods to a customs authority", _DECLARATION, _DECLARED | _NUMBERED
    ),
    "get_declaration": Explained(
        "declarations",
        "Read one declaration with its history",
        {**_DECLARATION, "versions": [_VERSION]},
    ),
    "amend_declaration": Explained(
        "declarations",
        "Amend a declaration of yours, with a reason",
        _AMENDED,
        _DECLARED | {"gross_mass": "213", "reason": "weighed again"},
    ),
}
