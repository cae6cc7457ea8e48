"""The window in Arabic: joined letters, whole letters, margins and paper on their own sides."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QFontMetricsF
from PySide6.QtWidgets import QHBoxLayout, QWidget

from pos_app import words
from pos_app.domain.receipt import Align
from pos_app.receipts.flow import Put
from pos_app.ui import paint, theme
from pos_app.ui.labels import Label
from pos_app.ui.receipt_view import ReceiptPaper
from tests.ui.shop import CASHIER, make_data, opened

DEEP = "\u0641\u062a\u062d \u062c\u0627\u0631\u064d \u062a\u0635\u062d\u064f"
"""Letters that reach far down and up: with a vowel above and two below."""


@pytest.fixture
def arabic(qapp) -> Iterator[None]:
    words.use("ar")
    theme.load_fonts(other_scripts=True)
    theme.direction(rtl=True)
    yield
    words.use("en")
    theme.load_fonts()
    theme.direction(rtl=False)


def test_nothing_is_taken_between_joined_letters(arabic) -> None:
    for size, weight in ((13, 400), (15, 600), (24, 700)):
        made = theme.font(size, weight)
        told = theme.font(size, weight).toString()
        made.setLetterSpacing(made.SpacingType.PercentageSpacing, 100)
        assert QFontMetricsF(theme.font(size, weight)).horizontalAdvance(DEEP) == (
            QFontMetricsF(made).horizontalAdvance(DEEP)
        ), told


def test_bold_arabic_is_a_face_of_its_own(arabic) -> None:
    assert "Bold" in QFontDatabase.styles("Noto Sans Arabic")


@pytest.mark.parametrize("wrap", [False, True], ids=["line", "lines"])
@pytest.mark.parametrize(("size", "weight"), [(13, 500), (15, 600), (17, 600), (24, 700)])
def test_no_letter_is_cut_at_the_edge_of_its_label(arabic, size, weight, wrap) -> None:
    label = Label(DEEP, size, weight, wrap=wrap)
    width = label.sizeHint().width() + 20
    high = label.heightForWidth(width) if wrap else label.sizeHint().height()
    label.resize(width, high)
    own = inked(label)
    label.resize(width, high + 40)
    assert own == inked(label), "as many rows of ink as in a label with room to spare"


def inked(label: Label) -> int:
    seen = label.grab().toImage()
    ground = seen.pixel(0, 0)
    wide = range(seen.width())
    return sum(any(seen.pixel(x, y) != ground for x in wide) for y in range(seen.height()))


def test_a_row_that_begins_with_a_latin_word_still_reads_from_the_right(arabic) -> None:
    text = "\u0627\u0636\u063a\u0637 F12 \u062b\u0645 F10"
    font = theme.font(15)
    rows = paint.wrapped(text, font, paint.width_of("\u0627\u0636\u063a\u0637 F1", font), 4)
    assert len(rows) > 1
    assert all(paint.reads_rtl(row) or row[0] == "\u200f" for row in rows)
    assert not paint.reads_rtl("F12 \u062b\u0645")
    assert paint.reads_rtl("\u2068F12\u2069 \u062b\u0645")


@pytest.mark.parametrize(("rtl", "sides"), [(False, (58, 16)), (True, (16, 58))])
def test_margins_follow_the_line_of_reading(qapp, rtl, sides) -> None:
    theme.direction(rtl=rtl)
    try:
        row = QHBoxLayout(room := QWidget())
        theme.margins(row, 58, 8, 16, 14)
        found = row.contentsMargins()
        assert (found.left(), found.right()) == sides
        room.deleteLater()
    finally:
        theme.direction(rtl=False)


def test_an_english_receipt_is_shown_as_it_was_printed(arabic, tmp_path) -> None:
    """The store prints in English; who is at the till reads Arabic."""
    with opened(make_data(tmp_path / "till"), locale="ar") as hand:
        hand.sign_in(CASHIER)
        hand.open_shift()
        hand.scan(next(str(int(p.barcodes[0])) for p in _goods() if p.barcodes))
        hand.key(Qt.Key.Key_F10)
        hand.window.acts.do("sales")
        hand.settle()
        state = hand.window.sales.state
        assert state.paper is not None
        assert not words.is_rtl(state.paper.locale)
        (paper,) = hand.window.findChildren(ReceiptPaper)
        totals = [put for put in paper.flow.placed if isinstance(put, Put) and put.text == "Total"]
        assert totals
        assert all(put.align is Align.START and put.x < paper.width() / 2 for put in totals)


def _goods():
    from tests.ui.shop import demo_goods

    return [one for one in demo_goods().products if not one.age_limit]
