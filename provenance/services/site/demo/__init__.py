"""The demo: a small, believable world of made-up companies over three corridors, for an
empty installation.

    cast       who and what
    diary      acts in time's order
    stories    what happened
    loading    all of it into the record, at once or not at all

Whatever it makes goes through the same doors as anything else.
"""

from provenance.services.site.demo.loading import Loaded, checked_out_path, load

__all__ = ["Loaded", "checked_out_path", "load"]
