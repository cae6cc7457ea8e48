"""The simulated terminal as a process of its own: `holdfast terminal-simulator`.

It can be killed at any moment and started again with its log, as a terminal that loses power.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import socket
import threading
from pathlib import Path
from typing import Any

from hardware.terminals.lines import LINE_MAX, packed, packed_answer, unpacked
from hardware.terminals.machine import Book, Busy, Ending, Machine
from pos_app.domain.errors import Refused

DIED = 70
"""Exit status of a terminal whose script said that it dies."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1", help="where it listens")
    parser.add_argument("--script", type=Path, help="what it does, a JSON list")
    parser.add_argument("--log", type=Path, help="what it charged; kept over restarts")
    parser.add_argument("--id", default="T-1", help="what it calls itself")


def run(chosen: argparse.Namespace) -> int:
    """Serves until it is ended. Raises Refused("terminal_script_unreadable", file=…)."""
    script: list[Any] = []
    if chosen.script is not None:
        try:
            script = json.loads(chosen.script.read_text("utf-8"))
            known = all(isinstance(each, str) or "do" in each for each in script)
        except (OSError, ValueError, TypeError) as cause:
            raise Refused("terminal_script_unreadable", file=chosen.script.name) from cause
        if not isinstance(script, list) or not known:
            raise Refused("terminal_script_unreadable", file=chosen.script.name)
    machine = Machine(Book(chosen.log), script, chosen.id)
    with socket.create_server((chosen.host, chosen.port)) as server:
        host, port = server.getsockname()[:2]
        print(f"listening on tcp:{host}:{port}", flush=True)  # noqa: T201 - said to who started it
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                line, _from = server.accept()
                threading.Thread(target=_serve, args=(machine, line), daemon=True).start()
    return 0


def _serve(machine: Machine, line: socket.socket) -> None:
    """One connection: one question."""
    with line, contextlib.suppress(OSError):
        line.settimeout(3_600)
        kept = b""
        while b"\n" not in kept:
            came = line.recv(4_096)
            if not came or len(kept) > LINE_MAX:
                return
            kept += came
        try:
            ending = _answered(machine, unpacked(kept.partition(b"\n")[0]), line)
        except Busy:
            line.sendall(packed(problem="busy"))
        except (ValueError, KeyError, TypeError):
            line.sendall(packed(problem="malformed"))
        else:
            if ending is not None:
                _say(line, ending)


def _answered(machine: Machine, said: dict[str, Any], line: socket.socket) -> Ending | None:
    def told(event: str) -> None:
        with contextlib.suppress(OSError):  # the till is gone: the customer pays all the same
            line.sendall(packed(event=event))

    what = said.get("op")
    if what == "hello":
        line.sendall(packed(terminal=machine.terminal))
        return None
    reference = str(said["reference"])
    if what == "ask":
        return machine.ask(reference)
    if what == "cancel":
        return machine.cancel(reference)
    amount, currency = said["amount"], str(said["currency"])
    if type(amount) is not int or amount <= 0 or not reference:
        raise ValueError("no amount")
    if what == "pay":
        return machine.pay(reference, amount, currency, told)
    if what == "refund":
        return machine.refund(reference, str(said["of"]), amount, currency)
    line.sendall(packed(problem="unknown_op"))
    return None


def _say(line: socket.socket, ending: Ending) -> None:
    """The answer, or what the script has go wrong with it."""
    if ending.how == "die":
        os._exit(DIED)
    if ending.how == "silent":
        line.recv(1)  # nothing is said until the till hangs up
    elif ending.how == "garbage":
        line.sendall(b'{"result": "appr\xff\xfe\n')
    elif ending.how != "drop" and ending.answer is not None:
        line.sendall(packed_answer(ending.answer) * (2 if ending.how == "twice" else 1))
