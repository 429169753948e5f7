"""The tag {% remember %}: a part of a page that is rendered once for the same values.

    {% remember line=line %}…{% endremember %}

The part sees the values that are named and nothing else of the page's context, in
the current language. So it is a function of them, and nothing of one reader's page can
come to another.
"""

from typing import Any, Final

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.template.context import Context
from django.template.loader_tags import BlockNode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from provenance.services.memory import BoundedMemory

register = template.Library()

MOST: Final = 4_000_000  # characters in each process


_fragments: Final[BoundedMemory[tuple[Any, ...], SafeString]] = BoundedMemory(MOST)


class RememberNode(template.Node):
    """The part between the tags, and the values it is rendered from."""

    child_nodelists = ()  # it holds no block, so nobody need search it for blocks

    def __init__(self, values: dict[str, FilterExpression], nodelist: NodeList) -> None:
        self._values = values
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        values = {name: value.resolve(context) for name, value in self._values.items()}
        key = (self, get_language(), *values.values())
        text = _fragments.get(key)
        if text is None:
            text = mark_safe(self.nodelist.render(context.new(values)))  # noqa: S308  it is a template's
            _fragments.keep(key, text, len(text))
        return text


@register.tag
def remember(parser: Parser, token: Token) -> RememberNode:
    """{% remember name=value … %}: the values are hashable, and are not changed afterwards."""
    words = token.split_contents()[1:]
    values = token_kwargs(words, parser)
    nodelist = parser.parse(("endremember",))
    parser.delete_first_token()
    if words or nodelist.get_nodes_by_type(BlockNode):
        raise template.TemplateSyntaxError("remember takes name=value, and has no block in it")
    return RememberNode(values, nodelist)
