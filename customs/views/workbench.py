"""The officers' workbench: arrivals by lane, a declaration's page, and its lane."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from customs.models import DeclarationVersion
from customs.risk.lanes import Lane
from customs.risk.vocabulary import FindingCode, TransportMode
from customs.services import lanes, people, workbench
from customs.services.people import Officer
from customs.services.workbench import Sheet
from customs.views import access, texts
from provenance.core import errors, gs1
from provenance.core.check.result import Result
from provenance.core.epcis import shape
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record.state import Situation
from provenance.views import decorators
from provenance.views.verify import countries, journey
from provenance.views.verify.format import Names
from provenance.views.verify.journey import Milestone
from provenance.views.verify.texts import VERDICTS

_FIRST: Final = 3  # findings in a line of the list
# A member, the finding that marks it, and its declared and recorded values.
_Compared: TypeAlias = tuple[str, FindingCode, str, Sequence[str]]


class _Login(LoginView):
    """The form to sign in, with the address of no other site."""

    template_name = "customs/login.html"

    def get_default_redirect_url(self) -> str:
        return reverse("customs:arrivals")


@decorators.private
@decorators.page
def login(request: HttpRequest) -> HttpResponse:
    """The way in, for people who are no staff."""
    answer = _Login.as_view()(request)
    if isinstance(answer, TemplateResponse):
        answer.render()
    answer["Referrer-Policy"] = "same-origin"
    return cast(HttpResponse, answer)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """The way out."""
    auth.logout(request)
    return HttpResponseRedirect(reverse("customs:login"))


@require_safe
@access.officers_only
def arrivals(request: HttpRequest, officers: Sequence[Officer]) -> HttpResponse:
    """Undecided declarations by lane, of the person's authorities."""
    lane = request.GET.get("lane", "")
    posts = sorted({post for officer in officers for post in officer.posts})
    office = request.GET.get("post", "")
    chosen_lane = lane if lane in set(Lane) else ""
    chosen = office if people.is_locode(office) else ""
    authorities = access.glns(officers)
    rows, cut = workbench.arrivals(authorities, lane=chosen_lane, office=chosen)
    names = workbench.names(_glns(rows))
    counts = workbench.count(authorities, chosen)
    context = {
        "lanes": [
            (lane, texts.lane(lane), counts[lane], _query(request, lane=lane, post=chosen))
            for lane in Lane
        ],
        "posts": [(post, _query(request, lane=chosen_lane, post=post)) for post in posts],
        "supervises": any(officer.supervises for officer in officers),
        "lane": chosen_lane,
        "post": chosen,
        "rows": [_line(row, names) for row in rows],
        "cut": cut,
        "most": workbench.MOST,
    }
    return render(request, "customs/arrivals.html", context)


@require_safe
@access.officers_only
def declaration(request: HttpRequest, officers: Sequence[Officer], id: UUID) -> HttpResponse:  # noqa: A002  the path's word
    """A declaration beside the record of its goods."""
    sheet = workbench.sheet(access.glns(officers), id, timezone.now())
    return render(request, "customs/declaration.html", _sheet(sheet))


@require_POST
@access.officers_only
def change_lane(request: HttpRequest, officers: Sequence[Officer], id: UUID) -> HttpResponse:  # noqa: A002  the path's word
    """Raise or lower a lane."""
    workbench.find(access.glns(officers), id)
    user, lane = cast(AbstractBaseUser, request.user), request.POST.get("lane", "")
    try:
        lanes.change(user, id, lanes.read(lane), request.POST.get("reason", "").strip())
    except (lanes.BadLaneChange, errors.BadText) as error:
        sheet = workbench.sheet(access.glns(officers), id, timezone.now())
        context = _sheet(sheet) | {"fault": error.code}
        return render(request, "customs/declaration.html", context, status=422)
    return HttpResponseRedirect(_address(request, id))


def _query(request: HttpRequest, **chosen: str) -> str:
    """A query for what is `chosen`, in the language that the reader chose."""
    language = {"lang": request.GET.get("lang", "")}
    return "?" + urlencode({name: value for name, value in (chosen | language).items() if value})


def _address(request: HttpRequest, declaration_id: UUID) -> str:
    language = request.GET.get("lang", "")
    path = reverse("customs:declaration", args=[declaration_id])
    return f"{path}?lang={language}" if language in dict(settings.LANGUAGES) else path


# --- a line of the list -------------------------------------------------------------


def _glns(rows: Sequence[workbench.Arrival]) -> Iterator[str]:
    for row in rows:
        yield row.version.declaration.declarant
        for finding in row.findings:
            yield from finding.words.values()


def _line(row: workbench.Arrival, names: Mapping[str, str]) -> dict[str, Any]:
    declarant = row.version.declaration.declarant
    return {
        "version": row.version,
        "lane": texts.lane(row.lane),
        "procedure": texts.PROCEDURES[Procedure(row.version.procedure)],
        "declarant": names.get(declarant, declarant),
        "reasons": [texts.sentence(each, names) for each in row.findings[:_FIRST]],
        "more": max(0, len(row.findings) - _FIRST),
    }


# --- a declaration's page -----------------------------------------------------------


