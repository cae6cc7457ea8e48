"""The local socket between a till's window and its sync process: newline JSON, both ways.

The sync process serves, the window (or `play` in its place) is the client. Nothing of a sale
depends on it: a lost nudge costs one tick of sync's clock, a dead sync process is started again
by `SyncSupervisor`, and the client never raises and never waits longer than `PATIENCE_S`.

    to sync     {"op": "nudge"}  {"op": "try_now"}  {"op": "released"}  {"op": "leave"}
                {"op": "ask", "id": …, "path": …, "body": …}
    from sync   {"op": "status", …}  {"op": "changed", "kinds": […]}  {"op": "release"}
                {"op": "swapped"}  {"op": "answer", "id": …, "status": …, "code": …, "body": …}

`release` asks the window to close its readers of the replica, `released` answers, `swapped`
says that the new replica is in place and may be opened. `ask` is a question to the hub, signed and
sent by sync; an `answer` of status 0 means that nobody knows: it is asked again under the same id.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import selectors
import socket
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sync.file_lock import is_held

if TYPE_CHECKING:
    import subprocess

Message = dict[str, Any]

PATIENCE_S: Final = 0.05
RECONNECT_S: Final = 0.5
LINE_MAX: Final = 1 << 16
_BACKLOG_MAX: Final = 1 << 20
"""Bytes a client may leave unread before it is dropped: it connects again and asks anew."""
UNIX: Final = hasattr(socket, "AF_UNIX") and sys.platform != "win32"


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """What sync last said of itself; the defaults are what is true while it says nothing."""

    state: str = "OFFLINE"
    """A name of the engine's state table: OFFLINE, HELLO, DRAIN, PULL, LIVE, PAUSED, REFUSED…"""
    acked: tuple[int, int] = (0, 0)
    """(epoch, seq) up to which the hub holds the journal, proven by hash."""
    last_contact: str = ""
    """UTC time of the hub's last answer."""
    next_try_s: int = 0
    """Seconds until the next attempt, 0 while one is under way."""
    error_code: str = ""
    """Why it is not in order; has words."""
    cursors: dict[str, int] = field(default_factory=dict)
    offset_ms: int | None = None
    """Hub time minus this machine's wall clock."""
    products: int = 0
    replica: str = "none"
    """current, building (a new one beside it), none."""
    progress: int = -1
    """Percent of the replica being built; -1 where the end is not known."""
    pid: int = 0
    """Of the sync process; 0 while nobody is at the other end."""
    vouched: str = ""
    """The end of the journal that the hub's last hello found in order, as `vouched_text`."""
    order: str = ""
    """What a person at the hub wants of this till: suspend, drain_wipe, wipe; or wiped."""
    copies: list[dict[str, Any]] = field(default_factory=list)
    """Each second copy of the journal: kind, where, epoch, seq, at, code (see `CopyState`)."""

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> SyncStatus:
        """A status from a message; what an older or newer sync does not say has its default."""
        known = {one.name for one in fields(cls)}
        said = {name: value for name, value in message.items() if name in known}
        if "acked" in said:
            said["acked"] = (int(said["acked"]["epoch"]), int(said["acked"]["seq"]))
        return cls(**said)

    def copied(self, epoch: int) -> int:
        """The last entry of an epoch that some second copy is known to hold; 0 for none."""
        return max((int(one["seq"]) for one in self.copies if one.get("epoch") == epoch), default=0)

    def message(self) -> Message:
        """As it goes over the link."""
        said: Message = {one.name: getattr(self, one.name) for one in fields(self)}
        return {"op": "status", **said, "acked": {"epoch": self.acked[0], "seq": self.acked[1]}}


def vouched_text(head: Any) -> str:
    """A place in a chain as a status says it; empty for None."""
    return "" if head is None else f"{head.epoch}.{head.seq}.{head.hash}"


def _room() -> Path:
    """A directory of ours alone, with a short path: a Unix socket's name has 107 bytes at most."""
    import tempfile

    given = os.environ.get("XDG_RUNTIME_DIR", "")
    room = (
        Path(given) / "holdfast"
        if given and len(given) < 60 and Path(given).is_dir()
        else Path(tempfile.gettempdir()) / f"holdfast-{os.getuid() if UNIX else 'till'}"
    )
    room.mkdir(mode=0o700, exist_ok=True)
    found = room.lstat()
    if UNIX and (found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode)):
        raise PermissionError(f"{room} belongs to somebody else")
    if UNIX and stat.S_IMODE(found.st_mode) & 0o077:
        room.chmod(0o700)
    return room


def socket_path(data: Path) -> Path:
    """Where the link of the till in `data` is."""
    name = hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:20]
    return _room() / f"{name}.sock"


def _door(data: Path) -> Path:
    """Where systems without Unix sockets keep the port and the word that opens it."""
    return data / "sync.door"


