"""The check behind the pages, on real rows and real tiles: whatever was altered, it is
never green.
"""

import subprocess
import sys
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from psycopg import sql
from pytest_django import DjangoAssertNumQueries, Settings

from provenance.core import errors
from provenance.core.check import bundle, trust
from provenance.core.check.loop import LoopState
from provenance.core.check.result import Verdict
from provenance.core.record.vocabulary import Act
from provenance.models import ChainLink, Event, TreeHead
from provenance.services import ledger
from provenance.services.check import verification
from tests import captured
from tests.captured import Story
from tests.cast import ITEM, LOT, PALLET

pytestmark = pytest.mark.django_db
GREEN = frozenset({Verdict.RECORDS_CHECK_OUT, Verdict.ENDED})
EXAMPLES = hypothesis_settings(max_examples=60, deadline=None)


class Undo(Exception):
    """Ends a savepoint, so that the next example finds the database as it was."""


def with_altered_row(table: str, column: str, value: str | int | uuid.UUID, id_: uuid.UUID) -> None:
    """Look while a superuser has altered a row behind the triggers' back."""
    alter = sql.SQL("UPDATE {} SET {} = %s WHERE id = %s").format(
        sql.Identifier(table), sql.Identifier(column)
    )
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(alter, [value, id_])
            assert cursor.rowcount == 1
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")
            never_green()
            raise Undo  # noqa: TRY301  the way out of a savepoint
    except Undo:
        pass


def never_green() -> None:
    result = verification.check(ITEM)
    assert result.verdict not in GREEN, result.steps


def flipped(text: str, data: st.DataObject) -> str:
    """`text` with one bit of one character flipped; what comes out is text that
    PostgreSQL takes.
    """
    place = data.draw(st.integers(0, len(text) - 1))
    bit = data.draw(st.sampled_from([1 << n for n in range(7) if ord(text[place]) != 1 << n]))
    return text[:place] + chr(ord(text[place]) ^ bit) + text[place + 1 :]


def test_one_flipped_bit_of_a_stored_event_is_never_green(kept: Story) -> None:
    rows = list(Event.objects.values_list("id", "document", "digest"))
    assert len(rows) == len(kept.events)

    @EXAMPLES
    @given(st.data())
    def run(data: st.DataObject) -> None:
        id_, document, digest = data.draw(st.sampled_from(rows))
        column, text = data.draw(st.sampled_from([("document", document), ("digest", digest)]))
        with_altered_row("provenance_event", column, flipped(text, data), id_)

    run()


@pytest.mark.usefixtures("kept")
def test_one_flipped_bit_of_a_link_is_never_green() -> None:
    rows = list(ChainLink.objects.values_list("id", "position", "previous"))
    with connection.cursor() as cursor:  # else the database itself refuses most of these
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for name in (
            "one_event_per_position",
            "one_successor_per_event",
            "only_the_first_has_no_previous",
        ):
            drop = sql.SQL("ALTER TABLE provenance_chainlink DROP CONSTRAINT {}").format(
                sql.Identifier(name)
            )
            cursor.execute(drop)

    @EXAMPLES
    @given(st.data())
    def run(data: st.DataObject) -> None:
        id_, position, previous = data.draw(st.sampled_from(rows))
        column: str = "position"
        value: str | int = position ^ 1 << data.draw(st.integers(0, 30))
        if previous is not None and data.draw(st.booleans()):
            column, value = "previous", flipped(previous, data)
        with_altered_row("provenance_chainlink", column, value, id_)

    run()


@pytest.mark.usefixtures("kept")
def test_one_flipped_bit_of_a_tree_head_is_never_green() -> None:
    row = TreeHead.objects.get()

    @EXAMPLES
    @given(st.data())
    def run(data: st.DataObject) -> None:
        column, text = data.draw(st.sampled_from([("note", row.note), ("root", row.root)]))
        with_altered_row("provenance_treehead", column, flipped(text, data), row.id)

    run()


@pytest.mark.usefixtures("kept")
def test_one_flipped_bit_of_a_file_of_the_ledger_is_never_green(settings: Settings) -> None:
    files = sorted(path for path in Path(settings.CUSTOS_LEDGER_DIR).rglob("*") if path.is_file())
    assert {path.name for path in files} >= {"checkpoint"}

    @EXAMPLES
    @given(st.data())
    def run(data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(files))
        raw = path.read_bytes()
        place = data.draw(st.integers(0, len(raw) - 1))
        path.write_bytes(
            raw[:place] + bytes([raw[place] ^ 1 << data.draw(st.integers(0, 7))]) + raw[place + 1 :]
        )
        try:
            never_green()
        finally:
            path.write_bytes(raw)

    run()


@pytest.mark.usefixtures("kept")
def test_a_link_that_was_moved_away_is_never_green() -> None:
    for id_ in ChainLink.objects.filter(subject__uri__in=[ITEM, PALLET]).values_list(
        "id", flat=True
    ):
        with_altered_row("provenance_chainlink", "subject_id", uuid.uuid4(), id_)


