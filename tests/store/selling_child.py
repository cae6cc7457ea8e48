"""A process that sells until it is killed: prints each receipt number after its commit."""

from __future__ import annotations

import random
import resource
import sys
from pathlib import Path

from pos_app.domain.errors import PosError
from pos_app.store.ledger import Ledger
from pos_app.store.records import SystemClock
from tests.store.books import KEYS, sell


def say(*words: str) -> None:
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


def main() -> None:
    """`selling_child DATA kill | limit BYTES | full`."""
    data, how = Path(sys.argv[1]), sys.argv[2]
    with Ledger.open(data, KEYS, SystemClock()) as ledger:
        draw = random.Random(ledger.head().seq)
        if how == "limit":
            # A file may not grow beyond this: the disk says no in the middle of anything.
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
        while True:
            try:
                made = sell(ledger, [draw.randrange(1, 9_999) for _ in range(draw.randrange(1, 9))])
            except PosError as no:
                say("refused", no.code)
                break
            say(made.doc_no, made.id)
            if draw.random() < 0.05:
                ledger.checkpoint_when_idle()
        if how == "limit":
            resource.setrlimit(
                resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            )
        else:
            (data / "ballast").unlink()
        made = sell(ledger)
        say(made.doc_no, made.id)


if __name__ == "__main__":
    main()
