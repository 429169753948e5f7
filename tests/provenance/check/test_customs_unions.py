"""The customs unions that the trust file names."""

from collections import Counter

import pycountry

from provenance.services.check import customs_unions


def test_members_are_countries_and_in_no_other_union() -> None:
    counts = Counter(code for codes in customs_unions.MEMBERS.values() for code in codes)
    assert {code for code in counts if pycountry.countries.get(alpha_2=code) is None} == set()
    assert {code for code, count in counts.items() if count > 1} == set()
