"""The command as docs/format.md describes it: its exit statuses, and its JSON member by
member.
"""

import contextlib
import copy
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from provenance.core import __main__
from provenance.core.check import bundle, report
from provenance.core.check import trust as trust_file
from provenance.core.check.result import Verdict
from provenance.core.record.vocabulary import Act
from provenance.core.signing import keys
from tests import worked_example
from tests.cast import ITEM, LOT
from tests.world import World

SECTION = worked_example.FORMAT.read_text().partition("### The command\n")[2].partition("\n## ")[0]
JSON_TYPES = {
    str: "string",
    int: "integer",
    bool: "boolean",
    list: "list",
    dict: "object",
    type(None): "null",
}


def table(head: str) -> dict[str, str]:
    """The first two columns of the table under `head`."""
    rows = SECTION.partition(f"{head}\n|---|---|---|\n")[2].partition("\n\n")[0]
    return dict(re.findall(r"^\| (.+?) \| (.+?) \|", rows, re.MULTILINE))


def broken(world: World, step: int) -> dict[str, Any]:
    """The world's bundle about the item, with its last document altered so that it fails
    at this step.
    """
    held = copy.deepcopy(world.bundle(ITEM))
    other, document = (entry["document"] for entry in held["records"][-2:])
    if step == 0:
        document["more"] = 1
    else:
        document["proof"]["proofValue"] = other["proof"]["proofValue"]
    return held


def reports(folder: Path) -> Iterator[dict[str, Any]]:
    """The command's JSON on bundles of every kind."""
    world, forger = World().journey(), World()
    forger.ledger_key = keys.generate(b"Q" * 32)
    roots = folder / "trust.json"
    roots.write_bytes(trust_file.format(world.trust))
    late = World()
    late.act(late.maker, Act.COMMISSION, ITEM, lot="L-1", expiry="2100-01-01")
    late.act(late.maker, Act.RECALL, ITEM)
    tries: list[tuple[bytes, list[str]]] = [
        (bundle.format(world.bundle(ITEM)), ["--trust", str(roots), "--expect", ITEM]),
        (bundle.format(world.bundle(ITEM)), ["--trust", str(roots), "--expect", LOT]),
        (bundle.format(world.bundle(ITEM, anchored=0)), ["--trust", str(roots)]),
        (bundle.format(world.bundle(World.maker.uri)), []),
        (bundle.format(late.bundle(ITEM)), []),
        *((bundle.format(broken(world, step)), []) for step in (0, 1)),
        (bundle.format(forger.journey().bundle(ITEM)), ["--trust", str(roots)]),
        (bundle.format(world.bundle(ITEM)), ["--most-records", "3"]),
        (b"", []),
    ]
    for content, options in tries:
        file = folder / "bundle.json"
        file.write_bytes(content)
        with contextlib.redirect_stdout(io.StringIO()) as out:
            status = __main__.main([str(file), "--json", *options])
        said = json.loads(out.getvalue())
        assert said["status"] == status
        yield said


def members(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every member of a report by its path, with its type."""
    if path:
        yield path, JSON_TYPES[type(value)]
    if isinstance(value, list):
        for entry in value:
            for inner, kind in members(entry):
                yield f"{path}[].{inner}", kind
    if isinstance(value, dict) and path != "params":
        for name, entry in value.items():
            for inner, kind in members(entry, name):
                yield f"{path}.{inner}" if path else inner, kind


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The reports of the command."""
    return list(reports(tmp_path_factory.mktemp("reports")))


def test_every_member_is_described_with_its_type_and_no_other(said: list[dict[str, Any]]) -> None:
    seen = defaultdict(set)
    for each in said:
        for path, kind in members(each):
            seen[path].add(kind)
    described = {
        path.strip("`"): set(types.split(" or "))
        for path, types in table("| member | type | says |").items()
    }
    assert seen == described


def test_every_answer_has_the_exit_status_that_is_described(said: list[dict[str, Any]]) -> None:
    described = {
        answer: int(status)
        for names, status in table("| last line | status | |").items()
        for answer in re.findall(r"\b[A-Z_]{5,}\b|any other verdict", names)
    }
    other = described.pop("any other verdict")
    unchecked = {Verdict.TOO_LARGE: 1}
    assert described == report.STATUSES | dict.fromkeys(report.PASSING, 0) | unchecked
    for each in said:
        assert each["status"] == described.get(each["answer"], other)
    assert {each["answer"] for each in said} == {
        *report.Answer,
        *(Verdict.RECORDS_CHECK_OUT, Verdict.CHECK_NEEDED, Verdict.RECALLED),
        *(Verdict.BROKEN_RECORD, Verdict.TOO_LARGE),
    }


def test_what_ends_without_a_check_has_a_code_and_no_verdict(said: list[dict[str, Any]]) -> None:
    unread = {"CANNOT_READ", "FOREIGN_ROOTS", "TOO_LARGE"}
    for each in said:
        assert ("code" in each) == ("verdict" not in each) == (each["answer"] in unread)
