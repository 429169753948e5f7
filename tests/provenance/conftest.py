"""Stories that are kept in the database before a page is asked for them."""

import pytest
from pytest_django import Settings

from provenance.core.record.vocabulary import Act
from tests import stored
from tests.pages import CHINA
from tests.story import ITEM, MAKER, Story


@pytest.fixture
def kept(settings: Settings) -> Story:
    story = stored.begin(settings).journey()
    stored.keep(story.records)
    return story


@pytest.fixture
def started(settings: Settings) -> Story:
    """A made item, not stored yet."""
    story = stored.begin(settings)
    story.act(Act.COMMISSION, MAKER, {ITEM: 1}, **CHINA)
    return story
