"""Making a hub: its tables, its keys, its first store, tax set, limits and manager."""

from __future__ import annotations

from importlib import resources as packaged

from pos_app.domain.errors import Refused
from pos_app.domain.staff import Role
from sync.hub import feed, people, store
from sync.hub.answers import Ids
from sync.hub.database import Connection, Database
from sync.hub.identity import feed_name, make_identity
from sync.hub.store import Shop


def set_up(database: Database, shop: Shop, manager: str, pin: str, ids: Ids) -> None:
    """A hub with one store and somebody who may run it; all of it or, on a refusal, nothing.

    Raises Refused("hub_exists" | …) and what `store.checked` and `people.add` raise.
    """
    shop = store.checked(shop)
    people.checked_pin(pin)
    if not shop.rules.rates:
        raise Refused("tax_missing")
    connection = database.create()
    try:
        with connection.transaction():
            make_identity(connection, ids)
            feed.begin(connection, feed.GLOBAL, feed_name(connection))
            store.save_policy(connection, shipped_policy())
            add_store(connection, shop)
            people.add(connection, shop.store.store_id, manager, Role.MANAGER, pin)
    except BaseException:
        connection.close()
        database.remove()
        raise
    connection.close()


def add_store(connection: Connection, shop: Shop) -> None:
    """A store and its tax set, kept and published."""
    store.save(connection, shop, feed_name(connection))
    for rate in shop.rules.rates:
        store.set_rate(connection, shop.store.store_id, rate)
    store.publish_tax(connection, shop.store.store_id)


def shipped_policy() -> str:
    """The limits that come with the program."""
    return packaged.files("resources").joinpath("policy.toml").read_text(encoding="utf-8")
