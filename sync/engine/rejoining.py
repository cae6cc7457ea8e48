"""Enrolling again: what a till asks its hub, one question after the other, without any I/O.

`rejoining` is a generator: it yields the request to send next and is sent the reply, or the code (a
text) of why none came: then it asks anew, for each question may be asked twice. Whoever drives it (a
command, a simulation) decides how long. Its value says who the till is from now on and where its
history parts from the hub's; `pos_app.store.rejoin.rejoin` makes the ledger of it.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Final, TypeVar

import msgspec

from pos_app.domain.errors import PosError, Refused, Unavailable
from pos_app.store.keys import Keys
from pos_app.store.reader import JournalReader
from pos_app.store.records import Entry, Identity
from pos_app.store.rejoin import Common
from sync.engine.intake import hub_date
from sync.engine.outgo import ENROL_PATH, Desk
from sync.engine.ports import Reply, Request, Rng
from sync.protocol import (
    COMPARE_MAX,
    CompareAsk,
    CompareReply,
    EnrolReply,
    EnrolRequest,
    EntriesAsk,
    EntriesReply,
    Problem,
    encode,
)

COMPARE_PATH: Final = "/v1/chain/compare"
ENTRIES_PATH: Final = "/v1/chain/entries"
ENROL_CODES: Final = {
    "code_unknown": "code_wrong",
    "code_expired": "code_expired",
    "code_used": "code_used",
    "device_elsewhere": "device_elsewhere",
    "device_revoked": "device_revoked",
    "till_taken": "till_taken",
    "too_many_tries": "too_many_tries",
}
"""The hub's problem -> what the person who enrols is told."""
_NOT_OURS: Final = frozenset({"device_revoked", "device_unknown", "signature_invalid"})
"""The hub does not speak with this device any more: the till becomes another."""

Answer = Reply | str
"""A reply, or the code of why there is none."""

_M = TypeVar("_M", bound=msgspec.Struct)
_T = TypeVar("_T")
Asking = Generator[Request, Answer, _T]


class Not(Exception):
    """The hub's answer is a problem; `code` is its name."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Till:
    """What a till brings when it is enrolled again."""

    journal: JournalReader
    keys: Keys
    url: str
    code: str
    """From the hub, typed by a person."""
    attempt: str
    """This try's own name, kept on the disk before anything is sent, the same until it is done."""
    another_key: Callable[[], Keys]
    """Makes, and keeps, another signing key: a copy that lost goes on as another device."""
    rng: Rng
    now: Callable[[], dt.datetime]
    name: str = ""
    hardware: str = ""
    sealed_key: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """How the till goes on."""

    identity: Identity
    keys: Keys
    common: Common
    anew: bool
    """True where it is another device from now on."""


@dataclass(slots=True)
class Progress:
    """What the driver may show meanwhile."""

    waiting: bool = False
    """A person at the hub has yet to approve it: ask again after a pause."""
    pubkey: str = ""
    offset: dt.timedelta = field(default_factory=dt.timedelta)
    """Hub time minus ours, where the hub refused our clock."""


def rejoining(till: Till, progress: Progress) -> Asking[Settled]:
    """The questions, and what came of them.

    Raises Refused("code_wrong" | "code_expired" | "code_used" | "till_taken" | "device_elsewhere" |
    "device_revoked" | "device_suspended" | "too_many_tries") and Unavailable("hub_garbled" |
    "hub_error" | "history_incomplete").
    """
    identity = till.journal.identity()
    line = _Line(till, identity, progress)
    trusted = True
    try:
        known = yield from line.known(identity.epoch)
        anew = known.epoch > identity.epoch and known.attempt != till.attempt
    except Not as refused:
        if refused.code not in _NOT_OURS:
            raise _told(refused) from refused
        anew, trusted = True, False
    keys = till.another_key() if anew else line.keys
    reply = yield from _enrolled(till, keys, progress)
    if trusted:
        lives = [identity.epoch] if anew else till.journal.epochs()
        epoch, agreed = yield from _parted(line, till.journal, lives)
        theirs = yield from _theirs(line, epoch, agreed)
        for later in lives[lives.index(epoch) + 1 :]:
            theirs += yield from _theirs(line, later, 0)
    else:
        # Whatever it confirmed once, it may be an older copy of itself: what it has it knows by id.
        epoch, agreed, theirs = till.journal.epochs()[0], 0, ()
    taken = {_id_of(entry.body): entry.body for entry in theirs} if anew else {}
    fresh = identity_of(reply, keys, identity.hub_url)
    common = Common(agreed, () if anew else theirs, taken, epoch)
    return Settled(fresh, keys, common, anew)


