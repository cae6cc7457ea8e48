"""A signed request is good once: the nonces that were here, kept until their requests expire.

A push's nonce is written in the very transaction that books it, so neither a crash nor two at once
let it work twice. A pull changes nothing, and a till has one out at every moment, so it is not
worth a flush of the disk of its own: its nonce is remembered at once and written with the next
transaction that writes anyway, at the latest within `WRITTEN_WITHIN_S`. What is lost by a power cut
within that second is this: who overheard a pull may ask it once more, and is told what its till was
told, until the request expires. Neither a sale nor an ack can be had that way.

Where several processes answer, a pull's nonce is a row at once, seen by all of them; its commit does
not wait for the disk either.
"""

from __future__ import annotations

import datetime as dt
import threading
from typing import Final

from sqlalchemy import bindparam, delete, select

from sync.hub import schema
from sync.hub.answers import stamp
from sync.hub.database import Connection, Statement, adding
from sync.signing import REMEMBER_S, Signer

WRITTEN_WITHIN_S: Final = 1.0
_n = schema.nonce.c
_ADD = adding(schema.nonce, ignore=True)
_KNOWN = Statement(
    "keyid nonce",
    select(_n.nonce).where(_n.keyid == bindparam("keyid"), _n.nonce == bindparam("nonce")),
)
_FORGET = Statement("now", delete(schema.nonce).where(_n.expires <= bindparam("now")))


class Nonces:
    """Shared by the thread that writes and the one that answers pulls."""

    def __init__(self) -> None:
        self._fresh: dict[Signer, str] = {}
        self._written: list[Signer] = []
        self._lock = threading.Lock()

    @property
    def waiting(self) -> bool:
        """True while there are some that only memory knows."""
        return bool(self._fresh)

    def is_first(
        self, connection: Connection, signer: Signer, now: dt.datetime, *, changes: bool
    ) -> bool:
        """Whether a request with this nonce was never here; from now on it was.

        `changes` of a request that may change something: its nonce stands and falls with the
        transaction.
        """
        expires = stamp(now + dt.timedelta(seconds=REMEMBER_S))
        if connection.shared:
            # Every process has to know it at once, so it is in the database at once.
            return connection.run(_ADD, (*signer, expires)) > 0
        with self._lock:
            if signer in self._fresh:
                return False
            if changes:
                return connection.run(_ADD, (*signer, expires)) > 0
            if connection.one(_KNOWN, signer) is not None:
                return False
            self._fresh[signer] = expires
            return True

    def write(self, connection: Connection) -> None:
        """Puts those that only memory knows into the transaction; after its commit: `written`."""
        with self._lock:
            fresh = dict(self._fresh)
        self._written = list(fresh)
        connection.many(_ADD, [(*signer, expires) for signer, expires in fresh.items()])

    def written(self) -> None:
        """They are durable."""
        with self._lock:
            for signer in self._written:
                self._fresh.pop(signer, None)

    @staticmethod
    def forget(connection: Connection, now: dt.datetime) -> None:
        """Drops those whose requests have expired for good."""
        connection.run(_FORGET, (stamp(now),))
