"""The documents of Custos, as pages: guides and specifications, in English."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from provenance.services.site import documents
from provenance.views import decorators


@require_safe
@decorators.page
def index(request: HttpRequest) -> HttpResponse:
    """The list of the documents."""
    shown = [documents.read(name) for name in documents.NAMES]
    return render(request, "provenance/documents.html", {"documents": shown})


@require_safe
@decorators.page
def document(request: HttpRequest, name: str) -> HttpResponse:
    """A document, or a file of the worked example."""
    if name in documents.NAMES:
        context = {"document": documents.read(name)}
        return render(request, "provenance/document.html", context)
    if name in documents.FILES:
        body = (documents.folder() / name).read_bytes()
        return HttpResponse(body, content_type="application/json")
    raise Http404
