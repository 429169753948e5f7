"""The addresses of a border's work: its endpoints, and the officers' pages."""

from django.urls import include, path

from customs.views import policy, workbench

pages = (
    [
        path("", workbench.arrivals, name="arrivals"),
        path("login", workbench.login, name="login"),
        path("policy", policy.edit, name="policy"),
        path("logout", workbench.logout, name="logout"),
        path("declarations/<uuid:id>", workbench.declaration, name="declaration"),
        path("declarations/<uuid:id>/lane", workbench.change_lane, name="lane"),
    ],
    "customs",
)
urlpatterns = [path("customs/", include(pages)), path("api/v1/", include("customs.api.urls"))]
