"""What buttons and keys do about points: F4 uses them or gives them back, the chooser has the rest."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from pos_app.presenters.member import PLACES, MemberPoints

if TYPE_CHECKING:
    from pos_app.ui.window import Window

SHEET = "rewards"


def acts(window: Window) -> dict[str, Callable[[], object]]:
    """The acts, by name."""
    points = window.points = MemberPoints(window.desk, window.selling)
    points.on_choose = window.screens.shows(SHEET)

    def choose() -> None:
        if points.rewards().rows:
            points.choose()
            window.open_sheet(SHEET)

    def press(place: int) -> None:
        if window.sheet_name == SHEET:
            points.press(place)

    return {
        "points": points.key,
        "rewards": choose,
        **{f"reward_{place}": partial(press, place) for place in range(1, PLACES + 1)},
    }
