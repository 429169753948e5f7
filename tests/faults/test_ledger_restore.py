"""A real dump, restored too late: noticed, nothing signed, and the events sent in again
get their places back (F18).
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from config.embedded import postgres
from provenance.core import errors
from provenance.services import ledger
from provenance.services.ledger.ledger import open_ledger
from tests import soundness
from tests.faults import workers

DUMPED, LOST, NEW = 100, 60, 5


def _postgres(program: str, *arguments: str) -> None:
    database = connection.settings_dict
    where = ("-h", database["HOST"], "-U", database["USER"])
    subprocess.run([postgres.programs() / program, *where, *arguments], check=True)


@pytest.fixture
def restored(process_env: dict[str, str], tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of an installation whose database is an older dump, beside the
    ledger and lock store of today.
    """
    name = connection.settings_dict["NAME"]
    soundness.store(DUMPED)
    ledger.anchor_pending()
    _postgres("pg_dump", "-Fc", "-f", str(tmp_path / "dump"), name)
    soundness.store(LOST)
    ledger.anchor_pending()
    _postgres("createdb", f"{name}_restored")
    _postgres("pg_restore", "-d", f"{name}_restored", str(tmp_path / "dump"))
    url = urlsplit(process_env["DATABASE_URL"])
    yield {**process_env, "DATABASE_URL": url._replace(path=f"/{name}_restored").geturl()}
    _postgres("dropdb", "--force", f"{name}_restored")


def _capture(env: dict[str, str], first: int, count: int) -> None:
    """Send registrations in. Those of the same numbers are the same bytes."""
    done = workers.run(
        env,
        "from provenance.services.record import capture\n"
        "from tests import soundness\n"
        f"new = [soundness.registration(n) for n in range({first}, {first + count})]\n"
        "outcomes = capture.capture(new)\n"
        "assert all(outcome.stored for outcome in outcomes)\n",
    )
    assert done.returncode == 0, done.stderr


def test_an_older_dump_is_noticed_and_nothing_is_signed_until_its_events_are_back(
    restored: dict[str, str],
) -> None:
    ours = open_ledger()
    before = ours.lock.load(), ours.files.published()
    assert ours.open_head(before[0], "lock store").size == DUMPED + LOST

    refused = workers.manage(restored, "anchor")
    assert (refused.returncode, "log-inconsistent" in refused.stderr) == (1, True), refused.stderr
    assert workers.manage(restored, "fsck").returncode == 1
    _capture(restored, 5000, NEW)  # events are still accepted
    assert workers.manage(restored, "anchor").returncode == 1
    missing = workers.manage(restored, "replay")
    assert (missing.returncode, missing.stdout.count("missing:")) == (1, LOST), missing.stderr
    assert (ours.lock.load(), ours.files.published()) == before

    _capture(restored, DUMPED - 1, LOST)
    replayed = workers.manage(restored, "replay")
    assert (replayed.returncode, replayed.stdout.split()[0]) == (0, str(LOST)), replayed.stderr
    anchored = workers.manage(restored, "anchor")
    assert anchored.returncode == 0, anchored.stderr
    assert ours.open_head(ours.lock.load(), "lock store").size == DUMPED + LOST + NEW
    sound = workers.manage(restored, "fsck")
    assert sound.returncode == 0, sound.stderr


def test_the_database_that_was_replaced_cannot_sign_beside_the_restored_one(
    restored: dict[str, str],
) -> None:
    _capture(restored, DUMPED - 1, LOST)
    replayed = workers.manage(restored, "replay")
    assert replayed.returncode == 0, replayed.stderr
    _capture(restored, 5000, NEW)
    anchored = workers.manage(restored, "anchor")
    assert anchored.returncode == 0, anchored.stderr
    soundness.store(1)
    with pytest.raises(errors.LogInconsistent):
        ledger.anchor_pending()
