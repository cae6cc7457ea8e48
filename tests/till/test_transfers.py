"""Goods for another store: asked for, gathered, sent, called off."""

from __future__ import annotations

import pytest

from pos_app.domain.errors import Refused
from pos_app.receipts.plain_text import as_text
from pos_app.store.projections import differences
from pos_app.till import goods, lookup, transfers
from sync.protocol import DeliveryLine, GoodsLine, TransferRequested, TransferSent
from tests.till.delivering import Hub, transfer
from tests.till.shop import COFFEE, SCARF
from tests.till.test_checkout import facts


@pytest.fixture
def hub(counter):
    found = Hub(counter.till)
    found.knows_kamppi()
    counter.swap("ben")
    return found


def asked(**changes):
    lines = (DeliveryLine(SCARF, asked=3_000),)
    return transfer(
        source="1",
        target="2",
        state="requested",
        sent="",
        lines=lines,
        boxes=(),
        waits=(),
        asked="2026-11-25T08:00:00.000Z",
        **changes,
    )


def test_a_store_asks_another_and_a_cashier_needs_somebody(counter, hub):
    till = counter.till
    assert transfers.targets(till) == [("2", "Kamppi")]
    fact = transfers.request(till, "2", ((SCARF, 3_000),), "window display")
    assert facts(till, TransferRequested) == [fact]
    assert (fact.transfer, fact.source, fact.note) == (fact.id, "2", "window display")
    assert fact.name == f"T-1-2-{fact.seq}"
    assert lookup.by_sku(till, SCARF).on_hand == 5_000
    with pytest.raises(Refused, match="transfer_own_store"):
        transfers.request(till, "1", ((SCARF, 1_000),))
    counter.swap("ana")
    with pytest.raises(Refused, match="needs_manager"):
        transfers.request(till, "2", ((SCARF, 1_000),))


def test_what_was_asked_is_gathered_sent_and_out_of_the_stock_at_once(counter, hub):
    till = counter.till
    hub.tell(asked())
    assert [row.state for row in transfers.going(till)] == ["requested"]
    held = transfers.begin_asked(till, "t-1")
    assert held.work.wanted == ((SCARF, 3_000),)
    with pytest.raises(Refused, match="nothing_counted"):
        transfers.send(till, "t-1")
    goods.add(till, "t-1", SCARF, 2_000)
    counter.line.connected = False
    fact = transfers.send(till, "t-1", boxes={SCARF: "B-1"})
    assert facts(till, TransferSent) == [fact]
    assert (fact.transfer, fact.name, fact.target) == ("t-1", "T-2-1-318", "2")
    assert fact.lines == [GoodsLine(SCARF, 2_000, "B-1")]
    assert lookup.by_sku(till, SCARF).on_hand == 3_000
    till.printing.run_once()
    note = as_text(counter.printer.documents[-1])
    assert all(each in note for each in ("T-2-1-318", "Kamppi", "Wool scarf Navy", "Box B-1"))
    assert till.ledger.works() == []
    assert differences(till.ledger.connection) == []


def test_goods_are_sent_without_being_asked_for(counter, hub):
    till = counter.till
    held = transfers.begin(till, "2")
    goods.add(till, held.work_id, COFFEE)
    fact = transfers.send(till, held.work_id)
    assert (fact.transfer, fact.name, fact.target) == (held.work_id, f"T-1-2-{fact.seq}", "2")


def test_only_what_is_not_over_is_called_off(counter, hub):
    till = counter.till
    hub.tell(asked())
    assert transfers.call_off(till, "t-1", "sold out").reason == "sold out"
    hub.tell(asked(version=2, delivery="t-2"), transfer(delivery="t-3", state="sent"))
    with pytest.raises(Refused, match="transfer_over"):
        transfers.call_off(till, "t-3")
    with pytest.raises(Refused, match="delivery_unknown"):
        transfers.call_off(till, "t-9")


def test_a_list_for_another_store_is_kept_until_it_is_asked(counter, hub):
    till = counter.till
    held = transfers.begin_request(till, "2")
    with pytest.raises(Refused, match="nothing_counted"):
        transfers.ask(till, held.work_id)
    goods.add(till, held.work_id, SCARF, 2_000)
    fact = transfers.ask(till, held.work_id)
    assert (fact.source, fact.lines) == ("2", [GoodsLine(SCARF, 2_000)])
    assert till.ledger.works() == []
