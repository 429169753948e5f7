"""The endpoints of the API, and the pages that explain them. Every other address is
answered here too, never by a page.
"""

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path, register_converter
from django.urls.converters import StringConverter
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.views import SpectacularAPIView

from provenance.api import errors as api_errors
from provenance.api import events, explain, goods, intents, recalls, registry, verdicts
from provenance.core import errors
from provenance.core.record.vocabulary import Act

app_name = "api"

TEXTS = {
    "digest": "[0-9a-f]{64}",  # SHA-256 in lower-case hex
    "gln": "[0-9]{13}",
    "gtin": "[0-9]{14}",
    "public_key": "z6Mk[1-9A-HJ-NP-Za-km-z]{44}",  # Ed25519 in multibase
}


class ActConverter(StringConverter):
    """The name of an act on goods."""

    regex = "|".join(intents.ACTS)

    def to_python(self, value: str) -> Act:
        return Act(value)


for text, regex in TEXTS.items():
    register_converter(type(text, (StringConverter,), {"regex": regex}), text)
register_converter(ActConverter, "act")


@csrf_exempt
def nothing(request: HttpRequest) -> HttpResponse:
    """Every other address. Raises BadText for an address that no text can name, else
    NotFound.
    """
    if not request.path.isprintable():
        raise errors.BadText("the path holds control characters")
    raise api_errors.NotFound("there is nothing at this address")


urlpatterns = [
    path("v1/", explain.Index.as_view(), name="index"),
    path("v1/events", events.EventList.as_view(), name="events"),
    path("v1/events/prepare", events.Prepare.as_view(), name="prepare"),
    path("v1/events/<digest:digest>", events.EventDetail.as_view(), name="event"),
    path("v1/events/<digest:digest>/proof", events.EventProof.as_view(), name="proof"),
    path("v1/acts/<act:kind>", events.ActView.as_view(), name="act"),
    path("v1/subjects", goods.SubjectDetail.as_view(), name="subject"),
    path("v1/verdicts", verdicts.VerdictDetail.as_view(), name="verdict"),
    path("v1/bundles", goods.BundleDetail.as_view(), name="bundle"),
    path("v1/labels", goods.LabelDetail.as_view(), name="label"),
    path("v1/labels/sheets", goods.LabelSheet.as_view(), name="label_sheets"),
    path("v1/shipments", goods.ShipmentList.as_view(), name="shipments"),
    path("v1/shipments/<uuid:id>", goods.ShipmentDetail.as_view(), name="shipment"),
    path("v1/parties", registry.PartyList.as_view(), name="parties"),
    path("v1/parties/<gln:gln>", registry.PartyDetail.as_view(), name="party"),
    path("v1/parties/<gln:gln>/keys", registry.KeyList.as_view(), name="keys"),
    path(
        "v1/parties/<gln:gln>/keys/<public_key:public_key>/revoke",
        registry.KeyRevoke.as_view(),
        name="revoke",
    ),
    path("v1/products", registry.ProductList.as_view(), name="products"),
    path("v1/products/<gtin:gtin>", registry.ProductDetail.as_view(), name="product"),
    path("v1/products/<gtin:gtin>/recalls", recalls.RecallList.as_view(), name="recalls"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", explain.Docs.as_view(), name="docs"),
    path("errors/", explain.codes, name="errors"),
    re_path(r"^[\s\S]*\Z", nothing),
]
