"""What may be asked without a till's signature by whoever proves himself in another way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from sync.hub.answers import Reply, Request
from sync.hub.channels import inbox
from sync.hub.database import Connection
from sync.hub.storefront import desk as storefront_desk

if TYPE_CHECKING:
    from sync.hub.desk import Context


@dataclass(frozen=True, slots=True)
class OpenRow:
    """A question and who answers it; the handler proves the asker on the raw request."""

    method: str
    path: str
    told: str
    handler: Callable[[Connection, Request, dt.datetime, Context], Reply]
    reply: type[msgspec.Struct]
    problems: tuple[str, ...] = ()
    body: type[msgspec.Struct] | None = None
    body_max: int = 0
    query: tuple[tuple[str, str, bool], ...] = ()


ROWS: Final = (
    OpenRow(
        "POST",
        inbox.PATH,
        "What an online shop tells of its orders; signed as its platform does it.",
        inbox.deliver,
        inbox.Delivered,
        (
            *("malformed", "signature_invalid", "channel_unknown"),
            *("body_too_large", "slow_request", "hub_busy"),
        ),
        body=inbox.ToldByShop,
        body_max=inbox.BODY_MAX,
    ),
    *(
        OpenRow(
            row.method,
            row.path,
            row.told,
            storefront_desk.handler_of(row),
            row.reply,
            row.problems,
            row.body,
            storefront_desk.body_max(row),
            row.query,
        )
        for row in storefront_desk.ROWS
    ),
)
