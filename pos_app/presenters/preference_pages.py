"""The pages of the settings as rows: what can be chosen, typed and pressed, and how it stands now."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

import msgspec

from pos_app import words
from pos_app.presenters.connection import Attention
from pos_app.presenters.desk import Desk
from pos_app.presenters.typed import plain_amount
from pos_app.settings import Settings
from pos_app.till import favourites
from pos_app.words import _, ngettext, number, wait

LOOKS, DEVICES, WORK, KEYS, TILL = "looks", "devices", "work", "keys", "till"
SCALES = (100, 115, 130)
VOLUMES = (0, 30, 60, 100)
SCANS_WANTED = 5
LOCKS_S = (60, 180, 300, 600, 0)
LANGUAGES = {"en": "English", "de": "Deutsch", "ar": "العربية"}
"""What a language calls itself, without asking CLDR, which knows all the others."""


class Option(msgspec.Struct, frozen=True):
    """One of a few choices."""

    value: str
    words: str


class Item(msgspec.Struct, frozen=True):
    """One row of a page: a choice, switches, a text, a button, a key, a fact or a thing to do."""

    kind: str
    """choice, switches, text, button, key, fact or attention."""
    name: str
    title: str
    detail: str = ""
    value: str = ""
    """Of switches: the options that are on, with spaces between them."""
    options: tuple[Option, ...] = ()
    """Of a thing to do: the act of each button, and its words."""


def choice(
    name: str, title: str, value: str, options: Iterable[tuple[str, str]], detail: str = ""
) -> Item:
    """One of several."""
    made = tuple(Option(each, told) for each, told in options)
    return Item("choice", name, title, detail, value, made)


# ---- looks and sounds


def language(locale: str) -> str:
    """What people who speak it call it."""
    short = locale.replace("_", "-").partition("-")[0]
    if short in LANGUAGES:
        return LANGUAGES[short]
    import babel

    try:
        found = babel.Locale.parse(locale.replace("-", "_")).get_display_name()
    except (ValueError, babel.UnknownLocaleError):
        return locale
    return str(found or locale).capitalize()


def _languages(desk: Desk) -> list[tuple[str, str]]:
    """The store's, and every language there are texts in."""
    store = desk.till.own.store
    theirs = (store.locale if store else "en").replace("_", "-").partition("-")[0]
    spoken = words.languages()
    shown = _("As the store: {language}").format(
        language=language(theirs if theirs in spoken else "en")
    )
    return [("", shown), *((each, language(each)) for each in spoken)]


def looks(desk: Desk) -> list[Item]:
    """How the window looks and sounds: everybody's."""
    now = desk.till.settings
    themes = (("system", _("As the system")), ("light", _("Light")), ("dark", _("Dark")))
    loud = {0: _("Off"), 30: _("Quiet"), 60: _("Normal"), 100: _("Loud")}
    items = [
        choice("theme", _("Colours"), now.theme, themes),
        choice("locale", _("Language"), now.locale, _languages(desk)),
        choice(
            "scale",
            _("Text size"),
            str(now.scale),
            [(str(each), f"{each} %") for each in SCALES],
            _("Holds when the till is opened again."),
        ),
        choice("volume", _("Sounds"), str(now.volume), [(str(v), loud[v]) for v in VOLUMES]),
    ]
    if _running_scale() != now.scale:
        items.insert(3, Item("button", "start_again", _("Open the till again now")))
    if now.volume:
        cues = _cues()
        quiet = now.quiet.split()
        on = " ".join(cue for cue, _words in cues if cue not in quiet)
        options = tuple(Option(cue, told) for cue, told in cues)
        items.append(Item("switches", "cues", _("Which of them are heard"), "", on, options))
        items.append(Item("button", "try_sound", _("Play a sound")))
    return items


def _cues() -> tuple[tuple[str, str], ...]:
    """Every sound the window makes."""
    return (
        ("ok", _("Scanned")),
        ("again", _("Same item again")),
        ("refused", _("Unknown or refused")),
        ("paid", _("Paid")),
        ("attention", _("Needs attention")),
        ("order", _("New order")),
        ("late", _("Order late")),
        ("wrong", _("Wrong item for an order")),
        ("ready", _("Order ready")),
        ("handed", _("Order handed over")),
    )


def _running_scale() -> int:
    return round(float(os.environ.get("QT_SCALE_FACTOR", "1")) * 100)


# ---- devices


def devices(
    now: Settings, kind: str, profiles: tuple[tuple[str, str], ...], scans: int
) -> list[Item]:
    """What is plugged in. `kind` is the printer's as it is being chosen, `scans` the wizard's."""
    again = _("Holds when the till is opened again.")
    drawers = (("printer", _("On the printer")), ("none", _("None")))
    displays = (("none", _("None")), ("screen", _("Second screen")))
    items = _printer(now, kind, profiles)
    items.append(choice("drawer", _("Cash drawer"), now.drawer, drawers))
    if now.drawer != "none":
        items.append(Item("button", "open_drawer", _("Open the drawer")))
    items += _scanner(now, scans)
    items.append(choice("display", _("Customer display"), now.display, displays, again))
    return [*items, *_terminal(now), *_scale(now)]


