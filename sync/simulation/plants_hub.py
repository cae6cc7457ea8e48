"""Planted bugs of the hub: what it confirms, keeps, adds up and tells its tills."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from sync.hub import booking, devices, feed, greeting, nonces, push, refunds
from sync.hub.answers import HubProblem
from sync.hub.database import Connection, storage_errors
from sync.hub.feed import Page
from sync.hub.stock import move_stock
from sync.protocol import entry_hash

Rows = list[tuple[Any, str, Any]]


def _ack_before_commit() -> Rows:
    """The COMMIT of a transaction happens when the next one begins."""

    @contextlib.contextmanager
    def transaction(self: Any) -> Iterator[None]:
        with storage_errors():
            if self._raw.in_transaction:
                self._raw.execute("COMMIT")
            self._raw.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._roll_back()
                raise

    return [(Connection, "transaction", transaction)]


def _effects_before_dedup() -> Rows:
    real: Callable[..., int] = push._check_overlap

    def check(connection: Any, device: Any, asked: Any) -> int:
        known = real(connection, device, asked)
        moved: dict[str, int] = {}
        for event in asked.events[:known]:
            for line in msgspec.json.decode(bytes(event.body)).get("lines", ()):
                moved[line["sku"]] = moved.get(line["sku"], 0) - line["qty"]
        move_stock(connection, device.store_id, moved, "")
        return known

    return [(push, "_check_overlap", check)]


def _poison_blocks() -> Rows:
    real = push._read

    def read(body: bytes) -> Any:
        fact, reason = real(body)
        if fact is None:
            raise HubProblem("malformed", reason)
        return fact, reason

    return [(push, "_read", read)]


def _poison_dropped() -> Rows:
    def set_aside(self: Any, entry: Any, _reason: str) -> None:
        self._connection.run(push._ADD_EVENT, self._event(entry, None, "", "applied"))

    return [(push._Books, "_set_aside", set_aside)]


def _half_a_booking_stays() -> Rows:
    """What failed in the middle is not undone before it is set aside."""
    real = Connection.savepoint

    @contextlib.contextmanager
    def savepoint(self: Any, name: str) -> Iterator[None]:
        if name != "whole":
            with real(self, name):
                yield
            return
        yield

    return [(Connection, "savepoint", savepoint)]


def _same_id_is_same_fact() -> Rows:
    return [(push, "same_content", lambda _one, _other: True)]


def _float_money() -> Rows:
    real = booking.Booking._count_day

    def count(self: Any, kind: str, fact: Any, gross: int, *more: int) -> None:
        real(self, kind, fact, gross, *more)
        sums = self._days[fact.biz_date, fact.currency]
        sums[6] += int(fact.total / 100 * 100) - fact.total

    return [(booking.Booking, "_count_day", count)]


def _void_keeps_stock() -> Rows:
    real = booking.Booking._void

    def void(self: Any, n: int, fact: Any) -> None:
        before = dict(self._stock)
        real(self, n, fact)
        self._stock.clear()
        self._stock.update(before)

    effects = {**booking._EFFECTS}
    for kind, effect in booking._EFFECTS.items():
        if effect is real:
            effects[kind] = void
    return [(booking, "_EFFECTS", effects)]


def _damaged_goods_sold_again() -> Rows:
    def back(fact: Any) -> Iterator[tuple[str, int]]:
        return ((line.sku, -line.qty) for line in fact.lines if not line.custom)

    return [(refunds, "stock_back", back)]


def _feed_after_commit() -> Rows:
    """Rows of the feed follow in the next transaction: a crash between loses them."""
    real = feed.append
    waiting: list[Mapping[str, Sequence[tuple[str, bytes]]]] = []

    def append(connection: Any, changes: Mapping[str, Sequence[tuple[str, bytes]]]) -> None:
        due, waiting[:] = [*waiting], [changes]
        for one in due:
            real(connection, one)

    return [(feed, "append", append)]


def _page_skips_what_does_not_fit() -> Rows:
    real = Page.read

    def read(self: Any, connection: Any, now: Any) -> Any:
        reply = real(self, connection, now)
        if not reply.more:
            return reply
        rows = [
            *reply.rows[:-1],
            msgspec.structs.replace(reply.rows[-1], kind="stock", rows=msgspec.Raw(b"[]")),
        ]
        return msgspec.structs.replace(reply, rows=rows)

    return [(Page, "read", read)]


def _reflected_first() -> Rows:
    """A till's entries are told to be in the stock before the stock that has them is told."""
    real = feed.append

    def append(connection: Any, changes: Mapping[str, Sequence[tuple[str, bytes]]]) -> None:
        turned = {
            stream: sorted(rows, key=lambda row: row[0] != "reflected")
            for stream, rows in changes.items()
        }
        real(connection, turned)

    return [(feed, "append", append)]


