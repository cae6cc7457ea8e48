"""What has to be true of a till's or a hub's files, whenever the power went.

Each check takes the directory after the cut, what had been said by then, and what the process
went on to do had there been no cut. It raises `Lost` for something that was said to be durable
and is not there, and AssertionError for whatever else is not whole.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final

from pos_app.domain.errors import Refused
from pos_app.store.catalogue import Catalogue
from pos_app.store.journal_file import Ledgered
from pos_app.store.journal_file import Record as Entry
from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger
from pos_app.store.records import SystemClock
from pos_app.store.replica import ReplicaWriter
from pos_app.store.verify import OK, verify
from sync.hub import schema
from sync.hub.database import Database
from sync.protocol import ReservationStepped, Sale, decode_fact

Said = list[list[str]]
Check = Callable[[Path, Said, "After"], None]


class Lost(AssertionError):
    """It was said to be durable, and it is not there."""


class After:
    """What the process did in the end, had the power stayed."""

    def __init__(self, data: Path, said: Said, keys: Keys | None = None) -> None:
        self.said = said
        self.keys = keys
        self.entries: list[Entry] = entries(data, keys) if (data / LEDGER).exists() else []


LEDGER: Final = "ledger.sqlite"


def entries(data: Path, keys: Keys | None = None) -> list[Entry]:
    """The whole journal of a till."""
    with closing(Ledgered(data / LEDGER, (keys or Keys.load(data)).db_key)) as source:
        return list(source.records(0))


def the_till_is_whole(data: Path, said: Said, after: After) -> None:
    """Each sale that was said is there, nothing is half, nothing is twice; it opens and goes on."""
    keys = after.keys or Keys.load(data)
    try:
        ledger = Ledger.open(data, keys, SystemClock())
    except Refused as refused:
        if refused.code == "ledger_rolled_back":  # the witness is further: it knows what is gone
            raise Lost(str(refused)) from refused
        raise
    with ledger:
        connection = ledger.connection
        held = ledger.open_basket()
        sales = {row.sale_id: row.doc_no for row in ledger.sales(1_000_000)}
        parked = {each.basket_id for each in ledger.parked()}
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        head = ledger.head().seq
    found = entries(data, keys)
    _nothing_acknowledged_is_lost(found, said, after)
    told = [words for words in said if words[0] == "sold"]
    if any(sales.get(words[1]) != words[2] for words in told):
        raise Lost("a sale that was said is not in the list of sales")
    assert len(set(sales.values())) == len(sales), "a receipt's number twice"
    assert head == found[-1].seq
    _the_basket_is_back(held, said, after.said)
    open_ids = parked | ({held[0].basket_id} if held else set())
    assert not open_ids & set(sales), "a basket that is sold is still open"
    with closing(Ledgered(data / LEDGER, keys.db_key)) as source:
        finding = verify(source, frozenset({keys.public_hex}), [])
        assert finding.code == OK, finding  # also: the tables are what the journal says


def orders_are_whole(data: Path, said: Said, after: After) -> None:
    """The same, and what was paid of an order was handed over with it: both, or neither."""
    the_till_is_whole(data, said, after)
    keys = after.keys or Keys.load(data)
    paid: dict[str, str] = {}
    handed: dict[str, str] = {}
    for entry in entries(data, keys):
        fact = decode_fact(entry.body)
        if isinstance(fact, Sale):
            paid |= {line.order: fact.id for line in fact.lines if line.order}
        elif isinstance(fact, ReservationStepped) and fact.step == "COLLECTED":
            assert fact.reservation not in handed, "handed over twice"
            handed[fact.reservation] = fact.sale
    assert {order: sale for order, sale in handed.items() if sale} == paid
    told = {words[1] for words in said if words[0] == "handed"}
    if not told <= set(handed):
        raise Lost("an order that was said to be handed over is not")
    with Ledger.open(data, keys, SystemClock()) as ledger:
        parked = ledger.open_basket()
        open_order = parked[0].handing if parked else None
        assert open_order is None or open_order.reservation not in handed


def _nothing_acknowledged_is_lost(found: list[Entry], said: Said, after: After) -> None:
    """The journal is what the process made of it, up to what was said or one commit further."""
    assert found == after.entries[: len(found)], "an entry is another than it was"
    heads = [int(words[1]) for words in said if words[0] == "head"]
    later = [int(words[1]) for words in after.said[len(said) :] if words[0] == "head"]
    if heads and found[-1].seq < heads[-1]:
        raise Lost(f"the journal ends at {found[-1].seq}, {heads[-1]} was said")
    assert not later or found[-1].seq <= max(later[0], *heads[-1:], 0), "more than one commit more"


def _the_basket_is_back(held: object, said: Said, all_said: Said) -> None:
    """The open basket is the one that was kept last, or the one that was being kept."""
    states = [_state(words) for words in all_said if words[0] in BASKET]
    upto = sum(words[0] in BASKET for words in said)
    if upto == 0:
        return  # what an earlier life left
    may_be = states[upto - 1 : upto + 1]
    found = None
    if isinstance(held, tuple):
        found = (held[0].basket_id, len(held[0].lines), len(held[1]))
    if found not in may_be:
        raise Lost(f"the basket is {found}, it was {may_be}")


BASKET: Final = ("basket", "sold", "parked")


def _state(words: list[str]) -> tuple[str, int, int] | None:
    return (words[1], int(words[2]), int(words[3])) if words[0] == "basket" else None


def the_till_is_there_or_not(data: Path, said: Said, after: After) -> None:
    """A first creation that was broken off can be done again; one that was said is there."""
    if any(words[0] == "head" for words in said):
        if not (data / LEDGER).exists():
            raise Lost("the ledger was made and is not there")
        if not (data / "keys.json").exists():
            raise Lost("the keys were made and are not there")
    if not (data / LEDGER).exists():
        from tests.power.child import NEW

        try:
            keys = Keys.load(data)
        except Refused as missing:
            if missing.code != "keys_missing":
                raise
            if any(words[0] == "keys" for words in said):
                raise Lost("the keys were made and are not there") from missing
            keys = Keys.create(data)
        Ledger.create(data, keys, NEW, SystemClock()).close()
        assert len(entries(data, keys)) == 1
        return
    the_till_is_whole(data, said, after)


def the_replica_is_usable(data: Path, said: Said, after: After) -> None:
    """There is a catalogue to sell from at every moment; what a void relies on is not forgotten.

    All else that sync notes there (acks, cursors) the hub tells again.
    """
    del after
    key = Keys.load(data).db_key
    catalogue = Catalogue.open(data, key)
    source, count = catalogue.source, catalogue.counts().get("products", 0)
    catalogue.close()
    with ReplicaWriter.open(data, key) as writer:
        assert writer._connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        upto = writer.sent_upto()[1]
        products = writer.counts()["products"]
    assert products > 1_000, "the file in use is not a whole one"
    # Between its two moves a swap leaves one name free: the next start of sync brings it back.
    assert count == products or source in ("none", "previous")
    sent = [int(words[1]) for words in said if words[0] == "sent"]
    if sent and upto < sent[-1]:
        raise Lost(f"sent up to {sent[-1]}, the replica says {upto}")


def the_hub_is_whole(data: Path, said: Said, after: After) -> None:
    """Everything it confirmed is there, once, and its books come to the same."""
    del after
    books = Database(f"sqlite:///{data / 'hub.sqlite'}").connect(write=True)
    try:
        assert books.text("PRAGMA integrity_check") == [("ok",)]
        joined = [words[1] for words in said if words[0] == "joined"]
        if joined and books.text("SELECT state FROM device WHERE device = ?", joined) != [
            ("active",)
        ]:
            raise Lost("the till that was let in is not")
        acks = [(int(words[1]), words[2]) for words in said if words[0] == "acked"]
        rows = books.text("SELECT device, epoch, seq, hash FROM event ORDER BY device, epoch, seq")
        there = {(device, seq): digest for device, _, seq, digest in rows}
        if any(there.get((joined[-1], seq), b"").hex() != digest for seq, digest in acks):
            raise Lost("an entry that was confirmed is not there")
        for _, chain in groupby(rows, key=itemgetter(0, 1)):
            assert all(row[2] == nth for nth, row in enumerate(chain, 1)), "a hole in a chain"
        sales = books.text("SELECT count(*), coalesce(sum(total), 0) FROM document")[0]
        days = books.text("SELECT coalesce(sum(sales), 0), coalesce(sum(total), 0) FROM day_total")
        assert tuple(days[0]) == tuple(sales)
        moved = books.text("SELECT coalesce(sum(qty), 0) FROM line")
        assert books.text("SELECT coalesce(-sum(on_hand), 0) FROM stock") == moved
        heads = dict(books.text("SELECT stream, pos FROM feed_head"))
        counts = dict(books.text("SELECT stream, count(*) FROM feed GROUP BY stream"))
        assert {stream: counts.get(stream, 0) for stream in heads} == heads
    finally:
        books.close()


def the_hub_is_upgraded(data: Path, said: Said, after: After) -> None:
    """A hub of an earlier program comes to the present one from wherever the power left it."""
    del said, after
    books = Database(f"sqlite:///{data / 'hub.sqlite'}").connect(write=True)
    try:
        assert books.text("PRAGMA integrity_check") == [("ok",)]
        assert books.text("PRAGMA user_version") == [(schema.VERSION,)]
        booked = books.text("SELECT count(*) FROM event WHERE result = 'applied'")[0][0]
        assert booked
    finally:
        books.close()
