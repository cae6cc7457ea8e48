"""The barest hub that is still correct: a batch decoded, checked for shape, written durably.

No chain, no signatures, no tax, no stock on hand, no feed and no journal: the 13 rows of a sale in
four tables with five secondary indexes; an id that comes twice does nothing. Started by `hub_ingest` as `uvicorn tests.bench.hub_floor:app`.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from sqlcipher3 import dbapi2 as driver

from sync.protocol import Sale

DATABASE = "HOLDFAST_BENCH_FLOOR"
DDL = """
CREATE TABLE sale(id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, store TEXT NOT NULL,
  till TEXT NOT NULL, doc_no TEXT NOT NULL, biz_date TEXT NOT NULL, opened TEXT NOT NULL,
  closed TEXT NOT NULL, actor TEXT NOT NULL, currency TEXT NOT NULL, gross INTEGER NOT NULL,
  discount INTEGER NOT NULL, net INTEGER NOT NULL, tax INTEGER NOT NULL, total INTEGER NOT NULL,
  note TEXT);
CREATE INDEX sale_closed ON sale(closed);
CREATE TABLE sale_line(id INTEGER PRIMARY KEY, sale INTEGER NOT NULL, line INTEGER NOT NULL,
  sku TEXT NOT NULL, code TEXT NOT NULL, label TEXT NOT NULL, qty INTEGER NOT NULL,
  unit_price INTEGER NOT NULL, discount INTEGER NOT NULL, tax_code TEXT NOT NULL,
  tax INTEGER NOT NULL, total INTEGER NOT NULL);
CREATE INDEX sale_line_sale ON sale_line(sale);
CREATE TABLE payment(id INTEGER PRIMARY KEY, sale INTEGER NOT NULL, place INTEGER NOT NULL,
  tender TEXT NOT NULL, amount INTEGER NOT NULL, given INTEGER NOT NULL, change INTEGER NOT NULL,
  ref TEXT, paid_at TEXT NOT NULL);
CREATE INDEX payment_sale ON payment(sale);
CREATE TABLE stock_move(id INTEGER PRIMARY KEY, sale INTEGER NOT NULL, sku TEXT NOT NULL,
  store TEXT NOT NULL, qty INTEGER NOT NULL, reason TEXT NOT NULL, moved_at TEXT NOT NULL);
CREATE INDEX stock_move_sku ON stock_move(sku, moved_at);
"""
PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=16384;"
_decode = msgspec.json.Decoder(list[Sale]).decode
_INSERTS = {"sale": 16, "sale_line": 12, "payment": 9, "stock_move": 7}
_SQL = {
    table: f"INSERT INTO {table} VALUES ({','.join('?' * count)}) ON CONFLICT DO NOTHING"
    for table, count in _INSERTS.items()
}


def opened() -> Any:
    """The floor's own database, made anew."""
    if os.environ[DATABASE].startswith("postgresql"):
        return _opened_on_server()
    connection = driver.connect(
        os.environ[DATABASE].removeprefix("sqlite:///"),
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    connection.executescript(PRAGMAS + DDL)
    return connection


def store(connection: Any, sales: list[Sale]) -> None:
    """All rows of a batch in one durable transaction."""
    rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in _INSERTS}
    for sale in sales:
        wall, n = sale.t.wall, sale.seq
        rows["sale"].append(
            (
                n,
                sale.id,
                sale.store,
                sale.till,
                sale.doc_no,
                sale.biz_date,
                sale.opened,
                wall,
                sale.actor,
                sale.currency,
                sale.gross,
                sale.discount,
                sale.net,
                sale.tax,
                sale.total,
                sale.note,
            )
        )
        for place, line in enumerate(sale.lines):
            row = n << 4 | place
            rows["sale_line"].append(
                (
                    row,
                    n,
                    line.line,
                    line.sku,
                    line.code,
                    line.label,
                    line.qty,
                    line.unit_price,
                    line.basket_disc,
                    line.tax_code,
                    line.tax,
                    line.total,
                )
            )
            rows["stock_move"].append((row, n, line.sku, sale.store, -line.qty, "sale", wall))
        for place, paid in enumerate(sale.payments):
            rows["payment"].append(
                (
                    n << 2 | place,
                    n,
                    place,
                    paid.tender,
                    paid.amount,
                    paid.given,
                    paid.change,
                    paid.ref,
                    wall,
                )
            )
    if hasattr(connection, "pgconn"):
        _store_on_server(connection, rows)
        return
    connection.execute("BEGIN IMMEDIATE")
    for table, found in rows.items():
        connection.executemany(_SQL[table], found)
    connection.execute("COMMIT")


def _opened_on_server() -> Any:
    """The same tables; beside each one that takes what was copied, for one statement to put in."""
    import psycopg

    url = os.environ[DATABASE].replace("+psycopg", "")
    connection = psycopg.connect(url, autocommit=True)
    connection.execute(DDL.replace("INTEGER", "BIGINT"))
    for table in _INSERTS:
        connection.execute(f"CREATE TEMP TABLE new_{table} (LIKE {table}) ON COMMIT DELETE ROWS")
    return connection


def _store_on_server(connection: Any, rows: dict[str, list[tuple[object, ...]]]) -> None:
    kinds = {
        name: [
            kind
            for (kind,) in connection.execute(
                "SELECT udt_name FROM information_schema.columns WHERE table_name = %s"
                " AND table_schema = 'public' ORDER BY ordinal_position",
                (name,),
            )
        ]
        if name not in _KINDS
        else _KINDS[name]
        for name in rows
    }
    _KINDS.update(kinds)
    connection.execute("BEGIN")
    for table, found in rows.items():
        with connection.cursor().copy(f"COPY new_{table} FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(kinds[table])
            for row in found:
                copy.write_row(row)
        connection.execute(f"INSERT INTO {table} SELECT * FROM new_{table} ON CONFLICT DO NOTHING")
    connection.execute("COMMIT")


_KINDS: dict[str, list[str]] = {}
_connection: Any = None


async def app(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """The whole hub."""
    global _connection  # noqa: PLW0603 - the barest there is
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                _connection = opened()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    sales = _decode(b"".join(parts))
    store(_connection, sales)
    body = b'{"accepted":%d}' % len(sales)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
