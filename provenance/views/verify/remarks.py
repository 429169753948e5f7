"""Remarks on a code beside its record: where the record says otherwise than the code, or
was found under another spelling.
"""

from django.utils.translation import gettext as _

from provenance.core import gs1
from provenance.core.check.result import Result
from provenance.views.verify.format import isolated


def of(code: gs1.Reading, result: Result) -> list[str]:
    """The remarks on `code`, whose subject `result` is about, in the current language;
    none where there is no record.
    """
    if not result.history:
        return []
    remarks = []
    if code.written:
        remarks.append(
            _(
                "There is no record of the serial %(written)s. This is the record of %(serial)s, "
                "which is easily mistaken for it: compare it with the label, letter by letter."
            )
            % {"written": isolated(code.written), "serial": isolated(code.subject.serial)}
        )
    if code.lot:
        remarks += _of_lot(code.lot, result.lot)
    return remarks


def _of_lot(claimed: str, recorded: str) -> list[str]:
    if recorded == claimed:
        return []
    if not recorded:
        text = _("The code names the lot %(claimed)s. The record of this item names no lot.")
        return [text % {"claimed": isolated(claimed)}]
    text = _(
        "The code names the lot %(claimed)s, but this item was recorded in the lot "
        "%(recorded)s. A label that was made with the item would name the same."
    )
    return [text % {"claimed": isolated(claimed), "recorded": isolated(recorded)}]
