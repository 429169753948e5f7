"""Is the loop of a subject closed? Answered by the same check as every page: there is
no second opinion.
"""

from provenance.core import errors
from provenance.core.check.loop import Loop
from provenance.services.check import verification


def loop(uri: str) -> Loop:
    """The loop of goods `uri`: open, closed or broken, with reasons. Raises
    UnknownSubject for what has none.
    """
    found = verification.check(uri).loop
    if found is None:
        raise errors.UnknownSubject(f"there is no goods record of {uri}")
    return found