def _listen(data: Path, *, unix: bool) -> tuple[socket.socket, str]:
    """A listening socket and the word a client must say first ("" where the file's mode does)."""
    if unix:
        path = socket_path(data)
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(path))
        path.chmod(0o600)
        word = ""
    else:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.bind(("127.0.0.1", 0))
        word = secrets.token_hex(16)
        said = json.dumps({"port": listener.getsockname()[1], "word": word})
        beside = _door(data).with_suffix(".new")
        beside.touch(mode=0o600)
        beside.write_text(said)
        beside.replace(_door(data))
    listener.listen(8)
    listener.setblocking(False)
    return listener, word


def _connect(data: Path, *, unix: bool) -> socket.socket:
    if unix:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        address: Any = str(socket_path(data))
        word = ""
    else:
        door = json.loads(_door(data).read_text())
        line = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        address, word = ("127.0.0.1", int(door["port"])), str(door["word"])
    try:
        line.settimeout(PATIENCE_S)
        line.connect(address)
        line.sendall(_encode({"op": "open", "word": word}))
        line.setblocking(False)
    except OSError:
        line.close()
        raise
    return line


def _encode(message: Message) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


class _Line:
    """One end of a connection: bytes in, whole messages out."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.trusted = False
        self.waiting = b""
        self._half = b""

    def read(self) -> Iterator[Message]:
        """The messages that have arrived; raises OSError or ValueError when the end is reached."""
        while True:
            try:
                got = self.socket.recv(LINE_MAX)
            except BlockingIOError:
                return
            if not got:
                raise ConnectionResetError
            *whole, self._half = (self._half + got).split(b"\n")
            if len(self._half) > LINE_MAX:
                raise ValueError("a line without end")
            for line in whole:
                message = json.loads(line)
                if isinstance(message, dict):
                    yield message

    def write(self) -> None:
        """Send what the socket takes now; raises OSError."""
        while self.waiting:
            try:
                sent = self.socket.send(self.waiting)
            except BlockingIOError:
                return
            self.waiting = self.waiting[sent:]


class LinkServer:
    """Sync's end: a thread that hands each message to `on_message` and tells all clients.

    `on_message(message)` runs on that thread and must not wait. `opened` and `closed` arrive as
    messages of their own, `{"op": "opened" | "closed", "clients": n}`.
    """

    def __init__(
        self, data: Path, on_message: Callable[[Message], None], *, unix: bool = UNIX
    ) -> None:
        self._on_message = on_message
        self._unix = unix
        self._path = socket_path(data) if unix else _door(data)
        self._listener, self._word = _listen(data, unix=unix)
        self._lock = threading.Lock()
        self._lines: dict[int, _Line] = {}
        self._status = b""
        self._ending = False
        self._selector = selectors.DefaultSelector()
        self._ear, self._bell = socket.socketpair()
        self._ear.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._ear, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._serve, name="link", daemon=True)
        self._thread.start()

    @property
    def clients(self) -> int:
        """How many windows are connected."""
        with self._lock:
            return sum(line.trusted for line in self._lines.values())

    def broadcast(self, message: Message) -> None:
        """Tell every client; the last status is kept for those who connect later."""
        said = _encode(message)
        with self._lock:
            if message.get("op") == "status":
                self._status = said
            for line in self._lines.values():
                if line.trusted:
                    line.waiting += said
                    with contextlib.suppress(OSError):  # the serving thread notices, and drops it
                        line.write()
            left = any(line.waiting for line in self._lines.values())
        if left:
            self._ring()

    def close(self) -> None:
        """Stop serving and take the socket's name away."""
        self._ending = True
        self._ring()
        self._thread.join(2)
        self._path.unlink(missing_ok=True)

    def _ring(self) -> None:
        with contextlib.suppress(OSError):
            self._bell.send(b".")

    def _serve(self) -> None:
        while not self._ending:
            for key, _ in self._selector.select():
                if key.fileobj is self._listener:
                    self._admit()
                elif key.fileobj is self._ear:
                    self._ear.recv(4096)
                else:
                    self._hear(self._lines[key.fd])
            for line in list(self._lines.values()):
                self._tell(line)
        for line in list(self._lines.values()):
            self._drop(line)
        for end in (self._listener, self._ear, self._bell):
            end.close()
        self._selector.close()

    def _admit(self) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self._listener.accept()
            connection.setblocking(False)
            with self._lock:
                self._lines[connection.fileno()] = _Line(connection)
            self._selector.register(connection, selectors.EVENT_READ)

    def _hear(self, line: _Line) -> None:
        try:
            for message in line.read():
                if line.trusted:
                    self._on_message(message)
                elif hmac.compare_digest(str(message.get("word", "")), self._word):
                    with self._lock:
                        line.trusted = True
                        line.waiting += self._status
                    self._on_message({"op": "opened", "clients": self.clients})
                else:
                    raise ConnectionRefusedError
        except (OSError, ValueError):
            self._drop(line)

    def _tell(self, line: _Line) -> None:
        try:
            with self._lock:
                line.write()
                if len(line.waiting) > _BACKLOG_MAX:
                    raise ConnectionAbortedError
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if line.waiting else 0)
            if self._selector.get_key(line.socket).events != wanted:
                self._selector.modify(line.socket, wanted)
        except OSError:
            self._drop(line)

    def _drop(self, line: _Line) -> None:
        self._selector.unregister(line.socket)
        with self._lock:
            del self._lines[line.socket.fileno()]
        line.socket.close()
        if line.trusted:
            self._on_message({"op": "closed", "clients": self.clients})


