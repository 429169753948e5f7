"""The watchdog as a program, started by this file's path: `python -I __main__.py VAR`.

`config/__init__.py` loads Celery. Seen from inside `config/`, this package is called
`embedded`, has nothing above it and needs nothing but the standard library.
"""

import importlib
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).resolve().parents[1]))
    importlib.import_module("embedded.watchdog").watch(Path(sys.argv[1]))
