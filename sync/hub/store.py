"""Stores, their tax sets and their people: what tills are told, kept and published."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import bindparam, delete, select

from pos_app.domain.day import zone_of
from pos_app.domain.errors import Refused
from pos_app.domain.label import Pattern
from pos_app.domain.money import minor_digits
from pos_app.domain.staff import Role, Staff
from pos_app.domain.store import Store
from pos_app.domain.tax import PPM, TaxRate, TaxRounding, TaxRules
from pos_app.domain.text import plain
from sync.hub import feed, schema
from sync.hub.database import Connection, Statement, adding, putting
from sync.protocol import StaffRow, StoreRow, TaxRow

_s, _t, _p = schema.store.c, schema.tax_rate.c, schema.staff.c
_STORE = Statement("store_id", select(*_s).where(_s.store_id == bindparam("store_id")))
_STORES = Statement("", select(_s.store_id).order_by(_s.store_id))
_PUT_STORE = putting(schema.store)
_RATES = Statement(
    "store_id",
    select(_t.code, _t.rate_ppm, _t.label, _t.valid_from, _t.valid_to, _t.exempt)
    .where(_t.store_id == bindparam("store_id"))
    .order_by(_t.code, _t.valid_from),
)
_PUT_RATE = putting(schema.tax_rate)
_DROP_RATE = Statement(
    "store_id code valid_from",
    delete(schema.tax_rate).where(
        _t.store_id == bindparam("store_id"),
        _t.code == bindparam("code"),
        _t.valid_from == bindparam("valid_from"),
    ),
)
_STAFF = Statement(
    "store_id",
    select(_p.staff_id, _p.name, _p.role, _p.pin, _p.active, _p.pin_digits, _p.badge)
    .where(_p.store_id == bindparam("store_id"))
    .order_by(_p.staff_id),
)
_l = schema.label_pattern.c
_PATTERNS = Statement(
    "store_id",
    select(_l.pattern).where(_l.store_id == bindparam("store_id")).order_by(_l.place),
)
_DROP_PATTERNS = Statement(
    "store_id", delete(schema.label_pattern).where(_l.store_id == bindparam("store_id"))
)
_ADD_PATTERN = adding(schema.label_pattern)
_PUT_STAFF = putting(schema.staff)
_ID_MAX: Final = 8
_NAME_MAX: Final = 120


@dataclass(frozen=True, slots=True)
class Shop:
    """A store and its tax set."""

    store: Store
    rules: TaxRules


def load(connection: Connection, store_id: str) -> Shop:
    """A store with its rules; raises Refused("store_unknown")."""
    row = connection.one(_STORE, (store_id,))
    if row is None:
        raise Refused("store_unknown", store=store_id)
    (
        _,
        name,
        currency,
        zone,
        locale,
        address,
        vat_id,
        cut_off,
        footer,
        prices,
        included,
        rounding,
    ) = row
    rates = tuple(
        TaxRate(code, int(rate), label, valid_from, valid_to, bool(exempt))
        for code, rate, label, valid_from, valid_to, exempt in connection.all(_RATES, (store_id,))
    )
    lines = tuple(str(line) for line in json.loads(address))
    patterns = tuple(str(row[0]) for row in connection.all(_PATTERNS, (store_id,)))
    store = Store(
        *(store_id, name, currency, zone, locale, lines, vat_id),
        *(int(cut_off), footer, prices, patterns),
    )
    return Shop(store, TaxRules(rates, bool(included), TaxRounding(rounding)))


def every(connection: Connection) -> list[Shop]:
    """All stores."""
    return [load(connection, row[0]) for row in connection.all(_STORES)]


def checked(shop: Shop) -> Shop:
    """The shop with its texts made safe.

    Raises Refused("store_number_bad" | "currency_unknown" | "zone_unknown" | "locale_unknown" |
    "store_name_missing" | "label_pattern_bad").
    """
    store = shop.store
    number = store.store_id
    if not (number.isascii() and number.isalnum() and number == number.upper()):
        raise Refused("store_number_bad", store=number)
    if len(number) > _ID_MAX:
        raise Refused("store_number_bad", store=number)
    name = plain(store.name, _NAME_MAX)
    if not name:
        raise Refused("store_name_missing")
    code = store.currency
    if len(code) != 3 or not code.isascii() or not code.isalpha() or not code.isupper():
        raise Refused("currency_unknown", currency=code)
    minor_digits(code)
    zone_of(store)
    _check_locale(store.locale)
    return replace(
        shop,
        store=replace(
            store,
            name=name,
            address=tuple(filter(None, (plain(line, _NAME_MAX) for line in store.address))),
            vat_id=plain(store.vat_id, 40),
            footer=plain(store.footer, 400),
            label_patterns=tuple(Pattern.parse(text).text for text in store.label_patterns),
        ),
    )


def _check_locale(name: str) -> None:
    from babel import Locale, UnknownLocaleError

    try:
        Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError) as cause:
        raise Refused("locale_unknown", locale=name) from cause


def save(connection: Connection, shop: Shop, feed_id: str) -> Shop:
    """Keeps a store and tells its tills; its rates and how they apply are told apart."""
    shop = checked(shop)
    store, rules = shop.store, shop.rules
    connection.run(
        _PUT_STORE,
        (
            store.store_id,
            store.name,
            store.currency,
            store.zone,
            store.locale,
            json.dumps(store.address, ensure_ascii=False),
            store.vat_id,
            store.cut_off_minutes,
            store.footer,
            store.price_list,
            rules.prices_include_tax,
            rules.rounding.value,
        ),
    )
    connection.run(_DROP_PATTERNS, (store.store_id,))
    patterns = [(store.store_id, place, text) for place, text in enumerate(store.label_patterns)]
    connection.many(_ADD_PATTERN, patterns)
    stream = feed.store_stream(store.store_id)
    feed.begin(connection, stream, feed_id)
    feed.publish(connection, stream, "store", [_store_row(store)])
    return shop


def publish_tax(connection: Connection, store_id: str) -> None:
    """Tells a store's tills the whole tax set."""
    rules = load(connection, store_id).rules
    rows = tuple(
        (rate.code, rate.rate_ppm, rate.label, rate.valid_from, rate.valid_to, rate.exempt)
        for rate in rules.rates
    )
    row = TaxRow(rules.prices_include_tax, rules.rounding.value, rows)
    feed.publish(connection, feed.store_stream(store_id), "tax", [row])


