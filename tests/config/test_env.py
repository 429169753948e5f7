"""A setting that cannot be meant stops the start."""

import secrets
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from config import env

KEYS = [f"z6Mk{'k' * 43}{letter}" for letter in "abc"]
VKEY, ROOT = f"old.example+0d4bc0e9+{'A' * 44}", f"{'A' * 43}="


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        pytest.param("DEBUG", "yes", lambda: env.boolean("DEBUG", False), id="boolean-word"),
        pytest.param("DEBUG", "", lambda: env.boolean("DEBUG", False), id="boolean-empty"),
        pytest.param("PORT", "80 00", lambda: env.integer("PORT", 1), id="integer-with-space"),
        pytest.param("PORT", "-1", lambda: env.integer("PORT", 1), id="integer-negative"),
        pytest.param("PORT", "٣", lambda: env.integer("PORT", 1), id="integer-not-ascii"),
        pytest.param("PORT", "0", lambda: env.integer("PORT", 1, least=1), id="integer-too-small"),
        pytest.param("MOST", "9", lambda: env.limit("MOST", "1/day"), id="limit-without-time"),
        pytest.param("MOST", "0/day", lambda: env.limit("MOST", "1/day"), id="limit-of-none"),
        pytest.param("HERE", "", lambda: env.text("HERE"), id="text-missing"),
        pytest.param(
            "HERE", "example.com", lambda: env.origin("HERE", "x"), id="origin-without-scheme"
        ),
        pytest.param(
            "HERE", "https://a.example/", lambda: env.origin("HERE", "x"), id="origin-with-slash"
        ),
        *(
            pytest.param("HERE", value, lambda: env.host("HERE", "x"), id=f"host-{value}")
            for value in ("https://a.example", "a.example:", "A.example", "[::1]", "a%3A1", "a:1:2")
        ),
        *(
            pytest.param(
                "HERE", value, lambda: env.former_keys("HERE", KEYS[0]), id=f"former-{name}"
            )
            for name, value in {
                "no-size": KEYS[1],
                "size-of-none": f"{KEYS[1]} 0",
                "no-key": "z6Mk 7",
                "present": f"{KEYS[0]} 7",
                "twice": f"{KEYS[1]} 7,{KEYS[1]} 8",
                "order": f"{KEYS[1]} 8,{KEYS[2]} 7",
            }.items()
        ),
        *(
            pytest.param(
                "HERE", value, lambda: env.former_ledgers("HERE", "a.example"), id=f"ledger-{name}"
            )
            for name, value in {
                "no-root": f"{VKEY} 7",
                "bad-root": f"{VKEY} 7 AAAA",
                "present": f"{VKEY.replace('old', 'a')} 7 {ROOT}",
                "twice": f"{VKEY} 7 {ROOT},{VKEY} 8 {ROOT}",
            }.items()
        ),
        pytest.param("HERE", "z6Mk0", lambda: env.public_key("HERE"), id="key-not-base58"),
        pytest.param(
            "HERE", "", lambda: env.secret("HERE", Path("unused"), make=False), id="secret-missing"
        ),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, read: Callable[[], object]
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(env.BadSetting, match=name):
        read()


def test_former_keys_and_ledgers_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYS", f"{KEYS[1]} 7, {KEYS[2]} 7")
    assert env.former_keys("KEYS", KEYS[0]) == ((KEYS[1], 7), (KEYS[2], 7))
    monkeypatch.setenv("LEDGERS", f"{VKEY} 7 {ROOT}")
    assert env.former_ledgers("LEDGERS", "a.example") == ((VKEY, 7, ROOT),)
    assert env.former_ledgers("NONE", "a.example") == ()
    assert env.former_keys("NONE", "") == ()
    monkeypatch.setenv("KEY", KEYS[0])
    assert (env.public_key("KEY"), env.public_key("NONE")) == (KEYS[0], "")


