"""Real shipments: imported, declared from the same file, and every one gets a lane."""

import itertools
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from customs.models import Declaration
from customs.risk.lanes import Lane
from customs.services import assess
from provenance.services.goods import imports
from tests import shared
from tests.customs import generated

pytestmark = pytest.mark.django_db
ROWS = 400


@pytest.fixture
def deliveries(tmp_path: Path) -> Path:
    """The first rows of the real file."""
    path = tmp_path / "deliveries.csv"
    with shared.data("shipments/scms_delivery_history.csv").open("rb") as file:
        path.write_bytes(b"".join(itertools.islice(file, ROWS + 1)))
    return path


def test_every_declaration_of_the_file_gets_a_lane_for_reasons(
    deliveries: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    imports.run(deliveries, error_file=tmp_path / "errors.csv")
    count = generated.load(deliveries)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # of rows that are not committed PostgreSQL knows nothing else
    call_command("assess", "--top", "22")
    first, distribution, *reasons = capsys.readouterr().out.splitlines()
    assert first == f"{count} undecided declarations, {count} assessed"
    assert count > ROWS / 4
    lanes = dict(zip(distribution.split()[::2], distribution.split()[1::2], strict=True))
    assert lanes.keys() == set(Lane)
    assert sum(map(int, lanes.values())) == count
    assert Declaration.objects.filter(lane__in=list(Lane)).count() == count
    planted = {"quantity-differs", "mass-differs", "seal-differs", "first-time-trader"}
    assert planted <= {reason.split()[0] for reason in reasons}
    assert assess.assess_all().assessed == 0
