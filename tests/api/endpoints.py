"""Every endpoint of the API, with the scope that each of its methods takes."""

from provenance.models.parties import Scope
from tests.api import client as cast

DIGEST = "0" * 64
KEY = "z6Mk" + "1" * 44
PATHS = {
    "index": "/",
    "events": "/events",
    "prepare": "/events/prepare",
    "event": f"/events/{DIGEST}",
    "proof": f"/events/{DIGEST}/proof",
    "act": "/acts/pack",
    "subject": "/subjects",
    "verdict": "/verdicts",
    "bundle": "/bundles",
    "label": "/labels",
    "label_sheets": "/labels/sheets",
    "shipments": "/shipments",
    "shipment": "/shipments/01890000-0000-7000-8000-000000000000",
    "parties": "/parties",
    "party": f"/parties/{cast.MAKER}",
    "keys": f"/parties/{cast.MAKER}/keys",
    "revoke": f"/parties/{cast.MAKER}/keys/{KEY}/revoke",
    "products": "/products",
    "recalls": f"/products/{cast.GTIN}/recalls",
    "product": f"/products/{cast.GTIN}",
    "declarations": "/declarations",
    "declaration": "/declarations/01890000-0000-7000-8000-000000000000",
}
# Every method of every endpoint, and the scope that it takes; None is open to
# everybody. Every other pair is 405.
ENDPOINTS = {
    ("index", "GET"): None,
    ("events", "GET"): Scope.READ,
    ("events", "POST"): Scope.EVENTS,
    ("prepare", "POST"): Scope.EVENTS,
    ("event", "GET"): None,
    ("proof", "GET"): None,
    ("act", "POST"): Scope.ACTS,
    ("subject", "GET"): None,
    ("verdict", "GET"): None,
    ("bundle", "GET"): None,
    ("label", "GET"): Scope.READ,
    ("label_sheets", "POST"): Scope.READ,
    ("shipments", "GET"): Scope.READ,
    ("shipment", "GET"): Scope.READ,
    ("parties", "GET"): None,
    ("parties", "POST"): Scope.PARTIES,
    ("party", "GET"): None,
    ("party", "POST"): Scope.PARTIES,
    ("keys", "GET"): None,
    ("keys", "POST"): Scope.KEYS,
    ("revoke", "POST"): Scope.KEYS,
    ("products", "GET"): None,
    ("products", "POST"): Scope.PRODUCTS,
    ("product", "GET"): None,
    ("recalls", "GET"): None,
    ("recalls", "POST"): Scope.PRODUCTS,
    ("declarations", "GET"): Scope.READ,
    ("declarations", "POST"): Scope.DECLARATIONS,
    ("declaration", "GET"): Scope.READ,
    ("declaration", "POST"): Scope.DECLARATIONS,
}
