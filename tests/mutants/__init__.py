"""Mutants: changes that tests must notice, by the area of the product. `make mutants` tries
each of them; `tests/test_mutants.py` holds that each still has its place.
"""

from typing import Final

from tests.mutants import (
    authority,
    chaining,
    checking,
    goods,
    ledger,
    recording,
    sealing,
    serving,
    signing,
    stored,
    visibility,
)
from tests.mutants.mutant import Mutant

MUTANTS: Final[list[Mutant]] = [
    *signing.MUTANTS,
    *goods.MUTANTS,
    *chaining.MUTANTS,
    *authority.MUTANTS,
    *checking.MUTANTS,
    *ledger.MUTANTS,
    *recording.MUTANTS,
    *sealing.MUTANTS,
    *stored.MUTANTS,
    *visibility.MUTANTS,
    *serving.MUTANTS,
]
