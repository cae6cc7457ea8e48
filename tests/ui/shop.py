"""The demo's shop as a real till on disk, and its window: real ledger, real replica, no display."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

import resources
from hardware.connect import simulated
from hardware.devices import Terminal
from pos_app import app
from pos_app.domain.badge import badge_code, badge_verifier
from pos_app.presenters import lock
from pos_app.settings import Settings
from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger
from pos_app.store.records import Identity
from pos_app.store.replica import ReplicaWriter, swap
from pos_app.till import Till, open_till
from pos_app.ui import keys
from pos_app.ui.window import Window
from sync.protocol import PriceRow, ProductRow, StaffRow, StockRow
from tests.till.shop import (
    HUB_KEY,
    HUB_TIME,
    HandClock,
    Line,
    feed,
    signed_policy,
    store_row,
    tax_row,
    verifier,
)

DEMO = Path(resources.__file__).parent / "demo"
MANAGER, CASHIER, SENIOR = "mira", "anna", "tomas"
PINS = {MANAGER: "258041", CASHIER: "1470", SENIOR: "3690", "leyla": "7410"}
BADGES = {name: badge_code(name[0].encode() * 20) for name in PINS}
PEOPLE = (
    StaffRow(MANAGER, "Mira Sandoval", "manager", ""),
    StaffRow(CASHIER, "Anna Keller", "cashier", ""),
    StaffRow(SENIOR, "Tomas Brandt", "senior", ""),
    StaffRow("leyla", "Leyla Aydin", "cashier", ""),
)


@dataclass
class Goods:
    """The demo's catalogue as rows of the feed."""

    products: list[ProductRow]
    prices: list[PriceRow]
    stock: list[StockRow]


