"""Notes and coins: what a drawer holds, what people hand over, what to give back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from math import gcd

from pos_app.domain.errors import Refused
from pos_app.domain.money import Rounding, cash_step, divide, minor_digits

_DENOMINATIONS: dict[str, tuple[int, ...]] = {
    "EUR": (
        *(50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500),
        *(200, 100, 50, 20, 10, 5, 2, 1),
    ),
    "USD": (10_000, 5_000, 2_000, 1_000, 500, 100, 25, 10, 5, 1),
    "GBP": (5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1),
    "CHF": (100_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5),
    "SEK": (100_000, 50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100),
    "NOK": (100_000, 50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 100),
    "DKK": (100_000, 50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50),
    "PLN": (50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1),
    "CZK": (
        *(500_000, 200_000, 100_000, 50_000, 20_000, 10_000),
        *(5_000, 2_000, 1_000, 500, 200, 100),
    ),
    "HUF": (
        *(2_000_000, 1_000_000, 500_000, 200_000, 100_000, 50_000),
        *(20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100),
    ),
    "CAD": (10_000, 5_000, 2_000, 1_000, 500, 200, 100, 25, 10, 5),
    "AUD": (10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1),
    "JPY": (10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10, 5, 1),
    "KWD": (20_000, 10_000, 5_000, 1_000, 500, 250, 100, 50, 20, 10, 5, 2, 1),
}
"""Minor units, largest first. Each ends at the smallest amount the currency rounds cash to, so
that any payable amount can be counted."""

_QUICK = 5
_MOST_UNITS = 1_000_000
"""A float of more of the smallest coin than that is not sorted into pieces."""


def round_to_step(amount: int, step: int) -> int:
    """`amount` to the nearest multiple of `step`, half away from zero, symmetric."""
    return amount if step == 1 else divide(amount, step, Rounding.HALF_UP) * step


@cache
def denominations(currency: str) -> tuple[int, ...]:
    """Notes and coins of a currency in minor units, largest first.

    For a currency without a table: 1-2-5 from the smallest payable amount to 500 whole units.
    """
    known = _DENOMINATIONS.get(currency)
    if known:
        return known
    step, top = cash_step(currency), 500 * 10 ** minor_digits(currency)
    series = []
    power = step
    while power <= top:
        series += [power * times for times in (1, 2, 5) if power * times <= top]
        power *= 10
    return tuple(reversed(series)) or (step,)


def quick_amounts(due: int, currency: str) -> list[int]:
    """What a customer is likely to hand over for `due`: the exact cash amount, then more.

    At most six, rising. The others are `due` rounded up to a coin or a note worth at least a
    twentieth of it, and single notes that cover it; where those are few, one small note more than
    that too. Nothing for a `due` of 0 or less.
    """
    exact = round_to_step(due, cash_step(currency))
    if exact <= 0:
        return []
    notes = denominations(currency)
    likely = {
        (exact + note - 1) // note * note for note in notes if note * 20 >= exact and note <= exact
    }
    likely |= {note for note in notes if note > exact}
    likely -= {exact}
    for note in sorted(note for note in notes if note <= exact <= note * 50 and exact % note):
        above = exact // note * note + note
        for more in (above, above + note):
            if 0 < len(likely) < _QUICK and more < max(likely):
                likely.add(more)
    return [exact, *sorted(likely - {exact})[:_QUICK]]


def kept_pieces(counted: Mapping[int, int], amount: int) -> dict[int, int]:
    """Which of the counted pieces stay to make exactly `amount`, small ones first: they are change.

    `counted` is denomination -> pieces. Empty where no choice makes it.
    """
    worths = sorted(worth for worth, pieces in counted.items() if pieces > 0)
    unit = gcd(amount, *worths)
    if not unit or amount <= 0 or amount // unit > _MOST_UNITS:
        return {}
    goal = amount // unit
    reach = [1]  # bit n of the k-th: n units can be made of the k largest kinds
    for worth in reversed(worths):
        reach.append(_with(reach[-1], worth // unit, counted[worth], goal))
    if not reach[-1] >> goal & 1:
        return {}
    kept: dict[int, int] = {}
    for place, worth in enumerate(worths):
        rest = reach[len(worths) - place - 1]
        most = min(counted[worth], goal // (worth // unit))
        take = next(n for n in range(most, -1, -1) if rest >> goal - n * (worth // unit) & 1)
        goal -= take * (worth // unit)
        if take:
            kept[worth] = take
    return dict(sorted(kept.items(), reverse=True))


def _with(reach: int, step: int, pieces: int, goal: int) -> int:
    """The sums `reach` has, and those with up to that many steps more, up to `goal`."""
    mask, times = (1 << goal + 1) - 1, 1
    pieces = min(pieces, goal // step)
    while pieces:
        times = min(times, pieces)
        reach |= reach << times * step & mask
        pieces -= times
        times *= 2
    return reach


def coins(change: int, currency: str) -> list[tuple[int, int]]:
    """Notes and coins that make up `change`: (denomination, pieces), largest first.

    Raises Refused("cash_step") for an amount that coins cannot make.
    """
    step = cash_step(currency)
    if change < 0 or change % step:
        raise Refused("cash_step", step=step, currency=currency)
    pieces = []
    for worth in denominations(currency):
        count, change = divmod(change, worth)
        if count:
            pieces.append((worth, count))
    return pieces
