"""What docs/operations.md tells an operator to do, done."""

import shutil
from pathlib import Path

import pytest
from pytest_django import Settings

from provenance.core import errors
from provenance.services import anchoring
from provenance.services.anchoring import files, lockstore
from tests import ledger

pytestmark = pytest.mark.django_db


def test_a_lost_lock_store_stops_signing_and_is_made_again_from_the_published_head(
    settings: Settings,
) -> None:
    ledger.store(5)
    anchoring.anchor_pending()
    shutil.rmtree(settings.CUSTOS_LOCK_DIR)
    ledger.store(1)
    with pytest.raises(errors.LogInconsistent):
        anchoring.anchor_pending()
    assert anchoring.health()["state"] == "inconsistent"

    Path(settings.CUSTOS_LOCK_DIR).mkdir()
    published = Path(settings.CUSTOS_LEDGER_DIR) / files.CHECKPOINT
    shutil.copy(published, Path(settings.CUSTOS_LOCK_DIR) / lockstore.TREE_HEAD)
    anchoring.anchor_pending()
    ledger.assert_all_anchored(6)
