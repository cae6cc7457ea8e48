"""Row 1: a sale through the whole verb, durable, beside the raw driver writing the same rows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from time import perf_counter
from typing import Any

from sqlcipher3 import dbapi2

from pos_app.domain.basket import Basket
from pos_app.store import schema, transaction
from pos_app.store.ledger_tables import create_statements, metadata
from pos_app.store.records import SystemClock, new_id
from pos_app.store.transaction import Transaction
from pos_app.till import checkout, shift, sign_in
from pos_app.till.till import Till
from sync.protocol import Sale
from tests.bench.measure import Row, percentile, sized, timed_ms, workplace
from tests.till.shop import PINS, make_shop, open_shop

LINES = 8
IDLE_EVERY = 50
"""After so many sales there is a quiet moment, as in a shop: the logs are emptied."""
_ROWS_OF_A_SALE = ("journal", "sale", "sale_line", "sale_tender")


def run() -> list[Row]:
    """The verb, the ledger's transaction alone and the raw driver, in turns."""
    till = ready_till("sale_commit")
    raw = _Raw(till)
    verb, alone, floor, signing = [], [], [], []
    for nth, basket in enumerate(baskets(till, sized(2_000, 40))):
        payments = checkout.pay(till, basket, (), "cash", None)
        checkout.keep(till, basket, payments)
        began = perf_counter()
        done = checkout.complete(till, basket, payments)
        verb.append((perf_counter() - began) * 1e3)
        raw.keep(basket)
        floor.append(raw.sale(done.sale.id, done.job_id))
        receipt = till.ledger.print_job(done.job_id)
        alone.append(_transaction(till, done.sale, receipt.receipt if receipt else {}))
        signing.append(timed_ms(lambda digest=bytes(32): till.keys.sign(digest)))
        if nth % IDLE_EVERY == IDLE_EVERY - 1:
            till.ledger.checkpoint_when_idle()
            raw.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    raw.connection.close()
    till.close()
    return [
        *_pair("sale, whole verb", verb, floor, gate=2.0, goal=1.35),
        *_pair("sale, ledger transaction alone", alone, floor),
        Row(0, "of a sale: its signature p50", percentile(signing, 50), "ms"),
    ]


def _pair(
    what: str,
    measured: list[float],
    floor: list[float],
    gate: float | None = None,
    goal: float | None = None,
) -> Iterator[Row]:
    beside = "the same rows, raw driver, same key and pragmas"
    for part in (50, 99):
        yield Row(
            1 if goal else 0,
            f"{what} p{part}",
            percentile(measured, part),
            "ms",
            percentile(floor, part),
            beside,
            gate=gate if part == 50 else None,
            goal=goal if part == 50 or goal is None else 1.5,
        )


def ready_till(name: str) -> Till:
    """A till of `make_shop` in the folder `name`, somebody signed in, a shift open."""
    till = open_shop(make_shop(workplace() / name), clock=SystemClock())
    sign_in.sign_in(till, "ana", PINS["ana"])
    shift.open_shift(till, 10_000, {})
    till.keys.warm()
    return till


def baskets(till: Till, count: int) -> Iterator[Basket]:
    """Baskets of `LINES` lines, the same ones in every run."""
    draw = random.Random(1)
    for _ in range(count):
        basket = checkout.start(till)
        for nth in draw.sample(range(1_000), LINES):
            basket, _ = checkout.add(till, basket, f"BULK-{nth:04}", draw.choice((1_000, 2_000)))
        yield basket


def _transaction(till: Till, like: Sale, receipt: dict[str, Any]) -> float:
    """The same sale again under a new id: everything but pricing and the receipt's making."""
    fields: dict[str, Any] = {name: getattr(like, name) for name in like.__struct_fields__}
    began = perf_counter()
    with till.ledger.transaction() as tx:
        fields |= _stamped(tx, like, new_id(till.now()))
        position = tx.append(Sale(**fields))
        tx.queue_print("receipt", receipt, doc_no=position.doc_no, sale_id=fields["id"])
    return (perf_counter() - began) * 1e3


def _stamped(tx: Transaction, like: Sale, fact_id: str) -> dict[str, Any]:
    return tx.stamp(
        business_date=like.biz_date,
        actor=like.actor,
        shift=like.shift,
        document=True,
        fact_id=fact_id,
    )


class _Raw:
    """A twin of the ledger's file that the driver alone writes: rows ready, nothing computed."""

    def __init__(self, till: Till) -> None:
        self._from = till.ledger.connection
        self.connection: dbapi2.Connection = schema.connect(
            till.data / "raw.sqlite", till.keys.db_key, write=True
        )
        self.connection.execute("BEGIN")
        for statement in create_statements():
            self.connection.execute(statement)
        self.connection.execute(*self._copied("shift", "1"))
        self.connection.execute("COMMIT")
        self._body = b""

    def _copied(self, table: str, where: str, *values: object) -> tuple[str, tuple[object, ...]]:
        """The statement that writes a row as the ledger holds it, and the row."""
        row = self._from.execute(f"SELECT * FROM {table} WHERE {where}", values).fetchone()
        return _insert(table), row

    def keep(self, basket: Basket) -> None:
        """The open basket's row, as the till keeps it before a sale."""
        self.connection.execute(transaction.KEEP_BASKET, (basket.basket_id, "", bytes(1_500)))

    def sale(self, sale_id: str, job_id: str) -> float:
        """Milliseconds for the rows of one sale that the ledger holds already."""
        read = self._from.execute
        (place,) = read("SELECT place FROM sale WHERE sale_id = ?", (sale_id,)).fetchone()
        many = [
            (
                _insert(table),
                read(f"SELECT * FROM {table} WHERE place = ?", (place,)).fetchall(),
            )
            for table in _ROWS_OF_A_SALE
        ]
        many.append(
            (
                _insert("print_job"),
                read("SELECT * FROM print_job WHERE job_id = ?", (job_id,)).fetchall(),
            )
        )
        day = read("SELECT * FROM day").fetchone()
        put_day = f"INSERT OR REPLACE INTO day VALUES ({','.join('?' * len(day))})"
        totals = read("SELECT totals, shift_id FROM shift").fetchone()
        execute, executemany = self.connection.execute, self.connection.executemany
        began = perf_counter()
        execute("BEGIN IMMEDIATE")
        for statement, rows in many:
            if len(rows) == 1:
                execute(statement, rows[0])
            else:
                executemany(statement, rows)
        execute("UPDATE shift SET totals = ? WHERE shift_id = ?", totals)
        execute(put_day, day)
        execute("DELETE FROM basket WHERE basket_id = ?", (sale_id,))
        execute("COMMIT")
        return (perf_counter() - began) * 1e3


def _insert(table: str) -> str:
    marks = ",".join("?" * len(metadata.tables[table].columns))
    return f"INSERT INTO {table} VALUES ({marks})"
