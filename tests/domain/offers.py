"""Promotions and hypothesis strategies for the tests of promotions; a slow, plain oracle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from hypothesis import strategies as st

from pos_app.domain.basket import Line
from pos_app.domain.promotion import Goods, Kind, Promotion, Promotions
from tests.domain.goods import line

SHELF = {"A": "Tea", "B": "Tea", "C": "Bread", "D": "Bread", "E": "Wine"}


def goods(*names: str, count: int = 1) -> Goods:
    """Single letters are SKUs, longer names departments."""
    return Goods(
        frozenset(name for name in names if len(name) == 1),
        frozenset(name for name in names if len(name) > 1),
        count,
    )


def offer(name: str, kind: str, *parts: Goods, **more) -> Promotion:
    return Promotion(name, more.pop("version", 1), f"Offer {name}", Kind(kind), goods=parts, **more)


def of(*rules: Promotion, **more) -> Promotions:
    return Promotions(rules, **more)


def item(sku: str, qty: int = 1_000, price: int = 100, **more) -> Line:
    return line(sku, qty, price, department=SHELF.get(sku, ""), **more)


some_goods = st.builds(
    lambda chosen: goods(*chosen),
    st.lists(st.sampled_from([*"ABCDE", "Tea", "Bread", "Wine"]), min_size=1, max_size=3),
)

_singles = st.builds(
    lambda kind, value, part, limit: offer("x", kind, part, value=value, limit=limit),
    st.sampled_from(["percent", "amount", "fixed"]),
    st.integers(1, 3_000),
    some_goods,
    st.sampled_from([0, 0, 0, 1, 2]),
)
_n_for_m = st.builds(
    lambda buy, less, value, part, limit: offer(
        "x", "n_for_m", part, buy=buy, pay=max(1, buy - less), value=value, limit=limit
    ),
    st.integers(2, 4),
    st.integers(1, 2),
    st.sampled_from([10_000, 10_000, 5_000]),
    some_goods,
    st.sampled_from([0, 0, 1]),
)
_bundles = st.builds(
    lambda one, two, n, value, limit: offer(
        "x",
        "bundle",
        Goods(frozenset(one), count=n),
        Goods(frozenset(two)),
        value=value,
        limit=limit,
    ),
    st.sampled_from(["A", "AB", "C"]),
    st.sampled_from(["D", "DE", "E"]),
    st.integers(1, 2),
    st.integers(0, 400),
    st.sampled_from([0, 0, 1]),
)
_spend = st.builds(
    lambda kind, spend, value, part: offer("x", kind, part, spend=spend, value=value),
    st.sampled_from(["spend_amount", "spend_percent"]),
    st.integers(1, 800),
    st.integers(1, 2_000),
    some_goods,
)
_of_basket = st.builds(
    lambda kind, spend, value: offer("x", kind, spend=spend, value=value),
    st.sampled_from(["percent", "amount", "spend_amount", "spend_percent"]),
    st.integers(0, 900),
    st.integers(1, 2_000),
)


def _named(rules: Sequence[Promotion], priorities: Sequence[int]) -> tuple[Promotion, ...]:
    from dataclasses import replace

    return tuple(
        replace(rule, promotion_id=f"p{place}", label=f"Offer {place}", priority=priority)
        for place, (rule, priority) in enumerate(zip(rules, priorities, strict=False))
    )


def rules(most: int) -> st.SearchStrategy[tuple[Promotion, ...]]:
    kinds = st.one_of(_singles, _n_for_m, _bundles, _spend, _of_basket)
    exclusive = st.builds(
        lambda rule: rule, kinds
    )  # exclusive ones are asked for apart: the oracle knows one tier
    return st.builds(
        _named,
        st.lists(exclusive, max_size=most),
        st.lists(st.integers(1, 3), min_size=most, max_size=most),
    )


items = st.builds(
    item,
    st.sampled_from("ABCDE"),
    st.integers(1, 3).map(lambda n: n * 1_000),
    st.integers(0, 300),
)
mixed = st.one_of(
    items,
    st.builds(
        lambda sku, qty, price: item(sku, qty, price, unit="kg"),
        st.sampled_from("ABCDE"),
        st.integers(1, 2_500),
        st.integers(0, 300),
    ),
)


# ---- the oracle: every way to group at most some pieces, in plain recursion


def best_of_goods(lines: Sequence[Line], offers: Sequence[Promotion]) -> int:
    """The most that promotions of goods take off these whole pieces, by trying everything."""
    pieces = [
        (each.sku, each.department, each.unit_price)
        for each in lines
        for _ in range(each.qty // 1_000)
    ]
    of_goods = [each for each in offers if not each.of_basket]
    spending = [each for each in of_goods if each.kind.value.startswith("spend")]
    rest = [each for each in of_goods if each not in spending]
    best = 0
    for size in range(len(spending) + 1):
        for chosen in combinations(spending, size):
            held = [[p for p in pieces if _fits(each, 0, p)] for each in chosen]
            worth = [sum(p[2] for p in each) for each in held]
            if any(w < each.spend or not h for w, each, h in zip(worth, chosen, held, strict=True)):
                continue
            skus = [{(p[0], p[2]) for p in each} for each in held]
            if sum(map(len, skus)) != len(set().union(*skus)):
                continue
            off = sum(
                min(each.value, w)
                if each.kind is Kind.SPEND_AMOUNT
                else (w * each.value + 5_000) // 10_000
                for w, each in zip(worth, chosen, strict=True)
            )
            inside = set().union(*skus)
            left = tuple(sorted(p for p in pieces if (p[0], p[2]) not in inside))
            used = (0,) * len(rest)
            best = max(best, off + _try(left, used, rest, {}))
    return best


def _fits(rule: Promotion, part: int, piece: tuple[str, str, int]) -> bool:
    first = next((n for n, each in enumerate(rule.goods) if each.hold(piece[0], piece[1])), None)
    return first == part


def _try(pieces: tuple, used: tuple[int, ...], rest: Sequence[Promotion], seen: dict) -> int:
    """The best for the first piece and what follows."""
    if not pieces:
        return 0
    if (pieces, used) in seen:
        return seen[pieces, used]
    piece, others = pieces[0], pieces[1:]
    best = _try(others, used, rest, seen)
    for at, rule in enumerate(rest):
        if rule.limit and used[at] >= rule.limit:
            continue
        counted = tuple(n + (place == at) for place, n in enumerate(used))
        for group in _groups(rule, piece, others):
            left = list(others)
            for each in group[1:]:
                left.remove(each)
            off = _worth(rule, group)
            best = max(best, off + _try(tuple(left), counted, rest, seen))
    seen[pieces, used] = best
    return best


def _groups(rule: Promotion, piece: tuple, others: Sequence[tuple]) -> Iterator[tuple]:
    """Groups of a rule that hold the piece."""
    if rule.kind in (Kind.PERCENT, Kind.AMOUNT, Kind.FIXED):
        if _fits(rule, 0, piece):
            yield (piece,)
    elif rule.kind is Kind.N_FOR_M:
        if _fits(rule, 0, piece):
            fitting = [each for each in others if _fits(rule, 0, each)]
            for more in set(combinations(fitting, rule.buy - 1)):
                yield (piece, *more)
    else:
        size = sum(each.count for each in rule.goods)
        for more in set(combinations(others, size - 1)):
            group = (piece, *more)
            counts = [sum(_fits(rule, n, p) for p in group) for n in range(len(rule.goods))]
            if counts == [each.count for each in rule.goods]:
                yield group


def _worth(rule: Promotion, group: Sequence[tuple]) -> int:
    prices = sorted((p[2] for p in group), reverse=True)
    if rule.kind is Kind.PERCENT:
        return (prices[0] * rule.value + 5_000) // 10_000
    if rule.kind is Kind.AMOUNT:
        return min(prices[0], rule.value)
    if rule.kind is Kind.FIXED:
        return max(0, prices[0] - rule.value)
    if rule.kind is Kind.N_FOR_M:
        return sum((amount * rule.value + 5_000) // 10_000 for amount in prices[rule.pay :])
    return max(0, sum(prices) - rule.value)
