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


def _capture(env: dict[str, str], first: int, count: int, name: str = "Party") -> str:
    """Send registrations in, and return why the first of them was refused. Those of the
    same numbers and name are the same bytes.
    """
    done = workers.run(
        env,
        "from provenance.services.record import capture\n"
        "from tests import soundness\n"
        f"new = [soundness.registration(n, {name!r}) for n in range({first}, {first + count})]\n"
        "receipts = capture.capture(new, proceed=True)\n"
        "print(*(receipt.error.code for receipt in receipts if receipt.error))\n",
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.partition(" ")[0].strip()


def test_an_older_dump_is_noticed_and_nothing_is_signed_until_its_events_are_back(
    restored: dict[str, str],
) -> None:
    ours = open_ledger()
    before = ours.lock.load(), ours.files.published()
    assert ours.open_head(before[0], "lock store").size == DUMPED + LOST

    refused = workers.manage(restored, "anchor")
    assert (refused.returncode, "log-inconsistent" in refused.stderr) == (1, True), refused.stderr
    assert workers.manage(restored, "fsck").returncode == 1
    assert _capture(restored, 5000, NEW) == "log-inconsistent"
    assert workers.manage(restored, "anchor").returncode == 1
    missing = workers.manage(restored, "replay")
    assert (missing.returncode, missing.stdout.count("missing:")) == (1, LOST), missing.stderr
    assert (ours.lock.load(), ours.files.published()) == before

    assert _capture(restored, DUMPED - 1, LOST) == ""
    replayed = workers.manage(restored, "replay")
    assert (replayed.returncode, replayed.stdout.split()[0]) == (0, str(LOST)), replayed.stderr
    assert _capture(restored, 5000, NEW) == ""
    anchored = workers.manage(restored, "anchor")
    assert anchored.returncode == 0, anchored.stderr
    assert ours.open_head(ours.lock.load(), "lock store").size == DUMPED + LOST + NEW
    sound = workers.manage(restored, "fsck")
    assert sound.returncode == 0, sound.stderr


def test_the_database_that_was_replaced_cannot_sign_beside_the_restored_one(
    restored: dict[str, str],
) -> None:
    assert _capture(restored, DUMPED - 1, LOST) == ""
    replayed = workers.manage(restored, "replay")
    assert replayed.returncode == 0, replayed.stderr
    _capture(restored, 5000, NEW)
    anchored = workers.manage(restored, "anchor")
    assert anchored.returncode == 0, anchored.stderr
    with pytest.raises(errors.LogInconsistent):
        soundness.store(1)
    with pytest.raises(errors.LogInconsistent):
        ledger.anchor_pending()


def test_a_restored_database_that_took_other_events_signs_again(
    restored: dict[str, str], tmp_path: Path
) -> None:
    """As could happen before others were refused: five take the place of missing ones."""
    unaware = {**restored, "CUSTOS_LOCK_DIR": str(tmp_path / "none")}
    assert _capture(unaware, DUMPED - 1, NEW, "Other") == ""
    assert _capture(unaware, 5000, NEW) == ""
    assert _capture(restored, DUMPED - 1, LOST) == "head-moved"
    stuck = workers.manage(restored, "replay")
    assert (stuck.returncode, stuck.stdout.count("missing:")) == (1, NEW), stuck.stdout

    aside, sent = tmp_path / "aside", tmp_path / "sent"
    begun = workers.manage(restored, "replay", "--set-aside", str(aside))
    assert begun.stdout.startswith(f"{2 * NEW} events set aside"), begun.stderr
    again = workers.manage(restored, "replay", "--set-aside", str(aside))
    assert again.stdout.startswith("0 events set aside"), again.stderr
    assert len(aside.read_bytes().splitlines()) == 2 * NEW
    missing = [soundness.registration(number) for number in range(DUMPED - 1, DUMPED - 1 + LOST)]
    sent.write_bytes(b"\n".join(missing))
    replayed = workers.manage(restored, "replay", "--take", str(sent))
    assert replayed.returncode == 0, replayed.stdout
    after = workers.manage(restored, "replay", "--take", str(aside))
    assert (after.stdout.count("taken"), after.stdout.count("refused: head-moved")) == (NEW, NEW)
    for command in ("anchor", "fsck", "rebuild"):
        done = workers.manage(restored, command)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    ours = open_ledger()
    assert ours.open_head(ours.lock.load(), "lock store").size == DUMPED + LOST + NEW
