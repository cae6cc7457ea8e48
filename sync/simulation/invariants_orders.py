"""Promises of customers' orders: I31 to I35, looked at when all is calm.

Nothing here asks the order service: an order is what the shop told, what happened to it is what the
facts of the tills say, and what the shop was told is its outbox.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import msgspec

from pos_app.store import order_rows
from sync.protocol.orders import BRING, OrderRow
from sync.simulation.faults import expect

if TYPE_CHECKING:
    from sync.simulation.ordering import Sold
    from sync.simulation.world import World

CLOSED = ("COLLECTED", "CANCELLED", "SHORT", "RESTOCKED")
HANDED = ("PARTLY", "COLLECTED")
_row = msgspec.json.Decoder(OrderRow).decode


def i31_an_order_is_there_once(world: World) -> None:
    """I31: what the hub has confirmed to the shop is there, once, in the version it was told."""
    if world.webshop is None:
        return
    for external_id, sold in world.webshop.sold.items():
        held = world.hub.ask(
            "SELECT order_id, external_version, state FROM customer_order WHERE external_id = ?",
            external_id,
        )
        name = sold.order.external_name
        expect(len(held) == 1, f"I31: {name} is there {len(held)} times")
        version = held[0][1]
        expect(version == sold.order.external_version, f"I31: {name} is kept as of {version}")
        parts = _parts(world, held[0][0])
        if sold.order.state == "cancelled":
            open_ones = [one.state for one in parts if one.state not in (*CLOSED, "CANCELLING")]
            expect(not open_ones, f"I31: {name} was called off and is {open_ones}")
            continue
        _all_of_it(world, sold, parts)


def _all_of_it(world: World, sold: Sold, parts: list[OrderRow]) -> None:
    """Each line is promised by a part, was given, or somebody was told that it will not be."""
    name = sold.order.external_name
    promised: Counter[str] = Counter()
    for part in parts:
        if part.way == BRING and part.state == "COLLECTED":
            continue  # on its way to a part of the store that hands it over
        gone = part.state in ("CANCELLED", "RESTOCKED", "SHORT")
        for line in part.lines:
            promised[line.line] += line.handed if gone else line.qty - line.short
    for bought in sold.order.lines:
        had = promised[bought.external_line_id]
        expect(had <= bought.qty, f"I31: {name} has {had} of {bought.qty} of {bought.sku}")
        if had == bought.qty:
            continue
        given_up = any(part.state in ("CANCELLED", "RESTOCKED", "SHORT") for part in parts)
        short = any(one.short for part in parts for one in part.lines)
        told = world.hub.ask(
            "SELECT count(*) FROM exception WHERE kind LIKE 'order_%' AND detail LIKE ?",
            f"{name}%",
        )[0][0]
        there = f"I31: {had} of {bought.qty} of {bought.sku} in {name}"
        expect(given_up or short or told, there)


def _parts(world: World, order_id: str) -> list[OrderRow]:
    rows = world.hub.ask("SELECT body FROM order_part WHERE order_id = ? ORDER BY place", order_id)
    return [_row(body) for (body,) in rows]


def i32_tills_have_what_is_open(world: World) -> None:
    """I32: every till of a store has the store's open parts as the hub has them, and nothing over."""
    if world.webshop is None:
        return
    for till in world.tills:
        catalogue, ledger = till.window.catalogue, till.window.ledger
        if catalogue is None or ledger is None or not till.settled or till.stopped:
            continue
        rows = world.hub.ask(
            "SELECT body FROM order_part WHERE store_id = ? ORDER BY reservation_id",
            till.identity.store,
        )
        for (body,) in rows:
            part = _row(body)
            if part.state in CLOSED:
                continue
            held = catalogue.orders(order_rows.BY_ID, (part.reservation,))
            expect(bool(held), f"I32: {till.name} has no {part.name}, which is {part.state}")
            expect(
                held[0].version == part.version and held[0].state == part.state,
                f"I32: {till.name} has {part.name} as {held[0].state}, it is {part.state}",
            )
        own = ledger.order_steps(catalogue.reflected(till.device))
        expect(not own, f"I32: {till.name} lays {len(own)} steps over rows that have them")


def _steps(world: World) -> list[dict[str, Any]]:
    rows = world.hub.ask(
        "SELECT body FROM event WHERE type = 'reservation_stepped' AND id IS NOT NULL ORDER BY n"
    )
    return [msgspec.json.decode(body) for (body,) in rows]


