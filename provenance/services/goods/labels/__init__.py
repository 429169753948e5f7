"""Labels: a QR code that holds the GS1 Digital Link of an item, lot or logistic unit on
our own host, the numbers in it for people, and the domain to expect behind it.

    segments     the text of a symbol to codewords, in capitals where that saves a version
    symbols      codewords to modules, by the thousand
    layout       a subject to its label: symbol, lines of text, sizes in dots
    glyphs       lines of text as rows of dots
    bitmaps      a label as rows of dots
    png_writer   rows of dots as PNG
    pictures     a label as SVG and PNG
    names        brand and product beside the identifiers
    sheets       many labels as PDF
    zpl          many labels for a thermal printer
    printing     labels of goods on record, in the form asked for
    typesetting  templates to PDF, with fonts of our own
"""

from provenance.services.goods.labels.layout import DOTS, Label, domain, link, make, new_serials
from provenance.services.goods.labels.pictures import FORMS, picture, png, svg
from provenance.services.goods.labels.symbols import QUIET

__all__ = [
    "DOTS",
    "FORMS",
    "QUIET",
    "Label",
    "domain",
    "link",
    "make",
    "new_serials",
    "picture",
    "png",
    "svg",
]
