"""What two steps of the plan would both refuse is refused in the first of them, by its name."""

import json

import pytest

from provenance.core import errors, gs1
from provenance.core.check import bundle
from provenance.core.check.result import Verdict
from provenance.core.record.vocabulary import Act
from provenance.core.signing import keys
from tests.cast import GTIN, ITEM, enrolment
from tests.core.check.checking import failed, run
from tests.world import World


def test_roots_other_than_their_digest_are_no_bundle() -> None:
    world = World().journey()
    held = world.bundle(ITEM) | {"trustDigest": "0" * 64}
    with pytest.raises(errors.BadBundle):
        run(world, held)


def test_step_2_refuses_a_weak_key_before_anything_is_signed_with_it() -> None:
    world = World()
    weak = gs1.key_uri(keys.encode_public(b"\1" + bytes(31)))
    members = enrolment(world.retailer.uri, world.retailer.private)
    world.claim(world.registrar, Act.KEY_ADDED, weak, **members)
    assert failed(run(world, subject=weak)) == (2, "weak-key")


def test_step_3_refuses_a_chain_that_the_ledger_holds_in_another_order() -> None:
    world = World().journey()
    world.events[-2:] = reversed(world.events[-2:])
    assert failed(run(world)) == (3, "broken-link")


def test_step_3_refuses_a_record_without_its_product() -> None:
    world = World().journey()
    held = world.bundle(ITEM)
    product = gs1.product_uri(GTIN)
    entries = [(entry, json.dumps(entry["document"]["chain"])) for entry in held["records"]]
    held["records"] = [entry for entry, links in entries if f'"{product}"' not in links]
    assert len(held["records"]) == len(entries) - 1
    assert failed(run(world, held)) == (3, "broken-link")


def test_nothing_is_no_record_of_the_registrars_key() -> None:
    world = World()
    root = gs1.key_uri(world.registrar.public)
    result = bundle.check_entries(root, [], world.trust, now=world.clock)
    assert failed(result) == (3, "broken-link")


def test_step_5_refuses_proofs_under_two_tree_heads() -> None:
    world = World().journey()
    held, earlier = world.bundle(ITEM), world.bundle(ITEM, anchored=len(world.events) - 1)
    held["records"][0] = earlier["records"][0]
    assert failed(run(world, held)) == (5, "bad-bundle")


def test_as_many_records_as_are_checked_at_most_are_checked() -> None:
    world = World().journey()
    held = world.bundle(ITEM)
    most = len(held["records"])
    result = bundle.check(held, world.trust, now=world.clock, most_records=most)
    assert result.verdict is Verdict.RECORDS_CHECK_OUT
    with pytest.raises(errors.BundleTooLarge):
        bundle.check(held, world.trust, now=world.clock, most_records=most - 1)
