"""The steps of a play that ask the hub for goods: put aside, waited for, let go."""

from __future__ import annotations

from typing import Any

from pos_app.domain.errors import Refused
from pos_app.play import steps as play
from pos_app.play.amounts import milli
from pos_app.till import reserving, rights
from pos_app.till.till import Till


def promised(till: Till, step: play.Reserve | play.CancelReservation) -> dict[str, Any]:
    """What the step did; the reservation is the one asked for last where it is not named."""
    if isinstance(step, play.CancelReservation):
        made = reserving.cancel(till, step.reservation or last(till))
    else:
        store = step.store or till.identity.store
        made = reserving.reserve(till, store, ((step.sku, milli(step.qty)),), step.reference)
    return {"reservation": made.reservation, "state": made.state}


def last(till: Till) -> str:
    """The reservation asked for last; raises Refused("reservation_unknown")."""
    asked = [till.ledger.last_question(path) for path in (reserving.PATH, rights.ORDERS)]
    found = [each for each in asked if each is not None]
    if not found:
        raise Refused("reservation_unknown", reservation="")
    return max(found, key=lambda each: (each.asked_at, each.ask_id)).ask_id


def answered(till: Till, step: play.WaitAnswer) -> dict[str, Any] | None:
    """What the hub said to the request asked last; None while it did not."""
    made = reserving.standing(till, last(till))
    if made.waits:
        return None
    if step.state and made.state != step.state:
        raise Refused("play_expected", what="state", wanted=step.state, found=made.state)
    return {"reservation": made.reservation, "state": made.state, "left": made.left}
