"""EPCIS 2.0 and CBV 2.0 words, and the few of our own.

In an event a standard word is a bare string (`"bizStep": "shipping"`), so each member
of an enum here *is* that string; `.uri` is the term's address in the GS1 web
vocabulary, the form the event hash uses. Words of our own are full URIs under
`CUSTOS_NS`, and fields of our own carry the prefix `custos:`, which an event that uses
them resolves in its own `@context` (`EXTENSION_CONTEXT`), so that it stays readable
when copied.

Sources: EPCIS 2.0 JSON schema and REST binding (GS1 2.0.0), CBV 2.0 section 7,
UN/EDIFACT code lists.
"""

from enum import StrEnum
from typing import Final, assert_never

EPCIS_CONTEXT: Final = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
SCHEMA_VERSION: Final = "2.0"
CBV: Final = "https://ref.gs1.org/cbv/"
GS1_VOC: Final = "https://ref.gs1.org/voc/"
CBV_MDA: Final = "urn:epcglobal:cbv:mda"

CUSTOS_NS: Final = "https://custos.example/ns/epcis#"
CUSTOS_PREFIX: Final = "custos"
# The schema takes a string, an object or an array of both as an event's own @context;
# an array can grow.
EXTENSION_CONTEXT: Final[tuple[dict[str, str], ...]] = ({CUSTOS_PREFIX: CUSTOS_NS},)


def extension_context() -> list[dict[str, str]]:
    """Return a fresh `@context` for an event that carries fields of ours."""
    return [dict(entry) for entry in EXTENSION_CONTEXT]


class EventType(StrEnum):
    """The five kinds of EPCIS event: the JSON `type`."""

    OBJECT = "ObjectEvent"
    AGGREGATION = "AggregationEvent"
    TRANSACTION = "TransactionEvent"
    TRANSFORMATION = "TransformationEvent"
    ASSOCIATION = "AssociationEvent"


class Action(StrEnum):
    """The event's meaning for the life of its objects (EPCIS 2.0 section 7.3.2)."""

    ADD = "ADD"
    OBSERVE = "OBSERVE"
    DELETE = "DELETE"


class BizStep(StrEnum):
    """The business steps of CBV 2.0 section 7.1."""

    ACCEPTING = "accepting"
    ARRIVING = "arriving"
    ASSEMBLING = "assembling"
    COLLECTING = "collecting"
    COMMISSIONING = "commissioning"
    CONSIGNING = "consigning"
    CREATING_CLASS_INSTANCE = "creating_class_instance"
    CYCLE_COUNTING = "cycle_counting"
    DECOMMISSIONING = "decommissioning"
    DEPARTING = "departing"
    DESTROYING = "destroying"
    DISASSEMBLING = "disassembling"
    DISPENSING = "dispensing"
    ENCODING = "encoding"
    ENTERING_EXITING = "entering_exiting"
    HOLDING = "holding"
    INSPECTING = "inspecting"
    INSTALLING = "installing"
    KILLING = "killing"
    LOADING = "loading"
    OTHER = "other"
    PACKING = "packing"
    PICKING = "picking"
    RECEIVING = "receiving"
    REMOVING = "removing"
    REPACKAGING = "repackaging"
    REPAIRING = "repairing"
    REPLACING = "replacing"
    RESERVING = "reserving"
    RETAIL_SELLING = "retail_selling"
    SAMPLING = "sampling"
    SENSOR_REPORTING = "sensor_reporting"
    SHIPPING = "shipping"
    STAGING_OUTBOUND = "staging_outbound"
    STOCK_TAKING = "stock_taking"
    STOCKING = "stocking"
    STORING = "storing"
    TRANSPORTING = "transporting"
    UNLOADING = "unloading"
    UNPACKING = "unpacking"
    VOID_SHIPPING = "void_shipping"

    @property
    def uri(self) -> str:
        """The term's address in the GS1 vocabulary."""
        return f"{CBV}BizStep-{self.value}"


