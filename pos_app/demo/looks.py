"""The window's other faces: sizes, the dark, languages, sheets, training, the customer's screen."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QApplication

from pos_app.demo.doing import CONTROL, KEY, Doing
from pos_app.settings import Settings
from pos_app.ui.customer_display import LATER_MS, CustomerDisplay

SIZES = ((1024, 768), (1920, 1080))
LANGUAGES = ("de", "ar")


def customer(doing: Doing, name: str) -> None:
    """A picture of the customer's own screen."""
    from PySide6.QtTest import QTest

    QTest.qWait(2 * LATER_MS)
    for each in QApplication.topLevelWidgets():
        if isinstance(each, CustomerDisplay) and each.isVisible():
            doing.hand.picture(name, each)


def sheets(doing: Doing) -> None:
    """The product, the commands, all keys, over a basket."""
    hand = doing.hand
    doing.sell("W110-WHT-L")
    hand.press(KEY.Key_I, CONTROL)
    hand.sheet("product")
    hand.picture("product")
    hand.press(KEY.Key_Escape)
    hand.sheet("")
    hand.press(KEY.Key_K, CONTROL)
    hand.sheet("commands")
    hand.type("pr")
    hand.picture("commands")
    hand.press(KEY.Key_Escape)
    hand.sheet("")
    hand.hold(KEY.Key_F1)
    hand.picture("all_keys")
    hand.let_go(KEY.Key_F1)
    doing.exact(KEY.Key_F10)


def sizes(doing: Doing) -> None:
    """The same basket in the dark, narrow and wide."""
    hand, window = doing.hand, doing.window
    doing.sell("W120-NVY-M", "A570-OLV-M", "G1417", "T731")
    window.set_theme("dark")
    hand.picture("sell_dark")
    hand.press(KEY.Key_F12)
    hand.place("pay")
    hand.picture("pay_dark")
    window.set_theme("light")
    for width, height in SIZES:
        window.resize(width, height)
        hand.picture(f"pay_{width}")
    hand.press(KEY.Key_Escape)
    hand.place("sell")
    for width, height in SIZES:
        window.resize(width, height)
        hand.picture(f"sell_{width}")
    window.resize(1366, 768)
    doing.exact(KEY.Key_F11)


def settings(doing: Doing) -> None:
    """The settings: looks, and the devices."""
    hand = doing.hand
    doing.command("settings")
    hand.sheet("preferences")
    hand.picture("settings")
    hand.click("Devices")
    hand.wait_for("the devices", lambda: doing.window.preferences.state.page == "devices")
    hand.picture("settings_devices")
    hand.press(KEY.Key_Escape)
    hand.sheet("")


def training(doing: Doing) -> None:
    """A sale that is none: in the journal of the exercise alone."""
    hand, window = doing.hand, doing.window
    doing.command("training")
    hand.sheet("consent")
    doing.consent("consent_to_training")
    hand.wait_for("training", lambda: window.till.training)
    hand.place("open_shift")
    hand.type("2")
    hand.press(KEY.Key_F12)
    hand.place("sell")
    doing.sell("W120-PLM-M", "G1407")
    hand.picture("training")
    doing.exact(KEY.Key_F10)
    doing.numbers["training"] = doing.number_of_done()
    hand.click("End training")
    hand.place("lock")
    hand.wait_for("the till", lambda: not window.till.training)


def languages(doing: Doing) -> None:
    """The program opened again in each language, the sale that was open still there."""
    hand = doing.hand
    doing.sell("W110-SKY-M", "A570-OLV-L", "G1407", "G1407")
    data = doing.window.till.data
    for locale in (*LANGUAGES, ""):
        replace(Settings.load(data), locale=locale).save(data)
        hand.open_again()
        hand.place("lock")
        if locale:
            hand.picture(f"lock_{locale}")
        doing.sign_in("cashier")
        hand.place("sell")
        if locale:
            hand.picture(f"sell_{locale}")
            hand.press(KEY.Key_F12)
            hand.place("pay")
            hand.picture(f"pay_{locale}")
            hand.press(KEY.Key_Escape)
            hand.place("sell")
    doing.exact(KEY.Key_F10)
