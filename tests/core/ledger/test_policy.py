"""Trust policies, and stored proofs that are checked against them."""

import dataclasses
from typing import Any

import pytest

from provenance.core import errors
from provenance.core.ledger import merkle, note, policy, tree_head
from provenance.core.ledger import proof as tlog_proof
from provenance.core.signing import keys


def signer(name: str, key_type: note.KeyType = note.KeyType.ED25519) -> note.Signer:
    return note.Signer(name, keys.generate(name.encode().ljust(32, b".")), key_type)


def witness(name: str) -> note.Signer:
    return signer(name, note.KeyType.COSIGNATURE)


LEDGER, OTHER = signer("custos.example/ledger"), signer("other.example")
CN_A, CN_B, NL, DE = (
    witness(name) for name in ("cn-a.example", "cn-b.example", "nl.example", "de.example")
)
CORRIDOR = f"""\
log {LEDGER.verifier.vkey()} https://custos.example/ledger
witness cn-a {CN_A.verifier.vkey()} https://cn-a.example/witness
witness cn-b {CN_B.verifier.vkey()}
witness nl {NL.verifier.vkey()}
witness de {DE.verifier.vkey()}
group origin any cn-a cn-b
group destination any nl de
group both all origin destination
quorum both
"""
LEAVES = [merkle.leaf_hash(b"%d" % number) for number in range(11)]
HEAD = tree_head.TreeHead(LEDGER.name, len(LEAVES), merkle.root(LEAVES))
NOW = 1_795_000_000


def cosigned(
    *witnesses: note.Signer, head: tree_head.TreeHead = HEAD, by: note.Signer = LEDGER
) -> bytes:
    raw = note.sign(head.format(), [by])
    return note.add_signatures(
        raw, [tree_head.cosign(head.format(), each, NOW) for each in witnesses]
    )


def refusal(trusted: policy.Policy, raw: bytes) -> str:
    with pytest.raises(errors.ProvenanceError) as caught:
        trusted.open(raw)
    return caught.value.code


def with_quorum(*lines: str) -> policy.Policy:
    """The corridor's log and witnesses with other groups and quorum."""
    return policy.parse(
        "".join(f"{line}\n" for line in [*CORRIDOR.split("\n")[:5], *lines]).encode()
    )


# --- the file -----------------------------------------------------------------------


def test_a_policy_is_written_as_it_was_read() -> None:
    parsed = policy.parse(CORRIDOR.encode())
    assert parsed.format() == CORRIDOR.encode()
    assert policy.parse(parsed.format()) == parsed
    assert parsed.logs == (policy.Log(LEDGER.verifier, "https://custos.example/ledger"),)
    assert parsed.witnesses[0].url == "https://cn-a.example/witness"
    assert parsed.groups[2] == policy.Group("both", 2, ("origin", "destination"))


def test_comments_blanks_and_any_order_of_logs_and_witnesses_are_read() -> None:
    lines = CORRIDOR.split("\n")
    spaced = "\n".join(
        ["# who is trusted", "", " \t ", "  # and why", *lines[1:5], *lines[:1], *lines[5:]]
    )
    spaced = spaced.replace("group origin any cn-a", "\tgroup  origin\tany   cn-a  ")
    assert policy.parse(spaced.encode()) == policy.parse(CORRIDOR.encode())


def test_names_are_octets() -> None:
    kelvin = CORRIDOR.replace("cn-a ", "K ").replace("cn-b\n", "cn-b\n").encode()
    raw = kelvin.replace(b"witness cn-b", b"witness \xff\xfe").replace(b"cn-b\n", b"\xff\xfe\n")
    assert policy.parse(raw).format() == raw
    assert policy.parse(raw).witnesses[1].name != policy.parse(CORRIDOR.encode()).witnesses[1].name


def test_a_policy_of_32_of_each_is_read() -> None:
    logs = [policy.Log(signer(f"log{n}").verifier) for n in range(32)]
    witnesses = [policy.Witness(f"w{n}", witness(f"w{n}").verifier) for n in range(32)]
    groups = [policy.Group(f"g{n}", 1, (f"w{n}",)) for n in range(31)]
    groups.append(policy.Group("all", 31, tuple(f"g{n}" for n in range(31))))
    large = policy.Policy(tuple(logs), tuple(witnesses), tuple(groups), "all")
    assert policy.parse(large.format()) == large


