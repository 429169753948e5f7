"""Recalls of a product's lots and days of commissioning: claims on the product's chain."""

from provenance.core import errors, gs1
from provenance.core.record.claims import ProductRecalled
from provenance.core.record.state import ProductState, Recall
from provenance.services.record import signing


def of_product(gtin: str) -> tuple[Recall, ...]:
    """The recalls of a product, oldest first. Raises UnknownProduct."""
    uri = gs1.product_uri(gtin)
    state = signing.states_of({uri}).get(uri)
    if not isinstance(state, ProductState):
        raise errors.UnknownProduct(f"no product is registered under GTIN {gtin}")
    return state.recalls


def recall(owner: str, claim: ProductRecalled) -> str:
    """Recall by the kept key of the product's `owner` (GLN). Returns the claim's digest;
    raises why it was refused.
    """
    return signing.submit_one(signing.Draft(owner, claim))
