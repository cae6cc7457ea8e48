"""Which pieces go with which promotion, so that the customer pays least: the search itself.

Pieces that are alike (`Sort`) are interchangeable. Each piece may take what the best promotion
for a single piece takes off it (`Sort.base`), or be part of one *group*: of an n-for-m, of a
bundle, of a promotion that is given a limited number of times, of a threshold on some goods. So a
group is worth what it takes off less what its pieces would have had anyway, and only groups
compete. Groups that share no sort are searched apart.

Within one such conflict the pieces are gone through from the dearest down, and of every standing
of the promotions (how full their open groups are) the best way to it is kept. For a given choice
of pieces, groups of neighbours in price are the best an n-for-m can do, so this finds the exact
optimum. What is bounded: `STANDINGS` kept at a time (fewer where there are very many pieces: `WORK`
steps in all), `BUNDLES` of one bundle where it competes with others, `THRESHOLDS` that may be on
together, and in conflicts of more than `PIECES` whole n-for-m groups of like pieces are set aside
first. Past a bound the outcome may miss the optimum;
it is still never dearer than without, and depends on the goods alone.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Final

from pos_app.domain.money import allocate

STANDINGS: Final = 400
WORK: Final = 40_000
PIECES: Final = 600
BUNDLES: Final = 8
THRESHOLDS: Final = 3
TIMES_MAX: Final = 1_000
"""How often one bundle is given in a basket."""
WHOLE: Final = 10_000
"""100 % in basis points."""

_Table = dict[tuple[Any, ...], tuple[int, Any]]
"""How full each promotion's open groups are -> the best gain so far, and the way to it."""


@dataclass(frozen=True, slots=True)
class Group:
    """A promotion that needs several pieces, or is given a limited number of times."""

    kind: str
    """n_for_m, bundle, single, spend_amount or spend_percent."""
    value: int
    buy: int = 0
    pay: int = 0
    spend: int = 0
    counts: tuple[int, ...] = ()
    """Pieces of each part of a bundle."""
    limit: int = 0


@dataclass(slots=True)
class Sort:
    """Pieces that are alike: one price, the same promotions."""

    price: int
    """Of one piece, or of a weighed line as a whole; minor units."""
    count: int
    base: int = 0
    """The most a promotion for single pieces takes off one."""
    slots: list[tuple[int, int]] = field(default_factory=list)
    """(group, part of it) that a piece can fill, in order of preference."""
    singles: dict[int, int] = field(default_factory=dict)
    """Group of kind single -> what it takes off a piece."""


@dataclass(slots=True)
class Given:
    """What a group takes off: by sort, minor units, and from how many pieces."""

    group: int
    times: int
    amounts: dict[int, int]
    pieces: dict[int, int]


def solve(sorts: Sequence[Sort], groups: Sequence[Group]) -> list[Given]:
    """The groups that are made of the pieces; what is in none of them keeps its `base`.

    `sorts` come in a canonical order: the outcome is a function of it, never of scanning.
    """
    found: list[Given] = []
    for places in _conflicts(sorts, range(len(sorts)), range(len(groups))):
        found += _Conflict(sorts, groups, places).best()
    return found


def _conflicts(
    sorts: Sequence[Sort], places: Sequence[int], among: Container[int]
) -> Iterator[list[int]]:
    """Those of the places whose sorts share some of the groups, directly or through others."""
    of_group: dict[int, int] = {}
    parent: dict[int, int] = {}

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    touched = []
    for place in places:
        inside = False
        for group, _ in sorts[place].slots:
            if group in among:
                inside = True
                parent.setdefault(place, place)
                one, other = root(of_group.setdefault(group, place)), root(place)
                parent[max(one, other)] = min(one, other)
        if inside:
            touched.append(place)
    together: dict[int, list[int]] = {}
    for place in touched:
        together.setdefault(root(place), []).append(place)
    yield from together.values()


