"""The wire between tills and hub: it loses, doubles, delays, overtakes, garbles and goes silent."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import msgspec
import zstandard

from sync.engine.outgo import PUSH_PATH
from sync.engine.ports import Reply, Request
from sync.protocol import Head, Push, PushReply, encode
from sync.simulation.faults import MINUTE, SECOND, Faults

if TYPE_CHECKING:
    from sync.simulation.till import SimulatedTill
    from sync.simulation.world import World


class Exchange:
    """One request's answer: at most one arrives, whole, broken or not at all."""

    def __init__(self, net: Net, till: SimulatedTill, lane: str, life: int) -> None:
        self._net = net
        self._till = till
        self._lane = lane
        self._life = life
        self._over = False

    def give(self, reply: Reply) -> None:
        """The hub has answered."""
        net, faults = self._net, self._net.faults
        if net.chance(faults.reply_lost) or self._till.unheard:
            return
        if net.chance(faults.garbled):
            reply = Reply(200, reply.headers, reply.body[: len(reply.body) // 2])
        net.world.after(net.delay(), lambda: self._end(reply))

    def lost(self) -> None:
        """Nothing came in time."""
        self._end("hub_silent")

    def _end(self, what: Reply | str) -> None:
        if not self._over:
            self._over = True
            self._till.sync.hears(self._lane, self._life, what)


class Net:
    """Everything between the tills' net ports and the hub's door."""

    def __init__(self, world: World, faults: Faults, rng: Random) -> None:
        self.world = world
        self.faults = faults
        self._rng = rng

    def chance(self, percent: int) -> bool:
        """True so many times out of a hundred."""
        return percent > 0 and self._rng.randrange(100) < percent

    def delay(self) -> int:
        """Milliseconds on the wire, one way."""
        if self.chance(self.faults.late):
            return self._rng.randrange(MINUTE)
        return 1 + self._rng.randrange(5 * SECOND if self.chance(self.faults.slow) else 40)

    def carry(self, till: SimulatedTill, lane: str, life: int, request: Request) -> None:
        """A request on its way."""
        world, faults = self.world, self.faults
        wire = Exchange(self, till, lane, life)
        if world.hub.away:
            world.after(self.delay(), wire.lost)
            return
        world.after(int(request.read_timeout_s + 5) * SECOND, wire.lost)
        if self.chance(faults.request_lost):
            return
        answer = self._between(request)
        if answer is not None:
            world.after(self.delay(), lambda: wire.give(answer))
            return
        for _ in range(2 if self.chance(faults.doubled) else 1):
            world.after(self.delay(), lambda: world.hub.take(request, wire.give))

    def _between(self, request: Request) -> Reply | None:
        """What something between till and hub answers in its place."""
        faults, head = self.faults, self.world.hub.date()
        if self.chance(faults.hub_error):
            return Reply(500, head, b"<h1>Internal Server Error</h1>")
        if self.chance(faults.hub_busy):
            return Reply(503, {**head, "retry-after": str(self._rng.randint(1, 20))}, b"")
        if self.chance(faults.stranger):
            return Reply(401, head, b"<h1>Sign in to the guest network</h1>")
        if request.target == PUSH_PATH and self.chance(faults.ack_forged):
            return Reply(200, head, _forged(request))
        return None


def _forged(request: Request) -> bytes:
    """An ack for a push that was thrown away: right in everything but the hub's signature."""
    body = request.body
    if request.headers.get("content-encoding") == "zstd":
        body = zstandard.ZstdDecompressor().stream_reader(body).read()
    push = msgspec.json.decode(body, type=Push)
    last = push.events[-1]
    ack = Head(push.epoch, push.first_seq + len(push.events) - 1, last.hash)
    return encode(PushReply(ack, "", last.sig))
