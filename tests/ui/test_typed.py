from __future__ import annotations

import pytest

from pos_app.presenters.consent import initials
from pos_app.presenters.typed import amount_typed, percent_typed, quantity_typed


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("4", 400),
        ("4.9", 490),
        ("4,90", 490),
        (" 1 000.5 ", 100_050),
        (".5", 50),
        ("4.905", None),
        ("", None),
        ("-1", None),
        ("1e3", None),
        ("\u0661", None),
        ("4.9.0", None),
        ("9" * 13, None),
    ],
)
def test_amounts(text, minor):
    assert amount_typed(text, "EUR") == minor


def test_amounts_of_other_currencies():
    assert amount_typed("500", "JPY") == 500
    assert amount_typed("500.5", "JPY") is None
    assert amount_typed("1.234", "KWD") == 1_234


def test_percent_and_quantity():
    assert percent_typed("12,5 %") == 1_250
    assert percent_typed("abc") is None
    assert quantity_typed("3", "piece") == 3_000
    assert quantity_typed("3.5", "piece") is None
    assert quantity_typed("0.254", "kg") == 254


def test_initials():
    assert initials("Anna Keller") == "AK"
    assert initials("  ") == "?"
    assert initials("Cher") == "C"
    assert initials("Jean-Luc de la Cruz") == "JC"
