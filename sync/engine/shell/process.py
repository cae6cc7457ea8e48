"""The sync process of a till: one queue, one thread that takes turns, the rest only feeds it.

Lanes of the net, the link to the window, the watchdog and signals all put what they have into the
queue. One process per data directory (`sync.lock`); it outlives the window until everything is at
the hub.
"""

from __future__ import annotations

import gc
import os
import queue
import random
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Final

from pos_app.domain.errors import PosError, Refused, Unavailable
from pos_app.settings import HUB_VARIABLE, RUN_VARIABLE, Settings
from pos_app.store.keys import Keys
from pos_app.store.ledger import LOCK_FILE
from pos_app.store.reads import LEDGER_FILE
from pos_app.store.records import SystemClock
from sync.engine import intake
from sync.engine.aside import Aside
from sync.engine.bootstrap import check_address
from sync.engine.files import TillFiles
from sync.engine.ports import Reply
from sync.engine.runner import Runner
from sync.engine.shell.copies import SecondCopies
from sync.engine.shell.http import HttpNet
from sync.engine.shell.log import open_log
from sync.engine.shell.program import Program
from sync.engine.signers import Sign, Signers
from sync.engine.state import PUSH, Mode, Nudged, Released, Tick
from sync.file_lock import FileLock, is_held
from sync.link import LinkServer, Message

WATCHDOG_S: Final = 30
STUCK_S: Final = 900
"""A turn that takes longer is a bug: the process ends and is started anew."""
LOCK_PATIENCE_S: Final = 2.0
STUCK_STATUS: Final = 70

Heard = tuple[str, Any]


class SyncProcess:
    """Everything a till's sync needs, put together; `run` until it is done."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._lock = _take_lock(data)
        self._queue: queue.SimpleQueue[Heard] = queue.SimpleQueue()
        self._heard: deque[Heard] = deque()
        try:
            self._log = open_log(data)
            keys = Keys.load(data)
            self._link = LinkServer(data, lambda message: self._queue.put(("link", message)))
        except BaseException:
            self._lock.free()
            raise
        try:
            self._files = TillFiles(data, keys, self._link)
            settings = Settings.load(data)
            url = settings.hub(self._files.identity.hub_url).rstrip("/")
            check_address(url)
            patience = settings.patience()
            self._net = HttpNet(url, lambda lane, reply: self._queue.put((lane, reply)), patience)
            self.runner = Runner(
                self._files,
                self._net,
                SystemClock(),
                random.SystemRandom(),
                Signers(lambda: _signers(data, self._files.identity.pubkey)),
                self._link.broadcast,
                self._log.info,
                pid=os.getpid(),
                lend=self._lend,
                patience=patience,
            )
            self._second = SecondCopies(data, keys, settings, self.runner, self._copied, self._log)
        except BaseException:
            self._link.close()
            self._lock.free()
            raise
        self._turned = time.monotonic()
        self._stopped = False
        self.longest_s: float = WATCHDOG_S
        """How long to wait for something to happen before looking at `done` again."""

    def run(self, done: Callable[[Runner], bool], *, stays: bool = False) -> None:
        """Take turns until `done` says so or `stop` was called.

        Unless it `stays` it also ends when the engine has nobody to work for any more.
        """
        runner, program = self.runner, Program()
        watchdog = self._watchdog()
        self._log.info("started", pid=os.getpid())
        try:
            self._second.start()
            runner.hear(Tick())
            stays = stays or self._second.listens
            while not (self._stopped or (runner.ended and not stays) or done(runner)):
                if not (self._data / LEDGER_FILE).exists():
                    break
                if program.changed():
                    self._log.info("program_changed")
                    break
                self._wait()
        except Exception:
            self._log.exception("sync_failed")
            raise
        finally:
            watchdog.shutdown(wait=False)
            self._log.info("ended", mode=runner.state.mode.value)
            self._close()

    def stop(self) -> None:
        """End after the present turn; from any thread or a signal."""
        self._stopped = True
        self._queue.put(("tick", None))

    def _wait(self) -> None:
        """The next thing heard, or the tick that is due.

        Of what has come meanwhile the hub's word on our sales goes first: a page of a catalogue
        may take a while to write, and an ack lets the next batch go.
        """
        if not self._heard:
            pause_s = (self.runner.due_ms() - time.monotonic_ns() // 1_000_000) / 1000
            try:
                self._heard.append(self._queue.get(timeout=min(max(pause_s, 0.0), self.longest_s)))
            except queue.Empty:
                self._heard.append(("tick", None))
        while not self._queue.empty():
            self._heard.append(self._queue.get())
        heard = next((one for one in self._heard if one[0] == PUSH), self._heard[0])
        self._heard.remove(heard)
        self._turned = time.monotonic()
        self._hear(*heard)

    def _hear(self, kind: str, what: Any) -> None:
        if kind == "tick":
            self._second.nudge()
            self.runner.hear(Tick())
        elif kind == "link":
            self._hear_link(what)
        elif kind == "aside":
            self.runner.came_back(what)
        elif kind == "copy":
            self.runner.keep_copy()
        elif kind == "rank":
            self.runner.rank()
        elif kind == "copied":
            self.runner.copies = self._second.states()
            self.runner.hear(Tick())
        elif isinstance(what, Reply):
            self.runner.replied(kind, what)
        else:
            self.runner.lost(kind, str(what))

    def _lend(self, aside: Aside) -> None:
        """A thread for long work; it never touches the runner, whose turn its end is."""

        def work() -> None:
            aside.run()
            self._queue.put(("aside", aside))

        threading.Thread(target=work, name=aside.name, daemon=True).start()

    def _copied(self) -> None:
        self._queue.put(("copied", None))

    def _hear_link(self, message: Message) -> None:
        op = message.get("op")
        self._second.nudge()
        if op == "nudge":
            self.runner.hear(Nudged())
        elif op == "try_now":
            self.runner.hear(Nudged(now=True))
        elif op == "released":
            self.runner.hear(Released())
        elif op == "leave":
            self._stopped = True
        elif op == "ask":
            self.runner.hear(intake.asked(message) or Tick())
        else:
            self.runner.hear(Tick())

    def _watchdog(self) -> Any:
        """Every half minute a tick, whatever was missed; and an end to a turn that hangs."""
        from apscheduler.schedulers.background import BackgroundScheduler

        scheduler = BackgroundScheduler(daemon=True, timezone="UTC")
        scheduler.add_job(
            self._look,
            "interval",
            seconds=WATCHDOG_S,
            jitter=3,
            max_instances=1,
            coalesce=True,
        )
        scheduler.add_job(lambda: self._queue.put(("rank", None)), "interval", hours=1, jitter=600)
        scheduler.add_job(lambda: self._queue.put(("copy", None)), "interval", minutes=5, jitter=60)
        scheduler.start()
        return scheduler

    def _look(self) -> None:
        if time.monotonic() - self._turned > STUCK_S:
            self._log.error("stuck")
            os._exit(STUCK_STATUS)
        self._queue.put(("tick", None))

    def _close(self) -> None:
        self._net.close()
        self._second.close()
        self.runner.part()
        self._link.close()
        self._files.close()
        self._lock.free()


def _signers(data: Path, pubkey: str) -> tuple[Sign, ...]:
    """What signs with each key of the till, the one its ledger names first."""
    keys = Keys.load(data)
    return (keys.for_public(pubkey) or keys).signers


def _take_lock(data: Path) -> FileLock:
    """The one sync process of this till; a probe of the window's may hold it for a moment."""
    lock = FileLock(data / "sync.lock")
    until = time.monotonic() + LOCK_PATIENCE_S
    while True:
        try:
            if lock.take():
                return lock
        except (FileNotFoundError, NotADirectoryError) as cause:
            raise Refused("till_not_enrolled", data=str(data)) from cause
        except OSError as cause:
            raise Unavailable("file_unreadable", file="sync.lock") from cause
        if time.monotonic() > until:
            raise Refused("sync_running")
        time.sleep(0.05)


