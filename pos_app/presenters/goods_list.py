"""The list of what can be received, sent and counted, and what each row says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

from pos_app.domain.day import parse_utc
from pos_app.presenters.desk import Desk
from pos_app.presenters.goods_views import COME, COUNT, GO, TABS, EntryView, TabView
from pos_app.presenters.views import dotted
from pos_app.till import goods, receiving, transfers
from pos_app.till.goods import COUNTING, RECEIVING, SENDING, Open
from pos_app.words import _, clock, date, date_of, ngettext, number, quantity, weekday
from sync.protocol import DeliveryRow
from sync.protocol.facts_logistics import TRANSFER
from sync.protocol.logistics import COUNTING as IS_COUNTED
from sync.protocol.logistics import REQUESTED

LATELY = dt.timedelta(days=6)
"""So long a day is told by its name."""
DEPARTMENTS = 40
CALLED_OFF = ("asked", "seen", "hoped")
"""Rows of transfers that can be called off from the list."""


def TITLES() -> dict[str, str]:  # noqa: N802 - a table whose words are read when it is shown
    """Tab -> the panel's title."""
    return {COME: _("To receive"), GO: _("To send"), COUNT: _("To count")}


def HINTS() -> dict[str, str]:  # noqa: N802 - the same
    """Tab -> what to do there."""
    return {
        COME: _("Scan the note, a box or any item to open it."),
        GO: _("Choose what another store asked for, or a store."),
        COUNT: _("Selling goes on while you count."),
    }


def NONE() -> dict[str, str]:  # noqa: N802 - the same
    """Tab -> what is said where nothing is."""
    return {
        COME: _("Nothing is on its way"),
        GO: _("No other store is known here"),
        COUNT: _("Nothing to count"),
    }


def opens(key: str) -> str:
    """What F12 does with a row."""
    what = key.partition(":")[0]
    words: dict[str, Callable[[], str]] = {
        "receive": lambda: _("Start counting"),
        "unlisted": lambda: _("Receive without a list"),
        "asked": lambda: _("Gather it"),
        "send": lambda: _("Gather goods"),
        "ask": lambda: _("Write a list"),
        "seen": lambda: "",
        "hoped": lambda: "",
        "work": lambda: _("Go on"),
    }
    return words.get(what, lambda: _("Start counting"))()


def tabs(desk: Desk, chosen: str) -> tuple[TabView, ...]:
    """The three tabs with how much is under each."""
    till = desk.till
    open_counts = len(goods.works(till, COUNTING))
    counts = {
        COME: len(receiving.expected(till)),
        GO: len(transfers.going(till)),
        COUNT: open_counts,
    }
    words = {COME: _("To receive"), GO: _("To send"), COUNT: _("Counts")}
    return tuple(
        TabView(key, words[key], number(counts[key]) if counts[key] else "", key == chosen)
        for key in TABS
    )


def entries(desk: Desk, tab: str, text: str) -> list[EntryView]:
    """The rows of a tab that hold the text."""
    made = {COME: _coming, GO: _going, COUNT: _counts}[tab](desk)
    wanted = text.casefold().split()
    return [
        entry
        for entry in made
        if all(each in f"{entry.title} {entry.detail}".casefold() for each in wanted)
    ]


def _coming(desk: Desk) -> list[EntryView]:
    till = desk.till
    here = {one.work_id: one for one in goods.works(till, RECEIVING)}
    rows = receiving.expected(till)
    found = [_delivery(desk, row, here.pop(row.delivery, None)) for row in rows]
    found += [
        EntryView(
            f"work:{one.work_id}",
            "package-open",
            one.work.name,
            _begun(desk, one),
            _pieces(one.counted),
            _("Counting"),
            "info",
        )
        for one in here.values()
    ]
    found += [
        EntryView(
            f"hoped:{row.delivery}",
            "clock",
            _("Asked {store} for goods").format(store=row.source_name or row.source),
            dotted(row.name, moment(desk, row.asked) if row.asked else ""),
            _pieces(sum(line.asked for line in row.lines)),
            _("Not sent yet"),
            "warn",
        )
        for row in transfers.asked_for(till)
    ]
    found.append(
        EntryView(
            *("unlisted:", "package", _("Receive without a list")),
            _("For goods that nobody announced"),
        )
    )
    found += [
        EntryView(
            f"ask:{store}",
            "store",
            _("Ask {store} for goods").format(store=name),
            _("Scan or type what is missing here"),
        )
        for store, name in transfers.targets(till)
    ]
    return found


