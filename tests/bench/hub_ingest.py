"""Row 3: a backlog of sales over HTTP into the hub's books, verified and projected.

Both sides are real processes under the same server; the till's side has its batches ready and
sends the next one as soon as the last is answered, as the sync process does.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import httpx
import msgspec
import uuid_utils
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pos_app.domain.store import Store
from sync.hub import devices
from sync.hub.answers import RandomIds
from sync.hub.database import Database
from sync.hub.identity import new_code
from sync.hub.setting_up import set_up
from sync.hub.store import Shop
from sync.protocol import EnrolReply, PushReply, encode
from sync.signing import sign_request
from tests.bench import hub_floor
from tests.bench.hubs import new_database, on_server
from tests.bench.measure import Row, sized, workplace
from tests.hub.journals import RULES, Journal

BATCH = 500
ROUNDS = 3


def run() -> list[Row]:
    """The hub and the floor in turns; medians."""
    sales = sized(10_000, 200)
    ours, floor = [], []
    for place in range(sized(ROUNDS, 1)):
        folder = workplace() / f"ingest-{place}"
        folder.mkdir()
        ours.append(_hub(folder, sales))
        floor.append(_floor(folder, sales))
    return [
        Row(
            4 if on_server() else 3,
            f"hub: {sales:,} sales over HTTP, verified and projected",
            median(ours),
            "sales/s",
            median(floor),
            "the barest hub: same server, driver and durability, rows only",
            gate=0.6,
            goal=0.85,
            high=True,
        )
    ]


def _hub(folder: Path, sales: int) -> float:
    database = new_database(folder)
    store = Store("1", "Bench", "EUR", "Europe/Vienna")
    set_up(database, Shop(store, RULES), "Mira", "258041", RandomIds())
    command = ["-m", "pos_app", "hub", "serve", "--database", database.url, "--port", "0"]
    with _process(command) as hub:
        url = (hub.stdout.readline() if hub.stdout else "").split()[-1]
        with httpx.Client(base_url=url) as client:
            key = Ed25519PrivateKey.generate()
            journal = Journal(key, _enrolled(client, database, key))
            journal.open_shift()
            for _ in range(sales):
                journal.sale()
            bodies = [
                encode(journal.push(first, min(first + BATCH - 1, journal.seq)))
                for first in range(1, journal.seq + 1, BATCH)
            ]
            began = time.perf_counter()
            for body in bodies:
                answer = client.send(_signed(client, url, journal, body))
            seconds = time.perf_counter() - began
            reply = msgspec.json.decode(answer.content, type=PushReply)
            assert reply.ack == journal.head, answer.text
    books = database.connect(write=False)
    assert books.text("SELECT sum(sales) FROM day_total") == [(sales,)]
    assert books.text("SELECT count(*) FROM exception") == [(0,)]
    books.close()
    return sales / seconds


def _enrolled(client: httpx.Client, database: Database, key: Ed25519PrivateKey) -> EnrolReply:
    now = dt.datetime.now(dt.UTC)
    code = new_code(RandomIds())
    books = database.connect(write=True)
    with books.transaction():
        devices.issue_code(books, "1", "1", code, now, replaces=False)
    pubkey = key.public_key().public_bytes_raw().hex()
    answer = client.post("/v1/devices/enrol", json={"code": code, "pubkey": pubkey})
    own = msgspec.json.decode(answer.content, type=EnrolReply)
    with books.transaction():
        devices.approve(books, own.device, now)
    books.close()
    return own


def _signed(client: httpx.Client, url: str, journal: Journal, body: bytes) -> httpx.Request:
    headers = sign_request(
        "POST",
        f"{url}/v1/sync/push",
        {"content-type": "application/json"},
        body,
        keyid=journal.identity.device,
        sign=journal.key.sign,
        now=dt.datetime.now(dt.UTC),
        nonce=str(uuid_utils.uuid4()),
    )
    return client.build_request("POST", "/v1/sync/push", content=body, headers=headers)


def _floor(folder: Path, sales: int) -> float:
    own = EnrolReply("device", "active", "", "1", "1", 1, "00" * 16)
    journal = Journal(Ed25519PrivateKey.generate(), own)
    for _ in range(sales):
        journal.sale()
    facts = [bytes(entry.body) for entry in journal.entries]
    bodies = [
        b"[" + b",".join(facts[first : first + BATCH]) + b"]"
        for first in range(0, len(facts), BATCH)
    ]
    command = ["-m", "tests.bench.hub_ingest"]
    environment = {**os.environ, hub_floor.DATABASE: new_database(folder, "floor").url}
    with _process(command, environment) as hub:
        url = (hub.stdout.readline() if hub.stdout else "").split()[-1]
        with httpx.Client(base_url=url) as client:
            began = time.perf_counter()
            for body in bodies:
                answer = client.post("/", content=body)
            seconds = time.perf_counter() - began
            assert answer.status_code == 200, answer.text
    return sales / seconds


@contextmanager
def _process(
    arguments: list[str], environment: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A Python of its own, told to stop at the end."""
    command = [sys.executable, *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=20)
        if process.stdout is not None:
            process.stdout.close()


def serve_floor() -> None:
    """The floor under the hub's own server; says where it listens."""
    import uvicorn

    from sync.hub.serving import bound

    listening = bound("127.0.0.1", 0)
    config = uvicorn.Config(
        hub_floor.app, http="httptools", loop="uvloop", log_level="warning", access_log=False
    )
    listening.listen()
    sys.stdout.write(f"listening on http://127.0.0.1:{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    serve_floor()