def _printer(now: Settings, kind: str, profiles: tuple[tuple[str, str], ...]) -> list[Item]:
    kinds = (
        ("none", _("None")),
        ("dir", _("Files in a folder")),
        ("tcp", _("Network")),
        ("file", _("USB")),
        ("serial", _("Serial")),
    )
    items = [choice("printer_kind", _("Receipt printer"), kind, kinds)]
    hints = {
        "tcp": _("For example 192.168.1.20:9100"),
        "file": _("For example /dev/usb/lp0"),
        "serial": _("For example /dev/ttyUSB0 or COM3"),
    }
    if kind in hints:
        scheme, _colon, address = now.printer.partition(":")
        shown = address if scheme == kind else ""
        items.append(Item("text", "printer_address", _("Address"), hints[kind], shown))
    if kind not in ("none", "simulated"):
        items.append(choice("printer_profile", _("Model"), now.printer_profile, profiles))
        items.append(Item("button", "trial", _("Print a test page")))
        items.append(Item("button", "look_at_printer", _("Ask the printer how it is")))
    return items


def _scanner(now: Settings, scans: int) -> list[Item]:
    kinds = (("wedge", _("Types like a keyboard")), ("serial", _("Serial")))
    kind, _colon, port = now.scanner.partition(":")
    items = [choice("scanner_kind", _("Scanner"), kind, kinds)]
    if kind == "serial":
        hint = _("For example /dev/ttyACM0 or COM4")
        return [*items, Item("text", "scanner_port", _("Port"), hint, port)]
    detail = _("Scan any five codes: the till learns how fast the scanner types.")
    if scans:
        detail = _("{count} of {wanted} scans").format(
            count=number(scans), wanted=number(SCANS_WANTED)
        )
    gap = _("Pause of {count} ms").format(count=number(now.scan_gap_ms))
    before, after = _("Typed before each code"), _("Typed after each code")
    nothing = _("Nothing, as most scanners come")
    return [
        *items,
        Item("button", "wizard", _("Learn this scanner"), detail, gap),
        Item("text", "scan_prefix", before, nothing, now.scan_prefix),
        Item("text", "scan_suffix", after, nothing, now.scan_suffix),
    ]


def _terminal(now: Settings) -> list[Item]:
    kinds = (("manual", _("Typed from its slip")), ("tcp", _("Connected")))
    kind, _colon, address = now.terminal.partition(":")
    items = [choice("terminal_kind", _("Card terminal"), kind, kinds)]
    if kind == "tcp":
        items.append(Item("text", "terminal_address", _("Address"), _("Host and port"), address))
    return items


def _scale(now: Settings) -> list[Item]:
    kinds = (("none", _("None")), ("serial", _("Serial")))
    kind, _colon, port = now.weighing.partition(":")
    items = [choice("weighing_kind", _("Scale for weighed goods"), kind, kinds)]
    if kind == "serial":
        hint = _("For example /dev/ttyUSB0 or COM3")
        items.append(Item("text", "weighing_port", _("Port"), hint, port))
    return items


# ---- how this till is worked with


def work(desk: Desk) -> list[Item]:
    """The drawer's float, who counts blind, when the till locks, what stands first."""
    now = desk.till.settings
    locks = list(LOCKS_S)
    if now.lock_after_s not in locks:
        locks.insert(0, now.lock_after_s)
    told = [(str(each), wait(each) if each else _("Never")) for each in locks]
    blind = (("role", _("As their role says")), ("everyone", _("Everyone")))
    wanted = plain_amount(now.float_amount, desk.currency) if now.float_amount else ""
    marked = sum(1 for value in desk.till.view.reference(favourites.KIND).values() if value)
    items = [
        choice("lock_after", _("Locks by itself after"), str(now.lock_after_s), told),
        Item("text", "float_amount", _("Float to begin a shift with"), _("Not set"), wanted),
        choice("blind_count", _("Who counts the drawer blind"), now.blind_count, blind),
        choice(
            "hand_over_slip",
            _("Slip when an order is handed over"),
            "yes" if now.hand_over_slip else "no",
            (("yes", _("Print it")), ("no", _("No slip"))),
        ),
        Item("text", "shelves", _("Shelves for orders"), _("For example A1 A2 B1"), now.shelves),
    ]
    if marked:
        detail = ngettext(
            "{count} product was marked at this till.",
            "{count} products were marked at this till.",
            marked,
        ).format(count=number(marked))
        items.append(
            Item("button", "forget_favourites", _("Take all favourites off the shelf"), detail)
        )
    return items


# ---- what this till is


def till(
    facts: tuple[tuple[str, str], ...], attention: Callable[[], tuple[Attention, ...]]
) -> list[Item]:
    """What needs somebody, as the sheet of the line says it; then what this till is."""
    items = [
        Item(
            "attention",
            f"attention_{place}",
            each.title,
            each.detail,
            options=tuple(Option(act, told) for act, told in each.actions),
        )
        for place, each in enumerate(attention())
    ]
    if not items:
        items.append(Item("fact", "attention_none", _("Needs attention"), value=_("Nothing")))
    return items + [Item("fact", label, label, value=value) for label, value in facts]