class LinkClient:
    """The window's end. No method raises, and none waits longer than `PATIENCE_S`."""

    def __init__(self, data: Path, *, unix: bool = UNIX) -> None:
        self._data = data
        self._unix = unix
        self._line: _Line | None = None
        self._tried = -RECONNECT_S
        self.status = SyncStatus()
        """What sync last said."""

    @property
    def connected(self) -> bool:
        """True while sync is at the other end."""
        return self._line is not None

    def fileno(self) -> int:
        """For a notifier: the socket, or -1. It is another one after each reconnection."""
        return -1 if self._line is None else self._line.socket.fileno()

    def poll(self) -> list[Message]:
        """What sync said since the last call, statuses too; connects again when it must."""
        self._reach()
        heard: list[Message] = []
        if self._line is None:
            return heard
        try:
            for message in self._line.read():
                if message.get("op") == "status":
                    self.status = SyncStatus.of(message)
                heard.append(message)
            self._line.write()
        except (OSError, ValueError, TypeError, KeyError):
            self.close()
        return heard

    def nudge(self) -> None:
        """Something was journalled: sync should look."""
        self._say("nudge")

    def try_now(self) -> None:
        """A person asks for an attempt now, whatever the back-off says."""
        self._say("try_now")

    def leave(self) -> None:
        """Asks sync to end: somebody else is to have the till's files."""
        self._say("leave")

    def released(self) -> None:
        """The answer to `release`: this window has no reader of the replica open."""
        self._say("released")

    def ask(self, ask_id: str, path: str, body: bytes) -> None:
        """A question for the hub, kept in the ledger by now; its `answer` comes, or is asked for."""
        self._send({"op": "ask", "id": ask_id, "path": path, "body": body.decode()})

    def close(self) -> None:
        """Hang up; the last status stays, without a process behind it."""
        if self._line is not None:
            self._line.socket.close()
            self._line = None
            self.status = replace(self.status, pid=0)

    def _say(self, word: str) -> None:
        self._send({"op": word})

    def _send(self, message: Message) -> None:
        self._reach()
        if self._line is None:
            return
        self._line.waiting += _encode(message)
        try:
            self._line.write()
        except OSError:
            self.close()

    def _reach(self) -> None:
        now = time.monotonic()
        if self._line is not None or now - self._tried < RECONNECT_S:
            return
        self._tried = now
        with contextlib.suppress(OSError, ValueError, KeyError):
            self._line = _Line(_connect(self._data, unix=self._unix))


class SyncSupervisor:
    """Keeps one sync process alive for the till in `data`, started detached from the window."""

    RESTART_S: Final = (0.0, 1.0, 2.0, 5.0, 15.0, 30.0)
    """Pauses between starts; a process that lived a minute begins anew at the first."""

    def __init__(self, data: Path, python: str = sys.executable) -> None:
        self._data = data
        self._python = python
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._starts = 0

    def ensure(self) -> bool:
        """True when a sync process runs or was just started; call it every few seconds."""
        if self._process is not None and self._process.poll() is None:
            return True
        if is_held(self._data / "sync.lock"):
            return True
        now = time.monotonic()
        if now - self._started > 60:
            self._starts = 0
        pause = self.RESTART_S[min(self._starts, len(self.RESTART_S) - 1)]
        if self._starts and now - self._started < pause:
            return False
        self._started, self._starts = now, self._starts + 1
        import subprocess

        try:
            self._process = subprocess.Popen(
                [self._python, "-m", "pos_app", "till", "sync", "--data", str(self._data)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            return False
        return True

    @property
    def pid(self) -> int:
        """The process started here, 0 when it is not running or was started by another."""
        alive = self._process is not None and self._process.poll() is None
        return self._process.pid if alive and self._process is not None else 0

    def stop(self, patience_s: float = 5.0) -> None:
        """End the process that was started here, if it still runs; its work is on the disk."""
        if self._process is None:
            return
        import subprocess

        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(patience_s)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()
        self._process = None
