"""Pictures of what needs attention, in each of its states."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import Qt

from pos_app.store.keys import Keys
from pos_app.store.replica import ReplicaWriter
from sync.protocol import (
    Evidence,
    ExceptionRow,
    FeedRow,
    PatternRow,
    PatternsReply,
    PullReply,
    StockRow,
    StoreHeardRow,
    StoreNameRow,
)
from tests.till.shop import HUB_TIME
from tests.ui.shop import CASHIER, MANAGER, SENIOR, Hand, opened
from tests.ui.shots_returns import codes_of

Shot = Callable[[Hand, str], None]


def paper(kind: str, number: str, till: str, at: str, **more: Any) -> Evidence:
    told: dict[str, Any] = {"store": "1", "actor": CASHIER, "amount": -11_900, "tenders": ("card",)}
    return Evidence(f"f-{number}-{kind}", kind, number, till=till, wall=at, **(told | more))


def cases() -> list[ExceptionRow]:
    """A queue as a store may have it one morning."""
    rows = [
        ExceptionRow(
            *("e1", 71, "over_return", "open", 11_900, "EUR"),
            *("2026-11-25T07:50:00.000Z", "2026-11-26T07:50:00.000Z"),
            till="2",
            evidence=(
                paper("sale", "1-1-1.411", "1", "2026-11-18T11:02:00.000Z", amount=11_900),
                paper("refunded", "1-1-1.512", "1", "2026-11-25T07:10:00.000Z"),
                paper(
                    *("refunded", "1-2-1.97", "2", "2026-11-25T07:24:00.000Z"),
                    offline=True,
                    actor=SENIOR,
                    tenders=("cash",),
                ),
            ),
        ),
        ExceptionRow(
            *("e2", 72, "payment_unmatched", "open", 15_040, "EUR"),
            *("2026-11-25T09:42:00.000Z", "2026-11-25T17:42:00.000Z"),
            till="2",
            evidence=(paper("card_noted", "", "2", "2026-11-25T09:33:00.000Z", amount=15_040),),
        ),
        ExceptionRow(
            *("e3", 69, "variance", "assigned", -1_150, "EUR"),
            *("2026-11-24T18:05:00.000Z", "2026-11-25T09:05:00.000Z"),
            till="1",
            owner=MANAGER,
            evidence=(
                paper(
                    *("shift_closed", "", "1", "2026-11-24T18:04:00.000Z"),
                    amount=84_310,
                    tenders=(),
                ),
            ),
        ),
        ExceptionRow(
            *("e4", 73, "oversell", "open", 12_900, "EUR"),
            *("2026-11-25T09:35:00.000Z", "2026-11-25T13:35:00.000Z"),
            till="1",
            evidence=(paper("sale", "1-1-1.533", "1", "2026-11-25T09:34:00.000Z", amount=12_900),),
        ),
        ExceptionRow(
            *("e5", 70, "quarantine", "open", 0, "EUR"),
            *("2026-11-24T08:00:00.000Z", "2026-11-26T08:00:00.000Z"),
            till="3",
        ),
        ExceptionRow(
            *("e6", 74, "something_newer", "open", 500, "EUR"),
            *("2026-11-25T09:50:00.000Z", "2026-11-27T09:50:00.000Z"),
            till="1",
        ),
    ]
    done = ExceptionRow(
        *("d1", 60, "figures_differ", "resolved", 250, "EUR"),
        *("2026-11-23T09:50:00.000Z", "2026-11-25T09:50:00.000Z"),
        till="1",
        resolution="write_off",
        resolved="2026-11-24T10:00:00.000Z",
        resolved_by=MANAGER,
        evidence=(paper("sale", "1-1-1.401", "1", "2026-11-23T09:49:00.000Z", amount=4_990),),
    )
    alone = ExceptionRow(
        *("d2", 61, "payment_unmatched", "settled", 2_200, "EUR"),
        *("2026-11-24T09:50:00.000Z", "2026-11-24T17:50:00.000Z"),
        till="2",
        resolved="2026-11-24T10:30:00.000Z",
    )
    return [*rows, done, alone]


def add_rows(data: Path, kind: str, rows: list[Any]) -> None:
    """Rows as the hub's feed brings them."""
    with ReplicaWriter.open(data, Keys.load(data).db_key) as writer:
        feed, after = writer.cursors()["store:1"]
        told = FeedRow(after + 1, kind, msgspec.Raw(msgspec.json.encode(rows)))
        writer.apply(PullReply("store:1", feed, after, after + 1, False, HUB_TIME, [told]))


def add_cases(data: Path, rows: list[ExceptionRow]) -> None:
    """Cases that the hub tells of."""
    add_rows(data, "exception", rows)


NAMES = [
    StoreNameRow("2", "Kamppi", "00100 Helsinki"),
    StoreNameRow("7", "Outdoor & Sport Warehouse for Northern and Eastern Europe, Building 4", ""),
    StoreNameRow("12", "متجر وسط المدينة", "عمّان"),
]
"""A short one, one that is far too long, one from right to left; store 9 was never named."""
SHIRT = "W110-WHT-M"


