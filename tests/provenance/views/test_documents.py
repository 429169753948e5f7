"""The documents of docs/ as pages: all of them, with links that lead somewhere."""

import re
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import pytest
from django.conf import settings
from django.test import Client

from provenance.services.site import documents

DOCS = Path(settings.BASE_DIR) / "docs"


def page(address: str) -> str:
    answer = Client().get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_every_document_is_listed_and_served() -> None:
    assert {path.stem for path in DOCS.glob("*.md")} == set(documents.NAMES)
    assert {f"example/{path.name}" for path in (DOCS / "example").iterdir()} == set(documents.FILES)
    index = page("/docs/")
    for name in documents.NAMES:
        assert f'href="{name}"' in index
        first = (DOCS / f"{name}.md").read_text().partition("\n")[0].removeprefix("# ")
        assert "<h1 id=" in page(f"/docs/{name}")
        assert f">{first}</h1>" in page(f"/docs/{name}")


@pytest.mark.parametrize("name", documents.NAMES)
def test_every_link_of_a_document_leads_somewhere(name: str) -> None:
    html = page(f"/docs/{name}")
    article = html.partition("<article")[2].partition("</article>")[0]
    for link in re.findall(r'href="([^"]+)"', article):
        target, fragment = urldefrag(urljoin(f"/docs/{name}", link))
        if target.startswith("https://"):
            continue
        there = page(target)
        assert not fragment or f'id="{fragment}"' in there, link


def test_nothing_of_a_document_needs_a_looser_policy() -> None:
    answer = Client().get("/docs/format")
    html = answer.content.decode()
    assert "style=" not in html
    assert "<script" not in html
    assert "<!--" not in html.partition("<article")[2]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert '<div class="scroll" tabindex="0"><table>' in html


def test_the_example_is_served_as_it_is() -> None:
    for name in documents.FILES:
        answer = Client().get(f"/docs/{name}")
        assert answer["Content-Type"] == "application/json"
        assert answer.content == (DOCS / name).read_bytes()


@pytest.mark.parametrize(
    "name", ["../README", "%2e%2e/README", "api.md", "example", "example/", "x", "api/"]
)
def test_nothing_else_is_served(name: str) -> None:
    assert Client().get(f"/docs/{name}").status_code == 404


def test_the_image_has_the_documents() -> None:
    left_out = (DOCS.parent / ".dockerignore").read_text().split()
    assert not [line for line in left_out if line.strip("/").startswith("docs")]
