"""The public pages in a browser: narrow and wide, light and dark, both directions,
without scripts, by keyboard.
"""

import itertools
import os
import re
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, ViewportSize

from provenance.core import gs1
from provenance.services.goods import labels
from tests.cast import GTIN, ITEM, LOT, PALLET

ACCESSIBILITY = (Path(__file__).parent / "accessibility.js").read_text()
SHOTS = os.environ.get("CUSTOS_SHOTS", "")
PAGES = {
    "green": gs1.parse_subject(ITEM).path,
    "recalled": gs1.parse_subject(LOT).path,
    "limited": gs1.parse_subject(PALLET).path,
    "unknown": f"/01/{GTIN}/21/UNKNOWN",
    "check-digit": "/01/09520000000005/21/A",
    "verify": "/verify",
    "foreign": "/verify?code=https://evil.example/01/09520000000004/21/A",
    "home": "/",
    "ledger": "/ledger/",
    "document": "/docs/api",
    "missing": "/no-such-page",
}
SIZES: dict[str, ViewportSize] = {
    "phone": {"width": 360, "height": 740},
    "desk": {"width": 1280, "height": 800},
}


def at(site: str, address: str, language: str) -> str:
    return f"{site}{address}{'&' if '?' in address else '?'}lang={language}"


@pytest.mark.parametrize("language", list(dict(settings.LANGUAGES)))
def test_every_page_fits_reads_and_names_its_parts(
    chromium: Browser, site: str, language: str
) -> None:
    faults = []
    page = chromium.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for name, address in PAGES.items():
        page.goto(at(site, address, language))
        for fold in page.locator("details").all():
            fold.evaluate("element => { element.open = true }")
        for (size, viewport), scheme in itertools.product(SIZES.items(), ("light", "dark")):
            page.set_viewport_size(viewport)
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            where = f"{name} {size} {scheme}"
            faults += [f"{where}: {fault}" for fault in page.evaluate(ACCESSIBILITY)]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                faults.append(f"{where}: scrolls sideways")
            if SHOTS:
                page.screenshot(
                    path=f"{SHOTS}/{name}-{size}-{scheme}-{language}.png", full_page=True
                )
    assert faults == []
    assert [text for text in said if "Failed to load resource" not in text] == []


def test_a_fault_would_be_seen(chromium: Browser, site: str) -> None:
    page = chromium.new_page(viewport=SIZES["phone"])
    page.goto(at(site, PAGES["green"], "en"))
    page.evaluate("""() => {
        const sheet = document.styleSheets[0];
        sheet.insertRule('h1 { color: #9fb8a6 !important }', sheet.cssRules.length);
        sheet.insertRule('main { min-inline-size: 400px }', sheet.cssRules.length);
        const faulty = '<h1 id=verdict>2</h1><input><a href="/"></a>';
        document.body.insertAdjacentHTML('beforeend', faulty);
    }""")
    faults = page.evaluate(ACCESSIBILITY)
    for start in ("contrast", "an id", "not exactly one h1", "no label", "no name"):
        assert [fault for fault in faults if fault.startswith(start)], start
    assert page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_the_verify_page_is_one_request(chromium: Browser, site: str) -> None:
    page = chromium.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site + PAGES["green"], wait_until="networkidle")
    assert [url for url in asked if not url.startswith("data:")] == [site + PAGES["green"]]
    assert page.context.cookies() == []


def test_everything_works_without_scripts(chromium: Browser, site: str) -> None:
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(f"{site}/verify")
    page.get_by_label("The link or the numbers on the label").fill(f"(01){GTIN}(21)7K3M9QZXW2T5")
    page.get_by_role("button", name="Check the code").click()
    assert re.search(r"its 10 records check out", page.get_by_role("heading", level=1).inner_text())
    page.get_by_text("Check it yourself").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the bundle").click()
    assert download.value.suggested_filename == "bundle.json"
    page.get_by_role("link", name="العربية").click()
    assert page.locator("html").get_attribute("dir") == "rtl"


def test_a_photo_of_a_label_leads_to_its_page(chromium: Browser, site: str, label: Path) -> None:
    page = chromium.new_page(viewport=SIZES["phone"])
    page.goto(f"{site}/verify?lang=es")
    page.locator("input[type=file]").set_input_files(label)
    with page.expect_navigation():
        page.locator("form[method=post] button").click()
    assert page.url == f"{site}{PAGES['green']}?lang=es"
    assert page.locator(".verdict.green").is_visible()


def test_a_form_whose_cookie_is_gone_asks_again_and_then_works(
    chromium: Browser, site: str, label: Path
) -> None:
    page = chromium.new_page(viewport=SIZES["phone"])
    page.goto(f"{site}/verify?lang=ar")
    page.context.clear_cookies()
    for heading in ("لم تُرسَل الصورة", None):
        page.locator("input[type=file]").set_input_files(label)
        with page.expect_navigation():
            page.locator("form[method=post] button").click()
        if heading is not None:
            assert page.get_by_role("heading", level=1).inner_text() == heading
            assert page.evaluate(ACCESSIBILITY) == []
            assert page.locator(".verdict.grey").is_visible()
    assert page.url == f"{site}{PAGES['green']}?lang=ar"


@pytest.fixture
def label(tmp_path: Path) -> Path:
    """A picture of the label of the item with the closed journey."""
    path = tmp_path / "label.png"
    path.write_bytes(labels.png(ITEM))
    return path


def test_right_to_left_is_mirrored(chromium: Browser, site: str) -> None:
    page = chromium.new_page(viewport=SIZES["desk"])
    sides = {}
    for language in ("en", "ar"):
        page.goto(at(site, PAGES["green"], language))
        box = page.locator(".brand").bounding_box()
        assert box is not None
        sides[language] = "left" if box["x"] < SIZES["desk"]["width"] / 2 else "right"
    assert sides == {"en": "left", "ar": "right"}


def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    chromium: Browser, site: str
) -> None:
    page = chromium.new_page()
    page.goto(site + PAGES["green"])
    visited = [step(page) for _ in range(page.locator("a, button, input, summary").count())]
    names = [name for name, _ in visited if name]
    assert names[0] == "Skip to the content"
    assert names.index("Custos") < names.index("Español") < names.index("Check it yourself")
    assert names.index("Check it yourself") < names.index("Check another code")
    assert [name for name, outlined in visited if name and not outlined] == []
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("link", name="Download the bundle").is_visible()


def step(page: Page) -> tuple[str, bool]:
    """Press Tab. Returns the name of the focused element, and whether an outline shows
    it.
    """
    page.keyboard.press("Tab")
    name, outlined = page.evaluate(
        """() => {
            const at = document.activeElement, style = getComputedStyle(at);
            return [at === document.body ? '' : at.textContent.trim(),
                    style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2];
        }"""
    )
    return name, outlined
