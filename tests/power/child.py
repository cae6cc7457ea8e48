"""The processes whose writes are recorded: each says on standard output what it was told is done.

    python -m tests.power.child DATA STORY full|normal|names SEED COUNT

`normal` commits without a flush, `names` never flushes a directory: to see that what is lost by it
is found.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from hardware.connect import simulated
from pos_app.domain.basket import Basket
from pos_app.domain.errors import Refused
from pos_app.domain.tender import Payment
from pos_app.store import schema
from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger
from pos_app.store.records import Identity, SystemClock
from pos_app.store.replica import ReplicaWriter
from pos_app.store.schema import connect
from pos_app.till import Till, checkout, hand_over, open_till, parking, pickup, reprint, void
from pos_app.till.shift import open_shift
from sync.protocol import Head
from tests.till.shop import CODES, COFFEE, fill_replica, store_row, tax_row

COUNT: Final = 12
"""Sales of one life of a till."""
CHECKPOINT_BYTES: Final = 120_000
"""So long a log is emptied here; a till does it at 16 MiB."""


def say(*told: object) -> None:
    """One line, out at once: whoever reads it may rely on it."""
    os.write(1, (" ".join(map(str, told)) + "\n").encode())


def sell(data: Path, draw: random.Random, count: int) -> None:
    """A stretch of a trading day, with the verbs that the window uses."""
    schema.WAL_LIMIT_BYTES = CHECKPOINT_BYTES  # type: ignore[misc]
    till = open_till(data, devices=simulated()[0], clock=SystemClock())
    till.person = next(person for person in till.staff.values() if person.role == "manager")
    if till.shift is None:
        open_shift(till, 20_000)
    told(till)
    for _ in range(count):
        left = checkout.restored(till)
        basket, payments = left[:2] if left else (checkout.start(till), ())
        if not payments:
            basket = _filled(till, basket, draw)
        if draw.random() < 0.1 and not payments:
            parking.park(till, basket, label="later")
            say("parked", basket.basket_id)
        else:
            _settle(till, basket, payments, draw)
        if draw.random() < 0.3:
            till.ledger.checkpoint_when_idle()
    if draw.random() < 0.5:
        till.close()
        told_to_be_closed()


def told(till: Till) -> None:
    """How long the journal is, now that a commit has returned."""
    say("head", till.ledger.head().seq)


def told_to_be_closed() -> None:
    """The last connection is closed: the log has gone into the file."""
    say("closed")


def _filled(till: Till, basket: Basket, draw: random.Random) -> Basket:
    for _ in range(draw.randint(1, 3)):
        code = draw.choice(list(CODES.values())[:2])
        basket, _ = checkout.scan(till, basket, code, draw.randint(1, 3) * 1_000)
        checkout.keep(till, basket)
        say("basket", basket.basket_id, len(basket.lines), 0)
    return basket


def _settle(till: Till, basket: Basket, payments: tuple[Payment, ...], draw: random.Random) -> None:
    if not payments and draw.random() < 0.3:
        payments = checkout.pay(till, basket, payments, "card", 100, "slip")
        checkout.keep(till, basket, payments)
        say("basket", basket.basket_id, len(basket.lines), 1)
    if not checkout.settlement(till, basket, payments).complete:
        payments = checkout.pay(till, basket, payments, "cash", None)
    done = checkout.complete(till, basket, payments)
    say("sold", done.sale.id, done.sale.doc_no, done.sale.payable)
    told(till)
    while till.printing.run_once() is not None:
        pass
    if draw.random() < 0.1:
        try:
            void.void_sale(till, done.sale.id, "test")
        except Refused:  # a large one needs a second person
            return
        told(till)
    elif draw.random() < 0.1:
        reprint.reprint(till, done.sale.id, "lost")
        told(till)


def orders(data: Path, draw: random.Random, count: int) -> None:
    """Customers' orders are picked, put on their shelves, and handed over: paid, or paid here."""
    schema.WAL_LIMIT_BYTES = CHECKPOINT_BYTES  # type: ignore[misc]
    till = open_till(data, devices=simulated()[0], clock=SystemClock())
    till.person = next(person for person in till.staff.values() if person.role == "manager")
    if till.shift is None:
        open_shift(till, 20_000)
    told(till)
    left = checkout.restored(till)
    if left:
        _pay_order(till, left[0])
    for order in pickup.page(till, pickup.TO_PICK, limit=count):
        while (line := pickup.get(till, order.reservation).next_line) is not None:
            pickup.pick(till, order.reservation, CODES[line.sku])
            told(till)
        pickup.mark_ready(till, order.reservation, "B3")
        told(till)
        handing = hand_over.begin(till, order.reservation, id_seen=True)
        if not handing.due:
            hand_over.hand_over(till, handing)
            say("handed", order.reservation)
            told(till)
            continue
        basket = hand_over.put_into_basket(till, handing)
        say("basket", basket.basket_id, len(basket.lines), 0)
        if draw.random() < 0.5:
            basket, _ = checkout.scan(till, basket, CODES[COFFEE])
            checkout.keep(till, basket)
            say("basket", basket.basket_id, len(basket.lines), 0)
        _pay_order(till, basket)


