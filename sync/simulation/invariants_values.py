"""Promises of values: I36 to I44, looked at after each commit of the hub or when all is calm.

They are worked out from the facts, beside what the hub keeps: nothing of the hub's own arithmetic is
used but where it says so.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import msgspec

from pos_app.domain.exceptions import DEBT
from pos_app.domain.tender import ACCOUNT_KINDS
from sync.hub import exception_check, recovering
from sync.simulation.faults import expect
from sync.simulation.office import GIFT
from sync.simulation.valuing import MEMBERS

if TYPE_CHECKING:
    from sync.simulation.world import World

TOLD_OF: Final = ("grant_overrun", "unsecured_burn", "value_debt")
_FREE: Final = (
    "SELECT kind, account, credited - burned - coalesce((SELECT sum(max(amount - used, 0)) FROM "
    "right_part WHERE right_part.kind = right_account.kind AND right_part.account = "
    "right_account.account AND open), 0) FROM right_account WHERE kind IN "
    "('points', 'credit', 'card')"
)
Fact = dict[str, Any]


# --- after each commit of the hub -------------------------------------------------------------


def at_commit(world: World) -> None:
    """What must hold whatever the hub has just written."""
    if not world.plan.values:
        return
    i36_entries_are_the_account(world)
    i37_nothing_is_overspent_in_silence(world)
    i13_overruns_are_told(world)


def i36_entries_are_the_account(world: World) -> None:
    """I36: what is on an account is the sum of its entries, points, cards and credit alike."""
    kept = world.hub.ask(
        "SELECT kind, account, credited - burned FROM right_account "
        "WHERE kind IN ('points', 'credit', 'card') AND credited <> burned ORDER BY 1, 2"
    )
    right = world.hub.ask(
        "SELECT kind, account, -sum(amount) FROM right_burn "
        "GROUP BY kind, account HAVING sum(amount) <> 0 ORDER BY 1, 2"
    )
    expect(kept == right, f"I36: {_apart(kept, right)} is kept, or entered, and not both")


def i37_nothing_is_overspent_in_silence(world: World) -> None:
    """I37 (E1, E4): below nothing is an account only by as much as people were told of."""
    if recovering.is_recovering(world.hub.connection):
        return  # what paid for a right may be on its way
    told: Counter[str] = Counter()
    for kind, detail, amount in world.hub.ask("SELECT kind, detail, amount FROM exception"):
        if kind in TOLD_OF:
            told[detail] += amount
    for kind, account, amount in world.hub.ask(
        "SELECT kind, account, amount FROM case_effect WHERE what = ?", DEBT
    ):
        told[f"{kind} {account}"] += amount
    for kind, account, free in world.hub.ask(_FREE):
        known = told[f"{kind} {account}"]
        expect(free + known >= 0, f"I37: {kind} {account} is short of {-free}, told are {known}")


def i13_overruns_are_told(world: World) -> None:
    """I13 (E4): what went beyond rights is told to the last unit; E3: by no honest till."""
    over = world.hub.ask(
        "SELECT coalesce(sum(used - amount), 0) FROM right_part WHERE used > amount"
    )[0][0]
    told = world.hub.ask(
        "SELECT coalesce(sum(amount), 0) FROM exception WHERE kind = 'grant_overrun'"
    )[0][0]
    expect(over == told, f"I13: rights were overspent by {over}, a person is told of {told}")
    copied = world.promises.lost_disks or world.seen.restores
    expect(not over or copied, f"I13 (E3): {over} overspent, no disk was copied")


# --- when all is calm --------------------------------------------------------------------------


def at_end(world: World) -> None:
    """Raises Broken at the first promise that does not hold."""
    if not world.plan.values:
        return
    if world.office is not None:
        world.office.a_day_later()
    facts = _facts(world)
    i38_sold_is_spent_or_there(world, facts)
    i39_points_are_those_of_the_sales(world, facts)
    i40_a_whole_return_is_nothing(world, facts)
    i41_no_more_back_than_sold(world, facts)
    i42_the_shop_pays_once(world)
    i43_an_exchange_nets(facts)
    i44_a_slip_is_worth_something_once(world, facts)
    i14_everything_is_settled(world)
    i24_the_hub_finds_itself_whole(world)


def _facts(world: World) -> dict[str, list[Fact]]:
    found: dict[str, list[Fact]] = defaultdict(list)
    for kind, body in world.hub.ask(
        "SELECT type, body FROM event WHERE id IS NOT NULL AND result <> 'quarantined' ORDER BY n"
    ):
        found[kind].append(msgspec.json.decode(body))
    return found


def i38_sold_is_spent_or_there(world: World, facts: dict[str, list[Fact]]) -> None:
    """I38: what was put on cards and credit is what was paid by them and what is still there."""
    put, paid, missing = _put_on(facts), _paid_by(facts), _never_came(world)
    kept = world.hub.ask(
        "SELECT kind, sum(credited - burned) FROM right_account "
        "WHERE kind IN ('card', 'credit') GROUP BY kind"
    )
    there = {kind: int(amount) for kind, amount in kept}
    for kind in ("card", "credit"):
        right = put[kind] - paid[kind]
        held = there.get(kind, 0)
        told = f"{put[kind]} came on, {paid[kind]} was paid, {missing[kind]} never came"
        expect(right - missing[kind] == held, f"I38: {kind}: {told}, {held} are there")
    told_of = world.hub.ask("SELECT count(*) FROM exception WHERE kind = 'value_differs'")[0][0]
    # A hub that was put back knows no hold of since: what captures it takes nothing off.
    lost = world.promises.lost_disks or world.seen.restores
    expect(not told_of or lost, f"I38: {told_of} cut, no disk was lost")


def _never_came(world: World) -> Counter[str]:
    """What a person was told that documents say of cards and credit, and no entry did.

    The rest of a commit went with a disk: told to the last cent.
    """
    missing: Counter[str] = Counter()
    for (detail,) in world.hub.ask("SELECT detail FROM exception WHERE kind = 'value_differs'"):
        for part in detail.split("; "):
            title, _, moved = part.partition(": ")
            kind, _account, amount = moved.split(" ")
            missing[kind] += int(amount) if title == "missing" else -int(amount)
    return missing


def _put_on(facts: dict[str, list[Fact]]) -> Counter[str]:
    put: Counter[str] = Counter()
    for document in (*facts["sale"], *facts["voided"]):
        for line in document["lines"]:
            if line.get("value"):
                put[line["value"].partition("/")[0]] += line["total"]
    for document in (*facts["refunded"], *facts["voided"]):
        for row in document["payments"]:
            if row.get("account") and row["amount"] < 0:
                put[ACCOUNT_KINDS[row["tender"]]] -= row["amount"]
    for given in facts["credit_given"]:
        put[given["kind"]] += given["amount"]
    for word in facts["return_decided"]:
        put["credit"] += word.get("amount", 0)
    for kind, amount in _by_decisions(facts):
        put[kind] += amount
    return put


def _by_decisions(facts: dict[str, list[Fact]]) -> Iterator[tuple[str, int]]:
    """(kind of account, by how much it grew) of what people decided about exceptions."""
    for done in facts["case_done"]:
        below = done.get("kind") in TOLD_OF
        for effect in done["effects"]:
            if effect["what"] == "credit":
                yield effect["kind"], effect["amount"]
            elif effect["what"] == DEBT and effect.get("account") and not below:
                yield effect["kind"], -effect["amount"]


def _paid_by(facts: dict[str, list[Fact]]) -> Counter[str]:
    paid: Counter[str] = Counter()
    for sale in facts["sale"]:
        for row in sale["payments"]:
            if row.get("account"):
                paid[ACCOUNT_KINDS[row["tender"]]] += row["amount"]
    return paid


def i39_points_are_those_of_the_sales(world: World, facts: dict[str, list[Fact]]) -> None:
    """I39: points are what sales earned and spent, less what came back; merging makes none."""
    total = GIFT * len(MEMBERS)
    by_tills = [one for one in facts["value_earned"] if _points(one) and one["dev"] != "hub"]
    by_hub = [one for one in facts["value_earned"] if _points(one) and one["dev"] == "hub"]
    apart = _points_apart(world)
    earned: Counter[str] = Counter()
    for fact in by_tills:
        earned[fact.get("of", "")] += fact["amount"]
    for sale in facts["sale"]:
        said = sale.get("points") or {}
        got = said.get("earned", 0)
        have = earned[sale["id"]]
        told = sale["id"] in apart
        expect(have == got or told, f"I39: {sale['doc_no']} says {got}: {have}")
        total += got - said.get("spent", 0) + apart.get(sale["id"], 0)
    sales = {sale["id"] for sale in facts["sale"]}
    # Spent points that came back with the goods; and what the hub gave but the welcome.
    total += sum(fact["amount"] for fact in by_tills if fact.get("of", "") not in sales)
    total += sum(fact["amount"] for fact in by_hub) - GIFT * len(MEMBERS)
    total -= sum(fact["amount"] for fact in facts["earn_reversed"] if _points(fact))
    total += sum(amount for kind, amount in _by_decisions(facts) if kind == "points")
    held = world.hub.ask(
        "SELECT coalesce(sum(credited - burned), 0) FROM right_account WHERE kind = 'points'"
    )[0][0]
    expect(held == total, f"I39: {held} points are there, the documents give {total}")


def _points_apart(world: World) -> dict[str, int]:
    """Document -> by how much more moved than it says; a person is told, and only of lost disks."""
    rows = world.hub.ask(
        "SELECT fact, amount FROM exception WHERE kind = 'points_differ' "
        "AND detail LIKE '% moved, the document says %'"
    )
    lost = world.promises.lost_disks or world.seen.restores
    expect(not rows or lost, f"I39: the points of {rows[:2]} differ, no disk was lost")
    return {fact: int(amount) for fact, amount in rows}


def _points(fact: Fact) -> bool:
    return bool(fact["kind"] == "points")


def i40_a_whole_return_is_nothing(world: World, facts: dict[str, list[Fact]]) -> None:
    """I40: all of a sale back is nothing in money and nothing in points, whichever the parts."""
    refunds: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts["refunded"]:
        refunds[fact["sale"]].append(fact)
    points: Counter[str] = Counter()
    for fact in facts["earn_reversed"]:
        if fact["kind"] == "points":
            points[fact.get("of", "")] += fact["amount"]
    given: Counter[str] = Counter()
    for fact in facts["value_earned"]:
        if fact["kind"] == "points":
            given[fact.get("of", "")] += fact["amount"]
    gone, cut = {fact["sale"] for fact in facts["voided"]}, _points_apart(world).keys()
    for sale in facts["sale"]:
        backs = refunds[sale["id"]]
        if not backs or sale["id"] in gone or not _all_back(sale, backs):
            continue
        goods = sum(one["total"] for one in sale["lines"] if _is_goods(one))
        money = -sum(back["total"] for back in backs)
        expect(money == goods, f"I40: {sale['doc_no']} cost {goods}, {money} came back for all")
        if cut & {sale["id"], *(back["id"] for back in backs)}:
            continue  # half of one went with a disk: a person was told how much
        said = sale.get("points") or {}
        kept = said.get("earned", 0) - sum(points[back["id"]] for back in backs)
        lost = said.get("spent", 0) - sum(given[back["id"]] for back in backs)
        expect(kept == 0, f"I40: {kept} points of {sale['doc_no']} stay, all of it came back")
        expect(lost == 0, f"I40: {lost} points spent on {sale['doc_no']} did not come back")


def _is_goods(line: Fact) -> bool:
    return not (line.get("value") or line.get("order"))


def _all_back(sale: Fact, backs: list[Fact]) -> bool:
    came: Counter[int] = Counter()
    for back in backs:
        for line in back["lines"]:
            came[line["of"]] -= line["qty"]
    sold = {line["line"]: line["qty"] for line in sale["lines"] if _is_goods(line)}
    return bool(sold) and dict(came) == sold


def i41_no_more_back_than_sold(world: World, facts: dict[str, list[Fact]]) -> None:
    """I41 (R1): over tills, slips and shops no more comes back than was sold, or is told of."""
    sold: dict[tuple[str, int], int] = {}
    for sale in facts["sale"]:
        for line in sale["lines"]:
            sold[sale["id"], line["line"]] = line["qty"]
    came: Counter[tuple[str, int]] = Counter()
    for fact in facts["refunded"]:
        for line in fact["lines"]:
            came[fact["sale"], line["of"]] -= line["qty"]
    for word in facts["return_decided"]:
        for line in word.get("lines", ()):
            if word.get("sale") and line.get("of"):
                came[word["sale"], line["of"]] += line["qty"]
    told = {
        fact
        for (evidence,) in world.hub.ask(
            "SELECT evidence FROM exception WHERE kind = 'over_return'"
        )
        for fact in (msgspec.json.decode(evidence) if evidence else ())
    }
    named = {fact["id"]: fact["sale"] for fact in facts["refunded"]}
    named |= {fact["id"]: fact.get("sale", "") for fact in facts["return_pended"]}
    flagged = {named.get(fact, fact) for fact in told} | told
    for (sold_by, number), qty in came.items():
        most = sold.get((sold_by, number))
        if most is not None and qty > most:
            told_of = f"I41: {qty} of {most} of {sold_by}/{number} came, nobody is told"
            expect(sold_by in flagged, told_of)


def i42_the_shop_pays_once(world: World) -> None:
    """I42: a shop's payment service is asked once for a refund, and never for more than was paid."""
    if world.office is None or world.webshop is None:
        return
    service = world.office.service
    twice = {op: times for op, times in service.times.items() if times > 1}
    expect(not twice, f"I42: paid back twice: {twice}")
    for order, amount in service.of_order.items():
        paid = world.webshop.sold[order].order.payment.paid
        told = f"I42: {amount} of {paid} was paid back for order {order}"
        expect(amount <= paid, told)


