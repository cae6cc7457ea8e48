"""What the engine knows, hears and wants done: plain data, and the table of its modes.

`step` turns one `Turn` into a new `State` and a list of effects. Times are milliseconds of the
monotonic clock; the wall clock decides nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from sync.engine.copy_state import (
    ChunkCame,
    Copying,
    KeepList,
    Listed,
    PutChunk,
    SendChunk,
    SendList,
    TakeChunk,
)
from sync.protocol import Head, HelloReply, Limits, PullReply

_NO_LIMITS: Final = Limits()


class Mode(StrEnum):
    """Where the conversation with the hub stands."""

    OFFLINE = "OFFLINE"
    HELLO = "HELLO"
    DRAIN = "DRAIN"
    PULL = "PULL"
    LIVE = "LIVE"
    ROLLED_BACK = "ROLLED_BACK"
    UPGRADE = "UPGRADE"
    PAUSED = "PAUSED"
    SUSPENDED = "SUSPENDED"
    REFUSED = "REFUSED"


class Row(NamedTuple):
    """What a mode allows, and how it is left."""

    push: bool
    pull: bool
    left_by: str


TABLE: Final[dict[Mode, Row]] = {
    Mode.OFFLINE: Row(push=False, pull=False, left_by="the back-off has passed: HELLO"),
    Mode.HELLO: Row(push=False, pull=False, left_by="the verdict (VERDICTS), or no answer"),
    Mode.DRAIN: Row(push=True, pull=True, left_by="nothing unsent: PULL; contact lost: OFFLINE"),
    Mode.PULL: Row(push=True, pull=True, left_by="every stream at its end: LIVE; a sale: DRAIN"),
    Mode.LIVE: Row(push=True, pull=True, left_by="a sale: DRAIN; a row: PULL; every 10 min: HELLO"),
    Mode.ROLLED_BACK: Row(push=False, pull=True, left_by="enrolment anew; hello every minute"),
    Mode.UPGRADE: Row(push=True, pull=False, left_by="a newer program; hello every minute"),
    Mode.PAUSED: Row(push=False, pull=False, left_by="a person at the hub; hello every minute"),
    Mode.SUSPENDED: Row(push=True, pull=False, left_by="the hub's word; hello every minute"),
    Mode.REFUSED: Row(push=False, pull=False, left_by="approval at the hub; hello by back-off"),
}
"""The state table. DRAIN, PULL and LIVE differ only in what is left to do: they are worked out
anew in each turn from what the files hold."""

VERDICTS: Final[dict[str, tuple[Mode, str]]] = {
    "ok": (Mode.LIVE, ""),
    "behind": (Mode.LIVE, ""),
    "rolled_back": (Mode.ROLLED_BACK, "rolled_back"),
    "fork": (Mode.PAUSED, "fork"),
    "fenced": (Mode.PAUSED, "fenced"),
    "upgrade_required": (Mode.UPGRADE, "upgrade_required"),
}
"""The hub's answer to hello -> mode and the code a person is told."""

HELLO: Final = "hello"
PUSH: Final = "push"
PULL: Final = "pull:"
"""Lanes: one request at a time in each; a stream's lane is this prefix and the stream."""
ASK: Final = "ask"
"""Of questions about rights, one at a time."""
BUILD: Final = "build"
"""Not a lane of requests: the making of a new replica, which a full disk may hold up."""


# What comes down from the files, read anew in every turn.


@dataclass(frozen=True, slots=True)
class View:
    """What the till's files and the link say now."""

    head: int
    """Last sequence number of the journal."""
    acked: int
    """Up to where the hub is proven to hold it."""
    cursors: dict[str, tuple[str, int]]
    """Stream -> (feed, position) of the replica that is being fed."""
    ready: bool
    """A complete replica is in place."""
    building: bool
    """A new one is being filled beside it."""
    window: bool
    """A window holds the ledger."""
    clients: int
    """Windows connected over the link."""
    copying: dict[str, Copying] = field(default_factory=dict)
    """Stream -> what is still missing of the snapshot that is fetched of it."""


