"""Settings from the environment: a value that cannot be meant stops the start, with its
name and the expected form.
"""

import itertools
import os
import re
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

NO_DATABASE = "postgresql:///none"  # for commands that need neither services nor secrets
LEAST_SECRET = 32  # characters
LEAST_VARIETY = 8  # different ones: 64 random hex digits have fewer never in practice
_PUBLIC_KEY = r"z6Mk[1-9A-HJ-NP-Za-km-z]{44}"
_SIZE = r"[1-9][0-9]{0,15}"
_FORMER_LEDGER = rf"\S+\+[0-9a-f]{{8}}\+[0-9A-Za-z+/]{{44}} {_SIZE} [0-9A-Za-z+/]{{43}}="
_HOST = re.compile(r"[a-z0-9.-]+(:[0-9]{1,5})?")


class BadSetting(ValueError):
    """An environment variable is missing, or holds a value that it cannot mean."""


def text(name: str, default: str | None = None) -> str:
    """The value of `name`; without a default it must be set and not empty. Raises
    BadSetting.
    """
    value = os.environ.get(name) or default
    if value is None:
        raise BadSetting(f"{name} is not set")
    return value


def boolean(name: str, default: bool) -> bool:
    value = os.environ.get(name, str(default))
    if value not in {"True", "False"}:
        raise BadSetting(f"Unexpected value {name}={value}, use 'True' or 'False'")
    return value == "True"


def integer(name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
    value = os.environ.get(name, str(default))
    digits = value.isascii() and value.isdigit() and len(value) < 20
    if not digits or int(value) < least or (most is not None and int(value) > most):
        bounds = f"from {least}" if most is None else f"from {least} to {most}"
        raise BadSetting(f"Unexpected value {name}={value}, use a whole number {bounds}")
    return int(value)


def limit(name: str, default: str) -> str:
    """So many requests in a time: `60/minute`. Raises BadSetting."""
    value = text(name, default)
    if not re.fullmatch(r"[1-9][0-9]{0,8}/(second|minute|hour|day)", value):
        raise BadSetting(f"Unexpected value {name}={value}, use a limit like '60/minute'")
    return value


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list; empty entries are dropped."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def origin(name: str, default: str) -> str:
    """The scheme and host (and port) of a site, without a path:
    `https://example.com`. Raises BadSetting.
    """
    value = text(name, default)
    parts = urlsplit(value)
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or value != f"{parts.scheme}://{parts.netloc}"
    ):
        raise BadSetting(
            f"Unexpected value {name}={value}, use 'https://host' without a path or a final slash"
        )
    return value


def host(name: str, default: str) -> str:
    """A host as a DID names it: host, or host:port, in lower case. Raises BadSetting."""
    value = text(name, default)
    if _HOST.fullmatch(value) is None:
        raise BadSetting(f"Unexpected value {name}={value}, use 'host' or 'host:port'")
    return value


def host_of(site: str) -> str:
    """The host of an origin, with its port unless it is the scheme's own: two installations
    on one machine have two hosts.
    """
    parts = urlsplit(site)
    own = {"http": 80, "https": 443}[parts.scheme]
    port = f":{parts.port}" if parts.port not in (None, own) else ""
    return f"{parts.hostname}{port}"


def secret(name: str, file: Path, *, make: bool = True) -> str:
    """The secret in `name`; else that in `file`, made with mode 600 (32 random bytes in
    hex) if `make` allows, else BadSetting is raised.
    """
    value = os.environ.get(name)
    if value:
        return value
    if not make:
        raise BadSetting(
            f"{name} is not set: an installation with its own database needs its own secrets"
        )
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32))
        try:
            os.link(draft, file)  # fails if another process got here first
        except FileExistsError:
            pass
        else:
            sys.stderr.write(
                f"{name} is not set: made {file}. Keep a copy of it in a safe place.\n"
            )
        finally:
            draft.unlink()
    return file.read_text()


def public_key(name: str) -> str:
    """A public key in multibase, or nothing. Raises BadSetting."""
    value = text(name, "")
    if value and not re.fullmatch(_PUBLIC_KEY, value):
        raise BadSetting(f"Unexpected value {name}={value}, use a public key 'z6Mk…'")
    return value


