"""Points of a website's customers: what they have, kept for a basket, spent, earned; each id once.

A customer is named by the id that the website knows them by. A hold is the hub's own promise: until
it is captured, given back, or over, nobody else can spend these points, and no till either.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from pos_app.domain.day import parse_utc, utc_text
from pos_app.domain.points_age import EARNED, SPENT
from sync.hub import accounts, recovering, rights
from sync.hub.answers import HubProblem, stamp
from sync.hub.customers import feeding, finding, people
from sync.hub.loyalty import jobs, ledger
from sync.hub.loyalty.ledger import POINTS
from sync.hub.loyalty.standing import standing
from sync.hub.rights import HOLD, Right, Wanted
from sync.hub.storefront.messages import Id, Text
from sync.hub.storefront.ordering import Desk
from sync.protocol import RightPart
from sync.protocol.customers import SHOP

SHOWN: Final = 100
MINUTES_MAX: Final = 7 * 1_440
OWNER: Final = "storefront:"
"""How a hold says that a website has it, and which."""
_ROOT: Final = uuid.UUID("6f6b3c0a-5a2f-5c0e-9a3e-2d9b8c1f7e55")
Count = Annotated[int, Meta(ge=1, le=10**9)]
CustomerId = Annotated[str, Meta(min_length=1, max_length=128)]


class PointsMoved(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry of a statement."""

    at: str
    points: int
    """Above 0 came in."""
    why: str
    about: str = ""
    """The document or order it happened for."""


class PointsReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a customer has, and the newest of what moved it first."""

    at: str
    points: int
    """Free to be spent now."""
    pending: int = 0
    tier: str = ""
    tier_name: str = ""
    to_next: int = 0
    ends: str = ""
    """The day on which the next points end, and how many."""
    ending: int = 0
    moved: tuple[PointsMoved, ...] = ()


class PointsHoldRequest(
    msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True
):
    """`POST /v1/storefront/points/holds`: so many points kept for a basket."""

    id: Id
    customer: CustomerId
    points: Count
    minutes: Annotated[int, Meta(ge=1, le=MINUTES_MAX)] = 15
    channel: Annotated[str, Meta(max_length=64)] = ""
    """Whose ids these are, where they are not the website's own: a sales channel's id."""


class PointsHoldReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """HELD, REFUSED with what is left, CAPTURED, VOIDED."""

    id: str
    state: str
    points: int = 0
    used: int = 0
    until: str = ""
    left: int = 0


class PointsCaptureRequest(
    msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What was held is spent, or a part of it; the rest is free again."""

    points: Count
    about: Text = ""
    """The website's order."""


