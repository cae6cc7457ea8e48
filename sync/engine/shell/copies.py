"""The second copy of the journal: a thread for each place that keeps one, beside everything else.

Each looks what its place holds and what the journal holds, and brings the difference there; it is
woken after each commit that sync hears of and looks by itself every few seconds. A sale waits for
none of it, nor does the hub: a stick that hangs costs its own thread.
"""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from pos_app.domain.day import utc_text
from pos_app.domain.errors import PosError, Unavailable
from pos_app.settings import Settings
from pos_app.store.keys import Keys
from pos_app.store.reader import JournalReader
from pos_app.store.records import Identity
from sync.journal_copy import CopyFile, Entry, Frame, Key, Place, flush_folder

if TYPE_CHECKING:
    from sync.engine.runner import Runner
    from sync.engine.shell.mirror import MirrorListener

LOOK_S: Final = 5.0
"""How long a nudge that was lost can delay a copy."""
AGAIN_S: Final = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Pauses after a failure."""
LAST_S: Final = 2.0
"""How long the end of the process waits for the copies to be complete."""
FRAME_ENTRIES: Final = 500
FRAME_BYTES: Final = 1 << 20
FOLDER: Final = "folder"
TILL: Final = "till"

_CODES: Final = {
    errno.ENOENT: "copy_missing",
    errno.ENOTDIR: "copy_missing",
    errno.ENODEV: "copy_missing",
    errno.ESTALE: "copy_missing",
    errno.ENOSPC: "copy_full",
    errno.EDQUOT: "copy_full",
    errno.EROFS: "copy_read_only",
    errno.EACCES: "copy_read_only",
    errno.EPERM: "copy_read_only",
}


@dataclass(frozen=True, slots=True)
class CopyState:
    """How one copy stands."""

    kind: str
    """`folder` or `till`."""
    where: str
    seq: int = 0
    """The last entry of the present epoch that is known to be there."""
    epoch: int = 0
    at: str = ""
    """When it was last known to be complete (UTC)."""
    code: str = ""
    """Why it is not written just now; has words."""

    def message(self) -> dict[str, Any]:
        """As it goes over the link."""
        return {
            "kind": self.kind,
            "where": self.where,
            "seq": self.seq,
            "epoch": self.epoch,
            "at": self.at,
            "code": self.code,
        }


class Keeper(Protocol):
    """A place that keeps a copy: a folder on another disk, or another till."""

    @property
    def whole(self) -> bool:
        """True where it keeps all of an epoch; else only what the hub does not hold."""
        ...

    def reach(self, identity: Identity) -> tuple[Place | None, list[tuple[int, int]]]:
        """The run it ends with, and (after, upto) of what is missing before.

        Raises PosError with the code that a person is told, or OSError.
        """
        ...

    def keep(self, frames: Sequence[Frame], acked: int) -> None:
        """Frames that follow, or that fill what is missing: durable there when this returns."""
        ...

    def close(self) -> None:
        """Let go."""
        ...


class FolderKeeper:
    """A folder on another disk."""

    def __init__(self, data: Path, folder: Path) -> None:
        self._data = data
        self._folder = folder
        self._copy: CopyFile | None = None

    @property
    def whole(self) -> bool:
        """It has room for all."""
        return True

    def reach(self, identity: Identity) -> tuple[Place | None, list[tuple[int, int]]]:
        """As its files say, which are read once."""
        self._copy = None
        room = room_of(self._data, self._folder, identity.device)
        if not room.is_dir():
            room.mkdir(mode=0o700)
            flush_folder(self._folder)
        self._copy = CopyFile(room, identity.epoch)
        return self._copy.last, self._copy.missing

    def keep(self, frames: Sequence[Frame], acked: int) -> None:
        """Appended and flushed."""
        del acked
        if self._copy is None:
            raise Unavailable("copy_missing")
        self._copy.append(frames)

    def close(self) -> None:
        """Nothing is held open."""
        self._copy = None


def room_of(data: Path, folder: Path, device: str) -> Path:
    """Where in `folder` the copy of a till is.

    A stick that was pulled leaves an empty folder of the till's own disk behind: what would be
    written there is no second copy. Raises Unavailable("copy_same_disk") and OSError.
    """
    if folder.stat().st_dev == data.stat().st_dev:
        raise Unavailable("copy_same_disk")
    return folder / f"holdfast-{device}"


class CopyLine:
    """One copy, kept up by a thread of its own."""

    def __init__(
        self,
        data: Path,
        keys: Keys,
        keeper: Keeper,
        state: CopyState,
        acked: Callable[[], int],
        changed: Callable[[], None],
    ) -> None:
        self._data = data
        self._keys = keys
        self._sealing = Key(keys.db_key)
        self._keeper = keeper
        self._acked = acked
        self._changed = changed
        self._journal: JournalReader | None = None
        self._known: Identity | None = None
        self._woken = threading.Event()
        self._ending = False
        self._failures = 0
        self.state = state
        self._thread = threading.Thread(target=self._run, name=f"copy-{state.kind}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def nudge(self) -> None:
        """Something was journalled."""
        self._woken.set()

    def end(self) -> None:
        """Once more, then no more."""
        self._ending = True
        self._woken.set()

    def join(self, patience_s: float) -> None:
        """Waits for the end; a disk that hangs is left behind."""
        self._thread.join(patience_s)

    def _run(self) -> None:
        while True:
            ending = self._ending
            self._woken.clear()
            try:
                self._catch_up()
            except (PosError, OSError) as error:
                self._fail(code_of(error))
            if ending:
                break
            if self._failures:
                # A nudge does not hurry what has just failed; only the end does.
                pause = AGAIN_S[min(self._failures, len(AGAIN_S)) - 1]
                until = time.monotonic() + pause
                while not self._ending and time.monotonic() < until:
                    self._woken.wait(min(pause, 1.0))
                    self._woken.clear()
            else:
                self._woken.wait(LOOK_S)
        self._keeper.close()
        if self._journal is not None:
            self._journal.close()

    def _fail(self, code: str) -> None:
        self._failures += 1
        self._known = None  # what is there is read anew
        if self.state.code != code:
            self.state = replace(self.state, code=code)
            self._changed()

    def _catch_up(self) -> None:
        """Brings there what is not there. Raises PosError and OSError."""
        if self._journal is None:
            self._journal = JournalReader(self._data, self._keys.db_key)
        journal = self._journal
        identity = journal.identity()
        head = journal.head()
        if self._known is None or self._known.epoch != identity.epoch:
            self._look(journal, identity)
        while self.state.seq < head.seq:
            sent = self._send(journal, identity, self.state.seq, head.seq)
            self._stands(identity, sent)
        self._failures = 0
        now = utc_text(datetime.now(UTC))
        if self.state.code or self.state.at[:16] != now[:16]:
            self.state = replace(self.state, code="", at=now)
            self._changed()

    def _look(self, journal: JournalReader, identity: Identity) -> None:
        last, missing = self._keeper.reach(identity)
        if last is not None and journal.hash_at(identity.epoch, last.last) != last.hash:
            # It knows what this journal does not: the journal was put back. Nothing of it is lost.
            raise Unavailable("copy_ahead")
        for after, upto in missing:
            at = after
            while at < upto:
                at = self._send(journal, identity, at, upto)
        self._known = identity
        begin = 0 if self._keeper.whole else min(self._acked(), journal.head().seq)
        self._stands(identity, max(begin, 0 if last is None else last.last))

    def _stands(self, identity: Identity, seq: int) -> None:
        if (self.state.epoch, self.state.seq) != (identity.epoch, seq):
            self.state = replace(self.state, epoch=identity.epoch, seq=seq)
            self._changed()

    def _send(self, journal: JournalReader, identity: Identity, after: int, upto: int) -> int:
        """The next run of entries after `after`; up to where it goes."""
        epoch = identity.epoch
        most = min(FRAME_ENTRIES, upto - after)
        entries = journal.entries((epoch, after), most, FRAME_BYTES)
        before = journal.hash_at(epoch, after)
        if not entries or before is None or entries[0].seq != after + 1:
            raise Unavailable("ledger_corrupt", file="ledger.sqlite")
        last = entries[-1]
        place = Place(identity.device, epoch, after + 1, last.seq, before, last.hash.hex())
        kept = [Entry(one.body, one.hash, one.sig) for one in entries]
        self._keeper.keep([self._sealing.frame(place, kept)], self._acked())
        return last.seq


def code_of(error: PosError | OSError) -> str:
    """Why a copy is not written, as a code that has words."""
    if isinstance(error, PosError):
        return error.code
    return _CODES.get(error.errno or 0, "copy_failed")


class SecondCopies:
    """All copies that a till keeps of its own journal elsewhere, and of others' here."""

    def __init__(
        self,
        data: Path,
        keys: Keys,
        settings: Settings,
        runner: Runner,
        changed: Callable[[], None],
        log: Any,
    ) -> None:
        self._data = data
        self._keys = keys
        self._log = log
        self._listen_at = settings.mirror_listen
        self._listener: MirrorListener | None = None
        self._try_at = 0.0
        self._lines: list[CopyLine] = []
        if settings.journal_copy:
            folder = FolderKeeper(data, Path(settings.journal_copy))
            state = CopyState(FOLDER, settings.journal_copy)
            self._add(folder, state, runner, changed)
        if settings.mirror_to:
            from sync.engine.shell.mirror import TillKeeper

            peer = TillKeeper(data, keys, settings.mirror_to)
            self._add(peer, CopyState(TILL, settings.mirror_to), runner, changed)

    def _add(
        self, keeper: Keeper, state: CopyState, runner: Runner, changed: Callable[[], None]
    ) -> None:
        def acked() -> int:
            return runner.view.acked

        self._lines.append(CopyLine(self._data, self._keys, keeper, state, acked, changed))

    @property
    def listens(self) -> bool:
        """True where others may keep their copies here: then this process stays."""
        return bool(self._listen_at)

    def start(self) -> None:
        """Begin."""
        for line in self._lines:
            line.start()
        self._listen()

    def nudge(self) -> None:
        """Something was journalled, or it is time to look."""
        for line in self._lines:
            line.nudge()
        self._listen()

    def _listen(self) -> None:
        """Opens the port; tried again where it is taken."""
        if not self._listen_at or self._listener is not None or time.monotonic() < self._try_at:
            return
        from sync.engine.shell.mirror import Kept, MirrorListener

        self._try_at = time.monotonic() + AGAIN_S[-1]
        try:
            with JournalReader(self._data, self._keys.db_key) as journal:
                device = journal.identity().device
            kept = Kept(self._data, self._keys, device)
            self._listener = MirrorListener(self._listen_at, kept, self._log.warning)
        except (PosError, OSError) as error:
            self._log.warning("mirror_not_listening", code=code_of(error))
            return
        self._log.info("mirror_listening", port=self._listener.port)

    def states(self) -> list[dict[str, Any]]:
        """How each stands, as it goes over the link."""
        return [line.state.message() for line in self._lines]

    def close(self) -> None:
        """A last look, for as long as a process that ends may take."""
        if self._listener is not None:
            self._listener.close()
        for line in self._lines:
            line.end()
        for line in self._lines:
            line.join(LAST_S)
