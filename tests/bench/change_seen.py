"""A price changed at the hub until a till's catalogue shows it: real processes, real HTTP.

The change is committed by another process than the one that serves, as every command at the hub is;
what is seen is what a window's look-up answers after sync told it that something changed.
"""

from __future__ import annotations

import random
import threading
import time
from contextlib import closing

from pos_app.store.catalogue import Catalogue
from pos_app.store.keys import Keys
from sync.hub.answers import SystemClock, stamp
from sync.hub.catalogue import Changes
from sync.link import LinkClient, SyncSupervisor
from sync.protocol import PriceRow, ProductRow
from tests.bench.measure import Row, percentile, sized, workplace
from tests.bench.tills import hub_of, make_till

GATE_MS = 1_000
PATIENCE_S = 60
_PAUSE = threading.Event()


def run() -> list[Row]:
    """Changes one after the other, each at a moment of its own."""
    dice = random.Random(4)
    seen: list[float] = []
    with hub_of(workplace() / "seen") as hub:
        data = make_till(workplace() / "seen", hub, 1)
        sync = SyncSupervisor(data)
        sync.ensure()
        try:
            with (
                closing(hub.database.connect(write=True)) as books,
                closing(LinkClient(data)) as link,
                closing(Catalogue(data, Keys.load(data).db_key)) as catalogue,
            ):
                _until_ready(link, catalogue)
                for turn in range(sized(200, 5)):
                    _PAUSE.wait(dice.uniform(0.05, 0.4))
                    amount = 1_000 + turn
                    row = ProductRow("SEEN", "Seen")
                    prices = [PriceRow("SEEN", "retail", "EUR", (("", "", amount, 0),))]
                    with books.transaction():
                        at = stamp(SystemClock().now())
                        Changes([row], prices, {}).write(books, "1", at, "price")
                    seen.append(_shown_ms(link, catalogue, amount))
        finally:
            sync.stop()
    return [
        Row(0, "a price changed at the hub until a till shows it, p50", percentile(seen, 50), "ms"),
        Row(
            0,
            "a price changed at the hub until a till shows it, p99",
            percentile(seen, 99),
            "ms",
            gate=GATE_MS,
            on="measured",
        ),
    ]


def _until_ready(link: LinkClient, catalogue: Catalogue) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        for message in link.poll():
            if message.get("op") == "release":
                catalogue.close()
                link.released()
        if link.connected and link.status.replica == "current" and link.status.state == "LIVE":
            catalogue.reopen()
            return
        _PAUSE.wait(0.02)
    raise RuntimeError(f"no catalogue came: {link.status}")


def _shown_ms(link: LinkClient, catalogue: Catalogue, amount: int) -> float:
    began = time.perf_counter()
    while time.perf_counter() - began < PATIENCE_S:
        for message in link.poll():
            if message.get("op") == "changed":
                found = catalogue.by_sku("SEEN")
                if found is not None and any(one.amount == amount for one in found.prices):
                    return (time.perf_counter() - began) * 1000
        _PAUSE.wait(0.002)
    raise RuntimeError("it was never seen")
