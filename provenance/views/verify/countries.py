"""Names of countries and customs territories in the language of the page.

Codes and names are those of ISO 3166-1, as pycountry has them with their translations.
"""

import functools
import gettext
from typing import Final

import pycountry
from django.utils.translation import get_language

from provenance.views.verify import texts

_CATALOGUES: Final = {"zh-hans": "zh_CN", "ar": "ar", "es": "es"}
# The countries whose English names take an article in a sentence.
_ARTICLE: Final = frozenset(
    {
        *("AE", "BS", "CC", "CD", "CF", "CK", "DO", "FK", "FO", "GB", "GM", "HM", "KM", "KY"),
        *("MH", "MP", "MV", "NL", "PH", "SB", "TC", "UM", "US", "VA", "VG", "VI"),
    }
)


def name(code: str) -> str:
    """The name of the country `code`, or the code itself where it is none."""
    return _name(code, get_language() or "en")


@functools.lru_cache(maxsize=1_024)
def _name(code: str, language: str) -> str:
    country = pycountry.countries.get(alpha_2=code)
    if country is None:
        return code
    catalogue = _catalogue(language)
    common = getattr(country, "common_name", country.name)
    for written in (common, country.name):
        if (translated := catalogue.gettext(written)) != written:
            return str(translated)
    return str(common)


def in_sentence(code: str) -> str:
    """The name of a country or customs union within a sentence."""
    if code in texts.UNIONS:
        return str(texts.UNIONS[code])
    article = "the " if get_language() == "en" and code in _ARTICLE else ""
    return article + name(code)


@functools.cache
def _catalogue(language: str) -> gettext.NullTranslations:
    languages = [_CATALOGUES.get(language, language)]
    return gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages, fallback=True)
