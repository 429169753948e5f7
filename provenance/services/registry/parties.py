"""Parties, their keys and their products: registry claims, signed by the registrar or
by the party itself.

The registrar is a root of trust (docs/trust.md): its key signs `party_registered` and
each party's first key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from provenance.core import errors, gs1
from provenance.core.record.claims import (
    KeyAdded,
    KeyRevoked,
    PartyRegistered,
    ProductRegistered,
    RegistryClaim,
)
from provenance.core.record.event import issuer_did
from provenance.core.record.vocabulary import KeyCustody, KeyPurpose, RevocationReason, Role
from provenance.core.signing import keys
from provenance.models import Party, Subject
from provenance.services import keyring
from provenance.services.record import signing
from provenance.services.registry import succession

BATCH = 1000


@dataclass(frozen=True, slots=True)
class NewParty:
    """A party to register; `country` is ISO 3166-1 alpha-2 or empty where it is not
    known, `prefixes` are the GS1 company prefixes that the registrar vouches for.
    """

    gln: str
    name: str
    country: str
    roles: Sequence[Role]
    evidence: Sequence[Mapping[str, Any]] = ()
    prefixes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class NewProduct:
    """A product to register, by its owner's kept key."""

    owner: str
    gtin: str
    name: str
    brand: str = ""
    hs_code: str = ""
    origin: str = ""
    rights: Sequence[str] = ()
    evidence: Sequence[Mapping[str, Any]] = field(default=())


def bootstrap(
    name: str = "Registrar",
    country: str = "",
    prefixes: Sequence[str] = (),
    recovery: succession.PublicHalf | None = None,
) -> Party:
    """Register the registrar by its own key, which names the `recovery` key, unless it is
    registered already.
    """
    gln = keyring.registrar().gln
    if not Subject.objects.filter(uri=gs1.party_uri(gln)).exists():
        root = NewParty(gln, name, country, [Role.REGISTRAR], prefixes=prefixes)
        signing.submit_all([_registration(root, None), *succession.founding(recovery)])
    return Party.objects.get(gln=gln)


def register(
    gln: str,
    name: str,
    country: str,
    roles: Sequence[Role],
    *,
    prefixes: Sequence[str] = (),
    keep_key: bool = True,
) -> Party:
    """Register a party; with `keep_key` make its first key and keep it here. Raises
    why it was refused.
    """
    new = NewParty(gln, name, country, roles, prefixes=prefixes)
    register_many([new], keep_keys=keep_key)
    return Party.objects.get(gln=gln)


def register_many(
    new: Sequence[NewParty], *, keep_keys: bool = True, signed_at: datetime | None = None
) -> None:
    """Register parties, in batches that are each all or nothing. Raises AlreadyRegistered for a
    party that is registered: see `amend`.
    """
    _check_new([party.gln for party in new])
    for start in range(0, len(new), BATCH // 2):
        some = new[start : start + BATCH // 2]
        with transaction.atomic():
            drafts = [_registration(party, signed_at) for party in some]
            if keep_keys:
                privates = keyring.make_many(len(some))
                drafts += [
                    _first_key(p.gln, key, signed_at) for p, key in zip(some, privates, strict=True)
                ]
            signing.submit_all(drafts)


def amend(party: NewParty) -> Party:
    """Register a party again, with another name, country, roles or prefixes, in place of what
    was said before. Raises UnknownParty, and why it was refused.
    """
    _find(party.gln)
    signing.submit_one(_registration(party, None))
    return Party.objects.get(gln=party.gln)


def add_key(
    gln: str,
    public_key: str,
    possession: str,
    purpose: KeyPurpose = KeyPurpose.ANY,
    custody: KeyCustody = KeyCustody.EXTERNAL,
) -> str:
    """Enrol a key that party `gln` holds itself; `possession` is its signature
    (`keys.possession_message`).

    Signed by the party's kept key, or by the registrar when the party has no active
    key. Raises WeakKey, BadPossession, UnknownParty, IllegalTransition, NoKeptKey.
    Returns the claim's digest.
    """
    keys.check_enrolment(keys.decode_public(public_key))
    party = _find(gln)
    first = not party.keys.filter(revoked_at=None).exists()
    added = KeyAdded(
        subject=gs1.key_uri(public_key),
        party=gln,
        purpose=purpose,
        custody=custody,
        possession=possession,
    )
    return _sign(keyring.registrar().gln if first else gln, added)


def revoke_key(
    gln: str, public_key: str, reason: RevocationReason = RevocationReason.RETIRED
) -> str:
    """Revoke a key of party `gln` from now on, by the registrar. Returns the claim's
    digest.
    """
    _find(gln)
    revoked = KeyRevoked(subject=gs1.key_uri(public_key), reason=reason)
    return _sign(keyring.registrar().gln, revoked)


def register_product(new: NewProduct) -> str:
    """Register a product by its owner's kept key. Returns the claim's digest."""
    gs1.parse_gtin(new.gtin)
    return signing.submit_one(_product(new, None))


def register_products(new: Sequence[NewProduct], *, signed_at: datetime | None = None) -> None:
    """Register products, in batches that are each all or nothing."""
    for start in range(0, len(new), BATCH):
        signing.submit_all([_product(product, signed_at) for product in new[start : start + BATCH]])


def _check_new(glns: Sequence[str]) -> None:
    taken = set(Party.objects.filter(gln__in=glns).values_list("gln", flat=True))
    for gln in glns:
        if gln in taken:
            uri = gs1.party_uri(gln)
            raise errors.AlreadyRegistered(f"{uri} is registered already", subject=uri)
        taken.add(gln)


def _find(gln: str) -> Party:
    party = Party.objects.filter(gln=gln).first()
    if party is None:
        raise errors.UnknownParty(f"no party is registered under GLN {gln}")
    return party


def _sign(issuer: str, claim: RegistryClaim) -> str:
    return signing.submit_one(signing.Draft(issuer, claim))


def _registration(party: NewParty, at: datetime | None) -> signing.Draft:
    claim = PartyRegistered(
        subject=gs1.party_uri(gs1.parse_gln(party.gln)),
        name=party.name,
        country=party.country,
        roles=tuple(party.roles),
        prefixes=tuple(party.prefixes),
    )
    return signing.Draft(keyring.registrar().gln, claim, evidence=party.evidence, signed_at=at)


def _first_key(gln: str, private: keys.PrivateKey, at: datetime | None) -> signing.Draft:
    claim = KeyAdded(
        subject=gs1.key_uri(keys.encode_public(keys.public_of(private))),
        party=gln,
        purpose=KeyPurpose.ANY,
        custody=KeyCustody.SERVER,
        possession=keys.prove_possession(private, issuer_did(settings.CUSTOS_DID_HOST, gln)),
    )
    return signing.Draft(keyring.registrar().gln, claim, signed_at=at)


def _product(new: NewProduct, at: datetime | None) -> signing.Draft:
    claim = ProductRegistered(
        subject=gs1.product_uri(new.gtin),
        owner=new.owner,
        name=new.name,
        brand=new.brand,
        hs_code=new.hs_code,
        origin=new.origin,
        rights=tuple(new.rights),
    )
    return signing.Draft(new.owner, claim, evidence=new.evidence, signed_at=at)
