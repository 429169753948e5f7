"""Policies: the signers that a tree head must have (C2SP tlog-policy).

    log <vkey> [<url>]                      the key's name is the ledger's origin
    witness <name> <vkey> [<url>]
    group <name> all|any|<k> <member>...    members from lines above; a name is a member
                                            of at most one group
    quorum <name>|none                      exactly one such line

A tree head is good if at least one of the logs signed it under its own origin, and the
quorum cosigned it. No public key may be on two lines for witnesses, or two for logs,
since a key under two names would count twice. Spaces and tabs separate; "#" begins a
comment.
"""

import re
from dataclasses import dataclass
from typing import Final

from provenance.core import errors
from provenance.core.ledger import note, tree_head

NONE: Final = "none"

_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_BLANKS = re.compile(r"[ \t]+")


@dataclass(frozen=True, slots=True)
class Log:
    """A ledger that is trusted to keep a single history."""

    verifier: note.Verifier
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Witness:
    """A party, apart from the ledger's, that cosigns its tree heads, having checked
    that they keep a single history.
    """

    name: str
    verifier: note.Verifier
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A group of witnesses and groups: met when at least `threshold` of its members
    are.
    """

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Logs, witnesses, groups and the quorum; a quorum of None asks for no witness.

    Raises BadNote unless names and keys are unique, of the right type, and defined
    before their use.
    """

    logs: tuple[Log, ...]
    witnesses: tuple[Witness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str | None = None

    def __post_init__(self) -> None:
        _check_keys([log.verifier for log in self.logs], note.KeyType.ED25519)
        _check_keys([witness.verifier for witness in self.witnesses], note.KeyType.COSIGNATURE)
        defined: set[str] = set()
        members: set[str] = set()
        for witness in self.witnesses:
            _check_new_name(witness.name, defined)
        for group in self.groups:
            for member in group.members:
                if member not in defined or member in members:
                    raise errors.BadNote(
                        f"group {group.name!r}: {member!r} is unknown, or a member already"
                    )
                members.add(member)
            if not 1 <= group.threshold <= len(group.members):
                raise errors.BadNote(
                    f"group {group.name!r}: {group.threshold} of {len(group.members)}"
                )
            _check_new_name(group.name, defined)
        if self.quorum is not None and self.quorum not in defined:
            raise errors.BadNote(f"the quorum {self.quorum!r} is not defined")

    def format(self) -> bytes:
        """Return the policy file."""
        lines = [_join("log", log.verifier.vkey(), log.url) for log in self.logs]
        lines += [
            _join("witness", each.name, each.verifier.vkey(), each.url) for each in self.witnesses
        ]
        lines += [
            _join("group", each.name, _threshold(each), *each.members) for each in self.groups
        ]
        lines.append(_join("quorum", self.quorum or NONE))
        return "".join(lines).encode("utf-8", "surrogateescape")

    def verifiers(self) -> tuple[note.Verifier, ...]:
        """Return every key that this policy names, of logs and of witnesses."""
        return (
            *(log.verifier for log in self.logs),
            *(witness.verifier for witness in self.witnesses),
        )

    def open(self, raw: bytes) -> tuple[tree_head.TreeHead, note.Note]:
        """Return the tree head in a signed note that meets this policy.

        Raises as `check` does, and BadNote, or BadSignature where a key of this policy
        rejects its signature.
        """
        self._check_not_empty()
        head, opened = tree_head.open_signed(raw, self.verifiers())
        self.check(opened)
        return head, opened

    def check(self, opened: note.Note) -> None:
        """Raise NoTrust, UnknownLedger or QuorumNotMet unless a note that was opened
        with `verifiers` meets this policy; BadNote if it holds no tree head.
        """
        self._check_not_empty()
        signers = {each.verifier for each in opened.verified}
        origin = tree_head.parse(opened.text).origin
        if not any(log.verifier in signers and log.verifier.name == origin for log in self.logs):
            raise errors.UnknownLedger(f"no trusted ledger signed for the origin {origin!r:.80}")
        met = set(self.cosigners(opened))
        for group in self.groups:
            if sum(member in met for member in group.members) >= group.threshold:
                met.add(group.name)
        if self.quorum is not None and self.quorum not in met:
            cosigned = ", ".join(self.cosigners(opened)) or "nobody"
            raise errors.QuorumNotMet(f"expected {self.quorum!r} to cosign, got {cosigned}")

    def cosigners(self, opened: note.Note) -> tuple[str, ...]:
        """Return the names, in this policy, of the witnesses whose verified
        cosignatures the note carries.
        """
        signers = {each.verifier for each in opened.verified}
        return tuple(witness.name for witness in self.witnesses if witness.verifier in signers)

    def _check_not_empty(self) -> None:
        if not self.logs:
            raise errors.NoTrust("the policy names no ledger")


def parse(raw: bytes) -> Policy:
    """Return the policy in a file of at most 1,000,000 bytes. Raises BadNote; WeakKey
    for a key that must not be trusted.
    """
    if len(raw) > note.MAX_BYTES or _FORBIDDEN.search(raw) or not raw.endswith(b"\n"):
        raise errors.BadNote("a policy is lines of text, each ending in a line break")
    logs: list[Log] = []
    witnesses: list[Witness] = []
    groups: list[Group] = []
    quorums: list[str] = []
    # The names on the lines above: Policy itself does not see the order of lines.
    defined: set[str] = set()
    for line in raw.decode("utf-8", "surrogateescape").split("\n"):
        keyword, *words = _BLANKS.split(line.strip(" \t"))
        match keyword, words:
            case ("", []):
                continue
            case (comment, _) if comment.startswith("#"):
                continue
            case ("log", [vkey, *url]) if len(url) <= 1:
                logs.append(Log(note.parse_vkey(vkey), *url))
            case ("witness", [name, vkey, *url]) if len(url) <= 1:
                witnesses.append(Witness(name, note.parse_vkey(vkey), *url))
                defined.add(name)
            case ("group", [name, threshold, *members]) if defined.issuperset(members):
                groups.append(_group(name, threshold, members))
                defined.add(name)
            case ("quorum", [name]) if name == NONE or name in defined:
                quorums.append(name)
            case _:
                raise errors.BadNote(
                    f"not a policy's line, or it names what no line above defines: {line!r:.80}"
                )
    if len(quorums) != 1:
        raise errors.BadNote(f"expected one quorum line, got {len(quorums)}")
    quorum = None if quorums[0] == NONE else quorums[0]
    return Policy(tuple(logs), tuple(witnesses), tuple(groups), quorum)


def _group(name: str, threshold: str, members: list[str]) -> Group:
    match threshold:
        case "all":
            number = len(members)
        case "any":
            number = 1
        case _:
            number = tree_head.parse_decimal(threshold)
    return Group(name, number, tuple(members))


def _threshold(group: Group) -> str:
    if group.threshold == len(group.members):
        return "all"
    return "any" if group.threshold == 1 else str(group.threshold)


def _check_new_name(name: str, defined: set[str]) -> None:
    if name in defined or name == NONE or not name or re.search(r"[\x00- \x7f]", name):
        raise errors.BadNote(f"not a new name for a witness or group: {name!r:.80}")
    defined.add(name)


def _check_keys(verifiers: list[note.Verifier], key_type: note.KeyType) -> None:
    if len({verifier.public for verifier in verifiers}) != len(verifiers):
        raise errors.BadNote("one public key stands on two lines")
    if any(verifier.key_type is not key_type for verifier in verifiers):
        raise errors.BadNote(f"expected keys of type {key_type:#04x}")


def _join(*words: str | None) -> str:
    return " ".join(word for word in words if word is not None) + "\n"
