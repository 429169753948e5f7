"""manage.py registrar_keys: how the registrar's keys stand, and the settings that fit."""

from typing import Any

from django.core.management.base import BaseCommand, OutputWrapper

from provenance.services.registry import succession


class Command(BaseCommand):
    help = "Say which key of the registrar's is pinned, signs here and is in force."

    def handle(self, *_args: Any, **_options: Any) -> None:
        show(self.stdout)


def show(out: OutputWrapper) -> None:
    """Write a line for each fact, and the settings with which the key in force is pinned."""
    now = succession.standing()
    line = now.succession
    out.write(f"pinned: {now.root}{'' if now.is_first else ', and others came before it'}")
    out.write(f"signs here: {now.signing}{'' if now.in_force else ', which is not in force'}")
    out.write(f"in force: {line.current}")
    for key in line.recovery:
        out.write(f"recovery key: {key}")
    out.write(f"to leave it pinned: CUSTOS_REGISTRAR_ROOT={now.root}")
    if len(now.former) == len(line.ended):
        former = ",".join(f"{key} {size}" for key, size in now.former)
        out.write(f"to pin the key in force: CUSTOS_REGISTRAR_ROOT={line.current}")
        out.write(f"and with it: CUSTOS_REGISTRAR_FORMER={former}")
    else:
        out.write("to pin the key in force: the end of the key before it is not in the ledger yet")
