"""A second implementation of sealed events, written from docs/format.md alone with rfc8785, PyNaCl
and the standard library: an author's and a holder's part. Nothing of ours is imported here.
"""

import hashlib
import hmac
from typing import Any

import rfc8785
from nacl.signing import SigningKey, VerifyKey

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
CONTEXTS = ["https://www.w3.org/ns/credentials/v2", "https://custos.example/ns/v1"]


def sha256(raw: bytes) -> bytes:
    return hashlib.sha256(raw).digest()


# --- multibase ----------------------------------------------------------------------


def base58(raw: bytes) -> str:
    number, text = int.from_bytes(raw, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "1" * (len(raw) - len(raw.lstrip(b"\0"))) + text


def unbase58(text: str, length: int) -> bytes:
    number = 0
    for character in text:
        number = number * 58 + ALPHABET.index(character)
    return number.to_bytes(length, "big")


# --- the signature: eddsa-jcs-2022 --------------------------------------------------


def signing_input(document: dict[str, Any], options: dict[str, Any]) -> bytes:
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    return sha256(rfc8785.dumps(options)) + sha256(rfc8785.dumps(unsigned))


def sign(document: dict[str, Any], key: SigningKey) -> dict[str, Any]:
    public = "z" + base58(b"\xed\x01" + bytes(key.verify_key))
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": document["validFrom"],
        "verificationMethod": f"{document['issuer']}#{public}",
        "proofPurpose": "assertionMethod",
        "@context": document["@context"],
    }
    signature = key.sign(signing_input(document, options)).signature
    return document | {"proof": options | {"proofValue": "z" + base58(signature)}}


def verify(document: dict[str, Any]) -> None:
    """Raises BadSignatureError."""
    options = {name: value for name, value in document["proof"].items() if name != "proofValue"}
    key = options["verificationMethod"].partition("#")[2]
    public = unbase58(key.removeprefix("z"), 34).removeprefix(b"\xed\x01")
    signature = unbase58(document["proof"]["proofValue"].removeprefix("z"), 64)
    VerifyKey(public).verify(signing_input(document, options), signature)


# --- the tree: RFC 6962 section 2.1 and RFC 9162 section 2.1.3.2 ---------------------


