"""A whole trading day in the real window while hub and printer die and come back, its loop watched.

The network and the printer are this process's: every other moment the line is cut, black or slow,
and the printer prints, is silent, or is gone. What is counted is how long one turn of the window's
loop takes: so long it could not have answered a scan.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

from pos_app.settings import Settings
from pos_app.store.reader import JournalReader
from sync.proxy import FaultProxy
from tests.bench import goods
from tests.bench.big_shop import big_shop
from tests.bench.measure import Row, percentile, sized, workplace

STALL_MS = 50.0
PHASE_S = 2.0


def run() -> list[Row]:
    """The longest turn of the loop, and how many were longer than a frame."""
    seen = measured()
    turns = sorted(seen["turns"])
    worst = ", ".join(f"{ms:g} ms: {what}" for ms, what in sorted(seen["worst"])[-3:][::-1])
    return [
        Row(
            0,
            f"longest turn of the window's loop in a day, hub and printer dying ({worst})",
            turns[-1],
            "ms",
            gate=STALL_MS,
            on="measured",
        ),
        Row(0, "  p99.9 of its turns", percentile(turns, 99.9), "ms"),
        Row(0, "  turns above 16 ms", sum(turn > 16 for turn in turns), ""),
        Row(0, "  turns above 50 ms", sum(turn > STALL_MS for turn in turns), ""),
    ]


def measured() -> dict[str, Any]:
    """What `at_the_day` printed."""
    shop = big_shop()
    reader = JournalReader(shop.data, shop.key)
    hub = urlsplit(reader.identity().hub_url)
    reader.close()
    proxy = FaultProxy(hub.hostname or "", hub.port or 0)
    before = Settings.load(shop.data)
    with contextlib.ExitStack() as after:
        after.callback(proxy.close)
        after.callback(before.save, shop.data)
        printer = after.enter_context(_printer())
        replace(before, printer=f"tcp:127.0.0.1:{printer}").save(shop.data)
        job = workplace() / "day.json"
        told = {
            "data": str(shop.data),
            "codes": goods.scanned(),
            "sales": sized(150, 4),
            "hub": proxy.url,
        }
        job.write_text(json.dumps(told), encoding="utf-8")
        after.enter_context(_phases(proxy))
        ran = subprocess.run(
            [sys.executable, "-m", "tests.bench.at_the_day", str(job)],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        )
    return dict(json.loads(ran.stdout.splitlines()[-1]))


@contextlib.contextmanager
def _phases(proxy: FaultProxy) -> Iterator[None]:
    """The line on, off, slow, black, and again."""
    over = threading.Event()

    def turn() -> None:
        for phase in cycle(("on", "off", "slow", "on", "black")):
            proxy.on()
            if phase == "off":
                proxy.off()
            elif phase == "slow":
                proxy.latency_ms = 300
            elif phase == "black":
                proxy.black_hole = True
            if over.wait(PHASE_S):
                proxy.on()
                return

    thread = threading.Thread(target=turn, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextlib.contextmanager
def _printer() -> Iterator[int]:
    """A printer's port: it answers for a while, then takes all and says nothing, then hangs up."""
    server = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def talk(line: socket.socket, mood: str) -> None:
        with contextlib.suppress(OSError), line:
            line.settimeout(PHASE_S)
            while not over.is_set():
                heard = line.recv(4_096)
                if not heard:
                    return
                if mood == "hangs up":
                    return
                if mood == "prints":
                    line.sendall(b"\x12" if b"\x10\x04" in heard else b"\x00")

    def listen() -> None:
        for mood in cycle(("prints", "silent", "prints", "hangs up")):
            try:
                line, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(line, mood), daemon=True).start()

    threading.Thread(target=listen, daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        over.set()
        server.close()
