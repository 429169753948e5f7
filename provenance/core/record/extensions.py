"""Reading the `custos:` members of an EPCIS event: its place, its customs block and its
explanation (docs/format.md, "Extensions").

All raise Malformed for another shape, and BadEpcis for words that do not go together.
"""

from collections.abc import Mapping
from typing import Any, Final

from provenance.core import errors
from provenance.core.epcis.vocabulary import Field, Outcome, Procedure
from provenance.core.record import forms
from provenance.core.record.acts import CHECKPOINTS, GOODS_RULES
from provenance.core.record.event import Customs, Explanation, Place
from provenance.core.record.vocabulary import Act

EXPLANATION_MEMBERS: Final = frozenset({"reason", "advice", "contact"})
_CUSTOMS_MEMBERS: Final = frozenset(
    {"procedure", "outcome", "post", "edifact", "declaration", "seals"}
)


def read_place(body: Mapping[str, Any]) -> Place:
    """Return where an event happened, empty where it does not say."""
    id_ = body["readPoint"]["id"] if "readPoint" in body else ""
    if Field.PLACE not in body:
        return Place(id=id_)
    block = body[Field.PLACE]
    if not isinstance(block, dict) or not (
        {"country"} <= block.keys() <= {"country", "name", "locode"}
    ):
        raise errors.Malformed("custos:place has the members country and at most name and locode")
    if not all(isinstance(value, str) for value in block.values()):
        raise errors.Malformed("the members of custos:place are strings")
    if not forms.is_country(block["country"]):
        raise errors.Malformed(f"expected an ISO 3166-1 alpha-2 country, got {block['country']!r}")
    return Place(block["country"], block.get("name", ""), block.get("locode", ""), id_)


def read_customs(body: Mapping[str, Any]) -> Customs | None:
    """Return the customs block of a checkpoint, which agrees with its step and disposition.
    `body` holds the sealed members that were opened.
    """
    if Field.CUSTOMS not in body:
        return None
    block = body[Field.CUSTOMS]
    if not isinstance(block, dict) or not {"procedure"} <= block.keys() <= _CUSTOMS_MEMBERS:
        raise errors.Malformed(f"custos:customs has the members {sorted(_CUSTOMS_MEMBERS)}")
    seals = block.get("seals", [])
    others = [value for name, value in block.items() if name != "seals"]
    if not isinstance(seals, list) or not all(isinstance(text, str) for text in others + seals):
        raise errors.Malformed(
            "the members of custos:customs are strings, and seals a list of them"
        )
    try:
        procedure = Procedure(block["procedure"])
        outcome = Outcome(block["outcome"]) if "outcome" in block else None
    except ValueError as error:
        raise errors.BadEpcis(
            f"unknown customs procedure or outcome: {block['procedure']}, {block.get('outcome')}"
        ) from error
    step, disposition = CHECKPOINTS[outcome]
    if (body.get("bizStep"), body.get("disposition")) != (step, disposition):
        raise errors.BadEpcis(f"outcome {outcome} is written {step}, {disposition}")
    code = (outcome or procedure).edifact
    if block.get("edifact", code) != code:
        raise errors.BadEpcis(f"{outcome or procedure} is {code}, not {block['edifact']}")
    return Customs(
        procedure,
        outcome,
        block.get("post", ""),
        block.get("declaration", ""),
        block.get("edifact", ""),
        tuple(seals),
    )


def read_explanation(body: Mapping[str, Any], act: Act) -> Explanation | None:
    """Return the explanation of an event, which has the members that the table has for `act`."""
    block = body.get(Field.EXPLANATION, {})
    texts = isinstance(block, dict) and all(
        isinstance(value, str) and value.strip() for value in block.values()
    )
    if not texts or not block.keys() <= EXPLANATION_MEMBERS:
        raise errors.Malformed(f"custos:explanation has texts for {sorted(EXPLANATION_MEMBERS)}")
    expected = GOODS_RULES[act].explains
    if expected is not None and block.keys() != expected:
        wanted = f"the members {sorted(expected)}" if expected else "none"
        raise errors.BadEpcis(f"the custos:explanation of {act} has {wanted}")
    return Explanation(**block) if "reason" in block else None
