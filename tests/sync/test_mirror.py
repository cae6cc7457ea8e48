"""A second copy at another till of the store: over the network, readable by the hub alone."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pos_app.domain.errors import Unavailable
from pos_app.settings import Settings
from pos_app.store.keys import Keys
from pos_app.store.reader import JournalReader
from sync.engine.shell.mirror import Kept, MirrorListener, TillKeeper, tills_of
from sync.journal_copy import Entry, Frame, Key, Place
from sync.link import LinkClient, SyncSupervisor
from sync.signing import sign_request
from tests.sync.conftest import Pair, enrol
from tests.sync.server import holdfast, served

PATIENCE_S = 90


@pytest.fixture(scope="module")
def two_tills(enrolled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hub with two tills that know each other."""
    room = tmp_path_factory.mktemp("two")
    shutil.copytree(enrolled / "till", room / "till")
    for path in enrolled.glob("hub.sqlite*"):
        shutil.copy(path, room / path.name)
    with served(room / "hub.sqlite") as hub:
        enrol(hub, room / "other", till="2")
        Settings(hub_url=hub.url).save(room / "till")
        holdfast("till", "sync", "--data", str(room / "till"), "--once")
    return room


@pytest.fixture
def pair(tmp_path: Path, two_tills: Path) -> Iterator[Pair]:
    both = Pair(tmp_path, two_tills)
    shutil.copytree(two_tills / "other", tmp_path / "other")
    yield both
    both.close()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_what_the_other_till_holds_outlives_this_one(pair: Pair, tmp_path: Path) -> None:
    other = tmp_path / "other"
    address = f"127.0.0.1:{free_port()}"
    pair.proxy.off()
    settings = Settings(hub_url=pair.proxy.url)
    replace(settings, mirror_listen=address).save(other)
    replace(settings, mirror_to=address).save(pair.data)
    assert pair.sync.ensure()
    pair.sell(3)
    away = pair.until(lambda now: now.copies and now.copies[0]["code"], "missed", PATIENCE_S)
    assert away.copies[0]["code"] == "mirror_unreachable"
    keeper = SyncSupervisor(other)
    link = LinkClient(other)
    try:
        assert keeper.ensure()
        pair.sell(10)
        head = pair.ledger.head().seq
        pair.until(lambda now: now.copied(1) >= head, "copied", PATIENCE_S)
    finally:
        keeper.stop()
        link.close()
    pair.sync.stop()
    pair.ledger.close()
    shutil.rmtree(pair.data)
    (room,) = (other / "mirror").iterdir()
    assert all(b"Article" not in path.read_bytes() for path in room.iterdir())
    url = f"sqlite:///{pair.hub.database}"
    done = holdfast("hub", "import-journal", str(room), "--database", url, "--json")
    (said,) = json.loads(done.stdout)
    assert said["held"] + said["booked"] == head
    assert said["told"] == ""
    pair.check()


class Beside:
    """The listener of one till and the keys of another, in this process."""

    def __init__(self, room: Path) -> None:
        self.data, self.other = room / "till", room / "other"
        self.keys, self.others = Keys.load(self.data), Keys.load(self.other)
        with JournalReader(self.data, self.keys.db_key) as journal:
            self.identity = journal.identity()
            self.head = journal.head()
        with JournalReader(self.other, self.others.db_key) as journal:
            self.device = journal.identity().device
        self.kept = Kept(self.other, self.others, self.device)
        self.listener = MirrorListener("127.0.0.1:0", self.kept, lambda *_a, **_k: None)
        self.address = f"127.0.0.1:{self.listener.port}"
        self.keeper = TillKeeper(self.data, self.keys, self.address)

    def frame(self, first: int, last: int) -> Frame:
        place = Place(self.identity.device, 1, first, last, f"{first - 1:064x}", f"{last:064x}")
        entries = [Entry(b"{}", bytes(32), bytes(64))] * (last - first + 1)
        return Key(self.keys.db_key).frame(place, entries)

    def ask(
        self,
        body: bytes,
        key: Ed25519PrivateKey | Keys,
        method: str = "POST",
        query: str = "epoch=1",
    ) -> tuple[int, bytes]:
        target = f"/v1/mirror?{query}"
        headers = sign_request(
            method,
            f"http://{self.address}{target}",
            {},
            body,
            keyid=self.identity.device,
            sign=key.sign,
            now=datetime(2031, 1, 1, tzinfo=UTC),
            nonce="nonce",
        )
        return self.send(method, target, headers, body)

    def send(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, bytes]:
        line = http.client.HTTPConnection(self.address, timeout=60)
        try:
            line.request(method, target, body, headers)
            answer = line.getresponse()
            return answer.status, answer.read()
        finally:
            line.close()

    def close(self) -> None:
        self.keeper.close()
        self.listener.close()


