"""The books at the hub and the tables of the tills: sums of what was told, and of nothing else."""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import msgspec

from pos_app.store.journal_file import Ledgered
from pos_app.store.projections import differences
from pos_app.store.reads import LEDGER_FILE
from pos_app.store.verify import OK, verify
from sync.simulation.faults import expect

if TYPE_CHECKING:
    from sync.simulation.world import World


def effects_on_stock(body: bytes) -> dict[str, int]:
    """What a fact moves, worked out from its bytes alone: sku -> signed thousandths."""
    told: dict[str, Any] = msgspec.json.decode(body)
    moved: defaultdict[str, int] = defaultdict(int)
    kind = told["type"]
    if kind == "reservation_stepped" and told.get("handling"):
        for sku, qty in told.get("lines", ()) if told["step"] in ("PARTLY", "COLLECTED") else ():
            moved[sku] -= qty
    if kind not in ("sale", "voided", "refunded", "return_pended"):
        return moved
    for line in told.get("lines", ()):
        sellable = line.get("condition", "sellable") == "sellable"
        if line.get("order") or line.get("value"):
            continue
        if kind == "return_pended":
            moved[line["sku"]] += line["qty"] if sellable else 0
            continue
        if not line.get("custom") and (kind in ("sale", "voided") or sellable):
            moved[line["sku"]] -= line["qty"]
    return moved


def store_of(body: bytes) -> str:
    """Whose stock it moves: the store that its till is in."""
    return str(msgspec.json.decode(body)["store"])


def i07_stock_is_its_movements(world: World) -> None:
    """I7: on hand is the sum of what moved, at the hub and on each till for its store."""
    ask = world.hub.ask
    moved: defaultdict[tuple[str, str], int] = defaultdict(int)
    for (body,) in ask("SELECT body FROM event WHERE id IS NOT NULL AND device <> 'hub'"):
        for sku, qty in effects_on_stock(body).items():
            moved[store_of(body), sku] += qty
    for store, sku, qty in ask("SELECT store_id, sku, sum(qty) FROM stock_move GROUP BY 1, 2"):
        moved[store, sku] += qty
    right = {key: qty for key, qty in moved.items() if qty}
    rows = ask("SELECT store_id, sku, on_hand FROM stock WHERE on_hand <> 0")
    held = {(store, sku): on_hand for store, sku, on_hand in rows}
    expect(held == right, f"I7: stock is not what moved: {_apart(held, right)}")
    for till in world.tills:
        catalogue, ledger = till.window.catalogue, till.window.ledger
        if catalogue is None or ledger is None or not till.settled:
            continue
        own = ledger.own_stock_moves(catalogue.reflected(till.device))
        expect(not own, f"I7: {till.name} lays {dict(own)} over a stock that has it")
        for (store, sku), qty in held.items():
            if store != till.identity.store:
                continue
            article = catalogue.by_sku(sku)
            shown = article.on_hand if article is not None else None
            expect(shown == qty, f"I7: {till.name} shows {shown} of {sku}, there are {qty}")


def _apart(one: dict[Any, Any], other: dict[Any, Any]) -> dict[Any, Any]:
    keys = [key for key in {**one, **other} if one.get(key) != other.get(key)]
    return {key: (one.get(key), other.get(key)) for key in keys[:3]}


