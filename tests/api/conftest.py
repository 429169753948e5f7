"""The cast of the API's tests."""

import json
from typing import Any

import pytest

from provenance.core import gs1
from provenance.core.record import compose
from provenance.core.record.vocabulary import Act
from provenance.services.record import signing
from tests.api import client as cast
from tests.api.client import Caller, Signed, item, pallet
from tests.cast import explanation


@pytest.fixture
def callers(db: None) -> dict[str, Caller]:
    """Everybody, by name; Alice is the maker, Bob is on her team, Charlie is
    Mallory.
    """
    return cast.build_world()


@pytest.fixture
def signed(callers: dict[str, Caller]) -> Signed:
    """The maker, who signs by itself."""
    maker = callers["maker"]
    assert isinstance(maker, Signed)
    return maker


@pytest.fixture
def handed_over(signed: Signed) -> str:
    """Digest of the event by which the maker handed a pallet with one item to the
    carrier, who accepted it.
    """
    box, thing = pallet(1), item("A1")
    signed.post("/events", signed.commission("A1"))
    for kind, more in (
        (Act.COMMISSION, {"subjects": {box: 1}}),
        (Act.PACK, {"subjects": {thing: 1}, "parent": box}),
        (
            Act.HAND_OVER,
            {
                "subjects": {box: 1},
                "sender": cast.MAKER,
                "receiver": cast.CARRIER,
                "reference": "DN-1",
            },
        ),
    ):
        intent = compose.Intent(
            act=kind, issuer=cast.MAKER, time=cast.NOW, place=cast.CHINA, **more
        )
        answer = signed.post("/events", signed.sign(intent))
        assert answer.status_code == 201, answer.content
    digest = str(answer.json()["digest"])
    taken = compose.Intent(
        act=Act.ACCEPT,
        issuer=cast.CARRIER,
        subjects={box: 1},
        sender=cast.MAKER,
        receiver=cast.CARRIER,
        time=cast.NOW,
        place=cast.CHINA,
    )
    (outcome,) = signing.sign_and_capture([taken])
    assert outcome.stored
    return digest


@pytest.fixture
def carried(signed: Signed) -> str:
    """A lot that the carrier had in its hands only inside a pallet that rode in
    another; the shop has it now.
    """
    lot, inner, outer = gs1.lot_uri(cast.GTIN, "L1"), pallet(3), pallet(4)
    plan: list[tuple[Act, str, dict[str, Any]]] = [
        (Act.COMMISSION, cast.MAKER, {"subjects": {lot: 10, inner: 1, outer: 1}}),
        (Act.HAND_OVER, cast.MAKER, {"subjects": {outer: 1}, "receiver": cast.MALLORY}),
        (Act.CANCEL, cast.MAKER, {"subjects": {outer: 1}, "receiver": cast.MALLORY}),
        (Act.PACK, cast.MAKER, {"subjects": {lot: 10}, "parent": inner}),
        (Act.PACK, cast.MAKER, {"subjects": {inner: 1}, "parent": outer}),
        (Act.HAND_OVER, cast.MAKER, {"subjects": {outer: 1}, "receiver": cast.CARRIER}),
        (Act.ACCEPT, cast.CARRIER, {"subjects": {outer: 1}, "sender": cast.MAKER}),
        (Act.HAND_OVER, cast.CARRIER, {"subjects": {outer: 1}, "receiver": cast.SHOP}),
        (Act.ACCEPT, cast.SHOP, {"subjects": {outer: 1}, "sender": cast.CARRIER}),
        (Act.UNPACK, cast.SHOP, {"subjects": {inner: 1}, "parent": outer}),
        (Act.UNPACK, cast.SHOP, {"subjects": {lot: 10}, "parent": inner}),
        (Act.HAND_OVER, cast.SHOP, {"subjects": {outer: 1}, "receiver": cast.MALLORY}),
        (Act.ACCEPT, cast.MALLORY, {"subjects": {outer: 1}, "sender": cast.SHOP}),
    ]
    for kind, by, more in plan:
        both = {"sender": by, "receiver": by} if more.keys() & {"sender", "receiver"} else {}
        usual = {"time": cast.NOW, "place": cast.CHINA, "explanation": explanation(kind)}
        options: dict[str, Any] = usual | both | more
        intent = compose.Intent(act=kind, issuer=by, **options)
        if by == cast.MAKER:
            answer = signed.post("/events", signed.sign(intent))
            assert answer.status_code == 201, answer.content
        else:
            (receipt,) = signing.sign_and_capture([intent])
            assert receipt.error is None, receipt.error
    return lot


@pytest.fixture
def offered(signed: Signed) -> str:
    """A lot, part of which the maker handed to the shop, which never answered."""
    lot = gs1.lot_uri(cast.GTIN, "L1")
    for kind, more in (
        (Act.COMMISSION, {"subjects": {lot: 10}}),
        (Act.HAND_OVER, {"subjects": {lot: 10}, "sender": cast.MAKER, "receiver": cast.SHOP}),
    ):
        intent = compose.Intent(
            act=kind, issuer=cast.MAKER, time=cast.NOW, place=cast.CHINA, **more
        )
        assert signed.post("/events", signed.sign(intent)).status_code == 201
    return lot


@pytest.fixture
def finished(signed: Signed, callers: dict[str, Caller]) -> str:
    """A lot of which the maker sold a half and then the shop the other, the last; after
    that the maker corrected its sale.
    """
    lot = gs1.lot_uri(cast.GTIN, "L1")
    shared: dict[str, Any] = {"sender": cast.MAKER, "receiver": cast.SHOP, "subjects": {lot: 5}}
    where: dict[str, Any] = {"time": cast.NOW, "place": cast.CHINA}

    def own(act: Act, **more: Any) -> bytes:
        raw = signed.sign(compose.Intent(act=act, issuer=cast.MAKER, **where, **more))
        answer = signed.post("/events", raw)
        assert answer.status_code == 201, answer.content
        return raw

    own(Act.COMMISSION, subjects={lot: 10})
    sold = own(Act.SELL, subjects={lot: 5})
    own(Act.HAND_OVER, **shared)
    signing.sign_and_capture([compose.Intent(act=Act.ACCEPT, issuer=cast.SHOP, **where, **shared)])
    (last,) = signing.sign_and_capture(
        [compose.Intent(act=Act.SELL, issuer=cast.SHOP, subjects={lot: 5}, **where)]
    )
    assert last.stored, last.error
    own(
        Act.CORRECT,
        subjects={lot: 5},
        corrects=json.loads(sold)["credentialSubject"],
        error_reason="incorrect_data",
    )
    return lot