def _pay_order(till: Till, basket: Basket) -> None:
    done = checkout.complete(till, basket, checkout.pay(till, basket, (), "cash", None))
    say("sold", done.sale.id, done.sale.doc_no, done.sale.payable)
    if basket.handing is not None:
        say("handed", basket.handing.reservation)
    told(till)


def create(data: Path, _draw: random.Random, _count: int) -> None:
    """A till's first moments: its keys, then its ledger."""
    keys = Keys.create(data)
    say("keys", keys.public_hex)
    ledger = Ledger.create(data, keys, NEW, SystemClock())
    say("head", ledger.head().seq)
    ledger.close()


NEW: Final = Identity(device="d0000009", epoch=1, store="1", till="9", nonce="11" * 16)


def migrate(data: Path, _draw: random.Random, _count: int) -> None:
    """An older ledger is opened by this program, and goes on."""
    from tests.store.books import KEYS

    with Ledger.open(data, KEYS, SystemClock()) as ledger:
        say("migrated", ledger.head().seq)


def vacuum(data: Path, draw: random.Random, count: int) -> None:
    """The ledger's file is written anew as a whole, between sales."""
    sell(data, draw, count)
    connection = connect(data / "ledger.sqlite", Keys.load(data).db_key, write=True)
    connection.execute("VACUUM")
    say("vacuumed")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()


def replace(data: Path, draw: random.Random, _count: int) -> None:
    """The replica is built anew beside the one in use and takes its place."""
    key = Keys.load(data).db_key
    for nth in range(2):
        with ReplicaWriter.open(data, key) as writer:
            upto = writer.sent_upto()[1]
            for _ in range(4):
                upto += draw.randint(1, 3)
                writer.set_sent_upto(1, upto)
                say("sent", upto)
                writer.set_ack(Head(1, upto, f"{upto:064x}"), "sig", "2026-11-25T08:00:00.000Z")
        fill_replica(data, key, store_row(), tax_row())
        say("swapped", nth)


def serve(data: Path, draw: random.Random, count: int) -> None:
    """The hub's application takes pushes; what it has confirmed is said."""
    from sync.hub.database import Database
    from tests.hub.tills import HandClock, Till, running

    async def day() -> None:
        clock, database = HandClock(), Database(f"sqlite:///{data / 'hub.sqlite'}")
        async with running(database, clock) as client:
            till = Till(client, clock)
            journal = await till.join(database, str(draw.randint(1, 9_999)))
            say("joined", journal.identity.device)
            for _ in range(count):
                first = journal.seq + 1
                for _ in range(draw.randint(1, 4)):
                    journal.sale(of=3)
                ack = (await till.pushed(journal.push(first))).ack
                say("acked", ack.seq, ack.hash)

    asyncio.run(day())


def upgrade(data: Path, _draw: random.Random, _count: int) -> None:
    """An older hub is opened by this program."""
    from sync.hub.database import Database

    Database(f"sqlite:///{data / 'hub.sqlite'}").connect(write=True).close()
    say("upgraded")


STORIES: Final[dict[str, Callable[[Path, random.Random, int], None]]] = {
    story.__name__: story
    for story in (sell, orders, create, migrate, vacuum, replace, serve, upgrade)
}


def weaken(how: str) -> None:
    """Breaks a promise, in this process alone: whoever looks for what is lost has to find it."""
    if how == "normal":
        from sync.hub.database import Connection, Database

        schema._SYNCHRONOUS_FULL = 1  # type: ignore[misc]
        opened = Database._open

        def hasty(database: Database, *, write: bool) -> Connection:
            connection = opened(database, write=write)
            connection.text("PRAGMA synchronous=NORMAL")
            return connection

        Database._open = hasty  # type: ignore[method-assign]
    elif how == "names":
        schema.flush_directory = lambda _path: None  # type: ignore[assignment]


def main() -> None:
    """Plays the story that the command line names."""
    data, story, how, seed, count = sys.argv[1:]
    weaken(how)
    STORIES[story](Path(data), random.Random(int(seed)), int(count))
    os._exit(0)  # a process whose machine is switched off does not tidy up either


if __name__ == "__main__":
    main()
