"""What happens on the tour's day, in its order: the story, in keys and scans."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from pos_app.demo import back, cards, drawer, looks, members, orders, points, prices
from pos_app.demo.doing import CONTROL, KEY, Doing

if TYPE_CHECKING:
    from sync.proxy import FaultProxy


class Day:
    """The parts of a day; each leaves the window on Sell but the last, which ends at Lock."""

    def __init__(self, doing: Doing, proxy: FaultProxy, hub: str, store: str) -> None:
        self.doing, self.hand, self.proxy = doing, doing.hand, proxy
        self.hub, self.store = hub, store

    # ---- parts of the day

    def morning(self) -> None:
        """Sign in, count the float; sell by scan, by search, with promotions, by card, split."""
        hand, doing = self.hand, self.doing
        hand.show()
        hand.place("lock")
        staff = doing.window.till
        hand.wait_for("badges", lambda: any(each.badge for each in staff.staff.values()))
        hand.picture("lock")
        doing.sign_in("cashier")
        drawer.open_shift(doing)
        hand.picture("sell_empty")
        doing.sell("A570-OLV-M", "W120-PLM-M", "G1407")
        hand.picture("sell")
        doing.exact(KEY.Key_F10)
        hand.picture("sell_done")
        self.search_and_add()
        self.note_with_change()
        prices.discounted(doing)
        cards.approved(doing)
        cards.no_answer(doing)
        prices.too_old(doing)
        prices.cheaper(doing)
        doing.badge("cashier")
        prices.split(doing)
        members.looked_up(doing)

    def outage(self) -> None:
        """Noon: the network goes. Selling, parking and the sheet that says what waits go on."""
        hand, doing = self.hand, self.doing
        doing.synced()
        points.named(doing)
        self.proxy.off()
        points.redeemed(doing)
        doing.sell("T731", "G1521")
        hand.picture("age_check")
        hand.click("Checked")
        hand.wait_for("the age", lambda: doing.window.selling.state.card is None)
        doing.exact(KEY.Key_F11)
        for basket in (("M240-IND-M", "G1205", "G1205"), ("S420-TAN-40",), ("G1417", "G1401")):
            doing.sell(*basket)
            doing.exact(KEY.Key_F10)
        hand.wait_for(
            "the pill to say offline", lambda: doing.window.connection.state.look == "offline", 60
        )
        points.earned_offline(doing)
        self.park_and_recall()
        hand.press(KEY.Key_6, CONTROL)
        hand.sheet("sync")
        hand.picture("sync_sheet_offline")
        hand.press(KEY.Key_Escape)
        hand.sheet("")

    def afternoon(self) -> None:
        """Still no network; the sync process dies as well; then the cable is back."""
        hand, doing = self.hand, self.doing
        doing.sell("W170-SND-M", "A570-OLV-L")
        self.kill_sync()
        doing.exact(KEY.Key_F10)
        hand.press(KEY.Key_2, CONTROL)
        hand.place("sales")
        hand.picture("sales_history")
        hand.press(KEY.Key_Escape)
        hand.press(KEY.Key_6, CONTROL)
        hand.sheet("sync")
        self.proxy.on()
        if doing.window.screens.sync.try_now.isEnabled():  # else it tries already
            hand.click("Try now")
        doing.synced()
        hand.picture("sync_sheet_online")
        hand.press(KEY.Key_Escape)
        hand.sheet("")
        doing.sell("G1407", "G1407")
        doing.exact(KEY.Key_F11)
        back.undo_last(doing)
        back.own_receipt(doing)
        orders.picked_and_handed_over(doing, self.hub, self.store)
        back.order_swapped(doing)

    def later(self, other_receipt: str) -> None:
        """The second till is done: one of its sales comes back here. Then a look at everything."""
        doing = self.doing
        doing.numbers["other till"] = other_receipt
        doing.hand.wait_for("the other till's sale", self._knows_other_sale, 60)
        back.receipt_of_other_till(doing)
        looks.sheets(doing)
        looks.sizes(doing)
        drawer.cash_out(doing)
        looks.training(doing)
        doing.sign_in("cashier")
        doing.hand.place("sell")
        looks.languages(doing)

    def evening(self) -> None:
        """Settings, a drop, the X, the count and the Z; then everything is at the hub."""
        doing = self.doing
        drawer.blind(doing)
        doing.lock()
        doing.sign_in("manager")
        doing.hand.place("sell")
        back.caught(doing)
        looks.settings(doing)
        drawer.drop_and_x(doing)
        drawer.count_and_close(doing)
        doing.synced()

    # ---- what happens only once

    def search_and_add(self) -> None:
        """Types a word with a mistake in it, takes the first result, then two more of it."""
        hand, window = self.hand, self.doing.window
        hand.press(KEY.Key_F2)
        hand.type("rain")
        hand.wait_for("results", lambda: bool(window.finding.state.tiles))
        hand.picture("sell_search")
        hand.press(KEY.Key_Escape)
        hand.type("crossant")
        hand.wait_for("a mistake forgiven", lambda: bool(window.finding.state.tiles))
        hand.picture("sell_search_typo")
        hand.press(KEY.Key_Return)
        hand.wait_for("the croissant", lambda: window.selling.open)
        hand.press(KEY.Key_F5)
        hand.sheet("ask")
        hand.type("3")
        hand.picture("quantity")
        hand.press(KEY.Key_Return)
        hand.sheet("")

    def note_with_change(self) -> None:
        """Cash with a note that is more than the total."""
        hand, doing = self.hand, self.doing
        hand.wait_for("keys of money", lambda: not doing.window.guarded)
        hand.press(KEY.Key_F12)
        hand.place("pay")
        hand.type("20")
        hand.picture("pay")
        hand.press(KEY.Key_F12)
        doing.done()
        hand.picture("sell_done_change")

    def park_and_recall(self) -> None:
        """One customer steps aside, another is served, the first comes back."""
        hand, doing = self.hand, self.doing
        window = doing.window
        doing.sell("W110-WHT-M", "A570-OLV-S")
        hand.press(KEY.Key_F7)
        hand.wait_for("an empty basket", lambda: not window.selling.open)
        doing.sell("G1205")
        doing.exact(KEY.Key_F10)
        hand.press(KEY.Key_F7)
        hand.wait_for(
            "the parked basket",
            lambda: window.selling.open or window.sheet_name == "parked",
        )
        if not window.selling.open:
            hand.picture("parked")
            hand.press(KEY.Key_Return)
            hand.wait_for("the parked basket", lambda: window.selling.open)
        hand.picture("recalled_offline")
        doing.exact(KEY.Key_F10)

    def kill_sync(self) -> None:
        """The sync process dies where it stands; nobody at the till is told."""
        link = self.doing.window.till.link
        if link is not None and link.status.pid:
            os.kill(link.status.pid, signal.SIGKILL)

    def _knows_other_sale(self) -> bool:
        number = self.doing.numbers["other till"]
        return self.doing.window.till.catalogue.sale_ref(number) is not None
