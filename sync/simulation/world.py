"""A virtual trading day in one thread: real ledgers, the real engine, the real hub's handlers.

Only time, the wire, the disk's faults and chance are ours: a heap of things to come, a clock that
jumps to the next of them, and dice that a seed gives to each part of the world. The same seed gives
the same day, so a failure can be watched again. A power cut that tears pages of a file is another
test's business (`tests/power`).
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path
from random import Random

from sync.engine.ports import Request
from sync.hub.answers import Reply as Answer
from sync.protocol import Sale
from sync.simulation import invariants
from sync.simulation.disk import Disk, Process
from sync.simulation.enrolling import enrol_again
from sync.simulation.faults import MINUTE, SECOND, Faults, expect
from sync.simulation.hub import SimulatedHub
from sync.simulation.net import Net
from sync.simulation.office import Office
from sync.simulation.ordering import Ordering, Webshop, coming
from sync.simulation.plan import Plan, stores_of
from sync.simulation.ports import installed
from sync.simulation.promises import Promises
from sync.simulation.righting import Righting
from sync.simulation.seen import Seen
from sync.simulation.shop import OPENING
from sync.simulation.templates import TILLS_MOST, template
from sync.simulation.till import SimulatedTill, copy_of
from sync.simulation.valuing import Valuing

TRACE_TAIL = 400
CALM_MINUTES = 60
"""So long after the last fault everything has to have arrived."""


class World:
    """Time, and everything that waits for it."""

    def __init__(self, seed: int, room: Path, plan: Plan) -> None:
        self.seed = seed
        self.plan = plan
        self.faults = plan.faults
        self.room = room
        self.now_ms = 0
        self.steps = 0
        self.trace = sha256()
        self.tail: deque[str] = deque(maxlen=TRACE_TAIL)
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0
        self.days = 0
        """How many generations have begun."""
        self.outage = False
        self.disk = Disk()
        self.promises = Promises()
        self.seen = Seen()
        self.wire = self.dice("wire")
        self.net = Net(self, self.faults, self.wire)
        self.tills: list[SimulatedTill] = []
        self.ids = self.dice("ids")
        self.older: set[str] = set()
        """Devices of tills that run an older program than the hub."""
        self.later: set[str] = set()
        """Those of a later one."""
        self.hub: SimulatedHub
        self.webshop = Webshop(self) if plan.orders else None
        self.office = Office(self) if plan.values else None
        self.calm = False
        """No fault happens any more."""

    def build(self) -> None:
        """The hub and its tills, enrolled; nothing has gone wrong yet."""
        plan = self.plan
        made = template(TILLS_MOST, stores_of(plan))
        made.copy_hub(self.room / "hub.sqlite")
        self.hub = SimulatedHub(self, self.room / "hub.sqlite")
        rates = (self.hub.process.crash_rate, self.hub.process.unknown_rate)
        self.hub.process.calm()
        if self.webshop is not None:
            self.webshop.make()
        if self.office is not None:
            self.office.make()
        for number in range(1, plan.tills + 1):
            data = self.room / f"till{number}"
            made.copy_till(number, data)
            keys, identity = made.keys[number - 1], made.identities[number - 1]
            till = SimulatedTill(self, data, number, keys, identity)
            till.window.keeper.later = number in plan.later_tills
            till.window.keeper.strange_facts = number in plan.strange_tills
            till.window.keeper.borrowed = partial(self._borrowed, till)
            self._about_rights(till)
            self._about_orders(till)
            self._about_values(till)
            if number in plan.older_tills:
                self.older.add(identity.device)
            if number in plan.later_tills:
                self.later.add(identity.device)
            self.tills.append(till)
        self.hub.process.crash_rate, self.hub.process.unknown_rate = rates
        for process, at in plan.crash_at.items():
            self._process(process).crash_at = at
        for till in self.tills:
            till.sync.start()

    def _about_rights(self, till: SimulatedTill) -> None:
        if not self.plan.rights:
            return
        dice = self.dice(f"{till.name} rights")
        righting = Righting(till.name, dice, self.promises, till.sync.ask)
        righting.receipt = partial(self._receipt, dice)
        righting.listed = partial(self._listed, till)
        righting.stores = ("1", "2")
        righting.stand = till.window.keeper.keep_basis
        till.window.keeper.righting = righting

    def _about_orders(self, till: SimulatedTill) -> None:
        if self.webshop is None:
            return
        dice = self.dice(f"{till.name} orders")
        keeper = till.window.keeper
        come = partial(coming, self, self.dice(f"{till.name} customers"), till.identity.store)
        keeper.ordering = Ordering(till.name, dice, self.promises, come, keeper.keep_basis)

    def _about_values(self, till: SimulatedTill) -> None:
        if self.office is None:
            return
        dice, keeper = self.dice(f"{till.name} values"), till.window.keeper
        pockets = self.office.pockets
        valuing = Valuing(till.name, dice, self.promises, till.sync.ask, pockets)
        valuing.stand = keeper.keep_basis
        valuing.catalogue = lambda: keeper.catalogue
        valuing.data, valuing.keys = till.data, till.keys
        valuing.ordering, keeper.ordering = keeper.ordering, None
        valuing.fetched = self._fetched
        keeper.righting = valuing

    def _fetched(self) -> list[str]:
        """Orders of which something is with the customer, who has the shop's word of it."""
        if self.webshop is None or self.hub.away:
            return []
        rows = self.hub.ask(
            "SELECT DISTINCT order_id FROM order_part JOIN reservation_step "
            "USING (reservation_id) WHERE after = 'COLLECTED' ORDER BY order_id"
        )
        return [row[0] for row in rows]

    def _receipt(self, dice: Random) -> Sale | None:
        """A receipt of any till that is open."""
        till = dice.choice(self.tills)
        return till.window.keeper.any_sale() if till.window.open else None

    def _listed(self, till: SimulatedTill) -> list[str]:
        """Promises that a till's store has to keep, as a person there was told of them."""
        if self.hub.away:
            return []
        rows = self.hub.ask(
            "SELECT reservation_id FROM reservation WHERE store_id = ? AND state <> 'REFUSED' "
            "ORDER BY made, reservation_id",
            till.identity.store,
        )
        return [row[0] for row in rows]

    def _process(self, name: str) -> Process:
        first = self.tills[0].machine
        return {"window": first.window, "sync": first.sync, "hub": self.hub.process}[name]

    def _borrowed(self, till: SimulatedTill) -> str:
        """An id that another till gave to something that the hub has."""
        if self.hub.away:
            return ""
        rows = self.hub.ask(
            "SELECT id FROM event WHERE device NOT IN (?, 'hub') AND id IS NOT NULL ORDER BY n",
            till.device,
        )
        known = {fact for _, fact in self.promises.reused}
        free = [row[0] for row in rows if row[0] not in known]
        return str(self.ids.choice(free)) if free else ""

    @contextmanager
    def running(self) -> Iterator[World]:
        """The world with its clock, dice and disk in the places of the real ones."""
        with ExitStack() as stack:
            stack.enter_context(installed(self))
            stack.callback(self.close)
            self.build()
            yield self

    # time and chance

    def now(self) -> dt.datetime:
        """The true time."""
        return OPENING + dt.timedelta(milliseconds=self.now_ms)

    def after(self, wait_ms: int, what: Callable[[], None]) -> None:
        """Let something happen later."""
        self._count += 1
        heapq.heappush(self._heap, (self.now_ms + max(wait_ms, 0), self._count, what))

    def dice(self, name: str) -> Random:
        """Chance for one part of the world: what happens elsewhere does not change its luck."""
        return Random(f"{self.seed} {name}")

    def note(self, *what: object) -> None:
        """A line of the trace: equal for equal seeds, or the run is not deterministic."""
        line = " ".join(map(str, (self.now_ms, *what)))
        self.tail.append(line)
        self.trace.update(line.encode())

    def run(self, until_ms: int, done: Callable[[], bool] = lambda: False) -> bool:
        """Let time pass; True where `done` came before the time did."""
        while self._heap and self._heap[0][0] <= until_ms:
            self.now_ms, _, what = heapq.heappop(self._heap)
            self.steps += 1
            what()
            if done():
                return True
        self.now_ms = max(self.now_ms, until_ms)
        return done()

    # the day

    def day(self) -> None:
        """As many times as the plan says: faults, then calm until everything has arrived.

        Raises Broken where something is stuck, lost, or there twice.
        """
        for generation in range(self.plan.generations):
            self.note("generation", generation)
            self.days += 1
            if generation:
                self._resume()
            span = self.plan.minutes * MINUTE
            for till in self.tills:
                till.open(self.plan.actions, span)
                till.plan(span)
            self.hub.plan(span)
            if self.webshop is not None:
                self.webshop.plan(span)
            if self.office is not None:
                self.office.plan(span)
            self._plan_copies(span)
            self.run(self.now_ms + span)
            self._calm()

    def _resume(self) -> None:
        self.faults = self.plan.faults
        self.calm = False
        self.net.faults = self.faults
        self.hub.process.crash_rate = self.faults.hub_crash
        self.hub.process.unknown_rate = self.faults.commit_unknown // 4
        for till in self.tills:
            till.risk()

    def _calm(self) -> None:
        self.faults = Faults()
        self.calm = True
        self.net.faults = self.faults
        self.hub.calm()
        for till in self.tills:
            till.calm()
        self.note("calm")
        if self.office is not None:
            self.office.calm()
        until = self.now_ms + CALM_MINUTES * MINUTE
        settled = self.run(until, self.at_rest)
        for _ in range(2 * len(self.tills)):
            standing = [till for till in self.tills if till.stopped]
            if not (settled and standing):
                break
            enrol_again(self, standing[0])
            until = self.now_ms + CALM_MINUTES * MINUTE
            settled = self.run(until, self.at_rest)
        settled = settled and not any(till.stopped for till in self.tills)
        stuck = [till.status() for till in self.tills if not till.settled]
        expect(settled, f"I26: not everything arrived within {CALM_MINUTES} minutes: {stuck}")
        invariants.at_end(self)

    def at_rest(self) -> bool:
        """Everything is where it belongs, or stands still and says why."""
        if self.hub.away or not (self.webshop is None or self.webshop.settled):
            return False
        if self.office is not None and not self.office.settled:
            return False
        return all(till.settled or till.stopped for till in self.tills)

    def _plan_copies(self, span: int) -> None:
        """Images of disks are taken, and come back later."""
        dice, faults = self.dice(f"copies {self.now_ms}"), self.faults
        for count, ledger_only in ((faults.restores, False), (faults.restored_ledgers, True)):
            for till in self.tills[ledger_only:][:count]:
                first, later = sorted(dice.randrange(span) for _ in range(2))
                self.after(first, till.keep_copy)
                back = partial(till.put_back, ledger_only=ledger_only)
                self.after(later + 1, back)
                for _ in range(faults.restored_again):
                    if dice.randrange(2):
                        self.after(dice.randrange(span), till.keep_copy)
                    self.after(dice.randrange(later, span) + 1, back)
        for till in self.tills[: faults.clones]:
            first, later = sorted(dice.randrange(span) for _ in range(2))
            if self.plan.exact_copies:  # before the first has told the hub anything more
                later = first + dice.randrange(3 * SECOND)
            self.after(first, till.keep_copy)
            left = span - later
            self.after(later + 1, partial(self._wake_copy, till, left))
        for _ in range(faults.hub_restores):
            first, later = sorted(dice.randrange(span) for _ in range(2))
            self.after(first, self.hub.keep_backup)
            self.after(later + 1, self.hub.put_back)

    def _wake_copy(self, till: SimulatedTill, left: int) -> None:
        """A copied disk comes to life beside the one it was copied from."""
        name = f"{till.name} copy"
        if till.copy is None or any(one.name == name for one in self.tills):
            return
        self.promises.lost_disks |= {till.name, name}
        copy = copy_of(till, name)
        self._about_rights(copy)
        self._about_orders(copy)
        self._about_values(copy)
        self.tills.append(copy)
        copy.sync.start()
        copy.open(max(1, self.plan.actions // 2), max(1, left))
        self.note(name, "woke up")

    def hub_was_restored(self) -> None:
        """What was seen of the hub before is no measure any more."""
        self.seen.hub_restored()
        if self.webshop is not None:
            self.webshop.forgotten()

    # what must hold at every moment

    def checked_window(self, till: SimulatedTill) -> None:
        """After somebody did something at a till."""
        invariants.at_window(self, till)

    def checked_sync(self, till: SimulatedTill) -> None:
        """After each turn of a till's sync."""
        invariants.at_sync(self, till)

    def checked_answer(self, request: Request, reply: Answer) -> None:
        """After each answer of the hub, before its commit."""
        for check in invariants.AT_ANSWER:
            check(self, request, reply)

    def checked_hub(self) -> None:
        """After each commit of the hub."""
        if hasattr(self, "hub"):
            invariants.at_hub(self)

    def writes(self) -> int:
        """How many writes all processes have begun."""
        if not hasattr(self, "hub"):
            return 0
        parts = [part for till in self.tills for part in (till.machine.window, till.machine.sync)]
        return sum(part.writes for part in (*parts, self.hub.process))

    def writes_by(self) -> dict[str, int]:
        """The same for the processes of the first till and the hub."""
        if not self.tills:
            return {}
        machine = self.tills[0].machine
        parts = {"window": machine.window, "sync": machine.sync, "hub": self.hub.process}
        return {name: part.writes for name, part in parts.items()}

    def started_hub(self) -> None:
        """After the hub was opened from its file."""
        if hasattr(self, "hub"):
            invariants.at_start_of_hub(self)
            invariants.at_hub(self)

    def digest(self) -> str:
        """What happened and what the hub holds; equal for equal seeds."""
        whole = self.trace.copy()
        whole.update(repr(self.hub.books()).encode())
        heads = self.hub.ask("SELECT device, epoch, seq, hash FROM event ORDER BY n")
        whole.update(repr(heads).encode())
        return whole.hexdigest()

    def close(self) -> None:
        """Let the files go."""
        for till in self.tills:
            till.close()
        if hasattr(self, "hub"):
            self.hub.close()
