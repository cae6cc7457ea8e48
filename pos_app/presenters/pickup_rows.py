"""Customers' orders in words: rows of the queue, lines of a pick list, the promise, the history."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from pos_app.domain.day import parse_utc
from pos_app.domain.money import MILLI
from pos_app.domain.pickup import PICKING, RESERVED
from pos_app.presenters.hand_over_views import PersonView
from pos_app.presenters.pickup_views import (
    BENEATH,
    DONE,
    NEXT,
    OPEN,
    QUEUE,
    SHORT,
    PickList,
    PickRow,
    Promise,
    QueueRow,
    StepView,
)
from pos_app.presenters.views import dotted
from pos_app.words import _, clock, date_of, money, ngettext, number, quantity

if TYPE_CHECKING:
    from collections.abc import Callable

    from pos_app.presenters.desk import Desk
    from sync.protocol.orders import OrderEvent, OrderLine, OrderRow

SOON: Final = timedelta(minutes=15)
"""So long before it is promised an order's time turns amber."""
PPM: Final = 1_000_000
LAST_DAYS: Final = 2
"""From so many days on before a bag goes back the shelf says so."""
WHOLE_DAY: Final = timedelta(days=1)
SHIP: Final = "ship"
BRING: Final = "bring"


def pieces(lines: tuple[OrderLine, ...]) -> int:
    """How many things it is; what is weighed counts as one."""
    return sum(line.qty // MILLI if line.qty % MILLI == 0 else 1 for line in lines)


def items_words(row: OrderRow) -> str:
    """2 items."""
    count = pieces(row.lines)
    return ngettext("{count} item", "{count} items", count).format(count=number(count))


def channel_words(channel: str) -> str:
    """Where it was ordered, in a word."""
    known = {"web": _("Web"), "storefront": _("Web"), "app": _("App"), "till": _("Store")}
    return known.get(channel) or channel.replace("_", " ").replace("-", " ").capitalize()


def order_words(channel: str) -> str:
    """Where it was ordered, in the panel."""
    known = {
        "web": _("Web order"),
        "storefront": _("Web order"),
        "app": _("App order"),
        "till": _("Ordered in a store"),
    }
    return known.get(channel) or _("Ordered at {channel}").format(channel=channel_words(channel))


def who(row: OrderRow) -> str:
    """Whose it is; what it is called where no name was told."""
    return row.customer or row.name


def initials(name: str) -> str:
    """Two letters."""
    parts = [part for part in name.replace("-", " ").split() if part[:1].isalnum()]
    return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper()


def first_name(name: str) -> str:
    """What somebody is called by."""
    return name.split(maxsplit=1)[0] if name.split() else name


# ---- the queue


def queue_row(desk: Desk, row: OrderRow, now: datetime) -> QueueRow:
    """An order that is to be picked."""
    chip, tone = time_left(row, now)
    note, note_tone = picker_words(desk, row)
    where = {SHIP: _("To be sent"), BRING: _("To another store")}.get(row.way, "")
    detail = dotted(row.name, items_words(row), where or channel_words(row.channel))
    return QueueRow(
        QUEUE, row.reservation, who(row), detail, note, note_tone, chip=chip, chip_tone=tone
    )


def ready_row(desk: Desk, row: OrderRow, now: datetime, *, short: bool = False) -> QueueRow:
    """An order that waits for its customer, or is to be put back; `short` beneath the queue."""
    when = _("Ready {time}").format(time=since_words(desk, row.ready, now)) if row.ready else ""
    items = "" if short else items_words(row)
    chip, tone = kept_words(desk, row, now)
    if row.state == "CANCELLING":
        chip, tone, when = _("Put back"), "bad", _("The shop took it back")
    elif row.state == "LAPSED":
        chip, tone = _("Put back"), "bad"
    return QueueRow(
        *(BENEATH if short else QUEUE, row.reservation, who(row), dotted(row.name, items, when)),
        chip=chip,
        chip_tone=tone,
        tag=row.shelf,
    )


def done_row(desk: Desk, row: OrderRow, now: datetime) -> QueueRow:
    """An order that is over."""
    ends = {
        "COLLECTED": _("Handed over"),
        "SHORT": _("Not found"),
        "CANCELLED": _("Cancelled"),
        "RESTOCKED": _("Put back"),
    }
    at = max((event.at for event in row.history), default=row.ready or row.placed)
    note = dotted(ends.get(row.state, row.state.capitalize()), since_words(desk, at, now))
    detail = dotted(row.name, items_words(row), channel_words(row.channel))
    return QueueRow(QUEUE, row.reservation, who(row), detail, note)


def picker_words(desk: Desk, row: OrderRow) -> tuple[str, str]:
    """Who picks it, and whether that is the person at this till."""
    if row.state != PICKING or not row.picker:
        return _("Not started"), "plain"
    person = desk.till.person
    if person is not None and person.staff_id == row.picker:
        return dotted(_("You"), picked_words(row)), "mine"
    name = row.picker_name or desk.name_of(row.picker)
    return _("{name} is picking").format(name=first_name(name)), "plain"


def picked_words(row: OrderRow) -> str:
    """2 of 4 picked."""
    done, whole = picked(row)
    return _("{done} of {whole} picked").format(done=number(done), whole=number(whole))


def picked(row: OrderRow) -> tuple[int, int]:
    """How many things of an order are found, and how many there are to find."""
    whole = done = 0
    for line in row.lines:
        wanted = max(0, line.qty - line.short)
        if line.qty % MILLI:
            whole, done = whole + bool(wanted), done + (bool(wanted) and line.picked >= wanted)
        else:
            whole, done = whole + wanted // MILLI, done + min(line.picked, wanted) // MILLI
    return done, whole


def time_left(row: OrderRow, now: datetime) -> tuple[str, str]:
    """How long there is until it is promised, and how that looks."""
    if not row.promised:
        return "", "plain"
    left = parse_utc(row.promised) - now
    if left <= timedelta(0):
        late = (-left).total_seconds() // 60
        if late >= 24 * 60:
            form = ngettext("Late {count} day", "Late {count} days", int(late // (24 * 60)))
            return form.format(count=number(int(late // (24 * 60)))), "bad"
        return _("Late {time}").format(time=span_words(int(late))), "bad"
    minutes = -int(-left.total_seconds() // 60)
    tone = "warn" if left <= SOON else "plain"
    if left >= WHOLE_DAY:
        days = left.days
        return ngettext("{count} day", "{count} days", days).format(count=number(days)), tone
    return span_words(minutes), tone


def span_words(minutes: int) -> str:
    """38 min, 1 h 20."""
    if minutes < 60:
        return ngettext("{count} min", "{count} min", minutes).format(count=number(minutes))
    hours, rest = divmod(minutes, 60)
    return _("{hours} h {minutes}").format(hours=number(hours), minutes=f"{rest:02d}")


def kept_words(desk: Desk, row: OrderRow, now: datetime) -> tuple[str, str]:
    """How long a bag stays, where that is not long any more."""
    if not row.keep_until:
        return "", "plain"
    until = parse_utc(row.keep_until)
    if until <= now:
        return _("Time is over"), "bad"
    days = (_day(desk, until) - _day(desk, now)).days
    if days <= 0:
        return _("Last day"), "warn"
    if days > LAST_DAYS:
        return "", "plain"
    return ngettext("{count} day left", "{count} days left", days).format(
        count=number(days)
    ), "warn"


def _day(desk: Desk, moment: datetime) -> datetime:
    from zoneinfo import ZoneInfo

    local = moment.astimezone(ZoneInfo(desk.zone))
    return datetime(local.year, local.month, local.day, tzinfo=None)  # noqa: DTZ001 - a day, not an instant


def since_words(desk: Desk, at: str, now: datetime) -> str:
    """The time of today, the day of before."""
    if not at:
        return ""
    moment = parse_utc(at)
    same = date_of(moment, desk.zone) == date_of(now, desk.zone)
    return (clock if same else date_of)(moment, desk.zone)


# ---- the pick list


def pick_list(
    desk: Desk, row: OrderRow, lines: list[OrderLine], current: str, *, mine: bool
) -> PickList:
    """The lines in walking order; `current` is the one that is scanned next."""
    done, whole = picked(row)
    rows = tuple(_pick_row(desk, line, current, mine=mine) for line in lines)
    part = done * PPM // whole if whole else PPM
    return PickList(rows, picked_words(row), part, open=row.state in (RESERVED, PICKING))


def _pick_row(desk: Desk, line: OrderLine, current: str, *, mine: bool) -> PickRow:
    wanted = max(0, line.qty - line.short)
    count = f"{quantity(line.picked)}/{quantity(line.qty - line.short)}"
    note, tone, state = "", "info", OPEN
    if line.picked >= wanted > 0:
        state = DONE
    elif not wanted:
        state, note, tone, count = SHORT, _("Not found"), "warn", f"0/{quantity(line.qty)}"
    elif line.line == current and mine:
        state, note = NEXT, _("Scan next")
    if line.short and wanted:
        form = _("{count} not found")
        note, tone = form.format(count=quantity(line.short)), "warn"
    icon, name, detail = product_words(desk, line)
    if line.instead:
        other = desk.till.catalogue.by_sku(line.instead)
        told = other.product.name if other is not None else line.instead
        note, tone = _("Instead: {name}").format(name=told), "info"
    return PickRow(
        *(line.line, name, detail, line.place, state, count, note, tone),
        icon=icon,
        tint=line.sku or line.title,
        fresh=not line.picked,
    )


def product_words(desk: Desk, line: OrderLine) -> tuple[str, str, str]:
    """Icon, name, and variant with SKU, of what was ordered."""
    found = desk.till.catalogue.by_sku(line.sku) if line.sku else None
    variant = line.variant or (found.product.variant if found else "")
    icon = line.icon or (found.product.icon if found else "")
    name = line.title or (found.product.name if found else line.sku)
    unknown = _("Not in the catalogue") if not line.sku else ""
    return icon, name, dotted(variant, line.sku, unknown)


# ---- the panel


def person_view(row: OrderRow, detail: str) -> PersonView:
    """Whose it is, and how it is paid."""
    name = who(row)
    return PersonView(initials(name), name, detail, reach=bool(row.phone or row.email))


def paid_words(row: OrderRow) -> str:
    """How it is paid, in a line."""
    total = money(row.total, row.currency)
    if row.due:
        return _("To be paid here: {amount}").format(amount=money(row.due, row.currency))
    if not row.paid_by:
        return dotted(_("Paid"), total)
    return dotted(_("Paid online"), row.paid_by, total)


def promise(desk: Desk, row: OrderRow, now: datetime) -> Promise | None:
    """By when it is to be ready."""
    if not row.promised or row.state not in (RESERVED, PICKING):
        return None
    due = parse_utc(row.promised)
    begun = parse_utc(row.placed) if row.placed else due - timedelta(hours=1)
    left = due - now
    whole = max(1, int((due - begun).total_seconds()))
    part = PPM - max(0, min(PPM, int(left.total_seconds()) * PPM // whole))
    seconds = abs(int(left.total_seconds()))
    told = f"{seconds // 60:02d}:{seconds % 60:02d}" if seconds < 3_600 else ""
    told = told or time_left(row, now)[0]
    by = since_words(desk, row.promised, now)
    if left <= timedelta(0):
        return Promise(_("Late. Promised by {time}").format(time=by), told, PPM, "bad")
    tone = "warn" if left <= SOON else "plain"
    return Promise(_("Promised by {time}").format(time=by), told, part, tone)


def history(desk: Desk, row: OrderRow, now: datetime) -> tuple[StepView, ...]:
    """What happened, what happens now, and what comes."""
    steps = [_step(desk, row, event, now) for event in row.history if event.what != "picked"]
    if row.state == RESERVED:
        steps.append(StepView(_("Waits to be picked"), "", _("Now"), "now"))
    elif row.state == PICKING:
        steps.append(StepView(picked_words(row), "", _("Now"), "now"))
    if row.state in (RESERVED, PICKING):
        if row.way == SHIP:
            steps.append(StepView(_("Packed, then sent"), _("By a carrier"), "", "todo"))
        elif row.way == BRING:
            steps.append(StepView(_("Packed, then to the other store"), "", "", "todo"))
        else:
            told = _("ID or pickup code")
            steps.append(StepView(_("Ready, then handed over"), told, "", "todo"))
    return tuple(steps)


def _step(desk: Desk, row: OrderRow, event: OrderEvent, now: datetime) -> StepView:
    said = _WHAT.get(event.what)
    title = said(row) if said else event.what.capitalize()
    kind = {
        **dict.fromkeys(("short", "lapsed", "kept"), "warn"),
        **dict.fromkeys(("cancelled", "refunded"), "bad"),
    }.get(event.what, "done")
    detail = dotted(event.who, event.detail)
    if event.what == "ordered":
        paid = money(row.total - row.due, row.currency)
        detail = _("Paid {amount}").format(amount=paid) if row.total > row.due else event.detail
    elif event.what == "reached":
        detail = event.detail or _("Stock held for the order")
    return StepView(title, detail, since_words(desk, event.at, now), kind)


def _ordered(row: OrderRow) -> str:
    return {
        "web": _("Ordered on the web"),
        "storefront": _("Ordered on the web"),
        "app": _("Ordered in the app"),
        "till": _("Ordered in a store"),
    }.get(row.channel) or _("Ordered at {channel}").format(channel=channel_words(row.channel))


def _ready(row: OrderRow) -> str:
    if row.shelf:
        return _("Ready on shelf {shelf}").format(shelf=row.shelf)
    return _("Ready")


_WHAT: Final[dict[str, Callable[[OrderRow], str]]] = {
    "ordered": _ordered,
    "reached": lambda _row: _("Reached this store"),
    "picking": lambda _row: _("Picking started"),
    "short": lambda _row: _("Something was not found"),
    "ready": _ready,
    "reminded": lambda _row: _("Customer reminded"),
    "kept": lambda _row: _("Kept longer"),
    "partly": lambda _row: _("Part of it handed over"),
    "collected": lambda _row: _("Handed over"),
    "lapsed": lambda _row: _("Nobody came in time"),
    "restocked": lambda _row: _("Put back on the shelves"),
    "cancelled": lambda _row: _("Cancelled"),
    "sent": lambda _row: _("Sent"),
    "paid": lambda _row: _("Paid"),
    "refunded": lambda _row: _("Money given back"),
    "moved": lambda _row: _("Moved to another store"),
    "substituted": lambda _row: _("Replaced, as agreed"),
}
"""What happened -> its words."""
