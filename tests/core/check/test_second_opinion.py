"""Sealed events of an independent implementation, which knows docs/format.md and no line of
ours: each accepts the other's.
"""

import ast
import sys
from pathlib import Path
from typing import Any

import pytest
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey

from provenance.core.check.result import Verdict
from provenance.core.epcis import event_hash
from provenance.core.record import reading, sealed, sealed_json
from provenance.core.record.event import SignedEvent, issuer_did
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical, integrity
from tests import independent, shared, worked_example
from tests.cast import HOST, item
from tests.core.check.checking import run
from tests.world import World

ITEMS = [item(f"N{number * 7919 % 1000:03}") for number in range(1000)]
DESADV = [{"type": "desadv", "bizTransaction": "urn:epcglobal:cbv:bt:9520000000028:ASN-7"}]


def of_theirs(world: World) -> tuple[dict[str, Any], dict[str, Any]]:
    """Their event of 1,000 items, signed with the maker's key, and all that it seals."""
    return independent.commission(
        SigningKey(bytes([2]) * 32),
        issuer_did(HOST, world.maker.gln),
        ITEMS,
        DESADV,
        seed=bytes(range(32)),
        time=canonical.format_timestamp(world.tick()),
    )


def read(document: Any, openings: reading.Openings) -> SignedEvent:
    digest = canonical.digest(canonical.serialize(document))
    return reading.read(document, digest, host=HOST, openings=openings)


def test_it_imports_nothing_of_ours() -> None:
    tree = ast.parse(Path(independent.__file__).read_text())
    modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    for node in ast.walk(tree):
        modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    outside = {module.split(".")[0] for module in modules} - sys.stdlib_module_names
    assert outside == {"nacl", "rfc8785"}


def test_their_event_of_1000_items_is_accepted_here() -> None:
    world = World()
    document, opened = of_theirs(world)
    contents = sealed_json.read_contents(canonical.parse(canonical.serialize(opened)))
    event = read(document, contents)
    event_hash.check_event_id(document["credentialSubject"])
    integrity.verify(document)
    assert event.goods.subjects == dict.fromkeys(ITEMS, 1)
    world.sealed[document["sealed"]["root"]] = contents
    world.put(document)
    world.act(world.maker, Act.SELL, ITEMS[:10])
    for uri in (ITEMS[0], ITEMS[9], ITEMS[999]):
        held = world.bundle(uri)
        (entry,) = [entry for entry in held["records"] if entry["document"] == document]
        index = sorted(ITEMS).index(uri)
        entry["openings"] = [independent.opening(opened, index)]
        assert run(world, held, subject=uri).verdict is Verdict.RECORDS_CHECK_OUT
    shown = sealed_json.read_openings([independent.opening(opened, 1000)])
    assert read(document, shown).members == {"/bizTransactionList": DESADV}


def test_our_event_of_1000_items_is_accepted_there() -> None:
    world = World()
    world.act(world.maker, Act.COMMISSION, ITEMS, reference="ASN-7", place=None)
    document = world.documents[-1]
    contents = world.contents(document)
    assert contents is not None
    independent.verify(document)
    opened = sealed_json.write_contents(contents)
    assert independent.is_whole(document, opened)
    shown = sealed_json.write_openings(sealed.openings(contents))
    assert len(shown) == 1001
    assert all(independent.proves(document["sealed"], opening) for opening in shown)
    assert shown[::100] == [independent.opening(opened, index) for index in range(0, 1001, 100)]
    assert document["credentialSubject"]["eventID"] == independent.event_id(
        document["credentialSubject"]
    )


def test_their_signatures_are_those_of_the_w3c_example() -> None:
    folder = shared.vectors("eddsa-jcs-2022")
    secured = canonical.parse((folder / "signedJCS.json").read_bytes())
    options = {name: value for name, value in secured["proof"].items() if name != "proofValue"}
    published = (folder / "combinedHashJCS.txt").read_text().strip()
    assert independent.signing_input(secured, options).hex() == published
    independent.verify(secured)


def test_they_refuse_too() -> None:
    world = World()
    document, opened = of_theirs(world)
    shown = independent.opening(opened, 7)
    assert independent.proves(document["sealed"], shown)
    assert not independent.proves(document["sealed"], shown | {"index": 8})
    assert not independent.proves(document["sealed"], shown | {"path": shown["path"][1:]})
    assert not independent.is_whole(document, opened | {"seed": "0" * 64})
    with pytest.raises(BadSignatureError):
        independent.verify(document | {"sealed": document["sealed"] | {"count": 999}})


def test_they_understand_the_worked_example() -> None:
    document, contents = worked_example.Example().sealing
    independent.verify(dict(document))
    opened = sealed_json.write_contents(contents)
    assert independent.is_whole(dict(document), opened)
    assert (
        independent.opening(opened, 4) == sealed_json.write_openings(sealed.openings(contents))[4]
    )