def i08_projections_are_folds(world: World) -> None:
    """I8: the tables are what the journal says, on each till and at the hub."""
    for till in world.tills:
        ledger = till.window.ledger
        if ledger is None or till.window.keeper.later:
            continue  # a later program folds its own facts
        found = differences(ledger.connection, 1)
        expect(not found, f"I8: {till.name} {found}")
    ask = world.hub.ask
    rows = ask(
        "SELECT event.body, document.doc_no, document.total, document.net, document.tax, "
        "document.payable FROM document JOIN event USING (n)"
    )
    for body, *kept in rows:
        told = msgspec.json.decode(body)
        says = [told[name] for name in ("doc_no", "total", "net", "tax", "payable")]
        for line in told["lines"]:
            if line.get("order") or line.get("value"):  # for an order or a card: no turnover
                says[1], says[2] = says[1] - line["total"], says[2] - line["net"]
        expect(kept == says, f"I8: {told['doc_no']} is booked as {kept}, it says {says}")
    sums = ask("SELECT sum(total), sum(tax), sum(net) FROM day_total")[0]
    right = ask("SELECT sum(total), sum(tax), sum(net) FROM document")[0]
    expect(sums == right, f"I8: the days come to {sums}, their documents to {right}")
    days = ask("SELECT biz_date, sum(total) FROM day_total GROUP BY biz_date ORDER BY 1")
    dated = ask("SELECT biz_date, sum(total) FROM document GROUP BY biz_date ORDER BY 1")
    expect(days == dated, f"I8: days {days}, documents {dated}")
    counts = ask("SELECT coalesce(sum(sales), 0), coalesce(sum(voids), 0) FROM day_total")[0]
    right = ask(
        "SELECT count(*) FILTER (WHERE kind = 'sale'), count(*) FILTER (WHERE kind = 'void')"
        " FROM document"
    )[0]
    expect(counts == right, f"I8: {counts} sales and voids in the days, {right} documents")


def i09_money_adds_up(world: World) -> None:
    """I9: tenders are what was payable, taxes are their lines', a shift's Z is its documents."""
    ask = world.hub.ask
    apart = ask(
        "SELECT doc_no FROM document LEFT JOIN (SELECT n, sum(amount) AS paid FROM payment "
        "GROUP BY n) USING (n) WHERE payable <> coalesce(paid, 0)"
    )
    expect(not apart, f"I9: payments are not what was payable: {apart}")
    apart = ask(
        "SELECT doc_no FROM document JOIN (SELECT n, sum(net) AS nets, sum(tax) AS taxes FROM line "
        "GROUP BY n) USING (n) WHERE kind <> 'refund' AND (document.net <> nets OR document.tax <> taxes)"
    )
    expect(not apart, f"I9: lines are not their document: {apart}")
    paid = ask("SELECT tender, sum(amount) FROM payment GROUP BY tender ORDER BY tender")
    days = ask("SELECT tender, sum(amount) FROM day_tender GROUP BY tender ORDER BY tender")
    expect(paid == days, f"I9: {days} in the days, {paid} was paid")
    for sku, gross, tax, rate in ask(
        "SELECT sku, line.total, line.tax, rate_ppm FROM line JOIN document USING (n) WHERE kind = 'sale'"
    ):
        exact = Fraction(gross * rate, 1_000_000 + rate)
        expect(abs(tax - exact) <= Fraction(1, 2), f"I9: {tax} tax in {gross} of {sku}")
    for till in world.tills:
        if till.window.ledger is None or till.window.keeper.later:
            continue
        with closing(Ledgered(till.data / LEDGER_FILE, till.keys.db_key)) as source:
            found = verify(source, till.known_keys(), [])
        expect(found.code == OK, f"I9: {till.name}'s journal: {found.told} at {found.bad}")


def i16_no_more_back_than_sold(world: World) -> None:
    """I16 (R1): of a sold line no more comes back than was sold, or a person is told how much."""
    ask = world.hub.ask
    over = ask(
        "SELECT refund_line.sale, refund_line.of, sum(refund_line.qty), max(line.qty) "
        "FROM refund_line JOIN event ON event.id = refund_line.sale "
        "JOIN line ON line.n = event.n AND line.line = refund_line.of "
        "GROUP BY refund_line.sale, refund_line.of HAVING sum(refund_line.qty) > max(line.qty)"
    )
    flagged = ask("SELECT count(*) FROM exception WHERE kind = 'over_return'")[0][0]
    expect(not over or flagged >= 1, f"I16: {over} came back, and nobody is told")
    alone = flagged == 0 or world.promises.lost_disks or world.plan.values
    expect(alone, "I16: a till took back more than it sold")


