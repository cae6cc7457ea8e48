"""A real hub in its own process and tills enrolled with it, made by the commands a person types."""

from __future__ import annotations

import contextlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from pos_app.cli import main

ROOT = Path(__file__).parent.parent.parent
MANAGER, CASHIER = ("Mia", "258013"), ("Ana", "1470")
GOODS = """sku,name,price,tax,barcode,stock
SCARF,Wool scarf,19.95,standard,4006381333931,100
COFFEE,Coffee 500 g,7.49,reduced,9002490100070,1000
"""


def holdfast(*words: str, given: str = "") -> str:
    """What the command printed; it must end well."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), mock.patch.object(sys, "stdin", io.StringIO(given)):
        status = main(words)
    assert status == 0, (words, out.getvalue())
    return out.getvalue()


def command(*words: str) -> subprocess.Popen[str]:
    """A command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "pos_app", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
    )


def sync_once(data: Path) -> None:
    """Everything sent and fetched."""
    syncing = command("till", "sync", "--once", "--data", str(data))
    said, _ = syncing.communicate()
    assert syncing.returncode == 0, said


@dataclass
class Hub:
    """A hub that answers at `url`."""

    folder: Path
    url: str = ""
    process: subprocess.Popen[str] | None = None
    books: str = ""
    """The URL of its database; a file in its folder otherwise."""

    @property
    def database(self) -> str:
        return self.books or f"sqlite:///{self.folder / 'hub.sqlite'}"

    def command(self, *words: str, given: str = "") -> str:
        return holdfast("hub", *words, "--database", self.database, given=given)

    def lay(self) -> None:
        (name, pin), (other, other_pin) = MANAGER, CASHIER
        self.command(
            *("init", "--store", "1", "--name", "Corner Shop", "--address", "Main Street 1"),
            *("--currency", "EUR", "--zone", "Europe/Vienna", "--locale", "en"),
            *("--tax", "standard=20", "--tax", "reduced=10"),
            *("--manager", name, "--pin-stdin"),
            given=pin + "\n",
        )
        self.command(
            *("staff", "add", "--name", other, "--role", "cashier", "--pin-stdin"),
            given=other_pin + "\n",
        )
        goods = self.folder / "goods.csv"
        goods.write_text(GOODS)
        self.command("import-catalogue", str(goods), "--store", "1")

    def serve(self, port: int = 0) -> None:
        words = ("hub", "serve", "--database", self.database, "--port", str(port))
        with (self.folder / "hub.log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "pos_app", *words],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=ROOT,
            )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.search(r"listening on (http://\S+)", line):
                self.url = found.group(1)
                return
        raise AssertionError((self.folder / "hub.log").read_text())

    def stop(self, *, kill: bool = False) -> None:
        if self.process is None:
            return
        (self.process.kill if kill else self.process.terminate)()
        self.process.wait(20)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.process = None

    def enrol(self, *tills: int) -> list[Path]:
        """Data directories of new tills, everything fetched; all at the same time."""
        folders = [self.folder / f"till-{number}" for number in tills]
        codes = [
            json.loads(self.command("enrol-code", "--till", str(number), "--json"))["code"]
            for number in tills
        ]
        asking = [
            command("till", "enrol", "--data", str(data), "--hub", self.url, "--code", code)
            for data, code in zip(folders, codes, strict=True)
        ]
        while any(each.poll() is None for each in asking):
            for row in json.loads(self.command("devices", "--json")):
                if row["state"] == "pending":
                    self.command("approve", row["device"])
            with contextlib.suppress(subprocess.TimeoutExpired):
                asking[0].wait(0.2)
        for each in asking:
            said, _ = each.communicate()
            assert each.returncode == 0, said
        return folders

    def report(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.command("report", "--json"))
        return told


@contextlib.contextmanager
def hub_in(folder: Path, books: str = "") -> Iterator[Hub]:
    hub = Hub(folder, books=books)
    hub.lay()
    hub.serve()
    try:
        yield hub
    finally:
        hub.stop()
