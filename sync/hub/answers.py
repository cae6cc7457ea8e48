"""What handlers are given and what they give back, and every problem the hub can tell of."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import msgspec
import uuid_utils

from pos_app.domain.day import utc_text
from sync.protocol import Head, Problem


class Ids(Protocol):
    """Where new identities come from; a simulation has its own."""

    def uuid(self) -> str:
        """A new UUIDv7 as text."""
        ...

    def token(self, size: int) -> bytes:
        """So many bytes that nobody can guess."""
        ...


class RandomIds:
    """Identities from the operating system's random source."""

    def uuid(self) -> str:
        """A new UUIDv7 as text."""
        return str(uuid_utils.uuid7())

    def token(self, size: int) -> bytes:
        """So many bytes that nobody can guess."""
        return secrets.token_bytes(size)


class Clock(Protocol):
    """The hub's clock."""

    def now(self) -> dt.datetime:
        """The instant it is, aware, UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> dt.datetime:
        """The instant it is, aware, UTC."""
        return dt.datetime.now(dt.UTC)


def stamp(now: dt.datetime) -> str:
    """An instant as all messages write it: UTC, ISO 8601, milliseconds."""
    return utc_text(now)


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as it came: nothing of it is believed yet."""

    method: str
    path: str
    query: str = ""
    """As on the request line: percent-encoded, without the question mark."""
    authority: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: bytes = b""
    """As on the wire."""
    named: Mapping[str, str] = field(default_factory=dict)
    """What stands at the `{name}`s of the endpoint's address."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `wait_on` is set where there is nothing yet and the asker would wait."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    wait_on: Any = None
    """The `feed.Page` to look at again when its stream moves."""
    results: Sequence[str] | None = None
    """What became of each entry of a push: for the metrics."""
    delivered: str = ""
    """The channel whose delivery was kept: for the metrics."""


_SAID: Final[dict[str, tuple[int, str]]] = {
    "malformed": (400, "The request cannot be read."),
    "not_found": (404, "There is nothing at this address."),
    "method_not_allowed": (405, "This address does not take that method."),
    "slow_request": (408, "The request took too long to arrive."),
    "body_too_large": (413, "The request is larger than the hub takes."),
    "too_many_events": (413, "More entries than the hub takes at once."),
    "inflated_too_large": (413, "The request unpacks to more than the hub takes."),
    "encoding_unknown": (415, "Bodies come as they are or packed with zstd."),
    "signature_missing": (401, "The request is not signed."),
    "signature_invalid": (401, "The signature does not fit the request."),
    "signature_expired": (401, "The request was signed too long ago, or the clocks disagree."),
    "signature_replayed": (401, "This very request was here before."),
    "device_unknown": (401, "No till is known by this key."),
    "device_pending": (403, "A person at the hub has yet to approve this till."),
    "device_suspended": (403, "A person at the hub has stopped this till for now."),
    "device_revoked": (403, "This till was taken out of service."),
    "stream_not_yours": (403, "This till may not read that stream."),
    "key_unknown": (401, "No storefront has that key."),
    "origin_refused": (403, "Pages of that address may not ask with this key."),
    "store_unknown": (404, "There is no such store."),
    "product_unknown": (404, "One of the products is not in the catalogue."),
    "order_unknown": (404, "There is no such order, or that is not its token."),
    "customer_unknown": (404, "No member is known by that id of this shop."),
    "hold_unknown": (404, "There is no such hold of this storefront."),
    "reservation_unknown": (404, "There is no such reservation of this storefront."),
    "order_not_promised": (409, "Not all of it is to be had there: nothing was ordered."),
    "pickup_off": (409, "That store does not give out orders in this way."),
    "price_missing": (409, "One of the products has no price there today."),
    "channel_unknown": (404, "No shop of that name is known here."),
    "code_unknown": (403, "That enrolment code is not valid."),
    "code_expired": (403, "That enrolment code has run out."),
    "code_used": (409, "That enrolment code was used by another till."),
    "value_limited": (409, "Too many cards were asked about that are none: wait a while."),
    "too_many_tries": (429, "Too many wrong enrolment codes: wait a while."),
    "device_elsewhere": (409, "This till is enrolled under another number."),
    "till_taken": (409, "Another till has that number."),
    "exception_unknown": (404, "No such exception is known of this till's store."),
    "quarantine_unknown": (404, "No entry in quarantine here has that number."),
    "quarantine_over": (409, "That entry left quarantine already."),
    "not_yours_to_settle": (403, "Whoever was named may not settle that."),
    "gap": (409, "Entries before these are missing."),
    "fork": (409, "The chain does not continue what the hub holds."),
    "fenced": (409, "This epoch was ended: the till was enrolled again since."),
    "right_unknown": (404, "No such right or promise is known of this till."),
    "sale_unknown": (404, "The hub does not hold that sale yet."),
    "right_over": (409, "That is over: it was used, let go or settled."),
    "id_reused": (422, "Another question was asked under that id."),
    "hub_recovering": (503, "The hub was restored and has yet to hear its tills."),
    "snapshot_missing": (404, "There is no such snapshot: read the feed, or ask for the newest."),
    "range_outside": (416, "The piece is shorter than that."),
    "cursor_too_old": (410, "Those positions are not kept any more: begin with a snapshot."),
    "feed_changed": (410, "The feed was begun anew: start from its beginning."),
    "cursor_ahead": (410, "That position has not been reached: start from the beginning."),
    "slow_down": (429, "Many tills come at once: wait as long as is said."),
    "upgrade_required": (426, "This till's program is too old for what comes next: update it."),
    "not_ready": (503, "This hub process cannot book sales just now."),
    "hub_busy": (503, "The hub cannot write just now."),
    "internal": (500, "The hub made a mistake. Nothing was changed."),
}
"""Code -> (status, title). The code is the last part of a problem's `type` and never changes."""


class HubProblem(Exception):
    """A request that is answered with a problem document (RFC 9457)."""

    def __init__(
        self, code: str, detail: str = "", *, ack: Head | None = None, retry_after_s: int = 0
    ) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.ack = ack
        self.retry_after_s = retry_after_s

    def reply(self) -> Reply:
        """The problem document; `detail` never repeats what a stranger sent."""
        status, title = _SAID[self.code]
        body = msgspec.json.encode(
            Problem(
                type=f"/problems/{self.code}",
                title=title,
                status=status,
                detail=self.detail,
                ack=self.ack,
                retry_after_s=self.retry_after_s,
            )
        )
        headers = {"retry-after": str(self.retry_after_s)} if self.retry_after_s else {}
        return Reply(body, status, "application/problem+json", headers)


def problem_codes() -> dict[str, tuple[int, str]]:
    """Every problem the hub can tell of: code -> (status, title)."""
    return dict(_SAID)
