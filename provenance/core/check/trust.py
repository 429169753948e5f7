"""Roots of trust: the small file that a verifier brings along (docs/trust.md).

It names the deployment (its DID host), the registrar's key, which vouches for parties
and their first keys, and the ledger's key with the witnesses, as a C2SP tlog-policy. A
verifier MUST have it from elsewhere than the bundle it is used on: a bundle can name
its roots, and cannot vouch for them.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from provenance.core import errors, gs1
from provenance.core.ledger import policy
from provenance.core.record import claims
from provenance.core.record.authority import Registrar
from provenance.core.signing import canonical, keys

TYPE = "CustosTrust"
VERSION = "1"
_MEMBERS = {"type", "version", "host", "registrar", "policy", "customsUnions", "lateAfterHours"}


@dataclass(frozen=True, slots=True)
class Trust:
    """The trusted roots: the DID host, the registrar, and the policy for tree heads;
    and two conventions of every check.

    `customs_unions` has the countries (ISO 3166-1 alpha-2) of each union by its name.
    An act that is signed longer than `late_after` after it happened counts as late.
    """

    host: str
    registrar: Registrar
    policy: policy.Policy
    customs_unions: Mapping[str, tuple[str, ...]]
    late_after: timedelta = timedelta(hours=72)

    def to_json(self) -> dict[str, Any]:
        """Return the trust file's content, which `parse` reads."""
        return {
            "type": TYPE,
            "version": VERSION,
            "host": self.host,
            "registrar": {
                "gln": self.registrar.gln,
                "publicKeyMultibase": self.registrar.public_key,
            },
            "policy": self.policy.format().decode(),
            "customsUnions": {name: list(members) for name, members in self.customs_unions.items()},
            "lateAfterHours": int(self.late_after.total_seconds() // 3600),
        }

    def digest(self) -> str:
        """Return the fingerprint: SHA-256 of the trust file's RFC 8785 bytes, in
        lower-case hex.
        """
        return hashlib.sha256(canonical.serialize(self.to_json())).hexdigest()


def parse(value: Any) -> Trust:
    """Return the roots that a trust file's content names, given as strictly parsed
    JSON.

    Raises BadBundle for another shape; BadIdentifier or BadCheckDigit for the GLN;
    Malformed or WeakKey for the registrar's key; BadNote, WeakKey or NoTrust for the
    policy.
    """
    if not isinstance(value, dict) or value.keys() != _MEMBERS:
        raise errors.BadBundle(f"a trust file has exactly the members {sorted(_MEMBERS)}")
    if (value["type"], value["version"]) != (TYPE, VERSION):
        raise errors.BadBundle(f"expected {TYPE} version {VERSION}")
    registrar, unions, hours = value["registrar"], value["customsUnions"], value["lateAfterHours"]
    if not isinstance(registrar, dict) or registrar.keys() != {"gln", "publicKeyMultibase"}:
        raise errors.BadBundle("registrar has the members gln and publicKeyMultibase")
    texts = (value["host"], value["policy"], registrar["gln"], registrar["publicKeyMultibase"])
    if (
        not all(isinstance(text, str) for text in texts)
        or type(hours) is not int
        or not 0 < hours < 100_000
    ):
        raise errors.BadBundle("a member of the trust file has the wrong type")
    if not isinstance(unions, dict) or not all(map(_countries, unions.values())):
        raise errors.BadBundle("customsUnions maps names to lists of countries")
    gs1.parse_gln(registrar["gln"])
    keys.check_enrolment(keys.decode_public(registrar["publicKeyMultibase"]))
    trusted = policy.parse(value["policy"].encode("utf-8", "surrogatepass"))
    if not trusted.logs:
        raise errors.NoTrust("the policy names no ledger")
    return Trust(
        value["host"],
        Registrar(registrar["gln"], registrar["publicKeyMultibase"]),
        trusted,
        {name: tuple(members) for name, members in unions.items()},
        timedelta(hours=hours),
    )


def _countries(value: Any) -> bool:
    return isinstance(value, list) and all(map(claims.is_country, value))