def _delivery(desk: Desk, row: DeliveryRow, here: Open | None) -> EntryView:
    pieces = sum(line.qty for line in row.lines)
    if row.kind == TRANSFER:
        named = row.source_name or row.source
        title = _("Transfer {name} from {store}").format(name=row.name, store=named)
    else:
        title = _("Delivery {name} from {supplier}").format(
            name=row.name, supplier=row.source_name or _("a supplier")
        )
    boxes = len(row.boxes)
    form = ngettext("{count} box", "{count} boxes", boxes)
    when = _when(desk, row)
    detail = dotted(form.format(count=number(boxes)) if boxes else "", when)
    state = ""
    if here is not None:
        state = _("Counting here")
    elif row.state == IS_COUNTED:
        state = _("Counted at another till")
    icon = "truck" if row.kind == TRANSFER else "package-open"
    return EntryView(f"receive:{row.delivery}", icon, title, detail, _pieces(pieces), state, "info")


def _when(desk: Desk, row: DeliveryRow) -> str:
    if row.sent:
        return _("sent {when}").format(when=moment(desk, row.sent))
    if row.due:
        return _("due {day}").format(day=date(dt.date.fromisoformat(row.due)))
    return ""


def moment(desk: Desk, at: str) -> str:
    """A day and a time, as short as may be."""
    told, now = parse_utc(at), desk.till.now()
    day = date_of(told, desk.zone)
    time = clock(told, desk.zone)
    if day == date_of(now, desk.zone):
        return time
    if dt.timedelta() < now - told < LATELY:
        return f"{weekday(told.astimezone(ZoneInfo(desk.zone)).date())} {time}"
    return day


def _pieces(qty: int) -> str:
    return quantity(qty)


def _begun(desk: Desk, one: Open) -> str:
    form = _("{who} \u00b7 since {time}")
    return form.format(who=desk.name_of(one.work.by), time=moment(desk, one.work.began))


def _going(desk: Desk) -> list[EntryView]:
    till = desk.till
    here = {one.work_id: one for one in goods.works(till, SENDING)}
    names = dict(transfers.targets(till))
    found = []
    for row in transfers.going(till):
        named = names.get(row.target, row.target)
        asked = row.state == REQUESTED
        one = here.pop(row.delivery, None)
        title = _("Transfer {name} to {store}").format(name=row.name, store=named)
        qty = sum(line.asked if asked else line.qty for line in row.lines)
        state = _("Gathering") if one else _("Asked for") if asked else _("On its way")
        tone = "warn" if asked else "info"
        key = f"asked:{row.delivery}" if asked else f"seen:{row.delivery}"
        when = _("asked {when}").format(when=moment(desk, row.asked)) if row.asked else ""
        detail = when if asked else _when(desk, row)
        found.append(EntryView(key, "arrow-left-right", title, detail, _pieces(qty), state, tone))
    found += [
        EntryView(
            f"work:{one.work_id}",
            "arrow-left-right",
            (
                _("List for {store}")
                if one.work.of_kind == transfers.REQUEST
                else _("Goods for {store}")
            ).format(store=one.work.name),
            _begun(desk, one),
            _pieces(one.counted),
            _("Gathering"),
            "info",
        )
        for one in here.values()
    ]
    found += [
        EntryView(
            f"send:{store}",
            "store",
            _("Send goods to {store}").format(store=name),
            _("Scan them, then send"),
        )
        for store, name in transfers.targets(till)
    ]
    return found


def _counts(desk: Desk) -> list[EntryView]:
    till = desk.till
    found = [
        EntryView(
            f"work:{one.work_id}",
            "scan-barcode",
            one.work.name or _("Stock count"),
            _begun(desk, one),
            _pieces(one.counted),
            _("Counting"),
            "info",
        )
        for one in goods.works(till, COUNTING)
    ]
    found.append(
        EntryView(
            *("free:", "scan-barcode", _("Count what you scan")),
            _("A shelf, a box, a few products"),
        )
    )
    for name, products in till.catalogue.departments()[:DEPARTMENTS]:
        form = ngettext("{count} product", "{count} products", products)
        found.append(
            EntryView(
                f"department:{name}",
                "boxes",
                _("Count {department}").format(department=name),
                form.format(count=number(products)),
            )
        )
    return found
