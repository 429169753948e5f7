"""The JSON forms of sealed lists and members (docs/format.md, "Sealed lists"): the commitment in
the document, the contents that come with it at capture, and the openings in a bundle.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from provenance.core import errors
from provenance.core.record.chain_json import is_digest, read_link, write_link
from provenance.core.record.sealed import (
    MAX_LINKS,
    MAX_MEMBERS,
    SALT_BYTES,
    SEED_BYTES,
    Commitment,
    Contents,
    Leaf,
    Member,
    Opening,
    SealedLink,
    SealedMember,
    Side,
    check_count,
)

MAX_PATH: Final = 11  # hashes: a tree of 1,024 links and 16 members is no higher
_HEX: Final = re.compile(r"(?:[0-9a-f]{2})*\Z")
_PLAIN: Final = re.compile(r"[!#-\[\]-~]*\Z")  # ASCII that JSON writes without an escape


def read_commitment(value: Any) -> Commitment:
    """Return the commitment of a document's member `sealed`. Raises BadOpening."""
    if not isinstance(value, dict) or not (
        {"count", "root"} <= value.keys() <= {"count", "root", "members"}
    ):
        raise errors.BadOpening("sealed has the members count and root, and at most members")
    count, members = value["count"], value.get("members", 0)
    if not is_digest(value["root"]) or not _in(count, 0, MAX_LINKS):
        raise errors.BadOpening(f"sealed counts at most {MAX_LINKS} links under a root")
    if "members" in value and not _in(members, 1, MAX_MEMBERS):
        raise errors.BadOpening(f"sealed counts 1 to {MAX_MEMBERS} members, or says nothing of any")
    if count + members == 0:
        raise errors.BadOpening("what seals nothing has no member sealed")
    return Commitment(count, members, value["root"])


def write_commitment(commitment: Commitment) -> dict[str, Any]:
    """Return the member `sealed` of a document."""
    members = {"members": commitment.members} if commitment.members else {}
    return {"count": commitment.count, **members, "root": commitment.root}


def read_contents(value: Any) -> Contents:
    """Return the contents of the member `opened` beside an event. Raises BadOpening, Malformed,
    and TooLarge for more than 1,024 links.
    """
    if not isinstance(value, dict) or value.keys() != {"seed", "links", "members"}:
        raise errors.BadOpening("opened has exactly the members seed, links and members")
    seed = _bytes(value["seed"], SEED_BYTES)
    if isinstance(value["links"], list):
        check_count(len(value["links"]))
    links, members = _list(value["links"], MAX_LINKS), _list(value["members"], MAX_MEMBERS)
    return Contents(seed, tuple(map(_read_link, links)), tuple(map(_read_member, members)))


def write_contents(contents: Contents) -> dict[str, Any]:
    """Return the member `opened` that goes beside an event."""
    return {
        "seed": contents.seed.hex(),
        "links": [_write_link(sealed) for sealed in contents.links],
        "members": [_write_member(sealed) for sealed in contents.members],
    }


def read_openings(value: Any) -> tuple[Opening, ...]:
    """Return the openings of an entry of a bundle. Raises BadOpening, Malformed."""
    return tuple(map(_read_opening, _list(value, MAX_LINKS + MAX_MEMBERS)))


def write_openings(openings: Sequence[Opening]) -> list[dict[str, Any]]:
    """Return the member `openings` of an entry of a bundle."""
    return [_write_opening(opening) for opening in openings]


def _read_opening(value: Any) -> Opening:
    shared = {"index", "salt", "path"}
    if not isinstance(value, dict) or value.keys() not in (
        shared | {"link"},
        shared | {"member", "value"},
    ):
        raise errors.BadOpening("an opening has index, salt, path, and a link or member and value")
    if not _in(value["index"], 0, MAX_LINKS + MAX_MEMBERS - 1):
        raise errors.BadOpening("an opening has the index of a leaf")
    path = [_bytes(hashed, 32) for hashed in _list(value["path"], MAX_PATH)]
    leaf: Leaf = (
        _read_link(value["link"])
        if "link" in value
        else _read_member({"member": value["member"], "value": value["value"]})
    )
    return Opening(value["index"], _bytes(value["salt"], SALT_BYTES), leaf, b"".join(path))


def _write_opening(opening: Opening) -> dict[str, Any]:
    leaf = opening.leaf
    shown = {"link": _write_link(leaf)} if isinstance(leaf, SealedLink) else _write_member(leaf)
    path = opening.path
    return {
        "index": opening.index,
        "salt": opening.salt.hex(),
        **shown,
        "path": [path[i : i + 32].hex() for i in range(0, len(path), 32)],
    }


def _read_link(value: Any) -> SealedLink:
    if not isinstance(value, dict):
        raise errors.BadOpening("a sealed link is an object")
    link = read_link({name: part for name, part in value.items() if name != "role"})
    if not _PLAIN.match(link.subject):
        raise errors.BadOpening(f"a sealed link names an item by its URI, not {link.subject!r:.80}")
    if "role" not in value:
        return SealedLink(link)
    role = value["role"]
    if role not in [side.value for side in Side]:
        raise errors.BadOpening("the role of a sealed link is input or output")
    return SealedLink(link, Side(role))


def _write_link(sealed: SealedLink) -> dict[str, Any]:
    role = {"role": sealed.role.value} if sealed.role is not None else {}
    return {**write_link(sealed.link), **role}


def _read_member(value: Any) -> SealedMember:
    if not isinstance(value, dict) or value.keys() != {"member", "value"}:
        raise errors.BadOpening("a sealed member has exactly the members member and value")
    if value["member"] not in [member.value for member in Member]:
        raise errors.BadOpening(f"sealed members are {', '.join(Member)}")
    return SealedMember(Member(value["member"]), value["value"])


def _write_member(sealed: SealedMember) -> Mapping[str, Any]:
    return {"member": sealed.member.value, "value": sealed.value}


def _in(value: Any, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high


def _list(value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise errors.BadOpening(f"expected a list of at most {most}")
    return value


def _bytes(value: Any, length: int) -> bytes:
    if not isinstance(value, str) or len(value) != 2 * length or not _HEX.match(value):
        raise errors.BadOpening(f"expected {length} bytes in lower-case hex")
    return bytes.fromhex(value)
