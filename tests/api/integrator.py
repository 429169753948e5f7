"""A client as an integrator writes it, with requests and PyNaCl and from `/api/docs/` alone:
nothing of ours is imported. `test_integrator.py` runs it against a real server.
"""

import uuid
from typing import Any

import requests
from nacl.signing import SigningKey

ID = "https://id.gs1.org"
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def multibase(raw: bytes) -> str:
    number, text = int.from_bytes(raw, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = ALPHABET[rest] + text
    return "z" + "1" * (len(raw) - len(raw.lstrip(b"\0"))) + text


class Client:
    def __init__(self, base: str, api_key: str, key: SigningKey | None = None) -> None:
        self.base, self.key = f"{base}/api/v1", key
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Api-Key {api_key}"
        self.public = multibase(b"\xed\x01" + bytes(key.verify_key)) if key else ""

    def get(self, path: str, **query: str) -> requests.Response:
        return self.session.get(self.base + path, params=query, timeout=60)

    def post(self, path: str, body: Any) -> Any:
        once = {"Idempotency-Key": uuid.uuid4().hex}
        answer = self.session.post(self.base + path, json=body, headers=once, timeout=60)
        assert answer.ok, answer.text
        return answer.json()

    def sign(self, raw: bytes) -> str:
        assert self.key is not None
        return multibase(self.key.sign(raw).signature)

    def possession(self, gln: str) -> str:
        party = self.session.get(f"{self.base[:-7]}/parties/{gln}/did.json", timeout=60).json()
        return self.sign(f"custos/key-possession/v1\n{party['id']}\n{self.public}\n".encode())

    def record(self, *intents: dict[str, Any]) -> None:
        asked = [{"public_key": self.public, **intent} for intent in intents]
        signed = []
        for each in self.post("/events/prepare", asked):
            proof = each["proof"] | {"proofValue": self.sign(bytes.fromhex(each["sign"]))}
            event = each["document"] | {"proof": proof}
            sealed = {"event": event, "opened": each["opened"]} if "opened" in each else event
            signed.append(sealed)
        assert self.post("/events", signed)["stored"] == len(intents)


def run(
    registrar: Client, maker: Client, shop: Client, glns: tuple[str, str], gtin: str
) -> list[str]:
    """A product, 1,000 items on a pallet, their handover, and the sale of ten, then of others;
    returns the URIs of the ten.
    """
    place, pallet = {"country": "NL"}, {"uri": f"{ID}/00/095200000000000011"}
    items = [{"uri": f"{ID}/01/{gtin}/21/S{number}"} for number in range(1000)]
    enrol = {"public_key": maker.public, "possession": maker.possession(glns[0])}
    registrar.post(f"/parties/{glns[0]}/keys", enrol)
    claim = {"id": f"{ID}/01/{gtin}", "owner": f"{ID}/417/{glns[0]}", "name": "Teapot"}
    claim |= {"brand": "", "hsCode": "", "origin": "NL", "rights": []}  # type: ignore[dict-item]
    born = [
        {"kind": "commission", "subjects": goods, "place": place} for goods in (items, [pallet])
    ]
    maker.record({"kind": "product_registered", "claim": claim}, *born)
    maker.record({"kind": "pack", "subjects": items, "parent": pallet["uri"], "place": place})
    sent = {"subjects": [pallet], "place": place, "receiver": glns[1], "reference": "DN-1"}
    maker.record({"kind": "hand_over", **sent})
    shop.post("/acts/accept", {"subjects": [pallet], "place": place})
    shop.post("/acts/unpack", {"subjects": items, "parent": pallet["uri"], "place": place})
    shop.post("/acts/sell", {"subjects": items[:10], "place": place})
    shop.post("/acts/sell", {"subjects": items[10:30], "place": place})
    return [item["uri"] for item in items[:10]]
