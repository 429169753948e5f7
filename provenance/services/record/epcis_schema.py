"""The shape of EPCIS 2.0 events and documents, by schemas that are each compiled once.

`check_event` and `check_document` return None or raise BadEpcis with the JSON pointer
of the first fault. They judge shape and vocabulary; the meaning of an act and its
signer are checked elsewhere.

1. A standard word is a bare string or its full URI; any other word is a URI outside the
   CBV namespace.
2. A member that is not of the standard has a prefix or is a full URI; a bare unknown name
   is a fault.
3. Times carry an offset, and no leap second; URIs are absolute.
4. `ilmd` occurs only where objects begin (action ADD, transformation); every event names
   its objects.
"""

from typing import Any, Final

import jsonschema_rs

from provenance.core import errors
from provenance.services.record import epcis_shapes


def _compile(schema: epcis_shapes.Schema) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


_EVENT_VALIDATORS: Final = {
    str(kind): _compile(schema) for kind, schema in epcis_shapes.EVENTS.items()
}
_OTHER_VALIDATOR: Final = _compile(epcis_shapes.OTHER_EVENT)
_DOCUMENT_VALIDATOR: Final = _compile(epcis_shapes.DOCUMENT)


def check_event(event: Any) -> None:
    """Raise BadEpcis unless `event` is one EPCIS 2.0 event; `extra["pointer"]` is the
    first fault's place.
    """
    _check_event(event, "")


def check_document(document: Any) -> None:
    """Raise BadEpcis unless `document` is an EPCISDocument and every event in it is
    one.
    """
    _run(_DOCUMENT_VALIDATOR, document, "")
    for position, event in enumerate(document["epcisBody"]["eventList"]):
        _check_event(event, f"/epcisBody/eventList/{position}")


def _check_event(event: Any, where: str) -> None:
    kind = event.get("type") if isinstance(event, dict) else None
    validator = (
        _EVENT_VALIDATORS.get(kind, _OTHER_VALIDATOR) if isinstance(kind, str) else _OTHER_VALIDATOR
    )
    _run(validator, event, where)


def _run(validator: jsonschema_rs.Draft202012Validator, instance: Any, where: str) -> None:
    try:
        validator.validate(instance)
    except jsonschema_rs.ValidationError as error:
        pointer = where + "".join(f"/{_escape(str(step))}" for step in error.instance_path)
        raise errors.BadEpcis(f"at {pointer!r}: {error.message[:300]}", pointer=pointer) from None


def _escape(step: str) -> str:
    """Escape a step of a JSON pointer (RFC 6901 section 3)."""
    return step.replace("~", "~0").replace("/", "~1")
