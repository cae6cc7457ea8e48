"""What one seed of a profile plays: how many tills, how long, what goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

from sync.simulation.faults import Faults


@dataclass(frozen=True, slots=True)
class Plan:
    """Drawn anew for each seed; everything in it is printed when the seed fails."""

    faults: Faults = field(default_factory=Faults)
    tills: int = 2
    actions: int = 16
    """How often somebody does something at a till, per generation."""
    minutes: int = 8
    """How long the faults of a generation last."""
    generations: int = 1
    batch: int = 0
    """The most entries a till sends at once, so that commits are cut; 0 for as many as ever."""
    price_changes: int = 2
    page_rows: int = 2_000
    """The most rows of a stream that the hub puts into one answer."""
    older_tills: tuple[int, ...] = ()
    later_tills: tuple[int, ...] = ()
    strange_tills: tuple[int, ...] = ()
    """Tills that make facts no books can hold, and reuse another till's ids."""
    later_hub: bool = False
    exact_copies: bool = False
    """Copies of disks come with everything that a machine could know them by."""
    bootstrap: bool = False
    """At the end a replica is made anew and compared with those that followed the feed."""
    rights: bool = False
    """Two stores in which people ask for rights, spend them and promise goods."""
    orders: bool = False
    """Two stores that pick, keep and hand over what a web shop sold."""
    values: bool = False
    """Three stores in which people earn, spend, give, bring back and exchange."""
    crash_at: Mapping[str, int] = field(default_factory=dict)
    """Process (window, sync or hub) -> which of its writes it ends before."""

    def told(self) -> str:
        """The whole of it in one line."""
        parts = [f"tills={self.tills} actions={self.actions} minutes={self.minutes}"]
        parts.append(f"generations={self.generations} page_rows={self.page_rows}")
        names = (
            "batch",
            "older_tills",
            "later_tills",
            "strange_tills",
            "later_hub",
            "crash_at",
            "exact_copies",
            "rights",
            "orders",
            "values",
        )
        parts += [f"{name}={value}" for name in names if (value := getattr(self, name))]
        return " ".join([*parts, self.faults.told()])


@dataclass(frozen=True, slots=True)
class Profile:
    """A family of plans, biased towards one kind of trouble."""

    name: str
    told: str
    draw: Callable[[Random, int], Plan]
    """Of the seed's dice and the seed."""


def _calm(rng: Random, _seed: int) -> Plan:
    return Plan(tills=rng.randint(1, 3))


def _swarm(rng: Random, _seed: int) -> Plan:
    return Plan(
        Faults.drawn(rng),
        tills=rng.choice((2, 2, 2, 3, 4)),
        actions=rng.choice((8, 16, 24)),
        minutes=rng.choice((4, 8)),
        generations=rng.choice((1, 1, 2)),
        page_rows=rng.choice((2_000, 2_000, 3)),
    )


def _wire(rng: Random, _seed: int) -> Plan:
    rates = ("request_lost", "reply_lost", "doubled", "slow", "late", "garbled", "stranger")
    faults = Faults(**{name: rng.choice((0, 10, 25)) for name in rates})
    faults = faults.but(hub_error=rng.choice((0, 10)), hub_busy=rng.choice((0, 10)))
    faults = faults.but(ack_forged=rng.choice((0, 25)), half_open=rng.randint(0, 3))
    return Plan(faults, page_rows=rng.choice((2_000, 2)))


def _crash(rng: Random, _seed: int) -> Plan:
    faults = Faults(
        window_crash=rng.choice((50, 200)),
        sync_crash=rng.choice((50, 200)),
        hub_crash=rng.choice((10, 40)),
        commit_unknown=rng.choice((0, 100, 500)),
        disk_full=rng.choice((0, 20, 150)),
        outages=rng.choice((0, 1, 2)),
        reboots=rng.choice((0, 1)),
        reply_lost=rng.choice((0, 10)),
        feed_renewed=rng.choice((0, 1)),
    )
    return Plan(faults, generations=2, minutes=4, actions=12)


