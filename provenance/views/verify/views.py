"""The verify page at the path in a label's code, and /verify for codes that are typed
or photographed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from provenance.core import errors, gs1
from provenance.core.check import bundle
from provenance.core.check.result import Result, Verdict
from provenance.core.record.state import GoodsState, ProductState
from provenance.services.check import photos, scans, verification, visibility
from provenance.services.check.verification import Checked
from provenance.views import decorators, label_path, limits, notices
from provenance.views.verify import format as format_
from provenance.views.verify import page
from provenance.views.verify import remarks as remarks_

STATUS = {Verdict.NOT_REGISTERED: 404, Verdict.CANNOT_CHECK_NOW: 503, Verdict.TOO_LARGE: 422}
CALM: Final = frozenset({Verdict.RECORDS_CHECK_OUT, Verdict.CHECK_NEEDED})
MOST_TYPED: Final = 2_048  # characters
_BROKEN_ESCAPE: Final = re.compile("%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """The roots of trust for the reader's own check, and the address of the bundle; empty
    for a reader who may not have it. `newest` is when the newest event that the tree head
    of `size` covers was signed.
    """

    bundle: str
    subject: str
    trust: str
    vkey: str
    registrar: str
    size: int | None
    newest: format_.Moment | None


@require_safe
@decorators.when_asked
@decorators.private
@decorators.page
@limits.limited
def code(request: HttpRequest) -> HttpResponse:
    """The page of the subject in a label's code; its bundle with `?format=bundle`."""
    if request.GET.get("format") == "bundle":
        return _bundle(request)
    path = request.path_info
    try:
        readings = label_path.of_path(path)
    except errors.ProvenanceError as error:
        return notices.show(request, notices.of(error), quoted=path)
    try:
        uris = _visible(request, readings)
    except errors.UnknownSubject as error:
        return _closed(request, error)
    checked = verification.checked(*uris)
    result = checked.result
    if result.verdict is Verdict.NOT_REGISTERED and _BROKEN_ESCAPE.search(path):
        return notices.show(request, notices.MALFORMED, quoted=path)
    if gs1.parse_subject(result.subject).kind is gs1.SubjectKind.PRODUCT:
        return _product(request, checked)
    read = next(code for code in readings if code.subject.uri == result.subject)
    return _page(request, checked, remarks_.of(read, result))


def _visible(request: HttpRequest, readings: Sequence[gs1.Reading]) -> list[str]:
    """URIs of those `readings` whose record this reader may see. Raises UnknownSubject
    where there are none.
    """
    visible, hidden = [], []
    for uri in dict.fromkeys(code.subject.uri for code in readings):
        open_ = visibility.is_open(uri)  # asked first: an open page needs no session
        try:
            visibility.check_seen([] if open_ else visibility.parties_of(request.user), uri)
            visible.append(uri)
        except errors.UnknownSubject as error:
            hidden.append(error)
    if not visible:
        raise next((error for error in hidden if "recalled" in error.extra), hidden[0])
    return visible


def _closed(request: HttpRequest, error: errors.UnknownSubject) -> HttpResponse:
    """The page of a lot or a logistic unit for those who may not see whether there is
    one.
    """
    notice = notices.RECALLED if "recalled" in error.extra else notices.CLOSED
    return notices.show(request, notice, quoted=request.path_info, login_url=_login_url(request))


def _login_url(request: HttpRequest) -> str:
    return reverse("admin:login") + "?" + urlencode({"next": request.path})


def _product(request: HttpRequest, checked: Checked) -> HttpResponse:
    """The page of a product, or of its number where no such product is registered. A
    product with an alert has the page of its verdict.
    """
    result, state = checked.result, checked.result.state
    if result.verdict is Verdict.NOT_REGISTERED:
        return notices.show(request, notices.UNKNOWN_PRODUCT, quoted=request.path_info)
    if result.verdict not in CALM or not isinstance(state, ProductState):
        return _page(request, checked, [])
    gtin = gs1.parse_subject(result.subject).gtin
    return notices.show(request, notices.PRODUCT, product=state, gtin=gtin)


def _is_limited(request: HttpRequest, uri: str) -> bool:
    return not (
        visibility.is_open(uri)  # asked first: an open page needs no session
        or visibility.may_see_whole(visibility.parties_of(request.user), uri)
    )


def _bundle(request: HttpRequest) -> HttpResponse:
    """The bundle of the subject in the path, for who may see its journey. Raises what
    the parser, `_visible` and `verification.evidence` raise; a problem is made of it, and
    no page.
    """
    checked = verification.checked(*_visible(request, label_path.of_path(request.path_info)))
    if _is_limited(request, checked.result.subject):
        raise visibility.not_open(checked.result.subject)
    response = HttpResponse(
        bundle.format(verification.evidence(checked)), content_type="application/json"
    )
    response["Content-Disposition"] = 'attachment; filename="bundle.json"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@decorators.private
