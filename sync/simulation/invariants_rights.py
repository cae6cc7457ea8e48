"""Values that nobody spends twice, and goods that are promised once: I10 to I15, I19 and I20.

Everything is added up here from the bytes of the facts and the rows of the hub, never by the
functions that the hub decides with.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import msgspec

from pos_app.store import schema
from pos_app.store.reads import LEDGER_FILE
from sync.engine.ports import Request
from sync.hub.answers import Reply
from sync.simulation.faults import expect

if TYPE_CHECKING:
    from sync.simulation.till import SimulatedTill
    from sync.simulation.world import World

VALUES: Final = ("points", "credit", "card")
OPEN: Final = ("ACTIVE", "HELD", "AUTHORISED", "RESERVED", "FROZEN")
LEGAL: Final = {
    "": {"ACTIVE", "HELD", "AUTHORISED", "RESERVED", "REFUSED", "VOIDED"},
    "ACTIVE": {"EXHAUSTED", "SETTLED", "FROZEN"},
    "HELD": {"CAPTURED", "VOIDED", "FROZEN", "SETTLED"},
    "AUTHORISED": {"RETURNED", "SETTLED", "FROZEN"},
    "RESERVED": {"SETTLED"},
    "FROZEN": {"SETTLED", "CAPTURED", "VOIDED", "RETURNED", "EXHAUSTED"},
}
"""State of a right -> where it may go; "" is before the hub knew it. The others are ends."""
WAYS: Final = {
    "RESERVED": {"PICKING", "READY", "COLLECTED", "SHORT", "LAPSED", "CANCELLED"},
    "PICKING": {"READY", "COLLECTED", "SHORT", "LAPSED", "CANCELLED"},
    "READY": {"PICKING", "COLLECTED", "SHORT", "LAPSED", "CANCELLED"},
    "LAPSED": {"READY", "COLLECTED", "RESTOCKED", "CANCELLED"},
}
"""State of a promise -> where it may go."""
ASKED_AT: Final = ("/v1/grants", "/v1/holds", "/v1/return-auths", "/v1/reservations")
FACTS: Final = [
    "value_earned",
    "earn_reversed",
    "right_used",
    "grant_released",
    "hold_captured",
    "hold_voided",
    "refunded",
    "reservation_stepped",
    "right_written_off",
]
_HELD_BACK: Final = (
    "SELECT coalesce(sum(max(amount - used, 0)), 0) FROM right_part JOIN value_right "
    "USING (right_id) WHERE kind = ? AND account = ? "
    "AND state IN ('ACTIVE', 'HELD', 'AUTHORISED', 'RESERVED', 'FROZEN')"
)


# --- when the hub answers a question --------------------------------------------------------


def at_answer(world: World, request: Request, reply: Reply) -> None:
    """What must hold the moment a right was given, before anything else happens at the hub."""
    if request.target not in ASKED_AT or reply.status != 200:
        return
    if world.plan.values:
        return  # what moved an account besides is looked at by `invariants_values`
    asked, told = msgspec.json.decode(request.body), msgspec.json.decode(reply.body)
    known = world.seen.rights.asked
    if asked["id"] in known:
        expect(
            known[asked["id"]] == request.body,
            f"I14: {asked['id']} was answered to two questions",
        )
        return
    known[asked["id"]] = request.body
    if told["state"] not in OPEN:
        return
    for kind, account, *_ in told["parts"]:
        if kind == "stock":
            i19_promised_is_there(world, account)
        elif kind == "sold":
            i16_word_is_within_what_was_sold(world, account)
        else:
            i10_given_is_there(world, kind, account)


def held_back(world: World, kind: str, account: str) -> int:
    """What open rights may still spend, by their states."""
    rows = world.hub.ask(
        _HELD_BACK,
        *(kind, account),
    )
    return int(rows[0][0])


def _told(world: World, *kinds: str) -> int:
    rows = world.hub.ask(
        "SELECT coalesce(sum(amount), 0) FROM exception "
        "WHERE kind IN (SELECT value FROM json_each(?))",
        msgspec.json.encode(kinds).decode(),
    )
    return int(rows[0][0])


def _came_and_went(world: World, kind: str, account: str) -> tuple[int, int, int]:
    """C and B of a value, and what of C was reversed, as the facts and the captures tell them."""
    _look_at_facts(world)
    seen = world.seen.rights
    came, reversed_ = seen.values.get((kind, account), (0, 0))
    spent = sum(qty for (_, *key), qty in seen.spent.items() if key == [kind, account])
    rows = world.hub.ask(
        "SELECT coalesce(sum(right_burn.amount), 0) FROM right_burn JOIN value_right USING "
        "(right_id) WHERE kind = ? AND account = ? AND form = 'hold'",
        *(kind, account),
    )
    return came, spent + int(rows[0][0]), reversed_


def _look_at_facts(world: World) -> None:
    seen = world.seen.rights
    for n, kind, body in world.hub.ask(
        "SELECT n, type, body FROM event WHERE n > ? AND id IS NOT NULL ORDER BY n", seen.n
    ):
        seen.n = n
        if kind not in FACTS:
            continue
        told: dict[str, Any] = msgspec.json.decode(body)
        named = told.get("right") or told.get("auth") or told.get("reservation", "")
        seen.told.setdefault(kind, set()).add(named)
        if kind in ("value_earned", "earn_reversed"):
            value = seen.values.setdefault((told["kind"], told["account"]), [0, 0])
            sign = 1 if kind == "value_earned" else -1
            value[0] += sign * told["amount"]
            value[1] += told["amount"] if sign < 0 else 0
        elif kind == "right_used":
            key = (named, told["kind"], told["account"])
            seen.spent[key] = seen.spent.get(key, 0) + told["amount"]


def i10_given_is_there(world: World, kind: str, account: str) -> None:
    """I10 (E1): a right is given of what came in, was not spent and is not another's."""
    came, spent, _ = _came_and_went(world, kind, account)
    free = came - spent - held_back(world, kind, account)
    expect(free >= 0, f"I10: a right was given of {kind} {account}, which is short of {-free}")


