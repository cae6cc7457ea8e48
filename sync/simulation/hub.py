"""The hub of a simulation: its real handlers on a real database, a group of requests a commit."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from sqlcipher3 import dbapi2

from pos_app.domain.errors import PosError
from sync.engine.outgo import HELLO_PATH, PUSH_PATH
from sync.engine.ports import Reply, Request
from sync.hub import feed
from sync.hub.answers import HubProblem
from sync.hub.answers import Reply as Answer
from sync.hub.answers import Request as HubRequest
from sync.hub.database import Connection, Database, storage_error
from sync.hub.desk import Context, answer, unavailable
from sync.hub.identity import load_keys
from sync.protocol import HelloReply, Limits, PriceRow, PushReply, encode
from sync.simulation.chance import SeededIds
from sync.simulation.disk import Process
from sync.simulation.faults import HUB, MINUTE, SECOND, Crash, expect
from sync.simulation.shop import amount_of, sku

if TYPE_CHECKING:
    from sync.simulation.world import World

_KEY_ID = re.compile('keyid="([^"]+)"')
Give = Callable[[Reply], None]
SPEAKS_LATER = 3
"""How many times the hub of a later program sends a kind of row that nobody knows yet."""


class SimulatedHub:
    """One process with one writer; it may end at any write and begins again from its file."""

    def __init__(self, world: World, path: Path) -> None:
        self._world = world
        self._path = path
        self.process = Process("hub", world.dice("hub disk"))
        self.dice = world.dice("hub")
        self.ids = SeededIds(world.dice("hub ids"))
        self.life = 0
        self.away = False
        """Nobody can reach it; it may be running all the same."""
        self.skew_s = 0
        self._limits = Limits(max_events=self.dice.choice((3, 10, 500)))
        self._gather_ms = self.dice.choice((0, 0, 2, 30))
        self._group: list[tuple[Request, Give]] = []
        self._waiting: list[tuple[feed.Page, Give]] = []
        self._answered: set[str] = set()
        self._known_then: set[str] = set()
        """What it had answered when it was copied: the rest a hub that is put back cannot know."""
        self._backup: Path | None = None
        self.connection: Connection
        self.context: Context
        self._start()
        self.process.crash_rate = world.faults.hub_crash
        self.process.unknown_rate = world.faults.commit_unknown // 4

    # its life

    def _start(self) -> None:
        with self._world.disk.acting(self.process):
            self.connection = Database(f"sqlite:///{self._path}").connect(write=True)
            self.context = Context(load_keys(self.connection), self.ids)
        self._world.started_hub()

    def _die(self) -> None:
        """It ends; whoever waited hears nothing. Another begins soon."""
        self._world.note("hub crashed")
        self._end()
        self.away = True
        self._world.after(self.dice.randrange(20 * SECOND), self._come_back)

    def _end(self) -> None:
        self.life += 1
        self._waiting.clear()
        self._group.clear()
        self.process.bury()

    def _come_back(self) -> None:
        if self.away and not self._world.outage:
            try:
                self._start()
            except (Crash, PosError, storage_error):
                self.process.bury()
                self._world.after(SECOND, self._come_back)
                return
            self.away = False

    def go_away(self) -> None:
        """An outage of the line, and of the machine as well."""
        self._world.outage = True
        self._end()
        self.away = True

        def over() -> None:
            self._world.outage = False
            self._come_back()

        self._world.after(self.dice.randrange(4 * MINUTE), over)

    def calm(self) -> None:
        """From now on nothing happens to it."""
        self.process.calm()
        self._world.outage = False
        self._come_back()

    def close(self) -> None:
        """Let the file go."""
        self._end()

    # people

    def plan(self, until_ms: int) -> None:
        """Outages, price changes and the like at times of the seed's choosing."""
        world, faults = self._world, self._world.faults
        acts: list[tuple[int, Callable[[], None]]] = [
            (faults.outages, self.go_away),
            (faults.feed_renewed, self._renew_feed),
            (faults.hub_clock_jumps, self._jump),
            (world.plan.price_changes, self.change_prices),
            (SPEAKS_LATER if world.plan.later_hub else 0, self._say_unknown),
        ]
        for count, act in acts:
            for _ in range(count):
                world.after(self.dice.randrange(until_ms), act)

    def _jump(self) -> None:
        self.skew_s = self.dice.choice((-86_400, -600, 0, 600, 86_400))

    def _renew_feed(self) -> None:
        def act() -> None:
            name = self.context.ids.token(8).hex()
            self.connection.text("UPDATE feed_head SET feed = ?", (name,))

        self.person("feed renewed", act)

    def change_prices(self) -> None:
        """Some goods cost something else from now on."""
        numbers = self.dice.sample(range(1, 41), 6)
        rows = [
            PriceRow(
                sku(n), "retail", "EUR", (("", "", amount_of(n) + self.dice.randint(1, 99), 0),)
            )
            for n in numbers
        ]
        self.person("prices", lambda: feed.publish(self.connection, feed.GLOBAL, "price", rows))

    def _say_unknown(self) -> None:
        row = ("global", "hologram", [["green"]])
        self.person("later", lambda: feed.publish(self.connection, *row))

    def person(self, told: str, act: Callable[[], None]) -> bool:
        """Somebody at the hub does something; False where they do not know that it was done."""
        if self.away:
            return False
        try:
            with self._world.disk.acting(self.process), self.connection.transaction():
                act()
        except Crash:
            self._die()
            return False
        except (PosError, storage_error):
            self._open_anew()
            return False
        self._world.note("hub", told)
        self._world.checked_hub()
        self._wake()
        return True

    def alone(self, told: str, act: Callable[[], object]) -> None:
        """A thread's look, whose transactions are its own; a crash in it ends the process."""
        if self.away:
            return
        try:
            with self._world.disk.acting(self.process):
                act()
        except Crash:
            self._die()
            return
        except (PosError, storage_error):
            self._open_anew()
            return
        self._world.note("hub", told)
        self._world.checked_hub()
        self._wake()

    # requests

    def take(self, request: Request, give: Give) -> None:
        """One request; `give` gets the answer, later if it has to wait for rows."""
        if self.away:
            return
        self._group.append((request, give))
        if len(self._group) == 1:
            life = self.life
            self._world.after(self._gather_ms, lambda: self._serve(life))

    def _serve(self, life: int) -> None:
        """Those that came together are committed together, as the hub's writer does it."""
        if life != self.life:
            return
        group, self._group = self._group, []
        try:
            with self._world.disk.acting(self.process):
                replies = self._commit([request for request, _ in group])
        except Crash:
            self._die()
            return
        except (PosError, storage_error) as cause:
            replies = [unavailable(cause) for _ in group]
            self._open_anew()
            if self.away:
                return
        self._world.checked_hub()
        for (request, give), reply in zip(group, replies, strict=True):
            self._watch(request, reply)
            if isinstance(reply.wait_on, feed.Page):
                self._wait(reply.wait_on, give)
            else:
                body = self._limited(request, reply) if reply.status == 200 else reply.body
                give(Reply(reply.status, {**self.date(), **reply.headers}, body))
        self._wake()

    def serve_now(self, request: Request) -> Reply:
        """The answer to a question that a person waits for; nothing goes wrong meanwhile."""
        reply = self._commit([request])[0]
        self._world.checked_hub()
        expect(reply.status != 500, f"the hub made a mistake at {request.target}")
        return Reply(reply.status, {**self.date(), **reply.headers}, reply.body)

    def _commit(self, group: list[Request]) -> list[Answer]:
        nonces = self.context.nonces
        writes = any(request.method != "GET" for request in group)
        with self.connection.transaction():
            now = self.now()
            replies = [self._answer(one, now) for one in group]
            if writes:
                nonces.write(self.connection)
        if writes:
            nonces.written()
        return replies

    def _answer(self, request: Request, now: Any) -> Answer:
        reply = answer(self.connection, _asked(request), now, self.context)
        if self._world.plan.rights:
            self._world.checked_answer(request, reply)
        return reply

    def _watch(self, request: Request, reply: Answer) -> None:
        """No mistakes of its own, and no request that changes something works twice."""
        expect(reply.status != 500, f"the hub made a mistake at {request.target}")
        if request.method == "GET" or reply.status != 200:
            return
        signature = request.headers.get("signature", request.headers.get("Signature", ""))
        expect(signature not in self._answered, f"{request.target} was answered twice")
        self._answered.add(signature)

    def _open_anew(self) -> None:
        """Whether a failed COMMIT took hold is unknown: that handle is not trusted again."""
        self.process.bury()
        try:
            self._start()
        except (Crash, PosError, storage_error):
            self._die()  # somebody starts it again

    def _limited(self, request: Request, reply: Answer) -> bytes:
        """The answer of a hub that takes only so many entries at once."""
        target = request.target
        if target == HELLO_PATH:
            hello = msgspec.json.decode(reply.body, type=HelloReply)
            return encode(msgspec.structs.replace(hello, limits=self._limits))
        if target == PUSH_PATH:
            push = msgspec.json.decode(reply.body, type=PushReply)
            told = _KEY_ID.search(request.headers.get("signature-input", ""))
            if told is not None:
                self._world.seen.answered[told[1]] = (push.ack.epoch, push.ack.seq)
            return encode(msgspec.structs.replace(push, limits=self._limits))
        return reply.body

    def now(self) -> Any:
        """The hub's clock."""
        import datetime as dt

        return self._world.now() + dt.timedelta(seconds=self.skew_s)

    def date(self) -> dict[str, str]:
        """The header every answer carries."""
        return {"date": self.now().strftime("%a, %d %b %Y %H:%M:%S GMT")}

    def _wait(self, page: feed.Page, give: Give) -> None:
        place = (page, give)
        self._waiting.append(place)

        def over() -> None:
            if place in self._waiting:
                self._waiting.remove(place)
                give(self._page(page))

        self._world.after(int(page.wait_s * SECOND), over)

    def _page(self, page: feed.Page) -> Reply:
        try:
            found = page.read(self.connection, self.now())
        except HubProblem as problem:
            told = problem.reply()
            return Reply(told.status, {**self.date(), **told.headers}, told.body)
        return Reply(200, self.date(), encode(found))

    def _wake(self) -> None:
        """Whoever waits for rows that have come gets them."""
        heads = self.positions()
        for place in [one for one in self._waiting if heads.get(one[0].stream, 0) > one[0].after]:
            self._waiting.remove(place)
            place[1](self._page(place[0]))

    # copies of its file

    def keep_backup(self) -> None:
        """A copy of the database as it is now, by SQLite itself."""
        if self.away:
            return
        self._backup = self._path.with_name("hub.backup.sqlite")
        self._backup.unlink(missing_ok=True)
        self._known_then = set(self._answered)
        source, target = dbapi2.connect(str(self._path)), dbapi2.connect(str(self._backup))
        source.backup(target)
        target.close()
        source.close()
        self._world.note("hub", "backed up")

    def put_back(self) -> None:
        """The database as it was at the last backup; what came since is gone."""
        if self._backup is None:
            return
        self._end()
        for path in self._path.parent.glob(f"{self._path.name}*"):
            path.unlink()
        shutil.copy(self._backup, self._path)
        self._answered = set(self._known_then)
        self._world.hub_was_restored()
        self._world.note("hub", "put back")
        self.away = True
        self._come_back()

    # looking

    def ask(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the hub's tables."""
        return self.connection.text(sql, values)

    def positions(self) -> dict[str, int]:
        """Stream -> last position."""
        return feed.positions(self.connection)

    def heads(self) -> dict[str, tuple[str, int]]:
        """Stream -> its feed and last position."""
        rows = self.ask("SELECT stream, feed, pos FROM feed_head")
        return {stream: (name, pos) for stream, name, pos in rows}

    def epoch_of(self, device: str) -> int:
        """The life of a device that the hub listens to."""
        rows = self.ask("SELECT epoch FROM device WHERE device = ?", device)
        return int(rows[0][0]) if rows else 0

    def books(self) -> list[Any]:
        """What the hub holds, in words that do not depend on times."""
        return [
            self.ask("SELECT doc_no, kind, total, tax, payable FROM document ORDER BY doc_no"),
            self.ask("SELECT sum(sales), sum(voids), sum(total), sum(tax) FROM day_total"),
            self.ask("SELECT tender, sum(amount) FROM day_tender GROUP BY tender ORDER BY tender"),
            self.ask("SELECT sku, on_hand FROM stock ORDER BY sku"),
            self.ask("SELECT device, max(seq) FROM event GROUP BY device ORDER BY device"),
        ]


def _asked(request: Request) -> HubRequest:
    path = request.target.partition("?")
    headers = {name.lower(): value for name, value in request.headers.items()}
    return HubRequest(request.method, path[0], path[2], HUB, headers, request.body)
