"""What is written can be read on what it really stands on; no state is told by a colour alone."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter
from PySide6.QtWidgets import QWidget

from pos_app.presenters.checks import Check
from pos_app.presenters.connection import SyncState
from pos_app.ui import icons, keys, paint, theme
from pos_app.ui.card_page import _TONES, Banner
from pos_app.ui.counting import CheckTile
from pos_app.ui.fields import Field
from pos_app.ui.labels import Label
from pos_app.ui.shell import LOOKS, SyncPill
from tests.ui.shots import walk
from tests.ui.sight import SIGHTS, seen
from tests.ui.test_theme import GRAPHIC, PAIRS, TEXT, contrast

pytestmark = pytest.mark.slow

LESS = 0.9
"""What a simulation may take from the contrast that a pair of colours needs."""
LARGE = 24
"""From this size on text needs the contrast of graphics only, pixels."""


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(keys, "GUARD_MS", 0)
    yield
    theme.use("light")


class Ink:
    """Remembers what was written where, in which colour."""

    def __init__(self, monkeypatch) -> None:
        self.written: list[tuple[str, QRect, QColor, int]] = []
        plain = paint.write

        def write(
            painter: QPainter, rect, text, font: QFont, ink, across=paint.START, *, rtl=False
        ) -> None:
            if text.strip() and painter.opacity() == 1:
                area = painter.deviceTransform().mapRect(lies(rect, text, font, across, rtl=rtl))
                self.written.append((text, area, QColor(ink), font.pixelSize()))
            plain(painter, rect, text, font, ink, across, rtl=rtl)

        monkeypatch.setattr(paint, "write", write)

    def faults(self, widget: QWidget) -> list[str]:
        """Texts too faint on the ground they stand on in the finished picture."""
        self.written.clear()
        image = widget.grab().toImage()
        found, good = [], set()
        for text, area, ink, size in self.written:
            area = area.intersected(image.rect())  # noqa: PLW2901 - what is seen of it
            if area.width() < 8 or area.height() < 8:
                continue
            ground = most_common(image, area)
            pair = (ink.name(), ground, size >= LARGE)
            if pair in good:
                continue
            found_contrast = contrast(ink.name(), ground)
            if found_contrast < (GRAPHIC if size >= LARGE else TEXT):
                found.append(f"{text!r} {ink.name()} on {ground}: {found_contrast:.2f}")
            else:
                good.add(pair)
        return found


def lies(rect: QRect, text: str, font: QFont, across, *, rtl: bool) -> QRect:
    """Where in its room the text itself stands."""
    wide, high = min(rect.width(), paint.width_of(text, font)), paint.metrics(font).height()
    left = rect.left()
    if across == paint.CENTRE:
        left += (rect.width() - wide) // 2
    elif (across == paint.END) != rtl:
        left += rect.width() - wide
    return QRect(left, rect.top() + (rect.height() - high) // 2, wide, high)


def lit(window) -> list[QWidget]:
    """The parts that nothing dims: beside a sheet its panel and the rail."""
    if window.key_table.isVisible():
        return [window.key_table]
    sheet = window.host.sheet
    return [window] if sheet is None else [sheet, window.panel, window.rail]


def most_common(image: QImage, area: QRect) -> str:
    """The colour of the ground: more of a line of text is ground than letters."""
    counts: dict[int, int] = {}
    for y in range(area.top(), area.bottom() + 1, max(1, area.height() // 6)):
        for x in range(area.left(), area.right() + 1, max(1, area.width() // 24)):
            colour = image.pixel(x, y)
            counts[colour] = counts.get(colour, 0) + 1
    return QColor(max(counts, key=lambda colour: counts[colour])).name()


def test_everything_written_can_be_read_on_its_ground(window_of, data, monkeypatch):
    ink = Ink(monkeypatch)
    hand = window_of(data)
    faults: dict[str, str] = {}

    def shot(name: str) -> None:
        hand.window.toasts.clear()
        for look in theme.THEMES:
            hand.window.set_theme(look)
            hand.settle()
            for part in lit(hand.window):
                for fault in ink.faults(part):
                    faults.setdefault(f"{look}: {fault}", name)

    walk(hand, shot)
    assert not faults, "\n".join(f"{name}: {fault}" for fault, name in faults.items())


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("name", theme.THEMES)
def test_what_is_used_together_can_be_read_by_everybody(name, sight):
    table = theme.tokens()[name]
    for ink, ground, needed in PAIRS:
        found = contrast(seen(table[ink], sight), seen(table[ground], sight))
        assert found >= needed * LESS, f"{ink} on {ground} in {name}, {sight}: {found:.2f}"


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("name", theme.THEMES)
def test_what_is_chosen_is_seen_by_everybody(name, sight):
    """A chosen button has an edge twice as wide, which stands out from that of the others."""
    table = theme.tokens()[name]
    chosen, other = (seen(table[token], sight) for token in ("primary", "border2"))
    assert contrast(chosen, seen(table["surface"], sight)) >= GRAPHIC
    assert contrast(chosen, other) >= 1.3
    assert contrast(seen(table["chip_on"], sight), seen(table["surface"], sight)) >= 7


@pytest.fixture
def drawn(monkeypatch):
    """The words and icons of a widget, without their colours."""
    marks: list[str] = []
    write, draw = paint.write, icons.draw

    def written(painter, rect, text, *more, **also):
        marks.append(text)
        write(painter, rect, text, *more, **also)

    def icon(painter, name, *more, **also):
        marks.append(f"icon {name}")
        draw(painter, name, *more, **also)

    monkeypatch.setattr(paint, "write", written)
    monkeypatch.setattr(icons, "draw", icon)

    def of(widget: QWidget) -> tuple[str, ...]:
        marks.clear()
        widget.resize(260, 80)
        widget.grab()
        return tuple(marks)

    return of


def test_the_pill_is_told_by_icon_and_words(qapp, drawn):
    pictures = {}
    for look in LOOKS:
        pill = SyncPill()
        pill.show_state(SyncState(look=look, first=look, second=""))
        pictures[look] = drawn(pill)
    icons_of = {
        look: [mark for mark in marks if mark[:5] == "icon "] for look, marks in pictures.items()
    }
    for one, other in combinations(LOOKS, 2):
        assert icons_of[one] != icons_of[other], f"{one} and {other} differ by colour alone"


def test_no_tone_of_a_check_or_a_card_is_a_colour_alone(hand, drawn):
    """What the till really shows: every part in every tone has words of its own."""
    tile = CheckTile()
    shown = {}
    for tone, words in (
        ("ok", "Ready"),
        ("warn", "Stands open"),
        ("bad", "Not there"),
        ("off", "?"),
    ):
        tile.show_check(Check("printer", "Printer", words, tone))
        shown[tone] = drawn(tile)
    assert len(set(shown.values())) == len(shown)
    banner = Banner()
    for tone in _TONES:
        banner.say(tone, "nfc", f"title {tone}", "detail")
        shown[tone] = drawn(banner)
        assert f"title {tone}" in shown[tone]


def test_a_pin_that_was_wrong_and_a_refused_field_say_so_in_words(hand):
    window = hand.window
    window.acts.lock()
    window.lock.choose("anna")
    hand.type("9999")
    assert window.screens.lock_panel.wrong.text()
    hand.sign_in()
    window.acts.do("coupon")
    hand.settle()
    hand.type("NOTHING")
    hand.key(Qt.Key.Key_Return)
    sheet = window.screens.coupon
    said = [label.text() for label in sheet.findChildren(Label) if label.ink == "bad_ink"]
    assert any(said)
    assert any(field.wrong for field in sheet.findChildren(Field))
