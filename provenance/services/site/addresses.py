"""The address that a client is counted by, from the headers of its request."""

import ipaddress
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings

UNKNOWN: Final = "0.0.0.0"  # noqa: S104  no binding here
_IPV6_SITE: Final = 64  # bits: what one customer of a provider has at least


def client(meta: Mapping[str, Any]) -> str:
    """The client's address, from a request's `META`; of IPv6 the first 64 bits.

    Each of our own `CUSTOS_PROXIES` appended the address that it saw to X-Forwarded-For.
    Any address further to the left comes from the client, and may be forged.
    """
    hops = [hop.strip() for hop in str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",")]
    seen = [*filter(None, hops), str(meta.get("REMOTE_ADDR", ""))]
    return _counted(seen[-1 - min(settings.CUSTOS_PROXIES, len(seen) - 1)])


def _counted(text: str) -> str:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return UNKNOWN
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _IPV6_SITE), strict=False).network_address)
