"""The engine's step with the files' view and the clock at hand, for tests."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import msgspec

from sync.engine.copy_state import COPY
from sync.engine.state import (
    Acked,
    Answered,
    Fed,
    Mode,
    State,
    Tick,
    Turn,
    View,
    Welcomed,
)
from sync.engine.step import step
from sync.protocol import FeedRow, Head, HelloReply, PullReply

FEED = "f1"
STREAMS = {"global": FEED, "store:1": FEED}
READY = View(
    head=10,
    acked=10,
    cursors={"global": (FEED, 3), "store:1": (FEED, 5)},
    ready=True,
    building=False,
    window=True,
    clients=1,
)


def hash_of(seq: int) -> str:
    return f"{seq:064x}"


class Engine:
    """Steps, with the files' view and the clock at hand."""

    def __init__(self, view: View = READY, now: int = 1_000) -> None:
        self.state, self.view, self.now, self.rng = State(), view, now, Random(1)

    def hears(self, event, wait: int = 0, **view) -> list:
        self.now += wait
        self.view = replace(self.view, **view)
        self.state, effects = step(self.state, Turn(event, self.view), self.now, self.rng)
        return effects

    def welcome(
        self, verdict: str = "ok", seq: int | None = None, own: str | None = "same", **more
    ):
        seq = self.view.head if seq is None else seq
        reply = HelloReply(
            verdict,
            "2026-11-25T13:00:00.000Z",
            Head(1, seq, hash_of(seq)),
            **({"streams": STREAMS} | more),
        )
        return self.hears(Welcomed(reply, hash_of(seq) if own == "same" else own))

    def ack(
        self,
        seq: int,
        *,
        proven: bool = True,
        own: str | None = "same",
        upto: int | None = None,
        **more,
    ):
        return self.hears(
            Acked(
                Head(1, seq, hash_of(seq)),
                hash_of(seq) if own == "same" else own,
                proven,
                "2026-11-25T13:00:00.000Z",
                "sig",
                seq if upto is None else upto,
            ),
            **more,
        )

    def page(
        self, stream: str, start: int, count: int, *, more: bool = False, feed: str = FEED, **rest
    ):
        rows = [FeedRow(start + n, "price", msgspec.Raw(b"[]")) for n in range(1, count + 1)]
        reply = PullReply(stream, feed, start, start + count, more, "", rows)
        return self.hears(Fed(reply, FEED, start), **rest)

    def without_snapshots(self) -> list:
        """The hub has none: pages from the beginning."""
        effects = []
        for stream in ("store:1", "global"):
            effects += self.hears(Answered(COPY + stream, 404, "snapshot_missing"))
        return effects

    def live(self) -> Engine:
        self.hears(Tick())
        self.welcome()
        self.page("global", 3, 0)
        self.page("store:1", 5, 0)
        assert self.state.mode is Mode.LIVE
        return self


def kinds(effects: list) -> list[type]:
    return [type(effect) for effect in effects]
