"""The process that opens a stranger's photo, apart from ours: a picture on standard input,
the texts of its codes in JSON on standard output.

Pixels are known from the picture's header, and the time that a decoder takes for them is
not: a progressive JPEG of 8 MB has scans for minutes. So the system ends this process at a
limit of CPU or memory. It imports nothing of ours, and is given no environment: whatever
breaks the decoder finds no key here.
"""

import io
import json
import resource
import sys
import warnings
from typing import Final

import zxingcpp
from PIL import Image, ImageOps, UnidentifiedImageError

SECONDS: Final = 5  # of CPU
MEMORY: Final = 1 << 30
MOST_PIXELS: Final = 40_000_000
FORMATS: Final = ("JPEG", "PNG", "WEBP")  # what a phone camera writes
MOST_CODES: Final = 20
LONG_SIDE: Final = 3_000  # pixels: more only costs time


class TooManyPixels(Exception):
    """The picture's header names more pixels than are decoded."""


class NoPicture(Exception):
    """The bytes are no picture of a format that is opened."""


def codes(raw: bytes) -> list[str]:
    """The texts of the codes in a picture. Raises TooManyPixels, NoPicture."""
    grey = _grey(raw)
    grey.thumbnail((LONG_SIDE, LONG_SIDE))
    return [code.text for code in zxingcpp.read_barcodes(grey)[:MOST_CODES] if code.text]


def _grey(raw: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(raw), formats=FORMATS) as image:
                width, height = image.size
                if width * height > MOST_PIXELS:
                    raise TooManyPixels(f"at most {MOST_PIXELS} pixels, got {width} × {height}")
                image.draft("L", (LONG_SIDE, LONG_SIDE))
                return ImageOps.exif_transpose(image).convert("L")
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
    ) as error:
        raise NoPicture("expected a JPEG, PNG or WebP picture") from error


def main() -> None:
    """Answer for the picture on standard input."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        answer: dict[str, object] = {"codes": codes(sys.stdin.buffer.read())}
    except TooManyPixels as error:
        answer = {"too_large": str(error)}
    except NoPicture as error:
        answer = {"malformed": str(error)}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