LOG, WITNESS = (line + "\n" for line in CORRIDOR.split("\n")[:2])
RENAMED = note.Verifier("renamed.example", LEDGER.verifier.public).vkey()
TWIN = note.Verifier("twin.example", CN_A.verifier.public, note.KeyType.COSIGNATURE).vkey()
NONE = "quorum none\n"
WRONG = {
    "empty": "",
    "no quorum": LOG,
    "two quorums": LOG + NONE + NONE,
    "two quorums that agree": LOG + WITNESS + "quorum cn-a\nquorum cn-a\n",
    "an undefined quorum": LOG + "quorum cn-a\n",
    "a quorum before its witness": LOG + "quorum cn-a\n" + WITNESS,
    "a quorum of two": LOG + WITNESS + "quorum cn-a cn-a\n",
    "no last line break": LOG + NONE[:-1],
    "an unknown keyword": LOG + "threshold 1\n" + NONE,
    "a keyword in capitals": LOG + NONE.upper(),
    "a log without a key": "log\n" + NONE,
    "a log with too many words": LOG[:-1] + " more\n" + NONE,
    "a log twice": LOG + LOG + NONE,
    "a log twice, under two names": LOG + f"log {RENAMED}\n" + NONE,
    "a log with a witness's key": f"log {CN_A.verifier.vkey()}\n" + NONE,
    "a witness with a log's key": LOG + f"witness w {OTHER.verifier.vkey()}\n" + NONE,
    "a witness twice": LOG + WITNESS + WITNESS + NONE,
    "a witness's key under two names": LOG + WITNESS + f"witness twin {TWIN}\n" + NONE,
    "a name for two witnesses": LOG + WITNESS + f"witness cn-a {CN_B.verifier.vkey()}\n" + NONE,
    "a witness called none": LOG + f"witness none {CN_A.verifier.vkey()}\n" + NONE,
    "a group called none": LOG + WITNESS + "group none any cn-a\n" + NONE,
    "a group named as a witness": LOG + WITNESS + "group cn-a any cn-a\n" + NONE,
    "a group without members": LOG + WITNESS + "group g any\n" + NONE,
    "a group with an unknown member": LOG + WITNESS + "group g any nl\n" + NONE,
    "a group with the member none": LOG + WITNESS + "group g any none\n" + NONE,
    "a group in itself": LOG + WITNESS + "group g any g cn-a\n" + NONE,
    "a group before its witness": LOG + "group g any cn-a\n" + WITNESS + NONE,
    "a member twice": LOG + WITNESS + "group g 2 cn-a cn-a\n" + NONE,
    "a member of two groups": LOG + WITNESS + "group g any cn-a\ngroup h any cn-a\n" + NONE,
    "none of one": LOG + WITNESS + "group g 0 cn-a\n" + NONE,
    "two of one": LOG + WITNESS + "group g 2 cn-a\n" + NONE,
    "a threshold with a zero before": LOG + WITNESS + "group g 01 cn-a\n" + NONE,
    "a threshold in Arabic digits": LOG + WITNESS + "group g ١ cn-a\n" + NONE,
    "a threshold in capitals": LOG + WITNESS + "group g ALL cn-a\n" + NONE,
    "carriage returns": (LOG + NONE).replace("\n", "\r\n"),
    "a form feed between words": LOG + NONE.replace(" ", "\x0c"),
    "a no-break space between words": LOG + NONE.replace(" ", "\u00a0"),
    "a NUL in a comment": LOG + "#\0\n" + NONE,
    "a DEL in a comment": LOG + "#\x7f\n" + NONE,
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG.keys())
def test_a_policy_that_could_be_read_two_ways_is_refused(text: str) -> None:
    with pytest.raises(errors.BadNote):
        policy.parse(text.encode())