def i16_word_is_within_what_was_sold(world: World, account: str) -> None:
    """I16 (R1): what came back and what the hub gave its word for is no more than was sold."""
    sale, _, line = account.rpartition("/")
    ask = world.hub.ask
    sold = ask(
        "SELECT coalesce(max(line.qty), 0) FROM line JOIN event USING (n) "
        "WHERE event.id = ? AND line = ?",
        *(sale, int(line)),
    )[0][0]
    back = ask(
        "SELECT coalesce(sum(qty), 0) FROM refund_line WHERE sale = ? AND of = ?",
        *(sale, int(line)),
    )[0][0]
    words = held_back(world, "sold", account)
    expect(back + words <= sold, f"I16: {back} of {sold} came back, and the hub's word for {words}")


def i19_promised_is_there(world: World, account: str) -> None:
    """I19 (S2): what is promised is in the store, at the moment of the promise."""
    store, _, sku = account.partition("/")
    rows = world.hub.ask("SELECT on_hand FROM stock WHERE store_id = ? AND sku = ?", store, sku)
    on_hand = rows[0][0] if rows else 0
    promised = world.hub.ask(
        "SELECT coalesce(sum(amount), 0) FROM right_part JOIN reservation "
        "ON reservation_id = right_id WHERE kind = 'stock' AND account = ? "
        "AND state IN ('RESERVED', 'PICKING', 'READY', 'LAPSED')",
        account,
    )[0][0]
    expect(promised <= on_hand, f"I19: {promised} of {account} are promised, there are {on_hand}")


# --- after each commit of the hub -----------------------------------------------------------


def at_commit(world: World) -> None:
    """All that must hold whatever the hub has just written."""
    if not world.plan.rights:
        return
    _look_at_facts(world)
    for kind, account in sorted(world.seen.rights.values):
        i10_nothing_is_overspent(world, kind, account)
    i13_overruns_are_told(world)
    i14_states_are_legal(world)
    i15_captured_once(world)
    i20_promises_end_once(world)


