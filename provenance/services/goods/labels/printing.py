"""Labels for goods on record, in the form that was asked for."""

from collections.abc import Sequence
from typing import Any

from provenance.core import errors
from provenance.services.goods.labels import names, sheets, zpl


def print_labels(uris: Sequence[str], sheet: str, *, skip: int = 0) -> dict[str, Any]:
    """Labels of `uris` in their order, as `content` and `content_type`; `sheet` is a name in
    `sheets.SHEETS` or in `zpl.PRINTERS`. Raises BadIdentifier for what carries no label,
    LabelTooSmall, and Malformed unless `skip` places are fewer than a sheet has.
    """
    goods = names.of_goods(uris)
    if sheet in zpl.PRINTERS:
        _check_skip(skip, places=1)
        content = "".join(zpl.of_goods(goods, zpl.PRINTERS[sheet]))
        return {"content": content, "content_type": zpl.CONTENT_TYPE}
    paper = sheets.SHEETS[sheet]
    _check_skip(skip, places=paper.places)
    return {"content": sheets.pdf(goods, paper, skip=skip), "content_type": sheets.CONTENT_TYPE}


def _check_skip(skip: int, *, places: int) -> None:
    if skip >= places:
        raise errors.Malformed(f"skip: expected less than the {places} labels of a sheet")