def i33_given_once_or_told(world: World) -> None:
    """I33: no more of a part is given than was ordered, or a person is told, fact by fact."""
    if world.webshop is None:
        return
    given: defaultdict[str, Counter[str]] = defaultdict(Counter)
    once = set()
    for told in _steps(world):
        if told.get("handling") and told["step"] == "COLLECTED" and not told.get("was"):
            place = (told["dev"], told["epoch"], told["reservation"])
            expect(place not in once, f"I33: {told['till']} handed {place[2]} over twice")
            once.add(place)
        if told.get("handling") and told["step"] in HANDED:
            for sku, qty in told.get("lines", ()):
                given[told["reservation"]][sku] += qty
    twice = world.hub.ask(
        "SELECT DISTINCT fact FROM exception WHERE kind IN "
        "('pickup_twice', 'late_capture', 'reservation_strange')"
    )
    flagged = {row[0] for row in twice}
    facts = defaultdict(set)
    for told in _steps(world):
        facts[told["reservation"]].add(told["id"])
    for reservation, goods in given.items():
        rows = world.hub.ask("SELECT body FROM order_part WHERE reservation_id = ?", reservation)
        if not rows:
            continue  # known by its pass alone, to a hub that was put back
        ordered: Counter[str] = Counter()
        for line in _row(rows[0][0]).lines:
            ordered[line.instead or line.sku] += line.qty
        over = {sku: qty for sku, qty in goods.items() if qty > ordered[sku]}
        known = bool(facts[reservation] & flagged)
        expect(not over or known, f"I33: {over} of {reservation} were given, nobody is told")


def i34_the_shop_is_told_once(world: World) -> None:
    """I34: what the shop hears of as handed over is no more than it sold, and was handed over."""
    if world.webshop is None:
        return
    handed = {told["id"] for told in _steps(world) if told["step"] in HANDED}
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    back: Counter[str] = Counter()
    rows = world.hub.ask("SELECT external_id, act, op_id, body FROM channel_outbox ORDER BY op_id")
    for external_id, act, op_id, body in rows:
        told = msgspec.json.decode(body)
        if act == "collected":
            fact = op_id.partition(":")[2]
            expect(fact in handed, f"I34: the shop hears of {op_id}, which no till told")
            for line, qty in told.get("lines", ()):
                sums[external_id][line] += qty
        elif act == "refund":
            back[external_id] += told.get("amount", 0)
    for external_id, lines in sums.items():
        order = world.webshop.sold[external_id].order
        sold = {line.external_line_id: line.qty for line in order.lines}
        over = {line: qty for line, qty in lines.items() if qty > sold.get(line, 0)}
        expect(not over, f"I34: the shop hears that {over} of {order.external_name} were given")
    for external_id, amount in back.items():
        order = world.webshop.sold[external_id].order
        paid = order.payment.paid + _taken(world, external_id)
        expect(amount <= paid, f"I34: {amount} of {paid} go back for {order.external_name}")


def _taken(world: World, external_id: str) -> int:
    rows = world.hub.ask(
        "SELECT coalesce(sum(amount), 0) FROM order_money JOIN customer_order USING (order_id) "
        "WHERE external_id = ? AND kind = 'till'",
        external_id,
    )
    return int(rows[0][0])


def i35_paid_at_a_till_is_booked(world: World) -> None:
    """I35: each amount that a till took for an order is booked to it once, and is no turnover."""
    if world.webshop is None:
        return
    taken: Counter[str] = Counter()
    total = 0
    for (body,) in world.hub.ask("SELECT body FROM event WHERE type = 'sale' AND id IS NOT NULL"):
        for line in msgspec.json.decode(body)["lines"]:
            if line.get("order"):
                taken[line["order"]] += line["total"]
                total += line["total"]
    booked = Counter(
        dict(
            world.hub.ask(
                "SELECT part, sum(amount) FROM order_money WHERE kind = 'till' GROUP BY part"
            )
        )
    )
    unmatched = world.hub.ask(
        "SELECT coalesce(sum(amount), 0) FROM exception WHERE kind = 'payment_unmatched' "
        "AND detail LIKE 'order %'"
    )[0][0]
    missing = sum((taken - booked).values())
    expect(missing <= unmatched, f"I35: {missing} taken for orders are not booked to them")
    expect(not booked - taken, f"I35: {booked - taken} are booked and nobody took them")