# What the engine hears.


@dataclass(frozen=True, slots=True)
class Tick:
    """A timer or the watchdog: look whether anything is due."""


@dataclass(frozen=True, slots=True)
class Nudged:
    """The window journalled something; or a person asks for an attempt `now`."""

    now: bool = False


@dataclass(frozen=True, slots=True)
class Released:
    """A window has closed its readers of the replica."""


@dataclass(frozen=True, slots=True)
class Held:
    """Work beside the turns has taken the replica in use; or (`on` False) has let it go."""

    on: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """The window asks the hub something, under an id that it keeps."""

    ask_id: str
    path: str
    body: bytes


@dataclass(frozen=True, slots=True)
class AnswerCame:
    """What became of a question: the hub's answer, or `status` 0 where there is none."""

    ask_id: str
    status: int
    body: bytes
    code: str
    lane: str = ASK


@dataclass(frozen=True, slots=True)
class Finished:
    """The new replica is fit for use: what `Finish` asked for is done."""


@dataclass(frozen=True, slots=True)
class Welcomed:
    """The hub's answer to hello; `own_hash` is ours at the place it names, None if we have none."""

    reply: HelloReply
    own_hash: str | None
    asked: Head | None = None
    """The end of our journal that hello named."""


@dataclass(frozen=True, slots=True)
class Acked:
    """The hub's answer to a push; `proven` says that its signature is right."""

    ack: Head
    own_hash: str | None
    proven: bool
    hub_time: str
    sig: str
    sent_upto: int
    """The last entry of the push that this answers."""
    limits: Limits = _NO_LIMITS


@dataclass(frozen=True, slots=True)
class Fed:
    """A page of a stream, asked for `after` a position of `feed`."""

    reply: PullReply
    feed: str
    after: int


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer other than success: HTTP `status`, the problem's `code`, what else it said."""

    lane: str
    status: int
    code: str
    retry_after_s: int = 0


@dataclass(frozen=True, slots=True)
class Lost:
    """No answer, or half of one."""

    lane: str
    code: str


@dataclass(frozen=True, slots=True)
class DiskFailed:
    """A file refused; `lane` is whose work it was, `busy` if a request is under way on it."""

    lane: str
    code: str
    busy: bool = False


Event = (
    Tick
    | Nudged
    | Released
    | Held
    | Asked
    | AnswerCame
    | Finished
    | Welcomed
    | Acked
    | Fed
    | Listed
    | ChunkCame
    | Answered
    | Lost
    | DiskFailed
)


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing heard, and how the files stood then."""

    event: Event
    view: View


# What the engine wants done, in this order.


@dataclass(frozen=True, slots=True)
class SendHello:
    """Ask the hub where we stand."""


@dataclass(frozen=True, slots=True)
class SendPush:
    """Send the entries after `after`; `sent_upto` is kept on the disk before the first byte."""

    after: int
    max_events: int
    max_bytes: int


@dataclass(frozen=True, slots=True)
class ReadAhead:
    """While the hub works: make ready what follows the push just sent."""

    max_events: int
    max_bytes: int


@dataclass(frozen=True, slots=True)
class SendPull:
    """Ask for a page; `wait_s` above 0 lets the hub hold the question until there is a row."""

    stream: str
    feed: str
    after: int
    wait_s: int


@dataclass(frozen=True, slots=True)
class SendAsk:
    """Ask the hub what the window asked."""

    ask_id: str
    path: str
    body: bytes


@dataclass(frozen=True, slots=True)
class TellAnswer:
    """Tell the window; `status` 0 means that nobody knows, and that it may ask again."""

    ask_id: str
    status: int
    body: bytes
    code: str


@dataclass(frozen=True, slots=True)
class KeepAck:
    """Write down how far the hub is proven to be (or, unsigned, that it is further back)."""

    ack: Head
    sig: str
    hub_time: str


@dataclass(frozen=True, slots=True)
class Apply:
    """Write a page into the replica."""

    reply: PullReply


@dataclass(frozen=True, slots=True)
class Build:
    """Begin a new replica beside the old one."""


@dataclass(frozen=True, slots=True)
class Finish:
    """Make the new replica fit for use, beside the turns: indexes, statistics; see `Finished`."""


@dataclass(frozen=True, slots=True)
class AskRelease:
    """Ask the windows to close their readers."""


@dataclass(frozen=True, slots=True)
class Swap:
    """Put the new replica in the old one's place and say so."""


