"""Sell in all its states: where the focus goes, taps and keys that come twice, sheets, sizes."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from pos_app.presenters.views import LineView, Tag
from pos_app.ui import theme
from pos_app.ui.zones import stops

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def focus() -> QWidget | None:
    return QApplication.focusWidget()


def tab(hand, *, back: bool = False) -> QWidget | None:
    mods = SHIFT if back else Qt.KeyboardModifier.NoModifier
    hand.key(Qt.Key.Key_Backtab if back else Qt.Key.Key_Tab, mods)
    return focus()


def taps(hand, widget: QWidget, gaps_ms: list[int]) -> None:
    """Taps of a finger on the native window, so many milliseconds after each other."""
    now = [10_000]
    hand.window.taps.time_of = lambda _event: now[0]
    at = widget.mapTo(hand.window, QPoint(widget.width() // 2, widget.height() // 2))
    for gap in gaps_ms:
        now[0] += gap
        QTest.mouseClick(hand.window.windowHandle(), Qt.MouseButton.LeftButton, pos=at)
    hand.settle()


# ---- the way of the focus


def test_tab_goes_in_the_order_of_the_work(hand, codes):
    hand.scan(codes[0])
    screens = hand.window.screens
    sell, cart = screens.sell_work, screens.cart
    wanted = [sell.search.edit, sell.chips.buttons[0], sell.chips.all, sell.grid, cart.list]
    wanted += [cart.cash, cart.by_card, cart.finish]
    order = stops(hand.window)
    assert sorted(wanted, key=order.index) == wanted
    sell.search.edit.setFocus()
    walked = [tab(hand) for _stop in order]
    assert walked == [*order[1:], order[0]]  # round, and nowhere else
    assert tab(hand, back=True) is order[-1]


def test_the_jump_goes_from_zone_to_zone(hand, codes):
    hand.scan(codes[0])
    screens = hand.window.screens
    screens.sell_work.search.edit.setFocus()
    seen = []
    for _zone in range(4):
        hand.key(Qt.Key.Key_Tab, CTRL)
        seen.append(focus())
    cart = screens.cart
    assert seen == [screens.sell_work.grid, cart.list, cart.finish, screens.sell_work.search.edit]
    assert hand.window.selling.state.selected  # the basket's keys have a line to work on


def test_tab_stays_in_a_sheet_and_the_focus_comes_back(hand, codes):
    hand.scan(codes[0])
    cash = hand.window.screens.cart.cash
    cash.setFocus(Qt.FocusReason.TabFocusReason)
    hand.key(Qt.Key.Key_F6)
    sheet = hand.window.screens.discount
    first = focus()
    assert sheet.isAncestorOf(first)
    for back in (False, True):
        seen = {tab(hand, back=back) for _stop in range(25)}
        assert all(sheet.isAncestorOf(each) for each in seen)
        assert {sheet.close_button, sheet.field.edit} <= seen
    hand.key(Qt.Key.Key_Tab, CTRL)  # beside it lies the cart, still in reach
    assert focus() is hand.window.screens.cart.finish
    hand.key(Qt.Key.Key_Escape)
    assert not hand.window.sheet_name
    assert focus() is cash


def test_enter_presses_the_button_that_has_the_focus_and_a_scan_does_not(hand, codes):
    hand.scan(codes[0])
    button = hand.window.screens.sell_work.bar["custom"]
    button.setFocus(Qt.FocusReason.TabFocusReason)
    hand.scan(codes[1])
    assert not hand.window.sheet_name
    hand.key(Qt.Key.Key_Return)
    assert hand.window.sheet_name == "custom"


def test_a_sheet_dims_the_work_area_alone_and_the_cart_stays_usable(hand, codes):
    hand.scan(codes[0])
    hand.key(Qt.Key.Key_N, CTRL)
    host = hand.window.host
    assert host.rect() == hand.window.work_room.rect()
    taps(hand, hand.window.screens.cart.list.bar.buttons["more_pieces"], [500])
    assert hand.window.selling.basket.lines[0].qty == 2_000
    assert hand.window.sheet_name == "custom"
    hand.window.taps.time_of = lambda _event: 90_000
    QTest.mouseClick(hand.window.windowHandle(), Qt.MouseButton.LeftButton, pos=QPoint(150, 500))
    assert not hand.window.sheet_name  # a tap on what is dimmed closes it, and does nothing else
    assert len(hand.window.selling.state.lines) == 1


# ---- twice


def test_a_trembling_finger_taps_once(hand, codes):
    hand.scan(codes[0])
    more = hand.window.screens.cart.list.bar.buttons["more_pieces"]
    taps(hand, more, [500, 40, 30])
    assert hand.window.selling.basket.lines[0].qty == 2_000
    taps(hand, more, [500, 90, 90])  # a person in a hurry
    assert hand.window.selling.basket.lines[0].qty == 5_000


def test_a_money_key_held_down_pays_once_and_starts_nothing(hand, codes):
    for code in codes[:2]:
        hand.scan(code)
        handle = hand.window.windowHandle()
        hand.pause()
        QTest.keyPress(handle, Qt.Key.Key_F10)
        for _again in range(5):
            _repeat(hand, Qt.Key.Key_F10)
        QTest.keyRelease(handle, Qt.Key.Key_F10)
        hand.settle()
    assert len(hand.till.ledger.sales(5)) == 2


def test_enter_held_down_finishes_nothing_twice(hand, codes):
    hand.scan(codes[0])
    hand.key(Qt.Key.Key_F12)
    hand.type("500")
    hand.pause()
    for _again in range(5):
        _repeat(hand, Qt.Key.Key_Return)
    assert not hand.till.ledger.sales(5)
    assert hand.window.place == "pay"


def _repeat(hand, key: Qt.Key) -> None:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QKeyEvent

    text = "\r" if key == Qt.Key.Key_Return else ""
    event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, text, True)
    QApplication.sendEvent(hand.window.windowHandle(), event)
    hand.settle()


def test_money_keys_wait_while_a_scan_is_read(hand, codes):
    hand.scan(codes[0])
    for key in (Qt.Key.Key_F10, Qt.Key.Key_F11, Qt.Key.Key_F12):
        hand.pause()
        hand.pace.now_ms += 500
        hand.pace.step_ms = 4
        for mark in codes[1][:6]:
            QTest.keyClick(hand.window.windowHandle(), mark)
        assert hand.window.scans.running
        QTest.keyClick(hand.window.windowHandle(), key)
        hand.pace.step_ms = 200
        hand.settle()
        assert hand.window.place == "sell"
        assert not hand.till.ledger.sales(5)
        hand.be_sure()  # what was read is given back as typed
        hand.key(Qt.Key.Key_Escape)


# ---- the basket


def test_promotions_and_discounts_are_rows_of_their_own(hand, codes):
    hand.scan(codes[0])
    listing = hand.window.screens.cart.list
    view = hand.window.selling.state.lines[0]
    assert isinstance(view, LineView)
    from msgspec.structs import replace

    tags = (Tag("3 for 2", "\u2212\u20ac12.00", True), Tag("5% \u00b7 Damaged", "\u2212\u20ac1.00"))
    plain = listing.sizeHintForRow(0)
    state = replace(hand.window.selling.state, lines=(replace(view, tags=tags),))
    listing.show_state(state)
    hand.settle()
    assert listing.sizeHintForRow(0) == plain + 2 * 26
    spoken = listing.model_.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "3 for 2" in spoken
    assert "Damaged" in spoken
    with_tags = listing.grab().toImage()
    listing.show_state(hand.window.selling.state)
    hand.settle()
    assert listing.grab().toImage() != with_tags


def test_the_sale_is_called_by_its_time(hand, codes):
    hand.scan(codes[0])
    state = hand.window.selling.state
    assert (state.title, state.subtitle) == ("New sale \u00b7 11:00", "1 item")


def test_an_unknown_code_can_be_copied_searched_or_typed(hand):
    hand.scan("9999999999994")
    card = hand.window.screens.cart.card
    shown = [name for name, button in card.buttons.items() if button.isVisible()]
    assert shown == ["find", "custom", "copy"]
    hand.click(card.buttons["copy"])
    assert QApplication.clipboard().text() == "9999999999994"
    assert hand.window.selling.state.card is not None
    hand.click(card.buttons["find"])
    assert focus() is hand.window.screens.sell_work.search.edit


def test_results_are_narrowed_to_what_is_here(hand):
    hand.type("shirt")
    state = hand.window.finding.state
    keys = [chip.words for chip in state.chips]
    assert keys[0] == "All results"
    assert "In stock here" in keys
    everything = len(state.tiles)
    chips = hand.window.screens.sell_work.chips
    hand.click(chips.buttons[1])
    narrowed = hand.window.finding.state
    assert narrowed.text == "shirt"
    assert narrowed.chips[1].chosen
    assert 0 < len(narrowed.tiles) <= everything
    assert all(tile.stock_tone != "off" for tile in narrowed.tiles)
    hand.key(Qt.Key.Key_Escape)
    assert hand.window.finding.state.chips[0].key == "favourites"


# ---- parked


def test_parked_sales_have_a_name_an_age_and_outlive_a_power_cut(window_of, data, codes):
    hand = window_of(data)
    hand.ready()
    hand.scan(codes[0])
    first = hand.window.selling.state.lines[0].name
    hand.key(Qt.Key.Key_F7)
    hand.clock.go(25 * 60)
    hand.scan(codes[40])
    hand.key(Qt.Key.Key_F7, SHIFT)
    hand.type("Mrs Virtanen")
    hand.key(Qt.Key.Key_Return)
    hand.clock.go(61 * 60)
    hand.key(Qt.Key.Key_F7)
    rows = hand.window.parked.state.rows
    assert [row.title for row in rows] == [first, "Mrs Virtanen"]
    assert [(row.age, row.tone) for row in rows] == [("1 h", "warn"), ("1 h", "warn")]
    assert "Anna Keller" in rows[0].detail
    hand.cut_power()
    again = window_of(data)
    again.sign_in()
    assert again.window.screens.cart.park.text() == "Recall \u00b7 2"
    again.key(Qt.Key.Key_F7)
    again.key(Qt.Key.Key_Down)
    again.key(Qt.Key.Key_Return)
    assert len(again.window.selling.state.lines) == 1
    assert [row.title for row in again.window.parked.state.rows] == [first]


# ---- toasts, done


def test_at_most_two_toasts_and_each_way_back_once(hand, codes):
    for code in (codes[0], codes[40], codes[80]):
        hand.scan(code)
    for _line in range(3):
        hand.key(Qt.Key.Key_Delete)
    toasts = hand.window.toasts
    assert len(toasts.shown) == 2
    last = toasts.shown[-1]
    assert last.geometry().left() == theme.INSET
    assert hand.window.work_room.rect().contains(last.geometry())
    hand.click(last.button)
    assert len(hand.window.selling.state.lines) == 1
    assert last not in toasts.shown


def test_the_sale_just_made_leaves_after_a_minute(hand, codes):
    from pos_app.presenters.done import SHOWN_MS

    hand.scan(codes[0])
    hand.key(Qt.Key.Key_F10)
    assert hand.window.screens.cart.done.isVisible()
    timer = hand.window._leave_done
    assert timer.isActive()
    assert timer.interval() == SHOWN_MS == 60_000
    timer.timeout.emit()
    hand.settle()
    assert hand.window.selling.state.done is None
    assert not hand.window.screens.cart.done.isVisible()
    assert hand.window.screens.cart.empty.isVisible()


# ---- told to a screen reader


def test_what_is_added_is_told_politely_and_a_refusal_at_once(hand, codes):
    told: list[tuple[str, bool]] = []

    class Heard(type(hand.window)):
        def tell_reader(self, text: str, *, at_once: bool) -> None:
            told.append((text, at_once))

    hand.window.__class__ = Heard
    hand.scan(codes[0])
    line, total = hand.window.selling.state.lines[0], hand.window.selling.state.total
    assert told == [(f"Added {line.name}, {line.total}. Total {total}", False)]
    told.clear()
    hand.scan("9999999999994")
    assert told[-1][1]
    assert "Not in the catalogue" in told[-1][0]
    told.clear()
    hand.key(Qt.Key.Key_F12)
    hand.scan(codes[1])  # refused, in a toast and aloud: said once
    assert told == [("Finish or go back to add items.", True)]


def test_an_announcement_is_an_event_of_the_system(hand):
    from PySide6.QtGui import QAccessible

    QAccessible.setActive(True)
    try:
        hand.window.announce("Polite words")
        hand.window.announce("Urgent words", at_once=True)
        hand.settle()
    finally:
        QAccessible.setActive(False)
    assert not hand.window._announced


# ---- sizes and looks in the middle of a sale


def test_a_smaller_screen_and_another_theme_lose_nothing(hand, codes):
    for code in (codes[0], codes[40], codes[40]):
        hand.scan(code)
    hand.type("wool")
    hand.key(Qt.Key.Key_N, CTRL)
    hand.type("Gift wrap")
    before = (hand.window.selling.state.lines, hand.window.selling.state.total)
    for size in ((1024, 768), (1366, 700), (1920, 1080), (1366, 768)):
        hand.window.resize(*size)
        hand.window.acts.other_theme()
        hand.settle()
        sheet = hand.window.sheet_of("custom")
        assert hand.window.work_room.rect().contains(sheet.geometry())
        assert sheet.label.text == "Gift wrap"
        assert (hand.window.selling.state.lines, hand.window.selling.state.total) == before
    hand.key(Qt.Key.Key_Escape)
    sell = hand.window.screens.sell_work
    assert sell.search.text == "wool"
    assert hand.window.finding.state.text == "wool"
    assert theme.name() == "light"


def test_a_low_window_keeps_its_shelves_behind_one_button(window_of, data):
    hand = window_of(data, size=(1366, 700))
    hand.ready()
    sell = hand.window.screens.sell_work
    assert not sell.chips.isVisible()
    assert sell.filter.isVisible()
    assert sell.filter.text() == "Favourites"
    hand.click(sell.filter)
    assert hand.window.sheet_name == "shelves"
    hand.key(Qt.Key.Key_Escape)
    hand.window.resize(1366, 768)
    hand.settle()
    assert sell.chips.isVisible()
    assert not sell.filter.isVisible()


def test_the_grid_ends_where_the_field_ends(hand):
    sell = hand.window.screens.sell_work
    grid = sell.grid
    for size, columns in (((1024, 768), 3), ((1366, 768), 4), ((1920, 1080), 6)):
        hand.window.resize(*size)
        hand.settle()
        assert grid.columns == columns
        first = grid.visualRect(grid.model_.index(0))
        last = grid.visualRect(grid.model_.index(columns - 1))
        left = grid.viewport().mapTo(sell, first.topLeft()).x()
        right = grid.viewport().mapTo(sell, last.topLeft()).x() + grid.tile_size.width()
        assert abs(left - theme.INSET) <= 1
        assert abs(right - (sell.pill.geometry().right() + 1)) <= columns
