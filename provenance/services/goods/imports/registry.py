"""The parties and products that a file names: registered once, each with the row that
names it as evidence.

Every lookup compares words with words: two names that meet in one identifier are
refused, never taken for the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from provenance.core.record.vocabulary import Role
from provenance.models import Party, Product
from provenance.services.goods.imports import identifiers, layout
from provenance.services.goods.imports.layout import Line
from provenance.services.goods.imports.refusals import Code, RowRefused
from provenance.services.registry import parties

MAX_NAME = 300


@dataclass(frozen=True, slots=True)
class Source:
    """The file that evidence names."""

    name: str
    digest: str

    def evidence(self, lines: Iterable[Line], **more: str) -> Mapping[str, Any]:
        """The evidence that an event or a claim rests on these rows of the file."""
        rows = [line.number for line in lines]
        entry: dict[str, Any] = {
            "type": "SourceFileRow",
            "file": self.name,
            "digest": self.digest,
            "row": rows[0],
        }
        return entry | ({"rows": rows} if len(rows) > 1 else {}) | more


def vendor_gln(line: Line) -> str:
    """The vendor's GLN."""
    return identifiers.gln("vendor", line.vendor)


def receiver_gln(line: Line) -> str:
    """The receiver's GLN."""
    return identifiers.gln("receiver", *line.receiver)


def receiver_name(line: Line) -> str:
    """The receiver's name; it is known by project and country alone."""
    return f"{line.project}, {line.country_name}"


def gtin(line: Line) -> str:
    """The product's GTIN."""
    return identifiers.gtin(*line.product)


def product_name(line: Line) -> str:
    """The product's name: all that distinguishes it from the vendor's others."""
    return f"{line.description} ({line.brand}; {line.dosage}; {line.form}; {line.unit} per pack)"


@dataclass(slots=True)
class Registry:
    """The owners of identifiers: in the record as far as this import has asked, and in
    the file as far as it read.

    `names` maps GLNs to names, `products` GTINs to owner and name; `registered` are
    those in the record.
    """

    source: Source
    names: dict[str, str] = field(default_factory=dict)
    products: dict[str, tuple[str, str]] = field(default_factory=dict)
    registered: set[str] = field(default_factory=set)

    def look_up(self, lines: Iterable[Line]) -> None:
        """Learn which parties and products of `lines` are registered already: two
        queries.
        """
        lines = list(lines)
        glns = {
            gln for line in lines for gln in (vendor_gln(line), receiver_gln(line))
        } - self.registered
        names = dict(Party.objects.filter(gln__in=glns).values_list("gln", "name"))
        gtins = {gtin(line) for line in lines} - self.registered
        rows = Product.objects.filter(gtin__in=gtins).values_list("gtin", "owner_id", "name")
        products = {number: (str(owner), name) for number, owner, name in rows}
        self.names |= names
        self.products |= products
        self.registered |= names.keys() | products.keys()

    def claim(self, line: Line) -> None:
        """Take the identifiers of the row's words. Raises RowRefused where other words
        have any of them already.
        """
        vendor, receiver, product = vendor_gln(line), receiver_gln(line), product_name(line)
        if len(product) > MAX_NAME:
            raise RowRefused(
                Code.TOO_LONG, layout.DESCRIPTION, line.description, "with dosage and form too long"
            )
        for column, value, theirs, mine in (
            (layout.VENDOR, line.vendor, self.names.get(vendor), line.vendor),
            (layout.PROJECT, line.project, self.names.get(receiver), receiver_name(line)),
            (
                layout.DESCRIPTION,
                line.description,
                self.products.get(gtin(line)),
                (vendor, product),
            ),
        ):
            if theirs is not None and theirs != mine:
                owner = theirs if isinstance(theirs, str) else theirs[1]
                reason = f"its identifier belongs to {owner} already"
                raise RowRefused(Code.IDENTIFIER_COLLISION, column, value, reason)
        self.names |= {vendor: line.vendor, receiver: receiver_name(line)}
        self.products[gtin(line)] = (vendor, product)

    def register(self, lines: Iterable[Line]) -> int:
        """Register the names that are new; returns how many claims that took."""
        new_parties: dict[str, parties.NewParty] = {}
        new_products: dict[str, parties.NewProduct] = {}
        for line in lines:
            for new in self._parties(line):
                if new.gln not in self.registered:
                    new_parties.setdefault(new.gln, new)
            if gtin(line) not in self.registered:
                new_products.setdefault(gtin(line), self._product(line))
        parties.register_many(list(new_parties.values()))
        parties.register_products(list(new_products.values()))
        self.registered |= new_parties.keys() | new_products.keys()
        return 2 * len(new_parties) + len(new_products)

    def _parties(self, line: Line) -> list[parties.NewParty]:
        # The file does not say where a vendor is at home; it owns the numbers of the
        # products it delivers.
        vendor = [self.source.evidence([line], column=layout.VENDOR)]
        receiver = [self.source.evidence([line], column=f"{layout.PROJECT}, {layout.COUNTRY}")]
        return [
            parties.NewParty(
                vendor_gln(line), line.vendor, "", [Role.BRAND], vendor, identifiers.PREFIXES
            ),
            parties.NewParty(
                receiver_gln(line), receiver_name(line), line.country, [Role.WAREHOUSE], receiver
            ),
        ]

    def _product(self, line: Line) -> parties.NewProduct:
        evidence = [self.source.evidence([line], column=layout.DESCRIPTION)]
        return parties.NewProduct(
            vendor_gln(line), gtin(line), product_name(line), line.brand, evidence=evidence
        )
