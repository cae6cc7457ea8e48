"""`holdfast play FILE.toml --data DIR [--hub URL]`: a trading day through the verbs of the window.

One JSON object a step on stdout. Exit status 0: every step did what it says; 1: one did not (the
rest was not played); 2: the file cannot be played. PLAY.md tells every step.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from hardware.connect import connect
from pos_app.domain.errors import PosError, Refused, Unavailable
from pos_app.play import case_hands, customer_hands, goods_hands, order_hands, promise_hands
from pos_app.play import steps as play
from pos_app.play.customer_steps import CustomerWait
from pos_app.play.goods_steps import WaitDelivery
from pos_app.play.hands import Facts, Hands
from pos_app.play.refund_hands import Counter
from pos_app.settings import HUB_VARIABLE, RUN_VARIABLE, Settings
from pos_app.till import rights
from pos_app.till.till import Till, open_till
from sync.file_lock import is_held
from sync.link import LinkClient, SyncSupervisor
from sync.proxy import FaultProxy

_LOOK_S = 0.05
_ASK_AGAIN_S = 1.0
_PATIENCE_S = 5.0


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command `play`."""
    parser = subparsers.add_parser("play", help="play a trading day from a file")
    parser.set_defaults(func=_command)
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="the day: steps in TOML, see PLAY.md"
    )
    parser.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="the till's data directory"
    )
    parser.add_argument(
        "--hub", default="", metavar="URL", help="the hub's address, if not the till's own"
    )
    parser.add_argument("--alone", action="store_true", help="without a hub: nothing is sent")


def _command(chosen: argparse.Namespace) -> int:
    try:
        day = play.read_play(chosen.file)
    except Refused as told:
        from pos_app.words import text_of

        sys.stderr.write(f"{text_of(told)}\n")
        return 2
    if not chosen.data.is_dir():
        raise Refused("till_not_enrolled", data=str(chosen.data))
    with Player(chosen.data, hub=chosen.hub, alone=chosen.alone) as player:
        steps = (step for _ in range(day.repeat) for step in day.step)
        return 0 if player.run(steps, _say) else 1


def _say(line: Facts) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