@dataclass(frozen=True, slots=True)
class UseHubTime:
    """Sign by the time the hub's last answer carried: our clock is too far off."""


@dataclass(frozen=True, slots=True)
class Wipe:
    """Destroy the database key, and say so: a person at the hub ordered it."""


@dataclass(frozen=True, slots=True)
class Exit:
    """The window is gone and everything is at the hub."""


Effect = (
    SendHello
    | SendPush
    | ReadAhead
    | SendPull
    | SendAsk
    | TellAnswer
    | KeepAck
    | Apply
    | SendList
    | SendChunk
    | KeepList
    | PutChunk
    | TakeChunk
    | Build
    | Finish
    | AskRelease
    | Swap
    | UseHubTime
    | Wipe
    | Exit
)


# What the engine remembers between turns: nothing that a restart may not forget.


@dataclass(frozen=True, slots=True)
class Lane:
    """One line of requests."""

    busy: bool = False
    failures: int = 0
    due_ms: int = 0
    """Not before."""
    code: str = ""
    """What went wrong last."""
    at: tuple[str, int] | None = None
    """Of a stream: feed and position after the pages under way; None: as the files say."""
    caught_up: bool = False
    """Of a stream: its last page was its end."""


@dataclass(frozen=True, slots=True)
class State:
    """All of it; `State()` is a fresh start."""

    mode: Mode = Mode.OFFLINE
    code: str = ""
    """Why the mode is what it is."""
    base: int = -1
    """Sequence up to which hub and till agree, -1 while unknown."""
    streams: dict[str, str] = field(default_factory=dict)
    """Stream -> feed id, as hello gave them."""
    lanes: dict[str, Lane] = field(default_factory=dict)
    hello_due_ms: int = 0
    hold_until_ms: int = 0
    """The hub asked everybody to wait until then."""
    push_due_ms: int = 0
    max_events: int = 0
    """Events a push may hold now: halved by a timeout, grown by success; 0: as the hub says."""
    limits: Limits = _NO_LIMITS
    clock_tries: int = 0
    vouched: Head | None = None
    """The end of our journal that the hub's last hello found in order, if it did."""
    order: str = ""
    """What a person at the hub wants of this till: suspend, drain_wipe, wipe."""
    wiping: bool = False
    """The key is being destroyed, or is gone."""
    finishing: bool = False
    """The new replica is being made fit for use: nothing is fetched for it."""
    held: bool = False
    """Work beside the turns writes the replica in use: nothing is fetched for it meanwhile."""
    plain: frozenset[str] = frozenset()
    """Streams without a snapshot that is of use: the new replica gets them page by page."""
    renew: frozenset[str] = frozenset()
    """Streams whose list of pieces names some that are gone: it is asked for again."""
    fetched: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Lane -> the piece it asks for, or asked for last: stream and number."""
    bad: dict[str, int] = field(default_factory=dict)
    """Hash of a piece -> how often it could not be had, or was not what it says."""
    finished: bool = False
    """The new replica is complete; readers are being asked to let go."""
    released: int = 0
    release_due_ms: int = 0
    asks: tuple[Asked, ...] = ()
    """Questions of the window, the one under way first."""
    alone_since_ms: int = -1
    """Since when no window and nothing unsent."""

    def lane(self, name: str) -> Lane:
        """A lane as it stands."""
        return self.lanes.get(name, _IDLE)


_IDLE: Final = Lane()
