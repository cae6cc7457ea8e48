"""Head office in a simulated day of values: the programme, the members, who are merged, and the shop.

The hub's own background work (slips that wait, points that end, refunds that a shop is asked for) is
done here by the world's clock, by the very functions that the hub's threads call. At the other end
stands a payment service that counts what it gave back, and whose answers get lost.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, cast

from pos_app.domain.exceptions import WAITING, Way
from pos_app.domain.loyalty import Programme, RewardKind, RewardRule
from sync.hub import exception_desk, exceptions, own_journal, recovering
from sync.hub.answers import stamp
from sync.hub.channels import outbox, telling
from sync.hub.channels.adapter import ShopUnreachable
from sync.hub.channels.work import Pausing, Work
from sync.hub.customers import book, merging
from sync.hub.loyalty import checking, programmes
from sync.hub.loyalty import jobs as points_jobs
from sync.hub.returning import looking
from sync.hub.values import matching
from sync.protocol import CustomerFields, ExceptionResolved
from sync.simulation.faults import SECOND
from sync.simulation.ordering import CHANNEL
from sync.simulation.pockets import Pockets
from sync.simulation.valuing import MEMBERS

if TYPE_CHECKING:
    from sync.simulation.world import World

CLUB: Final = Programme(
    *("club", 0, "Holdfast Club", "EUR"),
    points=1,
    per=10,
    rewards=(
        RewardRule("euro", "1 euro for 100 points", RewardKind.AMOUNT, 100, 100),
        RewardRule("half", "50 cents for 40 points", RewardKind.AMOUNT, 40, 50),
    ),
    offline_cap=400,
)
GIFT: Final = 700
"""Points each member has at first."""
WORK_MS: Final = 20 * SECOND
DAYS_OFF: Final = 3
LATER: Final = matching.SILENCE + matching.PATIENCE


@dataclass(slots=True)
class PaymentService:
    """What a shop's payments were given back, by the id they were asked under."""

    given: dict[str, int] = field(default_factory=dict)
    """Act -> minor units."""
    times: dict[str, int] = field(default_factory=dict)
    """Act -> how often money went."""
    of_order: dict[str, int] = field(default_factory=dict)


def _cut_commits(connection: Any, now: dt.datetime) -> None:
    with connection.transaction():
        matching.unmoved(connection, now)