def _disk(rng: Random, _seed: int) -> Plan:
    faults = Faults(
        commit_unknown=rng.choice((500, 1_500)),
        disk_full=rng.choice((0, 50, 150)),
        window_crash=rng.choice((0, 50)),
        outages=rng.choice((0, 1)),
    )
    return Plan(faults, minutes=6, actions=24)


SWEPT: Final = {"window": 165, "sync": 550, "hub": 1_030}
"""Process -> about how many writes it makes in the one day of `every-write`."""
SWEEP: Final = sum(SWEPT.values())


def _every_write(_rng: Random, seed: int) -> Plan:
    """Always the same day; one process ends before one write, another one each seed."""
    place = seed % SWEEP
    for name, count in SWEPT.items():
        if place < count:
            return Plan(minutes=3, actions=14, crash_at={name: place + 1})
        place -= count
    raise LookupError(seed)


def _clock(rng: Random, _seed: int) -> Plan:
    faults = Faults(
        clock_skew_s=rng.choice((-86_400, 86_400, 40_000, -600)),
        clock_jumps=rng.randint(1, 4),
        hub_clock_jumps=rng.choice((0, 1, 2)),
        reboots=rng.choice((0, 1)),
        request_lost=rng.choice((0, 5)),
        outages=rng.choice((1, 2)),
    )
    return Plan(faults, actions=24)


def _feed(rng: Random, _seed: int) -> Plan:
    faults = Faults(
        feed_renewed=rng.choice((0, 1, 2)),
        sync_crash=rng.choice((30, 150)),
        hub_crash=rng.choice((0, 20)),
        late=rng.choice((0, 5)),
        doubled=rng.choice((0, 10)),
        reply_lost=rng.choice((0, 10)),
    )
    return Plan(faults, price_changes=10, page_rows=rng.choice((2, 3, 2_000)), bootstrap=True)


def _mixed(rng: Random, _seed: int) -> Plan:
    faults = Faults(
        reply_lost=rng.choice((0, 10)), hub_crash=rng.choice((0, 10)), outages=rng.choice((1, 2))
    )
    return Plan(
        faults,
        tills=4,
        actions=14,
        older_tills=(2,),
        later_tills=(3,),
        strange_tills=(4,),
        later_hub=True,
    )


def _restore(rng: Random, _seed: int) -> Plan:
    faults = Faults(
        restores=rng.choice((0, 1, 1)),
        restored_ledgers=rng.choice((0, 0, 1)),
        reply_lost=rng.choice((0, 10)),
        half_open=rng.choice((0, 1)),
        outages=rng.choice((0, 1)),
    )
    if not faults.restores:
        faults = faults.but(restored_ledgers=1)
    faults = faults.but(rejoin_crash=rng.choice((0, 200)))
    exact = rng.choice((False, True))
    faults = faults.but(restored_again=rng.choice((0, 1, 2, 3)))
    days = rng.choice((1, 1, 2))  # of the second: copies of before a till was enrolled again
    return Plan(faults, actions=24, exact_copies=exact, generations=days)


def _clone(rng: Random, _seed: int) -> Plan:
    faults = Faults(clones=1, outages=rng.choice((0, 1)), reply_lost=rng.choice((0, 10)))
    return Plan(faults, actions=24, exact_copies=rng.choice((False, True)))


def _hub_restore(rng: Random, _seed: int) -> Plan:
    faults = Faults(
        hub_restores=1,
        outages=rng.choice((0, 1)),
        request_lost=rng.choice((0, 5)),
        half_open=rng.choice((0, 1)),
    )
    return Plan(faults, actions=24, bootstrap=True)


def _rights(rng: Random, seed: int) -> Plan:
    faults = Faults(
        request_lost=rng.choice((0, 5)),
        reply_lost=rng.choice((0, 10, 25)),
        doubled=rng.choice((0, 10)),
        late=rng.choice((0, 5)),
        window_crash=rng.choice((0, 50)),
        sync_crash=rng.choice((0, 50)),
        hub_crash=rng.choice((0, 10)),
        commit_unknown=rng.choice((0, 100)),
        outages=rng.choice((0, 1, 2)),
        reboots=rng.choice((0, 1)),
        hub_clock_jumps=rng.choice((0, 1, 2)),
        clock_skew_s=rng.choice((0, 0, -86_400)),
        restores=rng.choice((0, 0, 1)),
    )
    tills = (3, 2, 4)[seed % 3]
    exact = rng.choice((False, False, True))
    return Plan(faults, tills=tills, actions=36, rights=True, exact_copies=exact)


