"""What is asked of the hub and kept nowhere: a customer's history, a sale of another store, a balance.

Nothing is promised by an answer and nothing is lost with one, so a question that nobody answered is
simply asked again. What a till may spend it asks by `rights`, whose questions the ledger keeps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from pos_app.store.records import new_id

if TYPE_CHECKING:
    from pos_app.till.till import Till

FIND_CUSTOMERS: Final = "/v1/customers/find"
TIMELINE: Final = "/v1/customers/timeline"
FIND_SALES: Final = "/v1/sales/find"
VALUE: Final = "/v1/values/look"
PATTERNS: Final = "/v1/patterns"
PENDED: Final = "/v1/returns/pended"
KEPT: Final = 40
"""So many are remembered; the oldest goes."""
WAITING, ANSWERED, UNANSWERED = "waiting", "answered", "unanswered"
_Reply = TypeVar("_Reply", bound=msgspec.Struct)


@dataclass(slots=True)
class Inquiry:
    """One question and what became of it."""

    path: str
    state: str = WAITING
    """waiting, answered, or unanswered: the hub could not be asked, or nobody heard it answer."""
    code: str = ""
    """Why it was refused, by the hub's problem; empty where it was not."""
    body: bytes = b""


def ask(till: Till, path: str, message: msgspec.Struct) -> str:
    """Sends a question where there is somebody to ask; its id."""
    ask_id = new_id(till.now())
    asked = Inquiry(path)
    till.inquiries[ask_id] = asked
    while len(till.inquiries) > KEPT:
        del till.inquiries[next(iter(till.inquiries))]
    if till.offline or till.training:
        asked.state = UNANSWERED
    else:
        till.to_hub(ask_id, path, msgspec.json.encode(message))
    return ask_id


def heard(till: Till, message: Mapping[str, Any]) -> bool:
    """What sync brought of a question of this kind; False where it is none, or was forgotten."""
    asked = till.inquiries.get(str(message.get("id", "")))
    status = message.get("status")
    if asked is None or asked.state != WAITING or type(status) is not int:
        return False
    asked.code = str(message.get("code", ""))
    asked.body = str(message.get("body", "")).encode() if status == 200 else b""
    asked.state = UNANSWERED if status == 0 else ANSWERED
    return True


def state(till: Till, ask_id: str) -> str:
    """waiting, answered or unanswered; unanswered too where it was forgotten."""
    asked = till.inquiries.get(ask_id)
    return asked.state if asked is not None else UNANSWERED


def answer(till: Till, ask_id: str, reply: type[_Reply]) -> _Reply | None:
    """What the hub said; None where it did not, refused, or what it said cannot be read."""
    asked = till.inquiries.get(ask_id)
    if asked is None or not asked.body:
        return None
    try:
        return msgspec.json.decode(asked.body, type=reply)
    except msgspec.MsgspecError:
        return None
