"""The claims about keys: who enrols and revokes which, and in how long a line."""

import pytest

from provenance.core import gs1
from provenance.core.record import authority, signers_keys
from provenance.core.record.event import issuer_did
from provenance.core.record.state import KeyState
from provenance.core.record.vocabulary import Act
from provenance.core.signing import keys
from tests import cast
from tests.cast import Actor
from tests.core.record.test_claims import CARRIERS, NEW, NEW_KEY, NEWCOMER, claim
from tests.world import World


def test_the_first_key_is_the_registrars_to_give_and_the_next_the_partys() -> None:
    world = World()
    assert claim(world, world.registrar, Act.PARTY_REGISTERED, NEWCOMER.uri) == "accepted"
    newcomer, third = Actor(NEWCOMER.gln, NEW_KEY), keys.generate(b"a third key".ljust(32))
    members = cast.enrolment(NEWCOMER.uri, NEW_KEY)
    assert claim(world, world.carrier, Act.KEY_ADDED, NEW, **members) == "not-permitted"
    assert claim(world, world.registrar, Act.KEY_ADDED, NEW, **members) == "accepted"
    members = cast.enrolment(NEWCOMER.uri, third)
    assert claim(world, newcomer, Act.KEY_ADDED, cast.key_uri(third), **members) == "accepted"
    state = key(world, cast.key_uri(third))
    assert (state.party, cast.key_uri(NEW_KEY)) == (NEWCOMER.gln, gs1.key_uri(state.enrolled_by))


def key(world: World, uri: str) -> KeyState:
    state = world.states[uri]
    assert isinstance(state, KeyState)
    return state


def test_when_the_last_key_is_revoked_the_registrar_gives_the_next() -> None:
    world = World()
    code = claim(world, world.carrier, Act.KEY_REVOKED, CARRIERS, reason="compromised")
    assert code == "accepted"
    assert claim(world, world.registrar, Act.KEY_ADDED, NEW) == "accepted"
    assert key(world, CARRIERS).reason == "compromised"
    assert key(world, NEW).revoked is None


def test_a_key_is_enrolled_once_and_never_after_its_revocation() -> None:
    world = World()
    assert claim(world, world.carrier, Act.KEY_ADDED, NEW) == "accepted"
    assert claim(world, world.carrier, Act.KEY_ADDED, NEW) == "already-registered"
    assert claim(world, world.carrier, Act.KEY_REVOKED, NEW) == "accepted"
    assert claim(world, world.carrier, Act.KEY_ADDED, NEW) == "already-registered"


def test_a_key_is_revoked_by_itself_its_enroller_and_the_registrar() -> None:
    """And by no other key of its party, whose chain a check of the key would need as well."""
    second, third = NEW_KEY, keys.generate(b"a third key".ljust(32))

    def tried(revoker: keys.PrivateKey) -> str:
        world = World()
        for private in (second, third):
            members = cast.enrolment(world.carrier.uri, private)
            enrolled = claim(world, world.carrier, Act.KEY_ADDED, cast.key_uri(private), **members)
            assert enrolled == "accepted"
        by = world.registrar if revoker is world.registrar.private else world.carrier
        return claim(world, Actor(by.gln, revoker), Act.KEY_REVOKED, cast.key_uri(second))

    may = (second, World.carrier.private, World.registrar.private)
    assert [tried(revoker) for revoker in may] == ["accepted"] * 3
    assert tried(third) == "not-permitted"


def test_keys_enrol_each_other_in_a_line_of_ten_and_then_the_registrar_does() -> None:
    world = World()
    line = [world.carrier.private]
    for number in range(signers_keys.MAX_LINE):
        private = keys.generate(bytes([200 + number]) * 32)
        members, uri = cast.enrolment(world.carrier.uri, private), cast.key_uri(private)
        by = Actor(world.carrier.gln, line[-1])
        code = claim(world, by, Act.KEY_ADDED, uri, **members)
        if code != "accepted":
            break
        line.append(private)
    assert (len(line), code) == (signers_keys.MAX_LINE, "key-line-too-long")
    assert claim(world, world.registrar, Act.KEY_ADDED, uri, **members) == "accepted"