class PointsVoidRequest(
    msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Nothing of it is spent."""


class PointsEarnRequest(
    msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True
):
    """`POST /v1/storefront/points/earn`: points that the website gives for something of its own.

    What its orders earn the hub sees to itself.
    """

    id: Id
    customer: CustomerId
    points: Count
    about: Text = ""
    channel: Annotated[str, Meta(max_length=64)] = ""


class PointsEarnReply(msgspec.Struct, frozen=True):
    """How many there are now."""

    id: str
    points: int


def told(desk: Desk, customer: str, channel: str = "") -> PointsReply:
    """A customer's points and statement. Raises HubProblem("customer_unknown")."""
    connection, account = desk.connection, _account(desk, customer, channel)
    now = standing(connection, account, desk.now)
    moved = ledger.statement(connection, account)[-SHOWN:]
    return PointsReply(
        utc_text(desk.now),
        ledger.free(connection, account, desk.now),
        now.pending,
        now.tier,
        now.tier_name,
        now.to_next,
        now.ends,
        now.ending,
        tuple(PointsMoved(one.at, one.points, one.reason, one.about) for one in reversed(moved)),
    )


def hold(desk: Desk, asked: PointsHoldRequest) -> PointsHoldReply:
    """Points kept for a basket, once for each id.

    Raises HubProblem("id_reused" | "customer_unknown" | "hub_recovering").
    """
    connection = desk.connection
    if recovering.is_recovering(connection):
        raise HubProblem("hub_recovering")
    account = _account(desk, asked.customer, asked.channel)
    words = msgspec.json.encode((asked.customer, asked.channel, asked.points, asked.minutes))
    part = RightPart(POINTS, account, asked.points)
    wanted = Wanted(_right_id(desk, asked.id), HOLD, (part,), asked.minutes * 60, words, "")
    right = rights.grant_to(connection, _owner(desk), 0, wanted, desk.now)
    return _shown(desk, right, asked.id)


def capture(desk: Desk, asked_id: str, asked: PointsCaptureRequest) -> PointsHoldReply:
    """Spends it. Raises HubProblem("hold_unknown" | "right_over" | "id_reused" | "malformed")."""
    connection = desk.connection
    right, part = _own(desk, asked_id)
    if right.state == rights.CAPTURED:
        if part.used != asked.points:
            raise HubProblem("id_reused")
        return _shown(desk, right, asked_id)
    if right.state != rights.FIRST_STATE[HOLD]:
        raise HubProblem("right_over", right.state)
    if asked.points > part.amount:
        raise HubProblem("malformed", f"points is 1 to {part.amount}")
    at = stamp(desk.now)
    rights.capture(connection, right, part, asked.points, at, about=asked.about, reason=SPENT)
    feeding.touch_account(connection, part.account, desk.now)
    return _shown(desk, _own(desk, asked_id)[0], asked_id)


def void(desk: Desk, asked_id: str) -> PointsHoldReply:
    """Lets it go. Raises HubProblem("hold_unknown" | "right_over")."""
    right, part = _own(desk, asked_id)
    if right.state != rights.VOIDED:
        if right.state != rights.FIRST_STATE[HOLD]:
            raise HubProblem("right_over", right.state)
        rights.set_state(desk.connection, right, rights.VOIDED, stamp(desk.now))
        feeding.touch_account(desk.connection, part.account, desk.now)
    return _shown(desk, _own(desk, asked_id)[0], asked_id)


def earn(desk: Desk, asked: PointsEarnRequest) -> PointsEarnReply:
    """Points of the website's own, once for each id. Raises HubProblem("customer_unknown")."""
    connection = desk.connection
    account = _account(desk, asked.customer, asked.channel)
    name = f"{_owner(desk)}/{asked.id}"
    jobs.give_once(
        *(connection, account, name, asked.points),
        reason=EARNED,
        now=desk.now,
        about=asked.about,
    )
    return PointsEarnReply(asked.id, ledger.free(connection, account, desk.now))


# --- who and which ------------------------------------------------------------------------------


def _owner(desk: Desk) -> str:
    return f"{OWNER}{desk.storefront.storefront_id}"


def _right_id(desk: Desk, asked: str) -> str:
    """The hub's id of what a website calls by an id of its own."""
    return str(uuid.uuid5(_ROOT, f"{desk.storefront.storefront_id}\0{asked}"))


def _account(desk: Desk, customer: str, channel: str) -> str:
    """Whose points these are; raises HubProblem("customer_unknown")."""
    of = channel or desk.storefront.storefront_id
    found = finding.of_contact(desk.connection, SHOP, customer, of)
    person = (
        people.find(desk.connection, people.root_of(desk.connection, found[0])) if found else None
    )
    if person is None or not person.member or person.erased:
        raise HubProblem("customer_unknown")
    return person.purse


def _own(desk: Desk, asked_id: str) -> tuple[Right, RightPart]:
    """A hold of this website's, its account locked; raises HubProblem("hold_unknown")."""
    connection, right_id = desk.connection, _right_id(desk, asked_id)
    right = rights.find(connection, right_id)
    if right is None or right.device != _owner(desk):
        raise HubProblem("hold_unknown")
    accounts.lock(connection, rights.accounts_of(connection, right))
    again = rights.find(connection, right_id) or right
    return again, rights.parts_of(connection, right_id)[0]


def _shown(desk: Desk, right: Right, asked_id: str) -> PointsHoldReply:
    part = rights.parts_of(desk.connection, right.right_id)[0]
    refused = right.state == rights.REFUSED
    held = right.state == rights.FIRST_STATE[HOLD]
    over = parse_utc(right.made) + dt.timedelta(seconds=right.ttl_s)
    until = utc_text(over) if held else ""
    left = rights.left(desk.connection, right, desk.now) if refused else 0
    amount = 0 if refused else part.amount
    return PointsHoldReply(asked_id, right.state, amount, part.used, until, left)


# --- the endpoints --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ask:
    """One endpoint: `answer` gets who asks, the id in the address, and the body or the query."""

    method: str
    path: str
    told: str
    answer: Callable[[Desk, str, Any], msgspec.Struct]
    body: type[msgspec.Struct] | None
    reply: type[msgspec.Struct]
    problems: tuple[str, ...]
    query: tuple[tuple[str, str, bool], ...] = ()


ASKS: Final = (
    Ask(
        *("GET", "points/{id}"),
        "A member's points and what moved them, by the shop's own id of the customer.",
        lambda desk, customer, query: told(desk, customer, str(query.get("channel", ""))[:64]),
        None,
        PointsReply,
        ("customer_unknown",),
        (("channel", "string", False),),
    ),
    Ask(
        *("POST", "points/holds"),
        "Points kept for a basket; asked again under the same id, the same answer.",
        lambda desk, _, said: hold(desk, said),
        PointsHoldRequest,
        PointsHoldReply,
        ("customer_unknown", "id_reused", "hub_recovering"),
    ),
    Ask(
        *("POST", "points/holds/{id}/capture"),
        "What was held is spent, or a part of it; the rest is free again.",
        capture,
        PointsCaptureRequest,
        PointsHoldReply,
        ("hold_unknown", "right_over", "id_reused"),
    ),
    Ask(
        *("POST", "points/holds/{id}/void"),
        "What was held is let go.",
        lambda desk, asked_id, _: void(desk, asked_id),
        PointsVoidRequest,
        PointsHoldReply,
        ("hold_unknown", "right_over"),
    ),
    Ask(
        *("POST", "points/earn"),
        "Points that the shop gives for something of its own, once for each id.",
        lambda desk, _, said: earn(desk, said),
        PointsEarnRequest,
        PointsEarnReply,
        ("customer_unknown",),
    ),
)