def _replay_accepted() -> Rows:
    return [(nonces.Nonces, "is_first", lambda *_given, **_named: True)]


def _never_behind() -> Rows:
    """A restored hub says that all is well to a till that was given more than it holds."""
    real = greeting.verdict

    def verdict(*given: Any) -> str:
        found = real(*given)
        return "ok" if found == "behind" else found

    return [(greeting, "verdict", verdict), (greeting, "_was_given_more", lambda *_: False)]


def _feed_keeps_its_name() -> Rows:
    return [(greeting, "_was_given_more", lambda *_: False)]


def _epoch_goes_on() -> Rows:
    """A till that is enrolled again goes on in the life that was ended."""
    return [(devices, "_next_epoch", lambda *_given, **_named: None)]


def unseeing() -> Rows:
    """A hub that looks at the numbers of entries and at no hash of them."""
    real = greeting.verdict

    def verdict(*given: Any) -> str:
        found = real(*given)
        return "ok" if found in ("fork", "rolled_back") else found

    def check(_connection: Any, device: Any, asked: Any) -> int:
        known: int = min(len(asked.events), device.last_seq - asked.first_seq + 1)
        return max(0, known)

    return [(greeting, "verdict", verdict), (push, "_check_overlap", check)]


def unchained() -> Rows:
    """And one that chains what comes to whatever it has."""
    return [(push, "_chained", _unchained)]


def _unchained(connection: Any, device: Any, first_seq: int, fresh: Sequence[Any]) -> Any:
    """The entries chained to whatever the hub has, not to what their till had before them."""
    previous, mended = device.last_hash, []
    for event in fresh:
        previous = entry_hash(previous, bytes(event.body))
        mended.append(msgspec.structs.replace(event, hash=previous.hex()))
    return _CHAINED(connection, device, first_seq, mended)


_CHAINED: Final = push._chained


def _ack_of_all_that_was_sent() -> Rows:
    """The ack names the end of the push, also where only a part of it was taken."""
    real = push._book

    def book(connection: Any, device: Any, entries: Any, at: str) -> list[str]:
        if len(entries) > 2:
            results = real(connection, device, entries[:-1], at)
            return [*results, "applied"]
        return real(connection, device, entries, at)

    return [(push, "_book", book)]


ROWS: Final = (
    (
        "ack_before_commit",
        "The hub answers a push before its COMMIT.",
        *("crash", 20, _ack_before_commit),
    ),
    (
        "effects_before_dedup",
        "Goods move before the hub looks whether it has the entry already.",
        *("wire", 8, _effects_before_dedup),
    ),
    (
        "poison_blocks",
        "An entry that nobody can read is refused, and with it all that follow.",
        *("mixed", 6, _poison_blocks),
    ),
    (
        "poison_dropped",
        "An entry that nobody can read is confirmed and kept nowhere.",
        *("mixed", 6, _poison_dropped),
    ),
    (
        "half_a_booking_stays",
        "What a batch did before it failed is not undone.",
        *("mixed", 12, _half_a_booking_stays),
    ),
    (
        "same_id_is_same_fact",
        "An id that is known is taken for the same fact, whatever it says.",
        *("mixed", 10, _same_id_is_same_fact),
    ),
    ("float_money", "A day is added up in floats.", "calm", 6, _float_money),
    (
        "void_keeps_stock",
        "A void brings the money back and not the goods.",
        "calm",
        6,
        _void_keeps_stock,
    ),
    (
        "damaged_goods_sold_again",
        "Goods that came back damaged go into the stock that is sold.",
        *("calm", 12, _damaged_goods_sold_again),
    ),
    (
        "feed_after_commit",
        "Rows of the feed are written after the transaction they belong to.",
        *("calm", 4, _feed_after_commit),
    ),
    (
        "page_skips_rows",
        "What does not fit into a page of the feed is passed over.",
        *("feed", 6, _page_skips_what_does_not_fit),
    ),
    (
        "reflected_first",
        "Entries are told to be in the stock before the stock that has them is told.",
        *("calm", 4, _reflected_first),
    ),
    (
        "replay_accepted",
        "A request that comes twice works twice.",
        *("wire", 8, _replay_accepted),
    ),
    (
        "never_behind",
        "A restored hub tells nobody that it has lost what it had confirmed.",
        *("hub-restore", 8, _never_behind),
    ),
    (
        "feed_keeps_its_name",
        "A restored hub goes on with a feed of which tills know more than it does.",
        *("hub-restore", 12, _feed_keeps_its_name),
    ),
    (
        "epoch_goes_on",
        "A till that is enrolled again goes on in the life that was ended.",
        *("restore", 6, _epoch_goes_on),
    ),
    (
        "ack_of_all_that_was_sent",
        "The last entry of a longer push is confirmed and not kept.",
        *("wire", 8, _ack_of_all_that_was_sent),
    ),
)