def test_the_registrars_root_key_stays_its_other_keys_go() -> None:
    world = World()
    by, root = world.registrar, cast.key_uri(World.registrar.private)
    for private in (by.private, NEW_KEY):
        enrolled = cast.enrolment(by.uri, private, "device")
        assert claim(world, by, Act.KEY_ADDED, cast.key_uri(private), **enrolled) == "accepted"
    assert claim(world, by, Act.KEY_REVOKED, root) == "illegal-transition"
    assert claim(world, by, Act.KEY_REVOKED, NEW) == "accepted"


def test_possession_is_proved_for_this_key_this_party_and_this_host() -> None:
    world = World()
    by, mine = world.carrier, issuer_did(world.host, world.carrier.gln)
    for proof in (
        keys.prove_possession(NEW_KEY, issuer_did(world.host, world.maker.gln)),
        keys.prove_possession(NEW_KEY, mine.replace(world.host, "other.example")),
        keys.prove_possession(by.private, mine),
    ):
        assert claim(world, by, Act.KEY_ADDED, NEW, possession=proof) == "bad-possession"


def test_a_weak_key_is_not_enrolled() -> None:
    world = World()
    weak = gs1.key_uri(keys.encode_public(b"\1" + bytes(31)))
    assert claim(world, world.carrier, Act.KEY_ADDED, weak) == "weak-key"


# --- the registrar's own keys -------------------------------------------------------

ROOT = World.registrar
HEIR, RECOVERY = (Actor(ROOT.gln, keys.generate(bytes([number]) * 32)) for number in (201, 202))


def uri_of(whom: Actor) -> str:
    return cast.key_uri(whom.private)


def enrol(world: World, by: Actor, whom: Actor, purpose: str, **more: str) -> str:
    members = cast.enrolment(ROOT.uri, whom.private, purpose=purpose)
    return claim(world, by, Act.KEY_ADDED, uri_of(whom), **members, **more)


def founded() -> World:
    """A world whose root key is enrolled and names the recovery key."""
    world = World()
    assert enrol(world, ROOT, RECOVERY, "recovery") == "accepted"
    assert enrol(world, ROOT, ROOT, "registrar", recovery=uri_of(RECOVERY)) == "accepted"
    assert enrol(world, ROOT, HEIR, "registrar") == "accepted"
    return world


@pytest.mark.parametrize("by", [ROOT, RECOVERY, HEIR], ids=["itself", "recovery key", "heir"])
def test_the_registrars_key_ends_with_its_successor_alone(by: Actor) -> None:
    world = founded()
    assert claim(world, by, Act.KEY_REVOKED, uri_of(ROOT)) in (
        "illegal-transition",
        "not-permitted",
    )
    successor = {"successor": uri_of(HEIR)}
    assert claim(world, by, Act.KEY_REVOKED, uri_of(ROOT), **successor) == "accepted"
    assert key(world, uri_of(ROOT)).successor == HEIR.public
    members = {"name": "New", "country": "NL", "roles": ["maker"], "prefixes": []}
    assert claim(world, HEIR, Act.PARTY_REGISTERED, NEWCOMER.uri, **members) == "accepted"


def test_only_an_heir_of_the_key_in_force_ends_it() -> None:
    """A thief of the root enrolled a second heir before the first one's turn came."""
    world, second = founded(), Actor(ROOT.gln, NEW_KEY)
    assert enrol(world, ROOT, second, "registrar") == "accepted"
    assert end(world, ROOT, ROOT, HEIR) == "accepted"
    assert end(world, second, HEIR, second) == "not-permitted"
    assert claim(world, second, Act.KEY_REVOKED, CARRIERS) == "not-permitted"


def end(world: World, by: Actor, whom: Actor, heir: Actor) -> str:
    return claim(world, by, Act.KEY_REVOKED, uri_of(whom), successor=uri_of(heir))


