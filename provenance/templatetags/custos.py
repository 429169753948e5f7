"""Template tags of every page: links that keep a language chosen by hand, and the
choice of languages.
"""

import functools
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template.context import Context

register = template.Library()


@register.simple_tag(takes_context=True)
def language_url(context: Context, path: str) -> str:
    """`path`, with the `?lang=` that the reader chose if they chose a language."""
    request: HttpRequest | None = context.get("request")
    chosen = request.GET.get("lang", "") if request is not None else ""
    return f"{path}?lang={chosen}" if chosen in dict(settings.LANGUAGES) else path


@register.simple_tag(takes_context=True)
def languages(context: Context) -> tuple[tuple[str, str, str], ...]:
    """Code, own name and link of this page in each language."""
    request: HttpRequest | None = context.get("request")
    kept = "" if request is None else request.GET.get("code", "")
    return _choices(kept)


@functools.lru_cache(maxsize=256)
def _choices(code: str) -> tuple[tuple[str, str, str], ...]:
    kept = [("code", code)] if code else []
    return tuple(
        (language, name, "?" + urlencode([*kept, ("lang", language)]))
        for language, name in settings.LANGUAGES
    )
