"""Tree heads and cosignatures."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.core import errors
from provenance.core.ledger import merkle, note, tree_head
from provenance.core.ledger.tree_head import TreeHead
from provenance.core.signing import keys
from tests import shared

LEDGER = note.Signer("custos.example/ledger", keys.generate(b"ledger".ljust(32, b".")))
CUSTOMS = note.Signer(
    "customs.example", keys.generate(b"customs".ljust(32, b".")), note.KeyType.COSIGNATURE
)
ROOT = merkle.leaf_hash(b"entry")
HEAD = TreeHead(LEDGER.name, 1, ROOT)
TEXT = HEAD.format()
NOW = 1_795_000_000


def test_a_tree_head_is_three_lines() -> None:
    assert f"custos.example/ledger\n1\n{note.encode_base64(ROOT)}\n" == TEXT
    assert tree_head.parse(TEXT) == HEAD


def test_published_tree_heads_are_read_and_written_unchanged() -> None:
    vectors: dict[str, Any] = json.loads(
        (shared.vectors("c2sp") / "c2sp-vectors.json").read_bytes()
    )
    published = [vectors["witness_checkpoints"][name] for name in ("checkpoint_5", "checkpoint_8")]
    published.append(vectors["real_cosigned_checkpoint"]["checkpoint"])
    heads = [tree_head.parse(note.parse(raw.encode()).text) for raw in published]
    assert [(head.origin, head.size) for head in heads] == [
        ("monkeys", 5),
        ("monkeys", 8),
        ("arche2025h1.staging.ct.transparency.dev", 1432088532),
    ]
    for raw, head in zip(published, heads, strict=True):
        assert raw.startswith(head.format() + "\n")


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_any_tree_head_is_read_back(size: int, root: bytes) -> None:
    head = TreeHead("custos.example/ledger", size, root)
    assert tree_head.parse(head.format()) == head


def test_extension_lines_are_read_and_never_signed() -> None:
    head = tree_head.parse(TEXT + "an extension\nanother\n")
    assert head.extensions == ("an extension", "another")
    assert tree_head.parse(head.format()) == head
    with pytest.raises(errors.BadNote):
        tree_head.sign(head, LEDGER)


def test_a_ledger_signs_its_own_origin_only() -> None:
    raw = tree_head.sign(HEAD, LEDGER)
    assert tree_head.parse(note.open_note(raw, [LEDGER.verifier]).text) == HEAD
    with pytest.raises(errors.BadNote):
        tree_head.sign(TreeHead("other.example", 1, ROOT), LEDGER)


MISSPELT = {
    "empty": "",
    "no origin": TEXT.replace("custos.example/ledger", ""),
    "two lines": TEXT.split("\n", 1)[1],
    "no last line break": TEXT[:-1],
    "an empty line at the end": TEXT + "\n",
    "an empty extension": TEXT + "\nextension\n",
    "no size": TEXT.replace("\n1\n", "\n\n"),
    "leading zero": TEXT.replace("\n1\n", "\n01\n"),
    "two zeros": TEXT.replace("\n1\n", "\n00\n"),
    "plus sign": TEXT.replace("\n1\n", "\n+1\n"),
    "minus sign": TEXT.replace("\n1\n", "\n-1\n"),
    "space": TEXT.replace("\n1\n", "\n 1\n"),
    "underscore": TEXT.replace("\n1\n", "\n1_0\n"),
    "Arabic digit": TEXT.replace("\n1\n", "\n٣\n"),
    "superscript digit": TEXT.replace("\n1\n", "\n³\n"),
    "hexadecimal": TEXT.replace("\n1\n", "\n0x1\n"),
    "2^63": TEXT.replace("\n1\n", f"\n{2**63}\n"),
    "5,000 digits": TEXT.replace("\n1\n", f"\n{'9' * 5000}\n"),
    "root without padding": TEXT.replace("=", ""),
    "root with stray bits": TEXT[:-3] + chr(ord(TEXT[-3]) + 1) + "=\n",
    "short root": f"origin\n1\n{note.encode_base64(bytes(31))}\n",
    "long root": f"origin\n1\n{note.encode_base64(bytes(33))}\n",
    "a line separator for a line break": TEXT.replace("\n1\n", "\u20281\n"),
}


@pytest.mark.parametrize("text", MISSPELT.values(), ids=MISSPELT.keys())
def test_a_tree_head_in_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(errors.BadNote):
        tree_head.parse(text)


@pytest.mark.parametrize(
    "head",
    [
        TreeHead("", 1, ROOT),
        TreeHead("two\nlines", 1, ROOT),
        TreeHead("origin", -1, ROOT),
        TreeHead("origin", 2**63, ROOT),
        TreeHead("origin", 1, ROOT[:-1]),
        TreeHead("origin", 1, ROOT, ("",)),
    ],
)
def test_a_tree_head_that_cannot_be_read_is_not_written(head: TreeHead) -> None:
    with pytest.raises(errors.BadNote):
        head.format()


def test_numbers_end_below_2_63() -> None:
    assert tree_head.parse_decimal(str(2**63 - 1)) == 2**63 - 1
    for text in (str(2**63), "9" * 19, "9" * 20):
        with pytest.raises(errors.BadNote):
            tree_head.parse_decimal(text)


# --- cosignatures -------------------------------------------------------------------


def opened(*signatures: note.SignatureLine) -> note.Note:
    raw = note.add_signatures(tree_head.sign(HEAD, LEDGER), signatures)
    return note.open_note(raw, [LEDGER.verifier, CUSTOMS.verifier])


def test_a_witness_cosigns_a_tree_head_at_a_time() -> None:
    cosignature = tree_head.cosign(TEXT, CUSTOMS, NOW)
    assert note.Verified(CUSTOMS.verifier, NOW) in opened(cosignature).verified
    assert cosignature.value[:8] == NOW.to_bytes(8, "big")
    assert len(cosignature.value) == 72
    message = b"cosignature/v1\ntime 1795000000\n" + TEXT.encode()
    keys.verify(CUSTOMS.verifier.public, message, cosignature.value[8:])


@pytest.mark.parametrize("at", [0, 7, 8, 71])
def test_a_cosignature_covers_its_time(at: int) -> None:
    good = tree_head.cosign(TEXT, CUSTOMS, NOW)
    value = bytearray(good.value)
    value[at] ^= 1
    with pytest.raises(errors.BadSignature):
        opened(note.SignatureLine(good.name, good.key_id, bytes(value)))


@pytest.mark.parametrize("length", [1, 7, 8, 64, 71, 73])
def test_a_cosignature_of_another_length_is_refused(length: int) -> None:
    good = tree_head.cosign(TEXT, CUSTOMS, NOW)
    with pytest.raises(errors.BadSignature):
        opened(note.SignatureLine(good.name, good.key_id, (good.value * 2)[:length]))


def test_a_cosignatures_time_is_below_2_63() -> None:
    for timestamp, accepted in ((2**63 - 1, True), (2**63, False)):
        signed = keys.sign(CUSTOMS.private, note.cosignature_message(TEXT, timestamp))
        line = note.signature(CUSTOMS, timestamp.to_bytes(8, "big") + signed)
        if accepted:
            assert note.Verified(CUSTOMS.verifier, timestamp) in opened(line).verified
        else:
            with pytest.raises(errors.BadSignature):
                opened(line)


def test_a_plain_signature_is_no_cosignature_nor_the_other_way_round() -> None:
    plain = note.Signer(CUSTOMS.name, CUSTOMS.private)
    assert plain.verifier.key_id != CUSTOMS.verifier.key_id
    for value in (
        keys.sign(CUSTOMS.private, TEXT.encode()),
        NOW.to_bytes(8, "big") + keys.sign(CUSTOMS.private, TEXT.encode()),
    ):
        with pytest.raises(errors.BadSignature):
            opened(note.signature(CUSTOMS, value))


def test_a_witness_that_signs_again_later_counts_once() -> None:
    lines = [tree_head.cosign(TEXT, CUSTOMS, NOW + later) for later in (0, 60)]
    assert len(opened(*lines).verified) == 2


@pytest.mark.parametrize("timestamp", [0, -1, 2**63])
def test_a_cosignature_without_a_time_is_not_made(timestamp: int) -> None:
    with pytest.raises(errors.BadNote):
        tree_head.cosign(TEXT, CUSTOMS, timestamp)


def test_only_a_cosigner_cosigns_and_only_tree_heads() -> None:
    with pytest.raises(errors.BadNote):
        tree_head.cosign(TEXT, LEDGER, NOW)
    with pytest.raises(errors.BadNote):
        tree_head.cosign("no tree head\n", CUSTOMS, NOW)
    with pytest.raises(errors.BadNote):
        note.sign(TEXT, [CUSTOMS])
