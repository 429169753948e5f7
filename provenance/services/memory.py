"""Values that a process has worked out, remembered by their keys within a bound."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class BoundedMemory(Generic[K, V]):
    """Values of at most `most` together, each counted as the size it is kept with; the last
    used are kept longest. Threads share it, and nobody may change a value that it gives.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """The value with this key, if it is here."""
        with self._lock:
            kept = self._values.get(key)
            if kept is None:
                return None
            self._values.move_to_end(key)
            return kept[0]

    def keep(self, key: K, value: V, size: int = 1) -> V:
        """Keep a value, and return it, or the value that another thread kept before."""
        with self._lock:
            kept = self._values.setdefault(key, (value, size))
            if kept[0] is not value:
                return kept[0]
            self._held += size
            while self._held > self._most:
                _, (_, freed) = self._values.popitem(last=False)
                self._held -= freed
            return value