def test_a_thief_cannot_use_up_the_successions() -> None:
    world, now = founded(), ROOT
    count = authority.MAX_SUCCESSIONS + 2
    seeds = (bytes([number, 250] * 16) for number in range(count))
    *heirs, spare, last = (Actor(ROOT.gln, keys.generate(seed)) for seed in seeds)
    for heir in heirs:
        assert enrol(world, now, heir, "registrar") == "accepted"
        assert end(world, now, now, heir) == "accepted"
        now = heir
    assert enrol(world, now, spare, "registrar") == "accepted"
    assert end(world, now, now, spare) == "illegal-transition"
    named = uri_of(RECOVERY)
    assert enrol(world, RECOVERY, last, "registrar", recovery=named) == "accepted"
    assert end(world, RECOVERY, now, last) == "accepted"
    assert end(world, last, last, spare) == "accepted"


def test_a_successor_is_another_key_enrolled_as_the_registrars_and_in_force() -> None:
    world = founded()
    ended = claim(world, ROOT, Act.KEY_REVOKED, uri_of(HEIR))
    assert ended == "accepted"
    for name in (HEIR.private, RECOVERY.private, ROOT.private, World.carrier.private, NEW_KEY):
        successor = cast.key_uri(name)
        code = claim(world, ROOT, Act.KEY_REVOKED, uri_of(ROOT), successor=successor)
        assert code == "illegal-transition"
    assert claim(world, ROOT, Act.KEY_REVOKED, CARRIERS, successor=uri_of(HEIR)) == (
        "illegal-transition"
    )


def test_a_recovery_key_is_revoked_by_itself_alone() -> None:
    world = founded()
    for by in (ROOT, HEIR, world.carrier):
        assert claim(world, by, Act.KEY_REVOKED, uri_of(RECOVERY)) == "not-permitted"
    assert claim(world, RECOVERY, Act.KEY_REVOKED, uri_of(RECOVERY)) == "accepted"


def test_a_recovery_key_enrols_the_registrars_keys_and_no_other() -> None:
    world, third = founded(), Actor(ROOT.gln, NEW_KEY)
    assert enrol(world, RECOVERY, third, "any") == "not-permitted"
    assert claim(world, RECOVERY, Act.KEY_REVOKED, CARRIERS) == "not-permitted"
    assert claim(world, RECOVERY, Act.KEY_ADDED, NEW) == "not-permitted"
    assert enrol(world, RECOVERY, third, "registrar") == "accepted"


def test_a_recovery_key_that_no_key_of_the_registrar_names_has_no_power() -> None:
    world, stranger = founded(), Actor(ROOT.gln, NEW_KEY)
    assert enrol(world, ROOT, stranger, "recovery") == "accepted"
    successor = {"successor": uri_of(HEIR)}
    assert claim(world, stranger, Act.KEY_REVOKED, uri_of(ROOT), **successor) == "not-permitted"


@pytest.mark.parametrize("purpose", ["registrar", "recovery"])
def test_only_the_registrar_has_keys_for_its_own_use(purpose: str) -> None:
    world, members = founded(), cast.enrolment(World.carrier.uri, NEW_KEY, purpose=purpose)
    assert claim(world, ROOT, Act.KEY_ADDED, NEW, **members) == "not-permitted"
    assert claim(world, world.carrier, Act.KEY_ADDED, NEW, **members) == "not-permitted"
    ordinary = Actor(ROOT.gln, keys.generate(b"an ordinary key".ljust(32)))
    assert enrol(world, ROOT, ordinary, "any") == "accepted"
    assert enrol(world, ordinary, Actor(ROOT.gln, NEW_KEY), purpose) == "not-permitted"


def test_a_recovery_key_is_named_by_a_registrars_key_and_enrolled_before() -> None:
    world, third = founded(), Actor(ROOT.gln, NEW_KEY)
    assert enrol(world, ROOT, third, "any", recovery=uri_of(RECOVERY)) == "illegal-transition"
    for name in (HEIR, third):
        assert enrol(world, ROOT, third, "registrar", recovery=uri_of(name)) == "illegal-transition"
