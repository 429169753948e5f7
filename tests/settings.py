"""The settings, for tests: services of their own under var/test, and one Redis database
for each pytest worker.
"""

import os
from pathlib import Path

os.environ.setdefault("CUSTOS_VAR", str(Path(__file__).resolve().parent.parent / "var" / "test"))
os.environ.setdefault("CUSTOS_POOL_SIZE", "64")  # a test may have 32 writers at once

from config.settings import *
from config.settings import BROKER_URL, CACHES, CUSTOS_DATABASE_OWNER, CUSTOS_LIMITS, DATABASES

# Tests make and empty databases, so they are their owner; tests/provenance/site/test_roles.py is
# the application.
if CUSTOS_DATABASE_OWNER is not None:
    DATABASES["default"] |= CUSTOS_DATABASE_OWNER
CUSTOS_DATABASE_OWNER = None
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
CELERY_BROKER_URL = (
    f"{BROKER_URL.rsplit('=', 1)[0]}={WORKER + 2}" if "virtual_host" in BROKER_URL else BROKER_URL
)
CACHES["default"]["KEY_PREFIX"] = f"test{WORKER}"
# All tests come from one address.
CUSTOS_LIMITS = dict.fromkeys(CUSTOS_LIMITS, "1000000/second")
CUSTOS_ANCHOR_WITHIN = 10**9  # tests travel in time, and sweep when they like
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CUSTOS_PAGE_WAIT_MS = 60_000  # a busy machine is no frozen database
