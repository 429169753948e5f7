"""Stories that are kept in the database before a page is asked for them."""

import pytest

from provenance.core.check.result import Verdict
from provenance.core.record.vocabulary import Act
from provenance.services.check import verification
from tests import captured
from tests.captured import Story
from tests.cast import CHINA, ITEM


@pytest.fixture
def kept() -> Story:
    """A whole journey, stored and anchored, whose records check out."""
    story = captured.story().journey()
    story.keep()
    assert verification.check(ITEM).verdict is Verdict.RECORDS_CHECK_OUT
    return story


@pytest.fixture
def started() -> Story:
    """A made item, not stored yet."""
    story = captured.story()
    story.act(story.maker, Act.COMMISSION, ITEM, **CHINA)
    return story
