"""The words of the officers' pages."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customs.risk import rules
from customs.risk.lanes import Lane
from customs.risk.rules import Finding
from customs.risk.vocabulary import FindingCode, PostKind, TransportMode
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record.state import Situation
from provenance.views.verify.format import isolated

_GS1: Final = "https://id.gs1.org"


class LaneWords(NamedTuple):
    """A lane's name, its meaning, and its colour on the page."""

    name: Promise
    meaning: Promise
    colour: str


LANES: Final[Mapping[Lane, LaneWords]] = {
    Lane.RED: LaneWords(_("Red"), _("Examine the goods"), "red"),
    Lane.YELLOW: LaneWords(_("Yellow"), _("Check the documents"), "amber"),
    Lane.BLUE: LaneWords(_("Blue"), _("Release, audit later"), "blue"),
    Lane.GREEN: LaneWords(_("Green"), _("Release"), "green"),
}
NO_LANE: Final = LaneWords(_("Not assessed"), _("A lane comes within minutes"), "grey")
PROCEDURES: Final[Mapping[Procedure, Promise]] = {
    Procedure.EXPORT: _("Export"),
    Procedure.IMPORT: _("Import"),
    Procedure.TRANSIT: _("Transit"),
}
OUTCOMES: Final[Mapping[Outcome | None, Promise]] = {
    None: _("looked at"),
    Outcome.CLEARED: _("cleared"),
    Outcome.HELD: _("held"),
    Outcome.SAMPLED: _("sampled"),
    Outcome.SEIZED: _("seized"),
    Outcome.REFUSED: _("refused"),
}
HANDOFFS: Final[Mapping[str, Promise]] = {
    "": _("not answered"),
    "accept": _("accepted"),
    "refuse": _("refused"),
    "cancel": _("cancelled"),
    "seized": _("seized"),
}
SITUATIONS: Final[Mapping[Situation, Promise]] = {
    Situation.UNBORN: _("not on record"),
    Situation.WITH_CUSTODIAN: _("with its holder"),
    Situation.HANDED_OVER: _("handed over, not accepted yet"),
    Situation.PACKED: _("packed"),
    Situation.HELD: _("held"),
    Situation.SEIZED: _("seized"),
    Situation.SOLD: _("sold"),
    Situation.ENDED: _("ended"),
}
MODES: Final[Mapping[TransportMode, Promise]] = {
    TransportMode.MARITIME: _("by sea"),
    TransportMode.RAIL: _("by rail"),
    TransportMode.ROAD: _("by road"),
    TransportMode.AIR: _("by air"),
    TransportMode.MAIL: _("by post"),
    TransportMode.MULTIMODAL: _("multimodal"),
    TransportMode.FIXED: _("by pipeline or cable"),
    TransportMode.INLAND_WATER: _("by inland waterway"),
}
POSTS: Final[Mapping[PostKind, Promise]] = {
    PostKind.SEA: _("sea"),
    PostKind.AIR: _("air"),
    PostKind.ROAD: _("road"),
    PostKind.RAIL: _("rail"),
    PostKind.POST: _("post"),
    PostKind.FREE_ZONE: _("free zone"),
}
LABELS: Final[Mapping[str, Promise]] = {
    "classification": _("HS code"),
    "origin": _("Origin"),
    "quantity": _("Quantity"),
    "mass": _("Gross weight, kg"),
    "seals": _("Seals"),
    "route": _("Route"),
    "mode": _("Transport"),
}


def lane(value: Lane | None) -> LaneWords:
    """The words of a lane, or of none."""
    return NO_LANE if value is None else LANES[value]


def sentence(finding: Finding, names: Mapping[str, str]) -> str:
    """A finding in the language of the page, with parties by their names."""
    words = {name: _word(finding, text, names) for name, text in finding.words.items()}
    return gettext(rules.SENTENCES[finding.code]) % words


def _word(finding: Finding, text: str, names: Mapping[str, str]) -> str:
    if finding.code is FindingCode.MODE_UNEXPECTED:
        return ", ".join(_mode_or_post(part) for part in text.split(", "))
    if text.startswith(_GS1):
        text = text.removeprefix(_GS1)  # the path, as it is on the label
    named = names.get(text, text)
    # A number reads alike in every direction; anything else may not run into its sentence.
    return named if named.isdecimal() else isolated(named)


def _mode_or_post(text: str) -> str:
    modes = {mode.name.lower(): MODES[mode] for mode in TransportMode}
    return str(POSTS[PostKind(text)] if text in set(PostKind) else modes.get(text, text))