def test_what_was_never_registered_is_neither_broken_nor_our_fault() -> None:
    result = verification.check(ITEM)
    assert (result.verdict, result.reasons[0].code) == (Verdict.NOT_REGISTERED, "unknown-subject")
    with pytest.raises(errors.UnknownSubject) as refused:
        verification.bundle_for(ITEM)
    assert refused.value.code == "unknown-subject"


@pytest.mark.usefixtures("kept")
def test_files_that_are_gone_are_our_fault_and_say_nothing_of_the_goods(settings: Settings) -> None:
    Path(settings.CUSTOS_LEDGER_DIR).rename(Path(settings.CUSTOS_LEDGER_DIR).with_name("elsewhere"))
    assert verification.check(ITEM).verdict is Verdict.CANNOT_CHECK_NOW


@pytest.mark.usefixtures("kept")
def test_a_table_that_is_gone_is_our_fault() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE provenance_chainlink RENAME TO elsewhere")
    result = verification.check(ITEM)
    assert (result.verdict, result.reasons[0].code) == (Verdict.CANNOT_CHECK_NOW, "unavailable")


def test_accepted_but_not_anchored_needs_a_look_and_is_not_broken() -> None:
    story = captured.story()
    story.keep()
    story.act(story.maker, Act.COMMISSION, ITEM)
    story.keep(anchor=False)
    result = verification.check(ITEM)
    assert result.verdict is Verdict.CHECK_NEEDED
    assert [reason.code for reason in result.reasons] == ["not-anchored"]
    assert result.history[0].index is None
    ledger.anchor_pending()
    assert verification.check(ITEM).verdict is Verdict.RECORDS_CHECK_OUT


def test_a_handoff_that_nobody_answers_needs_a_look_after_three_days() -> None:
    story = captured.story()
    story.act(story.maker, Act.COMMISSION, ITEM)
    story.hand_over(story.maker, story.carrier, ITEM, accept=False)
    story.keep()
    for days, expected in ((2, Verdict.RECORDS_CHECK_OUT), (4, Verdict.CHECK_NEEDED)):
        assert verification.check(ITEM, now=story.clock + timedelta(days=days)).verdict is expected


@pytest.mark.usefixtures("kept")
def test_the_bundle_checks_without_database_or_django(tmp_path: Path) -> None:
    file, roots = tmp_path / "bundle.json", tmp_path / "trust.json"
    file.write_bytes(bundle.format(verification.bundle_for(ITEM)))
    roots.write_bytes(trust.format(verification.trust()))
    command = [sys.executable, "-m", "provenance.core", str(file), "--trust", str(roots)]
    done = subprocess.run(
        [*command, "--expect", ITEM],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "RECORDS_CHECK_OUT"), done.stdout


def test_a_longer_chain_takes_no_more_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    story = captured.story()
    story.act(story.maker, Act.COMMISSION, ITEM)
    story.keep()
    with connection.execute_wrapper(_Counter()) as _:
        pass
    counter = _Counter()
    with connection.execute_wrapper(counter):
        verification.check(ITEM)
    for _ in range(20):
        story.act(story.maker, Act.OBSERVE, ITEM, after=timedelta(minutes=1))
    story.keep()
    with django_assert_num_queries(counter.count):
        assert len(verification.check(ITEM).history) == 21


def test_a_record_that_rode_in_nothing_is_gathered_with_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    story = captured.story()
    story.act(story.maker, Act.COMMISSION, ITEM)
    story.keep()
    with django_assert_num_queries(1):  # the newest tree head included
        assert verification.check(ITEM).verdict is Verdict.RECORDS_CHECK_OUT


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("uri", [ITEM, PALLET])
def test_what_was_checked_is_what_the_bundle_holds(uri: str) -> None:
    now = timezone.now()
    answer = verification.checked(uri, now=now)
    held = bundle.parse(bundle.format(verification.evidence(answer)))
    assert bundle.check(held, verification.trust(), now=now) == answer.result


class _Counter:
    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute: Callable[..., object], *arguments: object) -> object:
        self.count += 1
        return execute(*arguments)


@pytest.mark.usefixtures("kept")
def test_the_loop_of_a_pallet_is_open_and_of_its_item_closed() -> None:
    loops = [verification.check(uri).loop for uri in (ITEM, PALLET, LOT)]
    states = [loop and loop.state for loop in loops]
    assert states == [LoopState.CLOSED, LoopState.OPEN, None]


@pytest.mark.usefixtures("kept")
def test_several_readings_of_a_code_lead_to_the_one_on_record() -> None:
    assert verification.checked(LOT, ITEM).result.subject == ITEM
    assert verification.checked(LOT).result.verdict is Verdict.NOT_REGISTERED
