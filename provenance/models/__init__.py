"""The tables, of three kinds.

The record is append-only: Event, ChainLink, TreeHead, Cosignature. Read models are
computed from the events, and again by `rebuild`: Subject, Party, SigningKey, Product,
Right, Licence, Handoff, Checkpoint, Shipment, ShipmentLine. The others hold what no
event says: KeptKey, SealKey, Membership, PartyApiKey, IdempotencyKey, Refusal, Scan, Attempt,
Incident, Job.
"""

from provenance.models.events import ChainLink, Event, IdempotencyKey, Refusal
from provenance.models.goods import Product, Subject
from provenance.models.incidents import Incident
from provenance.models.ledger import Cosignature, TreeHead
from provenance.models.parties import KeptKey, Membership, Party, PartyApiKey, SealKey, SigningKey
from provenance.models.rights import Licence, Right
from provenance.models.scans import Attempt, Job, Scan
from provenance.models.shipments import Checkpoint, Handoff, Shipment, ShipmentLine

__all__ = [
    "Attempt",
    "ChainLink",
    "Checkpoint",
    "Cosignature",
    "Event",
    "Handoff",
    "IdempotencyKey",
    "Incident",
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
    "SealKey",
    "Shipment",
    "ShipmentLine",
    "SigningKey",
    "Subject",
    "TreeHead",
]
