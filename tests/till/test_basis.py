"""A sale names how far the prices that it was made at had come, whatever copy sync is making."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pos_app.store.catalogue import CURRENT, PREVIOUS
from pos_app.store.replica import ReplicaWriter, swap
from pos_app.till import Till, checkout
from sync.link import SyncStatus
from sync.protocol import PriceRow
from tests.till.shop import CODES, SCARF, feed, goods, store_row, tax_row

FIRST = {"global": 2, "store:1": 5}
"""Where the copy of a new shop stands."""


def told(till: Till, cursors: dict[str, int]) -> None:
    """Sync says how far the copy that it feeds has come."""
    till.hear(SyncStatus(state="PULL", cursors=cursors).message())


def sold(till: Till) -> dict[str, int]:
    """The basis of a sale made now."""
    basket = checkout.scan(till, checkout.start(till), CODES[SCARF])[0]
    payments = checkout.pay(till, basket, (), "cash")
    done = checkout.complete(till, basket, payments)
    fact = till.ledger.fact(done.sale.id)
    assert fact is not None
    return fact.basis


def begin_another(data: Path, key: bytes) -> None:
    """The copy that sync makes beside the one on sale: it has come further."""
    with ReplicaWriter.create_beside(data, key) as writer:
        products = ("product", [each for each, _ in goods()])
        prices = ("price", [PriceRow(SCARF, "retail", "EUR", (("", "", 777, 0),))])
        writer.apply(feed("global", 0, products, prices, prices))


def finish_another(data: Path, key: bytes) -> None:
    with ReplicaWriter.create_beside(data, key) as writer:
        writer.apply(feed("store:1", 0, ("store", [store_row()]), ("tax", [tax_row()])))
        writer.finish()
    swap(data, key)


def test_before_sync_says_anything_a_sale_names_the_copy_it_was_priced_by(counter: Any) -> None:
    assert sold(counter.till) == FIRST


def test_while_another_copy_is_made_the_basis_is_that_of_the_one_on_sale(
    counter: Any, data: Path
) -> None:
    till = counter.till
    begin_another(data, till.keys.db_key)
    told(till, {"global": 3})
    assert sold(till) == FIRST
    finish_another(data, till.keys.db_key)
    told(till, {"global": 3, "store:1": 2})
    assert sold(till) == FIRST, "the window has not taken it in use yet"
    till.hear({"op": "swapped"})
    assert sold(till) == {"global": 3, "store:1": 2}


def test_what_was_fed_into_the_copy_on_sale_is_named(counter: Any, data: Path) -> None:
    till = counter.till
    with ReplicaWriter.open(data, till.keys.db_key) as writer:
        writer.apply(feed("global", 2, ("price", [PriceRow(SCARF, "retail", "EUR", ())])))
        writer.apply(feed("global", 3, ("price", [PriceRow("X", "retail", "EUR", ())])))
    told(till, {**FIRST, "global": 4})
    basket = checkout.scan(till, checkout.start(till), CODES["COFFEE"])[0]
    payments = checkout.pay(till, basket, (), "cash")
    done = checkout.complete(till, basket, payments)
    fact = till.ledger.fact(done.sale.id)
    assert fact is not None
    assert fact.basis == {"global": 4, "store:1": 5}


def test_a_copy_that_breaks_gives_way_to_the_one_before_it_and_its_basis(
    counter: Any, data: Path
) -> None:
    till = counter.till
    begin_another(data, till.keys.db_key)
    finish_another(data, till.keys.db_key)
    till.hear({"op": "swapped"})
    assert (data / PREVIOUS).exists()
    assert sold(till)["global"] == 3
    till.catalogue.close()
    (data / CURRENT).unlink()
    till.catalogue.reopen()
    assert till.catalogue.source == "previous"
    assert sold(till) == FIRST


def test_no_sale_asks_the_copy_how_far_it_has_come(counter: Any) -> None:
    till = counter.till
    sold(till)
    asked: list[str] = []
    till.catalogue._connection.set_trace_callback(asked.append)
    sold(till)
    assert not [text for text in asked if "cursor" in text]
