"""Whether the accounts of values are what the journal gives, and no right promises more than there is.

What tills asked and were given stands in no journal: a right is taken as it is. But what moved an
account came as a fact, or as a capture by a call; what ended a right came as a fact; and a promise
of goods went step by step. So most of these tables can be worked out again, and E1 holds for each
account: what came in, less what was spent, less what may still be spent, is not below zero, but by
what people were told of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import bindparam, or_, select

from pos_app.domain.exceptions import DEBT
from sync.hub import accounts, case_effects, recovering, reservations, right_debts, rights, schema
from sync.hub.customers import moving
from sync.hub.database import Connection, Statement
from sync.hub.returning import pended as slips
from sync.hub.rights import Right
from sync.protocol import (
    AnyFact,
    CaseDone,
    CustomerErased,
    EarnReversed,
    GrantReleased,
    HoldCaptured,
    HoldVoided,
    Refunded,
    ReservationStepped,
    ReturnDecided,
    RightUsed,
    ValueEarned,
    ValueMoved,
    decode_fact,
)

SHOWN: Final = 3
"""How many findings of one sort are told one by one."""
CALL: Final = "capture:"
"""How the movement of a capture by a call begins; its fact finds it done."""
_MOVES = (ValueEarned, EarnReversed, RightUsed, HoldCaptured, ValueMoved, CustomerErased)
_ENDS = (GrantReleased, HoldVoided, HoldCaptured, Refunded)
_TYPES: Final = sorted(
    str(kind.__struct_config__.tag)
    for kind in {*_MOVES, *_ENDS, CaseDone, ReservationStepped, ReturnDecided}
)

_e, _a, _p, _n = schema.event.c, schema.right_account.c, schema.right_part.c, schema.right_burn.c
_s = schema.reservation_step.c
_FACTS = Statement(
    " ".join(f"type{place}" for place in range(len(_TYPES))),
    select(_e.n, _e.device, _e.body)
    .where(
        or_(*(_e.type == bindparam(f"type{place}") for place in range(len(_TYPES)))),
        _e.id.is_not(None),
    )
    .order_by(_e.n),
)
_NOTES = Statement("", select(_n.fact, _n.kind, _n.account, _n.right_id, _n.amount))
_ACCOUNTS = Statement(
    "", select(_a.kind, _a.account, _a.credited, _a.burned).order_by(_a.kind, _a.account)
)
_PARTS = Statement("", select(_p.right_id, _p.kind, _p.account, _p.amount, _p.used, _p.open))
_STEPS = Statement(
    "", select(_s.reservation_id, _s.before, _s.after, _s.fact).order_by(_s.reservation_id, _s.no)
)
Account = tuple[str, str]


@dataclass(slots=True)
class _Derived:
    """What the journal says of rights."""

    moved: dict[str, tuple[str, str, str, int]] = field(default_factory=dict)
    """Fact -> (what it is, kind, account, amount); of a capture the right stands for the account."""
    ended: dict[str, str] = field(default_factory=dict)
    """Right -> the device whose fact ended it."""
    captured: dict[str, str] = field(default_factory=dict)
    """Hold -> the device whose fact spent it; a right of another form is not ended so."""
    selves: dict[str, str] = field(default_factory=dict)
    """Self-grant -> the fact it came with."""
    stepped: set[str] = field(default_factory=set)


def differences(connection: Connection) -> list[str]:
    """What does not hold, in plain sentences; several of one sort are counted."""
    derived = _read(connection)
    known = {right.right_id: right for right in rights.every(connection)}
    found: list[str] = []
    for findings in (
        _moved(connection, derived, known),
        _sums(connection, derived),
        _used(connection, known),
        _ended(derived, known),
        _stepped(connection, derived, known),
        _promised(connection),
        slips.differences(connection),
    ):
        told = list(findings)
        found += told[:SHOWN]
        if len(told) > SHOWN:
            found.append(f"{told[0].split(' ', 1)[0]}: {len(told) - SHOWN} findings more")
    return found


def _read(connection: Connection) -> _Derived:
    found = _Derived()
    for _n, device, body in connection.each(_FACTS, tuple(_TYPES)):
        _take(found, str(device), decode_fact(bytes(body)))
    return found


def _take(found: _Derived, device: str, fact: AnyFact) -> None:
    if isinstance(fact, ValueEarned | EarnReversed | RightUsed):
        if fact.kind in accounts.VALUES and 0 < fact.amount < accounts.AMOUNT_MAX:
            what = str(type(fact).__struct_config__.tag)
            found.moved[fact.id] = (what, fact.kind, fact.account, fact.amount)
            if isinstance(fact, ValueEarned) and fact.right:
                found.selves.setdefault(fact.right, fact.id)
    elif isinstance(fact, CaseDone | ReturnDecided | ValueMoved | CustomerErased):
        found.moved.update(_of_hub(fact))
    elif isinstance(fact, ReservationStepped):
        found.stepped.add(fact.id)
    elif isinstance(fact, HoldCaptured):
        if 0 < fact.amount < accounts.AMOUNT_MAX:
            found.moved[fact.id] = ("hold_captured", "", fact.right, fact.amount)
            found.captured[fact.right] = device
    elif isinstance(fact, GrantReleased | HoldVoided):
        found.ended[fact.right] = device
    elif isinstance(fact, Refunded) and fact.auth:
        found.ended[fact.auth] = device


def _of_hub(
    fact: CaseDone | ReturnDecided | ValueMoved | CustomerErased,
) -> Iterator[tuple[str, tuple[str, str, str, int]]]:
    """What people at the hub, and the hub itself, moved."""
    if isinstance(fact, CaseDone):
        moved = case_effects.moves(fact)
        if moved is not None:
            what = "right_used" if moved.what == DEBT else "value_earned"
            yield fact.id, (what, moved.kind, moved.account, moved.amount)
    elif isinstance(fact, ReturnDecided):
        if fact.amount > 0:
            yield fact.id, ("value_earned", "credit", fact.slip, fact.amount)
    else:
        for entry, kind, account, amount in moving.entries(fact):
            what = "earn_reversed" if amount > 0 else "value_earned"
            yield entry, (what, kind, account, abs(amount))


def _notes(connection: Connection) -> Iterator[tuple[str, str, str, str, int]]:
    for fact, kind, account, right, amount in connection.all(_NOTES):
        yield str(fact), str(kind), str(account), str(right), int(amount)


def _moved(connection: Connection, derived: _Derived, known: dict[str, Right]) -> Iterator[str]:
    """Each movement is a fact's, with its figures; each fact that moves an account has one."""
    wanted = dict(derived.moved)
    called = set()
    for fact, kind, account, right, amount in _notes(connection):
        if fact.startswith(CALL):
            called.add(fact.removeprefix(CALL))
            continue
        said = wanted.pop(fact, None)
        if said is None:
            yield f"movement {fact}: comes from no entry"
            continue
        what, of_kind, of_account, of_amount = said
        sign = -1 if what == "value_earned" else 1
        same = (
            right == of_account
            if what == "hold_captured"
            else (kind, account) == (of_kind, of_account)
        )
        if not same or amount != sign * of_amount:
            yield f"movement {fact}: {amount} of {kind} {account}, its entry says {sign * of_amount}"
    for fact, (what, _, right, _) in wanted.items():
        if what == "hold_captured" and (right in called or not _is_hold(known.get(right))):
            continue
        if what == "hold_captured" and any(
            one[0] == "hold_captured" and one[2] == right and other != fact and other not in wanted
            for other, one in derived.moved.items()
        ):
            continue  # said twice: the first one moved it
        yield f"movement {fact}: {what}, but nothing was moved"


