"""The tables. Everything but events, links, tree heads and kept keys is a read model
that `rebuild` recomputes.
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