@pytest.fixture
def beside(tmp_path: Path, two_tills: Path) -> Iterator[Beside]:
    for name in ("till", "other"):
        shutil.copytree(two_tills / name, tmp_path / name)
    both = Beside(tmp_path)
    yield both
    both.close()


def test_only_frames_that_follow_are_kept_and_only_of_a_till_of_the_store(beside: Beside) -> None:
    one, two, late = beside.frame(1, 3), beside.frame(4, 5), beside.frame(9, 9)
    assert beside.keeper.reach(beside.identity) == (None, [])
    beside.keeper.keep([one], 0)
    assert beside.ask(one.raw, beside.keys)[0] == 200, "asked twice"
    assert beside.ask(two.raw, Ed25519PrivateKey.generate())[0] == 403, "a stranger's signature"
    assert beside.ask(two.raw[:-1], beside.keys)[0] == 400, "half a frame"
    assert beside.send("POST", "/v1/mirror?epoch=1", {}, two.raw)[0] == 403, "unsigned"
    assert beside.send("GET", "/v1/other", {}, b"")[0] == 400
    assert beside.send("POST", "/v1/mirror", {"content-length": "99999999"}, b"")[0] == 400
    last, _missing = beside.keeper.reach(beside.identity)
    assert last == one.place
    beside.keeper.keep([two], 0)
    assert beside.ask(one.raw, beside.keys)[0] == 409, "it does not follow"
    (path,) = (beside.other / "mirror").rglob("*.hfcopy")
    assert path.read_bytes() == one.raw + two.raw
    # The hub confirmed up to 8 meanwhile: what it holds need not be here.
    beside.keeper.keep([late], 8)
    assert beside.kept.held(beside.identity.device, 1) == late.place
    names = sorted(path.name for path in (beside.other / "mirror").rglob("*.hfcopy"))
    assert names == ["0001-0000000009.hfcopy"]


def test_an_answer_that_no_till_of_the_store_signed_is_not_believed(beside: Beside) -> None:
    liar = Kept(beside.other, Keys(bytes(32), bytes(range(32))), beside.device)
    listener = MirrorListener("127.0.0.1:0", liar, lambda *_a, **_k: None)
    keeper = TillKeeper(beside.data, beside.keys, f"127.0.0.1:{listener.port}")
    try:
        liar.key_of = lambda _device: bytes.fromhex(beside.keys.public_hex)  # type: ignore[method-assign]
        with pytest.raises(Unavailable) as told:
            keeper.reach(beside.identity)
        assert told.value.code == "mirror_unproven"
    finally:
        keeper.close()
        listener.close()


def test_the_tills_of_a_store_know_each_other(beside: Beside) -> None:
    known = tills_of(beside.data, beside.keys)
    assert set(known) == {beside.identity.device, beside.device}
    assert known[beside.device].pubkey == beside.others.public_hex
    status, body = beside.ask(b"", beside.keys, "GET")
    assert status == 200
    assert msgspec.json.decode(body)["place"] is None
