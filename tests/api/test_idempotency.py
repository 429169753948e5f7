"""F02: the same write sent twice is done once, and answered twice."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from provenance import tasks
from provenance.core import errors
from provenance.models import IdempotencyKey, Refusal
from provenance.services.record import idempotency
from provenance.services.record.idempotency import StoredAnswer


def run(
    write: object, key: str | None = "k1", *, scope: str = "api-key:a", request: str = "r1"
) -> StoredAnswer:
    return idempotency.run(write, scope=scope, key=key, request=request)  # type: ignore[arg-type]


class Writes:
    """A write that counts how often it was done, as rows."""

    def __call__(self) -> StoredAnswer:
        Refusal.objects.create(endpoint="test", code="counted")
        return StoredAnswer(201, f'{{"n": {Refusal.objects.count()}}}')


@pytest.mark.django_db
def test_the_same_request_gets_the_stored_answer() -> None:
    assert run(Writes()) == StoredAnswer(201, '{"n": 1}')
    assert run(Writes()) == StoredAnswer(201, '{"n": 1}', replayed=True)
    assert Refusal.objects.count() == 1


@pytest.mark.django_db
def test_another_request_with_the_same_key_is_a_mismatch() -> None:
    run(Writes())
    with pytest.raises(idempotency.IdempotencyMismatch):
        run(Writes(), request="r2")
    assert Refusal.objects.count() == 1


@pytest.mark.django_db
def test_keys_of_other_callers_are_other_keys() -> None:
    run(Writes())
    assert not run(Writes(), scope="api-key:b").replayed


@pytest.mark.django_db
def test_without_a_key_every_request_is_new() -> None:
    assert [run(Writes(), None).body for _ in range(2)] == ['{"n": 1}', '{"n": 2}']


@pytest.mark.django_db
def test_answers_are_purged_when_they_are_kept_no_longer() -> None:
    run(Writes(), "old")
    run(Writes(), "new")
    IdempotencyKey.objects.filter(key="old").update(
        created_at=timezone.now() - idempotency.KEPT - timedelta(minutes=1)
    )
    assert tasks.purge_answers() == 1
    assert [stored.key for stored in IdempotencyKey.objects.all()] == ["new"]
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert tasks.purge_answers.name in scheduled
    assert timedelta(days=7) == idempotency.KEPT, "as docs/api.md says"


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 256, "a\nb", "\0"])
def test_a_key_is_visible_ascii(key: str) -> None:
    with pytest.raises(errors.Malformed):
        run(Writes(), key)


@pytest.mark.django_db
def test_a_refused_write_leaves_the_key_free_and_its_refusals_behind() -> None:
    def refused() -> StoredAnswer:
        Refusal.objects.create(endpoint="test", code="malformed")
        raise errors.Malformed("no")

    with pytest.raises(errors.Malformed):
        run(refused)
    assert Refusal.objects.filter(code="malformed").count() == 1
    assert not IdempotencyKey.objects.exists()
    assert not run(Writes()).replayed


@pytest.mark.django_db
def test_a_crash_leaves_neither_the_write_nor_the_key() -> None:
    def crash() -> StoredAnswer:
        Writes()()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        run(crash)
    assert not Refusal.objects.exists()
    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_request_whose_twin_is_running_hears_so_and_later_gets_its_answer() -> None:
    started, go_on = threading.Event(), threading.Event()

    def slow() -> StoredAnswer:
        started.set()
        assert go_on.wait(30)
        return Writes()()

    def in_thread() -> StoredAnswer:
        try:
            return run(slow)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(in_thread)
        assert started.wait(30)
        with pytest.raises(idempotency.InProgress):
            run(Writes())
        go_on.set()
        assert not first.result(30).replayed
    assert run(Writes()).replayed
    assert Refusal.objects.count() == 1


def test_the_parts_of_a_request_cannot_run_into_each_other() -> None:
    assert idempotency.request_hash(b"ab", b"c") != idempotency.request_hash(b"a", b"bc")
