"""Names from data are drawn as they are: never markup, never outside their room."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from pos_app.domain.text import plain
from sync.protocol import ProductRow
from tests.ui.shop import Hand, make_data
from tests.ui.test_layout import check

HOSTILE = {
    "MARKUP": "<b>Bold</b> <img src=x onerror=alert(1)> &amp; <table><tr><td>",
    "LONG": "Extraordinarily long name without an end " * 20,
    "ONEWORD": "W" * 300,
    "RTL": "\u0645\u0638\u0644\u0629 \u0635\u063a\u064a\u0631\u0629 ABC 123",
    "TURNED": "normal \u202egnp.exe\u202c name",
    "ZALGO": "Z\u0351\u036b\u0343\u036aa\u030al\u0310g\u0353o\u031f " * 5,
    "EMOJI": "\U0001f9e6 Socks \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "BREAKS": "two\nlines\tand\rmore",
    "AMP": "Salt & Pepper &File",
}


@pytest.fixture
def hostile(window_of, tmp_path) -> Hand:
    rows = [
        (ProductRow(sku, plain(name, 400), name[:60], department="<i>Shelf</i>"), 1_000 + place)
        for place, (sku, name) in enumerate(HOSTILE.items())
    ]
    hand = window_of(make_data(tmp_path / "hostile", extra=rows))
    hand.ready()
    return hand


def test_no_name_is_markup_and_none_breaks_a_screen(hostile):
    hand = hostile
    faults = []
    for sku in HOSTILE:
        hand.window.selling.scan(sku, code=False)
        hand.settle()
        faults += check(hand.window, sku)
    hand.window.finding.choose_shelf("<i>Shelf</i>")
    hand.settle()
    assert len(hand.window.finding.state.tiles) == len(HOSTILE)
    faults += check(hand.window, "shelf")
    for sku in HOSTILE:
        hand.window.about.show(sku)
        hand.settle()
        faults += check(hand.window, f"product {sku}")
    assert not faults, "\n".join(faults)
    for label in hand.window.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText
        assert "<b>" not in label.toolTip()


def test_a_name_with_markup_looks_as_long_as_it_is(hostile):
    hand = hostile
    grid = hand.window.screens.sell_work.grid
    hand.window.finding.type("Bold")
    hand.settle()
    tile = hand.window.finding.state.tiles[0]
    assert tile.name.startswith("<b>Bold</b>")
    spoken = grid.model_.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "<b>Bold</b>" in spoken


def test_a_code_with_markup_is_shown_as_text(hand):
    hand.window.scanned("<b>1234567</b>")
    hand.settle()
    assert hand.window.screens.cart.card.code.text() == "<b>1234567</b>"
