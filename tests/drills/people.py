"""What people do in a drill: sell, restore, copy a disk, type a command; and what must hold then."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hardware.connect import connect
from pos_app.store.journal_file import Ledgered
from pos_app.store.keys import Keys
from pos_app.store.projections import differences
from pos_app.store.verify import OK, verify
from pos_app.store.witness import PLACE_VARIABLE
from pos_app.till import checkout, shift, sign_in
from pos_app.till.till import Till, open_till
from sync.link import LinkClient, SyncStatus, SyncSupervisor
from tests.faults.said import run, sync
from tests.scenarios.hub import MANAGER, Hub, command

PATIENCE_S = 90


class Drill:
    """A hub, a till, and everything that may happen to both."""

    def __init__(self, hub: Hub, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hub = hub
        self.data = data
        self._monkeypatch = monkeypatch
        self.sold: dict[str, int] = {}
        """Document number on paper -> what it came to, of every sale that was printed anywhere."""

    # at the till

    def sell(self, data: Path, *prices: int, again: bool = False) -> list[str]:
        """Sells a custom thing at each price, for cash; the numbers on the papers."""
        till = self.opened(data)
        try:
            self._sign_in(till)
            numbers = [self._sale(till, price) for price in prices]
        finally:
            till.close()
        for number, price in zip(numbers, prices, strict=True):
            assert again or number not in self.sold, f"{number} was given twice"
            self.sold[f"{number} {price}" if number in self.sold else number] = price
        return numbers

    def opened(self, data: Path) -> Till:
        devices = connect(
            data=data, printer="none", profile="generic-80", drawer="none", scanner="none",
            display="none", terminal="manual", weighing="none", speaker="none",
        )  # fmt: skip
        return open_till(data, devices=devices)

    def _sign_in(self, till: Till) -> None:
        (who,) = [one for one in till.staff.values() if one.name == MANAGER[0]]
        sign_in.sign_in(till, who.staff_id, MANAGER[1])
        if till.shift is None:
            shift.open_shift(till, 10_000)

    def _sale(self, till: Till, price: int) -> str:
        basket, _ = checkout.add_custom(till, checkout.start(till), "A thing", price)
        payments = checkout.pay(till, basket, (), "cash", price)
        return checkout.complete(till, basket, payments).position.doc_no

    def listens(
        self, data: Path, until: Callable[[Till, SyncStatus], bool], told: str
    ) -> tuple[Till, Any]:
        """An open till beside its sync process, until what was said of it is so."""
        till = self.opened(data)
        supervisor, link = SyncSupervisor(data), LinkClient(data)
        supervisor.ensure()
        deadline, pause = time.monotonic() + PATIENCE_S, threading.Event()
        while time.monotonic() < deadline:
            for message in link.poll():
                till.hear(message)
                if message.get("op") == "release":
                    link.released()
            if link.connected and until(till, link.status):
                return till, _Listening(till, supervisor, link)
            supervisor.ensure()
            pause.wait(0.02)
        till.close()
        supervisor.stop()
        raise AssertionError(f"never {told}: {link.status}")

    # between

    def copy(self, data: Path, name: str) -> Path:
        """A backup, or another disk with everything on it."""
        return Path(shutil.copytree(data, data.parent / name))

    def restore(self, backup: Path, data: Path) -> None:
        """The backup laid over the till's directory."""
        shutil.rmtree(data)
        shutil.copytree(backup, data)

    def elsewhere(self, name: str) -> None:
        """From here on what is done is done on a machine that remembers nothing of the till."""
        self._monkeypatch.setenv(PLACE_VARIABLE, str(self.data.parent / name))

    # at the hub

    def code(self, till: str = "1", *more: str) -> str:
        told = self.hub.command("enrol-code", "--till", till, *more, "--json")
        return str(json.loads(told)["code"])

    def device(self, till: str = "1") -> dict[str, Any]:
        rows = json.loads(self.hub.command("devices", "--json"))
        (row,) = [row for row in rows if row["till"] == till and row["state"] != "revoked"]
        return dict(row)

    def rejoin(self, data: Path, code: str) -> tuple[int, str]:
        return run("till", "rejoin", "--data", str(data), "--code", code)

    def rejoin_as_new(self, data: Path, code: str) -> str:
        """The same, with a person at the hub who approves what waits there."""
        asking = command("till", "rejoin", "--data", str(data), "--code", code)
        while asking.poll() is None:
            for row in json.loads(self.hub.command("devices", "--json")):
                if row["state"] == "pending":
                    self.hub.command("approve", row["device"])
            threading.Event().wait(0.2)
        said, _ = asking.communicate()
        assert asking.returncode == 0, said
        return said

    def kinds(self) -> set[str]:
        """What people at the hub are told of."""
        return {str(row["kind"]) for row in self.hub.report()["exceptions"]}

    # what must hold

    def check_hub(self, *, but: frozenset[str] = frozenset()) -> None:
        """Every sale that a paper tells of is in the books once, to the cent."""
        told = self.hub.report()
        assert told["sales"] == len(self.sold)
        assert told["total"] == sum(self.sold.values())
        assert told["quarantined"] == 0
        assert self.kinds() <= but, told["exceptions"]

    def check_till(self, data: Path) -> None:
        """Its journal proves itself, and its tables are what the journal says."""
        keys = Keys.load(data)
        with closing(Ledgered(data / "ledger.sqlite", keys.db_key)) as source:
            found = verify(source, keys.publics, [])
            assert (found.code, found.told) == (OK, "everything agrees")
            assert differences(source.connection) == []

    def synced(self, data: Path) -> None:
        status, said = sync(data, 60)
        assert status == 0, said


class _Listening:
    """A till that is open beside its sync process; `close` ends both."""

    def __init__(self, till: Till, supervisor: SyncSupervisor, link: LinkClient) -> None:
        self.till, self.supervisor, self.link = till, supervisor, link

    def close(self) -> None:
        self.link.close()
        self.till.close()
        self.supervisor.stop()
