"""The words of `holdfast hub store` and `holdfast hub tax`."""

from __future__ import annotations

import argparse
from dataclasses import replace
from decimal import Decimal

from pos_app.domain.errors import Refused
from pos_app.domain.tax import TaxRate, TaxRounding
from sync.hub import commands, store
from sync.hub.identity import feed_name
from sync.hub.setting_up import add_store
from sync.hub.store import Shop


def add(chosen: argparse.Namespace) -> int:
    """`store add`: raises Refused("store_exists") for a number that is taken."""
    connection = commands.connected(chosen)
    with connection.transaction():
        if any(one.store.store_id == chosen.store for one in store.every(connection)):
            raise Refused("store_exists", store=chosen.store)
        rules = commands.tax_ways(chosen, store.load(connection, chosen.tax_from).rules)
        add_store(connection, Shop(commands.store_of(chosen), rules))
    connection.close()
    print(f"store {chosen.store} is there")
    return 0


def change(chosen: argparse.Namespace) -> int:
    """`store set`: the currency of a store that has sold cannot change."""
    connection = commands.connected(chosen)
    with connection.transaction():
        number = commands.one_store(connection, chosen.store)
        shop = store.load(connection, number)
        given = {
            "name": chosen.name,
            "address": None if chosen.address is None else tuple(chosen.address),
            "vat_id": chosen.vat_id,
            "currency": chosen.currency,
            "zone": chosen.zone,
            "locale": chosen.locale,
            "footer": chosen.footer,
            "price_list": chosen.price_list,
            "label_patterns": _patterns(chosen.label_pattern),
            "cut_off_minutes": None if chosen.cut_off is None else commands.minutes(chosen.cut_off),
        }
        changed = {name: value for name, value in given.items() if value is not None}
        if changed.get("currency", shop.store.currency) != shop.store.currency:
            raise Refused("currency_fixed", currency=shop.store.currency)
        rules = shop.rules
        if chosen.tax_rounding:
            rules = replace(rules, rounding=TaxRounding(chosen.tax_rounding))
        store.save(connection, Shop(replace(shop.store, **changed), rules), feed_name(connection))
        if rules != shop.rules:
            store.publish_tax(connection, number)
    connection.close()
    print(f"store {number} changed")
    return 0


def _patterns(given: list[str] | None) -> tuple[str, ...] | None:
    """As typed; one empty pattern takes them all away, none at all leaves them as they are."""
    return None if given is None else tuple(filter(None, given))


def listed(chosen: argparse.Namespace) -> int:
    """`store list`."""
    connection = commands.connected(chosen, write=False)
    rows = [
        {
            "store": shop.store.store_id,
            "name": shop.store.name,
            "address": ", ".join(shop.store.address),
            "vat_id": shop.store.vat_id,
            "currency": shop.store.currency,
            "zone": shop.store.zone,
            "locale": shop.store.locale,
            "day_begins": "{:02}:{:02}".format(*divmod(shop.store.cut_off_minutes, 60)),
            "price_list": shop.store.price_list,
            "labels": " ".join(shop.store.label_patterns),
            "prices": "with tax" if shop.rules.prices_include_tax else "without tax",
            "tax_rounding": shop.rules.rounding.value,
        }
        for shop in store.every(connection)
    ]
    commands.show(chosen, rows)
    connection.close()
    return 0


def tax_set(chosen: argparse.Namespace) -> int:
    """`tax set CODE=PERCENT`: old sales keep the rates they were sold under."""
    code, ppm = commands.code_and_ppm(chosen.rate)
    rate = TaxRate(
        code,
        ppm,
        chosen.label,
        chosen.valid_from,
        chosen.until,
        chosen.exempt,
    )
    connection = commands.connected(chosen)
    with connection.transaction():
        number = commands.one_store(connection, chosen.store)
        store.set_rate(connection, number, rate)
        store.publish_tax(connection, number)
    connection.close()
    print(f"{code} set for store {number}")
    return 0


def tax_drop(chosen: argparse.Namespace) -> int:
    """`tax drop CODE`: raises Refused("tax_rate_unknown") where none begins that day."""
    connection = commands.connected(chosen)
    with connection.transaction():
        number = commands.one_store(connection, chosen.store)
        if not store.drop_rate(connection, number, chosen.code, chosen.valid_from):
            raise Refused("tax_rate_unknown", tax_code=chosen.code)
        store.publish_tax(connection, number)
    connection.close()
    print(f"{chosen.code} taken back in store {number}")
    return 0


def _percent(ppm: object) -> str:
    return f"{Decimal(str(ppm)) / 10_000:f} %"


def tax_list(chosen: argparse.Namespace) -> int:
    """`tax list`."""
    connection = commands.connected(chosen, write=False)
    shop = store.load(connection, commands.one_store(connection, chosen.store))
    rows = [
        {
            "code": rate.code,
            "ppm": rate.rate_ppm,
            "label": rate.label,
            "from": rate.valid_from,
            "until": rate.valid_to,
            "exempt": rate.exempt,
        }
        for rate in shop.rules.rates
    ]
    if not chosen.json:
        rows = [{"code": row["code"], "rate": _percent(row.pop("ppm")), **row} for row in rows]
    commands.show(chosen, rows)
    connection.close()
    return 0