def former_keys(name: str, present: str) -> tuple[tuple[str, int], ...]:
    """Public keys and the number of ledger entries for which each is believed: `z6Mk… 4711`,
    by commas, the oldest first. Raises BadSetting, also for the `present` key.
    """
    former = tuple(
        (key, int(size))
        for key, size in _entries(name, rf"{_PUBLIC_KEY} {_SIZE}", "'z6Mk… SIZE, …'")
    )
    _check_order(name, [key for key, _ in former], [size for _, size in former], present)
    return former


def former_ledgers(name: str, present: str) -> tuple[tuple[str, int, str], ...]:
    """Verifier keys, last sizes and roots of former ledgers: `vkey 4711 root`, by commas, the
    oldest first. Raises BadSetting, also for the name of the `present` ledger.
    """
    ended = tuple(
        (vkey, int(size), root)
        for vkey, size, root in _entries(name, _FORMER_LEDGER, "'VKEY SIZE ROOT, …'")
    )
    names = [vkey.split("+")[0] for vkey, _, _ in ended]
    _check_order(name, names, [size for _, size, _ in ended], present)
    return ended


def _check_order(name: str, former: list[str], sizes: list[int], present: str) -> None:
    """Raise BadSetting unless all names differ, and no size is below the size before it."""
    if len({*former, present}) != len(former) + 1:
        raise BadSetting(f"{name} names the present one, or one of them twice: each has its own")
    if sizes != sorted(sizes):
        raise BadSetting(f"Unexpected value of {name}: the oldest comes first")


def _entries(name: str, form: str, shown: str) -> list[list[str]]:
    """The entries of a list by commas, each of this form, as its words."""
    entries = words(name)
    if not all(re.fullmatch(form, entry) for entry in entries):
        raise BadSetting(f"Unexpected value of {name}, use {shown}")
    return [entry.split(" ") for entry in entries]


def check_secrets(secrets: Mapping[str, str]) -> None:
    """Raise BadSetting, which names the variable and never its value, for a key that is
    not 64 hex digits, a secret that is short or hardly random, or two that are equal.
    """
    for name, value in secrets.items():
        if name != "SECRET_KEY" and not re.fullmatch(r"[0-9a-f]{64}", value):
            raise BadSetting(f"Unexpected value of {name}, use 64 hex digits in lower case")
        if len(value) < LEAST_SECRET or len(set(value)) < LEAST_VARIETY:
            raise BadSetting(f"Unexpected value of {name}, use `openssl rand -hex 32`")
    for first, second in itertools.combinations(secrets, 2):
        if secrets[first] == secrets[second]:
            raise BadSetting(f"{first} and {second} are the same secret: each needs its own")


def database(url: str) -> dict[str, str]:
    """Django's connection settings for `postgresql://user:password@host:port/name`, or
    `?host=/folder` for a socket. Raises BadSetting.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    if parts.scheme not in {"postgres", "postgresql"} or len(parts.path) < 2:
        shown = url if parts.password is None else url.replace(parts.password, "***")
        raise BadSetting(
            f"Unexpected value DATABASE_URL={shown}, "
            "use 'postgresql://user:password@host:port/name'"
        )
    return {
        "ENGINE": "config.database",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.get("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
    }


def redis(url: str) -> tuple[str, str]:
    """URLs of a server: as Celery's broker (database 0) and as Django's cache
    (database 1). Raises BadSetting.
    """
    parts = urlsplit(url)
    if parts.scheme == "unix" and parts.path and not parts.netloc:
        return f"redis+socket://{parts.path}?virtual_host=0", f"unix://{parts.path}?db=1"
    is_server = parts.scheme in {"redis", "rediss"} and parts.hostname and not parts.query
    if is_server and parts.path in {"", "/"}:
        base = url.rstrip("/")
        return f"{base}/0", f"{base}/1"
    raise BadSetting(
        "Unexpected value of REDIS_URL, "
        "use 'redis://:password@host:port' or 'unix:///folder/redis.sock'"
    )
