"""Which promises are looked at when; each is a function with its number and its sentence.

The cheap ones run after every step that could break them (somebody did something at a window, a
sync process took a turn, the hub committed), all the others when the faults are over and everything
has had time to arrive. I17, of refunds that the hub has a payment service make, is I42.

| when | file |
|---|---|
| the journal and its way to the hub: I1 to I6, I18, I25 | `invariants_journal` |
| the books: I7 to I9, I16, I24, I30 | `invariants_books` |
| the feed: I21 to I23, I28, I29 | `invariants_feed` |
| rights and promises: I10 to I15, I19, I20, and R1 of I16 | `invariants_rights` |
| customers' orders: I31 to I35 | `invariants_orders` |
| points, cards, credit and what comes back: I36 to I44 | `invariants_values` |
| all has arrived (I26) | `world`, which waits for it |
| clocks change nothing (I27) | `differential`, two runs beside each other |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sync.simulation import invariants_books as books
from sync.simulation import invariants_feed as feed
from sync.simulation import invariants_journal as journal
from sync.simulation import invariants_orders as orders
from sync.simulation import invariants_rights as rights
from sync.simulation import invariants_values as values

if TYPE_CHECKING:
    from sync.simulation.till import SimulatedTill
    from sync.simulation.world import World

AT_ANSWER: Final = (rights.at_answer,)
"""After each answer of the hub, within its transaction."""
AT_HUB: Final = (journal.i04_each_commit, feed.i21_each_commit, rights.at_commit, values.at_commit)
"""After each commit of the hub."""
AT_START_OF_HUB: Final = (journal.i05_answers_are_durable,)
"""After the hub was opened anew."""
AT_SYNC: Final = (journal.i05_acked_is_held, journal.i18_sent_is_noted)
"""After each turn of a till's sync."""
AT_WINDOW: Final = (
    feed.i22_no_way_back,
    feed.i23_read_your_writes,
    rights.i11_a_till_spends_what_it_has,
)
"""After somebody did something at a till."""
AT_END: Final = (
    journal.i01_printed_is_at_the_hub,
    journal.i02_every_disk_is_at_the_hub,
    journal.i02_nothing_is_left_behind,
    journal.i03_effects_once,
    journal.i04_chains_are_equal,
    journal.i05_acks_are_equal,
    journal.i06_numbers_are_unique,
    journal.i18_sent_at_the_end,
    journal.i25_fenced_is_fenced,
    books.i07_stock_is_its_movements,
    books.i08_projections_are_folds,
    books.i09_money_adds_up,
    rights.i14_everything_is_settled,
    rights.i20_fetched_twice_is_told,
    books.i16_no_more_back_than_sold,
    books.i24_nothing_is_discarded,
    books.i30_bytes_survive,
    orders.i31_an_order_is_there_once,
    orders.i32_tills_have_what_is_open,
    orders.i33_given_once_or_told,
    orders.i34_the_shop_is_told_once,
    orders.i35_paid_at_a_till_is_booked,
    feed.i21_replica_is_the_feed,
    feed.i29_prices_of_their_basis,
    values.at_end,  # the last: a day goes by in it
)
"""When the faults are over and everything has arrived."""


def at_hub(world: World) -> None:
    """Raises Broken where the hub's last commit broke a promise."""
    for check in AT_HUB:
        check(world)


def at_start_of_hub(world: World) -> None:
    """Raises Broken where the hub has forgotten what it had confirmed."""
    for check in AT_START_OF_HUB:
        check(world)


def at_sync(world: World, till: SimulatedTill) -> None:
    """Raises Broken where a till believes or says more than is so."""
    for check in AT_SYNC:
        check(world, till)


def at_window(world: World, till: SimulatedTill) -> None:
    """Raises Broken where a screen would show what is not so."""
    for check in AT_WINDOW:
        check(world, till)


def at_end(world: World) -> None:
    """Raises Broken at the first promise that does not hold when all is calm."""
    for check in AT_END:
        check(world)
    if world.plan.bootstrap:
        for till in world.tills:
            if till.settled:
                feed.i28_bootstrap_is_replay(world, till)