def identity_of(reply: EnrolReply, keys: Keys, hub_url: str) -> Identity:
    """Who the till is, as the hub says it now."""
    return Identity(
        device=reply.device,
        epoch=reply.epoch,
        store=reply.store,
        till=reply.till,
        nonce=reply.nonce,
        prev_epoch_hash=reply.prev_epoch_hash,
        hub_key=reply.hub_key,
        pubkey=keys.public_hex,
        hub_url=hub_url,
    )


def _enrolled(till: Till, keys: Keys, progress: Progress) -> Asking[EnrolReply]:
    """The hub's answer to the code, once a person has approved a device that is new."""
    asked = EnrolRequest(
        code=till.code,
        pubkey=keys.public_hex,
        name=till.name,
        hardware=till.hardware,
        have=till.journal.head(),
        sealed_key=till.sealed_key,
        attempt=till.attempt,
    )
    headers = {"content-type": "application/json"}
    request = Request("POST", ENROL_PATH, headers, encode(asked), 10.0)
    progress.pubkey = keys.public_hex
    while True:
        answer = yield request
        if isinstance(answer, str):
            continue
        try:
            reply = _read(EnrolReply, answer)
        except Not as refused:
            raise _told(refused) from refused
        if reply.state not in ("pending", "active", "suspended", "draining"):
            raise Refused("device_revoked")
        progress.waiting = reply.state == "pending"
        if not progress.waiting:
            return _checked(reply)


def _checked(said: EnrolReply) -> EnrolReply:
    try:
        hub_key = bytes.fromhex(said.hub_key)
        bytes.fromhex(said.nonce + said.prev_epoch_hash)
    except ValueError as cause:
        raise Unavailable("hub_garbled") from cause
    if len(hub_key) != 32 or not (said.device and said.store and said.till and said.epoch >= 1):
        raise Unavailable("hub_garbled")
    return said


def _parted(line: _Line, journal: JournalReader, lives: list[int]) -> Asking[tuple[int, int]]:
    """The epoch, and the entry of it, up to which till and hub tell the same.

    That is the present epoch but for a hub that was put back from before it gave it.
    """
    for epoch in reversed(lives):
        held = (yield from line.compare(epoch, [])).held
        agreed = yield from _agreed(line, journal, epoch, held)
        if agreed:
            return epoch, agreed
    return lives[0], 0