class Player:
    """Plays steps on one till, with the network in its hands where there is a hub.

    Raises what `open_till` does, and Refused("sync_runs_already") where a sync process that is not
    ours holds this till: it would not go through our network.
    """

    def __init__(self, data: Path, *, hub: str = "", alone: bool = False) -> None:
        self._data = data
        self._proxy: FaultProxy | None = None
        self._link: LinkClient | None = None
        self._sync: SyncSupervisor | None = None
        self._hands = Hands(self._open())
        self._hands.counter.wait = self._wait_for
        try:
            own = Settings.load(data).hub(self.till.identity.hub_url)
            self._connect("" if alone else hub or own)
        except BaseException:
            self.till.close()
            raise

    @property
    def till(self) -> Till:
        """The till that is played on."""
        return self._hands.till

    @property
    def counter(self) -> Counter:
        """What is on the counter to come back."""
        return self._hands.counter

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._sync is not None:
            self._sync.stop()
        if self._link is not None:
            self._link.close()
        if self._proxy is not None:
            self._proxy.close()
        self.till.close()

    def _open(self) -> Till:
        settings = Settings.load(self._data)
        devices = connect(
            data=self._data,
            printer=settings.printer,
            profile=settings.printer_profile,
            drawer=settings.drawer,
            scanner=settings.scanner,
            display=settings.display,
            terminal=settings.terminal,
            terminal_silent_s=settings.terminal_silent_s,
            weighing=settings.weighing,
            selling=True,
        )
        till = open_till(self._data, devices=devices, link=self._link)
        if self._link is not None:
            till.to_hub = self._link.ask
        return till

    def _connect(self, hub: str) -> None:
        """Sync through our own network; none where this till has no hub."""
        if not hub:
            return
        until = time.monotonic() + _PATIENCE_S  # that of a play killed just now is still ending
        while is_held(self._data / "sync.lock"):
            if time.monotonic() > until:
                raise Refused("sync_runs_already")
            time.sleep(_LOOK_S)
        where = urlsplit(hub)
        self._proxy = FaultProxy(where.hostname or "127.0.0.1", where.port or 80)
        os.environ |= {HUB_VARIABLE: self._proxy.url, RUN_VARIABLE: str(os.getpid())}
        self._link = LinkClient(self._data)
        self.till.link = self._link
        self.till.after_commit = self._link.nudge
        self.till.to_hub = self._link.ask
        self._sync = SyncSupervisor(self._data)
        self._sync.ensure()

    def run(self, steps: Iterable[play.AnyStep], say: Callable[[Facts], None]) -> bool:
        """Plays until a step fails; True where none did. `say` gets one line a step."""
        for number, step in enumerate(steps, 1):
            line: Facts = {"step": number, "do": step.__struct_config__.tag, "ok": True}
            began = time.perf_counter()
            try:
                self._listen()
                line |= self._checked(step)
                line |= self._hands.print_all()
            except PosError as told:
                line |= {"ok": False, "error": told.code, "facts": told.facts}
            line["ms"] = round((time.perf_counter() - began) * 1_000, 2)
            say(line)
            if not line["ok"]:
                return False
        return True

    def _checked(self, step: play.AnyStep) -> Facts:
        """What the step did; a refusal that the file foresaw is right, its absence is not."""
        try:
            facts = self._does(step)
        except PosError as told:
            if not step.refused or told.code != step.refused:
                raise
            return {"refused": told.code}
        if step.refused:
            raise Refused("play_not_refused", expected=step.refused)
        return facts

    def _does(self, step: play.AnyStep) -> Facts:
        if isinstance(step, play.Restart):
            return self._restart()
        if isinstance(step, play.Network | play.KillSync | play.WaitSynced):
            if self._proxy is None or self._sync is None:
                raise Refused("play_without_hub")
            if isinstance(step, play.Network):
                return _set_network(self._proxy, step)
            return self._kill(self._sync) if isinstance(step, play.KillSync) else self._wait(step)
        if isinstance(step, play.WaitAnswer | play.WaitCase | play.WaitOrder | WaitDelivery):
            return self._waits(step)
        if isinstance(step, CustomerWait):
            return self._wait_known(step, customer_hands.Waits(self.till, step))
        facts = self._hands.does(step)
        return facts if facts is not None else {}

    def _waits(
        self, step: play.WaitAnswer | play.WaitCase | play.WaitOrder | WaitDelivery
    ) -> Facts:
        if isinstance(step, play.WaitAnswer):
            return self._wait_answer(step)
        if isinstance(step, play.WaitCase):
            return self._wait_known(step, lambda: case_hands.known(self.till, step))
        if isinstance(step, WaitDelivery):
            return self._wait_known(step, lambda: goods_hands.known(self.till, step))
        return self._wait_known(step, lambda: order_hands.known(self.till, step))

    def _restart(self) -> Facts:
        self.till.close()
        self._hands.take_over(self._open())
        return {}

    def _kill(self, sync: SyncSupervisor) -> Facts:
        """Kills the sync process; `_listen` starts it again."""
        pid = sync.pid or self._pid_told()
        if not pid:
            raise Unavailable("sync_not_running")
        os.kill(pid, signal.SIGKILL)
        return {"pid": pid}

    def _pid_told(self) -> int:
        return self._link.status.pid if self._link is not None else 0

    def _wait(self, step: play.WaitSynced) -> Facts:
        """Waits until the hub has confirmed the journal's last entry and answers.

        The till has heard so: the next step is decided by the online column of the policy.
        """
        began = time.monotonic()
        while True:
            self._listen()
            unsent = self.till.ledger.unsent(self.till.acked())
            waited = time.monotonic() - began
            if not unsent.entries and not self.till.offline:
                return {"unsent": 0, "waited_s": round(waited, 2)}
            if waited > step.timeout_s:
                raise Unavailable(
                    "play_not_synced", unsent=unsent.entries, state=self._state(), wait_s=waited
                )
            self._rest()

    def _wait_answer(self, step: play.WaitAnswer) -> Facts:
        """Waits for the hub's word on the question asked last, and asks it again meanwhile."""
        began, asked = time.monotonic(), 0.0
        while True:
            self._listen()
            found = promise_hands.answered(self.till, step)
            waited = time.monotonic() - began
            if found is not None:
                return {**found, "waited_s": round(waited, 2)}
            if waited > step.timeout_s:
                raise Unavailable("play_not_answered", state=self._state(), wait_s=waited)
            if waited - asked > _ASK_AGAIN_S and not self.till.offline:
                asked = waited
                rights.ask_again(self.till)
            self._rest()

    def _wait_known(
        self,
        step: play.WaitCase | play.WaitOrder | WaitDelivery | CustomerWait,
        look: Callable[[], Facts | None],
    ) -> Facts:
        """Waits until the hub has told this till of it; what was asked is asked again meanwhile."""
        began, asked = time.monotonic(), 0.0
        while True:
            self._listen()
            found = look()
            waited = time.monotonic() - began
            if found is not None:
                return {**found, "waited_s": round(waited, 2)}
            if waited > step.timeout_s:
                raise Unavailable("play_not_answered", state=self._state(), wait_s=waited)
            if waited - asked > _ASK_AGAIN_S and not self.till.offline:
                asked = waited
                rights.ask_again(self.till)
            self._rest()

    def _wait_for(self, so: Callable[[], bool], timeout_s: float) -> None:
        """Listens until something is so, or for that long."""
        until = time.monotonic() + timeout_s
        self._listen()
        while not so() and time.monotonic() < until:
            self._rest()
            self._listen()

    def _rest(self) -> None:
        line = self._link.fileno() if self._link is not None else -1
        select.select([line] if line >= 0 else [], [], [], _LOOK_S)

    def _state(self) -> str:
        return self._link.status.state if self._link is not None else ""

    def _listen(self) -> None:
        """Hears what sync says, and keeps it running."""
        if self._link is None or self._sync is None:
            return
        self._sync.ensure()
        for message in self._link.poll():
            self.till.hear(message)
            if message.get("op") == "release":
                self._link.released()
        if self.till.catalogue.source == "none":
            self.till.hear({"op": "swapped"})


def _set_network(proxy: FaultProxy, step: play.Network) -> Facts:
    proxy.on()
    if step.state == "off":
        proxy.off()
    elif step.state == "black_hole":
        proxy.black_hole = True
    elif step.state == "slow":
        proxy.latency_ms, proxy.bytes_per_s = step.latency_ms, step.bytes_per_s
    elif step.state == "cut":
        proxy.reset_mid_body = 100
    return {"network": step.state, "connections": proxy.connections}
