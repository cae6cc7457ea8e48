"""Speaking to shops, for as long as the hub serves: two threads a shop, none where there is none.

One reads what came and looks what changed, the other tells; so neither waits for the other, and a
shop that hangs holds up itself alone.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from pos_app.domain.errors import PosError, Refused
from sync.hub import recovering
from sync.hub.answers import Clock
from sync.hub.channels import keeping, lanes, shops
from sync.hub.channels.shops import Shop
from sync.hub.database import Connection, Database, storage_error

if TYPE_CHECKING:
    from sync.hub.channels.canonical import ChannelOrder
    from sync.hub.channels.work import Work

TICK_S: Final = 0.5
"""How often a lane looks for something to do."""
LOOK_S: Final = 2.0
"""How often it is looked which shops there are."""
TIDY_S: Final = 3_600.0
STUMBLED_S: Final = 10.0
PARTING_S: Final = 3.0
"""So long a round under way may take where the hub ends; its work is anybody's then."""

_log = logging.getLogger(__name__)


@contextlib.contextmanager
def working(
    connection: Connection, clock: Clock, shop: Shop, lane: str, holder: str = ""
) -> Iterator[Work]:
    """What a lane of a shop works with. Raises what `shops.settings_of` raises."""
    from sync.hub.channels.adapters import adapter_of
    from sync.hub.channels.client import HttpClient
    from sync.hub.channels.work import Work
    from sync.hub.orders import taking

    adapter = adapter_of(shop.platform)
    settings = shops.settings_of(connection, shop, clock.now())
    said = taking.Context(name=shop.conventions.get("name", ""))

    def take(connection: Connection, order: ChannelOrder, now: dt.datetime) -> object:
        return taking.take(connection, order, now, said)

    client = HttpClient(settings, adapter.auth(settings))
    try:
        yield Work(connection, shop, settings, adapter, client, clock, take, holder, lane)
    finally:
        client.close()


def steps_of(lane: str) -> tuple[Callable[[Work], int], ...]:
    """What a round of a lane is."""
    from sync.hub.channels import polling, stock_push, telling, worker

    if lane == lanes.IN:
        return worker.read, polling.poll
    return telling.tell_all, stock_push.push


def one_round(work: Work) -> float:
    """Does what is due; after how many seconds the next round may begin."""
    from sync.hub.channels.work import Pausing

    if work.lane == lanes.IN and recovering.is_recovering(work.connection):
        return TICK_S  # nothing is promised before each till was heard; what came waits
    taken = lanes.take(work.connection, work.channel, work.lane, work.holder, work.clock.now())
    if not taken:
        return TICK_S
    try:
        done = sum(step(work) for step in steps_of(work.lane))
    except Pausing as said:
        return said.seconds
    return 0.0 if done else TICK_S


class Lane(threading.Thread):
    """One kind of work for one shop."""

    def __init__(self, database: Database, clock: Clock, shop: Shop, lane: str) -> None:
        super().__init__(name=f"channel-{shop.channel}-{lane}", daemon=True)
        self.shop = shop
        self._database, self._clock, self._lane = database, clock, lane
        self._holder = uuid.uuid4().hex
        self._ended = threading.Event()

    def end(self) -> None:
        """No further round; the one under way is finished."""
        self._ended.set()

    def run(self) -> None:
        """Round after round."""
        while not self._ended.is_set():
            try:
                with contextlib.closing(self._database.connect(write=True)) as connection:
                    self._rounds(connection)
            except Exception:  # noqa: BLE001 - whatever it was, the shop is spoken to again
                _log.exception("speaking to %s", self.shop.channel)
                self._ended.wait(STUMBLED_S)

    def _rounds(self, connection: Connection) -> None:
        try:
            self._speak(connection)
        except Refused as cause:
            # Its secrets cannot be opened: seen in the list, tried again, told by nobody else.
            with connection.transaction():
                shops.note(connection, self.shop.channel, health=cause.code)
            raise

    def _speak(self, connection: Connection) -> None:
        with working(connection, self._clock, self.shop, self._lane, self._holder) as work:
            if self._lane == lanes.IN:
                from sync.hub.channels import polling

                polling.at_once(work)
            try:
                while not self._ended.is_set():
                    self._ended.wait(one_round(work))
            finally:
                with contextlib.suppress(PosError, storage_error):
                    lanes.leave(connection, self.shop.channel, self._lane, self._holder)


class Channels(threading.Thread):
    """Starts and ends the lanes as shops come, change and go; lets go of what was kept enough."""

    def __init__(self, database: Database, clock: Clock, look_s: float = LOOK_S) -> None:
        super().__init__(name="channels", daemon=True)
        self._database, self._clock, self._look_s = database, clock, look_s
        self._ended = threading.Event()
        self._lanes: dict[tuple[str, str], Lane] = {}
        self._tidy_at = 0.0

    def end(self) -> None:
        """No further round of any shop."""
        self._ended.set()
        for lane in self._lanes.values():
            lane.end()

    def run(self) -> None:
        """A look every now and then."""
        connection: Connection | None = None
        while not self._ended.wait(self._look_s if connection else 0.0):
            try:
                connection = connection or self._database.connect(write=True)
                self._look(connection)
            except Exception:  # noqa: BLE001 - the next look is another chance, and the hub serves on
                _log.exception("looking which shops there are")
                if connection is not None:
                    with contextlib.suppress(storage_error):
                        connection.close()
                connection = None
                self._ended.wait(STUMBLED_S)
        if connection is not None:
            connection.close()
        for lane in self._lanes.values():
            lane.end()
            lane.join(PARTING_S)

    def _look(self, connection: Connection) -> None:
        wanted = {
            (shop.channel, lane): shop
            for shop in shops.every(connection)
            if shop.active
            for lane in (lanes.IN, lanes.OUT)
        }
        for name, lane in list(self._lanes.items()):
            if wanted.get(name) != lane.shop:
                lane.end()
                if not lane.is_alive():
                    del self._lanes[name]
        for name, shop in wanted.items():
            if name not in self._lanes and not self._ended.is_set():
                made = self._lanes[name] = Lane(self._database, self._clock, shop, name[1])
                made.start()
        if wanted and time.monotonic() >= self._tidy_at:
            self._tidy_at = time.monotonic() + TIDY_S
            for channel in sorted({channel for channel, _ in wanted}):
                with connection.transaction():
                    connection.lock_name(f"channel-tidy:{channel}")
                    keeping.tidy(connection, channel, self._clock.now())
