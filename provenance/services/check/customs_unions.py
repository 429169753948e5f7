"""Customs unions: inside each of them goods cross no customs border.

The trust file names them, so that every verifier counts borders alike. Changing a list
changes the trust file and its fingerprint. Sources, by ISO 3166-1 alpha-2 codes:

EU      customs territory of the Union with Monaco: Regulation (EU) No 952/2013 (Union
        Customs Code), article 4
EAEU    Treaty on the Eurasian Economic Union of 29 May 2014, and the accessions of
        Armenia and Kyrgyzstan
GCC     customs union of the Gulf Cooperation Council, in force since 1 January 2003
SACU    Southern African Customs Union Agreement of 21 October 2002
CH-LI   customs treaty of Switzerland and Liechtenstein of 29 March 1923
"""

from collections.abc import Mapping
from typing import Final

_COUNTRIES = {
    "EU": "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MC MT NL PL PT RO SE SI SK",
    "EAEU": "AM BY KG KZ RU",
    "GCC": "AE BH KW OM QA SA",
    "SACU": "BW LS NA SZ ZA",
    "CH-LI": "CH LI",
}
MEMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    name: tuple(countries.split()) for name, countries in _COUNTRIES.items()
}
