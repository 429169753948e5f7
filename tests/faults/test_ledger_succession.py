"""The ledger's key is stolen (F14): the ledger is frozen, the next begins with its entries under
another name and key, and a trust file says up to where the old key is believed.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from config import env
from provenance.core import errors
from provenance.core.check import bundle, trust
from provenance.core.check.result import Verdict
from provenance.core.check.trust import Trust
from provenance.core.ledger import merkle, note, proof, tree_head
from provenance.core.record.vocabulary import Act
from provenance.core.signing import canonical, keys
from provenance.models import TreeHead
from provenance.services import ledger
from provenance.services.check import verification
from provenance.services.ledger import compare, fsck
from provenance.services.ledger.ledger import open_ledger
from tests import soundness
from tests.captured import Captured
from tests.core.check.checking import codes, failed
from tests.faults import killing_command

SEEDS = [hashlib.sha256(name).hexdigest() for name in (b"second", b"third")]


def run(environment: Mapping[str, str], *arguments: str, at: str = "") -> Any:
    """A command in a process of its own, which kills itself `at` a step."""
    started = ("-m", "tests.faults.killing_command") if at else ("manage.py",)
    return subprocess.run(
        [sys.executable, *started, *arguments],
        env={**environment, "AT": at},
        start_new_session=True,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def frozen(environment: Mapping[str, str]) -> str:
    """The setting that the command says."""
    done = run(environment, "freeze_ledger")
    assert done.returncode == 0, done.stderr
    return str(done.stdout).split("CUSTOS_LEDGER_FORMER=")[1].strip()


def next_ledger(
    settings: Settings, environment: Mapping[str, str], former: str, number: int = 0
) -> dict[str, str]:
    """Settings with another name and key, which begin with the entries of the `former`."""
    name = f"{settings.CUSTOS_DID_HOST}/ledger/{number + 2}"
    changed = {
        "CUSTOS_LEDGER_ORIGIN": name,
        "CUSTOS_LEDGER_KEY": SEEDS[number],
        "CUSTOS_LEDGER_FORMER": former,
    }
    settings.CUSTOS_LEDGER_ORIGIN, settings.CUSTOS_LEDGER_KEY = name, SEEDS[number]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUSTOS_LEDGER_FORMER", former)
        settings.CUSTOS_LEDGER_FORMER = env.former_ledgers("CUSTOS_LEDGER_FORMER", name)
    return {**environment, **changed}


def served() -> Trust:
    return trust.parse_file(Client().get("/ledger/trust.json").content)


def signed_by_the_thief(held: dict[str, Any], signer: note.Signer) -> dict[str, Any]:
    """The bundle once more, every event under a head of the stolen key that has only these."""
    entries = held["records"]
    leaves = [merkle.leaf_hash(bytes.fromhex(digest_of(entry["document"]))) for entry in entries]
    leaves += [bytes(32)] * 1000
    head = tree_head.TreeHead(signer.name, len(leaves), merkle.root(leaves))
    signed = tree_head.sign(head, signer)
    proofs = [
        proof.Proof(index, tuple(merkle.prove_inclusion(leaves, index)), signed).format().decode()
        for index in range(len(entries))
    ]
    records = [{**entry, "proof": text} for entry, text in zip(entries, proofs, strict=True)]
    return {**held, "records": records}


def digest_of(document: Mapping[str, Any]) -> str:
    return canonical.digest(canonical.serialize(dict(document)))


def test_the_drill(process_env: dict[str, str], settings: Settings, tmp_path: Path) -> None:
    world = Captured()
    soundness.store(300)
    uri = world.item("A1")
    world.act(world.maker, Act.COMMISSION, uri)
    ledger.anchor_pending()
    early = dict(verification.bundle_for(uri))
    soundness.store(20)
    ledger.anchor_pending()
    old, before, thief = dict(verification.bundle_for(uri)), served(), open_ledger().signer
    forged = signed_by_the_thief(old, thief)
    assert bundle.check(forged, before, now=timezone.now()).verdict is Verdict.RECORDS_CHECK_OUT

    former = frozen(process_env)
    last = TreeHead.objects.latest("size")
    soundness.store(15)  # they wait
    refused = run(process_env, "anchor")
    assert "ledger-frozen" in refused.stderr
    assert Client().get("/health").json()["ledger"]["state"] == "frozen"
    assert "This ledger has ended" in Client().get("/ledger/").content.decode()
    assert frozen(process_env) == former

    changed = next_ledger(settings, process_env, former)
    assert verification.check(uri).verdict is Verdict.RECORDS_CHECK_OUT  # not begun yet
    done = run(changed, "anchor")
    assert done.returncode == 0, done.stderr
    head = TreeHead.objects.latest("size")
    assert (head.size, Client().get("/health").json()["ledger"]["state"]) == (last.size + 15, "ok")
    begun = open_ledger()
    assert root_at(last.size).hex() == last.root
    assert begun.open_head(begun.files.published(), "").origin.endswith("/ledger/2")
    assert run(changed, "fsck").returncode == 0
    soundness.assert_ledger_sound()

    assert f"<code>{thief.name}</code> {last.size}" in Client().get("/ledger/").content.decode()
    roots = served()
    assert roots.former_ledgers[0].size == last.size
    for held in (old, dict(verification.bundle_for(uri))):
        result = bundle.check(held, roots, now=timezone.now())
        assert (result.verdict, codes(result)) == (Verdict.RECORDS_CHECK_OUT, set())
    assert codes(bundle.check(early, roots, now=timezone.now())) == {"former-tree-head"}
    assert failed(bundle.check(forged, roots, now=timezone.now())) == (6, "former-ledger-ended")
    assert checked_by_command(tmp_path, forged, roots, uri) == "BROKEN_RECORD"
    assert checked_by_command(tmp_path, old, roots, uri) == "RECORDS_CHECK_OUT"

    # The old settings sign nothing any more.
    assert run(process_env, "anchor").returncode == 1
    again = next_ledger(settings, changed, frozen(changed), 1)
    assert run(again, "anchor").returncode == 0
    soundness.assert_ledger_sound()
    assert len(served().former_ledgers) == 2


def root_at(size: int) -> bytes:
    """The root that the ledger of now had at `size`, from its tiles."""
    begun = open_ledger()
    head = begun.open_head(begun.lock.load(), "the lock store")
    return merkle.root_from(compare.read_tiles(begun, head).read, size)


def checked_by_command(folder: Path, held: dict[str, Any], roots: Trust, uri: str) -> str:
    """The answer of the core's command, with the trust file of now."""
    (folder / "bundle.json").write_bytes(bundle.format(held))
    (folder / "trust.json").write_bytes(trust.format(roots))
    done = subprocess.run(
        [sys.executable, "-m", "provenance.core", "bundle.json", "--trust", "trust.json",
         "--expect", uri, "--json"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )  # fmt: skip
    return str(json.loads(done.stdout)["answer"])


@pytest.mark.parametrize("step", killing_command.FREEZING)
def test_a_freeze_that_is_killed_is_run_again(
    process_env: dict[str, str], settings: Settings, step: str
) -> None:
    soundness.store(20)
    ledger.anchor_pending()
    assert run(process_env, "freeze_ledger", at=step).returncode == -9
    soundness.assert_ledger_sound()
    former = frozen(process_env)
    soundness.store(5)
    assert run(next_ledger(settings, process_env, former), "anchor").returncode == 0
    soundness.assert_all_anchored(25)


AFTER_THE_LAST = {"published, partial tiles left", "anchored, not acknowledged"}


@pytest.mark.parametrize("step", killing_command.BEGINNING)
def test_a_change_that_is_killed_at_any_step_is_run_again(
    process_env: dict[str, str], settings: Settings, step: str
) -> None:
    soundness.store(200)
    ledger.anchor_pending()
    soundness.store(400)
    changed = next_ledger(settings, process_env, frozen(process_env))
    assert run(changed, "anchor", at=step).returncode == -9
    soundness.assert_ledger_sound()
    done = run(changed, "anchor")
    assert done.returncode == 0, done.stderr
    soundness.assert_all_anchored(600)
    assert served().former_ledgers[0].size == 200


@pytest.mark.django_db
@pytest.mark.parametrize("fault", ["not frozen", "another size", "no former ledger"])
def test_settings_that_do_not_fit_begin_nothing(settings: Settings, fault: str) -> None:
    soundness.store(20)
    ledger.anchor_pending()
    ended = ledger.freeze() if fault != "not frozen" else None
    begun = open_ledger()
    head = begun.open_head(begun.lock.load(), "the lock store")
    size = head.size + (1 if fault == "another size" else 0)
    entry = (begun.signer.verifier.vkey(), size, note.encode_base64(head.root))
    settings.CUSTOS_LEDGER_ORIGIN, settings.CUSTOS_LEDGER_KEY = "other.example/2", SEEDS[0]
    settings.CUSTOS_LEDGER_FORMER = () if fault == "no former ledger" else (entry,)
    kept = open_ledger().lock.load()
    with pytest.raises(errors.LogInconsistent):
        ledger.anchor_pending()
    assert open_ledger().lock.load() == kept
    assert ended is None or ended.size == head.size


@pytest.mark.django_db
def test_an_end_that_the_entries_do_not_have_is_found_by_fsck(settings: Settings) -> None:
    soundness.store(20)
    ledger.anchor_pending()
    ended = ledger.freeze()
    assert ended is not None
    settings.CUSTOS_LEDGER_ORIGIN, settings.CUSTOS_LEDGER_KEY = "other.example/2", SEEDS[0]
    vkey, root = ended.verifier.vkey(), note.encode_base64(ended.root)
    settings.CUSTOS_LEDGER_FORMER = ((vkey, ended.size, root),)
    ledger.anchor_pending()
    fsck.check()
    older = note.Signer("older.example/ledger", keys.generate(bytes(32))).verifier.vkey()
    settings.CUSTOS_LEDGER_FORMER = ((older, 7, root), (vkey, ended.size, root))
    with pytest.raises(fsck.FirstFault) as caught:
        fsck.check()
    assert caught.value.where == "end of older.example/ledger"


def test_a_worker_that_still_has_the_stolen_key_signs_nothing(process_env: dict[str, str]) -> None:
    """Frozen while it was about to sign: the lock store takes no head of that key."""
    soundness.store(20)
    ledger.anchor_pending()
    begun = open_ledger()
    kept = begun.lock.load()
    signed = tree_head.sign(tree_head.TreeHead(begun.origin, 21, bytes(32)), begun.signer)
    frozen(process_env)
    with pytest.raises(errors.LedgerFrozen):
        begun.lock.swap(kept, signed)
