"""Check a bundle without a database, Django or network:

    python -m provenance.core BUNDLE [--trust TRUST]

Prints a line for each numbered step of the plan (see `check.bundle`), with the reasons
of those that failed or warned, and last the verdict word. Exit status 0 for
RECORDS_CHECK_OUT or ENDED, 1 for any other verdict, 2 for a file that cannot be read or
that names other roots than TRUST.

TRUST is the trust file, which you MUST have from elsewhere than the bundle. Without it
the roots are those that the bundle itself names: then the record is checked against
itself, and a line on standard error says so.
"""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from provenance.core import errors
from provenance.core.check import bundle, trust
from provenance.core.check.result import Verdict
from provenance.core.signing import canonical

PASSING = frozenset({Verdict.RECORDS_CHECK_OUT, Verdict.ENDED})


def main(argv: list[str] | None = None) -> int:
    """Run the command line `argv` (None: that of the process), and return the exit
    status.
    """
    parser = argparse.ArgumentParser(
        prog="python -m provenance.core", description="Check a Custos bundle."
    )
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="the bundle file")
    parser.add_argument(
        "--trust", type=Path, metavar="TRUST", help="the trust file, got from elsewhere"
    )
    options = parser.parse_args(argv)
    try:
        held = bundle.parse(options.bundle.read_bytes())
        if options.trust is not None:
            roots = trust.parse(canonical.parse(options.trust.read_bytes().strip()))
        else:
            roots = bundle.named_trust(held)
            print(
                f"roots of trust: the ones this bundle names ({roots.host},"
                f" fingerprint {roots.digest()}).\n"
                "Compare the fingerprint with one you have from elsewhere, or give --trust FILE.",
                file=sys.stderr,
            )
        result = bundle.check(held, roots, now=datetime.now(UTC))
    except OSError as error:
        print(f"cannot read: {error}", file=sys.stderr)
        return 2
    except errors.ProvenanceError as error:
        print(f"cannot read: {error.code}: {error.detail}", file=sys.stderr)
        return 2
    for step in result.steps:
        note = f" {step.code}" if step.code else ""
        print(
            f"({step.number}) {step.title}: {step.outcome}{note}"
            + (f": {step.detail}" if step.detail else "")
        )
    print(result.verdict)
    return 0 if result.verdict in PASSING else 1


if __name__ == "__main__":
    sys.exit(main())
