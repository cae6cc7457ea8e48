"""What can be written in one go: a fact with its projections, and the till's own state."""

from __future__ import annotations

from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec
from sqlcipher3 import dbapi2

from pos_app.domain.basket import Basket, line_gross
from pos_app.domain.day import utc_text
from pos_app.domain.errors import Refused
from pos_app.domain.tender import Payment
from pos_app.store import doubt, journal, schema
from pos_app.store.attempts import FORGET_SETTLED, AttemptWrites
from pos_app.store.customer_reads import CustomerWrites
from pos_app.store.goods_work import WorkWrites
from pos_app.store.order_steps import FORGET_PASSED, KEEP_PASSED
from pos_app.store.projections import zone_in
from pos_app.store.reader import decode_kept
from pos_app.store.records import KeptBasket, Position, new_id
from pos_app.store.rights_held import RightWrites
from sync.protocol import ClockReading, Fact, Sale
from sync.protocol.orders import OrderRow

if TYPE_CHECKING:
    from pos_app.store.ledger import Ledger

KEEP_BASKET: Final = (
    "INSERT INTO basket (basket_id, kept_at, body) VALUES (?, ?, ?) ON CONFLICT (basket_id) "
    "DO UPDATE SET kept_at = excluded.kept_at, body = excluded.body"
)
KEEP_PARKED: Final = "UPDATE parked SET body = ? WHERE basket_id = ?"
LABEL_PARKED: Final = "UPDATE parked SET label = ? WHERE basket_id = ?"
FORGET_PARKED: Final = "DELETE FROM parked WHERE basket_id = ?"
FORGET_BASKET: Final = "DELETE FROM basket WHERE basket_id = ?"
PARK: Final = (
    "INSERT INTO parked (park_id, basket_id, label, parked_at, parked_by, lines, total, "
    "currency, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
QUEUE_PRINT: Final = (
    "INSERT INTO print_job (nth, job_id, kind, doc_no, sale_id, state, tries, error, kick, "
    "queued_at, receipt) VALUES ((SELECT coalesce(max(nth), 0) + 1 FROM print_job), "
    "?, ?, ?, ?, 'queued', 0, '', ?, ?, ?)"
)
PRINT_STATE: Final = (
    "UPDATE print_job SET state = ?1, error = ?2, tries = tries + (?1 = 'printing'), "
    "receipt = CASE WHEN kind = 'value' AND ?1 IN ('printed', 'cancelled') "
    "THEN CAST('{}' AS BLOB) ELSE receipt END WHERE job_id = ?3"
)
SET_REFERENCE: Final = (
    "INSERT INTO reference (kind, key, value) VALUES (?, ?, ?) ON CONFLICT (kind, key) "
    "DO UPDATE SET value = excluded.value"
)
COUNT_TRY: Final = (
    "INSERT INTO sign_in_try (staff_id, tries, last_wall, mono, boot) VALUES (?, 1, ?, ?, ?) "
    "ON CONFLICT (staff_id) DO UPDATE SET tries = tries + 1, last_wall = excluded.last_wall, "
    "mono = excluded.mono, boot = excluded.boot RETURNING tries"
)
_json = msgspec.json.Encoder()


class Transaction(AttemptWrites, RightWrites, WorkWrites, CustomerWrites):
    """One BEGIN IMMEDIATE … COMMIT; leaving it with an exception takes everything back."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._last_id = ""
        self._failed: BaseException | None = None

    def __enter__(self) -> Self:
        ledger = self._ledger
        ledger.begin()
        self._execute = ledger.connection.execute
        self._chain = ledger.chain.copy()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        ledger = self._ledger
        swallowed = error is None
        error = error or self._failed
        try:
            if error is None:
                ledger.commit(self._chain, self._last_id)
                return
            ledger.roll_back(error)
            if isinstance(error, dbapi2.Error):
                raise schema.told(error, ledger.path, busy="ledger_busy") from error
            if swallowed:
                raise error  # whoever swallowed it must not commit half a fact
        finally:
            ledger.release()

    # facts

    def stamp(
        self,
        *,
        business_date: str,
        actor: str = "",
        shift: str = "",
        document: bool = False,
        fact_id: str | None = None,
        approver: str = "",
    ) -> dict[str, Any]:
        """What every fact begins with, for the next place in the chain: `Sale(**stamp, …)`.

        With `document` it carries the next receipt number. Append a fact before stamping the
        next one. `fact_id` is a sale's basket id, so a retry can never make a second sale.
        """
        ledger, chain = self._ledger, self._chain
        identity, clock = chain.identity, ledger.clock
        now, mono = clock.now(), clock.monotonic_ms()
        return {
            "dev": identity.device,
            "epoch": identity.epoch,
            "seq": chain.seq + 1,
            "id": fact_id or new_id(now),
            "store": identity.store,
            "till": identity.till,
            "shift": shift,
            "biz_date": business_date,
            "t": ClockReading(utc_text(now), mono, clock.boot_id(), *ledger.hub_offset(mono)),
            "basis": ledger.basis,
            "actor": actor,
            "approver": approver,
            "doc_no": chain.next_document() if document else "",
        }

    def append(self, fact: Fact) -> Position:
        """The fact in the journal, and in the tables; a sale's basket is forgotten with it.

        It is durable only when the transaction was left. Raises Refused("already_recorded")
        where a fact of that id is in the journal, Refused("no_such_sale" | "already_voided")
        for a void, ValueError for a fact that was not stamped for this place.
        """
        chain = self._chain
        try:
            self._insert(chain.seal(fact, self._ledger.signing_keys()), fact.id)
            self._ledger.projector.apply(fact, chain.documents if fact.doc_no else 0)
            if type(fact) is Sale:
                for forgets in (FORGET_BASKET, FORGET_PARKED, FORGET_SETTLED):
                    self._execute(forgets, (fact.id,))
        except BaseException as cause:
            self._failed = cause
            raise
        self._last_id = fact.id
        return Position(fact.dev, fact.epoch, fact.seq, chain.hash.hex(), fact.doc_no)

    def sign_by(self, pubkey: str) -> None:
        """From the next entry on the chain is signed by the key of that public half."""
        chain = self._chain
        chain.identity = msgspec.structs.replace(chain.identity, pubkey=pubkey)
        self.keep_setting("identity", msgspec.json.encode(chain.identity))

    def keep_setting(self, name: str, value: bytes) -> None:
        """A value about the ledger itself."""
        self._execute(doubt.SET, (name, value))

    def _insert(self, row: tuple[object, ...], fact_id: str) -> None:
        try:
            self._execute(journal.INSERT_ENTRY, row)
        except dbapi2.IntegrityError as cause:
            if self._execute(journal.SELECT_BODY, (fact_id,)).fetchone() is None:
                raise
            raise Refused("already_recorded", id=fact_id) from cause

    # printing

    def queue_print(
        self,
        kind: str,
        receipt: dict[str, Any],
        *,
        doc_no: str = "",
        sale_id: str = "",
        kick: bool = False,
    ) -> str:
        """The id of a new print job; it prints after this transaction is durable."""
        now = self._ledger.clock.now()
        job_id = new_id(now)
        values = (job_id, kind, doc_no, sale_id, int(kick), utc_text(now), _json.encode(receipt))
        self._execute(QUEUE_PRINT, values)
        return job_id

    def print_state(self, job_id: str, state: str, error: str = "") -> None:
        """Where a job stands now; entering `printing` counts a try.

        The code of a gift card is forgotten once it is on paper.
        """
        self._execute(PRINT_STATE, (state, error, job_id))

    # baskets

    def keep_basket(self, basket: Basket, payments: tuple[Payment, ...] = ()) -> None:
        """The open basket as it is now: what a power cut gives back."""
        body = _json.encode(KeptBasket(basket, payments))
        self._execute(KEEP_BASKET, (basket.basket_id, utc_text(self._ledger.clock.now()), body))

    def forget_basket(self, basket_id: str) -> None:
        """The open basket is gone: cancelled or parked."""
        self._execute(FORGET_BASKET, (basket_id,))

    def park(
        self,
        basket: Basket,
        payments: tuple[Payment, ...] = (),
        *,
        label: str,
        by: str,
        at: str,
    ) -> str:
        """The id under which the basket is put aside; it is no longer the open one."""
        park_id = new_id(self._ledger.clock.now())
        total = sum(line_gross(line) for line in basket.lines)
        body = _json.encode(KeptBasket(basket, payments))
        self._execute(
            PARK,
            (
                *(park_id, basket.basket_id, label, at, by, len(basket.lines), total),
                *(basket.currency, body),
            ),
        )
        self.forget_basket(basket.basket_id)
        return park_id

    def keep_parked(self, basket_id: str, basket: Basket, payments: tuple[Payment, ...]) -> None:
        """A parked basket with what was paid on it meanwhile."""
        self._execute(KEEP_PARKED, (_json.encode(KeptBasket(basket, payments)), basket_id))

    def label_parked(self, basket_id: str, label: str) -> None:
        """Another name for a parked basket."""
        self._execute(LABEL_PARKED, (label, basket_id))

    def unpark(self, park_id: str) -> Basket:
        """A parked basket, now the open one with what was paid on it.

        Raises Refused("no_such_parked").
        """
        row = self._execute("SELECT body FROM parked WHERE park_id = ?", (park_id,)).fetchone()
        if row is None:
            raise Refused("no_such_parked")
        kept = decode_kept(row[0])
        self._execute("DELETE FROM parked WHERE park_id = ?", (park_id,))
        self.keep_basket(kept.basket, kept.payments)
        return kept.basket

    # customers' orders

    def keep_passed(self, row: OrderRow, before: str) -> None:
        """An order that only its signed pass told of; those that came `before` (UTC) go."""
        self._execute(FORGET_PASSED, (before,))
        now = utc_text(self._ledger.clock.now())
        self._execute(KEEP_PASSED, (row.reservation, now, _json.encode(row)))

    # reference and lock-out

    def set_reference(self, kind: str, key: str, value: bytes | None) -> None:
        """Our own copy of a row of staff, policy, tax or store; None takes it away."""
        if value is None:
            self._execute("DELETE FROM reference WHERE kind = ? AND key = ?", (kind, key))
        else:
            self._execute(SET_REFERENCE, (kind, key, value))
            if kind == "store":
                self._ledger.projector.zone = zone_in(value)

    def count_try(self, staff_id: str, now: datetime) -> int:
        """One more wrong PIN, counted before it is checked; how many in a row that makes."""
        clock = self._ledger.clock
        values = (staff_id, utc_text(now), clock.monotonic_ms(), clock.boot_id())
        row = self._execute(COUNT_TRY, values).fetchone()
        return int(row[0])

    def clear_tries(self, staff_id: str) -> None:
        """The right PIN: counting begins anew."""
        self._execute("DELETE FROM sign_in_try WHERE staff_id = ?", (staff_id,))
