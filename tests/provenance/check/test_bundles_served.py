"""Every place that hands out a bundle hands out the file that the command checks."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from provenance.core import gs1
from tests.cast import ITEM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept")]
DOCS = Path(__file__).resolve().parents[3] / "docs"


def from_page() -> bytes:
    return Client().get(gs1.parse_subject(ITEM).path, {"format": "bundle"}).content


def from_api() -> bytes:
    answer = Client().get("/api/v1/bundles", {"uri": ITEM})
    assert answer["Content-Type"] == "application/json"
    assert (answer["Cache-Control"], answer["Content-Disposition"]) == (
        "no-store",
        'attachment; filename="bundle.json"',
    )
    return answer.content


def from_docs() -> bytes:
    return (DOCS / "example/bundle.json").read_bytes()


@pytest.mark.parametrize("served", [from_page, from_api, from_docs])
def test_a_bundle_that_is_handed_out_checks_as_it_is(
    served: Callable[[], bytes], tmp_path: Path
) -> None:
    trust = tmp_path / "trust.json"
    trust.write_bytes(Client().get("/ledger/trust.json").content)
    roots = DOCS / "example/trust.json" if served is from_docs else trust
    command = [sys.executable, "-m", "provenance.core", "-", "--trust", str(roots)]
    done = subprocess.run(
        [*command, "--expect", ITEM],
        cwd=DOCS.parent,
        input=served(),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_page_and_endpoint_hand_out_one_file() -> None:
    assert from_page() == from_api()
