"""The facts of the verify page: goods, brand, rights and maker."""

from datetime import timedelta

import pytest
from django.utils import timezone

from provenance.core.record.vocabulary import Act
from tests import cast
from tests.captured import Story
from tests.cast import BRANDED, CHINA, RIGHT
from tests.pages import get, text

pytestmark = pytest.mark.django_db
ITEM = cast.item("A1", BRANDED)


def shown(story: Story) -> str:
    story.act(story.maker, Act.COMMISSION, ITEM, **CHINA)
    story.keep()
    return text(get(ITEM))


def begun() -> Story:
    story = Story((*cast.TRADE, "office"), start=timezone.now() - timedelta(days=2))
    story.protect()
    return story


def test_a_right_that_no_office_verified_says_so_whatever_office_its_owner_names() -> None:
    page = shown(begun())
    assert "Trademark Lantern &amp; Loom, verified by no office" in page
    assert "WIPO" not in page


def test_a_verified_right_names_the_office_that_signed() -> None:
    story = begun()
    story.claim(story.office, Act.RIGHT_VERIFIED, RIGHT, reference="BR 7")
    assert "Trademark Lantern &amp; Loom, verified by Benelux Register" in shown(story)


def test_an_owner_that_makes_its_own_goods_has_no_licence() -> None:
    assert "licence of" not in shown(begun())