def i10_nothing_is_overspent(world: World, kind: str, account: str) -> None:
    """I8, I10, I12: an account is its facts; spent is what came in, but for what was told."""
    came, spent, reversed_ = _came_and_went(world, kind, account)
    kept = world.hub.ask(
        "SELECT credited, burned FROM right_account WHERE kind = ? AND account = ?",
        *(kind, account),
    )
    expect(kept == [(came, spent)], f"I8: {kind} {account} is {kept}, its facts {came}, {spent}")
    free = came - spent - held_back(world, kind, account)
    told = _told(world, "grant_overrun", "unsecured_burn", "value_debt")
    expect(free >= -told - reversed_, f"I10: {kind} {account} is short of {-free}, told are {told}")
    if not reversed_ and not told:
        expect(spent <= came, f"I12: of {came} {kind} {account} {spent} were spent")


def i13_overruns_are_told(world: World) -> None:
    """I13 (E4): what went beyond rights is told to a person, to the last unit; E3: by no honest till."""
    over = world.hub.ask(
        "SELECT coalesce(sum(used - amount), 0) FROM right_part WHERE used > amount"
    )[0][0]
    told = _told(world, "grant_overrun")
    expect(over == told, f"I13: rights were overspent by {over}, a person is told of {told}")
    expect(not over or world.promises.lost_disks, f"I13 (E3): {over} overspent, no disk was copied")
    used = world.hub.ask(
        "SELECT right_id, kind, account, used FROM right_part JOIN value_right USING (right_id) "
        "WHERE form IN ('grant', 'self')"
    )
    spent = world.seen.rights.spent
    wrong = [row for row in used if spent.get((row[0], row[1], row[2]), 0) != row[3]]
    expect(not wrong, f"I13: {wrong[:2]} is not what facts spent of these rights")


def i14_states_are_legal(world: World) -> None:
    """I14: rights go legal ways, and only a fact, the end of a life or a person gives one back."""
    seen = world.seen.rights
    epochs = dict(world.hub.ask("SELECT device, epoch FROM device"))
    rows = world.hub.ask("SELECT right_id, form, state, device, epoch, why FROM value_right")
    for right, form, state, device, epoch, why in rows:
        ended = form != "reservation" and epoch < epochs.get(device, 0)
        expect(
            not ended or state not in OPEN or state == "FROZEN",
            f"I14: {right} is {state}, and its till lives again",
        )
        before = seen.states.get(right, "")
        if before == state:
            continue
        expect(state in _next(before), f"I14: {right} went from {before or 'nothing'} to {state}")
        if before:
            _has_a_cause(world, right, form, state, why, lives_on=not ended)
        seen.states[right] = state


def _next(before: str) -> set[str]:
    """Within one commit it may go several steps."""
    ways = set(LEGAL.get(before, ()))
    for state in tuple(ways) if before in ("", *OPEN) else ():
        ways |= LEGAL.get(state, set())
    return ways


def _has_a_cause(
    world: World, right: str, form: str, state: str, why: str, *, lives_on: bool
) -> None:
    told = world.seen.rights.told
    by_fact = {
        "SETTLED": ("grant_released", "hold_voided", "right_written_off", "reservation_stepped"),
        "VOIDED": ("hold_voided",),
        "RETURNED": ("refunded",),
    }
    if state not in by_fact or (form == "reservation" and state == "SETTLED"):
        return
    named = any(right in told.get(kind, ()) for kind in by_fact[state])
    sealed = state == "SETTLED" and why == "sealed" and (not lives_on or form == "self")
    expect(named or sealed, f"I14: {right} is {state} ({why}), and nobody gave it back")


