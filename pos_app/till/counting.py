"""Counting stock by scanner: a place, a department, a list, or whatever is scanned.

Each product carries the moment at which it was counted last; the hub compares with the stock of that
moment, so selling goes on meanwhile. What is far off is counted a second time; above the limit of a
role somebody else has to agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import msgspec

from pos_app.domain.errors import Refused
from pos_app.store.goods_work import COUNTING, Work, WorkLine
from pos_app.till import goods, lookup
from pos_app.till.goods import Open, Product, value_of
from pos_app.till.permission import Approval, reason_text, require
from pos_app.till.till import Till, stamp
from sync.protocol import CountedLine, StockCounted
from sync.protocol.facts_logistics import LINES_MAX

ACTION: Final = "count_stock"
PLACE, DEPARTMENT, LIST, FREE = "place", "department", "list", "free"
SCOPES: Final = (PLACE, DEPARTMENT, LIST, FREE)
FAR_PIECES: Final = 3_000
FAR_SHARE: Final = 20
"""A line is far off where it differs by so many pieces and so many percent, or by more than the money
above which the limits ask for a reason."""


@dataclass(frozen=True, slots=True)
class Line:
    """A product of a count; thousandths."""

    product: Product
    counted: int
    book: int
    """The stock as this till knew it when it was counted; of what nobody counted: now."""
    seen: bool
    """False while nobody counted it."""
    again: bool = False
    """To be counted a second time."""
    times: int = 1
    nth: int = 0

    @property
    def off(self) -> int:
        """Counted - book."""
        return self.counted - self.book

    @property
    def value(self) -> int:
        """The same at the price here, minor units, signed."""
        return value_of(self.product.price, self.off)


@dataclass(frozen=True, slots=True)
class Counting:
    """A count that is open here."""

    open: Open
    lines: tuple[Line, ...]
    """The last scan first, then what of a list or department nobody counted yet."""
    blind: bool

    @property
    def left(self) -> int:
        """Lines that nobody counted, or that are to be counted again."""
        return sum(line.again or not line.seen for line in self.lines)

    @property
    def counted(self) -> int:
        """Lines that are counted."""
        return sum(line.seen and not line.again for line in self.lines)

    @property
    def off(self) -> tuple[Line, ...]:
        """Lines that are not as the books say."""
        return tuple(line for line in self.lines if line.seen and line.off)

    @property
    def value(self) -> int:
        """What the differences come to, each taken as positive."""
        return sum(abs(line.value) for line in self.off)


def begin(
    till: Till, scope: str = FREE, of: str = "", skus: Iterable[str] = (), name: str = ""
) -> Counting:
    """*Writes.* Begins to count: a `department` brings its products, a `list` those named.

    A `place` is what is found there. Raises Refused("way_unknown" | "delivery_too_long" |
    "not_allowed" …).
    """
    goods.allowed(till, ACTION)
    if scope not in SCOPES:
        raise Refused("way_unknown", way=scope, ways=", ".join(SCOPES))
    wanted = list(dict.fromkeys(skus))
    if scope == DEPARTMENT:
        found = lookup.department(till, of, LINES_MAX + 1)
        wanted = [one.product.sku for one in found if one.on_hand]
    if len(wanted) > LINES_MAX:
        raise Refused("delivery_too_long", name=of or name, limit=LINES_MAX)
    work = goods.new_work(
        till,
        COUNTING,
        name or of,
        of_kind=scope,
        scope_of=of,
        wanted=tuple((sku, 0) for sku in wanted),
    )
    found_ = goods.begin(till, goods.made_id(till), work)
    return shown(till, found_)


def show(till: Till, count: str) -> Counting:
    """How it stands; raises Refused("work_unknown")."""
    return shown(till, goods.find(till, count))


def shown(till: Till, held: Open) -> Counting:
    """The same for work that was read already, on the thread that draws."""
    work = held.work
    counted = {line.sku for line in held.lines}
    known = goods.products(till, dict.fromkeys([*counted, *(sku for sku, _ in work.wanted)]))
    lines = [_line(known[line.sku], work, line) for line in held.lines]
    for sku, _ in work.wanted:
        if sku not in counted:
            about = known[sku]
            lines.append(Line(about, 0, about.on_hand or 0, seen=False))
    blind = till.settings.blind_count == "everyone"
    return Counting(held, tuple(lines), blind)


def _line(about: Product, work: Work, line: WorkLine) -> Line:
    again = line.sku in work.again
    return Line(
        about, line.counted, line.book, seen=True, again=again, times=line.times, nth=line.nth
    )


def scan(till: Till, count: str, sku: str, qty: int = goods.PIECE) -> Counting:
    """*Writes.* One more of it, or so many; a line that is counted again begins at nothing."""
    _anew(till, count, sku)
    goods.add(till, count, sku, qty)
    return show(till, count)


def put(till: Till, count: str, sku: str, counted: int) -> Counting:
    """*Writes.* So many are there."""
    _anew(till, count, sku)
    goods.put(till, count, sku, counted)
    return show(till, count)


def _anew(till: Till, count: str, sku: str) -> None:
    held = goods.find(till, count)
    line = held.line(sku)
    if sku not in held.work.again or line is None:
        return
    again = tuple(each for each in held.work.again if each != sku)
    with till.ledger.transaction() as tx:
        tx.keep_work(count, msgspec.structs.replace(held.work, again=again))
        tx.keep_work_line(count, msgspec.structs.replace(line, counted=0, times=line.times + 1))


def take_back(till: Till, count: str) -> Counting:
    """*Writes.* The last scan was none."""
    goods.take_back(till, count)
    return show(till, count)


def none_left(till: Till, count: str) -> Counting:
    """*Writes.* Nothing is there of what of the list nobody found."""
    for line in show(till, count).lines:
        if not line.seen:
            goods.put(till, count, line.product.sku, 0)
    return show(till, count)


def far_off(till: Till, held: Counting) -> list[Line]:
    """Lines that are counted a second time before they are believed."""
    limit = _limit(till)
    return [line for line in held.off if line.times < 2 and _is_far(line, limit)]


def _is_far(line: Line, limit: int) -> bool:
    if limit and abs(line.value) > limit:
        return True
    return abs(line.off) >= FAR_PIECES and abs(line.off) * 100 >= FAR_SHARE * abs(line.book)


def _limit(till: Till) -> int:
    try:
        return till.policy.action(ACTION).reason_above or 0
    except Refused:
        return 0


def finish(
    till: Till, count: str, reason: str = "", *, approval: Approval | None = None
) -> StockCounted:
    """*Writes.* The stock is what was counted.

    Raises Refused("nothing_counted"), Refused("lines_left", count=), Refused("count_again",
    count=) where lines are far off: they are marked then; and what `permission.require` raises.
    """
    held = show(till, count)
    if not held.lines:
        raise Refused("nothing_counted")
    if held.left:
        raise Refused("lines_left", count=held.left)
    far = far_off(till, held)
    if far:
        again = tuple(line.product.sku for line in far)
        goods.change(till, count, again=again)
        raise Refused("count_again", count=len(far))
    value = held.value
    approver = _allowed(till, value, reason, approval)
    work = held.open.work
    lines = {line.sku: line for line in held.open.lines}
    with till.ledger.transaction() as tx:
        fact = StockCounted(
            **stamp(till, tx, approver=approver),
            count=count,
            name=work.name,
            scope=work.of_kind or FREE,
            of=work.scope_of,
            lines=[
                CountedLine(
                    *(line.product.sku, line.counted, lines[line.product.sku].at, line.book),
                    *(line.value, line.times, not line.counted),
                )
                for line in sorted(held.lines, key=lambda line: line.product.sku)
            ],
            blind=held.blind,
            currency=till.store.currency,
            value=value,
            began=work.began,
            reason=reason_text(reason),
        )
        tx.append(fact)
        tx.forget_work(count)
    till.after_commit()
    return fact


def _allowed(till: Till, value: int, reason: str, approval: Approval | None) -> str:
    try:
        return require(till, ACTION, value, approval=approval, reason=reason)
    except Refused as told:
        if told.code != "action_unknown":
            raise
        return ""