def set_rate(connection: Connection, store_id: str, rate: TaxRate) -> None:
    """Adds a dated rate, or changes the one of that code and day.

    Raises Refused("tax_rate_bad" | "day_bad" | "dates_reversed" | "store_unknown").
    """
    load(connection, store_id)
    code = rate.code
    if not 0 <= rate.rate_ppm < PPM or not code or not code.replace("_", "").isalnum():
        raise Refused("tax_rate_bad", tax_code=code)
    if not all(_is_day(day) for day in (rate.valid_from, rate.valid_to)):
        raise Refused("day_bad", day=f"{rate.valid_from} {rate.valid_to}".strip())
    if rate.valid_to and rate.valid_to < rate.valid_from:
        raise Refused("dates_reversed")
    label = plain(rate.label, 40)
    values: Any = (
        store_id,
        code,
        rate.valid_from,
        rate.rate_ppm,
        label,
        rate.valid_to,
        rate.exempt,
    )
    connection.run(_PUT_RATE, values)


def drop_rate(connection: Connection, store_id: str, code: str, valid_from: str) -> bool:
    """Takes a dated rate back; False where there is none."""
    return connection.run(_DROP_RATE, (store_id, code, valid_from)) > 0


def _is_day(text: str) -> bool:
    if not text:
        return True
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def people(connection: Connection, store_id: str) -> list[Staff]:
    """Everybody who is or was at a store's tills."""
    return [
        Staff(staff_id, name, Role(role), pin, bool(active), int(digits), badge)
        for staff_id, name, role, pin, active, digits, badge in connection.all(_STAFF, (store_id,))
    ]


def save_person(connection: Connection, store_id: str, person: Staff) -> None:
    """Keeps a person and tells the store's tills."""
    load(connection, store_id)
    connection.run(
        _PUT_STAFF,
        (
            *(store_id, person.staff_id, person.name, person.role.value, person.pin),
            *(person.active, person.pin_digits, person.badge),
        ),
    )
    row = StaffRow(
        *(person.staff_id, person.name, person.role.value, person.pin),
        *(person.active, person.pin_digits, person.badge),
    )
    feed.publish(connection, feed.store_stream(store_id), "staff", [row])


def _store_row(store: Store) -> StoreRow:
    return StoreRow(
        store.store_id,
        store.name,
        store.currency,
        store.zone,
        store.locale,
        store.address,
        store.vat_id,
        store.cut_off_minutes,
        store.footer,
        store.price_list,
        store.label_patterns,
    )
