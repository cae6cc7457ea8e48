"""I27: clocks decide nothing. The same day with other clocks ends in the same books.

Two runs of a seed beside each other, in one of which every clock of a till is off and jumps. Prices
stand still and no process ends, so that people do the same in both; what the hub holds in the end
must be the same but for the times in it.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any, Final

from sync.simulation.faults import Faults, expect
from sync.simulation.plan import Plan
from sync.simulation.runs import room, silence
from sync.simulation.world import World

SKEWS_S: Final = (-86_400, -7_200, 300, 86_400)


def i27_clocks_decide_nothing(seed: int) -> None:
    """Raises Broken where the books of a day depend on how its clocks were set."""
    dice = Random(f"clocks {seed}")
    wire = Faults(request_lost=5, reply_lost=10, doubled=5, slow=10, sync_crash=20)
    plan = Plan(wire, tills=dice.choice((2, 3)), price_changes=0)
    faults = wire.but(clock_skew_s=dice.choice(SKEWS_S), clock_jumps=1)
    right = _books(seed, plan)
    found = _books(seed, replace(plan, faults=faults))
    for one, other in zip(right, found, strict=True):
        expect(one == other, f"I27: with {faults.told()} it is {other}, else {one}")


def _books(seed: int, plan: Plan) -> list[Any]:
    with silence(), room() as files:
        world = World(seed, files, plan)
        with world.running():
            world.day()
            ask = world.hub.ask
            return [
                ask("SELECT doc_no, kind, total, net, tax, payable FROM document ORDER BY doc_no"),
                ask(
                    "SELECT doc_no, line, sku, qty, unit_price, line.total FROM line "
                    "JOIN document USING (n) ORDER BY doc_no, line"
                ),
                ask(
                    "SELECT doc_no, tender, amount FROM payment JOIN document USING (n) "
                    "ORDER BY doc_no, place"
                ),
                ask("SELECT sku, on_hand FROM stock ORDER BY sku"),
                ask("SELECT device, epoch, seq, type FROM event ORDER BY device, epoch, seq"),
                ask("SELECT till, number, z_no, total, difference FROM shift ORDER BY 1, 2"),
            ]
