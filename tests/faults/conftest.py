"""Processes of the faults' tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from config import embedded


@pytest.fixture
def worker_env(process_env: dict[str, str], services_folder: Path) -> Iterator[dict[str, str]]:
    """The environment of a test's processes, with a Redis that only they have."""
    redis = embedded.ensure(services_folder, postgres=False)
    yield {**process_env, "REDIS_URL": redis.redis_url}
    embedded.release(services_folder)
