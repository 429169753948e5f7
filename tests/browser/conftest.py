"""A real browser, on a real server. CUSTOS_CHROMIUM names the browser; without one
these tests are skipped, and say so.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from pytest_django.live_server_helper import LiveServer

from provenance.core import gs1
from provenance.core.record.vocabulary import Act
from tests import captured
from tests.cast import CN, GTIN, ITEM, LOT, a_recall

CHROMIUM = Path(os.environ.get("CUSTOS_CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def site(live_server: LiveServer) -> str:
    """The address of a server that holds one closed journey, and a lot that was
    recalled.
    """
    story = captured.story().journey()
    story.act(story.maker, Act.COMMISSION, {LOT: 100}, place=CN, offset="+08:00")
    story.claim(story.maker, Act.PRODUCT_RECALLED, gs1.product_uri(GTIN), **a_recall(lots=[LOT]))
    story.keep()
    assert ITEM in story.states
    return live_server.url


@pytest.fixture
def chromium(site: str) -> Iterator[Browser]:
    """A browser; it asks for `site` so that nothing touches the database while its loop
    runs.
    """
    assert site
    if not CHROMIUM.exists():
        pytest.skip(f"there is no browser at {CHROMIUM}; CUSTOS_CHROMIUM names another")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
