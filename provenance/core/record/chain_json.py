"""The JSON form of a chain link, in clear and in a sealed leaf (docs/format.md)."""

import re
from collections.abc import Mapping
from typing import Any, Final

from provenance.core import errors
from provenance.core.record.event import Link
from provenance.core.signing import canonical

_MEMBERS: Final = frozenset({"subject", "position", "previous"})
_DIGEST: Final = re.compile(r"[0-9a-f]{64}\Z")


def read_link(entry: Any) -> Link:
    """Return the link of a member of `chain`. Raises Malformed."""
    if not isinstance(entry, dict) or not (_MEMBERS <= entry.keys() <= _MEMBERS | {"closes"}):
        raise errors.Malformed(
            "a chain link has the members subject, position, previous and at most closes"
        )
    subject, position, previous = entry["subject"], entry["position"], entry["previous"]
    is_number = type(position) is int and 0 <= position <= canonical.MAX_INTEGER
    if not isinstance(subject, str) or not is_number:
        raise errors.Malformed("a chain link names a subject URI and a position from 0")
    if (position == 0) != (previous is None):
        raise errors.Malformed("previous is null at position 0 and nowhere else")
    closes = entry.get("closes")
    for digest in (previous, closes):
        if digest is not None and not is_digest(digest):
            raise errors.Malformed("previous and closes are SHA-256 digests in lower-case hex")
    if "closes" in entry and (closes is None or position == 0):
        raise errors.Malformed("closes names the digest of an earlier position 0")
    return Link(subject, position, previous, closes)


def write_link(link: Link) -> dict[str, Any]:
    """Return the member of `chain` that `read_link` reads."""
    entry: Mapping[str, Any] = {
        "subject": link.subject,
        "position": link.position,
        "previous": link.previous,
    }
    return {**entry, **({"closes": link.closes} if link.closes is not None else {})}


def is_digest(value: Any) -> bool:
    """Whether a value is a SHA-256 digest in lower-case hex."""
    return isinstance(value, str) and _DIGEST.match(value) is not None
