"""The till's two files as the engine uses them: the journal read-only, the replica as its writer.

A new replica is filled beside the one in use and takes its place only when it is whole. What the
till itself noted (acks, how far it sent) stands in the file in use, else in the one being filled.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pos_app.domain.day import utc_text
from pos_app.domain.errors import PosError
from pos_app.store.catalogue import CURRENT, DAMAGED, NEXT
from pos_app.store.keys import Keys, destroy
from pos_app.store.ledger import LOCK_FILE
from pos_app.store.reader import JournalReader, LedgerView, ledger_file
from pos_app.store.replica import Applied, ReplicaWriter, swap
from pos_app.store.replica_copy import copy_due, make_copy
from sync.engine.aside import Aside, Stopping
from sync.engine.copy_state import Copying, Missing, PutChunk, TakeChunk
from sync.engine.outgo import Batch, batch_of
from sync.engine.state import View
from sync.file_lock import is_held
from sync.protocol import Head, PullReply, Snapshot, entry_hash

OFFSET_STATE = "hub_time_offset_ms"
CONTACT_STATE = "last_contact"
VERDICT_STATE = "verdict"
RANKED_STATE = "search_ranked"
ALL_SENT = 1 << 53
FINISH = "finish"
COPY = "copy"
RANK = "rank"
_BESIDES = ("", "-wal", "-shm")


class Windows(Protocol):
    """Who has the till's files open besides us."""

    @property
    def clients(self) -> int:
        """Windows connected over the link."""
        ...


@dataclass(slots=True)
class _Meanwhile:
    """What is noted while the file for it is being indexed; written when that is over.

    Nothing of it may be lost but what the hub tells again: how far was sent stands in the file
    as "all of it" until then.
    """

    sent: int
    ack: tuple[Head, str, str] | None = None
    contact: tuple[str, int, dt.datetime] | None = None