class Office:
    """People and threads at the hub."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._dice = world.dice("office")
        self.pockets = Pockets()
        self.service = PaymentService()

    def make(self) -> None:
        """The programme and its members, each with some points to begin with."""
        hub = self._world.hub
        now = hub.now()
        with hub.connection.transaction():
            programmes.put(hub.connection, replace(CLUB, version=0), stamp(now))
            for place, customer in enumerate(MEMBERS):
                fields = CustomerFields(name=f"Member {place}", member=True)
                book.save(hub.connection, customer, fields, now)
            for customer in MEMBERS:
                points_jobs.give_once(
                    *(hub.connection, customer, "welcome", GIFT), reason="welcome", now=now
                )

    def plan(self, until_ms: int) -> None:
        """Work now and then, merges and decisions at times of the dice's choosing."""
        world, dice = self._world, self._dice
        for at in range(WORK_MS, until_ms, WORK_MS):
            world.after(at, self.work)
        for _ in range(2):
            world.after(dice.randrange(until_ms), self._merge)
        world.after(dice.randrange(until_ms), self._part)
        for _ in range(4):
            world.after(dice.randrange(until_ms), self._decide)

    def calm(self) -> None:
        """While all is calm the threads go on until nothing is left to do."""
        day = self._world.days

        def again() -> None:
            if day == self._world.days and self._world.calm:
                self.work()
                self._world.after(WORK_MS, again)

        again()

    # people

    def _merge(self) -> None:
        kept, other = self._dice.sample(MEMBERS, 2)
        self._person("merged", lambda: merging.merge(self._hub.connection, kept, other, self._now))

    def _part(self) -> None:
        for kept in MEMBERS:
            for other in MEMBERS:
                if kept != other and self._dice.randrange(2):
                    self._person("parted", partial(self._unmerge, kept, other))

    def _unmerge(self, kept: str, other: str) -> None:
        merging.unmerge(self._hub.connection, kept, other, self._now)

    def _decide(self) -> None:
        """Somebody settles what waits, in any way that fits."""
        if self._hub.away:
            return
        waiting = [one for one in exceptions.every(self._hub.connection) if one.state in WAITING]
        if not waiting:
            return
        case = self._dice.choice(waiting)
        way = self._dice.choice(tuple(Way))

        def act() -> None:
            head = own_journal.head(self._now, self._hub.ids, actor="hub:olga")
            exception_desk.at_hub(
                *(self._hub.connection, self._hub.context.keys, case.id or str(case.no)),
                *(ExceptionResolved, self._now, head),
                resolution=way,
            )

        self._person(f"settled {case.kind}", act)

    # threads

    def work(self) -> None:
        """One look of each thread that has to do with values."""
        if self._hub.away:
            return
        connection = self._hub.connection
        for told, look in (
            ("points", points_jobs.one_look),
            ("returns", looking.look),
            ("cut commits", _cut_commits),
        ):
            self._hub.alone(told, lambda look=look: look(connection, self._now))
        if self._world.webshop is not None:
            self._hub.alone("shop", self._tell_shop)
        self._wait_no_longer()

    def a_day_later(self) -> None:
        """The looks that wait for what may be on its way, when nothing is any more."""
        connection, then = self._hub.connection, self._now + LATER

        def look() -> None:
            with connection.transaction():
                checking.unmoved(connection, then)
            _cut_commits(connection, then)

        self._hub.alone("a day later", look)

    def _wait_no_longer(self) -> None:
        """A hub that goes on from a copy waits for tills that nobody ever opened: a person knows."""
        if self._hub.away:
            return
        connection, keys = self._hub.connection, self._hub.context.keys
        awaited = {one["device"] for one in recovering.state(connection)["awaited"]}
        if not awaited or awaited & {till.device for till in self._world.tills}:
            return
        said = {"actor": "olga", "reason": "never opened"}
        self._person(
            "waits no longer",
            lambda: recovering.end(connection, keys, self._now, self._hub.ids, **said),
        )

    def _tell_shop(self) -> None:
        work = Work(
            *(self._hub.connection, cast("Any", SimpleNamespace(channel=CHANNEL))),
            settings=cast("Any", None),
            adapter=cast("Any", self),
            client=cast("Any", SimpleNamespace(begin=lambda: None)),
            clock=cast("Any", SimpleNamespace(now=lambda: self._now)),
            take=lambda *_given: None,
            holder="office",
            lane="telling",
        )
        with contextlib.suppress(Pausing):
            telling.tell_all(work)

    # the shop's payment service, as an adapter speaks to it

    def mark_ready(self, *_given: Any) -> None:
        """The shop hears it."""

    mark_collected = take_payment = cancel = mark_ready

    def refund(self, _client: Any, _settings: Any, op: Any) -> None:
        """Gives money back once for an id that was asked before; else whenever it is asked."""
        service = self.service
        if op.repeated and op.op_id in service.given:
            return
        service.times[op.op_id] = service.times.get(op.op_id, 0) + 1
        service.given[op.op_id] = op.amount
        order = service.of_order
        order[op.external_id] = order.get(op.external_id, 0) + op.amount
        if self._dice.randrange(3) == 0 and not self._world.calm:
            raise ShopUnreachable("the answer was lost")

    @property
    def settled(self) -> bool:
        """Nothing waits for the shop's answer."""
        if self._world.webshop is None or self._hub.away:
            return True
        waiting = outbox.NEW, outbox.SENT
        rows = self._hub.ask("SELECT state FROM channel_outbox WHERE act = 'refund'")
        return not any(state in waiting for (state,) in rows)

    # short names

    @property
    def _hub(self) -> Any:
        return self._world.hub

    @property
    def _now(self) -> Any:
        return self._world.hub.now()

    def _person(self, told: str, act: Callable[[], object]) -> None:
        self._hub.person(told, act)
