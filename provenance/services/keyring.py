"""Kept keys: private keys held here for parties, encrypted at rest.

AES-256-GCM under CUSTOS_KEY_ENCRYPTION_KEY, with the public key as associated data, so
that a row moved to another key does not open. The registrar's key is no kept key: its
seed comes from CUSTOS_REGISTRAR_KEY and is never in the database. The private half of a
party's own or a device's key never reaches the server.
"""

import functools
import os
import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import transaction

from provenance.core import errors, gs1
from provenance.core.record import authority
from provenance.core.record.authority import FormerKey, Registrar
from provenance.core.record.vocabulary import Act
from provenance.core.signing import keys
from provenance.models import KeptKey, SealKey, SigningKey

NONCE_BYTES = 12
SEED_BYTES = 32
_SEAL_KEY = "seal key"  # the associated data of the keys of the seals


class NoKeptKey(errors.ProvenanceError):
    """The party has no kept key here that may sign this: it signs with its own."""

    code = "no-kept-key"


class KeyLocked(errors.ProvenanceError):
    """A kept key does not open: CUSTOS_KEY_ENCRYPTION_KEY is not the key that
    it was encrypted under.
    """

    code = "key-locked"


def make_many(count: int) -> list[keys.PrivateKey]:
    """Make and keep `count` keys, in one query. A key signs nothing until its party has
    enrolled it.
    """
    privates = []
    rows = []
    for _ in range(count):
        seed = os.urandom(SEED_BYTES)
        private = keys.generate(seed)
        public = keys.encode_public(keys.public_of(private))
        rows.append(KeptKey(public_key=public, encrypted_private=_encrypt(seed, public)))
        privates.append(private)
    KeptKey.objects.bulk_create(rows)
    return privates


def registrar() -> Registrar:
    """The registrar of this installation: a root of trust. Its pinned key is that of the
    settings, which need not be the key that signs.
    """
    return _registrar(
        settings.CUSTOS_REGISTRAR_GLN,
        settings.CUSTOS_REGISTRAR_ROOT or registrar_public(),
        settings.CUSTOS_REGISTRAR_FORMER,
    )


@functools.lru_cache(maxsize=1)
def _registrar(gln: str, root: str, former: tuple[tuple[str, int], ...]) -> Registrar:
    return Registrar(gs1.parse_gln(gln), root, tuple(FormerKey(*entry) for entry in former))


def registrar_private() -> keys.PrivateKey:
    """The private key with which the registrar signs here."""
    return keys.generate(bytes.fromhex(settings.CUSTOS_REGISTRAR_KEY))


def registrar_public() -> str:
    """The public half of that key, in multibase."""
    return _public(settings.CUSTOS_REGISTRAR_KEY)


@functools.lru_cache(maxsize=1)
def _public(seed: str) -> str:
    return keys.encode_public(keys.public_of(keys.generate(bytes.fromhex(seed))))


def private_for(gln: str, kind: Act) -> keys.PrivateKey:
    """The newest kept key with which party `gln` may sign `kind`. Raises NoKeptKey,
    KeyLocked.
    """
    if gln == registrar().gln:
        return registrar_private()
    enrolled = SigningKey.objects.filter(party__gln=gln, custody=SigningKey.Custody.SERVER)
    usable = [
        key.public_key
        for key in enrolled.order_by("-valid_from")
        if authority.may_sign(key.state, kind)
    ]
    kept = {row.public_key: row for row in KeptKey.objects.filter(public_key__in=usable)}
    public = next((name for name in usable if name in kept), None)
    if public is None:
        raise NoKeptKey(f"party {gln} has no kept key that may sign {kind}")
    return _open(kept[public])


def seal_key() -> tuple[uuid.UUID, bytes]:
    """The row id of the key under which the seeds of new events are encrypted, and the key; made
    at its first use. Raises KeyLocked.
    """
    row = SealKey.objects.order_by("created_at").last()
    if row is None:
        row = SealKey.objects.create(encrypted=_encrypt(os.urandom(SEED_BYTES), _SEAL_KEY))
    return row.id, open_seal_key(bytes(row.encrypted))


def open_seal_key(encrypted: bytes) -> bytes:
    """The key of a SealKey row. Raises KeyLocked."""
    return _open_seal_key(encrypted, settings.CUSTOS_KEY_ENCRYPTION_KEY)


@functools.lru_cache(maxsize=16)
def _open_seal_key(encrypted: bytes, key: str) -> bytes:
    opened = _decrypted(encrypted, _SEAL_KEY, AESGCM(bytes.fromhex(key)))
    if opened is None:
        raise _locked("key of the seals")
    return opened


def reencrypt(old: str) -> int:
    """Encrypt every kept key that opens under `old`, 64 hex digits, under the key of the
    settings, and those of the seals; return how many. Those that are already are left. Raises
    KeyLocked, and changes nothing, for one that opens under neither.
    """
    before, count = AESGCM(bytes.fromhex(old)), 0
    with transaction.atomic():
        for kept in KeptKey.objects.select_for_update().order_by("pk").iterator():
            again = _again(bytes(kept.encrypted_private), kept.public_key, before)
            if again is not None:
                kept.encrypted_private = again
                kept.save(update_fields=["encrypted_private"])
                count += 1
        for row in SealKey.objects.select_for_update().order_by("pk"):
            again = _again(bytes(row.encrypted), _SEAL_KEY, before)
            if again is not None:
                row.encrypted = again
                row.save(update_fields=["encrypted"])
                count += 1
    return count


def _again(encrypted: bytes, name: str, before: AESGCM) -> bytes | None:
    """The secret encrypted under the key of the settings; None where it is so already. Raises
    KeyLocked.
    """
    if _decrypted(encrypted, name, _cipher()) is not None:
        return None
    secret = _decrypted(encrypted, name, before)
    if secret is None:
        raise _locked(name)
    return _encrypt(secret, name)


def _cipher() -> AESGCM:
    return AESGCM(bytes.fromhex(settings.CUSTOS_KEY_ENCRYPTION_KEY))


def _encrypt(secret: bytes, name: str) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher().encrypt(nonce, secret, name.encode())


def _open(row: KeptKey) -> keys.PrivateKey:
    seed = _decrypted(bytes(row.encrypted_private), row.public_key, _cipher())
    if seed is None:
        raise _locked(row.public_key)
    return keys.generate(seed)


def _decrypted(encrypted: bytes, name: str, cipher: AESGCM) -> bytes | None:
    """The secret of this name; None where it was encrypted under another key, or altered."""
    try:
        return cipher.decrypt(encrypted[:NONCE_BYTES], encrypted[NONCE_BYTES:], name.encode())
    except InvalidTag:
        return None


def _locked(name: str) -> KeyLocked:
    return KeyLocked(f"the kept {name} was encrypted under another key, or altered")
