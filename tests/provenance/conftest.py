"""Stories that are kept in the database before a page is asked for them."""

import pytest
from pytest_django import Settings

from provenance.core.record.vocabulary import Act
from tests import captured
from tests.captured import Story
from tests.cast import CHINA, ITEM


@pytest.fixture
def kept(settings: Settings) -> Story:
    story = captured.story().journey()
    story.keep()
    return story


@pytest.fixture
def started(settings: Settings) -> Story:
    """A made item, not stored yet."""
    story = captured.story()
    story.act(story.maker, Act.COMMISSION, ITEM, **CHINA)
    return story
