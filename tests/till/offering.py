"""What the hub offers a till, told over its feed: promotions, goods by weight, labels."""

from __future__ import annotations

from pos_app.domain.promotion import Goods, Kind, Promotion
from pos_app.store.replica import ReplicaWriter
from sync.protocol import PriceRow, ProductRow, row_of
from tests.till.shop import feed, store_row

CHEESE, HAM = "12345", "777"
MILK = "04006381333931"


def rule(name: str, kind: str, *skus: str, **more) -> Promotion:
    held = (Goods(frozenset(skus)),) if skus else ()
    return Promotion(name, more.pop("version", 1), f"Offer {name}", Kind(kind), goods=held, **more)


def tell(till, *changes) -> None:
    """The hub's feed goes on."""
    with ReplicaWriter.open(till.data, till.keys.db_key) as writer:
        pos = writer.cursors()["global"][1]
        writer.apply(feed("global", pos, *changes))
    till.refresh_reference()


def offer(till, *rules: Promotion, active: bool = True) -> None:
    tell(till, ("promotion", [row_of(each, active=active) for each in rules]))


def labels(till, *patterns: str, **more) -> None:
    row = store_row(label_patterns=patterns, **more)
    with ReplicaWriter.open(till.data, till.keys.db_key) as writer:
        pos = writer.cursors()["store:1"][1]
        writer.apply(feed("store:1", pos, ("store", [row])))
    till.refresh_reference()


def deli(till) -> None:
    """Cheese by weight, ham by piece with a label of its own."""
    tell(
        till,
        (
            "product",
            [
                ProductRow(CHEESE, "Mountain cheese", unit="kg", tax_code="reduced"),
                ProductRow(HAM, "Ham, sliced", tax_code="reduced"),
            ],
        ),
        ("price", [PriceRow(CHEESE, "retail", "EUR", (("", "", 2_399, 0),))]),
    )


def line_of(basket, line_id=0):
    return basket.line(line_id or basket.lines[-1].line_id)


def code_of(caught) -> str:
    return caught.value.code
