"""By which of its keys a till signs its requests: where the hub does not know one, by the next."""

from __future__ import annotations

from collections.abc import Callable

Sign = Callable[[bytes], bytes]


class Signers:
    """Signs like one key; `refused` goes on to the next of those that `held` finds by then.

    A till that changed its key asks by the old one until the hub has its word about the new, and a
    hub that was put back from before that knows the old one again.
    """

    def __init__(self, held: Callable[[], tuple[Sign, ...]]) -> None:
        self._held = held
        self._all = held()
        self._nth = self._tried = 0

    def __call__(self, message: bytes) -> bytes:
        """The signature of the key that counts now."""
        return self._all[self._nth % len(self._all)](message)

    def refused(self) -> bool:
        """The hub does not take this key's word; True while there is one that was not tried."""
        self._all = self._held()
        self._nth = (self._nth + 1) % len(self._all)
        self._tried += 1
        return self._tried % len(self._all) > 0

    def taken(self) -> None:
        """The hub takes it."""
        self._tried = 0