def i15_captured_once(world: World) -> None:
    """I15: of a hold no more is spent than was held, and once."""
    rows = world.hub.ask(
        "SELECT right_id, count(*), sum(right_burn.amount) FROM right_burn "
        "JOIN value_right USING (right_id) WHERE form = 'hold' GROUP BY right_id"
    )
    held = dict(world.hub.ask("SELECT right_id, asked FROM right_part WHERE place = 0"))
    for right, times, amount in rows:
        expect(times == 1, f"I15: {right} was captured {times} times")
        copied = bool(world.promises.lost_disks)
        expect(copied or amount <= held[right], f"I15: {amount} of {held[right]} were captured")


def i20_promises_end_once(world: World) -> None:
    """I20 (S3): a promise goes one way to one end, and is fetched once."""
    rows = world.hub.ask("SELECT reservation_id, before, after FROM reservation_step ORDER BY no")
    ends: Counter[str] = Counter()
    for promise, before, after in rows:
        if before:
            legal = after in WAYS.get(before, ())
            expect(legal, f"I20: {promise} went from {before} to {after}")
        ends[promise] += after in ("COLLECTED", "CANCELLED", "SHORT", "RESTOCKED")
    twice = [promise for promise, times in ends.items() if times > 1]
    expect(not twice, f"I20: {twice} ended twice")


# --- at a till, and at the end --------------------------------------------------------------


def i11_a_till_spends_what_it_has(world: World, till: SimulatedTill) -> None:
    """I11 (E2): what is left of a right and what this life spent of it is what it was given."""
    if not world.plan.rights or till.window.ledger is None:
        return
    gone: Counter[str] = Counter()
    with closing(schema.connect(till.data / LEDGER_FILE, till.keys.db_key, write=False)) as file:
        facts = file.execute(
            "SELECT type, body FROM journal WHERE type IN "
            "('right_used', 'hold_captured', 'grant_released')"
        ).fetchall()
        held = file.execute(
            "SELECT right_id, form, state, amount, remaining FROM held_right WHERE epoch = ?",
            (till.identity.epoch,),
        ).fetchall()
    for kind, body in facts:
        told: dict[str, Any] = msgspec.json.decode(body)
        gone[told.get("right", "")] += told["left" if kind == "grant_released" else "amount"]
    for right, form, state, amount, left in held:
        expect(left >= 0, f"I11: {till.name} has {left} of a right")
        if state in ("VOIDED", "CAPTURED") or (form, state) == ("return", "RETURNED"):
            continue
        lost = amount - left - gone[right]
        expect(not lost, f"I11: {till.name} was given {amount}, has {left}, {lost} are nowhere")


def i14_everything_is_settled(world: World) -> None:
    """I14, I26: when all is calm no till holds a right, and the hub holds none back for it."""
    if not world.plan.rights:
        return
    lost = {till.device for till in world.tills if till.name in world.promises.lost_disks}
    rows = world.hub.ask(
        "SELECT right_id, form, state, device FROM value_right WHERE form <> 'reservation'"
    )
    left = [row for row in rows if row[2] in OPEN and row[3] not in lost]
    expect(not left, f"I26: {len(left)} rights are held back for nobody: {left[:2]}")


def i20_fetched_twice_is_told(world: World) -> None:
    """I20: who fetched a second time, or more than was promised, is told to a person."""
    if not world.plan.rights:
        return
    ask = world.hub.ask
    fetched: Counter[str] = Counter()
    for (body,) in ask("SELECT body FROM event WHERE type = 'reservation_stepped' AND id NOT NULL"):
        told = msgspec.json.decode(body)
        fetched[told["reservation"]] += told["step"] == "COLLECTED"
    ended = {
        row[0]
        for row in ask("SELECT reservation_id FROM reservation_step WHERE after = 'COLLECTED'")
    }
    right = sum(times - (promise in ended) for promise, times in fetched.items())
    told = ask("SELECT count(*) FROM exception WHERE kind = 'pickup_twice'")[0][0]
    strange = ask("SELECT count(*) FROM exception WHERE kind = 'reservation_strange'")[0][0]
    expect(right in range(told, told + strange + 1), f"I20: {right} fetched in vain, {told} told")
