"""A till of a simulation: a real ledger and somebody selling, a real engine on its real files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger
from pos_app.store.replica import Applied
from sync.engine.files import TillFiles
from sync.engine.ports import Reply, Request
from sync.engine.runner import Runner
from sync.engine.state import Nudged, Released, Tick
from sync.hub import devices, feed
from sync.protocol import Head, PullReply
from sync.simulation.faults import HUB, SECOND, Broken, Crash, expect
from sync.simulation.shop import Seller

if TYPE_CHECKING:
    from sync.simulation.hub import SimulatedHub
    from sync.simulation.world import World


class CrashingFiles(TillFiles):
    """A till's files whose process may end before any write."""

    world: World

    def _dice(self) -> None:
        if self.world.chance(self.world.faults.sync_crash):
            raise Crash

    def keep_sent(self, last: int, *, lowered: bool = False) -> None:
        """As the engine's, unless the process ends first."""
        self._dice()
        super().keep_sent(last, lowered=lowered)

    def keep_ack(self, ack: Head, sig: str, hub_time: str) -> None:
        """As the engine's, unless the process ends first."""
        self._dice()
        super().keep_ack(ack, sig, hub_time)

    def apply(self, reply: PullReply) -> Applied:
        """As the engine's, unless the process ends first."""
        self._dice()
        return super().apply(reply)

    def swap(self) -> None:
        """As the engine's, unless the process ends first."""
        self._dice()
        super().swap()
        self._dice()