def percent_of(amount: int, points: int) -> int:
    """`points` basis points of an amount, half up."""
    return (amount * points + WHOLE // 2) // WHOLE


class _Conflict:
    """Sorts and the groups that compete for them."""

    def __init__(self, sorts: Sequence[Sort], groups: Sequence[Group], places: list[int]) -> None:
        self.sorts, self.groups = sorts, groups
        self.places = sorted(places, key=lambda place: (-sorts[place].price, place))
        named = sorted({group for place in places for group, _ in sorts[place].slots})
        self.thresholds = [each for each in named if groups[each].kind.startswith("spend")]
        self.others = [each for each in named if each not in self.thresholds]

    def best(self) -> list[Given]:
        """The most that can be taken off, over every choice of thresholds."""
        most, chosen = -1, []
        for choice in self._choices():
            held = [self._whole(each) for each in choice]
            inside = {place for each in held for place in each.amounts}
            gain = sum(
                amount - self.sorts[place].base * self.sorts[place].count
                for each in held
                for place, amount in each.amounts.items()
            )
            free = [each for each in self.places if each not in inside]
            for places in _conflicts(self.sorts, free, self.others):
                more, rest = self._grouped(places)
                gain += more
                held += rest
            if gain > most:
                most, chosen = gain, held
        return chosen

    def _choices(self) -> Iterator[tuple[int, ...]]:
        """Thresholds that can be on together: reached, and none shares a sort with another."""
        reached = {}
        for each in self.thresholds:
            places = frozenset(self._places_of(each))
            worth = sum(self.sorts[place].price * self.sorts[place].count for place in places)
            if worth >= self.groups[each].spend:
                reached[each] = places
        most = min(len(reached), THRESHOLDS)
        sizes = range(most + 1) if len(reached) <= 2 * THRESHOLDS else range(2)
        for size in sizes:
            for choice in combinations(reached, size):
                if sum(len(reached[each]) for each in choice) == len(
                    frozenset().union(*(reached[each] for each in choice))
                ):
                    yield choice

    def _places_of(self, group: int) -> list[int]:
        return [
            place
            for place in self.places
            if any(each == group for each, _ in self.sorts[place].slots)
        ]

    def _whole(self, group: int) -> Given:
        """A threshold takes part with all of its goods in the basket."""
        rule, places = self.groups[group], self._places_of(group)
        weights = [self.sorts[place].price * self.sorts[place].count for place in places]
        total = sum(weights)
        percent = rule.kind == "spend_percent"
        off = percent_of(total, rule.value) if percent else min(rule.value, total)
        shares = allocate(off, weights)
        pieces = {place: self.sorts[place].count for place in places}
        return Given(group, 1, dict(zip(places, shares, strict=True)), pieces)

    def _grouped(self, places: list[int]) -> tuple[int, list[Given]]:
        """The gain of the best groups of these sorts, and the groups."""
        rivals = sorted(
            {
                group
                for place in places
                for group, _ in self.sorts[place].slots
                if group in self.others
            }
        )
        if len(rivals) == 1 and self.groups[rivals[0]].kind == "bundle":
            return self._bundle_alone(rivals[0], places)
        counts = {place: self.sorts[place].count for place in places}
        gain, aside = self._set_aside(places, counts)
        most, taken = self._walk(places, counts, rivals)
        return gain + most, [*aside, *self._made(taken)]

    # ---- whole groups of like pieces, where there are very many

    def _set_aside(self, places: list[int], counts: dict[int, int]) -> tuple[int, list[Given]]:
        if sum(counts.values()) <= PIECES:
            return 0, []
        total, aside = 0, []
        for place in places:
            sort = self.sorts[place]
            best, group = 0, -1
            for each, _ in sort.slots:
                rule = self.groups[each]
                if rule.kind == "n_for_m" and not rule.limit:
                    off = (rule.buy - rule.pay) * percent_of(sort.price, rule.value)
                    gain = (off - rule.buy * sort.base) * WHOLE // rule.buy
                    if gain > best:
                        best, group = gain, each
            if group < 0:
                continue
            rule = self.groups[group]
            times = max(0, (counts[place] - 4 * rule.buy) // rule.buy)
            off = times * (rule.buy - rule.pay) * percent_of(sort.price, rule.value)
            pieces = times * rule.buy
            if times:
                counts[place] -= pieces
                total += off - pieces * sort.base
                aside.append(Given(group, times, {place: off}, {place: pieces}))
        return total, aside

    # ---- the walk

    def _walk(
        self, places: list[int], counts: dict[int, int], rivals: list[int]
    ) -> tuple[int, dict[int, list[tuple[int, int]]]]:
        """The best gain, and group -> its pieces as (sort, part), the dearest first."""
        machines = [_machine(self.groups[each], each, self, places) for each in rivals]
        at = {group: index for index, group in enumerate(rivals)}
        standings = max(24, min(STANDINGS, WORK // max(1, sum(counts.values()))))
        start = tuple(machine.start for machine in machines)
        table: _Table = {start: (0, None)}
        for place in places:
            sort = self.sorts[place]
            slots = [(at[group], part) for group, part in sort.slots if group in at]
            room = sum(machines[index].room(part) for index, part in slots)
            for _piece in range(min(counts[place], room)):
                table = self._with_one(table, machines, slots, place)
                if len(table) > standings:
                    table = _fewer(table, machines, start, standings)
        best, chosen = 0, None
        for state, (gain, link) in table.items():
            if all(machine.whole(sub) for machine, sub in zip(machines, state, strict=True)):
                worth = gain - sum(
                    machine.cost(sub) for machine, sub in zip(machines, state, strict=True)
                )
                if worth > best:
                    best, chosen = worth, link
        taken: dict[int, list[tuple[int, int]]] = {}
        while chosen is not None:
            chosen, place, index, part = chosen
            taken.setdefault(rivals[index], []).append((place, part))
        return best, {group: pieces[::-1] for group, pieces in taken.items()}

    def _with_one(
        self, before: _Table, machines: list[_Machine], slots: list[tuple[int, int]], place: int
    ) -> _Table:
        """The standings after one more piece was left out, or taken into any group."""
        sort = self.sorts[place]
        table = dict(before)
        for state, (gain, link) in before.items():
            for index, part in slots:
                step = machines[index].step(state[index], part, sort)
                if step is None:
                    continue
                new = (*state[:index], step[0], *state[index + 1 :])
                worth = gain + step[1] - sort.base
                held = table.get(new)
                if held is None or worth > held[0]:
                    table[new] = (worth, (link, place, index, part))
        return table

    def _made(self, taken: dict[int, list[tuple[int, int]]]) -> list[Given]:
        """Pieces taken into groups, with what each group takes off spread over its own."""
        made = []
        for group, pieces in sorted(taken.items()):
            rule = self.groups[group]
            given = Given(group, 0, {}, {})
            if rule.kind == "single":
                for place, _ in pieces:
                    self._add(given, [place], self.sorts[place].singles[group])
            elif rule.kind == "n_for_m":
                for first in range(0, len(pieces), rule.buy):
                    held = [place for place, _ in pieces[first : first + rule.buy]]
                    free = held[rule.pay :]
                    off = sum(percent_of(self.sorts[place].price, rule.value) for place in free)
                    self._add(given, held, off)
            else:
                parts = [
                    [place for place, part in pieces if part == which]
                    for which in range(len(rule.counts))
                ]
                for which in range(len(parts[0]) // rule.counts[0]):
                    held = [
                        place
                        for part, need in zip(parts, rule.counts, strict=True)
                        for place in part[which * need : (which + 1) * need]
                    ]
                    worth = sum(self.sorts[place].price for place in held)
                    self._add(given, held, worth - rule.value)
            made.append(given)
        return made

    def _add(self, given: Given, held: list[int], off: int) -> None:
        if off <= 0:
            return
        given.times += 1
        shares = allocate(off, [self.sorts[place].price for place in held])
        for place, share in zip(held, shares, strict=True):
            given.amounts[place] = given.amounts.get(place, 0) + share
            given.pieces[place] = given.pieces.get(place, 0) + 1

    # ---- a bundle that competes with nobody: exact at any size

    def _bundle_alone(self, group: int, places: list[int]) -> tuple[int, list[Given]]:
        rule = self.groups[group]
        parts: list[list[int]] = []
        most = min(rule.limit or TIMES_MAX, TIMES_MAX)
        for which, need in enumerate(rule.counts):
            held = [
                place
                for place in sorted(
                    places,
                    key=lambda place: (self.sorts[place].base - self.sorts[place].price, place),
                )
                if (group, which) in self.sorts[place].slots
                for _ in range(min(self.sorts[place].count, most * need))
            ]
            parts.append(held)
        gain, taken = 0, []
        for turn in range(
            min(most, *(len(p) // n for p, n in zip(parts, rule.counts, strict=True)))
        ):
            chosen = [
                (place, which)
                for which, (held, need) in enumerate(zip(parts, rule.counts, strict=True))
                for place in held[turn * need : (turn + 1) * need]
            ]
            worth = sum(self.sorts[place].price - self.sorts[place].base for place, _ in chosen)
            if worth - rule.value <= 0:
                break
            gain += worth - rule.value
            taken += chosen
        return gain, self._made({group: taken}) if taken else []


class _Machine:
    """How full the open groups of one promotion are, as a small state."""

    def __init__(self, rule: Group, group: int, most: int) -> None:
        self.rule, self.group, self.most = rule, group, most
        self.start: Any = 0

    def room(self, part: int) -> int:
        """How many pieces it can take at all."""
        del part
        return self.rule.limit

    def step(self, state: Any, part: int, sort: Sort) -> tuple[Any, int] | None:
        """The state with one more piece, and what that takes off; None where it is full."""
        del part
        return (state + 1, sort.singles[self.group]) if state < self.rule.limit else None

    def whole(self, state: Any) -> bool:
        """True where no group is half made."""
        del state
        return True

    def cost(self, state: Any) -> int:
        """What the made groups cost beside their pieces."""
        del state
        return 0

    def owed(self, state: Any) -> int:
        """The same for groups half made: how much of the gain is not sure."""
        return self.cost(state)


class _SomeForLess(_Machine):
    """N for m: the dearest of a group are paid, the others are free or cheaper."""

    def room(self, part: int) -> int:
        del part
        return self.rule.limit * self.rule.buy if self.rule.limit else 10**9

    def step(self, state: Any, part: int, sort: Sort) -> tuple[Any, int] | None:
        del part
        rule = self.rule
        if rule.limit and state >= rule.limit * rule.buy:
            return None
        inside = state % rule.buy
        off = percent_of(sort.price, rule.value) if inside >= rule.pay else 0
        following = state + 1
        return (following if rule.limit else following % rule.buy), off

    def whole(self, state: Any) -> bool:
        return bool(state % self.rule.buy == 0)


class _Bundle(_Machine):
    """Some of each part, for one price."""

    def __init__(self, rule: Group, group: int, most: int) -> None:
        super().__init__(rule, group, most)
        self.start = (0,) * len(rule.counts)

    def room(self, part: int) -> int:
        return self.most * self.rule.counts[part]

    def step(self, state: Any, part: int, sort: Sort) -> tuple[Any, int] | None:
        if state[part] >= self.most * self.rule.counts[part]:
            return None
        return (*state[:part], state[part] + 1, *state[part + 1 :]), sort.price

    def whole(self, state: Any) -> bool:
        times = state[0] // self.rule.counts[0]
        return all(have == times * need for have, need in zip(state, self.rule.counts, strict=True))

    def cost(self, state: Any) -> int:
        return int(state[0] // self.rule.counts[0] * self.rule.value)

    def owed(self, state: Any) -> int:
        return int(sum(state) * self.rule.value // sum(self.rule.counts))


def _machine(rule: Group, group: int, conflict: _Conflict, places: list[int]) -> _Machine:
    if rule.kind == "n_for_m":
        return _SomeForLess(rule, group, 0)
    if rule.kind != "bundle":
        return _Machine(rule, group, 0)
    most = min(rule.limit or BUNDLES, BUNDLES)
    for which, need in enumerate(rule.counts):
        have = sum(
            conflict.sorts[place].count
            for place in places
            if (group, which) in conflict.sorts[place].slots
        )
        most = min(most, have // need)
    return _Bundle(rule, group, most)


def _fewer(
    table: _Table,
    machines: list[_Machine],
    start: tuple[Any, ...],
    standings: int,
) -> _Table:
    """The standings that promise most; the one where nothing was taken always among them."""

    def rank(state: tuple[Any, ...]) -> tuple[int, tuple[Any, ...]]:
        owed = sum(m.owed(sub) for m, sub in zip(machines, state, strict=True))
        return owed - table[state][0], state

    kept = sorted(table, key=rank)[: standings - 1]
    return {start: table[start]} | {state: table[state] for state in kept}
