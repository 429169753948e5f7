"""The random share: a number for each declaration that its authority can compute again, and
nobody without the key can guess.

The number depends on authority and declaration number alone, so no amendment draws again.
"""

import hmac
from hashlib import sha256
from typing import Final

from customs.risk.policy import WHOLE_SHARE

_SPACE: Final = b"custos/customs/random-share/v1"


def number(key: bytes, authority: str, declaration: str) -> int:
    """The draw of a declaration, from 0 to 9,999: HMAC-SHA-256 under `key`, its first 8 bytes
    as a fraction. A declaration is drawn where that is below the random share.
    """
    text = f"{authority}\x1f{declaration}".encode()
    digest = hmac.digest(key, _SPACE + b"\x1f" + text, sha256)
    return int.from_bytes(digest[:8], "big") * WHOLE_SHARE >> 64
