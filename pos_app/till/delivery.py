"""A delivery as it stands while it is counted: lines, differences, who waits for what of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pos_app.store.goods_work import Work
from pos_app.till import goods
from pos_app.till.goods import Open, Product, value_of
from pos_app.till.till import Till
from sync.protocol import DeliveryRow
from sync.protocol.facts_logistics import (
    DAMAGED,
    EXTRA,
    IN_BOX,
    KEEP,
    MISSING,
    SELL_CHEAPER,
    SEND_BACK,
    SHORT,
    THROW_AWAY,
)
from sync.protocol.logistics import ENDED

AGAIN: Final = "again"
"""A reason that is none: the line is counted once more."""
REASONS: Final[dict[str, tuple[str, ...]]] = {
    SHORT: (MISSING, IN_BOX, AGAIN),
    DAMAGED: (SEND_BACK, SELL_CHEAPER, THROW_AWAY),
    EXTRA: (KEEP, SEND_BACK),
}
"""Kind of difference -> what can be said of it."""
USUAL: Final = {SHORT: MISSING, EXTRA: KEEP}
"""What is taken where nobody said otherwise; what is damaged has to be decided."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A customer who waits for a piece of it."""

    order: str
    sku: str
    qty: int
    aside: bool
    """True once somebody said that it lies aside."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a delivery as it stands here; thousandths."""

    product: Product
    expected: int
    """0 for what is not on the list."""
    here: int
    """Counted at this till."""
    others: int
    """Counted at other tills, as far as they told."""
    damaged: int
    """Here."""
    by: tuple[str, ...] = ()
    """Staff ids of who counted it at other tills."""
    listed: bool = False
    done: bool = False
    nth: int = 0

    @property
    def sku(self) -> str:
        """Its product."""
        return self.product.sku

    @property
    def total(self) -> int:
        """Counted at all tills, or taken as listed."""
        return max(self.expected, self.counted) if self.listed else self.counted

    @property
    def counted(self) -> int:
        """Counted at all tills."""
        return self.here + self.others

    @property
    def short(self) -> int:
        """How much of what was listed is not here."""
        return max(0, self.expected - self.total)

    @property
    def extra(self) -> int:
        """How much more is here than was listed."""
        return max(0, self.total - self.expected)

    @property
    def left(self) -> bool:
        """True while nobody knows whether that is all of it."""
        return bool(self.short) and not self.done


@dataclass(frozen=True, slots=True)
class Found:
    """A difference, and what was said of it."""

    product: Product
    kind: str
    qty: int
    reason: str
    expected: int
    counted: int
    value: int


@dataclass(frozen=True, slots=True)
class Receiving:
    """A delivery that is being counted here."""

    open: Open
    row: DeliveryRow | None
    """As the hub told of it last; None for one that this till has no list of."""
    lines: tuple[Line, ...]
    """The last scan first, then as listed."""
    differences: tuple[Found, ...]
    waiting: tuple[Waiting, ...]

    @property
    def left(self) -> int:
        """How many lines nobody has finished."""
        return sum(line.left for line in self.lines)

    @property
    def undecided(self) -> int:
        """How many differences have no reason."""
        return sum(not one.reason or one.reason == AGAIN for one in self.differences)

    @property
    def expected(self) -> int:
        """Thousandths on the list."""
        return sum(line.expected for line in self.lines)

    @property
    def counted(self) -> int:
        """Thousandths counted at all tills."""
        return sum(line.total for line in self.lines)

    @property
    def over(self) -> bool:
        """True where it was finished at another till."""
        return self.row is not None and self.row.state in ENDED


def shown(till: Till, held: Open) -> Receiving:
    """How a delivery that is counted here stands, on the thread of whoever read the work."""
    row = goods.row_of(till, held.work_id)
    work = held.work
    here = {line.sku: line for line in held.lines}
    others, by = _others(row, till.identity.till)
    expected_ = {line.sku: line for line in row.lines} if row is not None else {}
    titles = {sku: line.title for sku, line in expected_.items()}
    known = goods.products(till, {**expected_, **here, **others}, titles)
    lines = []
    for sku in [*expected_, *(sku for sku in (*here, *others) if sku not in expected_)]:
        line, told = here.get(sku), expected_.get(sku)
        want = told.qty if told is not None else 0
        if line is None and not want and not others.get(sku):
            continue
        lines.append(
            Line(
                product=known[sku],
                expected=want,
                here=line.counted if line is not None else 0,
                others=others.get(sku, 0),
                damaged=line.damaged if line is not None else 0,
                by=by.get(sku, ()),
                listed=sku in work.listed,
                done=sku in work.done,
                nth=line.nth if line is not None else 0,
            )
        )
    lines = list({line.sku: line for line in lines}.values())
    lines.sort(key=lambda line: -line.nth)
    waits = row.waits if row is not None else ()
    return Receiving(
        held,
        row,
        tuple(lines),
        tuple(_differences(work, lines)),
        tuple(Waiting(one.order, one.sku, one.qty, one.order in work.aside) for one in waits),
    )


def _others(
    row: DeliveryRow | None, own_till: str
) -> tuple[dict[str, int], dict[str, tuple[str, ...]]]:
    """What other tills counted, by product, and who: this till knows its own better."""
    sums: dict[str, int] = {}
    who: dict[str, tuple[str, ...]] = {}
    for part in row.parts if row is not None else ():
        if part.till == own_till:
            continue
        for sku, qty in part.lines:
            sums[sku] = sums.get(sku, 0) + qty
            if part.who not in who.get(sku, ()):
                who[sku] = (*who.get(sku, ()), part.who)
    return sums, who


def _differences(work: Work, lines: Iterable[Line]) -> Iterable[Found]:
    said = {(sku, kind): reason for sku, kind, reason in work.reasons}
    for line in sorted(lines, key=lambda line: line.product.name):
        for kind, qty in (
            (SHORT, line.short if line.done else 0),
            (DAMAGED, line.damaged),
            (EXTRA, line.extra),
        ):
            if qty:
                reason = said.get((line.sku, kind), USUAL.get(kind, ""))
                value = value_of(line.product.price, qty)
                yield Found(line.product, kind, qty, reason, line.expected, line.total, value)


def since(held: Receiving) -> str:
    """When somebody began to count it, UTC."""
    return (held.row.began if held.row is not None else "") or held.open.work.began