def split(size: int) -> int:
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def root_of(hashes: list[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    at = split(len(hashes))
    return sha256(b"\x01" + root_of(hashes[:at]) + root_of(hashes[at:]))


def path_of(hashes: list[bytes], index: int) -> list[bytes]:
    if len(hashes) == 1:
        return []
    at = split(len(hashes))
    if index < at:
        return [*path_of(hashes[:at], index), root_of(hashes[at:])]
    return [*path_of(hashes[at:], index - at), root_of(hashes[:at])]


def root_by(path: list[bytes], hashed: bytes, index: int, size: int) -> bytes | None:
    """The root that a path leads to; None for a path of another length."""
    last = size - 1
    for sibling in path:
        if last == 0:
            return None
        if index % 2 or index == last:
            hashed = sha256(b"\x01" + sibling + hashed)
            while index and index % 2 == 0:
                index, last = index // 2, last // 2
        else:
            hashed = sha256(b"\x01" + hashed + sibling)
        index, last = index // 2, last // 2
    return hashed if last == 0 else None


# --- the seal -----------------------------------------------------------------------


def salts(seed: bytes, count: int) -> list[str]:
    return [
        hmac.new(seed, b"custos/sealed/v1" + index.to_bytes(4, "big"), "sha256").digest()[:16].hex()
        for index in range(count)
    ]


def leaf_hash(leaf: dict[str, Any], salt: str) -> bytes:
    return sha256(b"\x00" + rfc8785.dumps(leaf | {"salt": salt}))


def hashes_of(opened: dict[str, Any]) -> tuple[list[str], list[bytes]]:
    """The salt and the hash of each leaf."""
    leaves = [*opened["links"], *opened["members"]]
    salted = salts(bytes.fromhex(opened["seed"]), len(leaves))
    return salted, [leaf_hash(leaf, salt) for leaf, salt in zip(leaves, salted, strict=True)]


def commitment(opened: dict[str, Any]) -> dict[str, Any]:
    _, hashes = hashes_of(opened)
    members = {"members": len(opened["members"])} if opened["members"] else {}
    return {"count": len(opened["links"]), **members, "root": root_of(hashes).hex()}


def opening(opened: dict[str, Any], index: int) -> dict[str, Any]:
    salted, hashes = hashes_of(opened)
    links = opened["links"]
    shown = {"link": links[index]} if index < len(links) else opened["members"][index - len(links)]
    path = [hashed.hex() for hashed in path_of(hashes, index)]
    return {"index": index, "salt": salted[index], "path": path, **shown}


def proves(sealed: dict[str, Any], shown: dict[str, Any]) -> bool:
    """Whether an opening proves its leaf under the commitment of a document."""
    if ("link" in shown) != (shown["index"] < sealed["count"]):
        return False
    leaf = shown.get("link") or {"member": shown["member"], "value": shown["value"]}
    path = [bytes.fromhex(hashed) for hashed in shown["path"]]
    size = sealed["count"] + sealed.get("members", 0)
    root = root_by(path, leaf_hash(leaf, shown["salt"]), shown["index"], size)
    return root is not None and root.hex() == sealed["root"]


def is_whole(document: dict[str, Any], opened: dict[str, Any]) -> bool:
    """Whether `opened` is all that an ObjectEvent seals: the list of its items, each once, as
    many of each product as it counts.
    """
    items = [link["subject"] for link in opened["links"]]
    pointers = [member["member"] for member in opened["members"]]
    counted: dict[str, int] = {}
    for uri in items:
        product = uri.partition("/21/")[0]
        counted[product] = counted.get(product, 0) + 1
    said = {
        entry["epcClass"]: entry["quantity"]
        for entry in document["credentialSubject"]["quantityList"]
    }
    return (
        items == sorted(set(items))
        and pointers == sorted(set(pointers))
        and said == counted
        and document["sealed"] == commitment(opened)
    )


# --- an author ----------------------------------------------------------------------


def event_id(event: dict[str, Any]) -> str:
    """The CBV 2.0 event hash of a commissioning without extensions (CBV 2.0 section 8.9)."""
    quantities = "".join(
        f"quantityElementepcClass={entry['epcClass']}quantity={entry['quantity']}"
        for entry in event["quantityList"]
    )
    text = (
        f"eventType={event['type']}eventTime={event['eventTime'].replace('Z', '.000Z')}"
        f"eventTimeZoneOffset={event['eventTimeZoneOffset']}quantityList{quantities}"
        f"action={event['action']}bizStep=https://ref.gs1.org/cbv/BizStep-{event['bizStep']}"
        f"disposition=https://ref.gs1.org/cbv/Disp-{event['disposition']}"
    )
    return f"ni:///sha-256;{sha256(text.encode()).hex()}?ver=CBV2.0"


def commission(
    key: SigningKey,
    issuer: str,
    items: list[str],
    transactions: list[dict[str, str]],
    *,
    seed: bytes,
    time: str,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A signed document that commissions these items of one product, and all that it seals."""
    event = {
        "type": "ObjectEvent",
        "action": "ADD",
        "bizStep": "commissioning",
        "disposition": "active",
        "eventTime": time,
        "eventTimeZoneOffset": "+00:00",
        "quantityList": [{"epcClass": items[0].partition("/21/")[0], "quantity": len(items)}],
    }
    opened = {
        "seed": seed.hex(),
        "links": [{"subject": uri, "position": 0, "previous": None} for uri in sorted(items)],
        "members": [{"member": "/bizTransactionList", "value": transactions}],
    }
    document = {
        "@context": CONTEXTS,
        "type": ["VerifiableCredential", "CustodyEvent"],
        "issuer": issuer,
        "validFrom": time,
        "credentialSubject": event | {"eventID": event_id(event)},
        "chain": [],
        "sealed": commitment(opened),
    }
    return sign(document, key), opened
