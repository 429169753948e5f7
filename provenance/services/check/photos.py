"""Reading the codes in a photo that a stranger sent.

Its size is known before anything is opened, and `decoder` opens it: in a process of its
own, with limits of CPU, memory and time. The picture goes no further than that.
"""

import json
import subprocess
import sys
from threading import BoundedSemaphore
from typing import IO, Any, Final

from provenance.core import errors
from provenance.services.check import decoder

MOST_BYTES: Final = 8 * 1024 * 1024
SECONDS: Final = 10  # by the clock, where the decoder's CPU is not its own
MOST_AT_ONCE: Final = 2  # decoders of one web process
PATIENCE: Final = 2  # seconds that a photo waits for one of them

_decoders = BoundedSemaphore(MOST_AT_ONCE)


class TooManyPhotos(Exception):
    """All decoders have photos to read already."""


def codes(file: IO[bytes], size: int) -> list[str]:
    """The texts of the codes in a photo of `size` bytes. Raises Malformed for what is no
    such photo, TooLarge, also for a photo that takes more than the decoder may, and TooManyPhotos.
    """
    if size > MOST_BYTES:
        raise errors.TooLarge(f"expected at most {MOST_BYTES} bytes, got {size}")
    if not _decoders.acquire(timeout=PATIENCE):
        raise TooManyPhotos
    try:
        answer = _answer(file.read(MOST_BYTES))
    finally:
        _decoders.release()
    if "too_large" in answer:
        raise errors.TooLarge(answer["too_large"])
    if "malformed" in answer:
        raise errors.Malformed(answer["malformed"])
    return [str(text) for text in answer["codes"]]


def _answer(raw: bytes) -> dict[str, Any]:
    """The decoder's answer. Raises TooLarge where it crossed a limit."""
    command = [sys.executable, "-I", decoder.__file__]
    try:
        done = subprocess.run(
            command, input=raw, env={}, capture_output=True, timeout=SECONDS, check=True
        )
    except subprocess.SubprocessError as error:
        raise errors.TooLarge("the photo takes too much to decode") from error
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
