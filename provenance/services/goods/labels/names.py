"""Names that stand on a label beside the identifiers: of an item's or a lot's product."""

from collections.abc import Sequence
from dataclasses import dataclass

from provenance.core import gs1
from provenance.models import Product


@dataclass(frozen=True, slots=True)
class Named:
    """Goods to label, with brand and name of their product; empty where they have none."""

    uri: str
    brand: str = ""
    name: str = ""


def of_goods(uris: Sequence[str]) -> list[Named]:
    """The goods `uris` in their order, with the names that are registered for their
    products. Raises BadIdentifier.
    """
    gtins = [gs1.parse_subject(uri).gtin for uri in uris]
    rows = Product.objects.filter(gtin__in=set(gtins)).values_list("gtin", "brand", "name")
    names = {gtin: (brand, name) for gtin, brand, name in rows}
    return [Named(uri, *names.get(gtin, ("", ""))) for uri, gtin in zip(uris, gtins, strict=True)]