def i43_an_exchange_nets(facts: dict[str, list[Fact]]) -> None:
    """I43: what an exchange carries over leaves the return and pays the sale, to the cent."""
    sales = {sale["id"]: sale for sale in facts["sale"]}
    for back in facts["refunded"]:
        if not back.get("exchange"):
            continue
        sale = sales.get(back["exchange"])
        expect(sale is not None, f"I43: {back['doc_no']} is exchanged for nothing")
        if sale is None:
            continue
        expect(sale.get("exchange") == back["id"], f"I43: {sale['doc_no']} knows of no return")
        carried = _carried(back) + _carried(sale)
        expect(carried == 0, f"I43: {back['doc_no']} and {sale['doc_no']} are apart by {carried}")
        most = min(-back["total"], sale["total"])
        expect(
            _carried(sale) == most, f"I43: {_carried(sale)} is carried over, it should be {most}"
        )


def _carried(document: Fact) -> int:
    return int(sum(row["amount"] for row in document["payments"] if row["tender"] == "exchange"))


def i44_a_slip_is_worth_something_once(world: World, facts: dict[str, list[Fact]]) -> None:
    """I44: a slip is never worth more than the goods that it stands for."""
    worth = {fact["slip"]: fact["amount"] for fact in facts["return_pended"]}
    for slip, amount in worth.items():
        rows = world.hub.ask(
            "SELECT coalesce(sum(-amount), 0) FROM right_burn "
            "WHERE kind = 'credit' AND account = ? AND amount < 0 AND reason <> 'refunded'",
            slip,
        )
        came = int(rows[0][0]) - _gone_back_on(facts, slip)
        expect(came <= amount, f"I44: a slip over {amount} was given {came}")


