from __future__ import annotations

import re
from pathlib import Path

import pytest

import pos_app.ui
from pos_app.ui import theme

TEXT, GRAPHIC = 4.5, 3.0
PAIRS = [
    *((ink, ground, TEXT) for ink in ("text", "text2", "text3") for ground in ("surface", "app")),
    ("text", "sunken", TEXT),
    ("text2", "sunken", TEXT),
    ("text3", "sunken", TEXT),
    ("text2", "subtle", TEXT),
    ("text", "subtle", TEXT),
    ("on_primary", "primary", TEXT),
    ("on_primary", "primary_hover", TEXT),
    ("on_primary", "primary_down", TEXT),
    ("on_primary", "on_primary_cap", TEXT),
    ("primary_ink", "primary_soft", TEXT),
    ("primary_ink", "surface", TEXT),
    ("text", "primary_soft", TEXT),
    ("text2", "primary_soft", TEXT),
    *((f"{tone}_ink", f"{tone}_soft", TEXT) for tone in ("ok", "warn", "bad", "off")),
    ("ok_ink", "surface", TEXT),
    ("warn_ink", "surface", TEXT),
    ("bad_ink", "surface", TEXT),
    ("off_ink", "surface", TEXT),
    ("focus", "rail", GRAPHIC),
    ("focus", "primary_soft", GRAPHIC),
    ("gold", "gold_soft", TEXT),
    ("rail_text", "rail", TEXT),
    ("rail_on", "rail_pill", TEXT),
    ("on_chip", "chip_on", TEXT),
    ("field", "surface", GRAPHIC),
    ("focus", "surface", GRAPHIC),
    ("focus", "app", GRAPHIC),
    *((tone, "surface", GRAPHIC) for tone in ("ok", "warn", "bad", "chart2", "primary")),
]


def luminance(colour: str) -> float:
    def channel(value: int) -> float:
        part = value / 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (channel(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", theme.THEMES)
@pytest.mark.parametrize(("ink", "ground", "needed"), PAIRS)
def test_what_is_used_together_can_be_read(name, ink, ground, needed):
    table = theme.tokens()[name]
    found = contrast(table[ink], table[ground])
    assert found >= needed, f"{ink} on {ground} in {name}: {found:.2f}"


@pytest.mark.parametrize("name", theme.THEMES)
def test_icons_on_their_tiles_can_be_seen(name):
    for key, (ground, ink) in theme.tokens()["tint"][name].items():
        assert contrast(ground, ink) >= GRAPHIC, f"{key} in {name}"


def test_both_themes_name_the_same_colours():
    light, dark = (theme.tokens()[name] for name in theme.THEMES)
    assert set(light) == set(dark)
    assert set(theme.tokens()["tint"]["light"]) == set(theme.tokens()["tint"]["dark"])


def test_no_colour_is_stated_outside_the_table():
    for path in Path(pos_app.ui.__file__).parent.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"['\"]#[0-9A-Fa-f]{3,8}['\"]", text), path.name
        assert "setStyleSheet" not in text, f"{path.name}: nothing may set off a recalculation"


def test_every_icon_that_is_named_is_there(qapp):
    named = set()
    for path in Path(pos_app.ui.__file__).parent.parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        named |= set(re.findall(r"icon=\"([a-z0-9-]+)\"", text))
    assert len(named) > 15
    for icon in named:
        assert theme.icon_file(icon).stem == icon
    assert theme.icon_file("../fonts/x").stem == "package"


def test_every_icon_of_the_demo_is_there():
    from tests.ui.shop import demo_goods

    for product in demo_goods().products:
        assert theme.icon_file(product.icon).stem == product.icon


def test_figures_have_one_width(qapp):
    from PySide6.QtGui import QFontMetricsF

    theme.load_fonts()
    ruler = QFontMetricsF(theme.font(15))
    assert len({round(ruler.horizontalAdvance(figure), 2) for figure in "0123456789"}) == 1
