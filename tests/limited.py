"""Addresses that no other test has counted requests from."""

import secrets


def address() -> str:
    """An IPv4 address in 10.0.0.0/8."""
    return "10." + ".".join(str(secrets.randbelow(256)) for _ in range(3))
