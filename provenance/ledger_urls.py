"""The addresses of the ledger: below the prefix, the paths of C2SP tlog-tiles."""

from django.urls import path

from provenance.views import ledger

urlpatterns = [
    path("", ledger.overview, name="ledger"),
    path("checkpoint", ledger.checkpoint, name="ledger-checkpoint"),
    path("tile/<path:path>", ledger.tile, name="ledger-tile"),
    path("vkey", ledger.vkey, name="ledger-vkey"),
]