def _sums(connection: Connection, derived: _Derived) -> Iterator[str]:
    """C and B of each account are the sums of what moved it."""
    right: dict[Account, list[int]] = {}
    for fact, kind, account, _, amount in _notes(connection):
        both = right.setdefault((kind, account), [0, 0])
        what = derived.moved.get(fact, ("",))[0]
        if what in ("value_earned", "earn_reversed"):
            both[0] -= amount
        else:
            both[1] += amount
    for kind, account, credited, burned in connection.all(_ACCOUNTS):
        wanted = right.pop((kind, account), [0, 0])
        if kind in accounts.VALUES and [int(credited), int(burned)] != wanted:
            yield (
                f"account {kind} {account}: {credited} in and {burned} spent,"
                f" what moved it gives {wanted[0]} and {wanted[1]}"
            )
    for kind, account in right:
        yield f"account {kind} {account}: it was moved, but is not kept"


def _used(connection: Connection, known: dict[str, Right]) -> Iterator[str]:
    """What was used of a right is what was burned by it; what is over holds nothing back."""
    burned: Counter[tuple[str, str, str]] = Counter()
    for _fact, kind, account, by, amount in _notes(connection):
        if by and amount > 0:
            burned[by, kind, account] += amount
    for right_id, kind, account, amount, used, is_open in connection.all(_PARTS):
        right = known.get(right_id)
        if right is None:
            yield f"right {right_id}: a part of it, but not itself"
            continue
        if kind in accounts.VALUES and int(used) != burned[right_id, kind, account]:
            spent = burned[right_id, kind, account]
            yield f"right {right_id}: {used} used, the entries spent {spent}"
        if bool(is_open) != right.open:
            yield f"right {right_id}: {right.state}, but {'held back' if is_open else 'let go'}"
        elif (
            not is_open and right.state not in ("EXHAUSTED", "REFUSED") and int(amount) > int(used)
        ):
            yield f"right {right_id}: {right.state}, but {int(amount) - int(used)} of it is kept"


