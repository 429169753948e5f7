"""Countries as a delivery file spells them, in ISO 3166-1 alpha-2.

Names, codes and their changes come from pycountry. Spellings of the file's own are
listed in `SPELLINGS`. A manufacturing site names its country only where its last words
are a country; the country of any other site is unknown.
"""

import functools
import re

import pycountry

SPELLINGS = {
    "Congo, DRC": "CD",
    "Swaziland": "SZ",  # Eswatini since 2018
}
# Last words of a site. Two letters are also company forms (SA, AG, AS), states of the
# USA and, for SA, another country than the file means (its SA is South Africa, ISO's is
# Saudi Arabia): only these count, and only in capitals.
ENDINGS = {
    "DE": "DE",
    "GR": "GR",
    "IN": "IN",
    "IT": "IT",
    "NL": "NL",
    "UK": "GB",
    "US": "US",
    "USA": "US",
}
# Countries whose name is as well known as another place's.
AMBIGUOUS = frozenset({"georgia", "jersey"})
_SEPARATORS = re.compile(r"[\s,;()]+")
_MOST_WORDS = 4


def country(text: str) -> str | None:
    """The country that `text` names or codes, or None."""
    return SPELLINGS.get(text) or _codes().get(text) or _names().get(text.casefold())


@functools.lru_cache(maxsize=10_000)
def country_of_site(text: str) -> str | None:
    """The country that the last words of a manufacturing site name, or None where they
    name none for certain.
    """
    words = _SEPARATORS.split(text.strip(" .,;()"))
    if words[-1] in ENDINGS:
        return ENDINGS[words[-1]]
    for count in range(min(_MOST_WORDS, len(words)), 0, -1):
        name = " ".join(words[-count:]).casefold()
        if name in _names():
            before = words[-count - 1] if len(words) > count else ""
            return None if name in AMBIGUOUS or before == "New" else _names()[name]  # New Mexico
    return None


@functools.cache
def _names() -> dict[str, str]:
    """Every name of ISO 3166-1, in lower case."""
    return {
        name.casefold(): entry.alpha_2
        for entry in pycountry.countries
        for attribute in ("official_name", "name", "common_name")
        if (name := getattr(entry, attribute, None))
    }


@functools.cache
def _codes() -> dict[str, str]:
    return {
        code: entry.alpha_2
        for entry in pycountry.countries
        for code in (entry.alpha_2, entry.alpha_3)
    }
