"""The simulated terminal as a process: started, killed, started again with its log."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hardware.terminals.machine import Book


class TerminalProcess:
    """`holdfast terminal-simulator` on one port, whatever becomes of it."""

    def __init__(self, room: Path, *script: str | dict[str, Any], port: int = 0) -> None:
        self.room, self.port = room, port
        self.log = room / "terminal.jsonl"
        room.mkdir(parents=True, exist_ok=True)
        (room / "script.json").write_text(json.dumps(script))
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        """Its address, once it listens."""
        self.kill()  # where one of before is still there, or its output open
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "pos_app", "terminal-simulator", "--port", str(self.port)),
                *("--script", str(self.room / "script.json"), "--log", str(self.log)),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        address = self.process.stdout.readline().rpartition(" ")[2].strip()
        self.port = int(address.rpartition(":")[2])
        return address

    def kill(self) -> None:
        """The plug is pulled."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            assert self.process.stdout is not None
            self.process.stdout.close()

    def died(self) -> int:
        """Its exit status, once it ended by itself."""
        assert self.process is not None
        assert self.process.stdout is not None
        status = self.process.wait(10)
        self.process.stdout.close()
        return status

    def book(self) -> Book:
        """What its durable log says."""
        return Book(self.log)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
