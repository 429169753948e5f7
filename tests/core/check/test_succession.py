"""The succession of the registrar's keys and of the ledger's, as bundles show it to those who
pin the first root, the last, or both.
"""

from dataclasses import replace
from typing import Any

import pytest

from provenance.core import errors
from provenance.core.check import bundle, trust
from provenance.core.check.result import Verdict
from provenance.core.check.trust import Trust
from provenance.core.ledger.former import FormerLedger
from provenance.core.record.authority import FormerKey
from provenance.core.record.vocabulary import Act, Role
from provenance.core.signing import keys
from tests import cast
from tests.cast import ITEM, Actor
from tests.core.check.checking import codes, failed, run
from tests.core.record.test_claims import NEWCOMER
from tests.world import World

ROOT = World.registrar
HEIR, RECOVERY, THIEF, NEXT = (
    Actor(ROOT.gln, keys.generate(bytes([number]) * 32)) for number in (201, 202, 203, 204)
)


def enrol(world: World, by: Actor, whom: Actor, purpose: str = "registrar", **more: Any) -> None:
    members = cast.enrolment(ROOT.uri, whom.private, purpose=purpose)
    world.claim(by, Act.KEY_ADDED, cast.key_uri(whom.private), **members, **more)


def end(world: World, by: Actor, whom: Actor, heir: Actor, reason: str = "superseded") -> None:
    successor = cast.key_uri(heir.private)
    world.claim(by, Act.KEY_REVOKED, cast.key_uri(whom.private), reason=reason, successor=successor)


def founded() -> World:
    """A world whose registrar enrolled its root key, and named the recovery key in it."""
    world = World()
    enrol(world, ROOT, RECOVERY, "recovery")
    enrol(world, ROOT, ROOT, recovery=cast.key_uri(RECOVERY.private))
    return world


def succeeded() -> World:
    """A world whose root key enrolled its heir and ended itself; the heir registered
    the party that has the item.
    """
    world = founded()
    enrol(world, ROOT, HEIR, recovery=cast.key_uri(RECOVERY.private))
    end(world, ROOT, ROOT, HEIR)
    return world


def registered_by(world: World, signer: Actor) -> World:
    """The item's maker registered anew by `signer`, and the item."""
    said = {"name": "Lantern & Loom Ltd", "country": "CN", "roles": ["brand", "maker"]}
    world.claim(signer, Act.PARTY_REGISTERED, world.maker.uri, **said, prefixes=[cast.PREFIX])
    world.act(world.maker, Act.COMMISSION, ITEM)
    return world


def heirs_trust(world: World) -> Trust:
    """The trust file that the heir publishes: its own key, and the root for what it signed."""
    until = next(n for n, event in enumerate(world.events, 1) if event.act is Act.KEY_REVOKED)
    registrar = replace(world.root, public_key=HEIR.public)
    return replace(
        world.trust, registrar=replace(registrar, former=(FormerKey(ROOT.public, until),))
    )


def test_who_pins_the_old_root_accepts_what_the_heir_signed() -> None:
    world = registered_by(succeeded(), HEIR)
    result = run(world)
    assert (result.verdict, codes(result)) == (Verdict.RECORDS_CHECK_OUT, set())


def test_who_pins_the_new_root_accepts_what_the_old_one_signed_before() -> None:
    world = registered_by(succeeded(), HEIR)
    for held in (world.bundle(ITEM), registered_by(founded(), ROOT).bundle(ITEM)):
        result = bundle.check(held, heirs_trust(world), now=world.clock)
        assert result.verdict is Verdict.RECORDS_CHECK_OUT, result.steps


def test_who_pins_the_new_root_needs_no_revocation_to_refuse_the_old_one() -> None:
    """A thief leaves the claims out: the trust file says up to where the old key is believed."""
    world = registered_by(succeeded(), HEIR)
    stolen = registered_by(founded(), ROOT)
    for _ in range(len(world.events)):
        stolen.act(stolen.maker, Act.OBSERVE, ITEM)
    stolen.join(NEWCOMER, "Newcomer", "NL", Role.MAKER)
    held = stolen.bundle(NEWCOMER.uri)
    assert bundle.check(held, stolen.trust, now=stolen.clock).verdict is Verdict.RECORDS_CHECK_OUT
    result = bundle.check(held, heirs_trust(world), now=stolen.clock)
    assert failed(result) == (2, "key-revoked")


def test_what_the_heir_dates_before_its_enrolment_needs_a_look() -> None:
    world = succeeded()
    said = {"name": "Lantern & Loom Ltd", "country": "CN", "roles": ["brand", "maker"]}
    said |= {"prefixes": [cast.PREFIX]}
    world.claim(HEIR, Act.PARTY_REGISTERED, world.maker.uri, time=cast.START, **said)
    world.act(world.maker, Act.COMMISSION, ITEM)
    result = run(world)
    assert (result.verdict, codes(result)) == (Verdict.CHECK_NEEDED, {"dated-before-key"})


REFUSED = {
    "the old root, after the succession": (ROOT, (2, "key-revoked")),
    "an heir whose turn has not come": (NEXT, (2, "key-not-authorised")),
    "a party's key": (Actor(World.carrier.gln, World.carrier.private), (4, "not-permitted")),
    "the recovery key": (RECOVERY, (2, "key-not-authorised")),
}


@pytest.mark.parametrize(("signer", "expected"), REFUSED.values(), ids=REFUSED)
def test_nobody_else_registers_after_the_succession(
    signer: Actor, expected: tuple[int, str]
) -> None:
    world = succeeded()
    enrol(world, HEIR, NEXT)
    assert failed(run(registered_by(world, signer))) == expected


