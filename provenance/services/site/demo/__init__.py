"""The demo: a small, believable world of made-up companies over three corridors, for an
empty installation.

    cast       parties, products and places
    diary      acts in time's order
    stories    the events of the goods
    loading    all of it into the record, at once or not at all

All of it is captured like anything else.
"""

from provenance.services.site.demo.loading import Demo, checked_out_path, load

__all__ = ["Demo", "checked_out_path", "load"]
