"""The rule for every text: one spelling, and nothing in it that is not seen."""

import unicodedata
from dataclasses import replace
from typing import Any

import pytest

from provenance.core import errors, texts
from provenance.core.check.result import Verdict
from provenance.core.record.vocabulary import Act
from tests.cast import CN, ITEM
from tests.core.check.checking import failed, run
from tests.world import World

CLEAN = {
    "Latin": "Lantern & Loom, caf\u00e9",
    "Chinese": "灯笼与织机",
    "Arabic": "الفانوس والنول",
    "no-break space": "Loom\u00a0& Co",
    "emoji": "Loom \U0001f3ee",
    "non-joiner, Persian": "می\u200cخواهم",
    "joiner, Sinhala": "ශ්\u200dරී",
    "joiner before a mark, Bengali": "র\u200d্য",
    "selector, Han": "葛\U000e0100城",
    "selector, Mongolian": "ᠠ\u180b",
    "empty": "",
}
UNCLEAN = {
    "escape": "Loom\x1b[2J",
    "line feed": "Loom\nok",
    "tab": "Loom\tok",
    "delete": "Loom\x7f",
    "C1 control": "Loom\x9b",
    "NUL": "Lo\0om",
    "line separator": "Loom\u2028",
    "zero-width space": "Lo\u200bom",
    "joiner in Latin": "Lo\u200dom",
    "non-joiner in Latin": "Lo\u200com",
    "joiner between scripts": "ක\u200dخ",
    "joiner at the end": "می\u200c",
    "joiner at the start": "\u200cمی",
    "two joiners": "م\u200c\u200cخ",
    "word joiner": "Lo\u2060om",
    "byte order mark within": "Lo\ufeffom",
    "soft hyphen": "Lo\u00adom",
    "override": "Loom\u202egpj",
    "isolate": "Loom\u2066x\u2069",
    "letter mark": "Loom\u061c",
    "filler": "Lo\u3164om",
    "blank Braille": "Loom\u2800",
    "selector in Latin": "Lo\ufe0fom",
    "tag": "Loom\U000e0041",
    "private": "Loom\ue000",
    "half a pair": "Loom\ud800",
    "decomposed": "cafe\u0301",
    "decomposed Hangul": unicodedata.normalize("NFD", "직기"),
    "Ohm sign": "\u2126",
}


@pytest.mark.parametrize("text", CLEAN.values(), ids=CLEAN)
def test_a_clean_text_passes(text: str) -> None:
    texts.check(text)
    texts.check_known(text)
    assert texts.normal({"name": [text]}) == {"name": [text]}


@pytest.mark.parametrize("text", UNCLEAN.values(), ids=UNCLEAN)
def test_an_unclean_text_is_refused_and_its_detail_is_seen(text: str) -> None:
    with pytest.raises(errors.BadText) as caught:
        texts.check(text)
    assert caught.value.detail.isprintable()


def test_what_unicode_has_not_assigned_is_refused_where_documents_are_taken_in_alone() -> None:
    text = "Loom \U000e0fff"
    assert unicodedata.category(text[-1]) == "Cn"
    texts.check(text)
    with pytest.raises(errors.BadText):
        texts.check_known([{"name": text}])


def edit(name: str, value: Any) -> Any:
    """Put a text into a member of an event, or as the name of one."""

    def change(document: dict[str, Any]) -> None:
        body = document["credentialSubject"]
        if name == "evidence":
            document["evidence"] = [{"name": {"file": [value]}}]
        elif name == "member":
            body[f"custos:{value}"] = "x"
        else:
            body["custos:place"]["name"] = value

    return change


@pytest.mark.parametrize("where", ["place", "evidence", "member"])
@pytest.mark.parametrize("text", ["Lo\u200bom", "cafe\u0301"], ids=["zero-width", "decomposed"])
def test_a_signed_event_with_an_unclean_text_is_refused(where: str, text: str) -> None:
    world = World()
    with pytest.raises(errors.BadText):
        world.act(world.maker, Act.COMMISSION, ITEM, edit=edit(where, text))


@pytest.mark.parametrize("text", ["Loom\u202e", "cafe\u0301"], ids=["override", "decomposed"])
def test_a_claim_with_an_unclean_text_is_refused(text: str) -> None:
    world = World()
    with pytest.raises(errors.BadText):
        world.register_product("09520000000011", text)


def test_a_bundle_with_an_unclean_text_is_broken() -> None:
    world = World().journey()
    held = world.bundle(ITEM)
    held["records"][-1]["document"]["evidence"] = [{"name": "Lo\u200bom"}]
    assert failed(run(world, held)) == (0, "bad-text")


def test_what_is_composed_here_is_normal_before_it_is_signed() -> None:
    world = World()
    place = replace(CN, name="cafe\u0301")
    world.act(world.maker, Act.COMMISSION, ITEM, place=place, evidence=[{"name": "cafe\u0301"}])
    assert world.events[-1].goods.place.name == "caf\u00e9"
    assert world.events[-1].document["evidence"] == [{"name": "caf\u00e9"}]
    assert run(world).verdict is Verdict.RECORDS_CHECK_OUT
