"""A hub that really answers beside the window of a till, for pictures and tests of gift cards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from sync.hub import devices
from tests.till.valuing import World, hub_file
from tests.ui.shop import Hand


class Answering:
    """What the till asks is answered when a test says so, or at once."""

    def __init__(self, hand: Hand, world: World) -> None:
        self.hand, self.world = hand, world
        self.instant = True
        self.waiting: list[tuple[str, str, bytes]] = []
        hand.till.to_hub = self._asked

    def _asked(self, ask_id: str, path: str, body: bytes) -> None:
        self.waiting.append((ask_id, path, body))

    def answer(self) -> None:
        """The hub hears what was asked, and the window what it says, until all is said."""
        hand, window = self.hand, self.hand.window
        hand.settle()
        while self.waiting:
            ask_id, path, body = self.waiting.pop(0)
            device = devices.find(self.world.hub, hand.till.identity.device)
            assert device is not None
            status, told, code = self.world.said(device, path, body)
            message = {"op": "answer", "id": ask_id, "status": status, "code": code}
            message["body"] = told.decode()
            window.run(
                "ledger",
                lambda message=message: hand.till.hear(message),
                lambda _heard: window.values.heard(),
            )
            hand.settle()


@cache
def _made() -> Path:
    """A hub that was set up once: it costs a hash of a PIN."""
    return hub_file(Path(mkdtemp()))


@contextmanager
def answering(hand: Hand, room: Path) -> Iterator[Answering]:
    """A hub that knows this till."""
    room.mkdir(parents=True, exist_ok=True)
    world = World(_made(), room, tills=0)
    world.clock = hand.clock
    world.enlist(hand.till.identity)
    try:
        yield Answering(hand, world)
    finally:
        world.close()
