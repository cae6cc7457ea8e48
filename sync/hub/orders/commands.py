"""The words of `holdfast hub orders`: what is ordered, what a person does about it, what stores offer."""
# ruff: noqa: T201 - a command line prints

from __future__ import annotations

import argparse
import getpass
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy import bindparam, select

from pos_app.domain.errors import Refused
from pos_app.domain.pickup import DAY_MINUTES, ENDED, Hours, shown_code
from sync.hub import commands, schema
from sync.hub.answers import SystemClock
from sync.hub.database import Connection, Statement
from sync.hub.identity import load_keys
from sync.hub.orders import forgetting, kept, money, passes, places, remaking, service
from sync.hub.orders.kept import Part
from sync.hub.orders.service import Service

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN: Final = re.compile(r"(\d{1,2}):(\d\d)-(\d{1,2}):(\d\d)", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
MICRO: Final = 1_000_000
_Words = argparse._SubParsersAction  # noqa: SLF001 - argparse names this type no other way

_p = schema.order_part.c
_OF_STORE = Statement(
    "store_id", select(*_p).where(_p.store_id == bindparam("store_id")).order_by(_p.promised)
)
_EVERY = Statement("", select(*_p).order_by(_p.promised))


def add_words(
    words: _Words[argparse.ArgumentParser],
    word: Callable[..., argparse.ArgumentParser],
    json_too: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Adds orders to `holdfast hub`."""
    orders = words.add_parser("orders", help="customers' orders, and what stores offer")
    verbs = orders.add_subparsers(
        dest="verb",
        required=True,
        metavar="list | show | retake | move | cancel | forget | service | places",
    )
    listed = word(verbs, "list", _list, "what stores have to do, by when it is to be ready")
    commands.store_option(listed, "of that store alone")
    listed.add_argument("--all", action="store_true", help="also what is over")
    json_too(listed)
    shown = word(verbs, "show", _show, "one order: its parts, its money, what happened")
    retaken = word(verbs, "retake", _retake, "plan again what was unknown or short")
    moved = word(verbs, "move", _move, "another store does what nobody began")
    moved.add_argument("--to", required=True, metavar="NUMBER", help="the store's number")
    moved.add_argument("--part", default="", metavar="ID", help="which, where there are several")
    cancelled = word(verbs, "cancel", _cancel, "call it off; what was paid goes back")
    cancelled.add_argument("--reason", default="", help="why; the shop is told")
    forgotten = word(verbs, "forget", _forget, "empties who it was in all that is over")
    forgotten.add_argument(
        "person", metavar="PERSON", help="an e-mail address, a telephone, or the shop's number"
    )
    for parser in (shown, retaken, moved, cancelled):
        parser.add_argument("order", metavar="ORDER", help="its name or id")
    json_too(shown)
    _add_service(
        word(verbs, "service", _service, "what a store offers who order; sets what is named")
    )
    json_too(verbs.choices["service"])
    placed = word(verbs, "places", _places, "where goods stand in a store; from a CSV file")
    placed.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="sku, place and walk; none shows them"
    )
    placed.add_argument("--replace", action="store_true", help="forget what is not in the file")
    commands.store_option(placed)
    json_too(placed)


def _add_service(parser: argparse.ArgumentParser) -> None:
    commands.store_option(parser)
    parser.add_argument("--pickup", choices=("on", "off"), help="customers may fetch orders")
    parser.add_argument("--ships", choices=("on", "off"), help="it sends parcels")
    parser.add_argument(
        "--hours", action="append", default=[], metavar="DAYS=SPAN", help="mon-fri=09:00-18:30"
    )
    parser.add_argument(
        "--day", action="append", default=[], metavar="DATE=SPAN", help="2026-12-25=closed"
    )
    for name, told in (
        ("capacity", "orders it can make ready in an hour; 0 for any number"),
        ("prepare", "minutes it needs for one"),
        ("keep", "days that goods wait"),
        ("remind", "hours before that the customer is reminded; 0 for never"),
    ):
        parser.add_argument(f"--{name}", type=int, metavar="N", help=told)
    parser.add_argument(
        "--when-short", choices=service.WHEN_SHORT, help="another store, or a person"
    )
    parser.add_argument("--shelves", metavar="A1,A2", help="where goods wait")
    parser.add_argument("--at", metavar="LAT,LONG", help="where it is, as 60.1699,24.9384")


# --- orders -------------------------------------------------------------------------------------


def _list(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen, write=False)
    one = (_OF_STORE, (chosen.store,)) if chosen.store else (_EVERY, ())
    parts = [
        part
        for part in kept.parts_by(connection, *one)
        if chosen.all or part.row.state not in ENDED
    ]
    commands.show(chosen, [_told(part) for part in parts])
    connection.close()
    return 0


def _told(part: Part) -> dict[str, Any]:
    row = part.row
    return {
        "order": row.name,
        "store": part.store_id,
        "state": row.state,
        "way": row.way,
        "promised": row.promised,
        "keep_until": row.keep_until,
        "pieces": sum(line.qty for line in row.lines) // 1_000,
        "due": row.due,
        "currency": row.currency,
        "shelf": row.shelf,
        "picker": row.picker_name,
        "id": row.reservation,
    }


def _show(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen, write=False)
    whole = remaking.find(connection, chosen.order)
    keys = load_keys(connection)
    parts = kept.parts_of(connection, whole.order_id)
    found = money.account_of(connection, whole, whole.told)
    head = {
        "order": whole.external_name,
        "id": whole.order_id,
        "channel": whole.channel,
        "state": whole.state,
        "placed": whole.placed,
        "total": whole.total,
        "paid": found.paid,
        "due": found.due,
        "asked_back": found.asked,
        "given_back": found.returned,
        "currency": whole.currency,
    }
    rows = [
        {
            **_told(part),
            "code": shown_code(passes.code_of(keys, part.row.reservation)) if part.row.code else "",
            "lines": ", ".join(
                f"{line.qty // 1_000} x {line.sku or line.title}" for line in part.row.lines
            ),
            "history": "; ".join(f"{each.at[:16]} {each.what}" for each in part.row.history),
        }
        for part in parts
    ]
    if chosen.json:
        commands.show(chosen, [{**head, "parts": rows}])
    else:
        commands.show(chosen, [head])
        commands.show(chosen, rows)
    connection.close()
    return 0


def _done(
    chosen: argparse.Namespace, act: Callable[[Connection, str], tuple[str, ...]], told: str
) -> int:
    connection = commands.connected(chosen)
    with connection.transaction():
        whole = remaking.find(connection, chosen.order)
        flagged = act(connection, whole.order_id)
    connection.close()
    print(f"{whole.external_name} {told}")
    for kind in sorted(set(flagged)):
        print(f"still to settle: {kind}")
    return 0


def _retake(chosen: argparse.Namespace) -> int:
    now = SystemClock().now()
    return _done(
        chosen,
        lambda connection, one: remaking.retake(connection, one, now, getpass.getuser()),
        "was planned again",
    )


def _move(chosen: argparse.Namespace) -> int:
    now = SystemClock().now()

    def act(connection: Connection, one: str) -> tuple[str, ...]:
        store_id = commands.one_store(connection, chosen.to)
        return remaking.move(connection, one, store_id, now, getpass.getuser(), chosen.part)

    return _done(chosen, act, f"is done by store {chosen.to}")


def _cancel(chosen: argparse.Namespace) -> int:
    now = SystemClock().now()

    def act(connection: Connection, one: str) -> tuple[str, ...]:
        remaking.cancel(connection, one, now, getpass.getuser(), chosen.reason)
        return ()

    return _done(chosen, act, "was called off")


def _forget(chosen: argparse.Namespace) -> int:
    connection, now = commands.connected(chosen), SystemClock().now()
    gone, left = 0, 0
    for order_id in forgetting.of_person(connection, chosen.person):
        with connection.transaction():
            done = forgetting.forget(connection, order_id, now)
        gone, left = gone + done, left + (not done)
    connection.close()
    print(f"{gone} orders name nobody now; {left} are not over")
    return 0


# --- what a store offers ------------------------------------------------------------------------


def _service(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen)
    with connection.transaction():
        number = commands.one_store(connection, chosen.store)
        held = service.of(connection, number)
        offered = _changed(chosen, held)
        if offered != held:
            try:
                service.keep(connection, offered)
            except ValueError as cause:
                raise Refused("service_bad", option=str(cause), value="") from cause
    commands.show(chosen, [_offer(offered)])
    connection.close()
    return 0


def _changed(chosen: argparse.Namespace, held: Service) -> Service:
    numbers = {
        "capacity": chosen.capacity,
        "prepare_minutes": chosen.prepare,
        "keep_days": chosen.keep,
        "remind_hours": chosen.remind,
        "when_short": chosen.when_short,
        "pickup": None if chosen.pickup is None else chosen.pickup == "on",
        "ships": None if chosen.ships is None else chosen.ships == "on",
        "shelves": None
        if chosen.shelves is None
        else tuple(filter(None, chosen.shelves.split(","))),
    }
    more = {name: value for name, value in numbers.items() if value is not None}
    for name, value in more.items():
        if type(value) is int and not 0 <= value <= 10_000:
            raise Refused("service_bad", option=f"--{name}", value=str(value))
    if chosen.at:
        more |= _place(chosen.at)
    if chosen.hours or chosen.day:
        more["hours"] = _hours(held.hours, chosen.hours, chosen.day)
    return replace(held, **more)


def _place(text: str) -> dict[str, int]:
    from decimal import Decimal, InvalidOperation

    try:
        latitude, longitude = (round(Decimal(part.strip()) * MICRO) for part in text.split(","))
    except (ValueError, InvalidOperation) as cause:
        raise Refused("service_bad", option="--at", value=text) from cause
    if abs(latitude) > 90 * MICRO or abs(longitude) > 180 * MICRO:
        raise Refused("service_bad", option="--at", value=text)
    return {"latitude": latitude, "longitude": longitude}


def _hours(held: Hours, weekly: list[str], dated: list[str]) -> Hours:
    """The hours with what was said. Raises Refused("service_bad", option=, value=)."""
    week = list(held.week)
    for text in weekly:
        named, _, said = text.partition("=")
        for day in _days(named, text):
            week[day] = _spans(said, "--hours", text)
    days = dict(held.days)
    for text in dated:
        named, _, said = text.partition("=")
        if not _DATE.fullmatch(named):
            raise Refused("service_bad", option="--day", value=text)
        if said == "usual":
            days.pop(named, None)
        else:
            days[named] = _spans(said, "--day", text)
    return Hours(held.zone, tuple(week), days)


def _days(named: str, text: str) -> range:
    first, _, last = named.lower().partition("-")
    if first not in DAYS or (last or first) not in DAYS:
        raise Refused("service_bad", option="--hours", value=text)
    return range(DAYS.index(first), DAYS.index(last or first) + 1)


def _spans(said: str, option: str, text: str) -> tuple[tuple[int, int], ...]:
    if said == "closed":
        return ()
    found = []
    for part in said.split("+"):
        match = _SPAN.fullmatch(part)
        if match is None:
            raise Refused("service_bad", option=option, value=text)
        hours = [int(each) for each in match.groups()]
        opens, closes = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
        if not 0 <= opens < closes <= DAY_MINUTES or hours[1] > 59 or hours[3] > 59:
            raise Refused("service_bad", option=option, value=text)
        found.append((opens, closes))
    return tuple(sorted(found))


def _offer(offered: Service) -> dict[str, Any]:
    place = ""
    if offered.latitude is not None and offered.longitude is not None:
        place = ",".join(f"{one / MICRO:.6f}" for one in (offered.latitude, offered.longitude))
    return {
        "store": offered.store_id,
        "pickup": offered.pickup,
        "ships": offered.ships,
        "hours": _week(offered.hours),
        "days": _dated(offered.hours.days),
        "capacity": offered.capacity,
        "prepare": offered.prepare_minutes,
        "keep": offered.keep_days,
        "remind": offered.remind_hours,
        "when_short": offered.when_short,
        "shelves": ",".join(offered.shelves),
        "at": place,
    }


def _week(hours: Hours) -> str:
    return " ".join(f"{day}={_said(spans)}" for day, spans in zip(DAYS, hours.week, strict=True))


def _dated(days: Mapping[str, tuple[tuple[int, int], ...]]) -> str:
    return " ".join(f"{day}={_said(spans)}" for day, spans in sorted(days.items()))


def _said(spans: tuple[tuple[int, int], ...]) -> str:
    if not spans:
        return "closed"
    return "+".join("-".join(f"{one // 60:02}:{one % 60:02}" for one in span) for span in spans)


def _places(chosen: argparse.Namespace) -> int:
    connection = commands.connected(chosen)
    number = commands.one_store(connection, chosen.store)
    if chosen.file is None:
        commands.show(
            chosen,
            [
                {"sku": sku, "place": place, "walk": walk}
                for sku, place, walk in places.every(connection, number)
            ],
        )
    else:
        try:
            with chosen.file.open(encoding="utf-8-sig", newline="") as lines:
                rows = places.read(lines)
        except (OSError, UnicodeDecodeError) as cause:
            raise Refused("places_file_bad", line=0) from cause
        with connection.transaction():
            if chosen.replace:
                places.clear(connection, number)
            count = places.put(connection, number, rows)
        print(f"{count} places in store {number}")
    connection.close()
    return 0
