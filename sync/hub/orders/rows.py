"""What a step does to the lines of a part: pure, and the same arithmetic that the tills lay over.

Quantities are thousandths and are cut at what was ordered; what is beyond is told by whoever asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from sync.protocol import OrderLine, OrderRow

Lines = tuple[OrderLine, ...]
Goods = Iterable[tuple[str, int]]


def given(line: OrderLine) -> str:
    """The product that the customer gets for a line."""
    return line.instead or line.sku


def open_qty(line: OrderLine) -> int:
    """What is still to be found."""
    return max(0, line.qty - line.picked - line.short)


def to_hand(line: OrderLine) -> int:
    """What the customer may still be given."""
    return max(0, line.qty - line.short - line.handed)


def picked(lines: Lines, goods: Goods, instead: Mapping[str, str]) -> Lines:
    """Pieces found, or put back where less than nothing."""
    found = list(lines)
    for sku, qty in goods:
        left = qty
        for place, line in enumerate(found):
            if line.sku != sku or not left:
                continue
            room = min(left, open_qty(line)) if left > 0 else max(left, line.handed - line.picked)
            if room:
                other = instead.get(sku, line.instead) if line.picked + room else ""
                found[place] = replace(line, picked=line.picked + room, instead=other)
                left -= room
    return tuple(found)


def all_picked(lines: Lines, goods: Goods) -> Lines:
    """What lies ready: as told, or all that was not short where nothing was told of pieces."""
    told = dict[str, int]()
    for sku, qty in goods:
        told[sku] = told.get(sku, 0) + qty
    if not told and any(line.picked for line in lines):
        return lines
    found = []
    for line in lines:
        room = max(line.qty - line.short, 0)
        qty = min(told.get(line.sku, 0), room) if told else room
        if told:
            told[line.sku] = told.get(line.sku, 0) - qty
        found.append(replace(line, picked=max(qty, line.handed, line.picked)))
    return tuple(found)


def short(lines: Lines, goods: Goods) -> Lines:
    """Pieces that are not there; of a line nobody named, all that is open."""
    goods = list(goods) or [(line.sku, open_qty(line)) for line in lines]
    return _filled(lines, goods, "short", open_qty)


def handed(lines: Lines, goods: Goods) -> Lines:
    """Pieces that the customer was given: by what they were given, or by what was ordered."""
    found = _filled(lines, goods, "handed", to_hand)
    return tuple(
        replace(line, picked=max(line.picked, min(line.handed, line.qty))) for line in found
    )


def restocked(lines: Lines) -> Lines:
    """What was not handed over is on the shelf again."""
    return tuple(replace(line, picked=line.handed) for line in lines)


def still_to_hand(lines: Lines) -> tuple[tuple[str, int], ...]:
    """(product given, thousandths) of all that the customer did not get yet."""
    return tuple((given(line), to_hand(line)) for line in lines if to_hand(line))


def nothing_left(lines: Lines) -> bool:
    """True where everything was handed over that was not short."""
    return not any(to_hand(line) for line in lines)


def all_short(lines: Lines) -> bool:
    """True where none of it is there."""
    return bool(lines) and all(line.short >= line.qty for line in lines)


def worth(line: OrderLine, upto: int, before: int = 0) -> int:
    """What so much of a line costs, cumulatively rounded: from `before` up to `upto` thousandths."""
    qty = max(line.qty, 1)
    return line.total * min(upto, qty) // qty - line.total * min(before, qty) // qty


def worth_in_hand(row: OrderRow) -> int:
    """What was handed over of a part costs."""
    return sum(worth(line, line.handed) for line in row.lines)


def worth_not_given(row: OrderRow) -> int:
    """What neither was handed over nor told as short costs: to the penny, the rest of each line."""
    return sum(
        line.total - worth(line, line.handed) - worth_short(line, line.short) for line in row.lines
    )


def worth_short(line: OrderLine, upto: int, before: int = 0) -> int:
    """The same for what is short, counted from the line's other end: both add up to the line."""
    qty = max(line.qty, 1)
    whole = line.total
    return (whole - worth(line, qty - min(upto, qty))) - (
        whole - worth(line, qty - min(before, qty))
    )


def _filled(lines: Lines, goods: Goods, name: str, room_of: Callable[[OrderLine], int]) -> Lines:
    found = list(lines)
    for sku, qty in goods:
        left = qty
        for wanted in (given, lambda line: line.sku):
            for place, line in enumerate(found):
                room = min(left, room_of(line)) if wanted(line) == sku else 0
                if room > 0:
                    found[place] = replace(line, **{name: getattr(line, name) + room})
                    left -= room
    return tuple(found)
