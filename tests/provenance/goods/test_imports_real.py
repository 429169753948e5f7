"""Real deliveries: imported, anchored by a real Celery worker, rebuilt, exported, and
checked without Django.
"""

import itertools
import subprocess
import sys
import venv
from collections.abc import Iterator
from importlib import util
from pathlib import Path

import pytest

from config import embedded
from provenance.core.check import bundle, trust
from provenance.models import Event, Subject
from provenance.services import ledger
from provenance.services.check import verification
from provenance.services.goods import imports
from provenance.services.ledger import fsck
from provenance.services.record import rebuild
from tests import shared, wait

ROWS = 150
ROOT = Path(__file__).resolve().parents[3]
# The packages that provenance.core may import, and those that they need.
CORE_NEEDS = ("cryptography", "cffi", "_cffi_backend", "pycparser", "rfc8785", "nacl", "orjson")
WORKER = (
    "-m",
    "celery",
    "--quiet",
    "-A",
    "config",
    "worker",
    "--concurrency",
    "1",
    "--loglevel",
    "WARNING",
)
QUIET = ("--without-gossip", "--without-mingle", "--without-heartbeat")


@pytest.fixture
def deliveries(tmp_path: Path) -> Path:
    """The first rows of the real file."""
    path = tmp_path / "deliveries.csv"
    with shared.data("shipments/scms_delivery_history.csv").open("rb") as file:
        path.write_bytes(b"".join(itertools.islice(file, ROWS + 1)))
    return path


@pytest.fixture
def worker(process_env: dict[str, str], tmp_path: Path) -> Iterator[None]:
    """A Celery worker with beat, on this test's database and on a Redis that only it
    has.
    """
    redis = embedded.ensure(tmp_path / "redis", postgres=False)
    env = process_env | {"REDIS_URL": redis.redis_url, "CUSTOS_ANCHOR_INTERVAL": "1"}
    beat = ("--beat", "--schedule", str(tmp_path / "schedule"))
    with subprocess.Popen([sys.executable, *WORKER, *QUIET, *beat], cwd=ROOT, env=env) as process:
        yield
        process.terminate()
    embedded.release(tmp_path / "redis")


@pytest.mark.usefixtures("worker")
def test_the_slice_is_recorded_anchored_and_sound(deliveries: Path, tmp_path: Path) -> None:
    report = imports.run(deliveries, error_file=tmp_path / "errors.csv", chunk=200)
    assert report.imported + len(report.refused) == report.rows == ROWS
    assert Subject.objects.filter(kind="lot").count() == report.imported
    assert Event.objects.count() > report.events > 5 * ROWS
    wait.until(
        lambda: (head := ledger.latest()) is not None and head.size == Event.objects.count(),
        timeout=60,
    )
    assert not Event.objects.filter(ledger_index=None).exists()
    fsck.check()
    assert rebuild.rebuild() == []
    again = imports.run(deliveries, error_file=tmp_path / "errors.csv")
    assert (again.already, again.events) == (report.imported, 0)


@pytest.mark.usefixtures("db")
def test_an_exported_bundle_is_checked_without_django(deliveries: Path, tmp_path: Path) -> None:
    imports.run(deliveries, error_file=tmp_path / "errors.csv")
    ledger.anchor_pending()
    lot = Subject.objects.filter(kind="lot").order_by("uri")[0]
    exported, roots = tmp_path / "bundle.json", tmp_path / "trust.json"
    exported.write_bytes(bundle.format(verification.bundle_for(lot.uri)))
    roots.write_bytes(trust.format(verification.trust()))
    python = bare_python(tmp_path / "venv")
    assert (
        subprocess.run([python, "-c", "import django"], capture_output=True, check=False).returncode
        != 0
    )
    command = [str(python), "-m", "provenance.core", str(exported), "--trust", str(roots)]
    command += ["--expect", lot.uri]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = checked.stdout.splitlines()
    steps = [line for line in lines if line.startswith("(")]
    assert [line.split(": ")[1] for line in steps[:7]] == ["ok"] * 7, checked.stderr
    assert (lines[-1], checked.returncode) == (verification.check(lot.uri).verdict, 1)


def bare_python(folder: Path) -> Path:
    """A Python that has what the core needs and nothing else."""
    venv.create(folder, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    for name in CORE_NEEDS:
        spec = util.find_spec(name)
        if spec is not None and spec.origin is not None:
            origin = Path(spec.origin)
            installed = origin.parent if origin.name == "__init__.py" else origin
            (site / installed.name).symlink_to(installed)
    return folder / "bin" / "python"