def allowed_exceptions(world: World) -> set[str]:
    """What a person may be told of in this run without anybody having made a mistake."""
    allowed = {"clock_skew"}
    if world.promises.strange | world.promises.impossible:
        allowed.add("quarantine")
    if world.promises.reused:
        allowed.add("id_reused")
    if world.plan.faults.clock_jumps:
        allowed.add("rollback")  # a hello that was overtaken, from before its clock was set back
    if world.plan.rights:  # what shops do to each other, each told to a person
        allowed |= {"value_debt", "pickup_twice", "reservation_strange", "reservation_short"}
        allowed |= {"reservation_over_picked", "oversell"}
    if world.plan.rights and world.promises.lost_disks:
        allowed |= {"grant_overrun", "late_capture", "right_differs", "right_unknown"}
        allowed |= {"unsecured_burn"}
    if world.plan.orders:  # what a shop, two stores and their customers do to each other
        allowed |= {"pickup_twice", "late_capture", "order_short", "order_changed", "oversell"}
        allowed |= {"reservation_over_picked", "reservation_short", "reservation_strange"}
        allowed |= {"payment_unmatched", "order_refund_due"}
    if world.plan.orders and (world.promises.lost_disks or world.seen.restores):
        allowed |= {"payment_unmatched", "reservation_strange"}
    if world.plan.values:
        allowed |= _of_values(world)
    if world.promises.lost_disks:
        allowed |= {"number_twice", "number_gap", "z_differs", "rollback", "fork", "over_return"}
        allowed |= {"voided_twice", "void_without_sale", "refund_without_sale", "figures_differ"}
        allowed |= {"z_without_shift", "invoice_without_sale", "refund_differs"}
    return allowed


def _of_values(world: World) -> set[str]:
    """What tills do that cannot ask, and what a shop will not do."""
    allowed = {"over_return", "voided_twice", "value_debt", "unsecured_burn", "late_capture"}
    allowed |= {"resolved_twice", "refund_failed", "channel_act", "value_blocked"}
    allowed.add("value_guessing")  # a card is looked at again and again before its till was heard
    if world.promises.lost_disks or world.seen.restores:
        allowed |= {"grant_overrun", "right_differs", "right_unknown", "points_differ"}
        allowed |= {"value_differs", "refund_without_sale", "void_without_sale", "refund_differs"}
    return allowed


def i24_nothing_is_discarded(world: World) -> None:
    """I24 (X1): what was set aside or flagged is exactly what had to be, with its bytes."""
    ask, promises = world.hub.ask, world.promises
    aside = ask("SELECT event.n, event.body FROM quarantine JOIN event USING (n)")
    held = {msgspec.json.decode(body)["id"] for _, body in aside}
    made = promises.strange | promises.impossible
    durable = made & (promises.printed.keys() | promises.unknown.keys())
    at_hub = {one for one in durable if one in held}
    missing = {one for one in made & promises.printed.keys() if one not in held}
    expect(not missing, f"I24: {missing} were not set aside")
    expect(held == at_hub, f"I24: {held - at_hub} were set aside without need")
    unmarked = ask(
        "SELECT n FROM event WHERE result = 'quarantined' AND n NOT IN (SELECT n FROM quarantine)"
    )
    expect(not unmarked, f"I24: {unmarked} are nowhere")
    silent = ask(
        "SELECT n, type FROM event WHERE result = 'exception' "
        "AND n NOT IN (SELECT n FROM exception WHERE n IS NOT NULL)"
    )
    expect(not silent, f"I24: {silent} are exceptions that nobody sees")
    kinds = ask("SELECT kind, count(*), min(detail) FROM exception GROUP BY kind")
    wrong = [row for row in kinds if row[0] not in allowed_exceptions(world)]
    expect(not wrong, f"I24: a person is told of {wrong}")
    told = {kind: count for kind, count, _ in kinds}
    count = told.get("quarantine", 0)
    expect(count == len(aside), f"I24: {len(aside)} were set aside, a person is told of {count}")
    reused = told.get("id_reused", 0)
    expect(reused == len(promises.reused), f"I24: {len(promises.reused)} ids reused, {reused} told")


def i30_bytes_survive(world: World) -> None:
    """I30: what a later program says beside what is known survives as it came, byte for byte."""
    for till in world.tills:
        if not till.window.keeper.later:
            continue
        rows = world.hub.ask(
            "SELECT body FROM event WHERE device = ? AND type = 'sale'", till.device
        )
        lost = [body for (body,) in rows if b'"mood":"cheerful"' not in body]
        expect(not lost, f"I30: {len(lost)} facts of {till.name} lost what the hub cannot read")
