"""The officers' pages in a browser: narrow and wide, light and dark, each language, by
keyboard. None of them has a script.
"""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from pytest_django.live_server_helper import LiveServer

from customs.models import Declaration
from customs.services import demo
from provenance.services.site import demo as goods_demo
from tests.browser.conftest import CHROMIUM, FLAGS

ACCESSIBILITY = (Path(__file__).parent / "accessibility.js").read_text()
SHOTS = os.environ.get("CUSTOS_SHOTS", "")
PAGES = {"login": "/customs/login", "arrivals": "/customs/", "policy": "/customs/policy"}
SIZES = {"phone": (360, 740), "desk": (1280, 800)}


@pytest.fixture
def work(live_server: LiveServer) -> tuple[str, dict[str, str], str]:
    """The address of a server with the demo, the supervisor's cookie, and the page of a red
    declaration.
    """
    assert goods_demo.load() is not None
    users = demo.load()
    assert users is not None
    client = Client()
    form = {"username": "supervisor", "password": users["supervisor"]}
    assert client.post("/customs/login", form).status_code == 302
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    red = Declaration.objects.get(number__startswith="NL-IM-7716")
    return live_server.url, cookie | {"url": live_server.url}, f"/customs/declarations/{red.pk}"


@pytest.fixture
def officer(work: tuple[str, dict[str, str], str]) -> Iterator[BrowserContext]:
    """A browser in which the supervisor, an officer too, is signed in."""
    if not CHROMIUM.exists():
        pytest.skip(f"there is no browser at {CHROMIUM}; CUSTOS_CHROMIUM names another")
    with sync_playwright() as playwright:
        browser: Browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context()
        context.add_cookies([work[1]])  # type: ignore[list-item]
        yield context
        browser.close()


@pytest.mark.parametrize("language", list(dict(settings.LANGUAGES)))
def test_every_page_fits_reads_and_names_its_parts(
    officer: BrowserContext, work: tuple[str, dict[str, str], str], language: str
) -> None:
    site, _, red = work
    faults, page = [], officer.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for name, path in (PAGES | {"red": red}).items():
        page.goto(f"{site}{path}?lang={language}")
        for (size, (width, height)), scheme in itertools.product(SIZES.items(), ("light", "dark")):
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            where = f"{name} {size} {scheme}"
            faults += [f"{where}: {fault}" for fault in page.evaluate(ACCESSIBILITY)]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                faults.append(f"{where}: scrolls sideways")
            if SHOTS:
                shot = f"{SHOTS}/customs-{name}-{size}-{scheme}-{language}.png"
                page.screenshot(path=shot, full_page=True)
    assert faults == []
    assert said == []


def test_an_officer_finds_a_red_declaration_and_lowers_it_by_keyboard(
    officer: BrowserContext, work: tuple[str, dict[str, str], str]
) -> None:
    site, _, red = work
    page = officer.new_page()
    page.goto(f"{site}/customs/?lang=en")
    page.get_by_role("link", name="NL-IM-7716").click()
    assert page.url.startswith(f"{site}{red}")
    assert page.get_by_text("Recalled:").is_visible()
    page.get_by_label("New lane").select_option("green")
    page.get_by_label("Reason").focus()
    page.keyboard.type("seen at the post")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator(".verdict.green").is_visible()
    assert page.get_by_text("seen at the post").is_visible()
