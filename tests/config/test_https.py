"""F46: behind HTTPS no cookie goes in clear, and browsers do not come back without it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

ROOT = Path(__file__).resolve().parent.parent.parent
READ = """
import json
from config import settings
print(json.dumps({name: getattr(settings, name) for name in dir(settings) if name.startswith(
    ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "LANGUAGE_COOKIE_SECURE", "SECURE_"))}))
"""


def read(settings: Settings, **environ: str) -> dict[str, Any]:
    """The settings that a server started with this environment has."""
    done = subprocess.run(
        [sys.executable, "-c", READ],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": "postgresql:///none",
            "REDIS_URL": "redis://none",
            "SECRET_KEY": settings.SECRET_KEY,
            "CUSTOS_LEDGER_KEY": settings.CUSTOS_LEDGER_KEY,
            "CUSTOS_REGISTRAR_KEY": settings.CUSTOS_REGISTRAR_KEY,
            "CUSTOS_KEY_ENCRYPTION_KEY": settings.CUSTOS_KEY_ENCRYPTION_KEY,
            **environ,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    values: dict[str, Any] = json.loads(done.stdout)
    return values


@pytest.mark.parametrize(
    ("origin", "debug", "secure"),
    [
        pytest.param("https://custos.example", "False", True, id="https"),
        pytest.param("https://custos.example", "True", False, id="https while developing"),
        pytest.param("http://localhost:8000", "False", False, id="http"),
    ],
)
def test_cookies_and_visits_are_kept_to_https_where_the_site_has_it(
    settings: Settings, origin: str, debug: str, secure: bool
) -> None:
    found = read(settings, CUSTOS_ORIGIN=origin, DEBUG=debug)
    assert found["SESSION_COOKIE_SECURE"] is secure
    assert found["CSRF_COOKIE_SECURE"] is secure
    assert found["LANGUAGE_COOKIE_SECURE"] is secure
    assert found["SECURE_HSTS_INCLUDE_SUBDOMAINS"] is secure
    assert (found["SECURE_HSTS_SECONDS"] >= 31_536_000) is secure


def test_only_a_proxy_of_ours_says_that_a_request_came_by_https(settings: Settings) -> None:
    said = ["HTTP_X_FORWARDED_PROTO", "https"]
    assert read(settings, CUSTOS_PROXIES="0")["SECURE_PROXY_SSL_HEADER"] is None
    assert read(settings, CUSTOS_PROXIES="1")["SECURE_PROXY_SSL_HEADER"] == said
