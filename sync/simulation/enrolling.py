"""What people do when a till stands still: it is enrolled again, by the program's own questions.

A till that was put back, or one of two copies, says so and sends nothing more. Somebody brings a
code from the hub; the questions and the ledger of the next life are the program's own.
"""

from __future__ import annotations

from contextlib import closing
from random import Random
from typing import TYPE_CHECKING

from pos_app.domain.errors import Unavailable
from pos_app.store.keys import Keys
from pos_app.store.reader import JournalReader
from pos_app.store.rejoin import rejoin
from sync.engine.ports import Request
from sync.engine.rejoining import Answer, Progress, Settled, rejoining
from sync.engine.rejoining import Till as Bringing
from sync.hub import devices
from sync.simulation.faults import HUB, Crash
from sync.simulation.invariants_journal import entries_of

if TYPE_CHECKING:
    from sync.simulation.till import SimulatedTill
    from sync.simulation.world import World

OF_A_CHAIN = frozenset({"chain_start", "rejoined", "key_rotated"})
"""Facts about a chain: they end with it."""
TRIES = 12
"""So often a person begins anew where the process ended in the middle."""


class _AnotherKey:
    """A copy that lost goes on as another device: its key is made once and kept."""

    def __init__(self, keys: Keys, dice: Random) -> None:
        self._keys = keys
        self._made = dice.randbytes(32)

    def __call__(self) -> Keys:
        return Keys(self._keys.db_key, self._made)


def enrol_again(world: World, till: SimulatedTill) -> None:
    """The till in another life, with everything that only it knew journalled again."""
    dice = world.dice(f"{till.name} again {world.now_ms}")
    till.window.end()
    till.sync.end()
    world.promises.carried |= {
        fact_id for *_, fact_id, _hash, _body, kind in entries_of(till) if kind not in OF_A_CHAIN
    }
    another = _AnotherKey(till.keys, dice)
    attempt = dice.randbytes(16).hex()
    settled = _asked(world, till, attempt, another, dice)
    till.machine.window.crash_rate = world.plan.faults.rejoin_crash
    for _ in range(TRIES):
        try:
            with world.disk.acting(till.machine.window):
                rejoin(
                    till.data,
                    settled.keys,
                    settled.identity,
                    settled.common,
                    till.machine,
                    beside=till.machine.beside,
                )
            break
        except Crash:
            till.machine.window.bury()
            world.note(till.name, "crashed while it was enrolled again")
            till.machine.window.crash_rate //= 2
            if _is_done(till, settled):
                break
    till.machine.window.calm()
    world.note(till.name, "enrolled again", settled.identity.epoch, settled.anew)
    till.lives_on(settled.identity, settled.keys)


def _is_done(till: SimulatedTill, settled: Settled) -> bool:
    """Whether the new ledger is in the place of the old one already."""
    with closing(JournalReader(till.data, till.keys.db_key)) as journal:
        return journal.identity() == settled.identity


def _asked(
    world: World, till: SimulatedTill, attempt: str, another: _AnotherKey, dice: Random
) -> Settled:
    hub = world.hub
    with closing(JournalReader(till.data, till.keys.db_key)) as journal:
        known = devices.find(hub.connection, till.device)
        lost = known is None or known.epoch > journal.identity().epoch
        number = f"9{len(world.tills)}{dice.randrange(1_000)}" if lost else str(till.number)
        code = f"AGAIN-{dice.getrandbits(40):010X}"
        with hub.connection.transaction():
            devices.issue_code(
                hub.connection, till.identity.store, number, code, hub.now(), replaces=False
            )
        progress = Progress()
        bringing = Bringing(
            *(journal, till.keys, f"http://{HUB}", code, attempt, another, dice),
            till.machine.now,
        )
        asking = rejoining(bringing, progress)
        try:
            request = next(asking)
            while True:
                request = asking.send(_answer(world, request, dice))
                if progress.waiting:
                    _approve(world, progress.pubkey)
        except StopIteration as done:
            settled: Settled = done.value
            return settled
    raise Unavailable("hub_error")


def _answer(world: World, request: Request, dice: Random) -> Answer:
    """Answers get lost here too: each question may be asked twice."""
    reply = world.hub.serve_now(request)
    return "hub_silent" if dice.randrange(5) == 0 else reply


def _approve(world: World, pubkey: str) -> None:
    connection = world.hub.connection
    for device in devices.every(connection):
        if device.pubkey == pubkey and device.state == devices.PENDING:
            with connection.transaction():
                devices.approve(connection, device.device, world.hub.now())
