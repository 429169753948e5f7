"""The documents in docs/, as HTML fragments. They are ours and part of the release, so a
process reads each once.
"""

import functools
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.token import Token

# In the order in which a reader wants them.
NAMES: Final = (
    "api",
    "errors",
    "format",
    "trust",
    "security",
    "import",
    "operations",
    "architecture",
    "performance",
    "glossary",
)
FILES: Final = ("example/bundle.json", "example/trust.json")
_FILE: Final = re.compile(r"^(\w+)\.md(#|$)")
_COMMENT: Final = re.compile(r"<!--.*?-->\n?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Manual:
    """A document: its name, its first heading, and all of it as HTML."""

    name: str
    title: str
    html: SafeString


def folder() -> Path:
    """The folder that the documents are in."""
    return Path(settings.BASE_DIR) / "docs"


@functools.cache
def read(name: str) -> Manual:
    """The document `name`, which is one of NAMES. Links among them lead to pages."""
    text = _COMMENT.sub("", (folder() / f"{name}.md").read_text("utf-8"))
    parser = _parser()
    tokens = parser.parse(text)
    for before, token in itertools.pairwise(tokens):
        if before.type == "heading_open":
            before.attrSet("id", anchor(token.content))
        if before.type in ("th_open", "td_open"):
            before.attrs.pop("style", None)  # no inline style passes our CSP
    for link in (child for token in tokens for child in token.children or ()):
        if link.type == "link_open":
            link.attrSet("href", _FILE.sub(r"\1\2", str(link.attrGet("href"))))
    title = next(token.content for token in tokens if token.type == "inline")
    # Safe: raw HTML in the text is escaped by the parser.
    html = SafeString(parser.renderer.render(tokens, parser.options, {}))
    return Manual(name, title, html)


def anchor(heading: str) -> str:
    """The name of a heading in a link, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("table_open", _table_open)
    parser.add_render_rule("table_close", _table_close)
    parser.add_render_rule("fence", _block_of_code)
    parser.add_render_rule("code_block", _block_of_code)
    return parser


def _table_open(_self: Any, _tokens: Sequence[Token], *_: Any) -> str:
    return '<div class="scroll" tabindex="0"><table>\n'


def _block_of_code(_self: Any, tokens: Sequence[Token], index: int, *_: Any) -> str:
    return f'<pre tabindex="0"><code>{escape(tokens[index].content)}</code></pre>\n'


def _table_close(_self: Any, _tokens: Sequence[Token], *_: Any) -> str:
    return "</table></div>\n"
