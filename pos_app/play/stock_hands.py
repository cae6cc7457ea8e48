"""The hands of a play on other stores' goods: looked up, asked for."""

from __future__ import annotations

from typing import Any

from pos_app.domain.errors import Refused
from pos_app.play import stock_steps as play
from pos_app.play.amounts import milli
from pos_app.till import away, looking, lookup
from pos_app.till.away import Wish
from pos_app.till.lookup import Article
from pos_app.till.till import Till
from sync.protocol import OrderAskLine


def does(till: Till, step: play.StockStep) -> dict[str, Any]:
    """Does what the step says; what is there, or where the question stands."""
    article = lookup.by_sku(till, step.sku)
    if article is None:
        raise Refused("unknown_code", scanned=step.sku)
    if isinstance(step, play.LookUpStock):
        return _looked(till, step, article)
    product, qty = article.product, milli(step.qty)
    price = article.price(till.business_date(), till.store.price_list, till.store.currency)
    total = (price.amount * qty + 500) // 1_000 if price is not None else 0
    line = OrderAskLine(product.sku, product.name, qty, total, product.variant)
    made = away.ask(
        till,
        Wish(step.store, step.way, (line,), step.name, step.phone, step.address, step.until),
    )
    return {"reservation": made.ask_id, "state": made.state}


def _looked(till: Till, step: play.LookUpStock, article: Article) -> dict[str, Any]:
    others = lookup.elsewhere(till, step.sku)
    if step.asked_for:
        looking.note(till, looking.ASKED_FOR, step.sku)
    elif article.on_hand is not None and article.on_hand <= 0:
        looking.note(till, looking.NO_STOCK, step.sku)
    return {
        "here": article.on_hand,
        "elsewhere": {
            each.store: [each.free, each.reserved, each.coming, each.silent] for each in others
        },
    }
