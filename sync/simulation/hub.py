"""The hub of a simulation: its real handlers on a real database, one request after the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec
import zstandard

from pos_app.store.records import Identity
from sync.engine.outgo import HELLO_PATH, PUSH_PATH
from sync.engine.ports import Reply, Request
from sync.hub import devices, feed
from sync.hub.answers import HubProblem
from sync.hub.answers import Request as HubRequest
from sync.hub.desk import Context, answer
from sync.hub.identity import load_keys
from sync.protocol import (
    EnrolRequest,
    Head,
    HelloReply,
    Limits,
    PriceRow,
    Push,
    PushReply,
    encode,
)
from sync.simulation.faults import HOUR, HUB, SECOND, Crash, expect
from sync.simulation.shop import goods, make_hub, publish

if TYPE_CHECKING:
    from sync.simulation.till import SimulatedTill
    from sync.simulation.world import World


class SeededIds:
    """The hub's identities from the seed."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng

    def uuid(self) -> str:
        """Not a UUIDv7, but as long as one."""
        text = f"{self._rng.getrandbits(128):032x}"
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))

    def token(self, size: int) -> bytes:
        """Bytes from the seed."""
        return self._rng.randbytes(size)


class SimulatedHub:
    """The hub's handlers on a real database, one request after the other."""

    def __init__(self, world: World, path: Path) -> None:
        self._world = world
        ids = SeededIds(Random(world.rng.getrandbits(64)))
        self._products = 40
        self.connection = make_hub(path, self._products, ids).connect(write=True)
        self.context = Context(load_keys(self.connection), ids)
        self.away_until = 0
        self._limits = Limits(max_events=world.rng.choice((3, 10, 500)))
        self._waiting: list[tuple[Any, Callable[[Reply], None]]] = []

    def enrol(self, pubkey: str, till: int) -> Identity:
        """A till enrolled and approved."""
        now, code = self._world.now(), f"CODE-{till:04}"
        with self.connection.transaction():
            devices.issue_code(self.connection, "1", str(till), code, now, replaces=False)
            asked = EnrolRequest(code, pubkey)
            reply = devices.enrol(self.connection, asked, self.context.keys, now, self.context.ids)
            devices.approve(self.connection, reply.device, now)
        return Identity(
            reply.device,
            reply.epoch,
            reply.store,
            reply.till,
            reply.nonce,
            hub_key=reply.hub_key,
            pubkey=pubkey,
            hub_url=f"http://{HUB}",
        )

    def plan(self, until_ms: int) -> None:
        """Outages, price changes and a renewed feed at times of the seed's choosing."""
        rng, world = self._world.rng, self._world
        for _ in range(world.faults.outages):
            world.after(rng.randrange(until_ms), lambda: self._go_away(rng.randrange(HOUR)))
        for _ in range(world.faults.feed_renewed):
            world.after(rng.randrange(until_ms), self._renew_feed)
        for _ in range(3):
            world.after(rng.randrange(until_ms), self._change_prices)

    def _go_away(self, wait_ms: int) -> None:
        self.away_until = self._world.now_ms + wait_ms
        self._waiting.clear()

    def _renew_feed(self) -> None:
        with self.connection.transaction():
            name = self.context.ids.token(8).hex()
            self.connection.text("UPDATE feed_head SET feed = ?", (name,))
        self._world.note("feed renewed")

    def _change_prices(self) -> None:
        _, prices = goods(self._products)
        chosen = self._world.rng.sample(prices, 5)
        rows = [PriceRow(one.sku, "sale", "EUR", one.prices) for one in chosen]
        publish(self.connection, "price", rows)
        self._wake()

    def take(self, request: Request, give: Callable[[Reply], None]) -> None:
        """One request; `give` gets the answer, later if it has to wait for rows."""
        world, path = self._world, request.target.partition("?")
        asked = HubRequest(
            request.method,
            path[0],
            path[2],
            HUB,
            {name.lower(): value for name, value in request.headers.items()},
            request.body,
        )
        if world.chance(world.faults.hub_error):
            give(Reply(500, self._date(), b"<h1>Internal Server Error</h1>"))
            return
        if path[0] == PUSH_PATH and world.chance(world.faults.ack_forged):
            give(Reply(200, self._date(), _forged(request)))
            return
        try:
            with self.connection.transaction():
                reply = answer(self.connection, asked, world.now(), self.context)
                self.context.nonces.write(self.connection)
                self._may_crash()
            self.context.nonces.written()
        except Crash:
            world.note("hub crashed")
            return
        if isinstance(reply.wait_on, feed.Page):
            self._wait(reply.wait_on, give)
        else:
            body = self._limited(path[0], reply.body) if reply.status == 200 else reply.body
            give(Reply(reply.status, {**self._date(), **reply.headers}, body))
        self._wake()

    def _limited(self, path: str, body: bytes) -> bytes:
        """The answer of a hub that takes only so many entries at once."""
        if path == HELLO_PATH:
            hello = msgspec.json.decode(body, type=HelloReply)
            return encode(msgspec.structs.replace(hello, limits=self._limits))
        if path == PUSH_PATH:
            push = msgspec.json.decode(body, type=PushReply)
            return encode(msgspec.structs.replace(push, limits=self._limits))
        return body

    def _may_crash(self) -> None:
        if self._world.chance(self._world.faults.hub_crash):
            raise Crash

    def _date(self) -> dict[str, str]:
        return {"date": self._world.now().strftime("%a, %d %b %Y %H:%M:%S GMT")}

    def _wait(self, page: feed.Page, give: Callable[[Reply], None]) -> None:
        place = (page, give)
        self._waiting.append(place)

        def over() -> None:
            if place in self._waiting:
                self._waiting.remove(place)
                give(self._page(page))

        self._world.after(int(page.wait_s * SECOND), over)

    def _page(self, page: feed.Page) -> Reply:
        try:
            found = page.read(self.connection, self._world.now())
        except HubProblem as problem:
            told = problem.reply()
            return Reply(told.status, {**self._date(), **told.headers}, told.body)
        return Reply(200, self._date(), encode(found))

    def _wake(self) -> None:
        """Whoever waits for rows that have come gets them."""
        for place in [one for one in self._waiting if self._moved(one[0])]:
            self._waiting.remove(place)
            place[1](self._page(place[0]))

    def _moved(self, page: feed.Page) -> bool:
        return feed.positions(self.connection).get(page.stream, 0) > page.after

    # looking

    def books(self) -> list[Any]:
        """What the hub holds, in words that do not depend on hashes."""
        ask = self.connection.text
        return [
            ask("SELECT doc_no, kind, total, tax FROM document ORDER BY doc_no"),
            ask("SELECT biz_date, sales, voids, total, tax FROM day_total ORDER BY biz_date"),
            ask("SELECT sku, on_hand FROM stock ORDER BY sku"),
            ask("SELECT pos FROM feed_head ORDER BY stream"),
        ]

    def check(self, tills: list[SimulatedTill]) -> None:
        """Hub and tills agree: documents, money, stock; nothing twice, nothing set aside."""
        ask = self.connection.text
        made = {fact: total for till in tills for fact, total in till.seller.totals.items()}
        held = dict(ask("SELECT event.id, document.total FROM document JOIN event USING (n)"))
        expect(held == made, f"{len(held)} documents at the hub, {len(made)} were made")
        money = sum(row[0] for row in ask("SELECT total FROM day_total"))
        expect(money == sum(made.values()), f"{money} at the hub, {sum(made.values())} taken")
        expect(not ask("SELECT * FROM quarantine"), "something was set aside")
        kinds = {row[0] for row in ask("SELECT kind FROM exception")}
        expect(kinds <= {"clock_skew"}, kinds)
        moved = dict(
            ask(
                "SELECT sku, -sum(qty) FROM line WHERE custom = 0 GROUP BY sku HAVING sum(qty) <> 0"
            )
        )
        booked = dict(ask("SELECT sku, on_hand FROM stock WHERE on_hand <> 0"))
        expect(moved == booked, "stock is not what the sales moved")


def _forged(request: Request) -> bytes:
    """An ack for a push that was thrown away: right in everything but the hub's signature."""
    body = request.body
    if request.headers.get("content-encoding") == "zstd":
        body = zstandard.ZstdDecompressor().stream_reader(body).read()
    push = msgspec.json.decode(body, type=Push)
    last = push.events[-1]
    ack = Head(push.epoch, push.first_seq + len(push.events) - 1, last.hash)
    return encode(PushReply(ack, "", last.sig))
