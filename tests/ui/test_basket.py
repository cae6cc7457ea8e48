from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt

from pos_app.domain.basket import add_line, custom_line
from pos_app.till import checkout


def filled(hand, count: int):
    basket = checkout.start(hand.till)
    for number in range(count):
        line = custom_line("", f"Article {number}", 100 + number, "standard")
        basket, _ = add_line(basket, replace(line, sku=f"A{number}", custom=False))
    return basket


def test_a_basket_of_a_thousand_lines_works(hand, codes):
    hand.window.selling.take_over(filled(hand, 1_000))
    hand.settle()
    hand.scan(codes[0])
    state = hand.window.selling.state
    assert len(state.lines) == 1_001
    assert state.selected == state.lines[-1].line_id
    listing = hand.window.screens.cart.list
    index = listing.model_.index(1_000)
    assert listing.viewport().rect().intersects(listing.visualRect(index))
    hand.key(Qt.Key.Key_Up)
    hand.key(Qt.Key.Key_Up)
    assert hand.window.selling.state.selected == state.lines[-3].line_id
    hand.key(Qt.Key.Key_F11)
    sale = hand.till.ledger.sale(hand.till.ledger.sales(1)[0].sale_id)
    assert len(sale.lines) == 1_001


def test_a_scan_touches_one_row(hand, codes):
    hand.window.selling.take_over(filled(hand, 200))
    hand.settle()
    model = hand.window.screens.cart.list.model_
    inserted, resets = [], []
    model.rowsInserted.connect(lambda _parent, first, last: inserted.append((first, last)))
    model.modelReset.connect(lambda: resets.append(1))
    hand.scan(codes[0])
    assert inserted == [(200, 200)]
    assert not resets


def test_the_model_changes_only_what_differs(hand, codes):
    for code in codes[:5]:
        hand.scan(code)
    model = hand.window.screens.cart.list.model_
    changed = []
    model.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row())))
    hand.window.selling.select(hand.window.selling.state.lines[2].line_id)
    hand.settle()
    changed.clear()
    hand.key(Qt.Key.Key_Plus)
    assert (2, 2) in changed
    assert all(first == last for first, last in changed)


def test_rows_keep_their_order_through_any_change(qtbot, qapp):
    from hypothesis import given, settings
    from hypothesis import strategies as st
    from PySide6.QtWidgets import QWidget

    from pos_app.ui.lists import Rows

    parent = QWidget()
    qtbot.addWidget(parent)

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.lists(st.integers(0, 8), max_size=8), max_size=6))
    def turns(all_rows):
        model = Rows(parent)
        mirror: list[int] = []

        def removed(_parent, first, last):
            del mirror[first : last + 1]

        def inserted(_parent, first, last):
            mirror[first:first] = list(model.rows[first : last + 1])

        def changed(first, last, _roles=None):
            mirror[first.row() : last.row() + 1] = list(model.rows[first.row() : last.row() + 1])

        model.rowsRemoved.connect(removed)
        model.rowsInserted.connect(inserted)
        model.dataChanged.connect(changed)
        for rows in all_rows:
            model.set_rows(tuple(rows))
            assert mirror == rows
            assert model.rowCount() == len(rows)

    turns()


def test_a_change_is_painted_before_it_is_written(hand, codes, monkeypatch):
    order = []
    listing = hand.window.screens.cart.list
    paint, run = type(listing).paintEvent, hand.window.run

    class Seen(type(listing)):
        def paintEvent(self, event):
            order.append("painted")
            paint(self, event)

    def asked(*job):
        order.append("asked")
        run(*job)

    listing.__class__ = Seen
    monkeypatch.setattr(hand.window, "run", asked)
    for code in codes[:5]:
        order.clear()
        hand.window.scanned(code)
        hand.settle()
        assert order.index("painted") < order.index("asked")
