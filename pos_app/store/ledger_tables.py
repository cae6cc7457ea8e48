"""The ledger's tables, declared once: made from here, migrated towards here, tested against here.

Importing this loads SQLAlchemy, so nothing on the way to a sale does. `place` is
`epoch << 40 | seq`: one integer that orders entries over all epochs and is the row's own key.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.types import TypeEngine

from pos_app.store.journal import TRIGGERS

metadata = MetaData()


def _column(name: str, kind: type[TypeEngine[Any]], *, key: bool = False) -> Column[Any]:
    """A column that is never NULL."""
    return Column(name, kind, primary_key=key, nullable=False, autoincrement=False)


def _text(name: str, *, key: bool = False) -> Column[Any]:
    return _column(name, Text, key=key)


def _int(name: str, *, key: bool = False) -> Column[Any]:
    return _column(name, Integer, key=key)


def _blob(name: str) -> Column[Any]:
    return _column(name, LargeBinary)


def _ints(*names: str) -> list[Column[Any]]:
    return [_int(name) for name in names]


def _texts(*names: str) -> list[Column[Any]]:
    return [_text(name) for name in names]


setting = Table("setting", metadata, _text("name", key=True), _blob("value"), sqlite_strict=True)
"""Who this till is (`identity`), and nothing a person sets."""

# The truth.

journal = Table(
    "journal",
    metadata,
    _int("place", key=True),
    *_ints("epoch", "seq"),
    *_texts("id", "type", "doc_no", "shift", "biz_date", "wall"),
    *[_blob(name) for name in ("body", "hash", "sig")],
    CheckConstraint("place = epoch << 40 | seq", name="journal_place"),
    Index("journal_id", "id", unique=True),
    sqlite_strict=True,
)

# What the journal says, folded: can be made again from it at any time.

sale = Table(
    "sale",
    metadata,
    _int("place", key=True),
    *_texts("sale_id", "doc_no"),
    _int("doc_n"),
    *_texts("kind", "wall", "biz_date", "shift", "actor", "approver", "currency"),
    *_ints("gross", "discount", "net", "tax", "total", "payable", "rounding", "change"),
    *_texts("void_of", "voided_by"),
    _int("copies"),
    Index("sale_id", "sale_id", unique=True),
    Index("sale_doc_no", "doc_no"),
    Index("sale_shift", "shift", "place"),
    Index("sale_void_of", "void_of", sqlite_where=text("void_of <> ''")),
    sqlite_strict=True,
)
sale_line = Table(
    "sale_line",
    metadata,
    _int("place", key=True),
    _int("line", key=True),
    *_texts("sku", "label", "variant"),
    *_ints("qty", "unit_price", "gross", "total"),
    _text("tax_code"),
    *_ints("rate_ppm", "net", "tax", "moved"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""`moved` is what the line did to the stock, signed thousandths; 0 for custom lines."""
