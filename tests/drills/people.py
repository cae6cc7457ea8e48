"""What people do in a drill: sell, restore, copy a disk, type a command; and what must hold then."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hardware.connect import connect
from pos_app.domain.errors import Refused
from pos_app.settings import DATA_VARIABLE
from pos_app.store.journal_file import Ledgered
from pos_app.store.keys import Keys
from pos_app.store.projections import differences
from pos_app.store.verify import OK, verify
from pos_app.store.witness import PLACE_VARIABLE
from pos_app.till import checkout, refund, shift, sign_in, void
from pos_app.till.till import Till, open_till
from sync.engine.shell.process import sync_once
from sync.link import LinkClient, SyncStatus, SyncSupervisor
from tests.drills.hub_page import commands
from tests.faults.said import run
from tests.scenarios.hub import MANAGER, Hub, command

PATIENCE_S = 90
PUT_BACK, COPIED = "A backup was put back on a till", "A till's disk was copied"
DEAD, STOPPED, WIPED = (
    "A till is dead or gone",
    "A till is stopped for a while",
    "A till is to be wiped",
)


class Drill:
    """A hub, a till, and everything that may happen to both."""

    def __init__(self, hub: Hub, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hub = hub
        self.data = data
        self._monkeypatch = monkeypatch
        self._said = ""
        self.sold: dict[str, int] = {}
        """Document number on paper -> what it came to, of every sale that was printed anywhere."""

    # at the till

    def sell(self, data: Path, *prices: int, again: bool = False) -> list[str]:
        """Sells a custom thing at each price, for cash; the numbers on the papers."""
        till = self.opened(data)
        try:
            self.sign_in(till)
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

    def sign_in(self, till: Till) -> None:
        (who,) = [one for one in till.staff.values() if one.name == MANAGER[0]]
        sign_in.sign_in(till, who.staff_id, MANAGER[1])
        if till.shift is None:
            shift.open_shift(till, 10_000)

    def _sale(self, till: Till, price: int) -> str:
        basket, _ = checkout.add_custom(till, checkout.start(till), "A thing", price)
        payments = checkout.pay(till, basket, (), "cash", price)
        return checkout.complete(till, basket, payments).position.doc_no

    def void(self, till: Till, sale_id: str) -> None:
        void.void_sale(till, sale_id, "customer_changed_mind")

    def refund(self, till: Till, sale_id: str) -> None:
        back = refund.begin(till, refund.find_by_id(till, sale_id))
        for row in refund.left(till, back):
            back = refund.choose(back, row.line.line, row.qty, "other")
        refund.complete(till, back)

    def listens(
        self, data: Path, until: Callable[[Till, SyncStatus], bool], told: str
    ) -> tuple[Till, Listening]:
        """An open till beside its sync process, when what was said of it is so."""
        found = Listening(self.opened(data), data)
        try:
            found.until(until, told)
        except BaseException:
            found.close()
            raise
        return found.till, found

    def rotate(self, data: Path) -> None:
        status, said = self.typed("A till changes its key", "till rotate-key", data)
        assert status == 0, said

    def syncs_until_ended(self, data: Path) -> None:
        """The sync process as the window starts it, until it ends by itself."""
        process = command("till", "sync", "--data", str(data))
        said, _ = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, said

    def enrols(self, data: Path, code: str) -> str:
        """A machine becomes a till; what the hub said to the person who approved it."""
        words = ("till", "enrol", "--data", str(data), "--hub", self.hub.url, "--code", code)
        return self._approving(command(*words))

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

    def typed(
        self, section: str, begins: str, data: Path | None = None, **put: str
    ) -> tuple[int, str]:
        """A line of the page, as a person types it in the hub's folder or at the till in `data`."""
        lines = [line for line in commands(section) if line.startswith(f"holdfast {begins}")]
        line = lines[-1]
        for name, value in put.items():
            assert name in line, (name, line)
            line = line.replace(name, value)
        self._monkeypatch.chdir(self.hub.folder)
        if data is not None:
            self._monkeypatch.setenv(DATA_VARIABLE, str(data))
        return run(*shlex.split(line)[1:])

    def at_hub(self, section: str, begins: str, **put: str) -> str:
        """A command of the page at the hub, which ends well."""
        status, said = self.typed(section, begins, **put)
        assert status == 0, said
        return said

    def code(self, section: str = PUT_BACK) -> str:
        return self.at_hub(section, "hub enrol-code").split()[0]

    def devices(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(self.hub.command("devices", "--json"))
        return rows

    def device(self, till: str = "1") -> dict[str, Any]:
        (row,) = [row for row in self.devices() if (row["till"], row["state"]) != (till, "revoked")]
        return row

    def rejoin(self, data: Path, code: str) -> tuple[int, str]:
        return self.typed(PUT_BACK, "till rejoin", data, CODE=code)

    def rejoin_as_new(self, data: Path, code: str) -> str:
        """The same, with a person at the hub who approves what waits there; what the till said."""
        asking = command("till", "rejoin", "--data", str(data), "--code", code)
        self._approving(asking)
        return self._said

    def _approving(self, asking: subprocess.Popen[str]) -> str:
        told = ""
        while asking.poll() is None:
            for row in self.devices():
                if row["state"] == "pending":
                    told = self.hub.command("approve", row["device"])
            threading.Event().wait(0.2)
        self._said, _ = asking.communicate()
        assert asking.returncode == 0, self._said
        return told

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
        """Everything is at the hub, and everything of the hub's is here."""
        sync_once(data, PATIENCE_S)

    def refused(self, data: Path) -> str:
        """Why the hub takes nothing: the code a person at the till is told."""
        with pytest.raises(Refused) as told:
            sync_once(data, PATIENCE_S)
        return told.value.code


class Listening:
    """A till that is open beside its sync process; `close` ends both."""

    def __init__(self, till: Till, data: Path) -> None:
        self.till = till
        self._supervisor, self._link = SyncSupervisor(data), LinkClient(data)

    def until(self, what: Callable[[Till, SyncStatus], bool], told: str) -> None:
        """Hears what sync says until it is so."""
        deadline, pause = time.monotonic() + PATIENCE_S, threading.Event()
        while time.monotonic() < deadline:
            self._supervisor.ensure()
            for message in self._link.poll():
                self.till.hear(message)
                if message.get("op") == "release":
                    self._link.released()
            if self._link.connected and what(self.till, self._link.status):
                return
            pause.wait(0.02)
        raise AssertionError(f"never {told}: {self._link.status}")

    def close(self) -> None:
        self._link.close()
        self.till.close()
        self._supervisor.stop()
