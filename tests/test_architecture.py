"""Who may import whom. The table is the one arrow of docs/architecture.md; a new arrow
is a change to this table.

Imports inside functions count. A module is under the rule with the longest prefix of
its name, and may import what shares that prefix, what the rule names, and whatever is
not ours (except in the core, where outside packages are named too).
"""

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("config", "provenance", "customs")
LONGEST = 418  # lines of a file; 300 is a reason to look

SERVICES = ("provenance.services", "provenance.models", "provenance.core")
CUSTOMS = ("customs.services", "customs.witness", "customs.models", "customs.risk", *SERVICES)
CORE_OUTSIDE = {"cryptography", "rfc8785", "nacl", "orjson"}

# The rooms, drawn from the ground up: each imports only what is drawn before it, and no
# more than its row names.
CORE_ROOMS: dict[str, tuple[str, ...]] = {
    "printing": (),
    "errors": ("printing",),
    "texts": ("printing", "errors"),
    "signing": ("errors",),
    "gs1": ("errors",),
    "epcis": ("errors", "texts", "gs1"),
    "ledger": ("errors", "signing"),
    "record": ("errors", "texts", "signing", "gs1", "epcis", "ledger"),
    "check": ("printing", "errors", "signing", "gs1", "epcis", "ledger", "record"),
}
SERVICE_ROOMS: dict[str, tuple[str, ...]] = {
    "keyring": (),
    "durable": (),
    "room": (),
    "prepared": (),
    "memory": (),
    "seals": ("keyring",),
    "ledger": ("durable", "prepared", "memory", "keyring", "seals"),
    "record": ("durable", "room", "keyring", "seals", "ledger"),
    "registry": ("durable", "keyring", "record"),
    "goods": ("durable", "keyring", "record", "registry"),
    "check": ("room", "prepared", "memory", "keyring", "seals", "ledger", "record"),
    "site": ("durable", "room", "keyring", "ledger", "record", "registry", "goods"),
}


def rooms(
    floor: str, drawn: dict[str, tuple[str, ...]], below: tuple[str, ...] = ()
) -> dict[str, tuple[str, ...]]:
    """The rows of the rooms of one floor, by full name."""
    return {
        f"{floor}.{room}": (*(f"{floor}.{name}" for name in may), *below)
        for room, may in drawn.items()
    }


# An endpoint may import its own package, and the packages that it names: urls.py joins
# them, a view announces a task.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "provenance": (),  # __init__, apps
    "provenance.core": ("provenance.core",),  # __main__
    **rooms("provenance.core", CORE_ROOMS),
    "provenance.models": ("provenance.core",),
    "provenance.services": (),
    **rooms("provenance.services", SERVICE_ROOMS, ("provenance.models", "provenance.core")),
    "provenance.migrations": ("provenance.models", "provenance.core"),
    "provenance.tasks": SERVICES,
    "provenance.templatetags": SERVICES,
    "provenance.views": ("provenance.tasks", *SERVICES),
    "provenance.api": ("provenance.tasks", *SERVICES),
    "provenance.admin": ("provenance.tasks", *SERVICES),
    "provenance.management": ("provenance.tasks", *SERVICES),
    "provenance.management.commands.serve": ("config.serve",),
    "provenance.urls": ("provenance.views", "provenance.api", "provenance.ledger_urls"),
    "provenance.ledger_urls": ("provenance.views",),
    "customs": (),
    "customs.risk": ("provenance.core",),
    "customs.models": ("customs.risk", "provenance.models", "provenance.core"),
    "customs.migrations": ("customs.models", "provenance.models", "provenance.core"),
    "customs.services": ("customs.models", "customs.risk", *SERVICES),
    "customs.witness": ("customs.models", "customs.risk", *SERVICES),
    **{f"customs.{room}": CUSTOMS for room in ("tasks", "management")},
    # What is shown and answered has the forms of the other app: its admin, API and pages.
    **{f"customs.{room}": (f"provenance.{room}", *CUSTOMS) for room in ("api", "views", "admin")},
    "customs.urls": ("customs.views", "customs.api"),
    "config": (),
}


def longest_prefix(module: str, prefixes: Iterable[str]) -> str | None:
    """The longest of `prefixes` that is `module` or a package above it."""
    above = [prefix for prefix in prefixes if f"{module}.".startswith(f"{prefix}.")]
    return max(above, key=len, default=None)


def module_name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(source: str, module: str, *, package: bool, known: frozenset[str]) -> set[str]:
    """The modules that `source` imports, anywhere in it. `from a import b` is `a.b`
    where that is a module.
    """
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = module.split(".")[: len(module.split(".")) - node.level + package]
                base = ".".join([*above, base] if base else above)
            names = {f"{base}.{alias.name}" for alias in node.names}
            found |= (names & known) | ({base} if names - known else set())
    return found - {module}


def read(root: Path) -> dict[str, set[str]]:
    """Every module of ours under `root`, with what it imports."""
    files = {module_name(path, root): path for name in OURS for path in (root / name).rglob("*.py")}
    known = frozenset(files)
    return {
        module: imports(path.read_text(), module, package=path.name == "__init__.py", known=known)
        for module, path in files.items()
    }


def forbidden(module: str, target: str) -> str | None:
    """Why `module` may not import `target`, or None."""
    rule = longest_prefix(module, MAY_IMPORT)
    if rule is None:
        return f"{module} is in no row of the table"
    top = target.split(".", 1)[0]
    if top not in OURS:
        if (
            f"{rule}.".startswith("provenance.core.")
            and top not in CORE_OUTSIDE
            and top not in sys.stdlib_module_names
        ):
            return (
                f"{module} -> {target}: the core is the standard library and {sorted(CORE_OUTSIDE)}"
            )
        return None
    if longest_prefix(target, MAY_IMPORT) == rule or longest_prefix(target, MAY_IMPORT[rule]):
        return None
    return f"{module} -> {target}"