def _gone_back_on(facts: dict[str, list[Fact]], slip: str) -> int:
    """What refunds of things paid with the slip put on it again."""
    return -sum(
        int(row["amount"])
        for document in (*facts["refunded"], *facts["voided"])
        for row in document["payments"]
        if row.get("account") == slip and row["amount"] < 0
    )


def i14_everything_is_settled(world: World) -> None:
    """I14, I26: when all is calm no till holds a right, and the hub holds none back for it."""
    lost = {till.device for till in world.tills if till.name in world.promises.lost_disks}
    rows = world.hub.ask(
        "SELECT right_id, form, state, device FROM value_right WHERE form <> 'reservation' "
        "AND state IN ('ACTIVE', 'HELD', 'AUTHORISED', 'FROZEN')"
    )
    left = [row for row in rows if row[3] not in lost]
    expect(not left, f"I26: {len(left)} rights are held back for nobody: {left[:2]}")


def i24_the_hub_finds_itself_whole(world: World) -> None:
    """I24 (X1): the hub's own nightly look finds nothing to open, and every decision done."""
    found = exception_check.look(world.hub.connection)
    wrong = [*found.rights, *found.unproven, *found.differing, *found.faults]
    wrong += [f"{one.kind} {one.detail}" for one in found.missing]
    expect(not wrong, f"I24: the hub's own look: {wrong[:3]}")


def _apart(one: list[Any], other: list[Any]) -> list[Any]:
    return sorted(set(map(tuple, one)) ^ set(map(tuple, other)))[:3]