@decorators.page
@limits.limited
def verify(request: HttpRequest) -> HttpResponse:
    """The form for a typed code or a photo. Redirects to the page of the subject that
    the code names; never to an address of another site.
    """
    if request.method == "POST":
        return _photo(request, request.FILES.get("photo"))
    typed = request.GET.get("code", "").strip()
    return (
        _read(request, [typed])
        if typed
        else notices.page_with_form(request, "provenance/ask_page.html", {"photo": True})
    )


def _photo(request: HttpRequest, photo: "UploadedFile[bytes] | None") -> HttpResponse:
    try:
        codes = photos.codes(photo, photo.size or 0) if photo is not None else []
    except photos.TooManyPhotos:
        return notices.later(request, notices.BUSY, photos.SECONDS)
    except errors.ProvenanceError:
        return notices.show(request, notices.BAD_PHOTO, photo=True)
    return _read(request, codes) if codes else notices.show(request, notices.NO_CODE, photo=True)


def _read(request: HttpRequest, codes: Sequence[str]) -> HttpResponse:
    """Redirect to the first of `codes` that names goods here, or else a product; else a
    notice about them.
    """
    refused: list[errors.ProvenanceError] = []
    ours: list[gs1.Reading] = []
    for text in codes:
        try:
            ours.append(_code(text))
        except errors.ProvenanceError as error:
            refused.append(error)
    if ours:
        finest = next((code for code in ours if code.subject.kind in verification.GOODS), ours[0])
        return _redirect(request, finest)
    foreign = next(
        (error for error in refused if isinstance(error, errors.ForeignDomain)), refused[0]
    )
    typed = "" if request.method == "POST" else codes[0][:MOST_TYPED]
    quoted = foreign.extra.get("domain", codes[0])
    return notices.show(request, notices.of(foreign), quoted=quoted, photo=True, typed=typed)


def _redirect(request: HttpRequest, code: gs1.Reading) -> HttpResponse:
    chosen = request.GET.get("lang", "")
    query = "?" + urlencode({"lang": chosen}) if chosen else ""
    return HttpResponseRedirect(code.path + query, status=303)


def _code(text: str) -> gs1.Reading:
    """The code of goods or a product that `text` is. Raises BadIdentifier for other
    subjects, and what the parser raises.
    """
    code = gs1.parse_typed(text, settings.CUSTOS_ORIGIN)
    if code.subject.kind not in verification.GOODS | {gs1.SubjectKind.PRODUCT}:
        raise errors.BadIdentifier(f"a {code.subject.kind} is not goods")
    return code


def _visitors(request: HttpRequest, result: Result) -> scans.Looks | None:
    """Count this visit; None where it is not counted."""
    if request.method != "GET":
        return None
    reason = str(result.reasons[0].code) if result.reasons else ""
    return scans.note(result.subject, decorators.sessions(request), result.verdict, reason)


def _page(request: HttpRequest, checked: Checked, remarks: Sequence[str]) -> HttpResponse:
    result, visitors = checked.result, _visitors(request, checked.result)
    limited = _is_limited(request, result.subject)
    context: dict[str, Any] = {
        "page": page.present(result, limited=limited),
        "remarks": tuple(remarks),
        "visitors": visitors,
        "people": f"{visitors.people}{'+' if visitors.more else ''}" if visitors else "",
        "first_visit": format_.moment(visitors.first_at) if visitors else None,
        "incident": checked.incident,
        "limited": limited and isinstance(result.state, GoodsState),
        "login_url": _login_url(request) if limited else "",
        "address": settings.CUSTOS_ORIGIN + gs1.parse_subject(result.subject).path,
        "checked_at": format_.moment(timezone.now()),
        "tree_size": result.tree_size,
        "check": _self_check(checked, limited=limited) if _has_steps(result) else None,
    }
    return render(
        request, "provenance/verify.html", context, status=STATUS.get(result.verdict, 200)
    )


def _has_steps(result: Result) -> bool:
    """Whether there is a check to show: the plan was run, or what is stored is broken."""
    return result.events > 0 or result.verdict is Verdict.BROKEN_RECORD


def _self_check(checked: Checked, *, limited: bool) -> SelfCheck:
    trust = verification.trust()
    result, log = checked.result, trust.policy.logs[0]
    return SelfCheck(
        bundle="?format=bundle" if checked.has_bundle and not limited else "",
        subject=result.subject,
        trust=verification.trust_digest(),
        vkey=log.verifier.vkey(),
        registrar=trust.registrar.public_key,
        size=result.tree_size,
        newest=format_.moment(result.newest) if result.newest else None,
    )