class Disposition(StrEnum):
    """The dispositions of CBV 2.0 section 7.2."""

    ACTIVE = "active"
    AVAILABLE = "available"
    COMPLETENESS_INFERRED = "completeness_inferred"
    COMPLETENESS_VERIFIED = "completeness_verified"
    CONFORMANT = "conformant"
    CONTAINER_CLOSED = "container_closed"
    CONTAINER_OPEN = "container_open"
    DAMAGED = "damaged"
    DESTROYED = "destroyed"
    DISPENSED = "dispensed"
    DISPOSED = "disposed"
    ENCODED = "encoded"
    EXPIRED = "expired"
    IN_PROGRESS = "in_progress"
    IN_TRANSIT = "in_transit"
    INACTIVE = "inactive"
    MISMATCH_CLASS = "mismatch_class"
    MISMATCH_INSTANCE = "mismatch_instance"
    MISMATCH_QUANTITY = "mismatch_quantity"
    NEEDS_REPLACEMENT = "needs_replacement"
    NO_PEDIGREE_MATCH = "no_pedigree_match"
    NON_CONFORMANT = "non_conformant"
    NON_SELLABLE_OTHER = "non_sellable_other"
    PARTIALLY_DISPENSED = "partially_dispensed"
    RECALLED = "recalled"
    RESERVED = "reserved"
    RETAIL_SOLD = "retail_sold"
    RETURNED = "returned"
    SELLABLE_ACCESSIBLE = "sellable_accessible"
    SELLABLE_NOT_ACCESSIBLE = "sellable_not_accessible"
    STOLEN = "stolen"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"

    @property
    def uri(self) -> str:
        """The term's address in the GS1 vocabulary."""
        return f"{CBV}Disp-{self.value}"


class BizTransactionType(StrEnum):
    """The kinds of business document of CBV 2.0 section 7.3."""

    BILL_OF_LADING = "bol"
    CERTIFICATE = "cert"
    DESPATCH_ADVICE = "desadv"
    INVOICE = "inv"
    PEDIGREE = "pedigree"
    PURCHASE_ORDER = "po"
    PURCHASE_ORDER_CONFIRMATION = "poc"
    PRODUCTION_ORDER = "prodorder"
    RECEIVING_ADVICE = "recadv"
    RETURN_AUTHORISATION = "rma"
    TEST_PROCEDURE = "testprd"
    TEST_RESULT = "testres"
    UPDATE_EVENT = "upevt"

    @property
    def uri(self) -> str:
        """The term's address in the GS1 vocabulary."""
        return f"{CBV}BTT-{self.value}"


class SourceDestType(StrEnum):
    """The kinds of source and destination (CBV 2.0 section 7.4)."""

    LOCATION = "location"
    OWNING_PARTY = "owning_party"
    POSSESSING_PARTY = "possessing_party"

    @property
    def uri(self) -> str:
        """The term's address in the GS1 vocabulary."""
        return f"{CBV}SDT-{self.value}"


class ErrorReason(StrEnum):
    """The reasons for withdrawing an event (CBV 2.0 section 7.5); `did_not_occur` takes
    no corrective events.
    """

    DID_NOT_OCCUR = "did_not_occur"
    INCORRECT_DATA = "incorrect_data"

    @property
    def uri(self) -> str:
        """The term's address in the GS1 vocabulary."""
        return f"{CBV}ER-{self.value}"


# --- our own words: customs at a border ---------------------------------------------
# CBV has no exporting, importing or customs step, so these are ours; each is joined to
# the UN/EDIFACT code that a customs system already speaks.


class Procedure(StrEnum):
    """The customs procedure a checkpoint acts under."""

    EXPORT = "export"
    IMPORT = "import"
    TRANSIT = "transit"

    @property
    def uri(self) -> str:
        """The term's address in our vocabulary."""
        return f"{CUSTOS_NS}Procedure-{self.value}"

    @property
    def edifact(self) -> str:
        """`data element:code` in UN/EDIFACT: 7365 (processing indicator) has a code for
        each procedure.
        """
        match self:
            case Procedure.EXPORT:
                return "7365:22"
            case Procedure.IMPORT:
                return "7365:23"
            case Procedure.TRANSIT:
                return "7365:24"
            case _:
                assert_never(self)


class Outcome(StrEnum):
    """The decisions of customs about goods."""

    CLEARED = "cleared"
    HELD = "held"
    SAMPLED = "sampled"
    SEIZED = "seized"
    REFUSED = "refused"

    @property
    def uri(self) -> str:
        """The term's address in our vocabulary."""
        return f"{CUSTOS_NS}Outcome-{self.value}"

    @property
    def edifact(self) -> str:
        """`data element:code` in UN/EDIFACT, which has a single detention for hold and
        seizure.
        """
        match self:
            case Outcome.CLEARED:
                return "7365:4"
            case Outcome.HELD | Outcome.SEIZED:
                return "7365:7"
            case Outcome.SAMPLED:
                return "7365:5"
            case Outcome.REFUSED:
                return "7365:25"
            case _:
                assert_never(self)


class Field(StrEnum):
    """The extension members of our events, spelt as in the JSON; names inside them are
    bare.
    """

    CUSTOMS = "custos:customs"
    EXPLANATION = "custos:explanation"
    PLACE = "custos:place"
