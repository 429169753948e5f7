"""The steps that docs/operations.md gives an operator, done."""

import shutil
from pathlib import Path

import pytest
from pytest_django import Settings

from provenance.core import errors
from provenance.services import ledger
from provenance.services.ledger import files, lock_store
from tests import soundness

pytestmark = pytest.mark.django_db


def test_a_lost_lock_store_stops_signing_and_is_made_again_from_the_published_head(
    settings: Settings,
) -> None:
    soundness.store(5)
    ledger.anchor_pending()
    shutil.rmtree(settings.CUSTOS_LOCK_DIR)
    soundness.store(1)
    with pytest.raises(errors.LogInconsistent):
        ledger.anchor_pending()
    assert ledger.health()["state"] == "inconsistent"

    Path(settings.CUSTOS_LOCK_DIR).mkdir()
    published = Path(settings.CUSTOS_LEDGER_DIR) / files.CHECKPOINT
    shutil.copy(published, Path(settings.CUSTOS_LOCK_DIR) / lock_store.TREE_HEAD)
    ledger.anchor_pending()
    soundness.assert_all_anchored(6)
