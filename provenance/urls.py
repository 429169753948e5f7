"""The addresses of pages, labels, ledger and API. A label's code opens `/01/…` or
`/00/…`: the paths of GS1 Digital Link.
"""

from django.urls import URLPattern, URLResolver, include, path, re_path

from provenance.views import documents, labels, linked_data, parties, site
from provenance.views.verify import views as verify

urlpatterns: list[URLPattern | URLResolver] = [
    path("", site.home, name="home"),
    re_path(r"^0[01]/", verify.code, name="code"),
    path("verify", verify.verify, name="verify"),
    path("health", site.health_check, name="health"),
    re_path(r"^labels/0[01]/", labels.label, name="label"),
    re_path(r"^parties/(?P<gln>[0-9]{13})/did\.json\Z", parties.did, name="did"),
    path("docs/", documents.index, name="documents"),
    path("docs/<path:name>", documents.document, name="document"),
    path("ns/v1", linked_data.context, name="context"),
    path("ns/epcis", linked_data.vocabulary, name="vocabulary"),
    path("ledger/trust.json", site.trust, name="trust"),
    path("ledger/", include("provenance.ledger_urls")),
    path("api/", include("provenance.api.urls")),
]
