"""Our JSON-LD context, by a processor of others in safe mode: nothing is lost, and EPCIS
words get the addresses of GS1.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from provenance.core.epcis.vocabulary import CUSTOS_NS, Field
from provenance.core.record import jsonld, view
from provenance.core.record.sealed import Member, SealedMember
from provenance.core.record.vocabulary import Act
from tests.cast import item
from tests.core.record import sealing
from tests.core.record.test_reading import GOOD
from tests.worked_example import Example

SEALED, _ = sealing.event()
TRANSFORMED, _ = sealing.event(kind=Act.TRANSFORM, outputs={item("OUT"): 1})
HERE = Path(__file__).resolve().parents[2] / "jsonld"


@pytest.fixture
def node() -> str:
    """The node program, where it and the processor's packages are there."""
    program = shutil.which("node")
    if program is None or not (HERE / "node_modules").is_dir():
        pytest.skip(f"no node, or no packages in {HERE}: npm ci --prefix tests/jsonld brings them")
    return program


def expand(node: str, documents: list[Any], tmp_path: Path) -> list[dict[str, Any]]:
    """What the processor makes of each document."""
    ours = tmp_path / "context.json"
    ours.write_text(json.dumps({jsonld.ADDRESS: jsonld.context()}))
    text = "\n".join(json.dumps(document) for document in documents)
    done = subprocess.run(
        [node, HERE / "expand.js", ours], input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_no_value_of_any_document_is_lost(node: str, tmp_path: Path) -> None:
    documents = [*Example().documents, *GOOD.values(), SEALED, TRANSFORMED]
    for document, seen in zip(documents, expand(node, documents, tmp_path), strict=True):
        assert seen["after"] == seen["before"], document["credentialSubject"]


def test_a_seal_has_its_addresses(node: str, tmp_path: Path) -> None:
    (seen,) = expand(node, [SEALED], tmp_path)
    integer = "^^<http://www.w3.org/2001/XMLSchema#integer>"
    seal = SEALED["sealed"]
    for name, value in (
        ("count", f'"{seal["count"]}"{integer}'),
        ("members", f'"{seal["members"]}"{integer}'),
        ("root", f'"{seal["root"]}"'),
    ):
        assert f"<{jsonld.VOCABULARY}{name}> {value}" in seen["quads"]
    assert f"<{jsonld.VOCABULARY}sealed> " in seen["quads"]
    assert "<https://ref.gs1.org/epcis/epcClass> <https://id.gs1.org/01/" in seen["quads"]


def test_a_view_in_full_keeps_every_value(node: str, tmp_path: Path) -> None:
    document = GOOD["checkpoint"]
    members = [SealedMember(Member.DECLARATION, "D-7"), SealedMember(Member.SEALS, ["S-1", "S-2"])]
    event = view.with_members(document["credentialSubject"], members)
    (seen,) = expand(node, [{**document, "credentialSubject": event}], tmp_path)
    assert seen["after"] == seen["before"]
    for number in ("S-1", "S-2"):
        assert f'<{CUSTOS_NS}seals> "{number}"' in seen["quads"]


def test_words_have_their_addresses(node: str, tmp_path: Path) -> None:
    (customs, recall) = expand(node, [GOOD["checkpoint"], GOOD["recall"]], tmp_path)
    for part in (
        "<https://ref.gs1.org/epcis/bizStep> <https://ref.gs1.org/cbv/BizStep-departing>",
        "<https://ref.gs1.org/epcis/action> <https://ref.gs1.org/epcis/OBSERVE>",
        f"<{CUSTOS_NS}customs> ",
        f'<{jsonld.VOCABULARY}country> "NL"',
        f'<{jsonld.VOCABULARY}edifact> "7365:4"',
    ):
        assert part in customs["quads"]
    assert f'<{jsonld.VOCABULARY}contact> "care@lantern.example"' in recall["quads"]


def test_an_event_that_stands_alone_keeps_its_own_members(node: str, tmp_path: Path) -> None:
    event = GOOD["checkpoint"]["credentialSubject"]
    alone = {**event, "@context": [jsonld.ADDRESS, *event["@context"]]}
    (seen,) = expand(node, [alone], tmp_path)
    assert seen["after"] == seen["before"]


def test_the_vocabulary_names_every_extension() -> None:
    terms = {term["@id"] for term in jsonld.vocabulary()["@graph"]}
    assert {f"{CUSTOS_NS}{field.partition(':')[2]}" for field in Field} <= terms
    assert f"{CUSTOS_NS}seals" in terms