class _Exchange:
    """One request's answer: at most one arrives, whole, broken or not at all."""

    def __init__(self, till: SimulatedTill, lane: str, life: int) -> None:
        self._till = till
        self._lane = lane
        self._life = life
        self._over = False

    def give(self, reply: Reply) -> None:
        """The hub has answered."""
        world, faults = self._till.world, self._till.world.faults
        if world.chance(faults.reply_lost):
            return
        if world.chance(faults.garbled):
            reply = Reply(200, reply.headers, reply.body[: len(reply.body) // 2])
        world.after(self._till.delay(), lambda: self._end(reply))

    def lost(self) -> None:
        """Nothing came in time."""
        self._end("hub_silent")

    def _end(self, what: Reply | str) -> None:
        if not self._over:
            self._over = True
            self._till.hears(self._lane, self._life, what)


class SimulatedTill:
    """One till: a ledger and somebody selling, and its sync process; it is its own clock and net."""

    url = f"http://{HUB}"
    """What requests are signed for."""

    def __init__(self, world: World, data: Path, number: int) -> None:
        self.world = world
        self.name = f"till {number}"
        self.clients = 1
        self._data = data
        rng = Random(world.rng.getrandbits(64))
        self._rng = Random(world.rng.getrandbits(64))
        self._skew = dt.timedelta(seconds=world.faults.clock_skew_s * (number - 1))
        self._keys = Keys(rng.randbytes(32), rng.randbytes(32))
        identity = world.hub.enrol(self._keys.public_hex, number)
        self._ledger = Ledger.create(data, self._keys, identity, self)
        self.seller = Seller(self._ledger, rng, products=40)
        self._life = 0
        self._start()

    # the ports

    def now(self) -> dt.datetime:
        """A wall clock that may be wrong."""
        return self.world.now() + self._skew

    def monotonic_ms(self) -> int:
        """Virtual milliseconds."""
        return self.world.now_ms

    def boot_id(self) -> str:
        """The machine is never restarted."""
        return "virtual"

    def send(self, lane: str, request: Request) -> None:
        """A request on its way, with everything that may happen to it."""
        world, faults = self.world, self.world.faults
        wire = _Exchange(self, lane, self._life)
        if world.now_ms < world.hub.away_until:
            world.after(self.delay(), wire.lost)
            return
        world.after(int(request.read_timeout_s + 5) * SECOND, wire.lost)
        if world.chance(faults.request_lost):
            return
        for _ in range(2 if world.chance(faults.doubled) else 1):
            world.after(self.delay(), lambda: world.hub.take(request, wire.give))

    def delay(self) -> int:
        """Milliseconds on the wire, one way."""
        slow = self.world.chance(self.world.faults.slow)
        return self.world.rng.randrange(5_000 if slow else 40) + 1

    def hears(self, lane: str, life: int, what: Reply | str) -> None:
        """An answer, or the code of why there is none, for the process that asked."""
        if life != self._life:
            return
        self.world.note(self.name, lane, what.status if isinstance(what, Reply) else what)
        if isinstance(what, Reply):
            self._guarded(lambda: self.runner.replied(lane, what))
        else:
            self._guarded(lambda: self.runner.lost(lane, what))

    # the sync process

    def _start(self) -> None:
        """The sync process begins, anew or after a crash."""
        self._life += 1
        self._alive = True
        self._tick_ms = -1
        files = CrashingFiles(self._data, self._keys, self)
        files.world = self.world
        self._files = files
        self.runner = Runner(
            files, self, self, self._rng, self._keys.sign, self._told, lambda *_, **__: None
        )
        self._check_sent()
        self._guarded(lambda: self.runner.hear(Tick()))

    def _check_acked(self) -> None:
        """Never, not for a moment, does a till believe more than the hub holds."""
        held = devices.find(self.world.hub.connection, self._ledger.identity.device)
        known = 0 if held is None else held.last_seq
        expect(self._files.acked() <= known, f"{known} at the hub, {self._files.acked()} believed")

    def _check_sent(self) -> None:
        """Whoever voids a sale as never sent must be able to rely on it."""
        held = devices.find(self.world.hub.connection, self._ledger.identity.device)
        known = 0 if held is None else held.last_seq
        expect(known <= self._files.sent_upto(), f"{known} at the hub, not noted as sent")

    def _guarded(self, turn: Callable[[], None]) -> None:
        """One turn; a crash in it ends this life of the process, and another begins later."""
        if not self._alive:
            return
        try:
            turn()
        except Crash:
            self.world.note(self.name, "sync crashed")
            self._alive = False
            self._life += 1
            self._files.close()
            self.world.after(self.world.rng.randrange(10 * SECOND), self._start)
            return
        self._check_acked()
        due = max(self.runner.due_ms(), self.world.now_ms + 1)
        if not self.world.now_ms < self._tick_ms <= due:
            self._tick_ms = due
            life = self._life
            self.world.after(due - self.world.now_ms, lambda: self._tick(life, due))

    def _tick(self, life: int, due: int) -> None:
        if life == self._life and due == self._tick_ms:
            self._guarded(lambda: self.runner.hear(Tick()))

    def _told(self, message: dict[str, Any]) -> None:
        """The window's end of the link."""
        if message["op"] == "release":
            self.world.after(20, lambda: self._guarded(lambda: self.runner.hear(Released())))

    # the window

    def open(self, actions: int, until_ms: int) -> None:
        """Sell all day, at times of the dice's choosing."""
        self.seller.open_shift()
        for _ in range(actions):
            self.world.after(self.world.rng.randrange(until_ms), self._act)

    def _act(self) -> None:
        if self.world.chance(self.world.faults.till_crash):
            self._ledger.close()
            self._ledger = Ledger.open(self._data, self._keys, self)
            self.seller.ledger = self._ledger
            self.world.note(self.name, "till restarted")
        self.seller.act()
        if self.world.rng.randrange(10):  # a nudge may get lost: a tick finds it too
            self._guarded(lambda: self.runner.hear(Nudged()))

    # looking

    @property
    def settled(self) -> bool:
        """Everything is at the hub and the hub's data is here."""
        view = self.runner.view
        heads = feed.positions(self.world.hub.connection)
        return (
            self.runner.idle
            and view.head == self._ledger.head().seq
            and all(heads[stream] == pos for stream, (_, pos) in view.cursors.items())
        )

    def check(self, hub: SimulatedHub) -> None:
        """Ack, chain and cursors agree with the hub's."""
        device = devices.find(hub.connection, self._ledger.identity.device)
        if device is None:
            raise Broken("the hub has forgotten a till")
        expect(device.head == self._ledger.head(), f"{device.head} at the hub")
        expect(self._files.acked() == device.last_seq, f"{self._files.acked()} acked")
        self._check_sent()
        expect(self._files.products() == self.seller.products, "products are missing")

    def close(self) -> None:
        """Let the files go."""
        self._alive = False
        self._files.close()
        self._ledger.close()
