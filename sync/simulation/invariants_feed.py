"""The feed and what tills make of it: no hole, no way back, and the same for whoever comes late."""

from __future__ import annotations

import bisect
from collections import defaultdict
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import msgspec

from pos_app.store import schema
from pos_app.store.catalogue import CURRENT, NEXT
from pos_app.store.replica import ReplicaWriter
from sync.hub.feed import Page
from sync.simulation.faults import expect
from sync.simulation.invariants_books import effects_on_stock, store_of

if TYPE_CHECKING:
    from sync.simulation.till import SimulatedTill
    from sync.simulation.world import World

STREAMS: Final = ("store:1", "store:2")
LOOKED_AT: Final = 5
"""So many products are compared each time somebody did something at a till."""


def i21_each_commit(world: World) -> None:
    """I21 at each commit: positions are dense, and what is reflected is in the stock before it."""
    seen, ask = world.seen, world.hub.ask
    for stream, head in world.hub.positions().items():
        was = seen.feed_pos.get(stream, 0)
        if head == was:
            continue
        rows = ask(
            "SELECT pos, kind, rows FROM feed WHERE stream = ? AND pos > ? ORDER BY pos",
            *(stream, was),
        )
        found = [row[0] for row in rows]
        expect(found == list(range(was + 1, head + 1)), f"I21: {stream} has {found} after {was}")
        seen.feed_pos[stream] = head
        for pos, kind, data in rows:
            _take_row(world, stream, pos, kind, data)
        if stream in STREAMS:
            _take_moves(world, stream)
            _compare_stock(world, stream)


def _take_row(world: World, stream: str, pos: int, kind: str, data: bytes) -> None:
    seen = world.seen
    if kind == "stock":
        for sku, _store, on_hand, *_ in msgspec.json.decode(data):
            seen.stock.setdefault((stream, sku), []).append((pos, on_hand))
    elif kind == "price":
        for sku, price_list, _currency, prices in msgspec.json.decode(data):
            if price_list == "retail":
                seen.prices.setdefault(sku, []).append((pos, prices[0][2]))
    elif kind == "reflected":
        for device, epoch, seq in msgspec.json.decode(data):
            seen.reflected.setdefault(stream, []).append((pos, device, epoch, seq))
            _contains(world, stream, device, epoch, seq)


def _contains(world: World, stream: str, device: str, epoch: int, seq: int) -> None:
    """I23 at the hub: what is told to be reflected is in the stock that was told before it."""
    seen = world.seen
    row = world.hub.ask(
        "SELECT n FROM event WHERE device = ? AND epoch = ? AND seq = ?", *(device, epoch, seq)
    )
    expect(row, f"I23: the feed reflects {device} {epoch}.{seq}, which the hub does not hold")
    store = stream.partition(":")[2]
    if stream not in seen.model_n:
        _take_moves(world, stream)
    for body, fact_id, n in world.hub.ask(
        "SELECT body, id, n FROM event WHERE n > ? AND n <= ? AND device <> 'hub' ORDER BY n",
        *(seen.model_n.get(stream, 0), row[0][0]),
    ):
        seen.model_n[stream] = n
        moved = effects_on_stock(body) if fact_id is not None else {}
        for sku, qty in moved.items() if store_of(body) == store else ():
            seen.model[stream, sku] = seen.model.get((stream, sku), 0) + qty
            seen.moved.add((stream, sku))
    for key in seen.moved:
        told = seen.stock.get(key, [(0, 0)])[-1][1]
        expect(
            told in (seen.model[key], seen.model[key] + _arrived(world, *key)),
            f"I23: {key[1]} is told to be {told} where {device} {epoch}.{seq} is reflected, "
            f"what was sold until then makes it {seen.model[key]}",
        )
    seen.moved.clear()


def _arrived(world: World, stream: str, sku: str) -> int:
    """What came into the store otherwise in this very commit: it may be told with it."""
    values = (stream.partition(":")[2], sku, world.seen.moves.get(stream, 0))
    rows = world.hub.ask(
        "SELECT coalesce(sum(qty), 0) FROM stock_move WHERE store_id = ? AND sku = ? AND move > ?",
        *values,
    )
    return int(rows[0][0])


def _take_moves(world: World, stream: str) -> None:
    """Goods that moved otherwise than by a fact, into the model."""
    seen, store = world.seen, stream.partition(":")[2]
    for move, sku, qty in world.hub.ask(
        "SELECT move, sku, qty FROM stock_move WHERE store_id = ? AND move > ? ORDER BY move",
        *(store, seen.moves.get(stream, 0)),
    ):
        seen.moves[stream] = move
        seen.model[stream, sku] = seen.model.get((stream, sku), 0) + qty


def _compare_stock(world: World, stream: str) -> None:
    store = stream.partition(":")[2]
    for sku, on_hand in world.hub.ask("SELECT sku, on_hand FROM stock WHERE store_id = ?", store):
        told = world.seen.stock.get((stream, sku), [(0, 0)])[-1][1]
        expect(told == on_hand, f"I21: the feed says {told} of {sku}, the hub has {on_hand}")


def i22_no_way_back(world: World, till: SimulatedTill) -> None:
    """I22: what somebody at a till sees never goes back, except to a feed of another name."""
    catalogue = till.window.catalogue
    if catalogue is None or catalogue.source != "current":
        return
    for stream, (name, pos) in catalogue.cursors().items():
        was_name, was = till.shown.get(stream, (name, 0))
        expect(
            name != was_name or pos >= was,
            f"I22: {till.name} saw {stream} at {was} and then at {pos}",
        )
        till.shown[stream] = (name, pos)
    del world


