"""Making a hub: its tables, its keys, its first store, tax set, limits and manager."""

from __future__ import annotations

from pos_app.domain.errors import Refused
from pos_app.domain.staff import Policy, Role
from sync.hub import feed, people, policies, store
from sync.hub.answers import Clock, Ids, SystemClock
from sync.hub.database import Connection, Database
from sync.hub.identity import feed_name, load_keys, make_identity
from sync.hub.store import Shop


def set_up(
    database: Database,
    shop: Shop,
    manager: str,
    pin: str,
    ids: Ids,
    clock: Clock | None = None,
) -> None:
    """A hub with one store and somebody who may run it; all of it or, on a refusal, nothing.

    Raises Refused("hub_exists" | …) and what `store.checked` and `people.add` raise.
    """
    shop = store.checked(shop)
    people.checked_pin(pin, Role.MANAGER, Policy.parse(policies.shipped_policy()))
    if not shop.rules.rates:
        raise Refused("tax_missing")
    connection = database.create()
    try:
        with connection.transaction():
            make_identity(connection, ids)
            feed.begin(connection, feed.GLOBAL, feed_name(connection))
            now = (clock or SystemClock()).now()
            policies.put(connection, policies.shipped_policy(), load_keys(connection), now)
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
