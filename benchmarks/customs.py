"""`python -m benchmarks.customs FILE`: the shipments of a delivery file, declared and assessed.

Prints how long `manage.py assess` takes over all declarations, the lanes, and the findings
that were made most often.
"""

import os
import shutil
import sys
import time
from pathlib import Path

VAR = Path(__file__).resolve().parent.parent / "var" / "bench-customs"


def main(file: Path) -> int:
    """Import and declare in a database of its own, made anew, and assess."""
    shutil.rmtree(VAR, ignore_errors=True)
    os.environ["CUSTOS_VAR"] = str(VAR)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("import_shipments", str(file))
    from tests.customs import generated

    count = generated.load(file)
    start = time.perf_counter()
    call_command("assess", "--top", "10")
    seconds = time.perf_counter() - start
    print(f"{count} declarations in {seconds:.1f} s, {count / seconds:.0f} a second")
    start = time.perf_counter()
    call_command("assess")
    print(f"again, nothing new: {time.perf_counter() - start:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