def _agreed(line: _Line, journal: JournalReader, epoch: int, held: int) -> Asking[int]:
    """The last entry of an epoch that till and hub tell the same of: up to there they always do."""
    low, high = 0, min(held, journal.last_of(epoch))
    while low < high:
        step = max(1, (high - low) // (COMPARE_MAX - 1))
        asked = sorted({high, *range(low + step, high, step)})[-COMPARE_MAX:]
        places = [(seq, journal.hash_at(epoch, seq) or "") for seq in asked]
        reply = yield from line.compare(epoch, places)
        if reply.agreed not in (0, *asked):
            raise Unavailable("hub_garbled")
        low = max(low, reply.agreed)
        beyond = [seq for seq in asked if seq > low]
        high = min(beyond) - 1 if beyond else low
        high = max(high, low)
    return low


def _theirs(line: _Line, epoch: int, after: int) -> Asking[tuple[Entry, ...]]:
    """What the hub holds of an epoch after an entry."""
    found: list[Entry] = []
    more = True
    while more:
        page = yield from line.entries(epoch, after + len(found))
        for event in page.events:
            body = bytes(event.body)
            try:
                digest = bytes.fromhex(event.hash)
                sig = base64.b64decode(event.sig, validate=True)
            except (ValueError, binascii.Error) as cause:
                raise Unavailable("hub_garbled") from cause
            seq = after + len(found) + 1
            found.append(Entry(epoch, seq, _id_of(body), body, digest, sig))
        more = page.more
        if more and not page.events:
            raise Unavailable("hub_garbled")
    return tuple(found)


class _Line:
    """Signed questions in the name of the device that the till was."""

    def __init__(self, till: Till, identity: Identity, progress: Progress) -> None:
        first = till.keys.for_public(identity.pubkey) or till.keys
        held = [first, *filter(None, map(till.keys.for_public, sorted(till.keys.publics)))]
        self._held = [
            keys for n, keys in enumerate(held) if not n or keys.public_hex != first.public_hex
        ]
        self._identity = identity
        self._till = till
        self._use(first)
        self._progress = progress

    def _use(self, keys: Keys) -> None:
        self.keys = keys
        self._desk = Desk(self._till.url, self._identity, keys.sign, self._till.rng)

    def known(self, epoch: int) -> Asking[CompareReply]:
        """The first answer, by that of our keys which the hub takes. Raises Not."""
        for keys in self._held[:-1]:
            self._use(keys)
            try:
                return (yield from self.compare(epoch, []))
            except Not as refused:
                if refused.code != "signature_invalid":
                    raise
        self._use(self._held[-1])
        return (yield from self.compare(epoch, []))

    def compare(self, epoch: int, places: list[tuple[int, str]]) -> Asking[CompareReply]:
        """Which of our hashes the hub holds. Raises Not."""
        return (yield from self._ask(COMPARE_PATH, CompareAsk(epoch, places), CompareReply))

    def entries(self, epoch: int, after: int) -> Asking[EntriesReply]:
        """A page of the hub's. Raises Not."""
        try:
            return (yield from self._ask(ENTRIES_PATH, EntriesAsk(epoch, after), EntriesReply))
        except Not as refused:
            raise _told(refused) from refused

    def _ask(self, path: str, message: msgspec.Struct, kind: type[_M]) -> Asking[_M]:
        corrected = False
        while True:
            now = self._till.now() + self._progress.offset
            reply = yield self._desk.ask(path, encode(message), now)
            if isinstance(reply, str):
                continue
            try:
                return _read(kind, reply)
            except Not as refused:
                if refused.code == "signature_replayed":
                    continue
                said = hub_date(reply) if refused.code == "signature_expired" else None
                if corrected or said is None:
                    raise
                self._progress.offset, corrected = said - self._till.now(), True


def _read(kind: type[_M], reply: Reply) -> _M:
    """The message in an answer. Raises Not, Unavailable("hub_garbled")."""
    if reply.status != 200:
        try:
            code = msgspec.json.decode(reply.body, type=Problem).type.rpartition("/")[2]
        except (msgspec.MsgspecError, UnicodeDecodeError):
            code = ""
        raise Not(code)
    try:
        return msgspec.json.decode(reply.body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as cause:
        raise Unavailable("hub_garbled") from cause


def _told(refused: Not) -> PosError:
    if refused.code in ENROL_CODES:
        return Refused(ENROL_CODES[refused.code])
    if refused.code == "device_suspended":
        return Refused("device_suspended")
    return Unavailable("hub_error")


def _id_of(body: bytes) -> str:
    try:
        told = msgspec.json.decode(body)
    except msgspec.MsgspecError:
        return ""
    return str(told.get("id", "")) if isinstance(told, dict) else ""
