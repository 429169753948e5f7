"""Reading the codes in a photo that a stranger sent.

The size is known before anything is decoded: bytes by the endpoint, pixels from the
picture's header. Only formats that a phone camera writes are opened, by their own
decoder, and the picture goes no further than this function.
"""

import warnings
from typing import IO, Final

import zxingcpp
from PIL import Image, ImageOps, UnidentifiedImageError

from provenance.core import errors

MOST_BYTES: Final = 8 * 1024 * 1024
MOST_PIXELS: Final = 40_000_000
FORMATS: Final = ("JPEG", "PNG", "WEBP")
MOST_CODES: Final = 20
LONG_SIDE: Final = 3_000  # pixels: more only costs time


def codes(file: IO[bytes], size: int) -> list[str]:
    """The texts of the codes in a photo of `size` bytes. Raises TooLarge, or Malformed
    for what is no such photo.
    """
    if size > MOST_BYTES:
        raise errors.TooLarge(f"expected at most {MOST_BYTES} bytes, got {size}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=FORMATS) as image:
                width, height = image.size
                if width * height > MOST_PIXELS:
                    raise errors.TooLarge(
                        f"expected at most {MOST_PIXELS} pixels, got {width} × {height}"
                    )
                image.draft("L", (LONG_SIDE, LONG_SIDE))
                grey = ImageOps.exif_transpose(image).convert("L")
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
    ) as error:
        raise errors.Malformed("expected a JPEG, PNG or WebP picture") from error
    grey.thumbnail((LONG_SIDE, LONG_SIDE))
    barcodes = zxingcpp.read_barcodes(grey)
    return [code.text for code in barcodes[:MOST_CODES] if code.text]
