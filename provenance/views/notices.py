"""Pages for codes that lead to no record of ours. Each names the trouble and quotes the
code as text; none opens it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from provenance.core import errors, printing
from provenance.views.verify.texts import Text


@dataclass(frozen=True, slots=True)
class Notice:
    """Status, words and looks of such a page."""

    status: int
    word: Text
    headline: Text
    advice: Text
    colour: str = "grey"
    icon: str = "unknown"


MALFORMED = Notice(
    400,
    _("Not one of our codes"),
    _("This is not a code that we can look up"),
    _(
        "Check that all of it was copied: a code has the product number and a serial, or the "
        "number of a parcel or pallet. If a label carries it, it was not made here."
    ),
)
CHECK_DIGIT = Notice(
    400,
    _("Typing error"),
    _("A digit of this code cannot be right"),
    _(
        "The last digit of a product or unit number follows from the others, and here it does not "
        "fit. That is nearly always a typing or printing error: compare the numbers with the "
        "label, and try again."
    ),
)
FOREIGN = Notice(
    400,
    _("Code of another site"),
    _("This code belongs to another site, not to this one"),
    _(
        "We neither open it nor know anything about it. If the label promises a record here, be "
        "careful."
    ),
)
NO_CODE = Notice(
    400,
    _("No code found"),
    _("We found no code in this photo"),
    _(
        "Hold the camera straight above the code, close enough to fill half of the picture, and "
        "in good light. Or type the numbers under the code."
    ),
)
BAD_PHOTO = Notice(
    400,
    _("Not a photo we can read"),
    _("We cannot read this file as a photo"),
    _(
        "Send a JPEG, PNG or WebP picture of at most 8 MB and 40 megapixels, or type the numbers "
        "under the code."
    ),
)
LATE = Notice(
    408,
    _("Please try again"),
    _("What you sent did not arrive in time"),
    _("The connection was too slow. Try once more, or type the numbers under the code."),
)
FORM_REFUSED = Notice(
    403,
    _("Please try again"),
    _("The photo was not sent"),
    _(
        "The page was open for too long, or your browser keeps no cookies: the form needs one, to "
        "see that it was sent from here. Choose the photo once more, or type the numbers."
    ),
)
UNKNOWN_PRODUCT = Notice(
    404,
    _("Not registered"),
    _("We have no record of this product number"),
    _(
        "Nobody has registered it here. An item with a record here has a longer code, mostly a "
        "square of dots (QR) with the numbers (01) and (21) below it. If there is none, we cannot "
        "say anything about the item."
    ),
)
PRODUCT = Notice(
    200,
    _("A product, not one item"),
    _("This code names a product, and not one single item"),
    _(
        "Every item of the product has this number. The full code is on the item, its tag or its "
        "packaging, mostly as a square of dots (QR), with this number after (01) and the item's "
        "own serial after (21). Scan that, or type both numbers with their brackets."
    ),
)

CLOSED = Notice(
    404,
    _("Not public"),
    _("Lots and logistic units have no public page"),
    _(
        "If there is a record of this number, it is open to the companies that handled the goods, "
        "after signing in. To check a single item, scan the code on it that has its own serial, "
        "after (21): its page is open to everyone."
    ),
)
RECALLED = Notice(
    200,
    _("Recalled"),
    _("Stop: these goods were recalled"),
    _(
        "Do not use them and do not pass them on. Ask the brand, or whoever you have them from, "
        "what to do. The record itself is open to the companies that handled the goods."
    ),
    "red",
    "stop",
)
TOO_MANY = Notice(
    429,
    _("Too many requests"),
    _("Too many requests came from your network"),
    _("Please wait a minute, and try again. This says nothing about the item."),
)
LOCKED = Notice(
    429,
    _("Please wait"),
    _("Too many wrong passwords"),
    _(
        "This account is locked for your network, for a while. Others are not affected. Try again "
        "later, or ask your administrator."
    ),
)
BUSY = Notice(
    503,
    _("Please try again"),
    _("Too many photos are being read at this moment"),
    _("Choose the photo once more in a few seconds, or type the numbers under the code."),
)
UNAVAILABLE = Notice(
    503,
    _("Cannot check now"),
    _("Our database or ledger does not answer."),
    _(
        "The trouble is on our side and says nothing about the item. Please try again in a few "
        "minutes."
    ),
)


def of(error: errors.ProvenanceError) -> Notice:
    """The notice for a code that the parser refuses."""
    if isinstance(error, errors.BadCheckDigit):
        return CHECK_DIGIT
    return FOREIGN if isinstance(error, errors.ForeignDomain) else MALFORMED


def show(
    request: HttpRequest, notice: Notice, *, quoted: str = "", photo: bool = False, **more: Any
) -> HttpResponse:
    """Render `notice`, with the content of the code as plain text, and `more` of the
    template's variables: the text that was `typed`, the `product`.
    """
    context = {"notice": notice, "quoted": printing.printable(quoted), "photo": photo, **more}
    return page_with_form(request, "provenance/notice.html", context, status=notice.status)


def later(request: HttpRequest, notice: Notice, seconds: int) -> HttpResponse:
    """Render `notice`, which asks to try again after `seconds`."""
    response = show(request, notice, photo=request.path == reverse("verify"))
    response["Retry-After"] = str(seconds)
    return response


def page_with_form(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render a page whose address other sites never get. Under `no-referrer` browsers
    post a form with `Origin: null`, which no check of the origin can accept.
    """
    response = render(request, template, context, status=status)
    response["Referrer-Policy"] = "same-origin"
    return response
