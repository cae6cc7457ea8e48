"""Turns: what was heard goes through `step`, and what it wants done is done, in order.

The runner owns no thread and waits for nothing. Whoever drives it (a process, a simulation)
calls it from one thread: `hear` for what happened, `replied` and `lost` for what the net brought,
and a tick at `due_ms` at the latest.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from pos_app import __version__
from pos_app.domain.day import utc_text
from pos_app.domain.errors import PosError
from pos_app.settings import Network
from sync.engine import intake
from sync.engine.aside import Aside
from sync.engine.copy_state import KeepList, PutChunk, SendChunk, SendList, TakeChunk
from sync.engine.effect_lanes import answer_message, lane_of
from sync.engine.files import COPY, FINISH, OFFSET_STATE, RANK, TillFiles
from sync.engine.lanes import TALKING
from sync.engine.outgo import Batch, Desk
from sync.engine.ports import Clock, Net, Reply, Rng
from sync.engine.signers import Signers
from sync.engine.state import (
    BUILD,
    HELLO,
    PUSH,
    Answered,
    Apply,
    AskRelease,
    Build,
    DiskFailed,
    Effect,
    Event,
    Exit,
    Finish,
    Finished,
    Held,
    KeepAck,
    Lost,
    Mode,
    ReadAhead,
    SendAsk,
    SendHello,
    SendPull,
    SendPush,
    State,
    Swap,
    TellAnswer,
    Tick,
    Turn,
    UseHubTime,
    Welcomed,
    Wipe,
)
from sync.engine.step import due_ms, status_of, step
from sync.link import SyncStatus
from sync.protocol import PROTO, PROTO_LOWEST, SCHEMA, Head, Hello, WipedNote, encode
from sync.protocol.versions import ranges

Tell = Callable[[dict[str, Any]], None]
Log = Callable[..., None]
Lend = Callable[[Aside], None]
"""Runs long work on a thread of its own; when it is over: `Runner.came_back`."""

HTTP_OK: Final = 200
WIPED: Final = "wiped"
"""The lane of a till's last word."""
WIPED_PATH: Final = "/v1/devices/wiped"
TROUBLE_MS: Final = 5_000
"""How long to wait where the till's own files cannot be read."""


@dataclass(slots=True)
class _Asked:
    """What a lane is waiting for."""

    effect: SendHello | SendPush | SendPull | SendAsk | SendList | SendChunk
    at: dt.datetime
    last: int = 0
    head: Head | None = None


