"""Each story of `tests/power/child.py`: how its directory begins, and what has to be true later."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pos_app.domain.store import Store
from pos_app.store.keys import Keys
from pos_app.store.records import SystemClock
from pos_app.store.replica import ReplicaWriter
from tests.power import checks
from tests.power.checks import After, Check, Lost
from tests.power.child import COUNT
from tests.power.recording import ROOT, Cut, Recording
from tests.till.shop import feed, make_shop

DATABASES: Final = ROOT / "tests" / "databases"


@dataclass(frozen=True, slots=True)
class Story:
    """One of the lives that are cut short."""

    told: str
    begin: Callable[[Path], Keys | None]
    """Lays the directory; the keys where they are not in it."""
    check: Check
    play: str
    last: int = 0
    """Only the last so many calls are cut at."""


def _shop(data: Path) -> None:
    make_shop(data, clock=SystemClock())


def _orders(data: Path) -> None:
    """A shop with customers' orders, every other one to be paid when it is fetched."""
    from tests.till.orders import row

    _shop(data)
    rows = [row(1 + nth, due=4_739 * (nth % 2)) for nth in range(2 * COUNT)]
    with ReplicaWriter.open(data, Keys.load(data).db_key) as writer:
        start = writer.cursors()["store:1"][1]
        writer.apply(feed("store:1", start, ("order", list(rows))))


def _nothing(data: Path) -> None:
    data.mkdir()


def _older(file: Path) -> Callable[[Path], Keys]:
    def begin(data: Path) -> Keys:
        from tests.store.books import KEYS, write_keys

        write_keys(data)
        shutil.copy(file, data / "ledger.sqlite")
        return KEYS

    return begin


def _hub(data: Path) -> None:
    from sync.hub.answers import RandomIds
    from sync.hub.database import Database
    from sync.hub.setting_up import set_up
    from sync.hub.store import Shop
    from tests.hub.journals import RULES
    from tests.hub.tills import HandClock

    data.mkdir()
    store = Store("1", "Test Store", "EUR", "Europe/Vienna", "de_AT", ("Street 1",), "ATU1")
    database = Database(f"sqlite:///{data / 'hub.sqlite'}")
    set_up(database, Shop(store, RULES), "Mira", "258041", RandomIds(), HandClock())


def _older_hub(file: Path) -> Callable[[Path], None]:
    def begin(data: Path) -> None:
        data.mkdir()
        shutil.copy(file, data / "hub.sqlite")

    return begin


STORIES: Final[dict[str, Story]] = (
    {
        "sell": Story("a till sells", _shop, checks.the_till_is_whole, "sell"),
        "orders": Story(
            "orders are picked and handed over", _orders, checks.orders_are_whole, "orders"
        ),
        "vacuum": Story(
            "its ledger is written anew", _shop, checks.the_till_is_whole, "vacuum", last=170
        ),
        "create": Story("a till is made", _nothing, checks.the_till_is_there_or_not, "create"),
        "replace": Story(
            "its catalogue is replaced", _shop, checks.the_replica_is_usable, "replace"
        ),
        "serve": Story("the hub takes sales", _hub, checks.the_hub_is_whole, "serve"),
    }
    | {
        f"migrate {file.stem}": Story(
            f"an older ledger ({file.stem}) is brought up to date",
            _older(file),
            checks.the_till_is_whole,
            "migrate",
        )
        for file in sorted(DATABASES.glob("ledger_v*.sqlite"))
    }
    | {
        f"upgrade {file.stem}": Story(
            f"an older hub ({file.stem}) is brought up to date",
            _older_hub(file),
            checks.the_hub_is_upgraded,
            "upgrade",
        )
        for file in sorted(DATABASES.glob("hub_v*.sqlite"))
    }
)


@dataclass
class Tally:
    """What a stretch of cuts came to."""

    cuts: int = 0
    lost: int = 0
    broken: int = 0
    calls: int = 0
    """Recorded calls that changed something."""
    acknowledged: int = 0
    """Lines that said that something is durable."""
    seconds: float = 0.0
    first: str = ""
    """The first cut that went wrong, and how."""

    def add(self, other: Tally) -> None:
        """Counts another stretch in."""
        for name in ("cuts", "lost", "broken", "calls", "acknowledged", "seconds"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.first = self.first or other.first


@dataclass
class Bench:
    """Where lives are recorded and cut: a directory in memory, and the recorder."""

    room: Path
    library: Path
    how: str = "full"
    kept: list[Cut] = field(default_factory=list)

    def play(self, name: str, seed: int, number: int, generations: int = 1) -> Tally:
        """Cuts a story so many times; each next generation begins on what a cut has left."""
        story, tally = STORIES[name], Tally()
        began = time.monotonic()
        data, left = self.room / "data", self.room / "left"
        shutil.rmtree(data, ignore_errors=True)
        keys = story.begin(data)
        draw = random.Random(seed)
        for life in range(generations):
            made = Recording.of(self.library, data, story.play, self.how, seed + life, COUNT)
            after = After(data, made.said, keys)
            tally.calls += len(made.changes)
            tally.acknowledged += len(made.said)
            share = number // generations + (life < number % generations)
            whole = self._cut(story, made.cuts(share, seed + life, last=story.last), after, tally)
            if life + 1 < generations:
                draw.choice(whole).lay(left)
                shutil.rmtree(data)
                left.rename(data)
        tally.seconds = time.monotonic() - began
        return tally

    def _cut(self, story: Story, cuts: Iterator[Cut], after: After, tally: Tally) -> list[Cut]:
        """Looks at each; some that were whole, for the next life."""
        whole: list[Cut] = []
        for cut in cuts:
            tally.cuts += 1
            data = self.room / "cut"
            cut.lay(data)
            try:
                story.check(data, cut.said, after)
            except Lost as lost:
                tally.lost += 1
                tally.first = tally.first or f"{cut.name}: {lost}"
            except Exception as error:  # noqa: BLE001 - a till that does not open is one of them
                tally.broken += 1
                tally.first = tally.first or f"{cut.name}: {type(error).__name__} {error}"
            else:
                if tally.cuts % 10 == 0:
                    whole.append(cut)
        return whole
