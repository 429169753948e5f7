"""Check a bundle without a database, Django or network:

    python -m provenance.core BUNDLE --trust TRUST --expect CODE [--json]

BUNDLE is a file, or - for standard input. Prints what was checked, a line for each
numbered step of the plan (see `check.bundle`) with the reasons of those that failed or
warned, and last the answer, which decides the exit status:

    0   RECORDS_CHECK_OUT, ENDED
    1   any other verdict, or OTHER_SUBJECT: not the record of CODE; also TOO_LARGE, where
        there are more than N records (--most-records N) and nothing was checked
    2   CANNOT_READ: no bundle, trust file or code
    3   FOREIGN_ROOTS: the bundle names other roots than TRUST
    4   ROOTS_NOT_COMPARED: it would be 0, but TRUST was not given

TRUST is the trust file, which you MUST have from elsewhere than the bundle. Without it
the roots are those that the bundle itself names: then the record is checked against
itself. CODE is what the goods carry: a Digital Link of any host, an element string, or
the subject's URI.
"""

import argparse
import io
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from provenance.core import errors
from provenance.core.check import bundle, report, trust
from provenance.core.check.report import Answer
from provenance.core.check.result import Verdict


def main(argv: list[str] | None = None) -> int:
    """Run the command line `argv` (None: that of the process), and return the exit
    status.
    """
    options = _parser().parse_args(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal may lack letters of a name
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        said = _check(options)
    except errors.ForeignRoots as error:
        said = report.failure(Answer.FOREIGN_ROOTS, error)
    except errors.BundleTooLarge as error:
        more = errors.BundleTooLarge(f"{error.detail}; --most-records N checks up to N")
        said = report.failure(Verdict.TOO_LARGE, more)
    except (OSError, errors.ProvenanceError) as error:
        said = report.failure(Answer.CANNOT_READ, error)
    print(json.dumps(said, indent=2) if options.json else "\n".join(report.lines(said)))
    return int(said["status"])


def _check(options: argparse.Namespace) -> dict[str, Any]:
    expected = None if options.expect is None else report.read_code(options.expect)
    most = options.most_records
    held = bundle.parse(_read(options.bundle), most_records=most)
    compared = options.trust is not None
    if compared:
        roots = trust.parse_file(_read(options.trust))
    else:
        roots = bundle.named_trust(held)
    result = bundle.check(held, roots, now=datetime.now(UTC), most_records=most)
    return report.facts(result, roots, expected=expected, compared=compared)


def _read(name: str) -> bytes:
    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m provenance.core", description="Check a Custos bundle."
    )
    parser.add_argument("bundle", metavar="BUNDLE", help="the bundle file, - for standard input")
    parser.add_argument("--trust", metavar="TRUST", help="the trust file, got from elsewhere")
    parser.add_argument(
        "--expect", metavar="CODE", help="the code on the goods, which the record must be about"
    )
    parser.add_argument(
        "--most-records",
        type=int,
        metavar="N",
        default=bundle.MAX_RECORDS,
        help="check a bundle of up to N records (%(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
