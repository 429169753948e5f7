"""Processes that capture at once: `python -m tests.faults.writers FILE` forks one for
each line of the file.

A line is a signed event. Each process has its own connection and waits for all the
others; then it prints what became of its event: the digest of the head that the refusal
names, and the code, or "stored".
"""

import multiprocessing
import sys
from multiprocessing.synchronize import Barrier
from pathlib import Path

import django


def write(raw: bytes, together: Barrier) -> None:
    """Capture one event together with the others."""
    from django.db import connection

    from provenance.services.record import capture

    connection.ensure_connection()
    together.wait(60)
    (outcome,) = capture.capture([raw], endpoint="faults")
    heads = {} if outcome.error is None else outcome.error.extra.get("heads", {})
    named = "".join(head["digest"] for head in heads.values())
    code = "stored" if outcome.error is None else outcome.error.code
    sys.stdout.write(f"{code} {named or outcome.digest}\n")
    sys.stdout.flush()


def main(file: str) -> None:
    """Fork, wait, and fail where one of them failed."""
    django.setup()
    raws = Path(file).read_bytes().splitlines()
    context = multiprocessing.get_context("fork")
    together = context.Barrier(len(raws))
    running = [context.Process(target=write, args=(raw, together)) for raw in raws]
    for process in running:
        process.start()
    for process in running:
        process.join(90)
    sys.exit(max(abs(process.exitcode or 0) for process in running))


if __name__ == "__main__":
    main(sys.argv[1])
