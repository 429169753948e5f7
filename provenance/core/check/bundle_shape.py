"""The outside of a bundle: its members, and the roots it names."""

from typing import Any

from provenance.core import errors
from provenance.core.check import collect
from provenance.core.check.trust import Trust


def check(value: Any, most_records: int) -> dict[str, Any]:
    """Return a value that has the members of a bundle. Raises BadBundle for another shape, and
    BundleTooLarge for more than `most_records`.
    """
    members = {"type", "version", "subject", "trust", "trustDigest", "records"}
    if not isinstance(value, dict) or value.keys() != members:
        raise errors.BadBundle(f"a bundle has exactly the members {sorted(members)}")
    if (value["type"], value["version"]) != (collect.TYPE, collect.VERSION):
        raise errors.BadBundle(f"expected {collect.TYPE} version {collect.VERSION}")
    entries = value["records"]
    if not isinstance(value["subject"], str) or not isinstance(entries, list) or not entries:
        raise errors.BadBundle("a bundle is about one subject and holds records")
    if len(entries) > most_records:
        raise errors.BundleTooLarge(
            f"{len(entries)} records, and {most_records} are checked at most: nothing was"
            " checked, and nothing is said against them",
            limit=most_records,
        )
    for entry in entries:
        if not isinstance(entry, dict) or entry.keys() - {"openings"} != {"document", "proof"}:
            raise errors.BadBundle(
                "an entry of records has the members document and proof, and at most openings"
            )
        if entry["proof"] is not None and not isinstance(entry["proof"], str):
            raise errors.BadBundle(
                "proof is a C2SP tlog-proof text, or null while the event is not anchored"
            )
    return value


def check_roots(named: Trust, trust: Trust) -> None:
    """Raise ForeignRoots unless the roots are the same, or others of the same
    installation, earlier or later, under which the bundle can be checked.
    """
    if named.digest() == trust.digest() or trust.succeeds(named):
        return
    if named.succeeds(trust) and trust.knows_ledgers_of(named):
        return
    theirs, ours = named.to_json(), trust.to_json()
    differing = ", ".join(name for name in ours if ours[name] != theirs[name])
    raise errors.ForeignRoots(
        f"expected the roots {trust.digest()}, the bundle names {named.digest()};"
        f" they differ in {differing}"
    )