def add_stores(data: Path) -> None:
    """What other stores have of a shirt, one of them silent since yesterday."""
    told = {"2": 4_000, "7": 26_000, "9": 0, "12": 1_000}
    add_rows(data, "stock", [StockRow(SHIRT, store, qty, HUB_TIME) for store, qty in told.items()])
    add_rows(data, "store_heard", [StoreHeardRow("12", "2026-11-24T08:05:00.000Z")])
    add_rows(data, "store_name", NAMES)


def sold_here(hand: Hand) -> None:
    """A sale of this very till in the queue, so that its paper can be looked at."""
    hand.scan(codes_of(hand, 1)[0])
    hand.key(Qt.Key.Key_F10)
    sale = hand.till.view.sale(hand.window.selling.state.done.sale_id)
    told = paper(
        *("sale", sale.doc_no, "2", sale.t.wall), amount=sale.payable, actor=MANAGER, tenders=()
    )
    more = ExceptionRow(
        *("e7", 75, "clock_skew", "open", 0, "EUR"),
        *("2026-11-25T09:55:00.000Z", "2026-11-28T09:55:00.000Z"),
        till="2",
        evidence=(msgspec.structs.replace(told, fact=sale.id),),
    )
    add_cases(hand.till.data, [more])
    hand.window.stock_moved()
    hand.settle()


def sheets_of(hand: Hand, shot: Shot) -> None:
    """Until when it is put off; what is out of the ordinary, as it was answered."""
    window = hand.window
    hand.key(Qt.Key.Key_F7)
    hand.key(Qt.Key.Key_F7)
    shot(hand, "84b_attention_later")
    window.close_sheet()
    hand.settle()
    window.acts.do("patterns")
    hand.settle()
    told = PatternsReply(
        *("2026-10-28T09:00:00.000Z", "EUR", 6),
        (
            PatternRow(
                *("no_sales", 1, 30, 600, "sales", 50_000, 12_000, 6_100, CASHIER),
                evidence=(paper("drawer_opened", "", "1", "2026-11-24T16:04:00.000Z"),),
            ),
            PatternRow(
                *("refunds_same_card", 2, 4, 512, "sales", 7_800, 0, 2_900, SENIOR, 20_050),
                evidence=(
                    paper("refunded", "1-1-1.512", "1", "2026-11-20T07:10:00.000Z"),
                    paper("refunded", "1-2-1.97", "2", "2026-11-21T07:24:00.000Z"),
                ),
            ),
        ),
    )
    asked = window.casework.cases.patterns.asked
    body = msgspec.json.encode(told).decode()
    if asked:
        hand.till.hear({"op": "answer", "id": asked, "status": 200, "body": body})
        window.casework.heard(asked)
        hand.settle()
    shot(hand, "84c_attention_patterns")
    window.close_sheet()
    hand.settle()


def attention_shots(data: Path, shot: Shot, **look: Any) -> None:
    """The queue, a case, another way, a settled one, none, without the hub."""
    add_cases(data, cases())
    add_stores(data)
    with opened(data, **look) as hand:
        window = hand.window
        hand.ready(MANAGER)
        sold_here(hand)
        window.about.show(SHIRT)
        hand.settle()
        shot(hand, "79_product_stores")
        window.close_sheet()
        hand.settle()
        shot(hand, "80_attention_badge")
        window.acts.sync()
        hand.settle()
        shot(hand, "81_attention_sync")
        window.close_sheet()
        hand.key(Qt.Key.Key_9, Qt.KeyboardModifier.ControlModifier)
        shot(hand, "82_attention")
        window.casework.cases.choose("e1")
        if window.casework.work.narrow:
            window.casework.work.open_detail(on=True)
        hand.settle()
        shot(hand, "83_attention_case")
        hand.key(Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
        shot(hand, "84_attention_other_way")
        sheets_of(hand, shot)
        hand.line.connected = False
        window.connection.refresh()
        hand.key(Qt.Key.Key_F12)
        shot(hand, "85_attention_settled_offline")
        window.toasts.clear()
        window.casework.cases.choose_tab("done")
        hand.settle()
        shot(hand, "86_attention_done")
        window.casework.cases.choose_tab("waiting")
        window.casework.cases.type("nothing like it")
        hand.settle()
        shot(hand, "87_attention_nothing_found")
        window.casework.cases.type("")
        window.casework.cases.choose("e7")
        hand.settle()
        shot(hand, "88b_attention_of_this_till")
        window.casework.cases.choose("e6")
        hand.settle()
        shot(hand, "88_attention_newer_kind")
        window.acts.lock()
        hand.settle()
        hand.sign_in(SENIOR)
        window.acts.do("attention")
        window.casework.cases.choose("e4")
        hand.settle()
        hand.key(Qt.Key.Key_F12)
        shot(hand, "89_attention_consent")
        window.close_sheet()
        hand.settle()


def main() -> None:
    import sys
    import tempfile

    from tests.ui.shop import make_data
    from tests.ui.shots import LOOKS, OUT

    OUT.mkdir(parents=True, exist_ok=True)
    for look in sys.argv[1:] or list(LOOKS):
        with tempfile.TemporaryDirectory() as room:

            def shot(hand: Hand, name: str, look: str = look) -> None:
                hand.window.grab().save(str(OUT / f"{look}_{name}.png"))

            attention_shots(make_data(Path(room) / "till"), shot, **LOOKS[look])


if __name__ == "__main__":
    main()
