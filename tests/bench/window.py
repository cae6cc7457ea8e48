"""Rows 9 and 10: from a scan, and from a key, to the picture, in the real window.

The window has the whole catalogue; sync is its own process and sends a backlog as fast as the
hub takes it. The hub stands for another machine, so it is `nice`: what is measured is a till.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from functools import cache
from typing import Any

from pos_app.store import search
from tests.bench import goods
from tests.bench.big_shop import big_shop
from tests.bench.measure import Row, percentile, sized, workplace

WORD_LETTERS = range(4, 9)


def run() -> list[Row]:
    """p99 of each, quiet and while sync drains; gates are milliseconds."""
    seen = measured()
    rows = []
    for number, kind, what in ((9, "scans", "scan -> line"), (10, "keys", "key -> results")):
        rows += _of(number, what, seen["quiet"][kind], seen["busy"][kind])
        told = f"{what}, 100 lines and {seen['promotions']} promotions"
        rows += _of(number, told, seen["long_quiet"][kind], seen["long_busy"][kind])
    days = ("quiet", "busy", "long_quiet", "long_busy")
    lost = sum(seen[day]["lost"] for day in days)
    return [*rows, Row(0, "scans not taken for scans, the program being stopped", lost, "")]


def _of(number: int, what: str, quiet: list[float], busy: list[float]) -> list[Row]:
    gates = {"gate": 16.0, "goal": 8.0 if number == 9 else 10.0, "on": "measured"}
    return [
        Row(
            number,
            f"{what} painted p99, sync draining ({len(busy)} times)",
            percentile(busy, 99),
            "ms",
            percentile(quiet, 99),
            f"the same with nothing else going on ({len(quiet)} times)",
            **gates,
        ),
        Row(
            number,
            f"{what} painted p50, sync draining",
            percentile(busy, 50),
            "ms",
            percentile(quiet, 50),
            "the same with nothing else going on",
            goal=1.5 if number == 9 else None,
        ),
    ]


@cache
def measured() -> dict[str, Any]:
    """What `at_the_window` printed, once a run."""
    shop = big_shop()
    rnd = random.Random(9)
    texts: list[str] = []
    while len(texts) < sized(60, 3):
        _, name = rnd.choice(goods.products())
        texts += [
            word
            for word in search.words_of(name)[:1]
            if word.isascii() and word.isalpha() and len(word) in WORD_LETTERS
        ]
    job = workplace() / "window.json"
    told = {
        "data": str(shop.data),
        "codes": goods.scanned(),
        "texts": texts,
        "scans": sized(300, 10),
    }
    job.write_text(json.dumps(told), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "tests.bench.at_the_window", str(job)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    return dict(json.loads(ran.stdout.splitlines()[-1]))
