"""The registrar of a deployment, a root of trust (docs/trust.md)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Registrar:
    """The root that vouches for parties and their first keys: its GLN, and its public
    key in multibase.
    """

    gln: str
    public_key: str
