"""Deliveries, transfers and counts: chosen from a list, counted by scanner, finished by one key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from pos_app.domain.basket import QTY_MAX
from pos_app.domain.errors import PosError, Refused, Unavailable
from pos_app.presenters import goods_counts, goods_list, goods_work
from pos_app.presenters.desk import LEDGER, Consent, Desk
from pos_app.presenters.goods_views import (
    ALL,
    COME,
    COUNT,
    DIFFERENCES,
    GO,
    LIST,
    WORK,
    GoodsState,
    PanelView,
)
from pos_app.presenters.views import dotted
from pos_app.till import counting, goods, lookup, receiving, transfers
from pos_app.till.counting import Counting
from pos_app.till.delivery import Receiving
from pos_app.till.goods import COUNTING, PIECE, RECEIVING, SENDING, Open
from pos_app.words import _, number
from sync.protocol import TransferRequested

Held = Receiving | Counting | Open
_VERBS: Final[dict[str, Any]] = {RECEIVING: receiving, COUNTING: counting}


class Goods:
    """The screen's presenter: which piece of work is open, and what its keys do."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.on_change: Callable[[GoodsState], None] = lambda _state: None
        self.on_clear: Callable[[], None] = lambda: None
        self.on_printed: Callable[[], None] = lambda: None
        self.state = GoodsState()
        self.held: Held | None = None
        self._tab, self._marked, self._text = COME, "", ""
        self._chip, self._times, self._line = ALL, 1, ""
        self._busy = False

    # ---- where one is

    @property
    def work_id(self) -> str:
        """Of the piece of work that is open; empty in the list."""
        return self._open.work_id if self._open is not None else ""

    @property
    def _open(self) -> Open | None:
        held = self.held
        return held if isinstance(held, Open) or held is None else held.open

    @property
    def kind(self) -> str:
        """receiving, sending or counting; empty in the list."""
        return self._open.work.kind if self._open is not None else ""

    def open(self) -> None:
        """The list, or the work that was left."""
        if self.held is None:
            self._show()
        else:
            self.refresh()

    def refresh(self) -> None:
        """The hub told something, or another till counted."""
        held = self._open
        if held is not None:
            self._got(goods_work.read_again(self.desk.till, held))
        else:
            self._show()

    def leave(self) -> bool:
        """Back to the list, the work stays; False where it is the list."""
        if self.held is None:
            return False
        self.held, self._line, self._times = None, "", 1
        self._show()
        return True

    # ---- the list

    def choose_tab(self, tab: str) -> None:
        """To receive, to send, to count."""
        self._tab, self._marked = tab, ""
        self._show()

    def type(self, text: str) -> None:
        """Another text in the search field; `12 *` sets how many the next scan counts."""
        wanted = text.strip()
        if self.held is not None and wanted.endswith("*"):
            self._set_times(wanted[:-1].strip())
            self.on_clear()
            return
        self._text = wanted
        if self.held is None:
            self._show()

    def _set_times(self, text: str) -> None:
        fits = text.isascii() and text.isdigit() and 0 < int(text) * PIECE <= QTY_MAX
        self._times = int(text) if fits else 1
        self._text = ""
        self._show()

    def move(self, step: int) -> None:
        """The next row, or the one before."""
        if self.held is None:
            keys = [entry.key for entry in self.state.entries]
            self._marked = _moved(keys, self._marked, step)
        else:
            keys = [row.sku for row in self.state.rows]
            self._line = _moved(keys, self._line, step)
        self._show()

    def enter(self) -> None:
        """Enter in the search field: a number, a label, or an item typed by hand."""
        if self._text:
            text, self._text = self._text, ""
            self.on_clear()
            self.scan(text)
        elif self.held is None and self.state.marked:
            self.pick(self.state.marked)

    def pick(self, key: str) -> None:
        """A row of the list: goes on with it, or begins."""
        what, _mark, which = key.partition(":")
        till = self.desk.till
        acts: dict[str, Callable[[], Held | None]] = {
            "receive": lambda: receiving.begin(till, which),
            "unlisted": lambda: receiving.begin_unlisted(till, _("Without a list")),
            "asked": lambda: transfers.begin_asked(till, which),
            "send": lambda: transfers.begin(till, which),
            "ask": lambda: transfers.begin_request(till, which),
            "work": lambda: goods_work.read_again(till, goods.find(till, which)),
            "free": lambda: counting.begin(till, name=_("Stock count")),
            "department": lambda: counting.begin(till, counting.DEPARTMENT, which),
        }
        if what in acts:
            self._marked = key
            self._do(acts[what], self._begun)

    def _begun(self, held: Held | None) -> None:
        self._chip, self._line, self._times = ALL, "", 1
        self._got(held)

    # ---- counting

    def scan(self, code: str) -> None:
        """A note, a box or an item, whatever is shown."""
        till = self.desk.till
        row = receiving.find(till, code)
        if self.held is None:
            self._scan_in_list(code, row is not None)
            return
        if isinstance(self.held, Receiving) and row is not None:
            if goods.filed(row.name) == goods.filed(code) or row.delivery != self.work_id:
                self.pick(f"receive:{row.delivery}")
            else:
                self._box(code)
            return
        sku = self._sku_of(code)
        if sku:
            self._count(sku, self._times * PIECE)

    def _scan_in_list(self, code: str, known: bool) -> None:
        row = receiving.find(self.desk.till, code)
        if known and row is not None:
            self.pick(f"receive:{row.delivery}")
            return
        sku = self._sku_of(code)
        if not sku:
            return
        fits = [
            each
            for each in receiving.expected(self.desk.till)
            if any(line.sku == sku for line in each.lines)
        ]
        if not fits:
            self._refuse(_("Not on any list. Choose what you count first."))
            return

        def begin_with() -> Held:
            receiving.begin(self.desk.till, fits[0].delivery)
            return receiving.scan(self.desk.till, fits[0].delivery, sku)

        self._do(begin_with, lambda held: self._counted(held, sku))

    def _sku_of(self, code: str) -> str:
        till = self.desk.till
        try:
            found = lookup.by_code(till, code)
        except (Refused, Unavailable):
            found = None
        found = found or lookup.by_sku(till, code)
        if found is None:
            self._refuse(_("Not in the catalogue. Nothing was counted."))
            return ""
        return found.product.sku

    def _count(self, sku: str, qty: int) -> None:
        till, work_id, kind = self.desk.till, self.work_id, self.kind

        def act() -> Held:
            if kind == SENDING:
                return goods.add(till, work_id, sku, qty)
            held: Held = _VERBS[kind].scan(till, work_id, sku, qty)
            return held

        self._times = 1
        self._do(act, lambda held: self._counted(held, sku))

    def _box(self, label: str) -> None:
        till, work_id = self.desk.till, self.work_id
        self._do(lambda: receiving.box(till, work_id, label), lambda held: self._counted(held, ""))

    def _counted(self, held: Held, sku: str) -> None:
        self._line = sku or self._line
        if self._chip != ALL:
            self._chip = ALL
        self._got(held)
        self.desk.hands.sound("ok")
        row = next((row for row in self.state.rows if row.sku == sku), None)
        if row is not None:
            self.desk.hands.announce(row.spoken)

    def step(self, sku: str, by: int) -> None:
        """One more, one less of a line."""
        line = self._open.line(sku) if self._open is not None else None
        self.put(sku, max(0, (line.counted if line is not None else 0) + by * PIECE))

    def put(self, sku: str, counted: int) -> None:
        """So many of a line."""
        till, work_id, kind = self.desk.till, self.work_id, self.kind
        self._line = sku

        def act() -> Held:
            if kind == SENDING:
                return goods.put(till, work_id, sku, counted)
            held: Held = _VERBS[kind].put(till, work_id, sku, counted)
            return held

        self._do(act, self._got)

    def take_back(self) -> None:
        """Del: the last scan was none."""
        held = self._open
        if held is None or not held.work.last:
            return
        till, work_id, kind = self.desk.till, self.work_id, self.kind
        verb = goods.take_back if kind == SENDING else _VERBS[kind].take_back
        self._do(lambda: verb(till, work_id), self._got)

    def choose_chip(self, chip: str) -> None:
        """All lines, those to count, those that differ, those that are complete."""
        self._chip = chip
        self._show()

    def choose_line(self, sku: str) -> None:
        """A line was touched."""
        self._line = sku
        self._show()

    @property
    def line(self) -> str:
        """SKU of the line that keys mean."""
        return self._line

    def done(self, sku: str) -> None:
        """No more of it comes; a second time: it may."""
        held, till, work_id = self.held, self.desk.till, self.work_id
        if isinstance(held, Receiving):
            on = sku not in held.open.work.done
            self._do(lambda: receiving.done(till, work_id, sku, on=on), self._got)

    def damage(self) -> None:
        """One of the chosen line is damaged; after the last of them none is."""
        held, till, work_id = self.held, self.desk.till, self.work_id
        if not isinstance(held, Receiving):
            return
        line = held.open.line(self._line)
        if line is None or not line.counted:
            self._refuse(_("Choose a line that is counted first."))
            return
        more = line.damaged + PIECE if line.damaged + PIECE <= line.counted else 0
        self._do(lambda: receiving.damage(till, work_id, line.sku, more), self._got)

    def reason(self, sku: str, kind: str, why: str) -> None:
        """What becomes of a difference."""
        till, work_id = self.desk.till, self.work_id
        self._do(lambda: receiving.reason(till, work_id, sku, kind, why), self._got)

    def put_aside(self) -> None:
        """The piece somebody waits for lies aside."""
        held, till, work_id = self.held, self.desk.till, self.work_id
        if isinstance(held, Receiving):
            wait = goods_work.waits_for(held, self._line)
            if wait is not None:
                self._do(lambda: receiving.put_aside(till, work_id, wait.order), self._aside)

    def _aside(self, held: Held) -> None:
        self._got(held)
        self.on_printed()

    def rest(self) -> None:
        """Whatever nobody counted: as listed, or none of it there; once more takes it back."""
        held, till, work_id = self.held, self.desk.till, self.work_id
        if isinstance(held, Receiving):
            verb = receiving.count_rest if held.open.work.listed else receiving.rest_as_listed
            self._do(lambda: verb(till, work_id), self._got)
        elif isinstance(held, Counting):
            self._do(lambda: counting.none_left(till, work_id), self._got)
        elif held is not None:
            self._do(lambda: goods.give_up(till, held.work_id), lambda _nothing: self._given_up())
        else:
            self._call_off()

    def _call_off(self) -> None:
        """A transfer of the list does not take place."""
        till, (what, _mark, which) = self.desk.till, self.state.marked.partition(":")
        if what not in goods_list.CALLED_OFF:
            return

        def act(consent: Consent) -> Any:
            return transfers.call_off(till, which, consent.reason, approval=consent.approval)

        title = self.state.panel.rest
        self.desk.attempt(act, self._called_off, self._refused, title=title, lane=LEDGER)

    def _called_off(self, _fact: Any) -> None:
        offline = self.desk.till.offline
        told = _("Called off \u00b7 told when online") if offline else _("Called off.")
        self.desk.hands.toast(told)
        self._show()

    def _given_up(self) -> None:
        self.leave()

    def pause(self) -> None:
        """F7: what was counted is told, the work stays open here and at the other tills."""
        till, work_id = self.desk.till, self.work_id
        if not work_id:
            return
        if self.kind != RECEIVING:
            self.leave()
            return

        def paused(_fact: Any) -> None:
            self.leave()
            self.desk.hands.toast(_("Paused. Other tills can go on."))

        self._do(lambda: receiving.pause(till, work_id), paused)

    # ---- finishing

    def finish(self) -> None:
        """F12: opens the marked row, or ends the work that is open."""
        if self.held is None:
            if self.state.marked:
                self.pick(self.state.marked)
            return
        if self._busy or self.state.panel.why_not:
            return
        till, work_id, kind = self.desk.till, self.work_id, self.kind
        work = self._open.work if self._open is not None else None
        asking = work is not None and work.of_kind == transfers.REQUEST

        def act(consent: Consent) -> Any:
            if kind == COUNTING:
                return counting.finish(till, work_id, consent.reason, approval=consent.approval)
            if kind == SENDING:
                verb = transfers.ask if asking else transfers.send
                return verb(till, work_id, approval=consent.approval)
            return receiving.finish(till, work_id, approval=consent.approval)

        self._busy = True
        title = self.state.panel.finish
        self.desk.attempt(act, self._finished, self._refused, title=title, lane=LEDGER)

    def _finished(self, fact: Any) -> None:
        self._busy = False
        ended = getattr(fact, "final", True)
        kind = self.kind
        if ended:
            self.leave()
        else:
            self.refresh()
        self.desk.hands.sound("ok")
        self.on_printed()
        offline = self.desk.till.offline
        if not ended:
            words = _("Told. It stays open for what is in a box.")
        elif isinstance(fact, TransferRequested):
            words = _("Asked for.")
        elif kind == SENDING:
            words = _("Sent.")
        else:
            words = _("Counted.")
        if offline and kind == SENDING:
            words = _("Kept here \u00b7 told when online")
        elif offline:
            words = _("Counted here \u00b7 booked when online")
        self.desk.hands.toast(words)

    def unlock(self) -> None:
        """Nobody agreed: the button works again."""
        self._busy = False

    def _refused(self, error: PosError) -> None:
        self._busy = False
        self.desk.tell(error)
        self.refresh()

    # ---- what is shown

    def _do(self, act: Callable[[], Any], done: Callable[[Any], None]) -> None:
        self.desk.hands.run(LEDGER, act, done, self._failed)

    def _failed(self, error: BaseException) -> None:
        self.desk.hands.sound("refused")
        self.desk.tell(error)

    def _refuse(self, words: str) -> None:
        self.desk.hands.sound("refused")
        self.desk.hands.toast(words)
        self.desk.hands.announce(words, at_once=True)

    def _got(self, held: Held | None) -> None:
        self.held = held
        self._show()

    def _show(self) -> None:
        if self.held is None:
            self.state = self._list()
        else:
            self.state = self._work(self.held)
        self.on_change(self.state)

    def _list(self) -> GoodsState:
        entries = goods_list.entries(self.desk, self._tab, self._text)
        keys = [entry.key for entry in entries]
        marked = self._marked if self._marked in keys else (keys[0] if keys else "")
        chosen = next((entry for entry in entries if entry.key == marked), None)
        panel = PanelView(
            title=goods_list.TITLES()[self._tab],
            detail=goods_list.HINTS()[self._tab],
            empty=chosen.title if chosen is not None else _("Nothing here"),
            empty_detail=(
                dotted(chosen.detail, chosen.state)
                if chosen is not None
                else _("Scan a note, a box or an item.")
            ),
            rest=_("Call off") if marked.partition(":")[0] in goods_list.CALLED_OFF else "",
            finish=goods_list.opens(marked),
            why_not="" if chosen is not None else _("Nothing to open"),
        )
        return GoodsState(
            stage=LIST,
            tabs=goods_list.tabs(self.desk, self._tab),
            entries=tuple(entries),
            marked=marked,
            empty=_("Nothing found") if self._text else goods_list.NONE()[self._tab],
            empty_detail=_("Scan a note, a box or an item."),
            panel=panel,
        )

    def _work(self, held: Held) -> GoodsState:
        times = f"{number(self._times)} \u00d7" if self._times > 1 else ""
        if isinstance(held, Receiving):
            made = goods_work.receiving_state(self.desk, held, self._chip, self._line)
        elif isinstance(held, Counting):
            made = goods_counts.counting_state(self.desk, held, self._chip, self._line)
        else:
            made = goods_counts.sending_state(self.desk, held, self._line)
        header, chips, rows, more, panel = made
        return GoodsState(
            stage=WORK, header=header, chips=chips, rows=rows, more=more, times=times, panel=panel
        )


def _moved(keys: list[str], here: str, step: int) -> str:
    if not keys:
        return ""
    place = keys.index(here) + step if here in keys else 0
    return keys[max(0, min(len(keys) - 1, place))]


__all__ = ["COME", "COUNT", "DIFFERENCES", "GO", "Goods"]