class TillFiles:
    """Reads the ledger, writes the replica; every method may raise `PosError` of the storage."""

    def __init__(self, data: Path, keys: Keys, windows: Windows) -> None:
        self._data = data
        self._keys = keys
        self._windows = windows
        self.journal = JournalReader(data, keys.db_key)
        self.identity = self.journal.identity()
        self._current = self._open_current()
        self._next: ReplicaWriter | None = None
        self._aside: Aside | None = None
        self._meanwhile: _Meanwhile | None = None
        self._forgot = ""
        self._ours: Head | None = None
        """The ack of which the journal is known to hold the same."""
        if self._current is not None and self.sent_upto() == ALL_SENT:
            # Broken off while it was ranked: nobody knows any more what was sent.
            self._current.set_sent_upto(self.identity.epoch, self.journal.head().seq)
        if (data / NEXT).exists():
            self.build(afresh=False)

    def _open_current(self) -> ReplicaWriter | None:
        """The replica in use, or None where there is none or it is past use."""
        path = self._data / CURRENT
        if not path.exists():
            try:
                swap(self._data, self._keys.db_key)  # one that was broken off is brought to its end
            except PosError:
                return None
        if path.stat().st_size == 0:
            return None  # cut to nothing: opening it would make it look like a new one
        writer: ReplicaWriter | None = None
        try:
            writer = ReplicaWriter.open(self._data, self._keys.db_key)
            found, _, _ = writer.cursors(), writer.ack(), writer.counts()  # as every turn reads
        except PosError as error:
            if writer is not None:
                writer.close()
            if error.code == "replica_other_version":
                return self._open_earlier()
            if error.code == "replica_corrupt":
                return None
            raise
        if not found:
            writer.close()
            return None
        # A newer hub told what an older program passed over: on sale until it is fetched anew.
        writer.earlier = writer.missed()
        return writer

    def _open_earlier(self) -> ReplicaWriter | None:
        """One that an earlier program wrote: on sale, and noted in, until another is built."""
        writer: ReplicaWriter | None = None
        try:
            writer = ReplicaWriter.open_earlier(self._data, self._keys.db_key)
            writer.ack()  # as every turn reads
        except PosError as error:
            if writer is not None:
                writer.close()
            if error.code in ("replica_corrupt", "replica_other_version"):
                return None
            raise
        return writer

    @property
    def _usable(self) -> ReplicaWriter | None:
        """The replica in use, of the present version."""
        return None if self._current is None or self._current.earlier else self._current

    @property
    def _noted(self) -> ReplicaWriter | None:
        """Where acks and the like are kept."""
        return self._current or self._next

    @property
    def _fed(self) -> ReplicaWriter | None:
        """The replica that is being filled or kept up to date."""
        return self._next or self._usable

    # looking

    def view(self) -> View:
        """How everything stands."""
        if self._current is not None and (self._data / DAMAGED).exists():
            self._give_up_current()  # a reader found a page that cannot be read
        with self._minding():
            fed = self._fed
            return View(
                head=self.journal.head().seq,
                acked=self.acked(),
                cursors={} if fed is None else fed.cursors(),
                ready=self._usable is not None,
                building=self._next is not None,
                window=self._windows.clients > 0 or is_held(self._data / LOCK_FILE),
                clients=self._windows.clients,
                copying=self._copying(),
            )

    def _copying(self) -> dict[str, Copying]:
        found = {} if self._next is None else self._next.copying()
        return {
            stream: Copying(feed, pos, tuple(Missing(*piece) for piece in missing))
            for stream, (feed, pos, missing) in found.items()
        }

    @contextlib.contextmanager
    def _minding(self) -> Iterator[None]:
        """A replica that turns out to be damaged is given up: the next turn builds another.

        One that is being filled is as well thrown away, for nobody has sold from it.
        """
        try:
            yield
        except PosError as error:
            if error.code == "replica_corrupt":
                name = error.facts.get("file")
                if name == NEXT and self._next is not None:
                    self._stop_aside()
                    self._next.close()
                    self._next = None
                    self._remove(NEXT)
                elif name == CURRENT and self._current is not None:
                    self._give_up_current()
            raise

    def _give_up_current(self) -> None:
        """Windows go on reading what can be read of it until another one is in its place."""
        (self._data / DAMAGED).touch(mode=0o600)
        self._stop_aside()
        if self._current is not None:
            self._current.close()
            self._current = None

    def acked(self) -> int:
        """Up to where the hub is proven to hold this epoch.

        Nothing where the journal has another entry there: it was put back, and what it journalled
        since is its own.
        """
        ack = None if self._noted is None else self._noted.ack()
        if self._meanwhile is not None and self._meanwhile.ack is not None:
            ack, _, _ = self._meanwhile.ack
        if ack is None or ack.epoch != self.identity.epoch:
            return 0
        if ack != self._ours:
            own = self.own_hash(ack)
            if own not in (None, ack.hash):
                return 0
            self._ours = None if own is None else ack
        return ack.seq

    def sent_upto(self) -> int:
        """Up to where entries of this epoch may have left the till."""
        epoch, seq = (0, 0) if self._noted is None else self._noted.sent_upto()
        return seq if epoch == self.identity.epoch else 0

    def own_hash(self, place: Head) -> str | None:
        """Our own hash at a place, hex; None where the journal holds nothing."""
        return self.journal.hash_at(place.epoch, place.seq)

    def read(self, after: int, max_events: int, max_bytes: int) -> Batch | None:
        """The next entries after `after`, ready to go; None where there are none.

        Also where a body is not the one that was sealed: half a fact never leaves the till.
        """
        epoch = self.identity.epoch
        entries = self.journal.entries((epoch, after), max_events, max_bytes)
        before = self.journal.hash_at(epoch, after)
        if not entries or entries[0].epoch != epoch or before is None:
            return None
        last = bytes.fromhex(before)
        for entry in entries:
            if entry_hash(last, entry.body) != entry.hash:
                return None
            last = entry.hash
        return batch_of(entries, before)

    def destroy_keys(self, at: str) -> None:
        """The till's keys are gone from this machine: nobody opens its files without the hub."""
        destroy(self._data, at)

    def note(self, name: str) -> str:
        """What was noted under a name."""
        with self._minding():
            return "" if self._noted is None else self._noted.state(name)

    def products(self) -> int:
        """How many products are on sale in the replica."""
        with self._minding():
            return 0 if self._fed is None else self._fed.counts().get("products", 0)

    # noting

    def keep_sent(self, last: int, *, lowered: bool = False) -> None:
        """Entries up to `last` are about to be on the wire; `lowered`: and none after it was."""
        if self._meanwhile is not None:
            self._meanwhile.sent = last if lowered else max(self._meanwhile.sent, last)
            return
        writer = self._noted
        with self._minding():
            kept = self.sent_upto()
            if writer is not None and (kept < last or (lowered and last < kept != ALL_SENT)):
                writer.set_sent_upto(self.identity.epoch, last)

    def keep_ack(self, ack: Head, sig: str, hub_time: str) -> None:
        """The hub is proven to hold everything up to `ack`."""
        if self._meanwhile is not None:
            self._meanwhile.ack = (ack, sig, hub_time)
            return
        with self._minding():
            if self._noted is not None:
                self._noted.set_ack(ack, sig, hub_time)

    def keep_contact(self, verdict: str, offset_ms: int, now: dt.datetime) -> None:
        """What the last hello brought."""
        if self._meanwhile is not None:
            self._meanwhile.contact = (verdict, offset_ms, now)
            return
        with self._minding():
            if self._noted is not None:
                self._noted.set_state(VERDICT_STATE, verdict)
                self._noted.set_state(OFFSET_STATE, str(offset_ms))
                self._noted.set_state(CONTACT_STATE, utc_text(now))

    # the replica

    def apply(self, reply: PullReply) -> Applied:
        """A page written with its cursor; what it changed."""
        with self._minding():
            return Applied() if self._fed is None else self._fed.apply(reply)

    def keep_list(self, told: Snapshot) -> None:
        """What is to be fetched for the new replica, but for what the one in use has unchanged."""
        with self._minding():
            if self._next is not None:
                self._next.keep_snapshot(told, self._usable)

    def put(self, piece: PutChunk | TakeChunk) -> Applied:
        """A piece that was fetched, or is in the replica in use, and that it is here."""
        with self._minding():
            if self._next is None:
                return Applied()
            if isinstance(piece, TakeChunk):
                return self._next.take_chunk(piece.stream, piece.n, self._usable)
            return self._next.put_chunk(piece.stream, piece.n, piece.sha, piece.lines)

    def build(self, *, afresh: bool = True) -> None:
        """Begin a new replica beside; `afresh` throws away one that was begun before."""
        self._stop_aside()
        if self._next is not None:
            self._next.close()
            self._next = None
        if afresh:
            self._remove(NEXT)
        begun = ReplicaWriter.create_beside(self._data, self._keys.db_key)
        try:
            _, sent = begun.sent_upto()
            head = self.journal.head()
            if self._current is None and (sent == 0 or sent > head.seq):
                # Nobody knows any more what was sent: then all of it may have been.
                begun.set_sent_upto(head.epoch, head.seq)
        except BaseException:
            begun.close()  # without that mark it is not the till's
            raise
        self._next = begun

    def finishing(self) -> Aside:
        """What makes the new replica fit for use: indexed, ranked by what this till has sold.

        Until `ended` says that it is over, nothing is written into the new one from here.
        """

        def work(stopping: Stopping) -> None:
            with ReplicaWriter.create_beside(self._data, self._keys.db_key) as writer:
                writer.give_up_when(stopping)
                writer.finish(self._sold())

        self._stop_aside()
        if self._current is None:
            self._note_meanwhile()
        return self._begin(Aside(FINISH, work))

    def _forget_customers(self, now: dt.datetime) -> None:
        """Once an hour: whom the hub may have had to say of is not kept for ever."""
        hour = utc_text(now)[:13]
        if self._usable is None or hour == self._forgot:
            return
        self._forgot = hour
        with self._minding():
            if self._usable.forget_customers(now):
                self._usable.earlier = True  # on sale until it is fetched anew

    def ranking(self, now: dt.datetime) -> Aside | None:
        """What ranks the search of the replica in use by what sold; None where that is of today.

        A second or so for each 30,000 products, in one transaction: until `ended` says that it
        is over nothing else is written into that file, and nothing may be applied.
        """
        if self._usable is None or self._next is not None or self._aside is not None:
            return None
        self._forget_customers(now)
        day = utc_text(now)[:10]
        if self._usable is None or self.note(RANKED_STATE) == day:
            return None

        def work(stopping: Stopping) -> None:
            with ReplicaWriter.open(self._data, self._keys.db_key) as writer:
                writer.give_up_when(stopping)
                writer.renew_search(self._sold())
                writer.set_state(RANKED_STATE, day)

        with self._minding():
            self._note_meanwhile()
        return self._begin(Aside(RANK, work))

    def _note_meanwhile(self) -> None:
        """From here on what is noted waits in memory, and the file says that all was sent."""
        writer = self._noted
        if writer is not None:
            meanwhile = _Meanwhile(self.sent_upto())
            writer.set_sent_upto(self.identity.epoch, ALL_SENT)
            self._meanwhile = meanwhile

    def copying(self, now: dt.datetime) -> Aside | None:
        """What makes the last good copy of the replica in use; None where none is due."""
        if self._usable is None or self._next is not None or self._aside is not None:
            return None
        try:
            if not copy_due(self._data, now):
                return None
        except OSError:
            return None
        data, key = self._data, self._keys.db_key
        return self._begin(Aside(COPY, lambda stopping: make_copy(data, key, stopping)))

    def _begin(self, aside: Aside) -> Aside:
        self._aside = aside
        return aside

    def _stop_aside(self) -> None:
        aside, self._aside = self._aside, None
        if aside is not None:
            aside.stop()
            with contextlib.suppress(PosError):  # the file itself may be what is wrong
                self._catch_up()

    def _catch_up(self) -> None:
        """Writes what was noted meanwhile."""
        meanwhile, self._meanwhile = self._meanwhile, None
        if meanwhile is None or self._noted is None:
            return
        self._noted.set_sent_upto(self.identity.epoch, meanwhile.sent)
        if meanwhile.ack is not None:
            self.keep_ack(*meanwhile.ack)
        if meanwhile.contact is not None:
            self.keep_contact(*meanwhile.contact)

    def ended(self, aside: Aside) -> bool:
        """Long work is over: True where it was done and still wanted; raises what stood in the way.

        The new replica, if it was that, is from now on written as one in use.
        """
        if aside is not self._aside:
            return False
        self._aside = None
        with self._minding():
            self._catch_up()
            aside.check()
            if aside.name == FINISH and self._next is not None:
                self._next.close()
                self._next = None  # should the disk be full just now, it is begun anew
                self._next = ReplicaWriter.create_beside(self._data, self._keys.db_key)
        return True

    def _sold(self) -> dict[str, int]:
        """What this till has sold: sku -> thousandths."""
        view = LedgerView(ledger_file(self._data), self._keys.db_key)
        try:
            moves = view.own_stock_moves((0, 0))
        finally:
            view.close()
        return {sku: -moved for sku, moved in moves.items() if moved < 0}

    def swap(self) -> None:
        """The new replica in the place of the old; no window has either open."""
        if self._next is None:
            return
        self._stop_aside()
        self._next.close()
        self._next = None
        damaged = self._current is None
        if self._current is not None:
            self._current.close()
            self._current = None
        try:
            if damaged:
                self._remove(CURRENT)  # the good copy before it stays
            swap(self._data, self._keys.db_key)
            (self._data / DAMAGED).unlink(missing_ok=True)
        finally:
            self._current = self._open_current()
            if (self._data / NEXT).exists():
                self._next = ReplicaWriter.create_beside(self._data, self._keys.db_key)

    def _remove(self, name: str) -> None:
        for beside in _BESIDES:
            (self._data / f"{name}{beside}").unlink(missing_ok=True)

    def close(self) -> None:
        """Let all of it go."""
        self._stop_aside()
        self.journal.close()
        for writer in (self._current, self._next):
            if writer is not None:
                with contextlib.suppress(PosError):
                    writer.close()