def test_the_message_says_what_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEBUG", "yes")
    with pytest.raises(
        env.BadSetting, match=r"^Unexpected value DEBUG=yes, use 'True' or 'False'$"
    ):
        env.boolean("DEBUG", False)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://custos.example", "custos.example"),
        ("https://custos.example:443", "custos.example"),
        ("http://custos.example:80", "custos.example"),
        ("https://custos.example:8443", "custos.example:8443"),
        ("http://custos.example:443", "custos.example:443"),
        ("http://Localhost:8000", "localhost:8000"),
    ],
)
def test_the_host_of_an_origin_keeps_its_port(origin: str, host: str) -> None:
    assert env.host_of(origin) == host
    assert env.host("NOBODY_SETS_THIS", host) == host


def test_a_made_secret_is_private_and_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "deep" / "a.key"
    secret = env.secret("NOBODY_SETS_THIS", file)
    assert len(bytes.fromhex(secret)) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "NOBODY_SETS_THIS" in capsys.readouterr().err
    assert env.secret("NOBODY_SETS_THIS", file) == secret
    assert [path.name for path in file.parent.iterdir()] == ["a.key"]


@pytest.mark.parametrize(
    ("url", "host", "name", "password"),
    [
        ("postgresql://u:p%40ss@db:5433/custos", "db", "custos", "p@ss"),
        ("postgresql://u@/custos?host=%2Ftmp%2Frun", "/tmp/run", "custos", ""),
    ],
    ids=["tcp", "socket"],
)
def test_a_database_url_is_read(url: str, host: str, name: str, password: str) -> None:
    database = env.database(url)
    assert (database["HOST"], database["NAME"], database["PASSWORD"]) == (host, name, password)


@pytest.mark.parametrize(
    "url", ["sqlite:///x.db", "postgresql://u:secret@host", "postgresql://u:secret@host/"]
)
def test_another_database_is_refused_without_showing_its_password(url: str) -> None:
    with pytest.raises(env.BadSetting) as caught:
        env.database(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "broker", "cache"),
    [
        (
            "unix:///run/r.sock",
            "redis+socket:///run/r.sock?virtual_host=0",
            "unix:///run/r.sock?db=1",
        ),
        ("redis://:pw@redis:6379", "redis://:pw@redis:6379/0", "redis://:pw@redis:6379/1"),
    ],
    ids=["socket", "tcp"],
)
def test_one_redis_is_broker_and_cache(url: str, broker: str, cache: str) -> None:
    assert env.redis(url) == (broker, cache)


@pytest.mark.parametrize(
    "url", ["redis:///", "http://redis", "redis://redis/3", "unix://redis.sock"]
)
def test_another_redis_url_is_refused(url: str) -> None:
    with pytest.raises(env.BadSetting):
        env.redis(url)


GOOD = {name: secrets.token_hex(32) for name in ("CUSTOS_LEDGER_KEY", "CUSTOS_REGISTRAR_KEY")}


def test_good_secrets_are_taken() -> None:
    env.check_secrets(GOOD | {"SECRET_KEY": secrets.token_urlsafe(24)})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("CUSTOS_LEDGER_KEY", "ab" * 31, id="too short"),
        pytest.param("CUSTOS_LEDGER_KEY", "none", id="none"),
        pytest.param("CUSTOS_LEDGER_KEY", secrets.token_hex(32)[:-1] + "g", id="not hex"),
        pytest.param("CUSTOS_LEDGER_KEY", secrets.token_hex(32) + "\n", id="line feed"),
        pytest.param("CUSTOS_LEDGER_KEY", "0" * 64, id="not random"),
        pytest.param("CUSTOS_LEDGER_KEY", GOOD["CUSTOS_REGISTRAR_KEY"], id="used twice"),
        pytest.param("SECRET_KEY", "short", id="short secret"),
        pytest.param("SECRET_KEY", "a" * 50, id="secret that is not random"),
    ],
)
def test_a_bad_secret_is_refused_by_name_and_not_shown(name: str, value: str) -> None:
    with pytest.raises(env.BadSetting, match=name) as refused:
        env.check_secrets(GOOD | {name: value})
    assert value.strip() not in str(refused.value)
