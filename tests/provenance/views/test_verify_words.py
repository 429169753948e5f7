"""The sentences of the verify page: none is missing, in any of its languages."""

import re

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from provenance.core import errors
from provenance.core.check.loop import LoopReason, LoopState
from provenance.core.check.result import TITLES, StepOutcome, Verdict
from provenance.core.epcis.vocabulary import Procedure
from provenance.core.record.acts import CHECKPOINTS, GOODS_RULES
from provenance.core.record.lateness import Lateness
from provenance.core.record.vocabulary import Act, RightKind
from provenance.services.check import customs_unions
from provenance.views.verify import page, texts
from tests import messages

LANGUAGES = ["en", "zh-hans", "ar", "es"]


def subclasses(cls: type[errors.ProvenanceError]) -> set[type[errors.ProvenanceError]]:
    return {cls}.union(*(subclasses(subclass) for subclass in cls.__subclasses__()))


CORE_CODES = {
    error.code
    for error in subclasses(errors.ProvenanceError)
    if error.__module__ == errors.__name__
}
# Codes that `core.check` and `services.check.verification` add to those of errors and loops.
FURTHER = {
    *Lateness,
    *("expired", "corrected", "handoff-not-accepted", "key-compromised", "unavailable"),
    *("licence-ended-before-recorded", "dated-ahead", "dated-before-key", "former-tree-head"),
}


def test_every_reason_code_has_a_sentence() -> None:
    assert not (CORE_CODES | FURTHER | set(LoopReason)) - texts.REASONS.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_fills_in_its_parameters(language: str) -> None:
    with translation.override(language):
        for code in texts.REASONS:
            shown = page.sentence(
                code, {"receiver": "ACME", "territory": "EU", "count": "3", "date": "1 Jan 2027"}
            )
            assert shown
            assert "%" not in shown


def test_every_verdict_act_step_and_loop_state_has_words() -> None:
    assert set(texts.VERDICTS) == set(texts.HEADLINES) == set(texts.ADVICE) == set(Verdict)
    assert set(texts.ACTS) == set(Act)
    assert set(texts.CUSTOMS) == {
        (procedure, outcome) for procedure in Procedure for outcome in CHECKPOINTS
    }
    assert set(texts.OBSERVATIONS) == set(GOODS_RULES[Act.OBSERVE].spelling.steps)
    assert set(texts.RIGHTS) == set(RightKind)
    assert set(texts.UNIONS) == set(customs_unions.MEMBERS)
    assert len(texts.STEPS) == len(TITLES)
    assert set(texts.OUTCOMES) == set(StepOutcome)
    assert set(texts.LOOPS) == set(LoopState)


def test_verdicts_are_told_apart_by_word_icon_and_colour() -> None:
    words = {str(texts.VERDICTS[verdict].word) for verdict in Verdict}
    assert len(words) == len(Verdict)
    green = [verdict for verdict in Verdict if texts.VERDICTS[verdict].colour == "green"]
    assert green == [Verdict.RECORDS_CHECK_OUT]


def test_every_icon_is_drawn_once() -> None:
    drawn = re.findall(r'<symbol id="icon-(\w+)"', render_to_string("provenance/icons.svg"))
    assert sorted(drawn) == sorted({"shield", *(shown.icon for shown in texts.VERDICTS.values())})


def test_no_sentence_says_that_goods_are_genuine() -> None:
    claims = [
        str(message.id)
        for message in messages.extracted()
        if re.search(r"genuine|authentic", str(message.id))
    ]
    assert len(claims) == 1
    assert "never that goods are genuine" in claims[0]


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_every_message_is_translated_with_the_same_parameters(language: str) -> None:
    catalog = messages.read(language)
    for message in messages.extracted():
        if not message.id:
            continue
        translated = catalog.get(
            message.id if isinstance(message.id, str) else message.id[0], message.context
        )
        assert translated is not None, message.id
        string = translated.string
        forms = string if isinstance(string, tuple) else (string,)
        assert all(forms), message.id
        assert len(forms) == (catalog.num_plurals if isinstance(message.id, tuple) else 1)
        if isinstance(message.id, tuple):
            assert all(parameters(form) <= parameters(message.id[1]) for form in forms), message.id
        else:
            assert parameters(forms[0]) == parameters(message.id), message.id


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_no_translation_is_left_over_and_the_compiled_file_is_up_to_date(language: str) -> None:
    catalog = messages.read(language)
    marked = {message.id for message in messages.extracted()}
    assert not {message.id for message in catalog if message.id} - marked
    assert (
        messages.LOCALE / language / "LC_MESSAGES" / "django.mo"
    ).read_bytes() == messages.compiled(catalog)


def parameters(text: object) -> set[str]:
    return set(re.findall(r"%\((\w+)\)[sd]", str(text)))
