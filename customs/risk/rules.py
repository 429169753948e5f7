"""The rules: each looks at the facts and gives the words of its finding, or None where it has
nothing to say. `SENTENCES` is filled in with those words.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from customs.risk.facts import Facts, Watched
from customs.risk.policy import Policy
from customs.risk.vocabulary import FindingCode, PostKind, TransportMode

Words = Mapping[str, str]
Rule = Callable[[Facts, Policy], Words | None]
HEADING: Final = 6  # digits of the HS that are the same in every country
_NOT_DIGITS: Final = re.compile(r"[^0-9]")
_MODES: Final[Mapping[PostKind, frozenset[TransportMode]]] = {
    PostKind.SEA: frozenset({TransportMode.MARITIME, TransportMode.INLAND_WATER}),
    PostKind.AIR: frozenset({TransportMode.AIR}),
    PostKind.ROAD: frozenset({TransportMode.ROAD}),
    PostKind.RAIL: frozenset({TransportMode.RAIL}),
    PostKind.POST: frozenset({TransportMode.MAIL}),
    PostKind.FREE_ZONE: frozenset(TransportMode),
}


def gettext_noop(sentence: str) -> str:
    """A sentence, marked for translation: pages translate it."""
    return sentence


@dataclass(frozen=True, slots=True)
class Finding:
    """The finding of a rule: its stable code, its weight, and the words of its sentence."""

    code: FindingCode
    weight: int
    words: Words

    @property
    def sentence(self) -> str:
        """The finding in English."""
        return SENTENCES[self.code] % self.words


def find(facts: Facts, policy: Policy) -> list[Finding]:
    """The findings of every rule that has a weight, the heaviest first."""
    findings = [
        Finding(code, policy.weights[code], words)
        for code, rule in RULES.items()
        if policy.weights[code] and (words := rule(facts, policy)) is not None
    ]
    return sorted(findings, key=lambda finding: -finding.weight)


def _classification(facts: Facts, _policy: Policy) -> Words | None:
    declared = facts.declared.classification
    for product in facts.products:
        recorded = _NOT_DIGITS.sub("", product.hs_code)[:HEADING]
        if recorded and not declared.startswith(recorded):
            return {"declared": declared, "recorded": product.hs_code}
    return None


def _origin(facts: Facts, _policy: Policy) -> Words | None:
    origins = {product.origin for product in facts.products} - {"", facts.declared.origin}
    return _differ(facts.declared.origin, origins)


def _quantity(facts: Facts, policy: Policy) -> Words | None:
    counterpart = facts.counterpart
    recorded = facts.quantity
    if recorded is None and counterpart is not None:
        recorded = counterpart.quantity
    return _off(facts.declared.quantity, recorded, policy.limits.quantity_percent)


def _mass(facts: Facts, policy: Policy) -> Words | None:
    recorded = facts.counterpart.gross_mass if facts.counterpart else None
    return _off(facts.declared.gross_mass, recorded, policy.limits.mass_percent)


def _seal(facts: Facts, _policy: Policy) -> Words | None:
    declared, counterpart = set(facts.declared.seals), facts.counterpart
    if counterpart is None or not counterpart.seals or declared == set(counterpart.seals):
        return None
    return {"declared": _listed(declared), "recorded": _listed(counterpart.seals)}


def _route(facts: Facts, _policy: Policy) -> Words | None:
    elsewhere = set(facts.recorded_countries) - facts.declared.countries
    return {"recorded": _listed(elsewhere)} if elsewhere else None


def _mode(facts: Facts, _policy: Policy) -> Words | None:
    mode = TransportMode(facts.declared.transport_mode)
    usual = {mode for kind in facts.post_kinds for mode in _MODES[kind]} | {
        TransportMode.MULTIMODAL
    }
    if not facts.post_kinds or mode in usual:
        return None
    return {"declared": mode.name.lower(), "recorded": _listed(facts.post_kinds)}


def _broken_custody(facts: Facts, _policy: Policy) -> Words | None:
    return _some((*facts.ended, *facts.refused))


def _one_sided(facts: Facts, policy: Policy) -> Words | None:
    hours = facts.waiting_hours
    return {"hours": str(hours)} if (hours or 0) > policy.limits.answer_hours else None


def _broken_record(facts: Facts, _policy: Policy) -> Words | None:
    return _some(map(str, facts.incidents))


def _unlicensed(facts: Facts, _policy: Policy) -> Words | None:
    for case in facts.unlicensed:
        return {"maker": case.maker, "right": case.right, "day": case.day}
    return None


def _alert(facts: Facts, _policy: Policy) -> Words | None:
    return _entry(facts.alerts)


def _recalled(facts: Facts, _policy: Policy) -> Words | None:
    return _some(facts.recalled)


def _stolen(facts: Facts, _policy: Policy) -> Words | None:
    return _some(facts.stolen)


def _scans(facts: Facts, policy: Policy) -> Words | None:
    people = facts.scan_sessions
    return {"count": str(people)} if people > policy.limits.scan_sessions else None


def _first_time(facts: Facts, _policy: Policy) -> Words | None:
    return _some(facts.first_time)


def _overdue(facts: Facts, policy: Policy) -> Words | None:
    hours = facts.overdue_hours
    return {"hours": str(hours)} if hours > policy.limits.overdue_hours else None


def _party(facts: Facts, _policy: Policy) -> Words | None:
    return _entry(facts.watched_parties)


def _product(facts: Facts, _policy: Policy) -> Words | None:
    return _entry(facts.watched_products)


def _watched_route(facts: Facts, _policy: Policy) -> Words | None:
    return _entry(facts.watched_routes)


def _not_on_record(facts: Facts, _policy: Policy) -> Words | None:
    return None if facts.on_record else {}


def _random(facts: Facts, policy: Policy) -> Words | None:
    return {} if facts.draw < policy.random_share else None


def _off(declared: Decimal, recorded: Decimal | None, percent: int) -> Words | None:
    """The words of a number that is further from the recorded one than `percent` of it."""
    if recorded is None or abs(declared - recorded) * 100 <= recorded * percent:
        return None
    return {"declared": _number(declared), "recorded": _number(recorded)}


def _number(amount: Decimal) -> str:
    return format(amount.normalize(), "f")


def _differ(declared: str, recorded: Iterable[str]) -> Words | None:
    listed = _listed(recorded)
    return {"declared": declared, "recorded": listed} if listed else None


def _listed(values: Iterable[str]) -> str:
    return ", ".join(sorted(values))


def _some(values: Iterable[str]) -> Words | None:
    """The words of a list: its first entry, and how many there are."""
    listed = list(values)
    return {"first": listed[0], "count": str(len(listed))} if listed else None


def _entry(entries: Iterable[Watched]) -> Words | None:
    for entry in entries:
        return {"value": entry.value, "reason": entry.reason}
    return None


RULES: Final[Mapping[FindingCode, Rule]] = {
    FindingCode.CLASSIFICATION_DIFFERS: _classification,
    FindingCode.ORIGIN_DIFFERS: _origin,
    FindingCode.QUANTITY_DIFFERS: _quantity,
    FindingCode.MASS_DIFFERS: _mass,
    FindingCode.SEAL_DIFFERS: _seal,
    FindingCode.ROUTE_UNEXPECTED: _route,
    FindingCode.MODE_UNEXPECTED: _mode,
    FindingCode.CUSTODY_BROKEN: _broken_custody,
    FindingCode.CUSTODY_ONE_SIDED: _one_sided,
    FindingCode.RECORD_BROKEN: _broken_record,
    FindingCode.MAKER_NOT_LICENSED: _unlicensed,
    FindingCode.RIGHT_HOLDER_ALERT: _alert,
    FindingCode.RECALLED: _recalled,
    FindingCode.STOLEN: _stolen,
    FindingCode.UNUSUAL_SCANS: _scans,
    FindingCode.FIRST_TIME_TRADER: _first_time,
    FindingCode.OVERDUE: _overdue,
    FindingCode.PARTY_WATCHED: _party,
    FindingCode.PRODUCT_WATCHED: _product,
    FindingCode.ROUTE_WATCHED: _watched_route,
    FindingCode.NOT_ON_RECORD: _not_on_record,
    FindingCode.RANDOM_SELECTION: _random,
}
SENTENCES: Final[Mapping[FindingCode, str]] = {
    FindingCode.CLASSIFICATION_DIFFERS: gettext_noop(
        "Declared as HS %(declared)s, registered as %(recorded)s."
    ),
    FindingCode.ORIGIN_DIFFERS: gettext_noop(
        "Declared origin %(declared)s, registered origin %(recorded)s."
    ),
    FindingCode.QUANTITY_DIFFERS: gettext_noop(
        "Declared quantity %(declared)s, recorded %(recorded)s."
    ),
    FindingCode.MASS_DIFFERS: gettext_noop(
        "Declared weight %(declared)s kg, elsewhere %(recorded)s kg."
    ),
    FindingCode.SEAL_DIFFERS: gettext_noop("Declared seals %(declared)s, elsewhere %(recorded)s."),
    FindingCode.ROUTE_UNEXPECTED: gettext_noop(
        "Recorded in %(recorded)s, which is not on the declared route."
    ),
    FindingCode.MODE_UNEXPECTED: gettext_noop(
        "Declared transport %(declared)s, at a post for %(recorded)s."
    ),
    FindingCode.CUSTODY_BROKEN: gettext_noop(
        "Sold, ended or refused before: %(first)s (%(count)s in all)."
    ),
    FindingCode.CUSTODY_ONE_SIDED: gettext_noop(
        "Handed over %(hours)s hours ago and not accepted."
    ),
    FindingCode.RECORD_BROKEN: gettext_noop(
        "The record is broken: incident %(first)s (%(count)s in all)."
    ),
    FindingCode.MAKER_NOT_LICENSED: gettext_noop(
        "%(maker)s was not licensed for %(right)s on %(day)s."
    ),
    FindingCode.RIGHT_HOLDER_ALERT: gettext_noop("The owner of %(value)s asks to look: %(reason)s"),
    FindingCode.RECALLED: gettext_noop("Recalled: %(first)s (%(count)s in all)."),
    FindingCode.STOLEN: gettext_noop("Reported stolen: %(first)s (%(count)s in all)."),
    FindingCode.UNUSUAL_SCANS: gettext_noop(
        "%(count)s people looked at one code before it arrived."
    ),
    FindingCode.FIRST_TIME_TRADER: gettext_noop(
        "First declaration of %(first)s to this authority."
    ),
    FindingCode.OVERDUE: gettext_noop("Expected %(hours)s hours ago and not seen yet."),
    FindingCode.PARTY_WATCHED: gettext_noop("Party %(value)s is on the watch-list: %(reason)s"),
    FindingCode.PRODUCT_WATCHED: gettext_noop("Product %(value)s is on the watch-list: %(reason)s"),
    FindingCode.ROUTE_WATCHED: gettext_noop("Route %(value)s is on the watch-list: %(reason)s"),
    FindingCode.NOT_ON_RECORD: gettext_noop("None of the declared goods is on record."),
    FindingCode.RANDOM_SELECTION: gettext_noop("Drawn at random."),
}
if RULES.keys() != set(FindingCode) or SENTENCES.keys() != set(FindingCode):
    raise AssertionError("a finding without its rule or its sentence")
