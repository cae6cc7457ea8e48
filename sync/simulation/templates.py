"""A hub with its tills that was set up once: each run begins from a copy of its files."""

from __future__ import annotations

import atexit
import datetime as dt
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

from pos_app.domain.day import utc_text
from pos_app.store import ledger, transaction
from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger
from pos_app.store.records import Identity
from sync.hub import devices
from sync.hub.database import Connection
from sync.hub.identity import load_keys
from sync.hub.setting_up import add_store
from sync.hub.store import Shop
from sync.protocol import EnrolRequest
from sync.simulation.chance import SeededIds, fresh_id
from sync.simulation.faults import HUB
from sync.simulation.ports import replaced
from sync.simulation.shop import OPENING, RULES, STORE, make_hub, stocked

MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a room of its own is made in it
PRODUCTS: Final = 40
TILLS_MOST: Final = 4


@dataclass(frozen=True, slots=True)
class Template:
    """Files to copy, and who the tills in them are."""

    room: Path
    keys: tuple[Keys, ...]
    identities: tuple[Identity, ...]

    def copy_hub(self, path: Path) -> None:
        """The hub's database, with all of these tills."""
        shutil.copy(self.room / "hub.sqlite", path)

    def copy_till(self, number: int, data: Path) -> None:
        """The directory of the nth till (from 1), which has sold nothing yet."""
        shutil.copytree(self.room / f"till{number}", data)


class _Opening:
    """A clock that stands where everything begins."""

    def now(self) -> dt.datetime:
        return OPENING

    def monotonic_ms(self) -> int:
        return 0

    def boot_id(self) -> str:
        return "template"


def rooms() -> Path | None:
    """Where files of runs are: in memory where there is such a place, else where the system says.

    A power cut is not the subject here.
    """
    return MEMORY if MEMORY.is_dir() else None


@cache
def template(tills: int, stores: int) -> Template:
    """A hub with a store, forty products and so many tills, enrolled and approved.

    Of two stores the second has the tills from the third on, of three each has the next; all have
    few of some products.
    """
    room = Path(tempfile.mkdtemp(dir=rooms(), prefix="holdfast-"))
    atexit.register(shutil.rmtree, room, ignore_errors=True)
    dice = Random("template")
    ids = SeededIds(dice)
    keys = tuple(Keys(dice.randbytes(32), dice.randbytes(32)) for _ in range(tills))
    with ExitStack() as stack:
        for module in (ledger, transaction):
            stack.enter_context(replaced(module, "new_id", lambda now: fresh_id(now, dice)))
        database = make_hub(room / "hub.sqlite", PRODUCTS, ids)
        connection = database.connect(write=True)
        identities = []
        if stores > 1:
            names = [str(number) for number in range(1, stores + 1)]
            for store in names[1:]:
                with connection.transaction():
                    add_store(connection, Shop(replace(STORE, store_id=store), RULES))
            for store in names:
                stocked(connection, store, utc_text(OPENING))
        for number, own in enumerate(keys, 1):
            store = _store_of(number, stores)
            identity = _enrol(connection, ids, own.public_hex, number, store)
            Ledger.create(room / f"till{number}", own, identity, _Opening()).close()
            identities.append(identity)
        connection.text("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
    return Template(room, keys, tuple(identities))


def _store_of(number: int, stores: int) -> str:
    if stores > 2:
        return str((number - 1) % stores + 1)
    return "2" if stores > 1 and number > TILLS_MOST // 2 else "1"


def _enrol(connection: Connection, ids: SeededIds, pubkey: str, till: int, store: str) -> Identity:
    code, keys = f"CODE-{till:04}", load_keys(connection)
    with connection.transaction():
        devices.issue_code(connection, store, str(till), code, OPENING, replaces=False)
        reply = devices.enrol(connection, EnrolRequest(code, pubkey), keys, OPENING, ids)
        devices.approve(connection, reply.device, OPENING)
    return Identity(
        *(reply.device, reply.epoch, reply.store, reply.till, reply.nonce),
        hub_key=reply.hub_key,
        pubkey=pubkey,
        hub_url=f"http://{HUB}",
    )
