"""The JSON-LD 1.1 context of signed documents, `reading.CONTEXT[1]` (docs/format.md, "Linked
data").

Signatures are over bytes (eddsa-jcs-2022), so no check needs it: it tells linked-data software
the IRI of every member. EPCIS and CBV words get those of the GS1 vocabulary, members of ours
those of `VOCABULARY`, and so does any member that nothing names, so that none is lost.
"""

from typing import Any, Final

from provenance.core.epcis.vocabulary import (
    CBV,
    CUSTOS_NS,
    BizTransactionType,
    EventType,
    Field,
    Outcome,
    Procedure,
    SourceDestType,
)
from provenance.core.record import claims
from provenance.core.record.reading import CLAIM_TYPE, CONTEXT, EVENT_TYPE

ADDRESS: Final = CONTEXT[1]
VOCABULARY: Final = f"{ADDRESS}#"
EPCIS: Final = "https://ref.gs1.org/epcis/"
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_IRIS: Final = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_NODES: Final = (
    "quantityList",
    "childQuantityList",
    "inputQuantityList",
    "outputQuantityList",
    "sensorElementList",
    "sensorReport",
    "sensorMetadata",
    "readPoint",
    "bizLocation",
    "ilmd",
    "persistentDisposition",
)
_PLAIN: Final = ("eventTimeZoneOffset", "quantity", "uom")
_SEALED: Final = ("sealed", "count", "members", "root")
_SEALS: Final = "seals"  # of a customs block, in views
_TIMES: Final = ("eventTime", "recordTime", "declarationTime")


def context() -> dict[str, Any]:
    """Return a fresh copy of the document at `ADDRESS`."""
    return {
        "@context": {
            "@version": 1.1,
            "@vocab": VOCABULARY,
            "custos": {"@id": CUSTOS_NS, "@prefix": True},
            EVENT_TYPE[1]: f"{VOCABULARY}{EVENT_TYPE[1]}",
            CLAIM_TYPE[1]: f"{VOCABULARY}{CLAIM_TYPE[1]}",
            **{name: f"{VOCABULARY}{name}" for name in claims.TYPES},
            "chain": {"@id": f"{VOCABULARY}chain", "@container": "@list"},
            "subject": {"@id": f"{VOCABULARY}subject", "@type": "@id"},
            **{name: f"{VOCABULARY}{name}" for name in _SEALED},
            _SEALS: f"{CUSTOS_NS}{_SEALS}",
            **_epcis(),
        }
    }


def vocabulary() -> dict[str, Any]:
    """Return a fresh copy of the document at `CUSTOS_NS`: the extension members of events, the
    seals of customs and the customs words, as RDF.
    """
    names = [field.partition(":")[2] for field in Field]
    fields = [f"{CUSTOS_NS}{name}" for name in (*names, _SEALS)]
    words = [word.uri for word in (*Procedure, *Outcome)]
    return {
        "@context": {"rdf": _RDF, "rdfs": _RDFS},
        "@graph": [
            *(_term(uri, "rdf:Property") for uri in fields),
            *(_term(uri, "rdfs:Resource") for uri in words),
        ],
    }


def _term(uri: str, kind: str) -> dict[str, Any]:
    home, _, name = uri.partition("#")
    return {"@id": uri, "@type": kind, "rdfs:label": name, "rdfs:isDefinedBy": {"@id": home}}


def _epcis() -> dict[str, Any]:
    return {
        **{type_.value: f"{EPCIS}{type_.value}" for type_ in EventType},
        "eventID": "@id",
        "action": {"@id": f"{EPCIS}action", "@type": "@vocab", "@context": {"@vocab": EPCIS}},
        "bizStep": _words("bizStep", "BizStep-"),
        "disposition": _words("disposition", "Disp-"),
        "parentID": {"@id": f"{EPCIS}parentID", "@type": "@id"},
        "epcClass": {"@id": f"{EPCIS}epcClass", "@type": "@id"},
        **{name: {"@id": f"{EPCIS}{name}", "@type": "@id"} for name in _IRIS},
        **{name: {"@id": f"{EPCIS}{name}"} for name in (*_NODES, *_PLAIN)},
        **{name: {"@id": f"{EPCIS}{name}", "@type": f"{_XSD}dateTime"} for name in _TIMES},
        "sourceList": _typed("sourceList", "source", SourceDestType),
        "destinationList": _typed("destinationList", "destination", SourceDestType),
        "bizTransactionList": _typed("bizTransactionList", "bizTransaction", BizTransactionType),
        "errorDeclaration": {
            "@id": f"{EPCIS}errorDeclaration",
            "@context": {"reason": _words("reason", "ER-")},
        },
        "cbvmda": {"@id": "urn:epcglobal:cbv:mda:", "@prefix": True},
    }


def _words(member: str, before: str) -> dict[str, Any]:
    """A member whose value is a bare CBV word, by the words' own address."""
    return {"@id": f"{EPCIS}{member}", "@type": "@vocab", "@context": {"@vocab": f"{CBV}{before}"}}


def _typed(
    member: str, inner: str, types: type[SourceDestType] | type[BizTransactionType]
) -> dict[str, Any]:
    """A list of objects, each with a type of `types` and an address as `inner`."""
    scoped: dict[str, Any] = {word.value: word.uri for word in types}
    return {
        "@id": f"{EPCIS}{member}",
        "@context": {**scoped, inner: {"@id": f"{EPCIS}{inner}", "@type": "@id"}},
    }
