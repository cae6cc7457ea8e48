"""Colours, type and spacing of the window, from the one table of tokens.

Widgets ask for a colour by its name while they paint, so a change of theme is one repaint and
no style sheet exists that a new line in a basket could set off.
"""

from __future__ import annotations

import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette

import resources

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLayout

_ROOT = Path(resources.__file__).parent
THEMES = ("light", "dark")
RADIUS = 11
"""Corner of buttons and fields, pixels; cards have 13, sheets 16, key caps 5."""
CARD = 13
INSET = 20
GAP = 8

_FACES = (
    "Inter-Regular",
    "Inter-Medium",
    "Inter-SemiBold",
    "Inter-Bold",
    "InterDisplay-SemiBold",
    "InterDisplay-Bold",
)
_OTHER_SCRIPTS = (
    "NotoSansArabic-Regular",
    "NotoSansArabic-SemiBold",
    "NotoSansArabic-Bold",
    "NotoSansHebrew-Regular",
    "NotoSansHebrew-SemiBold",
)
DISPLAY_FROM = 19
"""From this size on Inter's display cut is used, pixels."""
_WEIGHTS = {
    400: QFont.Weight.Normal,
    500: QFont.Weight.Medium,
    600: QFont.Weight.DemiBold,
    700: QFont.Weight.Bold,
}


class _Choice:
    """The theme of this process's windows."""

    name = "light"
    rtl_fonts = False


@cache
def tokens() -> dict[str, dict[str, str]]:
    """The whole table, by theme."""
    with (_ROOT / "theme" / "tokens.toml").open("rb") as file:
        return tomllib.load(file)


def name() -> str:
    """The theme in force: light or dark."""
    return _Choice.name


def use(wanted: str) -> None:
    """Puts `light`, `dark` or the system's theme in force and gives the application its palette."""
    if wanted not in THEMES:
        scheme = QGuiApplication.styleHints().colorScheme()
        wanted = "dark" if scheme == Qt.ColorScheme.Dark else "light"
    _Choice.name = wanted
    QGuiApplication.setPalette(palette())


def color(token: str) -> QColor:
    """The colour of a token in the theme in force. Raises KeyError for a name that is none."""
    return _color(_Choice.name, token)


@lru_cache(maxsize=256)
def _color(theme: str, token: str) -> QColor:
    return QColor(tokens()[theme][token])


def tint(key: str) -> tuple[QColor, QColor]:
    """Background and ink for a product without a picture: the same for the same `key`."""
    return tint_at(tint_place(key))


def tint_place(key: str) -> int:
    """Which of the tints that is."""
    return crc32(key.encode()) % len(tokens()["tint"][_Choice.name])


def tint_at(place: int) -> tuple[QColor, QColor]:
    """The tint at a place of the table."""
    table: dict[str, list[str]] = tokens()["tint"][_Choice.name]  # type: ignore[assignment]
    back, ink = list(table.values())[place]
    return _named(back), _named(ink)


@lru_cache(maxsize=64)
def _named(text: str) -> QColor:
    return QColor(text)


def palette() -> QPalette:
    """Qt's own palette, for what Qt paints itself: the text in fields, scroll bars, tool tips."""
    made = QPalette()
    for role, token in (
        (QPalette.ColorRole.Window, "app"),
        (QPalette.ColorRole.WindowText, "text"),
        (QPalette.ColorRole.Base, "surface"),
        (QPalette.ColorRole.AlternateBase, "subtle"),
        (QPalette.ColorRole.Text, "text"),
        (QPalette.ColorRole.Button, "surface"),
        (QPalette.ColorRole.ButtonText, "text"),
        (QPalette.ColorRole.PlaceholderText, "text3"),
        (QPalette.ColorRole.Highlight, "primary"),
        (QPalette.ColorRole.HighlightedText, "on_primary"),
        (QPalette.ColorRole.ToolTipBase, "surface"),
        (QPalette.ColorRole.ToolTipText, "text"),
        (QPalette.ColorRole.Mid, "border2"),
        (QPalette.ColorRole.Accent, "primary"),
    ):
        made.setColor(role, color(token))
    made.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text, color("text3"))
    return made


def load_fonts(*, other_scripts: bool = False) -> None:
    """Gives Qt our own faces; Arabic and Hebrew ones only where they are read."""
    for face in (*_FACES, *_OTHER_SCRIPTS) if other_scripts else _FACES:
        _load(face)
    if other_scripts != _Choice.rtl_fonts:
        _Choice.rtl_fonts = other_scripts
        font.cache_clear()


@cache
def _load(face: str) -> None:
    QFontDatabase.addApplicationFont(str(_ROOT / "fonts" / f"{face}.ttf"))


@lru_cache(maxsize=128)
def font(size: int, weight: int = 400, *, tabular: bool = True) -> QFont:
    """Inter at `size` pixels with figures of one width; 19 px and more in its display cut.

    Not `tabular`, figures stand as close as they are drawn: for a large clock.
    """
    display = size >= DISPLAY_FROM and weight >= 600
    families = ["Inter Display" if display else "Inter"]
    if _Choice.rtl_fonts:
        families += ["Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Hebrew Thin"]
    made = QFont()
    made.setFamilies(families)
    made.setPixelSize(size)
    made.setWeight(_WEIGHTS[weight])
    made.setFeature(QFont.Tag("tnum"), int(tabular))
    if not _Choice.rtl_fonts:  # Arabic letters are joined: nothing may be taken between them
        spacing = 98.4 if display else 99.0
        made.setLetterSpacing(QFont.SpacingType.PercentageSpacing, spacing)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


def line_room(made: QFont) -> int:
    """Pixels a line needs beyond Inter's own height: Arabic reaches further up and down."""
    return 2 * -(-made.pixelSize() * 15 // 100) if _Choice.rtl_fonts else 0


def icon_file(icon: str) -> Path:
    """Where an icon's drawing is, or the one for `package` where we have none of that name."""
    path = _ROOT / "icons" / f"{icon}.svg"
    return (
        path
        if icon.replace("-", "").isalnum() and path.is_file()
        else (_ROOT / "icons" / "package.svg")
    )


def margins(layout: QLayout, start: int, top: int, end: int, bottom: int) -> None:
    """Margins by the line of reading: Qt mirrors a layout, but never its margins."""
    rtl = QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft
    left, right = (end, start) if rtl else (start, end)
    layout.setContentsMargins(left, top, right, bottom)


def direction(*, rtl: bool) -> None:
    """Left to right, or mirrored, for every widget; digits stay Western in fields."""
    QGuiApplication.setLayoutDirection(
        Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight
    )
    QLocale.setDefault(QLocale.c())
