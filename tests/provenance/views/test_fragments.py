"""{% remember %}: a part of a page is a function of the values it names, and of the language."""

import pytest
from django.template import Context, Engine, TemplateSyntaxError
from django.utils import translation

ENGINE = Engine(
    libraries={"fragments": "provenance.templatetags.fragments", "i18n": "django.templatetags.i18n"}
)


def rendered(inside: str, **values: object) -> str:
    source = "{% load fragments i18n %}" + inside
    return ENGINE.from_string(source).render(Context(values))


class Counted:
    """A value that is equal to any other of its kind, and counts how often it is shown."""

    shown = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Counted)

    def __hash__(self) -> int:
        return 1

    def __str__(self) -> str:
        Counted.shown += 1
        return "<shown>"


def test_equal_values_are_rendered_once_and_escaped() -> None:
    inside = "{% for c in all %}{% remember c=c %}{{ c }}{% endremember %}{% endfor %}"
    before = Counted.shown
    assert rendered(inside, all=[Counted(), Counted()]) == "&lt;shown&gt;&lt;shown&gt;"
    assert Counted.shown == before + 1


def test_a_part_sees_the_values_it_names_and_nothing_of_another_reader() -> None:
    inside = "{% remember a=a %}{{ a }}{{ user }}{% endremember %}"
    assert rendered(inside, a="x", user="Alice") == "x"


def test_a_part_is_rendered_for_each_language() -> None:
    inside = '{% remember %}{% translate "Sign in" %}{% endremember %}'
    template = ENGINE.from_string("{% load fragments i18n %}" + inside)
    texts = set()
    for language in ("en", "es", "ar"):
        with translation.override(language):
            texts |= {template.render(Context())}
    assert len(texts) == 3


@pytest.mark.parametrize(
    "inside",
    [
        "{% remember a %}{% endremember %}",
        "{% remember a=a %}{% block b %}{% endblock %}{% endremember %}",
    ],
)
def test_a_part_without_names_or_with_a_block_is_refused(inside: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        rendered(inside)
