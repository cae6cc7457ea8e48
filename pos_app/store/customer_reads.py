"""What a ledger is asked, and told, about customers: what was done here, and what the hub answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from pos_app.store.reads import Reads, whole
from sync.protocol import AnyFact, decode_fact
from sync.protocol.customers import CustomerRow

_OF: Final = (
    "SELECT journal.body FROM customer_step JOIN journal ON journal.place = customer_step.place"
    " WHERE customer = ? AND customer_step.place < ? ORDER BY customer_step.place DESC LIMIT ?"
)
_LATELY: Final = (
    "SELECT customer FROM (SELECT customer, place FROM customer_step ORDER BY place DESC LIMIT 400)"
    " GROUP BY customer ORDER BY max(place) DESC LIMIT ?"
)
_KEPT: Final = "SELECT body FROM customer_kept ORDER BY got_at DESC, customer"
_KEEP: Final = (
    "INSERT INTO customer_kept (customer, version, got_at, body) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (customer) DO UPDATE SET version = excluded.version,"
    " got_at = excluded.got_at, body = excluded.body WHERE excluded.version >= version"
)
_FORGET: Final = "DELETE FROM customer_kept WHERE customer = ?"
_WIPE: Final = "UPDATE question SET body = x'', answer = x'' WHERE ask_id = ? AND state <> 'open'"
_ALL_PLACES: Final = 1 << 62

_encode = msgspec.json.Encoder().encode
_row = msgspec.json.Decoder(CustomerRow)


class CustomerReads(Reads):
    """The part of a ledger's reads that is about customers."""

    def customer_facts(self, customer: str, limit: int) -> list[AnyFact]:
        """What was done here that names them, newest first."""
        rows = self._rows(_OF, (customer, _ALL_PLACES, limit))
        return [whole(decode_fact, body) for (body,) in rows]

    def lately_named(self, limit: int) -> list[str]:
        """Ids of the customers who were here last, the latest first."""
        return [customer for (customer,) in self._rows(_LATELY, (limit,))]

    def kept_customers(self) -> list[CustomerRow]:
        """Those whom answers of the hub told of and its feed did not yet."""
        return [whole(_row.decode, body) for (body,) in self._rows(_KEPT)]


class CustomerWrites:
    """What a transaction does about customers."""

    _execute: Callable[..., Any]

    def keep_customer(self, row: CustomerRow, at: str) -> None:
        """A row the hub answered with; an older one of theirs goes."""
        self._execute(_KEEP, (row.customer, row.version, at, _encode(row)))

    def forget_customer(self, customer: str) -> None:
        """It is not kept here any more."""
        self._execute(_FORGET, (customer,))

    def wipe_question(self, ask_id: str) -> None:
        """What was asked and answered under an id goes; that it was answered stays."""
        self._execute(_WIPE, (ask_id,))