@pytest.mark.parametrize("name", ["", "two words", "two\nlines", "tab\t", "none"])
def test_a_policy_that_could_not_be_read_back_is_not_made(name: str) -> None:
    with pytest.raises(errors.BadNote):
        policy.Policy((), (policy.Witness(name, CN_A.verifier),))


# --- the quorum ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "witnesses", "met"),
    [
        (["quorum none"], [], True),
        (["quorum nl"], [NL], True),
        (["quorum nl"], [DE], False),
        (["quorum nl"], [], False),
        (["group g any nl de", "quorum g"], [DE], True),
        (["group g any nl de", "quorum g"], [CN_A], False),
        (["group g all nl de", "quorum g"], [NL, DE], True),
        (["group g all nl de", "quorum g"], [NL], False),
        (["group g 2 cn-a nl de", "quorum g"], [NL, DE], True),
        (["group g 2 cn-a nl de", "quorum g"], [NL], False),
        (["group g 2 cn-a nl de", "quorum g"], [NL, NL], False),
        (["group g any nl", "group h all g cn-a", "quorum h"], [NL, CN_A], True),
        (["group g any nl", "group h all g cn-a", "quorum h"], [NL], False),
        (["group g any nl de", "group h any cn-a", "quorum g"], [CN_A], False),
    ],
)
def test_a_quorum_is_met_by_its_witnesses(
    lines: list[str], witnesses: list[note.Signer], met: bool
) -> None:
    trusted, raw = with_quorum(*lines), cosigned(*witnesses)
    if met:
        head, opened = trusted.open(raw)
        assert head == HEAD
        assert len(trusted.cosigners(opened)) == len(witnesses)
    else:
        assert refusal(trusted, raw) == "quorum-not-met"


def test_a_corridor_needs_a_witness_at_each_end() -> None:
    trusted = policy.parse(CORRIDOR.encode())
    _, opened = trusted.open(cosigned(CN_B, NL))
    assert trusted.cosigners(opened) == ("cn-b", "nl")
    assert refusal(trusted, cosigned(CN_A, CN_B)) == "quorum-not-met"
    assert refusal(trusted, cosigned()) == "quorum-not-met"


def test_witnesses_without_the_ledger_are_not_enough() -> None:
    trusted = with_quorum("quorum nl")
    unsigned = cosigned(NL, by=signer("somebody.example"))
    assert refusal(trusted, unsigned) == "unknown-ledger"


def test_a_ledger_signs_for_its_own_origin_only() -> None:
    """Two trusted ledgers: neither may sign a tree head of the other."""
    both = policy.Policy((policy.Log(LEDGER.verifier), policy.Log(OTHER.verifier)))
    theirs = tree_head.TreeHead(OTHER.name, HEAD.size, HEAD.root)
    assert both.open(cosigned(head=theirs, by=OTHER))[0] == theirs
    assert refusal(both, cosigned(head=theirs, by=LEDGER)) == "unknown-ledger"


def test_a_known_witnesss_bad_signature_spoils_a_tree_head_that_would_do_without() -> None:
    elsewhere = tree_head.TreeHead(LEDGER.name, 5, HEAD.root).format()
    raw = note.add_signatures(cosigned(CN_A, NL), [tree_head.cosign(elsewhere, DE, NOW)])
    assert refusal(policy.parse(CORRIDOR.encode()), raw) == "bad-signature"


def test_a_signed_note_that_is_no_tree_head_is_refused() -> None:
    assert (
        refusal(policy.Policy((policy.Log(LEDGER.verifier),)), note.sign("hello\n", [LEDGER]))
        == "bad-note"
    )


def test_a_policy_without_a_ledger_accepts_nothing() -> None:
    empty = policy.parse(b"quorum none\n")
    assert refusal(empty, cosigned()) == "no-trust"
    opened = note.open_note(cosigned(), [LEDGER.verifier])
    with pytest.raises(errors.NoTrust):
        empty.check(opened)


# --- stored proofs ------------------------------------------------------------------


def proof_of(index: int, **changes: Any) -> tlog_proof.Proof:
    parts = {
        "index": index,
        "path": tuple(merkle.prove_inclusion(LEAVES, index)),
        "checkpoint": cosigned(CN_A, NL),
    }
    return tlog_proof.Proof(**{**parts, **changes})


