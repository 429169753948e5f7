"""Roots of trust: the small file that a verifier brings along (docs/trust.md).

It names the deployment (its DID host), the registrar's key, which vouches for parties
and their first keys, and the ledger's key with the witnesses, as a C2SP tlog-policy; and of
both the former keys, each with the part of the ledger for which it is believed. A verifier
MUST have it from elsewhere than the bundle it is used on: a bundle can name its roots, and
cannot vouch for them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from provenance.core import errors, gs1
from provenance.core.ledger import former, note, policy, tree_head
from provenance.core.record import forms
from provenance.core.record.authority import FormerKey, Registrar
from provenance.core.signing import canonical, keys

TYPE = "CustosTrust"
VERSION = "1"
_MEMBERS = {
    "type",
    "version",
    "host",
    "registrar",
    "policy",
    "formerLedgers",
    "customsUnions",
    "lateAfterHours",
}
_MOST_FORMER = 100
_MOST_ENTRIES = 2**53 - 1


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
    former_ledgers: tuple[former.FormerLedger, ...] = ()

    def open_head(self, raw: bytes) -> tuple[tree_head.TreeHead, former.FormerLedger | None]:
        """Return the tree head in a signed note, and the former ledger that it is of, if any.
        Raises as `former.open_head` does.
        """
        return former.open_head(raw, self.policy, self.former_ledgers)

    def succeeds(self, other: "Trust") -> bool:
        """Whether these are later roots of the installation that `other` names: each key of
        its registrar and ledger is here too, present or former, and nothing else
        differs.
        """
        same = (self.host, self.registrar.gln, self.customs_unions, self.late_after)
        return (
            same == (other.host, other.registrar.gln, other.customs_unions, other.late_after)
            and replace(self.policy, logs=()) == replace(other.policy, logs=())
            and {*other.registrar.roots} <= {*self.registrar.roots}
            and self.knows_ledgers_of(other)
            and {*other.former_ledgers} <= {*self.former_ledgers}
        )

    def knows_ledgers_of(self, other: "Trust") -> bool:
        """Whether each ledger that `other` trusts is here too, present or former."""
        here = {log.verifier for log in self.policy.logs}
        here |= {ended.verifier for ended in self.former_ledgers}
        return {log.verifier for log in other.policy.logs} <= here

    def to_json(self) -> dict[str, Any]:
        """Return the trust file's content, which `parse` reads."""
        return {
            "type": TYPE,
            "version": VERSION,
            "host": self.host,
            "registrar": {
                "gln": self.registrar.gln,
                "publicKeyMultibase": self.registrar.public_key,
                "former": [
                    {"publicKeyMultibase": key.public_key, "size": key.size}
                    for key in self.registrar.former
                ],
            },
            "policy": self.policy.format().decode(),
            "formerLedgers": [
                {
                    "vkey": ended.verifier.vkey(),
                    "size": ended.size,
                    "root": note.encode_base64(ended.root),
                }
                for ended in self.former_ledgers
            ],
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
    Malformed or WeakKey for a key of the registrar's; BadNote, WeakKey or NoTrust for the
    policy and former ledgers.
    """
    if not isinstance(value, dict) or value.keys() != _MEMBERS:
        raise errors.BadBundle(f"a trust file has exactly the members {sorted(_MEMBERS)}")
    if (value["type"], value["version"]) != (TYPE, VERSION):
        raise errors.BadBundle(f"expected {TYPE} version {VERSION}")
    unions, hours = value["customsUnions"], value["lateAfterHours"]
    if (
        not all(isinstance(value[name], str) for name in ("host", "policy"))
        or type(hours) is not int
        or not 0 < hours < 100_000
    ):
        raise errors.BadBundle("a member of the trust file has the wrong type")
    if not isinstance(unions, dict) or not all(map(_countries, unions.values())):
        raise errors.BadBundle("customsUnions maps names to lists of countries")
    trusted = _policy(value["policy"])
    return Trust(
        value["host"],
        _registrar(value["registrar"]),
        trusted,
        {name: tuple(members) for name, members in unions.items()},
        timedelta(hours=hours),
        _former_ledgers(value["formerLedgers"], trusted),
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


def _registrar(value: Any) -> Registrar:
    members = {"gln": str, "publicKeyMultibase": str, "former": list}
    _check_members(value, members, "registrar")
    gs1.parse_gln(value["gln"])
    for entry in value["former"]:
        _check_members(entry, {"publicKeyMultibase": str, "size": int}, "a former registrar's key")
    former_keys = tuple(
        FormerKey(entry["publicKeyMultibase"], entry["size"]) for entry in value["former"]
    )
    registrar = Registrar(value["gln"], value["publicKeyMultibase"], former_keys)
    for public_key in registrar.roots:
        keys.check_enrolment(keys.decode_public(public_key))
    _check_sizes([key.size for key in former_keys])
    if len({*registrar.roots}) != len(registrar.roots):
        raise errors.BadBundle("a key of the registrar's is there twice")
    return registrar


def _former_ledgers(value: Any, trusted: policy.Policy) -> tuple[former.FormerLedger, ...]:
    if not isinstance(value, list):
        raise errors.BadBundle("formerLedgers is a list")
    for entry in value:
        _check_members(entry, {"vkey": str, "size": int, "root": str}, "a former ledger")
    ended = tuple(
        former.FormerLedger(
            note.parse_vkey(entry["vkey"]), entry["size"], tree_head.parse_hash(entry["root"])
        )
        for entry in value
    )
    _check_sizes([ledger.size for ledger in ended])
    named = [log.verifier for log in trusted.logs] + [ledger.verifier for ledger in ended]
    for names in ({each.name for each in named}, {each.public for each in named}):
        if len(names) != len(named):
            raise errors.BadBundle("each ledger, former or not, has a name and a key of its own")
    return ended


def _check_members(value: Any, types: Mapping[str, type], what: str) -> None:
    """Raise BadBundle unless `value` is an object of exactly these members and types."""
    if not isinstance(value, dict) or {name: type(value[name]) for name in value} != types:
        raise errors.BadBundle(f"{what} has exactly the members {sorted(types)}, of their types")


def _check_sizes(sizes: Sequence[int]) -> None:
    """Raise BadBundle unless each size is above 0, and none below the size before it."""
    if len(sizes) > _MOST_FORMER or [*sizes] != sorted(sizes):
        raise errors.BadBundle(f"at most {_MOST_FORMER} former keys, the oldest first")
    if not all(0 < size <= _MOST_ENTRIES for size in sizes):
        raise errors.BadBundle("a former key is believed for some entries of the ledger")


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
    return isinstance(value, list) and all(map(forms.is_country, value))