def _is_hold(right: Right | None) -> bool:
    return right is not None and right.form == rights.HOLD


def _ended(derived: _Derived, known: dict[str, Right]) -> Iterator[str]:
    """A right that its till ended is over; who brought a value has the right to it."""
    spent = {name: by for name, by in derived.captured.items() if _is_hold(known.get(name))}
    for right_id, device in (derived.ended | spent).items():
        right = known.get(right_id)
        if right is not None and right.device == device and right.open:
            yield f"right {right_id}: {right.state}, but its till ended it"
    for right_id, fact in derived.selves.items():
        if right_id not in known:
            yield f"right {right_id}: entry {fact} gives it, but it is not kept"


def _stepped(connection: Connection, derived: _Derived, known: dict[str, Right]) -> Iterator[str]:
    """A promise stands where its steps led, each of which may follow on the one before."""
    ended: dict[str, str] = {}
    for reservation, before, after, fact in connection.all(_STEPS):
        was = ended.get(reservation, "")
        first = not was and after in (
            reservations.RESERVED,
            reservations.REFUSED,
        )
        if before != was or not (first or after in reservations.NEXT.get(was, ())):
            yield f"promise {reservation}: {after} after {was or 'nothing'}"
        if fact and fact not in derived.stepped:
            yield f"promise {reservation}: {after} comes from no entry"
        ended[reservation] = str(after)
    for one in reservations.every(connection):
        state = ended.get(one.reservation_id, "")
        if state != one.state:
            yield f"promise {one.reservation_id}: {one.state}, its steps lead to {state or 'none'}"
        right = known.get(one.reservation_id)
        over = one.state in (*reservations.ENDS, reservations.REFUSED)
        if right is None or right.open == over:
            yield f"promise {one.reservation_id}: {one.state}, its right says otherwise"


def _promised(connection: Connection) -> Iterator[str]:
    """E1. While the hub recovers it is not asked: what paid for a right may be on its way."""
    if recovering.is_recovering(connection):
        return
    for kind, account, short, known in right_debts.untold(connection):
        yield f"E1 {kind} {account}: {short} beyond what came in, people were told of {known}"
