"""The thread that sends: each event at least once, again and again for a day, then it is dead.

A hub may be several processes: what one of them is at has a claim in the database that runs out, so
nothing is sent by two at the same time, and nothing is forgotten with a process that dies. The
database is not held while a stranger's server thinks.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import random
import threading
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Final

from pos_app.domain.errors import PosError
from sync.hub.answers import Clock
from sync.hub.database import Connection, Database, storage_error
from sync.hub.webhooks import changed_stock, outbox
from sync.hub.webhooks.outbox import Letter, Pause
from sync.hub.webhooks.posting import PATIENCE_S, Answer, post
from sync.hub.webhooks.signing import headers

EVERY_S: Final = 0.2
"""How often the outbox is looked at."""
AT_ONCE: Final = 16
TIDY_EVERY: Final = dt.timedelta(hours=1)

_log = logging.getLogger(__name__)
_UnderWay = dict[Future[Answer], Letter]


class Sender(threading.Thread):
    """For as long as the hub serves; ends with the process, whatever it is doing."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        every_s: float = EVERY_S,
        *,
        patience_s: float = PATIENCE_S,
        pause: Pause = random.uniform,
    ) -> None:
        super().__init__(name="webhooks", daemon=True)
        self._database, self._clock, self._every_s = database, clock, every_s
        self._patience_s, self._pause = patience_s, pause
        self._ended = threading.Event()
        self._connection: Connection | None = None
        self._tidy_at: dt.datetime | None = None
        self._turn = 0

    def run(self) -> None:
        """Looks, sends, notes; whatever goes wrong, it goes on."""
        pool = ThreadPoolExecutor(AT_ONCE, "webhook")
        under_way: _UnderWay = {}
        while not self._ended.is_set():
            try:
                under_way = self._round(pool, under_way)
            except (PosError, storage_error):
                _log.warning("webhooks wait for the database", exc_info=True)
                self.close()
            except Exception:  # noqa: BLE001 - the next look is another chance, and the hub serves on
                _log.exception("webhooks were not sent")
                self.close()
            if under_way:
                wait(under_way, self._every_s, FIRST_COMPLETED)
            else:
                self._ended.wait(self._every_s)
        pool.shutdown(wait=False, cancel_futures=True)
        self.close()

    def end(self) -> None:
        """No further look; what is under way is sent again by whoever comes after."""
        self._ended.set()

    def close(self) -> None:
        """The connection is given up."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(PosError, storage_error):
                connection.close()

    def once(self) -> int:
        """One look, and everything that is due sent and noted before it returns; how many."""
        letters = self.take(Counter())
        answered = [(letter, self.send(letter)) for letter in letters]
        self.note(answered)
        return len(answered)

    def _round(self, pool: ThreadPoolExecutor, under_way: _UnderWay) -> _UnderWay:
        # Looked at once: more of them end meanwhile, and would be neither noted nor under way.
        ended = {future for future in under_way if future.done()}
        self.note([(under_way[future], future.result()) for future in ended])
        left = {future: letter for future, letter in under_way.items() if future not in ended}
        busy = Counter(letter.subscription.subscription_id for letter in left.values())
        for letter in self.take(busy):
            left[pool.submit(self.send, letter)] = letter
        return left

    def take(self, busy: Counter[str]) -> list[Letter]:
        """What is due and may go now; `busy` has how many of each are under way."""
        connection, now = self._opened(), self._clock.now()
        self._tidy(connection, now)
        changed_stock.gather(connection, now)
        most = AT_ONCE - busy.total()
        if most <= 0 or not outbox.waits(connection, now):
            return []
        self._turn += 1
        with connection.transaction():
            return outbox.claim(connection, now, busy, most=most, turn=self._turn)

    def send(self, letter: Letter) -> Answer:
        """One try. Raises nothing."""
        if letter.unopened:
            return Answer(0, letter.unopened)
        at_s = int(self._clock.now().timestamp())
        signed = headers(letter.secrets, letter.event_id, at_s, letter.body)
        return post(
            letter.subscription.url,
            signed,
            letter.body,
            private_ok=letter.subscription.private_ok,
            patience_s=self._patience_s,
        )

    def note(self, answered: list[tuple[Letter, Answer]]) -> None:
        """What came of it."""
        if not answered:
            return
        connection, now = self._opened(), self._clock.now()
        with connection.transaction():
            for letter, answer in answered:
                outbox.note(connection, letter, answer, now, self._pause)

    def _opened(self) -> Connection:
        if self._connection is None:
            self._connection = self._database.connect(write=True)
        return self._connection

    def _tidy(self, connection: Connection, now: dt.datetime) -> None:
        if self._tidy_at is None or now >= self._tidy_at:
            self._tidy_at = now + TIDY_EVERY
            with connection.transaction():
                outbox.tidy(connection, now)
