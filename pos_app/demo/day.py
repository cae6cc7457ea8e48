"""What is done on the tour's day, screen by screen: the story, in keys and scans."""

from __future__ import annotations

import csv
import os
import signal
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from pos_app.ui import theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pos_app.demo.hand import Hand
    from pos_app.demo.shop import DemoPerson
    from sync.proxy import FaultProxy

KEY = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier
SIZES = ((1024, 768), (1366, 768), (1920, 1080))


def goods() -> dict[str, str]:
    """SKU -> first barcode of everything the demo sells."""
    table = files("resources").joinpath("demo", "catalogue.csv").read_text(encoding="utf-8")
    return {row["sku"]: row["barcodes"].split()[0] for row in csv.DictReader(table.splitlines())}


class Day:
    """Four parts of a day; each leaves the window on Sell but the last, which ends at Lock."""

    def __init__(self, hand: Hand, staff: Sequence[DemoPerson], proxy: FaultProxy) -> None:
        self.hand = hand
        self.window = hand.window
        self.manager = staff[0]
        self.cashier = next(person for person in staff if person.role == "cashier")
        self.proxy = proxy
        self.codes = goods()

    # ---- parts of the day

    def morning(self) -> None:
        """Sign in, count the float, sell by scan, by search, with a discount, by card, split."""
        hand = self.hand
        hand.window.resize(1366, 768)
        hand.window.show()
        hand.wait_for("the window", hand.window.isActiveWindow)
        hand.place("lock")
        hand.wait_for("people", lambda: bool(self.window.lock.state.people))
        hand.picture("lock")
        self.sign_in(self.cashier)
        hand.place("open_shift")
        hand.type("2")
        hand.press(KEY.Key_Return)
        hand.type("4")
        hand.picture("open_shift")
        hand.press(KEY.Key_F12)
        hand.place("sell")
        hand.picture("sell")
        self.sell("A570-OLV-M", "W120-PLM-M", "G1407")
        hand.picture("sell_basket")
        self.exact(KEY.Key_F10)
        hand.picture("sell_done")
        self.search_and_add()
        self.note_with_change()
        self.discounted_by_card()
        self.split()

    def outage(self) -> None:
        """Noon: the network goes. Selling, parking and the sheet that says what waits go on."""
        hand = self.hand
        self.synced()
        self.proxy.off()
        self.sell("T731", "G1521")
        hand.picture("age_check")
        hand.click("Checked")
        hand.wait_for("the age", lambda: self.window.selling.state.card is None)
        self.exact(KEY.Key_F11)
        for basket in (("M240-IND-M", "G1205", "G1205"), ("S420-TAN-40",), ("G1417", "G1401")):
            self.sell(*basket)
            self.exact(KEY.Key_F10)
        hand.wait_for(
            "the pill to say offline", lambda: self.window.connection.state.look == "offline", 60
        )
        self.park_and_recall()
        hand.press(KEY.Key_4, CONTROL)
        hand.sheet("sync")
        hand.picture("sync_sheet_offline")
        hand.press(KEY.Key_Escape)
        hand.sheet("")

    def afternoon(self) -> None:
        """Still no network; the sync process dies as well; then the cable is back."""
        hand = self.hand
        self.sell("W170-SND-M", "A570-OLV-L")
        self.kill_sync()
        self.exact(KEY.Key_F10)
        hand.press(KEY.Key_2, CONTROL)
        hand.picture("sales_history")
        hand.press(KEY.Key_Escape)
        self.proxy.on()
        hand.press(KEY.Key_4, CONTROL)
        hand.sheet("sync")
        hand.click("Try now")
        self.synced()
        hand.picture("sync_sheet_online")
        hand.press(KEY.Key_Escape)
        hand.sheet("")
        self.sell("G1407", "G1407")
        self.exact(KEY.Key_F11)
        self.undo_last()
        hand.press(KEY.Key_P, CONTROL)
        hand.sheet("consent")
        self.consent()
        hand.wait_for("the copy", lambda: not self.window.till.ledger.print_jobs(("queued",)))
        self.looks()

    def evening(self) -> None:
        """The count and the Z, then everything is at the hub."""
        hand = self.hand
        hand.press(KEY.Key_L, CONTROL)
        hand.place("lock")
        self.sign_in(self.manager)
        hand.place("sell")
        hand.press(KEY.Key_3, CONTROL)
        hand.place("close_shift")
        self.count_drawer()
        hand.picture("close_shift")
        hand.press(KEY.Key_F12)
        hand.place("lock")
        hand.picture("shift_closed")
        self.synced()

    # ---- what people do

    def sign_in(self, person: DemoPerson) -> None:
        """Chooses a person by the arrow keys and types the PIN."""
        hand, lock = self.hand, self.window.lock
        for _ in range(20):
            if lock.state.name == person.name:
                break
            hand.press(KEY.Key_Right)
        hand.type(person.pin)
        hand.press(KEY.Key_Return)
        hand.wait_for(f"{person.name} at the till", lambda: self.window.place != "lock")

    def sell(self, *skus: str) -> None:
        """Scans goods."""
        for sku in skus:
            self.hand.scan(self.codes[sku])

    def exact(self, key: Qt.Key) -> None:
        """F10 or F11, until the sale is done and its receipt is out."""
        hand, selling = self.hand, self.window.selling
        hand.wait_for("keys of money", lambda: not self.window.guarded)
        hand.press(key)
        self.done()
        hand.wait_for("an empty basket", lambda: not selling.open)

    def done(self) -> None:
        """Waits until the sale is done and its paper is printed."""
        hand, selling = self.hand, self.window.selling
        hand.wait_for("the sale", lambda: selling.state.done is not None)
        hand.place("sell")
        hand.wait_for("the paper", lambda: not self.window.till.ledger.print_jobs(("queued",)))

    def search_and_add(self) -> None:
        """Types a word with a mistake in it, takes the first result, then two more of it."""
        hand = self.hand
        hand.press(KEY.Key_F2)
        hand.type("rain")
        hand.wait_for("results", lambda: bool(self.window.finding.state.tiles))
        hand.picture("sell_search")
        hand.press(KEY.Key_Escape)
        hand.type("crossant")
        hand.wait_for("a mistake forgiven", lambda: bool(self.window.finding.state.tiles))
        hand.picture("sell_search_typo")
        hand.press(KEY.Key_Return)
        hand.wait_for("the croissant", lambda: self.window.selling.open)
        hand.press(KEY.Key_F5)
        hand.sheet("ask")
        hand.type("3")
        hand.picture("quantity")
        hand.press(KEY.Key_Return)
        hand.sheet("")

    def note_with_change(self) -> None:
        """Cash with a note that is more than the total."""
        hand = self.hand
        hand.wait_for("keys of money", lambda: not self.window.guarded)
        hand.press(KEY.Key_F12)
        hand.place("pay")
        hand.type("20")
        hand.picture("pay")
        hand.press(KEY.Key_F12)
        self.done()
        hand.picture("sell_done_change")

    def discounted_by_card(self) -> None:
        """A line discount with its reason, then the card."""
        hand = self.hand
        self.sell("M240-STN-M")
        hand.press(KEY.Key_F6)
        hand.sheet("discount")
        hand.type("5")
        hand.click(self.window.discounting.state.reasons[0])
        hand.picture("discount")
        hand.click("Give discount")
        hand.sheet("")
        hand.picture("sell_discounted")
        self.exact(KEY.Key_F11)

    def split(self) -> None:
        """Part in cash, the rest by card."""
        hand = self.hand
        self.sell("S420-BLK-41", "G1528")
        hand.click("Checked")
        hand.wait_for("the age", lambda: self.window.selling.state.card is None)
        hand.press(KEY.Key_F12)
        hand.place("pay")
        hand.type("50")
        hand.press(KEY.Key_F12)
        hand.wait_for("the first part", lambda: bool(self.window.selling.payments))
        hand.press(KEY.Key_2, Qt.KeyboardModifier.AltModifier)
        hand.picture("pay_split")
        hand.wait_for("keys of money", lambda: not self.window.guarded)
        hand.press(KEY.Key_F12)
        self.done()

    def park_and_recall(self) -> None:
        """One customer steps aside, another is served, the first comes back."""
        hand = self.hand
        self.sell("W110-WHT-M", "A570-OLV-S")
        hand.press(KEY.Key_F7)
        hand.wait_for("an empty basket", lambda: not self.window.selling.open)
        self.sell("G1205")
        self.exact(KEY.Key_F10)
        hand.press(KEY.Key_F7)
        hand.wait_for(
            "the parked basket",
            lambda: self.window.selling.open or self.window.sheet_name == "parked",
        )
        if not self.window.selling.open:
            hand.picture("parked")
            hand.press(KEY.Key_Return)
            hand.wait_for("the parked basket", lambda: self.window.selling.open)
        hand.picture("recalled_offline")
        self.exact(KEY.Key_F10)

    def undo_last(self) -> None:
        """The sale that was just made is taken back; somebody answers for it."""
        hand = self.hand
        hand.click("Undo", within=self.window.panel)
        hand.wait_for(
            "the void",
            lambda: self.window.sheet_name == "consent" or self.window.selling.state.done is None,
        )
        self.consent(picture=True)
        hand.wait_for("the void", lambda: self.window.selling.state.done is None)

    def consent(self, *, picture: bool = False) -> None:
        """Answers what is asked: the first reason, then the manager's PIN."""
        hand, window = self.hand, self.window
        while window.sheet_name == "consent":
            needs, reasons = window.consent.state.needs, window.consent.state.reasons
            if picture:
                hand.picture(f"consent_{needs}")
            if needs == "reason":
                hand.click(reasons[0])
            else:
                hand.click(self.manager.name)
                hand.type(self.manager.pin)
            hand.wait_for("an answer", partial(self._answered, needs))

    def _answered(self, asked: str) -> bool:
        return self.window.consent.state.needs != asked or self.window.sheet_name != "consent"

    def kill_sync(self) -> None:
        """The sync process dies where it stands; nobody at the till is told."""
        link = self.window.till.link
        if link is not None and link.status.pid:
            os.kill(link.status.pid, signal.SIGKILL)

    def count_drawer(self) -> None:
        """Counts just what should be there, largest first."""
        till = self.window.till
        if till.shift is None:
            return
        left = till.ledger.shift_totals(till.shift.shift_id).expected_cash
        for row in self.window.closing.state.rows:
            pieces, left = divmod(left, row.worth)
            self.hand.type(str(pieces))
            self.hand.press(KEY.Key_Return)

    def synced(self) -> None:
        """Waits until the pill may say that everything is at the hub."""
        self.hand.wait_for(
            "everything at the hub", lambda: self.window.connection.state.look == "online", 60
        )

    def looks(self) -> None:
        """The same screen in the dark, mirrored, narrow and wide."""
        hand = self.hand
        self.sell("W120-NVY-M", "A570-OLV-M", "G1417", "T731")
        for name in ("dark", "light"):
            self.window.set_theme(name)
            if name == "dark":
                hand.picture("sell_dark")
        for width, height in SIZES:
            self.window.resize(width, height)
            if width != 1366:
                hand.picture(f"sell_{width}")
        self.window.resize(1366, 768)
        theme.direction(rtl=True)
        hand.picture("sell_mirrored")
        theme.direction(rtl=False)
        self.exact(KEY.Key_F11)