def test_the_heir_registers_nothing_before_its_turn() -> None:
    world = founded()
    enrol(world, ROOT, HEIR)
    registered_by(world, HEIR)
    end(world, ROOT, ROOT, HEIR)
    assert failed(run(world)) == (2, "key-not-authorised")


@pytest.mark.parametrize(
    ("enroller", "ender", "expected"),
    [
        pytest.param(World.carrier, ROOT, (4, "not-permitted"), id="enrolled by a party"),
        pytest.param(ROOT, World.carrier, (4, "not-permitted"), id="ended by a party"),
        pytest.param(THIEF, ROOT, (2, "key-not-authorised"), id="enrolled by an unknown key"),
    ],
)
def test_a_tampered_succession_is_refused(
    enroller: Actor, ender: Actor, expected: tuple[int, str]
) -> None:
    world = founded()
    enrol(world, enroller, HEIR)
    end(world, ender, ROOT, HEIR)
    assert failed(run(registered_by(world, HEIR))) == expected


def test_a_succession_that_a_revoked_key_signed_is_refused() -> None:
    world = succeeded()
    enrol(world, ROOT, THIEF)
    end(world, HEIR, HEIR, THIEF)
    assert failed(run(registered_by(world, THIEF))) == (2, "key-revoked")


def test_a_succession_out_of_order_is_refused() -> None:
    """The old key's end names an heir that is enrolled after it."""
    world = founded()
    end(world, RECOVERY, ROOT, HEIR)
    enrol(world, RECOVERY, HEIR)
    assert failed(run(registered_by(world, HEIR)))[1] == "illegal-transition"


def robbed() -> World:
    """A world whose root was stolen: the thief enrolled a recovery key of its own, and
    let itself succeed. Then the recovery key ended that, and let the heir succeed.
    """
    world, own = founded(), Actor(ROOT.gln, keys.generate(bytes([205]) * 32))
    enrol(world, ROOT, own, "recovery")
    enrol(world, ROOT, THIEF, recovery=cast.key_uri(own.private))
    end(world, ROOT, ROOT, THIEF)
    enrol(world, RECOVERY, HEIR, recovery=cast.key_uri(RECOVERY.private))
    end(world, RECOVERY, THIEF, HEIR, "compromised")
    return world


def test_the_recovery_key_takes_the_registrar_back() -> None:
    assert run(registered_by(robbed(), HEIR)).verdict is Verdict.RECORDS_CHECK_OUT
    assert failed(run(registered_by(robbed(), THIEF))) == (2, "key-revoked")


def test_a_thiefs_own_recovery_key_ends_nothing_after_it() -> None:
    world, own = robbed(), Actor(ROOT.gln, keys.generate(bytes([205]) * 32))
    enrol(world, RECOVERY, NEXT)
    end(world, own, HEIR, NEXT)
    assert failed(run(registered_by(world, NEXT))) == (4, "not-permitted")


# --- the ledger ---------------------------------------------------------------------


class Moved(World):
    """A world whose ledger goes on under another name and key."""

    ledger_key = keys.generate(bytes([98]) * 32)
    ledger_name = "ledger/2"


def last(world: World, size: int) -> FormerLedger:
    (log,) = world.trust.policy.logs
    head = world.head(size)
    return FormerLedger(log.verifier, head.size, head.root)


@pytest.fixture
def both() -> tuple[World, Moved, Trust]:
    """A record in the old ledger up to `size`, the same and more in the new one, the roots."""
    old = World().journey(until=Act.UNPACK)
    new = Moved().journey()
    size = len(old.events)
    return old, new, replace(new.trust, former_ledgers=(last(old, size),))


def test_heads_of_the_new_ledger_and_the_last_of_the_old_one_check_out(
    both: tuple[World, Moved, Trust],
) -> None:
    old, new, roots = both
    for world in both[:2]:
        result = bundle.check(world.bundle(ITEM), roots, now=new.clock)
        assert "former-tree-head" not in codes(result)
        assert result.verdict is not Verdict.BROKEN_RECORD
    assert trust.parse(roots.to_json()) == roots
    assert new.head(len(old.events)).root == old.head(len(old.events)).root


def test_an_earlier_head_of_the_old_ledger_is_believed_and_needs_a_look(
    both: tuple[World, Moved, Trust],
) -> None:
    """Its key may sign other entries below its last head: ask for the bundle anew."""
    old, new, roots = both
    held = old.bundle(ITEM, anchored=len(old.events) - 1)
    result = bundle.check(held, roots, now=new.clock)
    assert result.verdict is Verdict.CHECK_NEEDED
    assert "former-tree-head" in codes(result)


def test_a_head_of_the_old_ledger_beyond_its_last_is_refused(
    both: tuple[World, Moved, Trust],
) -> None:
    old, new, roots = both
    old.act(old.retailer, Act.SELL, ITEM, **cast.DUTCH)
    result = bundle.check(old.bundle(ITEM), roots, now=new.clock)
    assert failed(result) == (6, "former-ledger-ended")


def test_another_head_of_the_last_size_is_refused(both: tuple[World, Moved, Trust]) -> None:
    old, new, roots = both
    ended = replace(roots.former_ledgers[0], root=bytes(32))
    result = bundle.check(old.bundle(ITEM), replace(roots, former_ledgers=(ended,)), now=new.clock)
    assert failed(result) == (6, "former-ledger-ended")


def test_who_has_only_the_old_trust_file_is_told_so(both: tuple[World, Moved, Trust]) -> None:
    old, new, roots = both
    held = new.bundle(ITEM) | {"trust": roots.to_json(), "trustDigest": roots.digest()}
    assert bundle.check(held, roots, now=new.clock).verdict is not Verdict.BROKEN_RECORD
    with pytest.raises(errors.ForeignRoots):
        bundle.check(held, old.trust, now=new.clock)