def _orders(rng: Random, seed: int) -> Plan:
    faults = Faults(
        request_lost=rng.choice((0, 5)),
        reply_lost=rng.choice((0, 10, 25)),
        doubled=rng.choice((0, 10)),
        window_crash=rng.choice((0, 50)),
        sync_crash=rng.choice((0, 50)),
        hub_crash=rng.choice((0, 10)),
        commit_unknown=rng.choice((0, 100)),
        outages=rng.choice((0, 1, 2)),
        half_open=rng.choice((0, 1, 2)),
        reboots=rng.choice((0, 1)),
        restores=rng.choice((0, 0, 0, 1)),
        hub_restores=rng.choice((0, 0, 0, 1)),
    )
    return Plan(faults, tills=(3, 4)[seed % 2], actions=40, minutes=12, orders=True)


def _values(rng: Random, seed: int) -> Plan:
    faults = Faults(
        request_lost=rng.choice((0, 5)),
        reply_lost=rng.choice((0, 10, 25)),
        doubled=rng.choice((0, 10)),
        late=rng.choice((0, 5)),
        window_crash=rng.choice((0, 30)),
        sync_crash=rng.choice((0, 50)),
        hub_crash=rng.choice((0, 10)),
        commit_unknown=rng.choice((0, 50)),
        outages=rng.choice((0, 1, 2)),
        half_open=rng.choice((0, 1)),
        reboots=rng.choice((0, 1)),
        restores=rng.choice((0, 0, 0, 1)),
    )
    if (
        not faults.restores
    ):  # both at once is for a person, who enrols the till before the hub waits
        faults = faults.but(hub_restores=rng.choice((0, 0, 1)))
    orders = seed % 3 == 2
    return Plan(
        faults,
        batch=rng.choice((0, 1, 3)),
        tills=(3, 4)[seed % 2],
        actions=90,
        minutes=12,
        price_changes=0,  # a basket keeps the price it was filled at
        values=True,
        orders=orders,
    )


PROFILES: Final = {
    one.name: one
    for one in (
        Profile("swarm", "any mix of faults of the wire, the processes and the clocks", _swarm),
        Profile("calm", "nothing goes wrong", _calm),
        Profile("wire", "requests and answers are lost, doubled, late, garbled, forged", _wire),
        Profile("crash", "processes end at any write, commits end unknown, disks are full", _crash),
        Profile("disk", "commits fail and may have taken hold; disks are full", _disk),
        Profile(
            "every-write", "one day again and again; one process ends at one write", _every_write
        ),
        Profile("clock", "clocks are a day off, jump, and begin anew", _clock),
        Profile("feed", "much comes down in small pages while processes end", _feed),
        Profile("mixed", "older and later programs, and facts no books can hold", _mixed),
        Profile("restore", "a till's disk is put back to an earlier copy", _restore),
        Profile("clone", "a copy of a till's disk comes to life beside it", _clone),
        Profile("rights", "two stores want what is scarce: values, last pieces, returns", _rights),
        Profile("orders", "a web shop sells what two stores pick, keep and hand over", _orders),
        Profile("values", "three stores: points, cards, credit, returns, exchanges", _values),
        Profile("hub-restore", "the hub's database is put back to an earlier copy", _hub_restore),
    )
}


def plan_of(profile: str, seed: int) -> Plan:
    """What a seed of a profile plays. Raises LookupError for a name nobody knows."""
    return PROFILES[profile].draw(Random(f"{profile} {seed}"), seed)


def seed_of_dice(profile: str, seed: int) -> int:
    """What the dice of a run begin from: the one day of `every-write` is always the same."""
    return 0 if profile == "every-write" else seed


def stores_of(plan: Plan) -> int:
    """How many stores its tills are in."""
    if plan.values:
        return 3
    return 2 if plan.rights or plan.orders else 1
