"""A process that publishes: `python -m tests.postgres.writing URL STREAMS COUNT THREADS SEED`.

Each thread puts rows that nobody else puts into several streams at once, sometimes undoes what it
did, and begins anew where others stood in its way. Prints what it committed, one row a line.
"""

from __future__ import annotations

import random
import sys
from concurrent.futures import ThreadPoolExecutor

from sync.hub import feed
from sync.hub.database import Again, Database


def main(url: str, streams: list[str], count: int, threads: int, seed: int) -> None:
    def write(place: int) -> list[str]:
        rnd = random.Random(f"{seed}.{place}")
        connection = Database(url).connect(write=True)
        done: list[str] = []
        number = 0
        while number < count:
            name = f"{seed}.{place}.{number}"
            chosen = rnd.sample(streams, rnd.randint(1, len(streams)))
            rows = [("t", f'["{name}.{n}"]'.encode()) for n in range(rnd.randint(1, 3))]
            try:
                with connection.transaction():
                    feed.append(connection, dict.fromkeys(chosen, rows))
                    1 // (rnd.random() > 0.1)
            except (ZeroDivisionError, Again):
                continue
            number += 1
            done += [f"{stream} {data.decode()}" for stream in chosen for _, data in rows]
        connection.close()
        return done

    with ThreadPoolExecutor(threads) as pool:
        for done in pool.map(write, range(threads)):
            sys.stdout.write("\n".join([*done, ""]))


if __name__ == "__main__":
    url, streams, count, threads, seed = sys.argv[1:]
    main(url, streams.split(","), int(count), int(threads), int(seed))
