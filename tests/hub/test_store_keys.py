"""Each row of the hub is of one store or of all: what a database split by store needs to know.

The table here is the one of `packaging/SCALE.md`. A new table that is in neither of its rows fails:
whoever adds it says where its rows would go.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import Table

from sync.hub import schema

ROOT = Path(__file__).resolve().parents[2]
BY_DEVICE = {"device", "keyid", "used_by"}
"""A till is of one store for ever."""
BY_ENTRY = {"n"}
"""The hub's number of a journal entry, which is of one till."""
BY_RIGHT = {"right_id", "reservation_id"}
"""A promise, which is of one store."""
BY_STREAM = {"stream"}
"""A stream is global, of a store or of a till: its name says which."""
CHAIN = {
    "order_money": "of an order, wherever its parts are",
    "order_line": "the numbers of an order's lines, wherever its parts are",
    "product_return": "of the whole chain, like the product",
    "customer_order": "its parts are of several stores, its channel of none",
    "channel": "a shop sells for many stores",
    "channel_claim": "which process speaks to a shop",
    "channel_inbox": "what a shop sent, before anybody knows for which store",
    "channel_map": "a shop's names for what is ours",
    "channel_outbox": "what a shop is told of its orders",
    "channel_state": "how it goes with a shop",
    "channel_told": "what a shop was told: of some shops the sum of several stores",
    "delivery_line": "the lines of a delivery, which is of one store",
    "meta": "the hub's own keys and its feed's name: one set a hub",
    "policy": "limits by role, of the whole chain",
    "price": "by price list; a store names its list",
    "product": "of the whole chain",
    "promotion": "of the whole chain",
    "right_account": "what a customer may spend in every store",
    "transit": "goods between two stores",
    "transit_line": "the same",
    "storefront": "websites of the whole chain",
    "webhook_delivery": "other people's programs, of the whole chain",
    "webhook_event": "the same",
    "webhook_subscription": "the same",
    "customer": "a person buys in every store",
    "customer_consent": "the same person's word, wherever it was given",
    "customer_dismissed": "two people of the whole chain",
    "customer_due": "whose rows are to go down, to each store that needs them",
    "customer_erased": "whom no part may know any more",
    "customer_group": "of the whole chain",
    "customer_in_group": "the same",
    "customer_key": "what a person is read by",
    "customer_token": "what a person is found by",
    "mail_outbox": "mail to a person",
    "points_once": "what an account got once, whatever the store",
    "points_order": "what an order earned, wherever its parts are",
    "programme": "of the whole chain",
    "value_card": "a card is good in every store",
    "value_try": "tries on cards, before anybody knows one",
    "wrong_code": "tries at the door, before anybody is known",
}
"""Rows of all stores together: copied to each part, or kept in the one that is asked for them."""


def way_to_store(table: Table) -> str:
    """How the store of a row is found: the column that leads there, empty for none."""
    names = set(table.columns.keys())
    for wanted in ({"store_id"}, BY_DEVICE, BY_ENTRY, BY_RIGHT, BY_STREAM):
        if found := sorted(names & wanted):
            return found[0]
    return ""


@pytest.mark.parametrize("table", schema.metadata.sorted_tables, ids=lambda table: table.name)
def test_every_table_is_of_a_store_or_of_the_chain(table: Table) -> None:
    assert bool(way_to_store(table)) != (table.name in CHAIN), table.name


def test_a_stores_own_rows_have_it_in_their_key() -> None:
    """Whatever is counted or kept *per store* cannot be written twice by two parts."""
    for table in schema.metadata.sorted_tables:
        keys = {column.name for column in table.primary_key}
        if "sku" in keys or "biz_date" in keys or table.name in ("staff", "tax_rate", "store"):
            assert "store_id" in keys or table.name in CHAIN, table.name


def test_two_parts_never_give_one_key() -> None:
    """Numbers that a hub counts for itself stand in tables of its own entries only.

    A split by store is a hub a part: each counts `n` for itself, and no other table is joined by a
    number that two parts could both have given.
    """
    counted = {
        table.name
        for table in schema.metadata.sorted_tables
        for column in table.primary_key
        if column.type.python_type is int and len(table.primary_key) == 1
    }
    for name in counted - set(CHAIN):
        assert way_to_store(schema.metadata.tables[name]), name


def test_the_page_names_every_table() -> None:
    page = (ROOT / "packaging" / "SCALE.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_]+)`", page.split("## Ready for it", 1)[1]))
    missing = set(schema.metadata.tables) - named
    assert not missing, sorted(missing)