def _sheet(sheet: Sheet) -> dict[str, Any]:
    version = sheet.version
    names = workbench.names(_named(sheet))
    return {
        "version": version,
        "declaration": version.declaration,
        "lane": texts.lane(sheet.lane),
        "procedure": texts.PROCEDURES[Procedure(version.procedure)],
        "parties": [
            names.get(gln, gln)
            for gln in (version.declaration.declarant, version.consignor, version.consignee)
        ],
        "findings": [(each.weight, texts.sentence(each, names)) for each in sheet.findings],
        "compared": list(_compared(sheet)),
        "goods": [_goods(line, names) for line in sheet.goods],
        "checkpoints": [_checkpoint(row, names) for row in sheet.checkpoints],
        "handoffs": [
            (row, names.get(row.sender), names.get(row.receiver), texts.HANDOFFS[row.outcome])
            for row in sheet.handoffs
        ],
        "rights": [
            (right, names.get(right.owner, right.owner), _licences(licences, names))
            for right, licences in sheet.rights
        ],
        "changes": [
            (row, texts.lane(Lane(row.before)), texts.lane(Lane(row.lane))) for row in sheet.changes
        ],
        "choices": [(lane, texts.lane(lane)) for lane in Lane if lane is not sheet.lane],
        "may_change": sheet.lane is not None and not sheet.is_decided,
        "is_decided": sheet.is_decided,
        "fault": "",
    }


def _named(sheet: Sheet) -> Iterator[str]:
    version = sheet.version
    yield from (version.declaration.declarant, version.consignor, version.consignee)
    yield from (row.authority for row in sheet.checkpoints)
    for handoff in sheet.handoffs:
        yield from (handoff.sender, handoff.receiver)
    for finding in sheet.findings:
        yield from finding.words.values()
    for right, licences in sheet.rights:
        yield from (right.owner, *(licence.licensee for licence in licences))
    yield from (line.subject.custodian for line in sheet.goods if line.subject)


def _compared(sheet: Sheet) -> Iterator[dict[str, Any]]:
    """Declared against recorded, with a mark where the rules see a difference."""
    for name, code, stated, recorded in (*_of_products(sheet), *_of_the_way(sheet)):
        yield {
            "label": texts.LABELS[name],
            "declared": stated,
            "recorded": ", ".join(sorted({text for text in recorded if text})),
            "differs": code.value in sheet.differing,
        }


def _of_products(sheet: Sheet) -> Iterator[_Compared]:
    """The members that the registered products and the recorded amounts answer."""
    seen, declared, other = sheet.facts, sheet.facts.declared, sheet.facts.counterpart
    codes, origins = ([p.hs_code for p in seen.products], [p.origin for p in seen.products])
    quantity = seen.quantity if seen.quantity is not None else other and other.quantity
    yield "classification", FindingCode.CLASSIFICATION_DIFFERS, declared.classification, codes
    yield "origin", FindingCode.ORIGIN_DIFFERS, declared.origin, origins
    amount, mass = _number(declared.quantity), _number(declared.gross_mass)
    yield "quantity", FindingCode.QUANTITY_DIFFERS, amount, [_number(quantity)]
    yield "mass", FindingCode.MASS_DIFFERS, mass, [_number(other.gross_mass if other else None)]


def _of_the_way(sheet: Sheet) -> Iterator[_Compared]:
    """The members that checkpoints, posts and the other side's declaration answer."""
    seen, declared, other = sheet.facts, sheet.facts.declared, sheet.facts.counterpart
    mode = str(texts.MODES[TransportMode(declared.transport_mode)])
    posts = [str(texts.POSTS[kind]) for kind in seen.post_kinds]
    seals = other.seals if other else ()
    yield "seals", FindingCode.SEAL_DIFFERS, ", ".join(declared.seals), seals
    yield "route", FindingCode.ROUTE_UNEXPECTED, _route(sheet.version), seen.recorded_countries
    yield "mode", FindingCode.MODE_UNEXPECTED, mode, posts


def _route(version: DeclarationVersion) -> str:
    stops = (version.export_country, *version.routing_countries, version.destination_country)
    return ", ".join(stops)


def _number(amount: Any) -> str:
    return "" if amount is None else shape.format_quantity(amount)


def _goods(line: workbench.GoodsLine, names: Mapping[str, str]) -> dict[str, Any]:
    subject = line.subject
    situation = Situation(subject.situation) if subject else Situation.UNBORN
    return {
        "name": gs1.parse_subject(line.uri).path,
        "situation": texts.SITUATIONS[situation],
        "holder": names.get(subject.custodian, "") if subject else "",
        "verdict": VERDICTS[line.result.verdict] if line.result else None,
        "milestones": _milestones(line.result),
    }


def _milestones(result: Result | None) -> Sequence[Milestone]:
    """The turns of the goods' journey, with those of the units that they rode in."""
    if result is None or not result.history:
        return ()
    return journey.milestones(result, Names(result))


def _checkpoint(row: Any, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "at": row.at,
        "authority": names.get(row.authority, row.authority),
        "country": countries.name(row.country),
        "procedure": texts.PROCEDURES[Procedure(row.procedure)],
        "outcome": texts.OUTCOMES[Outcome(row.outcome) if row.outcome else None],
        "declaration": row.declaration,
    }


def _licences(licences: Sequence[Any], names: Mapping[str, str]) -> list[tuple[str, Any]]:
    return [(names.get(row.licensee, row.licensee), row) for row in licences]
