"""`make bench`: everything side by side in one run, on the embedded PostgreSQL and
Redis and a real web server.

Signing the input is not part of what is measured; checking it is. Each figure is put
beside the bare rate of Ed25519 verification (PyNaCl, one thread) of the same run,
because machines differ and ratios do not.
"""

import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var" / "bench"


def main() -> int:
    """Run every measurement in a database of its own, made anew."""
    shutil.rmtree(VAR, ignore_errors=True)
    os.environ["CUSTOS_VAR"] = str(VAR)
    os.environ["CUSTOS_ORIGIN"] = "http://localhost:8000"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from benchmarks import blocks, endpoints, pipeline, sealed
    from benchmarks.measure import print_table

    base, *building = blocks.measure()
    figures = [*pipeline.measure(), *sealed.measure(), *endpoints.measure()]
    print_table([base, *building, *figures], base)
    return 0


if __name__ == "__main__":
    sys.exit(main())