sale_tender = Table(
    "sale_tender",
    metadata,
    _int("place", key=True),
    _int("nth", key=True),
    _text("tender"),
    *_ints("amount", "given", "change"),
    _text("ref"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
shift = Table(
    "shift",
    metadata,
    _text("shift_id", key=True),
    _int("number"),
    *_texts("opened", "opened_by", "biz_date", "currency"),
    _int("float_amount"),
    _blob("counts"),
    *_texts("state", "closed"),
    _int("z_no"),
    _blob("totals"),
    Index("shift_number", "number"),
    Index("shift_open", "state", sqlite_where=text("state = 'open'")),
    sqlite_strict=True,
)
"""`totals` is the domain's `ShiftTotals`, encoded: one fold, the same for screen, Z and here."""
day = Table(
    "day",
    metadata,
    _text("biz_date", key=True),
    _text("currency", key=True),
    *_ints("sales", "voids", "gross", "discount", "net", "tax", "total", "rounding"),
    Column("refunds", Integer, nullable=False, server_default="0"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
refund = Table(
    "refund",
    metadata,
    _int("place", key=True),
    *_texts("refund_id", "sale_id"),
    _int("total"),
    Index("refund_sale", "sale_id", "place"),
    sqlite_strict=True,
)
"""Which documents are refunds, and of which sale; this till need not have made it."""
returned = Table(
    "returned",
    metadata,
    _text("sale_id", key=True),
    _int("line", key=True),
    *_ints("sold", "qty"),
    CheckConstraint("qty <= sold", name="returned_no_more_than_sold"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""How much of each line of a sale came back here, thousandths."""
cash_move = Table(
    "cash_move",
    metadata,
    _int("place", key=True),
    *_texts("shift", "kind", "wall", "actor", "approver", "currency", "reason", "reference"),
    _int("amount"),
    Index("cash_move_shift", "shift"),
    sqlite_strict=True,
)
"""Cash put in, taken out or dropped; `amount` is positive whatever the kind."""

invoice = Table(
    "invoice",
    metadata,
    _text("sale_id", key=True),
    _int("place"),
    *_texts("invoice_id", "doc_no"),
    _int("copies"),
    Index("invoice_doc_no", "doc_no"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""One a sale."""

order_step = Table(
    "order_step",
    metadata,
    _int("place", key=True),
    *_texts("reservation", "step", "sale"),
    Index("order_step_of", "reservation", "place"),
    Index("order_step_sale", "sale", sqlite_where=text("sale <> ''")),
    sqlite_strict=True,
)
"""What was done here for customers' orders; the journal's entry at `place` says the rest."""
order_move = Table(
    "order_move",
    metadata,
    _int("place", key=True),
    _int("nth", key=True),
    _text("sku"),
    _int("moved"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""What handing an order over did to the stock, signed thousandths."""

customer_step = Table(
    "customer_step",
    metadata,
    _int("place", key=True),
    _text("customer"),
    Index("customer_step_of", "customer", "place"),
    sqlite_strict=True,
)
"""Which entries of the journal name a customer; the entry at `place` says what was done."""

# The till's own state: not facts, and lost with the file.

passed_order = Table(
    "passed_order",
    metadata,
    _text("reservation", key=True),
    _text("got_at"),
    _blob("body"),
    sqlite_strict=True,
)
"""Orders that a signed pass told of and the hub's list did not."""

basket = Table(
    "basket",
    metadata,
    _text("basket_id", key=True),
    _text("kept_at"),
    _blob("body"),
    sqlite_strict=True,
)
parked = Table(
    "parked",
    metadata,
    _text("park_id", key=True),
    *_texts("basket_id", "label", "parked_at", "parked_by"),
    *_ints("lines", "total"),
    _text("currency"),
    _blob("body"),
    sqlite_strict=True,
)
print_job = Table(
    "print_job",
    metadata,
    _int("nth", key=True),
    *_texts("job_id", "kind", "doc_no", "sale_id", "state"),
    _int("tries"),
    _text("error"),
    _int("kick"),
    _text("queued_at"),
    _blob("receipt"),
    Index("print_job_id", "job_id", unique=True),
    Index("print_job_waiting", "state", sqlite_where=text("state <> 'printed'")),
    sqlite_strict=True,
)
reference = Table(
    "reference",
    metadata,
    _text("kind", key=True),
    _text("key", key=True),
    _blob("value"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""Copies of staff, policy, tax and the store, so that a till without a replica goes on."""
sign_in_try = Table(
    "sign_in_try",
    metadata,
    _text("staff_id", key=True),
    _int("tries"),
    _text("last_wall"),
    Column("mono", Integer, nullable=False, server_default="0"),
    Column("boot", Text, nullable=False, server_default=""),
    sqlite_strict=True,
)
"""`mono` and `boot` say when the last try was on a clock that nobody can set."""
payment_attempt = Table(
    "payment_attempt",
    metadata,
    _int("number", key=True),
    *_texts("reference", "kind", "of_reference", "basket_id", "currency", "state", "terminal"),
    *_texts("staff", "begun_at", "sent_at", "changed_at"),
    *_ints("amount", "asked"),
    _blob("answer"),
    Index("payment_attempt_reference", "reference", unique=True),
    Index("payment_attempt_basket", "basket_id"),
    sqlite_strict=True,
)
"""What a card terminal was asked, durable before it was asked; `reference` is what both call it."""

question = Table(
    "question",
    metadata,
    _text("ask_id", key=True),
    *_texts("path", "state", "code", "asked_at", "answered_at"),
    *_ints("epoch", "status"),
    *[_blob(name) for name in ("body", "answer")],
    Index("question_open", "state", sqlite_where=text("state = 'open'")),
    sqlite_strict=True,
)
"""What the hub is asked, durable before it is asked: after a restart the same is asked again."""
held_right = Table(
    "held_right",
    metadata,
    _text("right_id", key=True),
    *_texts("form", "kind", "account", "state", "boot", "got_at", "document"),
    *_ints("epoch", "amount", "remaining", "ttl_s", "mono"),
    _blob("proof"),
    CheckConstraint("remaining >= 0 AND remaining <= amount", name="held_right_never_overspent"),
    Index("held_right_state", "state"),
    sqlite_strict=True,
)
"""Rights of this till's own: `remaining` changes in the transaction of the fact that spends it."""
customer_kept = Table(
    "customer_kept",
    metadata,
    _text("customer", key=True),
    _int("version"),
    _text("got_at"),
    _blob("body"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""Customers as the hub answered this till, until its feed says the same; they go then."""
goods_work = Table(
    "goods_work",
    metadata,
    _text("work_id", key=True),
    *_texts("kind", "began"),
    _blob("body"),
    sqlite_strict=True,
)
goods_line = Table(
    "goods_line",
    metadata,
    _text("work_id", key=True),
    _text("sku", key=True),
    *_ints("nth", "counted", "damaged", "told", "told_damaged", "times"),
    _text("at"),
    _int("book"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""What is being counted at this till, and what of it a fact has told; a row a product."""


def create_statements() -> list[str]:
    """Every statement that makes an empty ledger of the present version, in order."""
    dialect = sqlite.dialect()
    made: list[str] = []
    for table in metadata.sorted_tables:
        made.append(str(CreateTable(table).compile(dialect=dialect)).strip())
        made += [
            str(CreateIndex(index).compile(dialect=dialect)).strip()
            for index in sorted(table.indexes, key=lambda found: str(found.name))
        ]
    return [*made, *TRIGGERS]
