"""The shapes of claims: each has its members, of their form, about its subject."""

from typing import Any

import pytest

from provenance.core import errors, gs1
from provenance.core.record import claims
from provenance.core.record.acts_registry import CLAIM_RULES
from provenance.core.record.vocabulary import Act
from tests import cast
from tests.core.record.test_claims import (
    CLAIMS,
    GTIN,
    NEWCOMER,
    RIGHT,
    claimed,
    ready,
    subject,
    usual,
)
from tests.world import World


@pytest.mark.parametrize("kind", CLAIMS)
def test_a_claim_has_its_members_and_no_other(kind: Act) -> None:
    members = usual(ready(kind), kind, subject(kind))
    claim = CLAIM_RULES[kind].claim
    assert set(members) == set(claims.members(claim)) - claims.optional(claim)
    good = cast.claim_body(kind, subject(kind), cast.START, **members)
    assert claims.write(claims.read(good), cast.START) == good
    spoiled = [
        {**good, "more": 1},
        *({k: v for k, v in good.items() if k != name} for name in members),
    ]
    for body in spoiled:
        with pytest.raises(errors.Malformed):
            claims.read(body)


def wrong_values() -> list[Any]:
    free = {
        "name",
        "title",
        "office",
        "number",
        "brand",
        "hsCode",
        "reference",
        "reason",
        "advice",
        "contact",
        "possession",
    }
    optional_days = {"validUntil", "commissionedFrom", "commissionedUntil"}
    cases = []
    for kind, rule in CLAIM_RULES.items():
        for name in claims.members(rule.claim):
            values = [7, True, ["x", "x"], {}, None, ["x"] * 2] + (
                [] if name in free else ["nonsense"]
            )
            values += ["x" * 301] if name in free else []
            values = [v for v in values if not (v is None and name in optional_days)]
            cases += [
                pytest.param(kind, name, value, id=f"{kind}-{name}-{value!s:.10}")
                for value in values
            ]
    return cases


@pytest.mark.parametrize(("kind", "name", "value"), wrong_values())
def test_a_member_of_another_form_is_refused(kind: Act, name: str, value: Any) -> None:
    world = World()
    members = usual(world, kind, subject(kind)) | {name: value}
    with pytest.raises(errors.ProvenanceError) as refused:
        claimed(world, world.maker, kind, subject(kind), **members)
    assert refused.value.code in {"malformed", "bad-identifier", "timestamp"}


@pytest.mark.parametrize("kind", CLAIMS)
@pytest.mark.parametrize(
    "other", [RIGHT, NEWCOMER.uri, gs1.product_uri(GTIN), World.item("A1", GTIN)]
)
def test_a_claim_is_about_its_own_sort_of_subject(kind: Act, other: str) -> None:
    world = World()
    own = gs1.parse_subject(subject(kind)).kind
    members = usual(world, kind, other)
    if gs1.parse_subject(other).kind is own:
        claimed(world, world.maker, kind, other, **members)
        return
    with pytest.raises(errors.Malformed):
        claimed(world, world.maker, kind, other, **members)
