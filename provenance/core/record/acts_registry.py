"""The rows of the table of acts that are registry claims."""

from typing import Any, Final

from provenance.core.record import claims, effects, signers, signers_keys
from provenance.core.record.rules import ClaimRule
from provenance.core.record.vocabulary import Act

CLAIM_RULES: Final[dict[Act, ClaimRule[Any]]] = {
    Act.PARTY_REGISTERED: ClaimRule(
        claim=claims.PartyRegistered,
        begins=None,
        signer="the registrar",
        may_sign=signers_keys.registrar,
        check=signers.fits,
        effect=effects.party_registered,
        unique=None,
    ),
    Act.KEY_ADDED: ClaimRule(
        claim=claims.KeyAdded,
        begins=True,
        signer="the party it names, or the registrar; the registrar's by it or its recovery key",
        may_sign=signers_keys.party_named_or_registrar,
        check=signers_keys.key_is_held,
        effect=effects.key_added,
        unique=None,
    ),
    Act.KEY_REVOKED: ClaimRule(
        claim=claims.KeyRevoked,
        begins=False,
        signer="the key itself, the key that enrolled it, the registrar, or its recovery key",
        may_sign=signers_keys.enroller_or_registrar,
        check=signers_keys.key_is_in_force,
        effect=effects.key_revoked,
        unique=None,
    ),
    Act.PRODUCT_REGISTERED: ClaimRule(
        claim=claims.ProductRegistered,
        begins=True,
        signer="the owner it names, a brand or a maker",
        may_sign=signers.brand_or_maker_named,
        check=signers.product_is_its_owners,
        effect=effects.product_registered,
        unique=None,
    ),
    Act.PRODUCT_RECALLED: ClaimRule(
        claim=claims.ProductRecalled,
        begins=False,
        signer="the product's owner",
        may_sign=signers.product_owner,
        check=signers.recall_is_of_its_product,
        effect=effects.product_recalled,
        unique=None,
    ),
    Act.RIGHT_FILED: ClaimRule(
        claim=claims.RightFiled,
        begins=True,
        signer="the owner it names",
        may_sign=signers.owner_named,
        check=signers.fits,
        effect=effects.right_filed,
        unique=None,
    ),
    Act.RIGHT_VERIFIED: ClaimRule(
        claim=claims.RightVerified,
        begins=False,
        signer="an IP office or the registrar",
        may_sign=signers.office,
        check=signers.fits,
        effect=effects.right_verified,
        unique=None,
    ),
    Act.RIGHT_ASSIGNED: ClaimRule(
        claim=claims.RightAssigned,
        begins=False,
        signer="the right's owner",
        may_sign=signers.right_owner,
        check=signers.assigned_in_order,
        effect=effects.right_assigned,
        unique=None,
    ),
    Act.RIGHT_LAPSED: ClaimRule(
        claim=claims.RightLapsed,
        begins=False,
        signer="the right's owner, an IP office or the registrar",
        may_sign=signers.right_owner_or_office,
        check=signers.not_lapsed,
        effect=effects.right_lapsed,
        unique=None,
    ),
    Act.LICENCE_GRANTED: ClaimRule(
        claim=claims.LicenceGranted,
        begins=False,
        signer="the right's owner",
        may_sign=signers.right_owner,
        check=signers.licence_is_new,
        effect=effects.licence_granted,
        unique="licence",
    ),
    Act.LICENCE_REVOKED: ClaimRule(
        claim=claims.LicenceRevoked,
        begins=False,
        signer="the right's owner",
        may_sign=signers.right_owner,
        check=signers.licence_is_in_force,
        effect=effects.licence_revoked,
        unique=None,
    ),
}
