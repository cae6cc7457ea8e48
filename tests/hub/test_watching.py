"""What an operator sees of a hub: metrics, readiness, a log without secrets."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading

import httpx
import msgspec
from prometheus_client.parser import text_string_to_metric_families

from sync.hub import feed
from sync.hub.database import Connection, Database
from tests.hub.processes import serving
from tests.hub.tills import HandClock, Till, play, problem


def figures(text: str) -> dict[str, float]:
    """Name with labels -> value."""
    return {
        sample.name
        + "".join(f"|{key}={value}" for key, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_tell_what_was_committed(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        journal.open_shift()
        journal.sale()
        journal.append_bytes(b'{"type":"nobody knows it"}')
        await till.pushed(journal.push())
        await till.pushed(journal.push())
        assert problem(await till.send("POST", "/v1/sync/push", b"{")) == "malformed"
        assert problem(await client.get("/a-strangers-path")) == "not_found"
        clock.forward(minutes=90)
        answer = await client.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain")
        found = figures(answer.text)
        assert found["holdfast_pushes_total"] == 2
        assert found["holdfast_events_total|result=applied"] == 2
        assert found["holdfast_events_total|result=quarantined"] == 1
        assert found["holdfast_events_total|result=duplicate"] == 3
        assert found["holdfast_quarantine_entries|state=quarantined"] == 1
        assert found["holdfast_requests_total|path=/v1/sync/push|status=200"] == 2
        assert found["holdfast_requests_total|path=other|status=404"] == 1
        assert found["holdfast_commit_seconds_count"] >= 3
        assert found["holdfast_oldest_silence_seconds"] == 90 * 60
        assert found["holdfast_silent_tills"] == 1
        assert found["holdfast_tills|state=active"] == 1
        assert found["holdfast_disk_free_bytes"] > 0
        assert found["holdfast_queue_requests|rank=push"] == 0
        assert found["holdfast_recovering"] == 0
        heads = feed.positions(books)
        assert found["holdfast_feed_position|stream=store:1"] == heads["store:1"]
        assert "device:" not in answer.text
        assert "strangers" not in answer.text

    play(database, clock, story)


def test_ready_says_that_a_sale_could_be_booked(
    database: Database, clock: HandClock, monkeypatch
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        told = await client.get("/v1/ready")
        assert (told.status_code, told.json()["status"]) == (200, "ready")
        monkeypatch.setattr("sync.hub.readiness.FREE_MIN_BYTES", 1 << 60)
        assert problem(await client.get("/v1/ready")) == "not_ready"
        assert (await client.get("/v1/health")).status_code == 200

    play(database, clock, story)


def test_a_database_that_another_holds_is_not_ready(
    database: Database, books: Connection, clock: HandClock, monkeypatch
) -> None:
    monkeypatch.setattr("sync.hub.readiness.PATIENCE_S", 0.3)

    async def story(client: httpx.AsyncClient) -> None:
        with books.transaction():
            assert problem(await client.get("/v1/ready")) == "not_ready"
            assert (await client.get("/v1/health")).status_code == 200
        assert (await client.get("/v1/ready")).status_code == 200

    play(database, clock, story)


def test_the_log_is_json_a_line_a_request_and_holds_no_secret(database: Database) -> None:
    command = [sys.executable, "-m", "pos_app", "hub", "serve", "--database", database.url]
    with subprocess.Popen(
        [*command, "--port", "0", "--log-format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        said: list[str] = []
        try:
            url = process.stdout.readline().split()[-1]
            reading = threading.Thread(target=lambda: said.extend(process.stderr))
            reading.start()
            canaries = ["CODE-K7QM-2XPD", "Erika Mustermann", "4111111111111111", "tok_secret"]
            body = {"code": canaries[0], "pubkey": "00" * 32, "name": canaries[1]}
            with httpx.Client(base_url=url, timeout=60) as client:
                enrolled = client.post("/v1/devices/enrol", json=body)
                assert enrolled.status_code == 403
                client.get(f"/v1/{canaries[2]}?token={canaries[3]}")
                given = {"authorization": canaries[3], "x-request-id": "proxy-gave-this"}
                answer = client.get("/v1/sync/pull", headers=given)
                assert answer.headers["x-request-id"] == "proxy-gave-this"
                client.get("/v1/health")
        finally:
            process.terminate()
            process.wait(timeout=60)
        reading.join(60)
    lines = [json.loads(line) for line in said]
    requests = [line for line in lines if line["event"] == "request"]
    assert [(line["path"], line["status"]) for line in requests] == [
        ("/v1/devices/enrol", 403),
        ("other", 404),
        ("/v1/sync/pull", 401),
    ]
    assert requests[2]["request"] == "proxy-gave-this"
    assert all(re.fullmatch(r"[\w.-]{8,64}", line["request"]) for line in requests)
    assert all(line["ms"] >= 0 and line["timestamp"].endswith("Z") for line in requests)
    for canary in canaries:
        assert canary not in "".join(said)


def test_the_library_of_the_metrics_stays_out_of_a_till() -> None:
    look = (
        "import sys, sync.engine.shell.process, pos_app.till.checkout;"
        "print([name for name in sys.modules if name.startswith('prometheus')])"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert msgspec.json.decode(done.stdout.strip()) == []


def test_a_served_hub_shows_its_metrics(database: Database) -> None:
    with serving(database) as hub:
        assert figures(hub.get("/metrics").text)["holdfast_connected_tills"] == 0