@pytest.mark.parametrize("index", range(len(LEAVES)))
def test_a_stored_proof_shows_its_leaf_and_no_other(index: int) -> None:
    trusted = policy.parse(CORRIDOR.encode())
    proof = tlog_proof.parse(proof_of(index).format())
    assert tlog_proof.check(proof, LEAVES[index], trusted) == HEAD
    with pytest.raises(errors.BadProof):
        tlog_proof.check(proof, LEAVES[(index + 1) % len(LEAVES)], trusted)
    with pytest.raises(errors.BadProof):
        tlog_proof.check(dataclasses.replace(proof, index=(index + 1) % 11), LEAVES[index], trusted)


@pytest.mark.parametrize("extra", [None, b"", b"out of band"])
def test_a_stored_proof_is_written_as_it_was_read(extra: bytes | None) -> None:
    proof = proof_of(10, extra=extra)
    assert tlog_proof.parse(proof.format()) == proof
    lines = proof.format().decode().split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1:3] == (
        ["index 10", note.encode_base64(proof.path[0])] if extra is None else lines[1:3]
    )


def test_a_proof_in_a_ledger_of_one_entry_has_no_hashes() -> None:
    head = tree_head.TreeHead(LEDGER.name, 1, LEAVES[0])
    proof = tlog_proof.Proof(0, (), cosigned(CN_A, NL, head=head))
    assert tlog_proof.parse(proof.format()) == proof
    assert tlog_proof.check(proof, LEAVES[0], policy.parse(CORRIDOR.encode())) == head


def test_who_signed_is_asked_before_the_path() -> None:
    trusted = policy.parse(CORRIDOR.encode())
    for checkpoint, code in (
        (cosigned(CN_A), "quorum-not-met"),
        (cosigned(by=OTHER), "unknown-ledger"),
        (cosigned(CN_A, NL).replace(b"\n11\n", b"\n12\n"), "bad-signature"),
    ):
        with pytest.raises(errors.ProvenanceError) as caught:
            tlog_proof.check(proof_of(3, checkpoint=checkpoint, path=()), LEAVES[3], trusted)
        assert caught.value.code == code


STORED = proof_of(3, extra=b"x").format()
MISSPELT_PROOFS = {
    "empty": b"",
    "another version": STORED.replace(b"@v1", b"@v2"),
    "no index": STORED.replace(b"index 3\n", b""),
    "index first": STORED.replace(b"extra eA==\nindex 3\n", b"index 3\nextra eA==\n"),
    "two extras": STORED.replace(b"extra eA==\n", b"extra eA==\nextra eA==\n"),
    "extra with stray bits": STORED.replace(b"eA==", b"eB=="),
    "index with a zero before": STORED.replace(b"index 3", b"index 03"),
    "index in Arabic digits": STORED.replace(b"index 3", "index ٣".encode()),
    "negative index": STORED.replace(b"index 3", b"index -3"),
    "two spaces": STORED.replace(b"index 3", b"index  3"),
    "carriage returns": STORED.replace(b"\n", b"\r\n"),
    "an empty line too many": STORED.replace(b"\n\n", b"\n\n\n", 1),
    "a short hash": STORED.replace(b"index 3\n", b"index 3\nAAAA\n"),
    "64 hashes": STORED.replace(
        b"index 3\n", b"index 3\n" + (note.encode_base64(bytes(32)) + "\n").encode() * 60
    ),
    "no tree head": STORED.split(b"\n\n")[0] + b"\n\n",
    "a note that is no tree head": STORED.split(b"\n\n")[0]
    + b"\n\n"
    + note.sign("hello\n", [LEDGER]),
    "a megabyte": proof_of(3, extra=bytes(1_000_000)).format(),
}


@pytest.mark.parametrize("raw", MISSPELT_PROOFS.values(), ids=MISSPELT_PROOFS.keys())
def test_a_stored_proof_in_another_spelling_is_refused(raw: bytes) -> None:
    assert raw != STORED
    with pytest.raises(errors.BadNote):
        tlog_proof.parse(raw)
