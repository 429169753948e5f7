"""Roots of trust: the small file that a verifier brings along (docs/trust.md).

It names the deployment (its DID host), the registrar's key, which vouches for parties
and their first keys, and the ledger's key with the witnesses, as a C2SP tlog-policy. A
verifier MUST have it from elsewhere than the bundle it is used on: a bundle can name
its roots, and cannot vouch for them.
"""

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
        return canonical.digest(canonical.serialize(self.to_json()))


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
    return Trust(
        value["host"],
        Registrar(registrar["gln"], registrar["publicKeyMultibase"]),
        _policy(value["policy"]),
        {name: tuple(members) for name, members in unions.items()},
        timedelta(hours=hours),
    )


def parse_file(raw: bytes) -> Trust:
    """Return the roots in a trust file. Raises as `read_spelled` and `parse` do."""
    return parse(read_spelled(raw, "a trust file"))


def format(trust: Trust) -> bytes:  # noqa: A001  symmetric with parse_file
    """Return the trust file, with a line break at the end."""
    return canonical.serialize(trust.to_json()) + b"\n"


def read_spelled(raw: bytes, kind: str) -> Any:
    """Return the JSON in a file of this `kind`: in its RFC 8785 spelling, without blanks or
    comments but for at most one line break at the end, so that a digest names its bytes.

    Raises as `canonical.parse` does, and BadBundle for another spelling.
    """
    text = raw.removesuffix(b"\n")
    value = canonical.parse(text)
    if canonical.serialize(value) != text:
        raise errors.BadBundle(
            f"{kind} is in its RFC 8785 spelling: this one was changed or reformatted"
        )
    return value


def _policy(text: str) -> policy.Policy:
    raw = text.encode("utf-8", "surrogatepass")
    trusted = policy.parse(raw)
    if not trusted.logs:
        raise errors.NoTrust("the policy names no ledger")
    if trusted.format() != raw:
        raise errors.BadBundle(
            "a trust file's policy has no comments and no blanks but one between words"
        )
    return trusted


def _countries(value: Any) -> bool:
    return isinstance(value, list) and all(map(claims.is_country, value))
