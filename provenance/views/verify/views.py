"""The verify page at the path that a label's code holds, and /verify for codes that are
typed or photographed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from provenance.core import errors, gs1
from provenance.core.check import bundle
from provenance.core.check.result import Result, Verdict
from provenance.core.record.state import GoodsState
from provenance.services.check import access, photos, scans, verification
from provenance.views import decorators, label_path, notices
from provenance.views.verify import format as format_
from provenance.views.verify import page

STATUS = {Verdict.NOT_REGISTERED: 404, Verdict.CANNOT_CHECK_NOW: 503}


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """What someone needs to check for themselves. `bundle` is empty where they may not
    have it.
    """

    bundle: str
    trust: str
    vkey: str
    registrar: str
    size: int | None


@require_safe
@decorators.private
@decorators.page
def code(request: HttpRequest) -> HttpResponse:
    """What a label's code opens. `?format=bundle` gives the bundle instead of the
    page.
    """
    try:
        subjects = label_path.of_path(request.path_info)
    except errors.ProvenanceError as error:
        return notices.show(request, notices.of(error), quoted=request.path_info)
    if subjects[0].kind is gs1.SubjectKind.PRODUCT:
        return notices.show(request, notices.PRODUCT)
    result = verification.check_first([subject.uri for subject in subjects])
    limited = not access.may_see_journey(request.user, result)
    if request.GET.get("format") == "bundle" and result.records and not limited:
        return _bundle(result)
    looks = None
    if request.method == "GET":
        why = str(result.reasons[0].code) if result.reasons else ""
        looks = scans.note(result.subject, decorators.session(request), result.verdict, why)
    return _page(request, result, looks, limited=limited)


@require_http_methods(["GET", "HEAD", "POST"])
@decorators.private
@decorators.page
def verify(request: HttpRequest) -> HttpResponse:
    """Take a typed code or a photo, and go to the page of the subject that it names;
    never to where a code points.
    """
    if request.method == "POST":
        return _photo(request, request.FILES.get("photo"))
    typed = request.GET.get("code", "").strip()
    return (
        _read(request, [typed])
        if typed
        else render(request, "provenance/ask_page.html", {"photo": True})
    )


def _photo(request: HttpRequest, photo: "UploadedFile[bytes] | None") -> HttpResponse:
    try:
        found = photos.codes(photo, photo.size or 0) if photo is not None else []
    except errors.ProvenanceError:
        return notices.show(request, notices.BAD_PHOTO, photo=True)
    return _read(request, found) if found else notices.show(request, notices.NO_CODE, photo=True)


def _read(request: HttpRequest, texts: Sequence[str]) -> HttpResponse:
    """Go to the first of `texts` that is one of our codes; else say what the first one
    is.
    """
    refused: list[errors.ProvenanceError] = []
    for text in texts:
        try:
            subject = gs1.parse_typed(text, settings.CUSTOS_ORIGIN)
        except errors.ProvenanceError as error:
            refused.append(error)
        else:
            if subject.kind not in verification.GOODS | {gs1.SubjectKind.PRODUCT}:
                refused.append(errors.BadIdentifier(f"a {subject.kind} is not goods"))
                continue
            chosen = request.GET.get("lang", "")
            return HttpResponseRedirect(
                subject.path + ("?" + urlencode({"lang": chosen}) if chosen else ""), status=303
            )
    foreign = next(
        (error for error in refused if isinstance(error, errors.ForeignDomain)), refused[0]
    )
    return notices.show(
        request, notices.of(foreign), quoted=foreign.extra.get("domain", texts[0]), photo=True
    )


def _page(
    request: HttpRequest, result: Result, looks: scans.Looks | None, *, limited: bool
) -> HttpResponse:
    context: dict[str, Any] = {
        "page": page.present(result, limited=limited),
        "looks": looks,
        "people": f"{looks.people}{'+' if looks.more else ''}" if looks else "",
        "first": format_.moment(looks.first_at) if looks else None,
        "limited": limited and isinstance(result.state, GoodsState),
        "login_url": reverse("admin:login") + "?" + urlencode({"next": request.path}),
        "check": _self_check(result, limited=limited) if result.records else None,
    }
    return render(
        request, "provenance/verify.html", context, status=STATUS.get(result.verdict, 200)
    )


def _self_check(result: Result, *, limited: bool) -> SelfCheck:
    trust = verification.trust()
    log = trust.policy.logs[0]
    return SelfCheck(
        bundle="" if limited else "?format=bundle",
        trust=trust.digest(),
        vkey=log.verifier.vkey(),
        registrar=trust.registrar.public_key,
        size=result.tree_size,
    )


def _bundle(result: Result) -> HttpResponse:
    response = HttpResponse(
        bundle.format(verification.bundle_for(result.subject)), content_type="application/json"
    )
    response["Content-Disposition"] = 'attachment; filename="bundle.json"'
    return response
