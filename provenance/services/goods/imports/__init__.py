"""Importing delivery files: parties, products, lots, shipments and the events that the
file supports.

    table        bytes to rows: UTF-8, CSV, sizes
    layout       a row to a Line: the form of each column (dates, places)
    deliveries   lines to deliveries: the rows of one shipment
    registry     parties and products, under deterministic identifiers
    events       a delivery to the events of vendor and receiver
    running      all of it, in chunks that can be run again

docs/import.md has the meaning of each column, and explains each code of a refusal.
"""

from provenance.services.goods.imports.refusals import FileRefused, RowRefusal
from provenance.services.goods.imports.running import CHUNK, Busy, Report, run

__all__ = ["CHUNK", "Busy", "FileRefused", "Report", "RowRefusal", "run"]
