"""The cast of the API's tests."""

import pytest

from tests.api import client
from tests.api.client import Caller, Signed


@pytest.fixture
def callers(db: None) -> dict[str, Caller]:
    """Everybody, by name; Alice is the maker, Bob is on her team, Charlie is
    Mallory.
    """
    return client.build_world()


@pytest.fixture
def signed(callers: dict[str, Caller]) -> Signed:
    """The maker, who signs by itself."""
    maker = callers["maker"]
    assert isinstance(maker, Signed)
    return maker