def demo_goods() -> Goods:
    found = Goods([], [], [])
    with (DEMO / "catalogue.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            codes = tuple(code.zfill(14) for code in row["barcodes"].split() if code)
            found.products.append(
                ProductRow(
                    row["sku"],
                    row["name"],
                    row["variant"],
                    row["style"],
                    row["department"],
                    row["unit"] or "piece",
                    row["tax_code"],
                    int(row["age_limit"] or 0),
                    row["icon"],
                    barcodes=codes,
                )
            )
            amounts = (("", "", _minor(row["price"]), _minor(row["was"])),)
            found.prices.append(PriceRow(row["sku"], "retail", "EUR", amounts))
            if row["stock"]:
                qty = int(float(row["stock"]) * 1000)
                found.stock.append(StockRow(row["sku"], "1", qty, HUB_TIME))
    return found


def _minor(text: str) -> int:
    whole, _, rest = text.partition(".")
    return int(whole or 0) * 100 + int(rest.ljust(2, "0") or 0)


def make_data(data: Path, *, extra: list[tuple[ProductRow, int]] = (), **store: Any) -> Path:
    """A till's directory as enrolment and the first pull leave it."""
    data.mkdir(parents=True, exist_ok=True)
    keys = Keys.create(data)
    identity = Identity(
        device="d0000001",
        epoch=1,
        store="1",
        till="2",
        nonce="00" * 16,
        hub_key=HUB_KEY,
        pubkey=keys.public_hex,
    )
    Ledger.create(data, keys, identity, HandClock()).close()
    goods = demo_goods()
    shop = tomllib.loads((DEMO / "shop.toml").read_text(encoding="utf-8"))["store"]
    row = store_row(
        **{
            "name": shop["name"],
            "address": tuple(shop["address"]),
            "locale": shop["locale"],
            "footer": shop["footer"],
            **store,
        }
    )
    taxes = tax_row(
        rates=(
            ("standard", 200_000, "VAT", "", "", False),
            ("reduced", 100_000, "VAT", "", "", False),
        )
    )
    for product, amount in extra:
        goods.products.append(product)
        if amount:
            prices = (("", "", amount, 0),)
            goods.prices.append(PriceRow(product.sku, "retail", row.currency, prices))
    prices = [
        PriceRow(each.sku, each.price_list, row.currency, each.prices) for each in goods.prices
    ]
    people = [
        StaffRow(
            each.staff_id,
            each.name,
            each.role,
            verifier(PINS[each.staff_id]),
            pin_digits=len(PINS[each.staff_id]),
            badge=badge_verifier(BADGES[each.staff_id], b"salt"),
        )
        for each in PEOPLE
    ]
    with ReplicaWriter.create_beside(data, keys.db_key) as writer:
        writer.apply(feed("global", 0, ("product", goods.products), ("price", prices)))
        writer.apply(
            feed(
                "store:1",
                0,
                ("store", [row]),
                ("tax", [taxes]),
                ("policy", [signed_policy()]),
                ("staff", people),
                ("stock", goods.stock),
            )
        )
        writer.finish()
    swap(data, keys.db_key)
    Settings(theme="light", lock_after_s=0, speaker="none").save(data)
    return data


class Pace:
    """When keys are pressed, whatever the machine is busy with: milliseconds of their own."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms, self.step_ms = now_ms, 200

    def __call__(self, _event: Any) -> int:
        self.now_ms += self.step_ms
        return self.now_ms


class Hand:
    """Presses keys and buttons on the real window, as a person and a scanner would."""

    def __init__(self, window: Window, till: Till, clock: HandClock, line: Line, devices: Any):
        self.window, self.till, self.clock, self.line = window, till, clock, line
        self.devices, self.printer, self.drawer = devices
        self.actions = 0
        self.pace = Pace(window.clock_ms())
        window.scans.time_of = self.pace
        window.clock_ms = lambda: self.pace.now_ms

    def settle(self) -> None:
        """Until every lane has answered and everything is painted."""
        for _turn in range(2_000):
            QCoreApplication.sendPostedEvents()
            QCoreApplication.processEvents()
            if not self.window.busy:
                break
            QTest.qWait(1)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()

    def key(self, key: Qt.Key, mods: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """One key or chord: one action."""
        self.actions += 1
        self.pause()
        QTest.keyClick(self.window.windowHandle(), key, mods)
        self.settle()

    def pause(self) -> None:
        """Longer than the guard after a screen change, and than a burst's gap."""
        if self.window.guarded:
            self.pace.now_ms += keys.GUARD_MS

    def be_sure(self) -> None:
        """Until what may have been the begin of a scan was given back as typed."""
        while self.window.scans.running:
            QTest.qWait(5)
        self.settle()

    def type(self, text: str) -> None:
        """A typed text at a person's pace: one action."""
        self.actions += 1
        for mark in text:
            QTest.keyClick(self.window.windowHandle(), mark)
        self.settle()

    def scan(self, code: str) -> None:
        """A burst of keys that ends with Enter: one action."""
        self.actions += 1
        handle = self.window.windowHandle()
        self.pace.now_ms += 500
        self.pace.step_ms = 4
        with patch.object(self.window.scans, "patience", 400):  # its timer is the machine's
            for mark in code:
                QTest.keyClick(handle, mark)
            QTest.keyClick(handle, Qt.Key.Key_Return)
        self.pace.step_ms = 200
        self.settle()

    def click(self, widget: Any) -> None:
        """A tap: one action."""
        self.actions += 1
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)
        self.settle()

    def cut_power(self) -> None:
        """What is on the disk is all that stays; nobody is told anything."""
        self.window.ended = True
        self.window._tick.stop()
        self.window.lanes.stop()
        self.till.close()

    def sign_in(self, who: str = CASHIER) -> None:
        """By PIN, without the rest after its last digit: no scan can come here."""
        self.window.lock.choose(who)
        with patch.object(lock, "PIN_REST_MS", 0):
            self.type(PINS[who])

    def open_shift(self, amount: int = 20_000) -> None:
        self.window.opening.set(2_000, amount // 2_000)
        self.key(Qt.Key.Key_F12)

    def ready(self, who: str = CASHIER) -> None:
        """Signed in, shift open, in Sell."""
        self.sign_in(who)
        self.open_shift()
        self.actions = 0


@contextmanager
def opened(
    data: Path,
    *,
    size: tuple[int, int] = (1366, 768),
    theme: str = "light",
    locale: str = "",
    terminal: Terminal | None = None,
) -> Iterator[Hand]:
    """The window of the till in `data`, shown offscreen, everything closed afterwards."""
    app.application(data, offscreen=True)
    found = simulated()
    clock, line = HandClock(), Line()
    line.status = _live()
    devices = replace(found[0], terminal=terminal)
    till = open_till(data, devices=devices, clock=clock, link=line)
    app.dress(Settings(theme=theme, locale=locale), till.own.store.locale if till.own.store else "")
    faults: list[BaseException] = []
    window = Window(till, faults.append)
    till.after_commit = lambda: window.lanes.call(window.committed)
    window.resize(*size)
    window.open()
    window.show()
    window.activateWindow()
    QApplication.processEvents()
    hand = Hand(window, till, clock, line, found[:3])
    hand.settle()
    try:
        yield hand
    finally:
        window.close()
        till.close()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        assert not faults, faults


def _live() -> Any:
    from sync.link import SyncStatus

    return SyncStatus(state="LIVE", last_contact="2026-11-25T09:59:50.000Z", replica="current")