def i23_read_your_writes(world: World, till: SimulatedTill) -> None:
    """I23: a till shows the stock of its position, and lays over it what that does not contain."""
    catalogue, seen = till.window.catalogue, world.seen
    if catalogue is None or catalogue.source == "none" or seen.restores:
        return
    own = f"store:{till.identity.store}"
    _name, pos = catalogue.cursors().get(own, ("", 0))
    skus = sorted(sku for stream, sku in seen.stock if stream == own)
    start = world.steps % max(1, len(skus))
    for sku in skus[start : start + LOOKED_AT]:
        right = _at(seen.stock[own, sku], pos)
        article = catalogue.by_sku(sku)
        shown = None if article is None else article.on_hand
        expect(shown in (right, right or None), f"I23: {till.name} shows {shown} of {sku} at {pos}")
    told = [row for row in seen.reflected.get(own, []) if row[0] <= pos]
    last = next(((e, s) for _, device, e, s in reversed(told) if device == till.device), (0, 0))
    shown_own = tuple(catalogue.reflected(till.device))
    expect(shown_own == last, f"I23: {till.name} takes {shown_own} for reflected, it is {last}")


def _at(history: list[tuple[int, int]], pos: int) -> int:
    """What held at a position, out of (position, value) in order; 0 before the first."""
    place = bisect.bisect_right(history, (pos, 1 << 62))
    return history[place - 1][1] if place else 0


def i29_prices_of_their_basis(world: World) -> None:
    """I29: a line costs what the catalogue said at the feed position the sale says it stands on."""
    seen = world.seen
    if seen.restores:
        return  # positions of the lost feed were given again
    for (body,) in world.hub.ask("SELECT body FROM event WHERE type = 'sale' AND id IS NOT NULL"):
        told: dict[str, Any] = msgspec.json.decode(body)
        basis = told.get("basis", {}).get("global")
        if not basis:
            continue
        for line in told["lines"]:
            if line.get("order") or line.get("value"):
                continue
            right = _at(seen.prices[line["sku"]], basis)
            expect(
                line["unit_price"] == right,
                f"I29: {told['doc_no']} has {line['sku']} at {line['unit_price']}, "
                f"at {basis} it was {right}",
            )


# What a replica holds, compared with the feed and with another replica.

_TABLES: Final = {
    "product": "SELECT sku, name, variant, style, department, unit, tax_code, age_limit, icon, "
    "active, barcodes FROM product ORDER BY sku",
    "barcode": "SELECT code, sku FROM barcode JOIN product ON product.id = product_id ORDER BY 1, 2",
    "price": "SELECT sku, price_list, currency, prices FROM price ORDER BY 1, 2, 3",
    "stock": "SELECT store, sku, on_hand FROM stock ORDER BY 1, 2",
    "reference": "SELECT * FROM reference ORDER BY 1, 2, 3",
    "reflected": "SELECT * FROM reflected ORDER BY 1",
    "sale_ref": "SELECT * FROM sale_ref ORDER BY 1",
    "cursor": "SELECT stream, feed, pos FROM cursor ORDER BY 1",
}


def tables_of(path: Any, key: bytes) -> dict[str, list[tuple[Any, ...]]]:
    """Everything in a replica that came by the feed."""
    with closing(schema.connect(path, key, write=False)) as connection:
        return {name: connection.execute(sql).fetchall() for name, sql in _TABLES.items()}


def i21_replica_is_the_feed(world: World) -> None:
    """I21: at its position a replica is the fold of the feed up to there."""
    for stream in sorted({f"store:{till.identity.store}" for till in world.tills}):
        _replicas_are(world, stream)


def _replicas_are(world: World, stream: str) -> None:
    latest: dict[str, dict[Any, Any]] = defaultdict(dict)
    for kind, data in world.hub.ask(
        "SELECT kind, rows FROM feed WHERE stream IN ('global', ?) ORDER BY stream, pos",
        stream,
    ):
        for row in msgspec.json.decode(data):
            if kind == "price":
                latest[kind][tuple(row[:3])] = row[3]
            elif kind == "product":
                latest[kind][row[0]] = row
            elif kind == "stock":
                latest[kind][row[1], row[0]] = row[2]
            elif kind == "reflected":
                latest[kind][row[0]] = tuple(row[1:3])
    for till in world.tills:
        if not till.settled or stream != f"store:{till.identity.store}":
            continue
        held = tables_of(till.data / CURRENT, till.keys.db_key)
        told = f"I21: {till.name} holds other"
        prices = {row[:3]: msgspec.json.decode(row[3]) for row in held["price"]}
        expect(prices == latest["price"], f"{told} prices than the feed tells")
        stock = {row[:2]: row[2] for row in held["stock"]}
        expect(stock == latest["stock"], f"{told} stock than the feed tells")
        expect({row[0] for row in held["product"]} == set(latest["product"]), f"{told} products")
        reflected = {row[0]: tuple(row[1:3]) for row in held["reflected"]}
        expect(reflected == latest["reflected"], f"{told} entries reflected than the feed tells")


def i28_bootstrap_is_replay(world: World, till: SimulatedTill) -> None:
    """I28: who copies everything now holds the same as who followed it from the beginning."""
    data = till.data.with_name(f"{till.data.name}.anew")
    data.mkdir()
    with ReplicaWriter.create_beside(data, till.keys.db_key) as writer:
        for stream, (name, pos) in sorted(till.window.catalogue_cursors().items()):
            after = 0
            while after < pos:
                reply = Page(stream, name, after, 7).read(world.hub.connection, world.now())
                writer.apply(reply)
                after = reply.end
        writer.finish()
    anew = tables_of(data / NEXT, till.keys.db_key)
    held = tables_of(till.data / CURRENT, till.keys.db_key)
    for name, rows in held.items():
        expect(rows == anew[name], f"I28: {till.name} holds other {name} than a copy made now")
