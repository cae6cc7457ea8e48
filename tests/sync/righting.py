"""A hub and its tills on real files, for properties of rights: deliveries by hand, no network."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from hardware.connect import simulated
from pos_app.store.doubt import ChainState
from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger
from pos_app.store.reader import JournalReader
from pos_app.store.records import Identity
from pos_app.store.rights_held import Question
from pos_app.store.witness import PLACE_VARIABLE
from pos_app.till import rights as own_rights
from pos_app.till.till import Till, open_till
from sync.hub import devices, right_desk, rights
from sync.hub.answers import HubProblem, RandomIds, stamp
from sync.hub.database import Connection, Database
from sync.hub.devices import Device
from sync.hub.identity import load_keys, new_code
from sync.hub.push import push
from sync.protocol import EnrolRequest, Fact, Push, RightUsed, decode_fact
from tests.till.shop import HandClock, store_row

_NOT_AGAIN = ("chain_start",)


class World:
    """One hub, some tills."""

    def __init__(self, template: Path, room: Path, tills: int = 2) -> None:
        self.room = room
        shutil.copy(template, room / "hub.sqlite")
        self.database = Database(f"sqlite:///{room / 'hub.sqlite'}")
        self.hub: Connection = self.database.connect(write=True)
        self.keys = load_keys(self.hub)
        self.clock, self.hub_clock = HandClock(), HandClock()
        self.tills = [Pos(self, number) for number in range(1, tills + 1)]

    def close(self) -> None:
        for pos in self.tills:
            pos.till.close()
        self.hub.close()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.hub.text(sql)]


class Pos:
    """A till that may be put back to an earlier copy of itself, and enrolled again."""

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.data = world.room / f"till-{number}"
        self.kept = world.room / f"till-{number}-kept"
        self.number = number
        self.copies = 0
        self.data.mkdir()
        self.private = Keys.create(self.data)
        self._enrol()
        self.till = self._open()

    @property
    def device(self) -> Device:
        found = devices.find(self.world.hub, self.identity.device)
        assert found is not None
        return found

    def _enrol(self) -> None:
        world, now = self.world, self.world.hub_clock.now()
        hub, ids = world.hub, RandomIds()
        code = new_code(ids)
        with hub.transaction():
            devices.issue_code(hub, "1", str(self.number), code, now, replaces=False)
            asked = EnrolRequest(code=code, pubkey=self.private.public_hex)
            reply = devices.enrol(hub, asked, world.keys, now, ids)
            if reply.state == "pending":
                devices.approve(hub, reply.device, now)
        self.identity = Identity(
            device=reply.device,
            epoch=reply.epoch,
            store="1",
            till=str(self.number),
            nonce=reply.nonce,
            prev_epoch_hash=reply.prev_epoch_hash,
            hub_key=world.keys.public_hex,
            pubkey=self.private.public_hex,
        )
        ledger = Ledger.create(self.data, self.private, self.identity, world.clock)
        with ledger.transaction() as tx:
            tx.set_reference("store", "1", msgspec.json.encode(store_row()))
        ledger.close()

    def _open(self) -> Till:
        os.environ[PLACE_VARIABLE] = ""  # a machine that remembers nothing: no restore is noticed
        return open_till(self.data, devices=simulated()[0], clock=self.world.clock)

    # asking

    def answer(self, question: Question) -> tuple[int, bytes, str]:
        """What the hub does with a question, and what it says."""
        hub, path = self.world.hub, question.path.split("/")
        named = path[3] if len(path) > 4 else ""
        address = "/".join([*path[:3], "{id}", path[4]]) if named else question.path
        row = next(row for row in right_desk.ROWS if row.path == address)
        message = msgspec.json.decode(question.body, type=row.body)
        with hub.transaction():
            asked = right_desk.Asked(
                hub, self.device, message, named, self.world.keys, self.world.hub_clock.now()
            )
            try:
                return 200, msgspec.json.encode(row.answer(asked)), ""
            except HubProblem as problem:
                return problem.reply().status, b"", problem.code

    def ask(self, ask_id: str, *, lost: bool = False) -> None:
        """The question gets to the hub; its answer back, unless it is lost."""
        question = self.till.ledger.question(ask_id)
        if question is None or not question.open:
            return
        status, body, code = self.answer(question)
        if not lost:
            told = {"op": "answer", "id": ask_id, "status": status, "code": code}
            self.till.hear({**told, "body": body.decode()})

    # journal

    def spend_unsecured(self, amount: int) -> None:
        from pos_app.till.till import stamp as stamped

        with self.till.ledger.transaction() as tx:
            fact = RightUsed(
                **stamped(self.till, tx), kind="credit", account="c", amount=amount, unsecured=True
            )
            tx.append(fact)

    def deliver(self) -> str:
        """Everything the hub does not hold; "" or the problem that says: not this history."""
        device, reader = self.device, JournalReader(self.data, self.private.db_key)
        try:
            entries = reader.entries((device.epoch, device.last_seq))
            head = reader.head()
            if head.epoch == device.epoch and head.seq < device.last_seq:
                return "rolled_back"
            before = device.last_hash
            if not entries:
                return ""
        finally:
            reader.close()
        asked = Push(
            device.epoch, entries[0].seq, before.hex(), [each.pushed() for each in entries]
        )
        hub = self.world.hub
        with hub.transaction():
            try:
                push(hub, device, asked, self.world.keys, self.world.hub_clock.now())
            except HubProblem as problem:
                return problem.code
        return ""

    def facts(self, *, whole: bool = True) -> Iterator[Fact]:
        """What this ledger's journal holds, oldest first."""
        del whole
        rows = self.till.ledger.connection.execute("SELECT body FROM journal ORDER BY place")
        return (decode_fact(bytes(body)) for (body,) in rows.fetchall())

    # lives

    def keep(self) -> None:
        """A backup of the whole directory, witness and all."""
        self.till.close()
        shutil.rmtree(self.kept, ignore_errors=True)
        shutil.copytree(self.data, self.kept)
        self.till = self._open()

    def put_back(self) -> None:
        """The backup is the till, and nothing there tells of it: the worst of restores."""
        self.till.close()
        shutil.rmtree(self.data)
        shutil.copytree(self.kept, self.data)
        self.copies += 1
        self.till = self._open()
        self.till.ledger.believe(ChainState.HEALTHY)

    def enrol_again(self) -> None:
        """The next epoch: rights of the old are gone here; what the hub lacks is told again."""
        old = list(self.facts())
        self.till.close()
        for left in self.data.iterdir():
            if left.name != "keys.json":
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        shutil.rmtree(self.kept, ignore_errors=True)
        ended = self.device.epoch
        self._enrol()
        self.till = self._open()
        known = {row[0] for row in self.world.rows("SELECT id FROM event WHERE id IS NOT NULL")}
        for fact in old:
            tag = str(type(fact).__struct_config__.tag)
            if fact.id in known or tag in _NOT_AGAIN:
                continue
            with self.till.ledger.transaction() as tx:
                place = tx.stamp(business_date=fact.biz_date)
                again = {"epoch": place["epoch"], "seq": place["seq"], "t": place["t"]}
                tx.append(msgspec.structs.replace(fact, **again))
        assert self.deliver() == ""
        with self.world.hub.transaction():
            rights.seal(
                self.world.hub, self.identity.device, ended, stamp(self.world.hub_clock.now())
            )


def open_questions(pos: Pos) -> list[str]:
    return [each.ask_id for each in pos.till.ledger.open_questions()]


def told(body: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(body)
    return found


__all__ = ["Pos", "World", "open_questions", "own_rights", "told"]
