"""F45: the address that a client is counted by."""

import pytest
from pytest_django import Settings

from provenance.services.site import addresses

FORGED = "9.9.9.9"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "remote", "client"),
    [
        pytest.param(0, "", "1.1.1.1", "1.1.1.1", id="no proxy"),
        pytest.param(0, FORGED, "1.1.1.1", "1.1.1.1", id="no proxy, forged"),
        pytest.param(1, "1.1.1.1", "10.0.0.1", "1.1.1.1", id="one"),
        pytest.param(1, f"{FORGED}, 1.1.1.1", "10.0.0.1", "1.1.1.1", id="one, forged"),
        pytest.param(2, "1.1.1.1, 10.0.0.2", "10.0.0.1", "1.1.1.1", id="two"),
        pytest.param(2, f"{FORGED},1.1.1.1,10.0.0.2", "10.0.0.1", "1.1.1.1", id="two, forged"),
        pytest.param(2, "1.1.1.1", "10.0.0.1", "1.1.1.1", id="past one of two"),
        pytest.param(1, "", "1.1.1.1", "1.1.1.1", id="past the only one"),
        pytest.param(1, "2001:db8:1:2:3::4", "::1", "2001:db8:1:2::", id="IPv6"),
        pytest.param(1, "::ffff:1.1.1.1", "::1", "1.1.1.1", id="IPv4 in IPv6"),
        pytest.param(1, "unknown", "10.0.0.1", addresses.UNKNOWN, id="no address"),
    ],
)
def test_a_client_is_where_our_own_proxies_saw_it(
    settings: Settings, proxies: int, forwarded: str, remote: str, client: str
) -> None:
    settings.CUSTOS_PROXIES = proxies
    assert addresses.client({"HTTP_X_FORWARDED_FOR": forwarded, "REMOTE_ADDR": remote}) == client
