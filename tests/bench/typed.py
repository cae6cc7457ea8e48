"""Row 8: search while a person types, measured at every key."""

from __future__ import annotations

import random
from collections.abc import Iterator
from time import thread_time

from pos_app.store import search
from pos_app.store.catalogue import CURRENT, READER_CACHE_KIB, Catalogue
from pos_app.store.replica import ReplicaWriter
from pos_app.store.schema import connect
from tests.bench import goods
from tests.bench.measure import KEY, Row, percentile, sized, timed_ms

LIMIT = 60
KEYS_MAX = 14


def run() -> list[Row]:
    """Names typed key by key; names with an error in them; and with sync writing in between."""
    data = goods.till_data()
    catalogue = Catalogue.open(data, KEY)
    raw = connect(data / CURRENT, KEY, write=False)
    raw.execute(f"PRAGMA cache_size=-{READER_CACHE_KIB}")
    typed = list(_typed(sized(600, 12), wrong=False))
    ours, computed, floor = [], [], []
    for text in typed:
        began = thread_time()
        ours.append(timed_ms(lambda text=text: catalogue.search(text, LIMIT)))
        computed.append((thread_time() - began) * 1e3)
        match = " ".join(f'"{word}"*' for word in search.words_of(text))
        floor.append(timed_ms(lambda match=match: raw.execute(_RAW, (match, LIMIT)).fetchall()))
    wrong = [
        timed_ms(lambda text=text: catalogue.search(text, LIMIT))
        for text in _typed(sized(150, 6), wrong=True)
    ]
    written = _while_sync_writes(catalogue, typed[: sized(1500, 40)])
    raw.close()
    catalogue.close()
    gates = {"gate": 16.0, "goal": 5.0, "on": "measured"}
    return [
        Row(
            8,
            f"search a key p99, {LIMIT} articles with prices",
            percentile(ours, 99),
            "ms",
            percentile(floor, 99),
            "the bare index, rows only",
            **gates,
        ),
        Row(0, "search a key p99, processor time alone", percentile(computed, 99), "ms"),
        Row(8, "search a key p50", percentile(ours, 50), "ms", percentile(floor, 50)),
        Row(8, "search a key p99, typing errors", percentile(wrong, 99), "ms", **gates),
        Row(
            8, "search a key p99, sync commits between keys", percentile(written, 99), "ms", **gates
        ),
    ]


_RAW = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid LIMIT ?"


def _while_sync_writes(catalogue: Catalogue, typed: list[str]) -> list[float]:
    """Each commit of the writer empties the reader's page cache: the worst a till meets."""
    times = []
    with ReplicaWriter.open(goods.till_data(), KEY) as writer:
        for number, text in enumerate(typed):
            writer.set_state("bench", str(number))
            times.append(timed_ms(lambda text=text: catalogue.search(text, LIMIT)))
    return times


def _typed(names: int, *, wrong: bool) -> Iterator[str]:
    """One to three words of real names, as they grow under a person's fingers."""
    rnd = random.Random(5 + wrong)
    for _, name in rnd.choices(goods.products(), k=names):
        words = search.words_of(name)
        if not words:
            continue
        text = " ".join(rnd.sample(words, min(len(words), rnd.choice((1, 2, 2, 3)))))
        if wrong and len(text) > 3:
            place = rnd.randrange(1, len(text) - 1)
            text = text[:place] + rnd.choice(("", "e", text[place] * 2)) + text[place + 1 :]
        for length in range(1, min(len(text), KEYS_MAX) + 1):
            if text[:length].strip():
                yield text[:length]
