"""The sheet about a product: variants as a matrix, what Enter does, price check, favourites."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from pos_app.ui.product import CHECK_MS
from sync.protocol import ProductRow
from tests.ui.shop import demo_goods, make_data

CTRL = Qt.KeyboardModifier.ControlModifier


def code_of(sku: str) -> str:
    rows = {each.sku: each for each in demo_goods().products}
    return str(int(rows[sku].barcodes[0]))


def opened_at(hand, sku: str):
    hand.window.about.show(sku)
    hand.settle()
    return hand.window.screens.product


def test_variants_are_a_matrix_and_the_arrows_choose(hand):
    sheet = opened_at(hand, "W110-WHT-M")
    matrix = hand.window.about.state.matrix
    assert matrix.columns == ("XS", "S", "M", "L", "XL")
    assert [name for name, _row in matrix.rows] == ["White", "Sky", "Coral"]
    assert sheet.matrix.focus_cell().hasFocus()
    hand.key(Qt.Key.Key_Down)
    hand.key(Qt.Key.Key_Right)
    assert hand.window.about.state.sku == "W110-SKY-L"
    assert sheet.matrix.focus_cell().hasFocus()
    assert "Sky" in sheet.go.text()
    for _step in range(9):
        hand.key(Qt.Key.Key_Right)  # the edge holds
    assert hand.window.about.state.sku == "W110-SKY-XL"
    hand.key(Qt.Key.Key_Return)
    assert not hand.window.sheet_name
    assert [line.sku for line in hand.window.selling.basket.lines] == ["W110-SKY-XL"]


def test_every_cell_is_a_button_of_its_own(hand):
    sheet = opened_at(hand, "W110-WHT-M")
    cells = [each for each in sheet.matrix.cells if each.isVisible()]
    assert len(cells) == 15
    assert all(each.width() >= 48 and each.height() >= 48 for each in cells)
    assert len({each.accessibleName() for each in cells}) == 15
    hand.click(cells[0])
    assert hand.window.about.state.sku == "W110-WHT-XS"
    assert hand.window.sheet_name == "product"
    assert hand.window.selling.state.empty


def test_what_enter_does_follows_the_stock(hand):
    sheet = opened_at(hand, "W110-WHT-M")  # none here
    assert sheet.go.text() == "Sell anyway \u00b7 stock says 0"
    assert hand.window.about.state.stock_none
    hand.key(Qt.Key.Key_Return)
    assert len(hand.window.selling.state.lines) == 1
    opened_at(hand, "W110-WHT-S")
    assert sheet.go.text() == "Add White S"


def test_a_tile_opens_at_a_variant_that_is_here(hand):
    hand.window.about.show_style("W110-WHT-M")
    hand.settle()
    assert hand.window.about.state.sku != "W110-WHT-M"
    assert not hand.window.about.state.stock_none


def test_a_scan_swaps_the_product_of_the_sheet(hand):
    opened_at(hand, "W110-WHT-S")
    hand.scan(code_of("O610-NVY-M"))
    assert hand.window.about.state.sku == "O610-NVY-M"
    assert hand.window.sheet_name == "product"
    assert hand.window.selling.state.empty
    hand.scan("9999999999994")
    assert hand.window.about.state.unknown
    hand.key(Qt.Key.Key_Return)  # nothing to add
    assert hand.window.selling.state.empty


def test_price_check_closes_by_itself_and_waits_for_whoever_looks(hand):
    hand.window.acts.look()
    hand.scan(code_of("W110-WHT-S"))
    sheet = hand.window.screens.product
    assert hand.window.about.state.checking
    assert not sheet.matrix.focus_cell().hasFocus()
    assert sheet.check_timer.isActive()
    assert sheet.check_timer.interval() == CHECK_MS
    sheet.check_timer.start(3_000)
    hand.key(Qt.Key.Key_Tab)  # a key: 15 s anew
    assert sheet.check_timer.remainingTime() > 13_000
    sheet.check_timer.timeout.emit()
    hand.settle()
    assert not hand.window.sheet_name
    assert hand.window.finding.state.looking  # the next scan is checked too
    opened_at(hand, "W110-WHT-S")  # by a tap it stays
    assert not sheet.check_timer.isActive()


def test_a_favourite_comes_first_and_outlives_the_day(window_of, data):
    hand = window_of(data)
    hand.ready()
    sku = demo_goods().products[-1].sku
    sheet = opened_at(hand, sku)
    hand.click(sheet.star)
    assert hand.window.about.state.favourite
    hand.key(Qt.Key.Key_Escape)
    assert hand.window.finding.state.tiles[0].name == hand.window.about.state.name
    hand.cut_power()
    again = window_of(data)
    again.sign_in()
    assert again.window.finding.state.tiles[0].name == hand.window.about.state.name
    sheet = opened_at(again, sku)
    assert sheet.star.isChecked()
    again.click(sheet.star)
    again.key(Qt.Key.Key_Escape)
    assert again.window.finding.state.tiles[0].name != hand.window.about.state.name


@pytest.mark.parametrize(
    ("names", "columns", "rows"),
    [
        (
            [f"{colour} \u00b7 {size}" for colour in ("Red", "Blue") for size in range(36, 47)],
            2,
            11,
        ),
        (["Small", "Large"], 0, 1),
        (["Red \u00b7 S", "Blue"], 0, 1),
        (["Red \u00b7 S", "Red \u00b7 S"], 0, 1),
        (["Red \u00b7 S", "Blue \u00b7 M"], 2, 2),
    ],
)
def test_odd_sets_of_variants(qapp, window_of, tmp_path, names, columns, rows):
    goods = [(ProductRow(f"X{n}", "Odd", name, "ODD"), 1_000 + n) for n, name in enumerate(names)]
    hand = window_of(make_data(tmp_path / "odd", extra=goods))
    hand.ready()
    sheet = opened_at(hand, "X0")
    matrix = hand.window.about.state.matrix
    assert (len(matrix.columns), len(matrix.rows)) == (columns, rows)
    shown = [cell for _name, row in matrix.rows for cell in row if cell is not None]
    assert {cell.sku for cell in shown} == {row.sku for row, _amount in goods}
    hand.window.grab()
    for cell in sheet.matrix.cells:
        if cell.isVisible():
            assert sheet.matrix.rect().contains(cell.geometry())