class Runner:
    """One till's conversation with its hub."""

    def __init__(
        self,
        files: TillFiles,
        net: Net,
        clock: Clock,
        rng: Rng,
        sign: Callable[[bytes], bytes],
        tell: Tell,
        log: Log,
        *,
        pid: int = 0,
        lend: Lend | None = None,
        patience: Network = Network(),  # noqa: B008 - frozen
    ) -> None:
        self._files = files
        self._net = net
        self._clock = clock
        self._rng = rng
        self._tell = tell
        self._log = log
        self._lend = lend
        self._desk = Desk(net.url, files.identity, sign, rng, patience)
        self._signers = sign if isinstance(sign, Signers) else None
        self._asked: dict[str, _Asked] = {}
        self._ahead: Batch | None = None
        self._queue: deque[Event] = deque()
        self._last_reply: Reply | None = None
        offset = files.note(OFFSET_STATE)
        self._offset_ms: int | None = int(offset) if offset else None
        self._contact = ""
        self._trouble_ms = 0
        self._products = files.products()
        self._sent = files.sent_upto()
        self._pid = pid
        self.state = State()
        self.view = files.view()
        self.status = SyncStatus()
        self.copies: list[dict[str, Any]] = []
        """How the second copies of the journal stand; told to the windows as it is."""
        self.ended = False
        """True when the engine wants to leave: nothing to send and nobody to send for."""

    # what happened

    def hear(self, event: Event) -> None:
        """One thing that happened, and every turn that follows from it at once."""
        self._queue.append(event)
        while self._queue:
            self._turn(self._queue.popleft())
        self._say()
        self._foresee()

    def replied(self, lane: str, reply: Reply) -> None:
        """The answer to what was sent on a lane."""
        asked = self._asked.pop(lane, None)
        if lane == WIPED or asked is None:
            self.ended = self.ended or lane == WIPED
            return
        self._last_reply = reply
        try:
            event = self._event(asked, reply)
        except PosError as error:
            event = DiskFailed(lane, error.code)
        if self._signers is not None:
            event = self._judged(self._signers, lane, reply, event)
        if reply.status == 200:
            self._contact = utc_text(self._clock.now())
        self.hear(event)

    def lost(self, lane: str, code: str) -> None:
        """No whole answer came to what was sent on a lane."""
        if lane == WIPED:
            self.ended = True  # it was ordered, and the hub knows that it does not know more
        elif self._asked.pop(lane, None) is not None:
            self.hear(Lost(lane, code))

    def came_back(self, aside: Aside) -> None:
        """Work that a thread was lent for is over."""
        self._end(aside)
        self.hear(Tick())

    def keep_copy(self) -> None:
        """In a quiet moment: a copy of the replica, where the last is not of today."""
        self._begin_quietly(COPY, self._files.copying)

    def rank(self) -> None:
        """In a quiet moment: the search ranked by what this till sells, once a day."""
        self._begin_quietly(RANK, self._files.ranking)

    def _begin_quietly(self, doing: str, due: Callable[[dt.datetime], Aside | None]) -> None:
        """What is due; where the storage does not let it begin, it is tried the next time."""
        try:
            aside = due(self._clock.now()) if self.idle else None
        except PosError as error:
            self._log("file_refused", doing=doing, code=error.code)
            return
        if aside is None:
            return
        if doing == RANK:
            self.hear(Held(on=True))
        self._begin(aside)

    def part(self) -> None:
        """The last thing: nothing is sent from here any more."""
        self._note_sent(self._sent)

    def due_ms(self) -> int:
        """Monotonic milliseconds at which the next tick is wanted at the latest."""
        now = self._clock.monotonic_ms()
        if self._trouble_ms:
            return self._trouble_ms
        return due_ms(self.state, now)

    @property
    def idle(self) -> bool:
        """True when everything is at the hub, the replica is whole and nothing is known missing."""
        return (
            self.state.mode is Mode.LIVE
            and self.view.ready
            and not self.view.building
            and self.view.acked >= self.view.head
        )

    # one turn

    def _turn(self, event: Event) -> None:
        now = self._clock.monotonic_ms()
        try:
            self.view = self._files.view()
        except PosError as error:
            # The till's own files: nothing is sent from what cannot be read.
            self._trouble_ms = now + TROUBLE_MS
            self._log("files_unreadable", code=error.code)
            self.state = self._after_trouble(event, error.code)
            return
        self._trouble_ms = 0
        if isinstance(event, DiskFailed):
            event = replace(event, busy=event.lane in self._asked)
        before = self.state.mode
        self.state, effects = step(self.state, Turn(event, self.view), now, self._rng)
        if self.state.mode is not before and not {self.state.mode, before} <= TALKING:
            self._log("mode", mode=self.state.mode.value, code=self.state.code)
        self._do(effects)

    def _after_trouble(self, event: Event, code: str) -> State:
        """The state without the lane whose answer could not be looked at."""
        lane = getattr(event, "lane", {"Welcomed": HELLO, "Acked": PUSH}.get(type(event).__name__))
        state = replace(self.state, code=code)
        if lane is None:
            return state
        freed = replace(state.lane(lane), busy=False, at=None)
        return replace(state, lanes={**state.lanes, lane: freed})

    def _do(self, effects: list[Effect]) -> None:
        failed: set[str] = set()
        for effect in effects:
            lane = lane_of(effect)
            if lane in failed:
                continue  # what builds on a write that did not happen
            try:
                self._act(effect)
            except PosError as error:
                failed.add(lane)
                self._log("file_refused", doing=type(effect).__name__, code=error.code)
                self._queue.append(DiskFailed(lane, error.code))

    def _act(self, effect: Effect) -> None:
        match effect:
            case SendHello():
                self._send_hello(effect)
            case SendPush():
                self._send_push(effect)
            case SendPull() | SendAsk() | SendList() | SendChunk():
                self._send_question(effect)
            case ReadAhead():
                self._read_ahead(effect)
            case KeepAck():
                self._files.keep_ack(effect.ack, effect.sig, effect.hub_time)
                self.view = replace(self.view, acked=effect.ack.seq)
                self._say()  # before what else is to be done: somebody may be looking
            case Apply() | KeepList() | PutChunk() | TakeChunk():
                self._write(effect)
            case Build() | Finish() | Swap():
                self._replace(effect)
            case UseHubTime():
                self._use_hub_time()
            case AskRelease() | Exit() | TellAnswer() | Wipe():
                self._part(effect)

    def _send_hello(self, effect: SendHello) -> None:
        head = self._files.journal.head()
        message = Hello(
            (PROTO_LOWEST, PROTO),
            SCHEMA,
            head,
            self.view.acked,
            self.view.cursors,
            utc_text(self._clock.now()),
            __version__,
            *self._files.journal.doubt(),
            sv=ranges(),
            rights=self._files.journal.shown_rights(),
        )
        self._asked[HELLO] = _Asked(effect, self._clock.now(), head=head)
        self._net.send(HELLO, self._desk.hello(message, self._hub_now()))

    def _send_push(self, effect: SendPush) -> None:
        batch, self._ahead = self._ahead, None
        if batch is None or batch.after != effect.after:
            batch = self._files.read(effect.after, effect.max_events, effect.max_bytes)
        if batch is None:
            self._queue.append(DiskFailed(PUSH, "ledger_corrupt"))
            return
        self._files.keep_sent(batch.last)
        self._sent = max(self._sent, batch.last)
        self._asked[PUSH] = _Asked(effect, self._clock.now(), batch.last)
        self._net.send(PUSH, self._desk.push(batch, self._hub_now()))

    def _foresee(self) -> None:
        """While the hub answers, the next entry is noted as sent before there is one.

        It will be sent within moments of its commit, so the note tells no less than it did, and
        the flush of the disk that it costs is not on a sale's way to its ack. Where contact is
        lost it is taken back: what never left the till may be voided as such.
        """
        if self.idle and self.view.acked == self.view.head:
            self._note_sent(self.view.head + 1)
        elif self.state.mode not in TALKING:
            self._note_sent(self._sent)

    def _note_sent(self, upto: int) -> None:
        try:
            if self._files.sent_upto() != upto:
                self._files.keep_sent(upto, lowered=True)
        except PosError as error:
            self._log("file_refused", doing="note_sent", code=error.code)

    def _send_question(self, effect: SendPull | SendAsk | SendList | SendChunk) -> None:
        lane = lane_of(effect)
        self._asked[lane] = _Asked(effect, self._clock.now())
        if isinstance(effect, SendPull):
            request = self._desk.pull(effect, self._hub_now())
        elif isinstance(effect, SendList | SendChunk):
            request = self._desk.snapshot(effect, self._hub_now())
        else:
            request = self._desk.ask(effect.path, effect.body, self._hub_now())
        self._net.send(lane, request)

    def _wipe(self) -> None:
        """The key goes first; what is told of it afterwards is signed by the copy in memory."""
        unsent = max(0, self.view.head - self.view.acked)
        note = self._desk.ask(WIPED_PATH, encode(WipedNote(unsent)), self._hub_now())
        self._files.destroy_keys(utc_text(self._clock.now()))
        self._log("wiped", unsent=unsent)
        self._net.send(WIPED, note)

    def _read_ahead(self, effect: ReadAhead) -> None:
        asked = self._asked.get(PUSH)
        if asked is not None:
            self._ahead = self._files.read(asked.last, effect.max_events, effect.max_bytes)

    def _apply(self, effect: Apply) -> None:
        reply = effect.reply
        applied = self._files.apply(reply)
        cursors = {**self.view.cursors, reply.stream: (reply.feed, reply.end)}
        self.view = replace(self.view, cursors=cursors)
        if self.view.building:
            self._products += applied.rows if "product" in applied.kinds else 0
            self._queue.append(Tick())  # it may have been the last page
        elif applied.kinds:
            if "product" in applied.kinds:
                self._products = self._files.products()
            self._tell({"op": "changed", "kinds": sorted(applied.kinds)})

    def _write(self, effect: Apply | KeepList | PutChunk | TakeChunk) -> None:
        if isinstance(effect, Apply):
            self._apply(effect)
            return
        if isinstance(effect, KeepList):
            self._files.keep_list(effect.snapshot)
        else:
            applied = self._files.put(effect)
            self._products += applied.rows if "product" in applied.kinds else 0
        self._queue.append(Tick())

    def _replace(self, effect: Build | Finish | Swap) -> None:
        if isinstance(effect, Build):
            self._log("replica_building")
            self._files.build()
            # With no replica before it nobody knew what was sent: then all of it may have been.
            self._sent = max(self._sent, self._files.sent_upto())
        elif isinstance(effect, Finish):
            self._begin(self._files.finishing())
            return
        else:
            self._files.swap()
            self._products = self._files.products()
            self._log("replica_swapped", products=self._products)
            self._tell({"op": "swapped"})
        self._queue.append(Tick())

    def _begin(self, aside: Aside) -> None:
        """Long work: beside the turns, where there is a thread for it."""
        if self._lend is not None:
            self._lend(aside)
        else:
            aside.run()
            self._end(aside)

    def _end(self, aside: Aside) -> None:
        if aside.name == RANK:
            self._queue.append(Held(on=False))
        try:
            if not self._files.ended(aside):  # broken off: what it was for has changed
                if aside.name == FINISH and self.state.finishing:
                    self._queue.append(DiskFailed(BUILD, "replica_unfinished"))
                return
        except PosError as error:
            self._log("file_refused", doing=aside.name, code=error.code)
            if aside.name == FINISH:
                self._queue.append(DiskFailed(BUILD, error.code))
            return
        self._log(f"replica_{aside.name}_done")
        if aside.name == FINISH:
            self._queue.append(Finished())

    def _part(self, effect: AskRelease | Exit | TellAnswer | Wipe) -> None:
        if isinstance(effect, Exit):
            self.ended = True
        elif isinstance(effect, TellAnswer):
            self._tell(answer_message(effect))
        elif isinstance(effect, Wipe):
            self._wipe()
        else:
            self._tell({"op": "release"})

    # answers and time

    @staticmethod
    def _judged(signers: Signers, lane: str, reply: Reply, event: Event) -> Event:
        """The answer; one to a key that the hub does not know means: again, by another."""
        if reply.status == HTTP_OK:
            signers.taken()
        elif (
            isinstance(event, Answered) and event.code == "signature_invalid" and signers.refused()
        ):
            return Lost(lane, "hub_busy")
        return event

    def _event(self, asked: _Asked, reply: Reply) -> Event:
        effect = asked.effect
        if isinstance(effect, SendPull):
            return intake.fed(reply, effect)
        if isinstance(effect, SendList):
            return intake.listed(reply, effect)
        if isinstance(effect, SendChunk):
            return intake.chunk(reply, effect)
        if isinstance(effect, SendAsk):
            return intake.came(reply, effect.ask_id, self._files.identity.hub_key, effect.path)
        if isinstance(effect, SendPush):
            identity = self._files.identity
            return intake.acked(
                reply, asked.last, identity.device, identity.hub_key, self._files.own_hash
            )
        event = intake.welcomed(reply, self._files.own_hash, asked.head)
        if isinstance(event, Welcomed):
            self._measure(asked, event)
        return event

    def _measure(self, asked: _Asked, event: Welcomed) -> None:
        """The hub's clock beside ours, halfway between question and answer."""
        now = self._clock.now()
        try:
            hub = dt.datetime.fromisoformat(event.reply.hub_time)
            self._offset_ms = round(
                (hub - (asked.at + (now - asked.at) / 2)).total_seconds() * 1000
            )
        except (ValueError, TypeError):
            return
        self._files.keep_contact(event.reply.verdict, self._offset_ms, now)

    def _use_hub_time(self) -> None:
        said = None if self._last_reply is None else intake.hub_date(self._last_reply)
        if said is not None:
            self._offset_ms = round((said - self._clock.now()).total_seconds() * 1000)

    def _hub_now(self) -> dt.datetime:
        return self._clock.now() + dt.timedelta(milliseconds=self._offset_ms or 0)

    def _say(self) -> None:
        """Tell the windows how we stand, if that has changed."""
        now = self._clock.monotonic_ms()
        status = replace(
            status_of(self.state, self.view, self._files.identity.epoch, now),
            last_contact=self._contact,
            offset_ms=self._offset_ms,
            products=self._products,
            pid=self._pid,
            copies=self.copies,
        )
        if status != self.status:
            self.status = status
            self._tell(status.message())
