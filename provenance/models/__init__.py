"""The tables.

Events, links, tree heads and cosignatures are append-only. Parties, signing keys,
products, subjects, rights, licences, shipments with their lines, handoffs and
checkpoints are read models, which `rebuild` recomputes from the events. Kept keys,
memberships, API keys, idempotency keys, refusals, scans and jobs follow from no event.
"""

from provenance.models.events import ChainLink, Event, IdempotencyKey, Refusal
from provenance.models.goods import Product, Subject
from provenance.models.ledger import Cosignature, TreeHead
from provenance.models.parties import KeptKey, Membership, Party, PartyApiKey, SigningKey
from provenance.models.rights import Licence, Right
from provenance.models.scans import Job, Scan
from provenance.models.shipments import Checkpoint, Handoff, Shipment, ShipmentLine

__all__ = [
    "ChainLink",
    "Checkpoint",
    "Cosignature",
    "Event",
    "Handoff",
    "IdempotencyKey",
    "Job",
    "KeptKey",
    "Licence",
    "Membership",
    "Party",
    "PartyApiKey",
    "Product",
    "Refusal",
    "Right",
    "Scan",
    "Shipment",
    "ShipmentLine",
    "SigningKey",
    "Subject",
    "TreeHead",
]
