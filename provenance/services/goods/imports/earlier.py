"""The shipments and lots of earlier imports that a file names again: one shipment goes one
way on one day, and one ID is one row, across files as within one.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from provenance.core import gs1
from provenance.models import Shipment, Subject
from provenance.services.goods.imports import identifiers, layout
from provenance.services.goods.imports.deliveries import Delivery
from provenance.services.goods.imports.layout import Line
from provenance.services.goods.imports.refusals import Code, RowRefused


@dataclass(slots=True)
class Earlier:
    """URIs of what earlier imports recorded: logistic units by shipment, lots by ID."""

    units: dict[str, set[str]] = field(default_factory=dict)
    lots: dict[str, set[str]] = field(default_factory=dict)

    def check(self, line: Line, unit: str, lot: str) -> None:
        """Raise RowRefused where the shipment or the ID of a row, whose subjects are
        `unit` and `lot`, is another's in the record.
        """
        if self.units.get(line.reference, set()) - {unit}:
            reason = (
                f"the record has {line.reference} of another vendor: one shipment goes one way "
                "on one day"
            )
            raise RowRefused(Code.SHIPMENT_DISAGREES, layout.VENDOR, line.vendor, reason)
        if others := self.lots.get(line.id, set()) - {lot}:
            reason = f"the record has this ID already, of another product: {min(others)}"
            raise RowRefused(Code.REPEATED_ID, layout.ID, line.id, reason)


def find(planned: Collection[Delivery]) -> Earlier:
    """The record of earlier imports under the names of these deliveries: two queries,
    that read all that was ever imported.
    """
    earlier = Earlier()
    references = {delivery.first.reference for delivery in planned}
    ids = {line.id for delivery in planned for line in delivery.lines}
    shipments = Shipment.objects.filter(sender__range=identifiers.GLNS)
    for reference, unit in shipments.values_list("reference", "logistic_unit").iterator():
        if reference in references:
            earlier.units.setdefault(reference, set()).add(unit)
    lots = Subject.objects.filter(product_gtin__range=identifiers.GTINS, kind=gs1.SubjectKind.LOT)
    for uri in lots.values_list("uri", flat=True).iterator():
        number = gs1.parse_subject(uri).lot
        if number in ids:
            earlier.lots.setdefault(number, set()).add(uri)
    return earlier