def sync_until_told(data: Path) -> int:
    """The process as the window starts it: until the window is gone and everything is sent."""
    if hasattr(os, "nice"):
        os.nice(5)  # the window goes first
    # What is loaded stays, and a batch of sales is thousands of small things without a cycle among
    # them: looked through every 700 of them, a part of the time to an ack would go there.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    process = SyncProcess(data)
    if threading.current_thread() is threading.main_thread():

        def told(_number: int, _frame: FrameType | None) -> None:
            process.stop()

        signal.signal(signal.SIGTERM, told)
        signal.signal(signal.SIGINT, told)
    # A hub named for one run (`play` and its network) ends with the run, also with one killed:
    # else this process would keep the till from its own hub. The ledger's lock alone does not
    # tell: the next run may hold it already, and ours may have ended before we began.
    one_run, runner = bool(os.environ.get(HUB_VARIABLE)), os.environ.get(RUN_VARIABLE, "")
    if one_run:
        process.longest_s = 0.5

    def run_is_over(_: Runner) -> bool:
        orphaned = bool(runner) and str(os.getppid()) != runner and os.name != "nt"
        return one_run and (orphaned or not is_held(data / LOCK_FILE))

    process.run(run_is_over)
    return 0


def sync_once(
    data: Path, patience_s: float, progress: Callable[[Runner], None] = lambda _: None
) -> None:
    """Send everything, fetch everything, and be done.

    Raises what stands in the way: Refused for what a person must settle at once, Unavailable
    where `patience_s` was not enough.
    """
    process = SyncProcess(data)
    process.longest_s = 0.5
    until = time.monotonic() + patience_s
    runner = process.runner

    def done(now: Runner) -> bool:
        progress(now)
        return now.idle or time.monotonic() > until or _is_hopeless(now)

    process.run(done, stays=True)
    if runner.idle:
        return
    code = runner.status.error_code or "hub_silent"
    error: type[PosError] = Refused if _is_hopeless(runner) else Unavailable
    raise error(code)


def _is_hopeless(runner: Runner) -> bool:
    """True where only a person can help: also a stopped till whose sales are all at the hub."""
    drained = runner.state.base >= runner.view.head and runner.view.acked >= runner.view.head
    stopped = runner.state.mode is Mode.SUSPENDED and drained
    return stopped or runner.state.mode in _HOPELESS


_HOPELESS: Final = frozenset({Mode.REFUSED, Mode.PAUSED, Mode.ROLLED_BACK, Mode.UPGRADE})