def broken_arrows(modules: dict[str, set[str]]) -> list[str]:
    pairs = ((module, target) for module in sorted(modules) for target in sorted(modules[module]))
    return [why for module, target in pairs if (why := forbidden(module, target))]


def check_no_cycle(modules: dict[str, set[str]]) -> None:
    """Raise graphlib.CycleError if modules of ours import each other in a ring."""
    graph = {
        module: {target for target in targets if target in modules}
        for module, targets in modules.items()
    }
    graphlib.TopologicalSorter(graph).prepare()


def long_files() -> Iterator[str]:
    for name in (*OURS, "tests", "benchmarks"):
        for path in (ROOT / name).rglob("*.py"):
            lines = len(path.read_text().splitlines())
            if lines > LONGEST and "migrations" not in path.parts and path.name != "settings.py":
                yield f"{path.relative_to(ROOT)}: {lines} lines"


def test_imports_follow_the_arrow() -> None:
    assert broken_arrows(read(ROOT)) == []


@pytest.mark.parametrize("drawn", [CORE_ROOMS, SERVICE_ROOMS], ids=["core", "services"])
def test_a_room_imports_only_what_is_drawn_before_it(drawn: dict[str, tuple[str, ...]]) -> None:
    order = list(drawn)
    assert all(
        order.index(below) < order.index(room) for room, may in drawn.items() for below in may
    )


@pytest.mark.parametrize(
    ("floor", "drawn"),
    [("core", CORE_ROOMS), ("services", SERVICE_ROOMS)],
    ids=["core", "services"],
)
def test_every_folder_has_its_row(floor: str, drawn: dict[str, tuple[str, ...]]) -> None:
    folder = ROOT / "provenance" / floor
    names = {path.stem for path in folder.glob("*") if path.is_dir() or path.suffix == ".py"}
    assert names - {"__init__", "__main__", "__pycache__"} == set(drawn)


def test_no_module_imports_itself_in_a_ring() -> None:
    check_no_cycle(read(ROOT))


def test_the_core_comes_without_django() -> None:
    """In a fresh process: every module of the core, and none of Django, our models or
    our settings.
    """
    modules = [name for name in read(ROOT) if longest_prefix(name, ["provenance.core"])]
    code = f"""
import importlib, sys
for name in {modules!r}:
    importlib.import_module(name)
outside = ("django", "config", "rest_framework", "psycopg")
print(*sorted(name for name in sys.modules if name.split(".")[0] in outside
              or name.startswith(("provenance.models", "provenance.services"))))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.split() == []


def test_files_keep_their_budget() -> None:
    assert list(long_files()) == []


# --- the architecture test itself ---------------------------------------------------


@pytest.mark.parametrize(
    ("module", "source"),
    [
        pytest.param("provenance.core.record.bad", "import django", id="django-in-core"),
        pytest.param(
            "provenance.core.record.bad", "from provenance.models import Event", id="models-in-core"
        ),
        pytest.param(
            "provenance.core.record.bad", "def f():\n    import requests", id="inside-a-function"
        ),
        pytest.param(
            "provenance.models.bad", "from ..services import capture", id="relative-upwards"
        ),
        pytest.param(
            "provenance.services.record.bad",
            "from provenance import tasks",
            id="service-starts-a-task",
        ),
        pytest.param(
            "provenance.services.record.bad",
            "if True:\n    import provenance.views",
            id="service-sees-views",
        ),
        pytest.param(
            "provenance.core.signing.bad",
            "from provenance.core.check import bundle",
            id="core-upwards",
        ),
        pytest.param(
            "provenance.services.ledger.bad",
            "import provenance.services.record",
            id="rooms-upwards",
        ),
        pytest.param("provenance.views.bad", "import customs.models", id="provenance-sees-customs"),
        pytest.param("provenance.api.bad", "from config import settings", id="config-by-name"),
        pytest.param("elsewhere.bad", "import json\n", id="module-without-a-row"),
    ],
)
def test_a_planted_import_is_found(module: str, source: str) -> None:
    known = frozenset({"provenance.tasks", "provenance.services.record.capture", "config.settings"})
    found = imports(source, module, package=False, known=known)
    assert len(broken_arrows({module: found})) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        pytest.param(
            "provenance.core.signing.good", "import hashlib\nfrom nacl import bindings", id="core"
        ),
        pytest.param(
            "provenance.core.gs1.good", "from .identifiers import check", id="within-core"
        ),
        pytest.param(
            "provenance.services.record.good",
            "import django\nfrom provenance.core.ledger import merkle",
            id="service",
        ),
        pytest.param(
            "provenance.management.commands.serve", "from config import serve", id="serve"
        ),
    ],
)
def test_an_allowed_import_is_allowed(module: str, source: str) -> None:
    known = frozenset({"provenance.core.ledger.merkle", "config.serve"})
    assert broken_arrows({module: imports(source, module, package=False, known=known)}) == []


def test_a_planted_file_and_a_planted_ring_are_found(tmp_path: Path) -> None:
    core = tmp_path / "provenance" / "core"
    core.mkdir(parents=True)
    (core / "one.py").write_text("from provenance.core import two\n")
    (core / "two.py").write_text("def later():\n    from .one import thing\n    import django.db\n")
    modules = read(tmp_path)
    assert [why.split(":")[0] for why in broken_arrows(modules)] == [
        "provenance.core.two -> django.db"
    ]
    with pytest.raises(graphlib.CycleError):
        check_no_cycle(modules)
