"""The table of acts, row by row: every act in every situation, and by every party."""

import pytest

from provenance.core.record import acts
from provenance.core.record.state import Situation
from provenance.core.record.vocabulary import Act
from tests.cast import ITEM, actor
from tests.core.record.acting import S, attempt, natural, situate
from tests.core.record.test_acts_table import WHEN
from tests.world import World

GOODS_KINDS = [kind for kind in Act if not kind.is_claim]


def test_every_act_on_goods_has_a_row() -> None:
    assert set(acts.GOODS_RULES) == set(GOODS_KINDS) == set(WHEN)


@pytest.mark.parametrize("situation", list(Situation))
@pytest.mark.parametrize("kind", GOODS_KINDS)
def test_an_act_happens_in_its_situations_and_in_no_other(kind: Act, situation: Situation) -> None:
    world = World()
    situate(world, situation)
    by, options = natural(world, kind, situation)
    expected = "accepted" if situation in WHEN[kind] else "illegal-transition"
    if (kind, situation) == (Act.UNPACK, S.WITH_CUSTODIAN):
        expected = "not-permitted"  # a lot may be packed in part; this item is not in that unit
    if (kind, situation) == (Act.TRANSFORM, S.UNBORN):
        expected = "illegal-transition"  # only an output is unborn; this item is an input
    assert attempt(world, by, kind, **options) == expected


# --- signers ------------------------------------------------------------------------

SITUATION = {kind: min(when, key=list(Situation).index) for kind, when in WHEN.items()} | {
    Act.UNPACK: S.PACKED,
    Act.TRANSFORM: S.WITH_CUSTODIAN,
}
SIGNERS: dict[Act, set[str]] = {
    Act.COMMISSION: {"maker"},
    Act.ACCEPT: {"carrier"},
    Act.REFUSE: {"carrier", "maker"},  # signed by the sender, the same words are a cancellation
    Act.CANCEL: {"carrier", "maker"},
    Act.CHECKPOINT: {"customs_cn"},
}


@pytest.mark.parametrize(
    "who", ["maker", "carrier", "retailer", "customs_cn", "customs_nl", "mallory", "registrar"]
)
@pytest.mark.parametrize("kind", GOODS_KINDS)
def test_an_act_is_signed_by_its_signer_and_nobody_else(kind: Act, who: str) -> None:
    world = World()
    situate(world, SITUATION[kind])
    _, options = natural(world, kind, SITUATION[kind])
    by = world.registrar if who == "registrar" else getattr(world, who)
    expected = "accepted" if who in SIGNERS.get(kind, {"maker"}) else "not-permitted"
    assert attempt(world, by, kind, **options) == expected


@pytest.mark.parametrize("kind", [Act.ACCEPT, Act.REFUSE])
def test_a_third_party_that_names_itself_receiver_is_refused(kind: Act) -> None:
    world = World()
    situate(world, S.HANDED_OVER)
    names = {"sender": world.maker.gln, "receiver": world.mallory.gln}
    assert attempt(world, world.mallory, kind, **names) == "not-permitted"
    assert world.goods(ITEM).custodian == world.maker.gln


def test_a_third_party_that_names_itself_sender_is_refused() -> None:
    world = World()
    situate(world, S.WITH_CUSTODIAN)
    names = {"sender": world.mallory.gln, "receiver": world.carrier.gln}
    assert attempt(world, world.mallory, Act.HAND_OVER, **names) == "not-permitted"


def test_who_is_not_registered_signs_nothing_and_receives_nothing() -> None:
    world = World()
    situate(world, S.WITH_CUSTODIAN)
    assert attempt(world, actor(99), Act.OBSERVE) == "unknown-party"
    names = {"sender": world.maker.gln, "receiver": actor(99).gln}
    assert attempt(world, world.maker, Act.HAND_OVER, **names) == "unknown-party"


@pytest.mark.parametrize(
    "names",
    [{}, {"sender": "maker"}, {"sender": "maker", "receiver": "maker"}],
    ids=["nobody", "half", "himself"],
)
def test_a_handoff_names_two_parties(names: dict[str, str]) -> None:
    world = World()
    situate(world, S.WITH_CUSTODIAN)
    options = {name: getattr(world, who).gln for name, who in names.items()}
    assert attempt(world, world.maker, Act.HAND_OVER, **options) == "bad-epcis"
