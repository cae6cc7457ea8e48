"""Two tills and the hub they belong to, on real files: answers are handed over when a test says so."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from hardware.connect import simulated
from pos_app.domain.store import Store
from pos_app.domain.value_code import CARD, ValueCode
from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger
from pos_app.store.reader import JournalReader
from pos_app.store.records import Identity
from pos_app.store.replica import ReplicaWriter
from pos_app.till import Till, checkout, sign_in
from pos_app.till.shift import open_shift
from sync.hub import accounts, devices, right_desk, schema
from sync.hub.answers import HubProblem, RandomIds, stamp
from sync.hub.database import Connection, Database, adding
from sync.hub.devices import Device
from sync.hub.identity import load_keys
from sync.hub.push import push
from sync.hub.setting_up import set_up
from sync.hub.store import Shop
from sync.hub.values import office
from sync.protocol import Fact, Head, Push, decode_fact, genesis_hash
from tests.hub.journals import RULES
from tests.till.shop import (
    HUB_KEY,
    PINS,
    SCARF,
    HandClock,
    Line,
    fill_replica,
    open_shop,
    store_row,
    tax_row,
)

_ADD_DEVICE = adding(schema.device)
HALF_HOUR_S = 1_800


@dataclass
class Counter:
    """A till with somebody at it, and its line to the hub."""

    world: World
    till: Till
    line: Line
    printer: Any
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)
    """What it asked and nobody answered yet."""
    instant: bool = True
    """Whether the hub's word comes at once."""

    def swap(self, who: str) -> None:
        sign_in.sign_in(self.till, who, PINS[who])

    def to_hub(self, ask_id: str, path: str, body: bytes) -> None:
        self.asked.append((ask_id, path, body))
        if self.instant and self.line.connected:
            self.answer()

    def answer(self, *, lost: bool = False) -> None:
        """The hub hears all that was asked; the till hears what it says, unless that is lost."""
        waiting, self.asked[:] = list(self.asked), []
        for ask_id, path, body in waiting:
            status, told, code = self.world.said(self.device, path, body)
            if not lost:
                message = {"op": "answer", "id": ask_id, "status": status, "code": code}
                self.till.hear({**message, "body": told.decode()})

    @property
    def device(self) -> Device:
        found = devices.find(self.world.hub, self.till.identity.device)
        assert found is not None
        return found

    def deliver(self) -> None:
        """The hub books what it lacks, and the till knows that."""
        device, reader = self.device, JournalReader(self.till.data, self.till.keys.db_key)
        try:
            entries = reader.entries((device.epoch, device.last_seq))
        finally:
            reader.close()
        if not entries:
            return
        asked = Push(
            device.epoch,
            entries[0].seq,
            device.last_hash.hex(),
            [each.pushed() for each in entries],
        )
        hub = self.world.hub
        with hub.transaction():
            push(hub, device, asked, self.world.keys, self.world.clock.now())
        last = self.device
        with ReplicaWriter.open(self.till.data, self.till.keys.db_key) as writer:
            writer.set_ack(
                Head(last.epoch, last.last_seq, last.last_hash.hex()),
                "",
                stamp(self.world.clock.now()),
            )
        self.till.catalogue.reopen()

    def basket(self, *skus: str) -> Any:
        basket = checkout.start(self.till)
        for sku in skus or (SCARF,):
            basket, _ = checkout.add(self.till, basket, sku)
        return basket

    def facts(self, kind: type[Fact]) -> list[Any]:
        rows = self.till.ledger.connection.execute("SELECT body FROM journal ORDER BY place")
        found = (decode_fact(bytes(body)) for (body,) in rows.fetchall())
        return [fact for fact in found if isinstance(fact, kind)]

    def reopen(self, *, boot: str = "") -> None:
        """The program ended, as if it was killed, and was started again."""
        self.till.close()
        if boot:
            self.world.clock.boot = boot
        self.till = self.world.open(self.till.data, self.line)[0]
        self.till.to_hub = self.to_hub
        self.swap("ana")


class World:
    """One hub, some tills."""

    def __init__(self, template: Path, room: Path, tills: int = 2) -> None:
        self.room, self.clock = room, HandClock()
        shutil.copy(template, room / "hub.sqlite")
        database = Database(f"sqlite:///{room / 'hub.sqlite'}")
        self.hub: Connection = database.connect(write=True)
        self.keys = load_keys(self.hub)
        self.counters = [self._make(number) for number in range(1, tills + 1)]

    def _make(self, number: int) -> Counter:
        data = self.room / f"till-{number}"
        data.mkdir()
        keys = Keys.create(data)
        name, nonce = f"d000000{number}", "00" * 16
        identity = Identity(name, 1, "1", str(number), nonce, "", HUB_KEY, keys.public_hex)
        Ledger.create(data, keys, identity, self.clock).close()
        fill_replica(data, keys.db_key, store_row(), tax_row())
        self.enlist(identity)
        line = Line()
        till, printer = self.open(data, line)
        counter = Counter(self, till, line, printer)
        till.to_hub = counter.to_hub
        counter.swap("ana")
        open_shift(till, 20_000)
        return counter

    def enlist(self, identity: Identity) -> None:
        """The hub knows a till."""
        at, nonce = stamp(self.clock.now()), identity.nonce
        start = genesis_hash(identity.device, 1, bytes.fromhex(nonce))
        row = (
            *(identity.device, "1", identity.till, "active", identity.pubkey, "", "", "", ""),
            *(1, nonce, "", 0, start, 0, at, at, at, ""),
        )
        with self.hub.transaction():
            self.hub.run(_ADD_DEVICE, row)

    def issued(self, amount: int, kind: str = CARD, currency: str = "EUR") -> ValueCode:
        """A card with money on it that no till sold."""
        with self.hub.transaction():
            desk = office.Office(self.hub, self.keys, RandomIds(), self.clock.now(), "op")
            return office.issue(desk, kind, amount, currency)

    def open(self, data: Path, line: Line) -> tuple[Till, Any]:
        made, printer, *_ = simulated()
        return open_shop(data, made, clock=self.clock, link=line), printer

    def said(self, device: Device, path: str, body: bytes) -> tuple[int, bytes, str]:
        """What the hub answers to a question."""
        row = next(row for row in right_desk.ROWS if row.path == path)
        message = msgspec.json.decode(body, type=row.body)
        with self.hub.transaction():
            asked = right_desk.Asked(self.hub, device, message, "", self.keys, self.clock.now())
            try:
                return 200, msgspec.json.encode(row.answer(asked)), ""
            except HubProblem as problem:
                return problem.reply().status, b"", problem.code

    def free(self, kind: str, account: str) -> int:
        return accounts.available(self.hub, kind, account, self.clock.now())

    def exceptions(self) -> list[tuple[str, int]]:
        rows = self.hub.text("SELECT kind, amount FROM exception ORDER BY no")
        return [(row[0], row[1]) for row in rows]

    def close(self) -> None:
        for counter in self.counters:
            counter.till.close()
        self.hub.close()


def hub_file(room: Path) -> Path:
    """A hub with one store: made once, copied for each test."""
    path = room / "hub.sqlite"
    made = Database(f"sqlite:///{path}")
    shop = Shop(Store("1", "Shop", "EUR", "Europe/Vienna"), RULES)
    set_up(made, shop, "Mia", "258041", RandomIds(), HandClock())
    connection = made.connect(write=True)
    connection.text("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


def worlds(template: Path, room: Path, tills: int = 2) -> Iterator[World]:
    """One for a test."""
    world = World(template, room, tills)
    yield world
    world.close()
