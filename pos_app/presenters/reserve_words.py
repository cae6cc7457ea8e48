"""What came of a question about goods of another store, in words for the customer."""

from __future__ import annotations

from pos_app.domain.day import parse_utc
from pos_app.domain.money import MILLI
from pos_app.presenters.desk import Desk
from pos_app.presenters.elsewhere import day_words, name_of
from pos_app.presenters.reserve_views import Told
from pos_app.presenters.views import dotted
from pos_app.till import away, stores
from pos_app.till.away import Standing
from pos_app.words import _, clock, date_of, number
from sync.protocol.orders import BRING, PICKUP, SHIP


def goods(standing: Standing) -> str:
    """What it is, for the line of the sale and the receipt."""
    return ", ".join(
        dotted(f"{number(line.qty // MILLI)} \u00d7 {line.title}", line.variant)
        for line in standing.wish.lines
    )


def how(desk: Desk, standing: Standing) -> str:
    """How the customer gets it."""
    name = _store(desk, standing.wish.store)
    if standing.wish.way == BRING:
        return _("Comes here from {store}").format(store=name)
    if standing.wish.way == SHIP:
        return _("Ship home from {store}").format(store=name)
    return _("Collect at {store}").format(store=name)


def result(desk: Desk, standing: Standing) -> Told:
    """What came of a question, in the words for the customer."""
    name = _store(desk, standing.wish.store)
    if standing.state == away.QUEUED:
        return Told(
            _("Kept here, not asked yet"),
            _("It is asked by itself when the line is back. Promise nothing yet."),
            "off",
            "cloud-off",
        )
    if standing.waits:
        return Told(
            _("Asking {store}…").format(store=name),
            _("You can go on. The answer is told here."),
            "info",
            "clock",
        )
    if standing.held:
        title = _("Held at {store}").format(store=name)
        if standing.until and standing.wish.way == PICKUP:
            title = _("Held until {time}").format(time=_moment(desk, standing.until))
        return Told(title, _summary(standing, name), "ok", "circle-check")
    if standing.not_enough:
        other = instead(desk, standing)
        more = _("Nobody else has it free.")
        if other is not None:
            more = _("{store} has {count}.").format(store=other[1], count=number(other[2]))
        return Told(_("{store} said no.").format(store=name), more, "warn", "circle-alert")
    return Told(
        _("Head office could not take this."),
        _("Nothing was promised. Call the store, or ask again."),
        "warn",
        "circle-alert",
    )


def instead(desk: Desk, standing: Standing | None) -> tuple[str, str, int] | None:
    """(store, its name, pieces) who could promise it: the nearest of those the hub named."""
    if standing is None:
        return None
    known = stores.every(desk.till)
    found = []
    for store, left in standing.instead:
        shop = known.get(store)
        far = shop.distance_m if shop is not None else None
        found.append((far is None, far or 0, -left, store, left))
    if not found:
        return None
    *_far, store, left = min(found)
    return store, _store(desk, store), left // MILLI


def _store(desk: Desk, store: str) -> str:
    shop = stores.every(desk.till).get(store)
    return name_of(store, shop.name if shop is not None else "")


def _summary(standing: Standing, store: str) -> str:
    """What it is, for whom, where: a row each."""
    wish, rows = standing.wish, []
    if standing.order:
        rows.append(_("Order {order} at {store}").format(order=standing.order, store=store))
    rows += [
        dotted(f"{number(line.qty // MILLI)} \u00d7 {line.title}", line.variant)
        for line in wish.lines
    ]
    rows.append(_("For {name}").format(name=wish.name or wish.phone))
    return "\n".join(rows)


def _moment(desk: Desk, at: str) -> str:
    """A time today, else the day with it."""
    now, moment, zone = desk.till.hub_now(), parse_utc(at), desk.zone
    if date_of(now, zone) == date_of(moment, zone):
        return clock(moment, zone)
    return f"{day_words(moment, now, zone)} {clock(moment, zone)}"
