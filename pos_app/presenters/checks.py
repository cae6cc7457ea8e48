"""What a till needs to trade, in tiles: how it is, and the button to its fix where it is not well.

Only two things keep a shift from opening: a journal that is not as it was written, and a clock
that is minutes off, because both make what is sold from then on hard to believe.
"""

from __future__ import annotations

import msgspec

from pos_app.domain.day import parse_utc
from pos_app.presenters.desk import Desk
from pos_app.till import readiness
from pos_app.words import _, ngettext, number, point, since, wait

CLOCK_OFF_MS = 120_000
DISK_LOW_MB = 500
OLD_LIST_S = 26 * 3_600
"""A list of prices older than a day and a little is told of."""

N_ = str
_PRINTER = {
    "ready": (N_("Ready"), "ok"),
    "paper_low": (N_("Paper low"), "warn"),
    "paper_out": (N_("Out of paper"), "warn"),
    "cover_open": (N_("Cover open"), "warn"),
    "offline": (N_("Not answering"), "warn"),
    "unknown": (N_("Is set up"), "off"),
    "none": (N_("None here"), "warn"),
}
"""What the printer says of itself, in words; none of it keeps a shift from opening."""


class Check(msgspec.Struct, frozen=True):
    """Whether a part of the till is ready."""

    icon: str
    title: str
    detail: str
    tone: str
    """ok, warn, off (cannot be told now) or bad (no shift opens)."""
    act: str = ""
    """What a press does; empty where there is nothing to mend."""
    stops: str = ""
    """What the button says instead of opening."""


def all_checks(
    desk: Desk, devices: readiness.DeviceStates | None, code: str, *, journal: bool
) -> tuple[Check, ...]:
    """The tiles, in their places.

    `devices` is None until they have answered, `code` what the scanner read last.
    """
    return (
        _printer(devices),
        _scanner(desk, code),
        _terminal(desk),
        _drawer(devices),
        _catalogue(desk),
        _sent(desk),
        _till(desk, journal=journal),
        _clock(desk),
    )


def blocking(checks: tuple[Check, ...]) -> str:
    """Why no shift opens now; empty where one does."""
    return next((check.stops for check in checks if check.stops), "")


def _printer(devices: readiness.DeviceStates | None) -> Check:
    title = _("Printer")
    if devices is None:
        return Check("printer", title, _("Asking\u2026"), "off")
    words, tone = _PRINTER.get(devices.printer, _PRINTER["unknown"])
    act = "" if tone == "ok" or devices.printer == "none" else "trial"
    return Check("printer", title, _(words), tone, act)


def _scanner(desk: Desk, code: str) -> Check:
    title = _("Scanner")
    if desk.till.settings.scanner == "none":
        return Check("scan-barcode", title, _("None here"), "warn")
    if code:
        return Check("scan-barcode", title, _("Ready"), "ok")
    return Check("scan-barcode", title, _("Scan to test"), "off", "test_scanner")


def _terminal(desk: Desk) -> Check:
    title = _("Card terminal")
    if desk.till.devices.terminal is None:
        return Check("credit-card", title, _("Typed from the slip"), "ok")
    return Check("credit-card", title, _("Connected"), "ok")


def _drawer(devices: readiness.DeviceStates | None) -> Check:
    title = _("Drawer")
    if devices is None:
        return Check("inbox", title, _("Asking\u2026"), "off")
    if not devices.drawer:
        return Check("inbox", title, _("None here"), "warn")
    if devices.drawer_open:
        return Check("inbox", title, _("Stands open"), "warn", "check_again")
    return Check(
        "inbox", title, _("Closed") if devices.drawer_open is False else _("Is set up"), "ok"
    )


def _catalogue(desk: Desk) -> Check:
    till, title = desk.till, _("Products")
    goods = till.catalogue.counts().get("products", 0)
    if not goods:
        return Check("tag", title, _("No list yet"), "warn", "sync")
    last = till.link.status.last_contact if till.link is not None else ""
    last = last or till.catalogue.state("last_contact") or ""
    form = ngettext("{count} product", "{count} products", goods).format(count=number(goods))
    if till.catalogue.source != "current":
        return Check("tag", title, _("From a copy of before"), "warn", "sync")
    if not last:
        return Check("tag", title, form, "ok")
    moment, now = parse_utc(last), till.now()
    asof = _("As of {time}").format(time=since(moment, now, desk.zone))
    old = (now - moment).total_seconds() > OLD_LIST_S
    return Check("tag", title, asof, "off" if old else "ok", "sync" if old else "")


def _sent(desk: Desk) -> Check:
    till = desk.till
    unsent = till.view.unsent(till.acked())
    if unsent.sales:
        form = ngettext("{count} sale waits", "{count} sales wait", unsent.sales)
        waits = form.format(count=number(unsent.sales))
        return Check("cloud-off", _("Last sales"), waits, "off", "sync")
    return Check("cloud-check", _("Last sales"), _("All sent"), "ok")


def _till(desk: Desk, *, journal: bool) -> Check:
    title = _("This till")
    if not journal:
        stops = _("The journal is not as it was written")
        return Check("hard-drive", title, _("Journal needs help"), "bad", "sync", stops)
    free = desk.till.free_mb()
    form = _("{count} GB free") if free >= 1_000 else _("{count} MB free")
    words = form.format(count=number(free // 1_000 if free >= 1_000 else free))
    low = free < DISK_LOW_MB
    return Check("hard-drive", title, words, "warn" if low else "ok", "sync" if low else "")


def _clock(desk: Desk) -> Check:
    title, link = _("Clock"), desk.till.link
    offset = link.status.offset_ms if link is not None else None
    if offset is None:
        return Check("clock", title, _("Not compared yet"), "off", "try_now")
    if abs(offset) > CLOCK_OFF_MS:
        off = wait(abs(offset) / 1000)
        stops = _("Set the clock first: it is {time} off").format(time=off)
        return Check("clock", title, _("{time} off").format(time=off), "bad", "check_again", stops)
    seconds = f"{abs(offset) / 1000:.1f}".replace(".", point())
    return Check("clock", title, _("{seconds} s off").format(seconds=seconds), "ok")
