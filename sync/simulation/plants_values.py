"""Planted bugs of points, cards, credit and goods that come back: at the till, at the hub, in the shop."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any, Final

from msgspec.structs import replace

from pos_app.till import documents, points, points_back, value_books
from sync.hub import case_effects, right_books, rights
from sync.hub.channels import adapter, telling
from sync.hub.customers import moving
from sync.hub.loyalty import checking
from sync.hub.returning import pended
from sync.hub.values import matching
from sync.protocol import EarnReversed, HoldCaptured, HoldVoided, ValueMoved
from sync.simulation.plants_rights import captured_twice

Rows = list[tuple[Any, str, Any]]


def _effect(kind: type, stand_in: Any) -> Rows:
    return [(right_books, "_EFFECTS", {**right_books._EFFECTS, kind: stand_in})]


def _captured_twice() -> Rows:
    def captured(self: Any, n: int, fact: Any) -> None:
        captured_twice(self, n, fact)
        captured_twice(self, n, fact)

    return _effect(HoldCaptured, captured)


def _self_grant_forgotten() -> Rows:
    return [(rights, "self_grant", lambda *_given: None)]


def _reversal_missing() -> Rows:
    return _effect(EarnReversed, lambda *_given: None)


def _hold_never_let_go() -> Rows:
    return _effect(HoldVoided, lambda *_given: None)


def _exchange_forgets() -> Rows:
    """The sale of an exchange does not say what came back for it."""
    real = documents.sale_fact

    def sale_fact(*given: Any, **said: Any) -> Any:
        return replace(real(*given, **said), exchange="")

    return [(documents, "sale_fact", sale_fact)]


def _refund_again() -> Rows:
    """A shop is asked again as if it had not been asked before."""
    real = adapter.Operation

    def operation(*given: Any, **said: Any) -> Any:
        return real(*given, **{**said, "repeated": False})

    return [(telling, "Operation", operation)]


def _slip_again() -> Rows:
    """A slip that was decided on is decided on at each look."""
    real = pended._head

    def head(*given: Any, **said: Any) -> dict[str, Any]:
        return {**real(*given, **said), "id": str(uuid.uuid4())}

    return [(pended, "OVER", ()), (pended, "_head", head), (pended, "every", _all_slips)]


def _all_slips(connection: Any, **_said: Any) -> list[Any]:
    return [pended.Pended(*row) for row in connection.all(pended._EVERY)]


def _merge_doubles() -> Rows:
    """What is moved arrives, and stays where it was."""
    real = moving.entries

    def entries(fact: Any) -> Iterator[Any]:
        for entry in real(fact):
            if not isinstance(fact, ValueMoved) or entry[3] < 0:
                yield entry

    return [(moving, "entries", entries)]


def _points_stay() -> Rows:
    """Goods come back, and the points for them stay."""
    return [(points_back, "take_back", lambda *_given: None)]


def _other_programme() -> Rows:
    """The till reckons by other rules than it says."""
    real = points.of_lines

    def of_lines(*given: Any) -> dict[int, int]:
        return {line: 2 * got for line, got in real(*given).items()}

    return [(points, "of_lines", of_lines)]


def _decision_does_nothing() -> Rows:
    """What a decision does is written down, and not done."""
    return [(case_effects, "_book", lambda *_given: [])]


def _paid_out_of_nothing() -> Rows:
    """A payment by a card is in the sale, and nothing is taken off the card."""
    return [(value_books, "_spend", lambda *_given: None)]


def _cut_is_silent() -> Rows:
    """What a lost disk took of a commit is never looked for."""
    return [(owner, "unmoved", lambda *_given: 0) for owner in (checking, matching)]


ROWS: Final = (
    (
        "value_captured_twice",
        "What is paid by a card is taken off it once for the hold and once for the sale.",
        *("values", 12, _captured_twice),
    ),
    (
        "self_grant_forgotten",
        "What a till put on a card may be spent by another while the first spends it.",
        *("values", 12, _self_grant_forgotten),
    ),
    (
        "reversal_missing",
        "What a sale had earned is not taken back at the hub.",
        *("values", 8, _reversal_missing),
    ),
    (
        "hold_never_let_go",
        "A hold that its till let go of is kept at the hub.",
        *("values", 12, _hold_never_let_go),
    ),
    (
        "exchange_forgets",
        "The sale of an exchange does not know of what came back for it.",
        *("values", 16, _exchange_forgets),
    ),
    (
        "refund_again",
        "A shop whose answer was lost is asked for the money once more.",
        *("values", 30, _refund_again),
    ),
    (
        "slip_again",
        "A slip is credited at each look.",
        *("values", 12, _slip_again),
    ),
    (
        "merge_doubles",
        "What a merged customer had is there twice.",
        *("values", 8, _merge_doubles),
    ),
    (
        "points_stay",
        "Points for goods that came back stay with the customer.",
        *("values", 16, _points_stay),
    ),
    (
        "other_programme",
        "Points are reckoned by other rules than the sale says.",
        *("values", 8, _other_programme),
    ),
    (
        "decision_does_nothing",
        "A decision is written down and moves nothing.",
        *("values", 12, _decision_does_nothing),
    ),
    (
        "paid_out_of_nothing",
        "A card pays, and nothing is taken off it.",
        *("values", 12, _paid_out_of_nothing),
    ),
    (
        "cut_is_silent",
        "Half of a commit went with a disk, and nobody is told.",
        *("values", 12, _cut_is_silent),
    ),
)
FOUND: Final = {
    "value_captured_twice": 1,
    "self_grant_forgotten": 0,
    "reversal_missing": 0,
    "hold_never_let_go": 0,
    "exchange_forgets": 0,
    "refund_again": 5,
    "slip_again": 6,
    "merge_doubles": 1,
    "points_stay": 1,
    "other_programme": 1,
    "decision_does_nothing": 2,
    "paid_out_of_nothing": 1,
    "cut_is_silent": 7,
}
"""The first seed in which each shows itself: the one that the tests play."""
