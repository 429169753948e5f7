"""The one shape of a signed document: each member missing, extra, of another type, or
bound to something else.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from provenance.core import errors
from provenance.core.epcis.vocabulary import Outcome, Procedure
from provenance.core.record import event as event_
from provenance.core.record import reading
from provenance.core.record.claims import PartyRegistered
from provenance.core.record.event import Customs, Place
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical
from tests.cast import CN, HOST, ITEM, NL, PALLET, Actor
from tests.core import hostile
from tests.world import World

WORLD = World()
LOT = World.lot("L-1")
OTHER_LOT = World.lot("L-2")
OUT, SPARE = World.item("OUT"), World.item("SPARE")
MAKER, CARRIER = WORLD.maker, WORLD.carrier


def _documents() -> dict[str, dict[str, Any]]:
    """One document of each sort."""
    world, documents = WORLD, {}

    def act(name: str, by: Actor, kind: Act, subjects: Any, **options: Any) -> None:
        world.act(by, kind, subjects, **{"place": CN} | options)
        documents[name] = world.documents[-1]

    parties = {"sender": MAKER.gln, "receiver": CARRIER.gln}
    act("commission", MAKER, Act.COMMISSION, ITEM, lot="L-1", offset="+08:00")
    act("unit", MAKER, Act.COMMISSION, PALLET)
    act("lot", MAKER, Act.COMMISSION, {LOT: Decimal("40.5")})
    act("pack", MAKER, Act.PACK, {ITEM: 1, LOT: 40}, parent=PALLET)
    act("hand_over", MAKER, Act.HAND_OVER, PALLET, reference="7", **parties)
    customs = Customs(Procedure.IMPORT, Outcome.CLEARED, "NLRTM", "DECL-7", "7365:4")
    act("checkpoint", WORLD.customs_nl, Act.CHECKPOINT, PALLET, place=NL, customs=customs)
    act("correct", MAKER, Act.CORRECT, ITEM, corrects=documents["commission"]["credentialSubject"])
    act("transform", MAKER, Act.TRANSFORM, {LOT: Decimal("0.5")}, outputs={OUT: 1})
    lots = {LOT: Decimal("0.5")}, {OTHER_LOT: 1}
    act("repack", MAKER, Act.TRANSFORM, lots[0], outputs=lots[1])
    act("sell", MAKER, Act.SELL, OUT, place=Place("CN", id="geo:31.2,121.5"))
    act("recall", MAKER, Act.RECALL, ITEM)
    act("spare", MAKER, Act.COMMISSION, SPARE)
    act("destroy", MAKER, Act.DESTROY, SPARE)
    return documents | {"claim": world.documents[0]}


GOOD = _documents()


def read(document: Any, **options: Any) -> event_.SignedEvent:
    return reading.read(document, "0" * 64, **{"host": HOST} | options)


def code(document: Any, **options: Any) -> str:
    try:
        read(document, **options)
    except errors.ProvenanceError as error:
        return error.code
    return "read"


def at(name: str, *where: str | int, to: Any) -> Any:
    """A good document with `to` at one place; the name `...` deletes what is there."""
    return hostile.changed(GOOD[name], where, to)


# --- what is right ------------------------------------------------------------------


@pytest.mark.parametrize("name", GOOD)
def test_a_good_document_is_read(name: str) -> None:
    assert code(GOOD[name]) == "read"


def test_what_a_checkpoint_says() -> None:
    checkpoint = read(GOOD["checkpoint"])
    assert checkpoint.act is Act.CHECKPOINT
    assert (checkpoint.issuer, checkpoint.host, checkpoint.key) == (
        WORLD.customs_nl.gln,
        HOST,
        WORLD.customs_nl.public,
    )
    assert checkpoint.goods.place == NL
    assert checkpoint.goods.customs == Customs(
        Procedure.IMPORT, Outcome.CLEARED, "NLRTM", "", "7365:4"
    )
    opened = WORLD.read(GOOD["checkpoint"])
    assert opened.goods.customs == replace(checkpoint.goods.customs, declaration="DECL-7")
    assert opened.members == {"/custos:customs/declaration": "DECL-7"}
    assert checkpoint.members == {}
    assert checkpoint.goods.subjects == {PALLET: Decimal(1)}
    assert checkpoint.created.isoformat().startswith("2026-11-02T")


def test_what_the_others_say() -> None:
    born, packed = read(GOOD["commission"]), WORLD.read(GOOD["pack"])
    assert (born.offset, born.goods.lot, born.links[0].position, born.links[0].previous) == (
        "+08:00",
        "L-1",
        0,
        None,
    )
    assert packed.goods.parent == PALLET
    assert packed.goods.subjects == {ITEM: Decimal(1), LOT: Decimal(40)}
    assert set(packed.by_subject) == {PALLET, ITEM, LOT}
    handed = read(GOOD["hand_over"]).goods
    assert (handed.sender, handed.receiver) == (MAKER.gln, CARRIER.gln)
    transformed = WORLD.read(GOOD["transform"]).goods
    assert (transformed.subjects, transformed.outputs) == ({LOT: Decimal("0.5")}, {OUT: Decimal(1)})
    sold = read(GOOD["sell"])
    assert sold.link(OUT).closes == canonical.digest(canonical.serialize(GOOD["transform"]))
    assert sold.goods.place == Place("CN", "", "", "geo:31.2,121.5")
    assert read(GOOD["correct"]).goods.error_reason == "incorrect_data"
    claim = read(GOOD["claim"])
    assert isinstance(claim.body, PartyRegistered)
    with pytest.raises(errors.Malformed):
        _ = claim.goods


def test_a_port_in_the_host_is_written_with_an_escape() -> None:
    did = event_.issuer_did("custos.example:8000", MAKER.gln)
    assert did == f"did:web:custos.example%3A8000:parties:{MAKER.gln}"
    assert reading.read_issuer(did) == ("custos.example:8000", MAKER.gln)


# --- members ------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, 7, "text", [], [GOOD["claim"]], True], ids=str)
def test_a_document_is_an_object(value: Any) -> None:
    assert code(value) == "malformed"


@pytest.mark.parametrize("name", ["commission", "claim"])
@pytest.mark.parametrize("member", sorted(reading.MEMBERS))
def test_every_member_is_there(name: str, member: str) -> None:
    assert code(at(name, member, to=...)) == "malformed"


@pytest.mark.parametrize("name", ["commission", "claim"])
@pytest.mark.parametrize("member", ["id", "validUntil", "Evidence", "credentialStatus"])
def test_no_other_member_is_there(name: str, member: str) -> None:
    assert code(at(name, member, to="x")) == "malformed"


@pytest.mark.parametrize("name", ["commission", "claim"])
@pytest.mark.parametrize("value", [None, 7, 1.5, True, "x", [], [7], {}, [[]], [{}]], ids=str)
@pytest.mark.parametrize("member", sorted(reading.MEMBERS))
def test_every_member_is_of_its_type(name: str, member: str, value: Any) -> None:
    answer = code(at(name, member, to=value))
    expected = {"malformed"}
    if (
        member == "@context"
        and isinstance(value, list)
        and not any(not isinstance(context, str) for context in value)
    ):
        expected = {"binding-mismatch"}
    if member == "credentialSubject" and isinstance(value, dict):
        expected = {"bad-epcis"}
    assert answer in expected


# --- binding ------------------------------------------------------------------------


@pytest.mark.parametrize("name", GOOD)
def test_a_document_is_bound_to_one_host(name: str) -> None:
    assert code(GOOD[name], host="other.example") == "binding-mismatch"
    assert code(GOOD[name], host=None) == "read"


@pytest.mark.parametrize(
    "contexts",
    [
        list(reading.CONTEXT[:1]),
        list(reading.CONTEXT[::-1]),
        [*reading.CONTEXT, "https://mallory.example/ns"],
        [reading.CONTEXT[0], "https://custos.example/ns/v2"],
    ],
    ids=["one", "reversed", "one more", "another version"],
)
def test_a_document_has_its_two_contexts(contexts: list[str]) -> None:
    assert code(at("commission", "@context", to=contexts)) == "binding-mismatch"


@pytest.mark.parametrize(
    ("name", "types"),
    [
        ("commission", list(reading.CLAIM_TYPE)),
        ("claim", list(reading.EVENT_TYPE)),
        ("commission", list(reading.EVENT_TYPE[::-1])),
        ("commission", ["CustodyEvent"]),
    ],
)
def test_the_type_fits_what_is_said(name: str, types: list[str]) -> None:
    assert code(at(name, "type", to=types)) == "malformed"


@pytest.mark.parametrize(
    ("issuer", "expected"),
    [
        (f"did:web:other.example:parties:{MAKER.gln}", "binding-mismatch"),
        (f"did:key:{MAKER.public}", "malformed"),
        (f"did:web:{HOST}:parties:{MAKER.gln}#x", "malformed"),
        (f"did:web:{HOST}:parties:{MAKER.gln}\n", "malformed"),
        (f"did:web:{HOST}:parties:{MAKER.gln[:-1]}", "malformed"),
        (
            f"did:web:{HOST}:parties:{MAKER.gln[:-1]}{(int(MAKER.gln[-1]) + 1) % 10}",
            "bad-check-digit",
        ),
        (f"did:web:{HOST}:users:{MAKER.gln}", "malformed"),
        (f"did:web:{HOST}/../:parties:{MAKER.gln}", "malformed"),
    ],
)
def test_the_issuer_is_a_party_of_this_host(issuer: str, expected: str) -> None:
    assert code(at("commission", "issuer", to=issuer)) == expected


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (f"did:web:{HOST}:parties:{CARRIER.gln}#{MAKER.public}", "binding-mismatch"),
        (f"did:web:{HOST}:parties:{MAKER.gln}#", "binding-mismatch"),
        (f"did:web:{HOST}:parties:{MAKER.gln}", "binding-mismatch"),
        (MAKER.public, "binding-mismatch"),
        (None, "malformed"),
        (7, "malformed"),
    ],
)
def test_the_key_is_one_of_the_issuers(method: Any, expected: str) -> None:
    assert code(at("commission", "proof", "verificationMethod", to=method)) == expected


def test_valid_from_is_when_it_was_signed() -> None:
    assert code(at("commission", "validFrom", to="2026-11-02T00:00:00Z")) == "malformed"
    assert code(at("commission", "proof", "created", to="2026-11-02T00:00:00Z")) == "malformed"
    naive = "2026-11-02T00:00:00"
    proof = GOOD["commission"]["proof"] | {"created": naive}
    assert code(GOOD["commission"] | {"validFrom": naive, "proof": proof}) == "timestamp"


# --- links --------------------------------------------------------------------------

DIGEST = "0" * 64


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("position",), -1),
        (("position",), "1"),
        (("position",), True),
        (("position",), 1.0),
        (("position",), None),
        (("position",), 0),
        (("previous",), None),
        (("previous",), DIGEST[1:]),
        (("previous",), "F" * 64),
        (("previous",), DIGEST + "\n"),
        (("previous",), 7),
        (("closes",), None),
        (("closes",), "x"),
        (("closes",), [DIGEST]),
        (("subject",), None),
        (("subject",), []),
        (("more",), 1),
        (("position",), ...),
        (("previous",), ...),
        (("subject",), ...),
    ],
    ids=str,
)
def test_a_link_has_its_shape(where: tuple[str], value: Any) -> None:
    assert code(at("sell", "chain", 0, *where, to=value)) == "malformed"


def test_a_first_event_has_nothing_before_it_and_closes_nothing() -> None:
    assert code(at("commission", "chain", 0, "previous", to=DIGEST)) == "malformed"
    assert code(at("commission", "chain", 0, "closes", to=DIGEST)) == "malformed"


@pytest.mark.parametrize("name", ["commission", "pack", "transform", "claim"])
def test_the_chain_links_every_subject_once_and_no_other(name: str) -> None:
    links = GOOD[name]["chain"]
    other = {"subject": World.item("ELSE"), "position": 0, "previous": None}
    for wrong in ([*links, other], [*links, links[0]], [*links[1:], other]):
        assert code(at(name, "chain", to=wrong)) == "binding-mismatch"
    if len(links) > 1:
        for n in range(len(links)):
            assert code(at(name, "chain", to=links[:n] + links[n + 1 :])) == "binding-mismatch"


@pytest.mark.parametrize("name", ["commission", "claim"])
def test_an_event_says_its_own_subject(name: str) -> None:
    member = ("epcList", 0) if name == "commission" else ("id",)
    elsewhere = World.item("ELSE") if name == "commission" else CARRIER.uri + "x"
    assert code(at(name, "credentialSubject", *member, to=elsewhere)) == "binding-mismatch"
