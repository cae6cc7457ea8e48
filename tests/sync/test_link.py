"""The local socket: what one end says the other hears, and neither ever holds up a sale."""

from __future__ import annotations

import json
import queue
import socket
import stat
import time
from pathlib import Path

import pytest

from sync.file_lock import FileLock, is_held
from sync.link import LinkClient, LinkServer, SyncStatus, SyncSupervisor, socket_path


@pytest.fixture(params=[True, False], ids=["unix", "loopback"])
def ends(request, tmp_path: Path):
    heard: queue.Queue[dict] = queue.Queue()
    server = LinkServer(tmp_path, heard.put, unix=request.param)
    client = LinkClient(tmp_path, unix=request.param)
    yield server, client, heard
    client.close()
    server.close()


def until(client: LinkClient, op: str) -> dict:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        for message in client.poll():
            if message["op"] == op:
                return message
    raise AssertionError(f"{op} never came")


def test_both_ends_hear_each_other(ends) -> None:
    server, client, heard = ends
    client.nudge()
    assert heard.get(timeout=5) == {"op": "opened", "clients": 1}
    assert heard.get(timeout=5) == {"op": "nudge"}
    server.broadcast({"op": "changed", "kinds": ["price"]})
    assert until(client, "changed")["kinds"] == ["price"]
    client.close()
    assert heard.get(timeout=5) == {"op": "closed", "clients": 0}


def test_a_late_window_gets_the_last_status(ends) -> None:
    server, client, _ = ends
    server.broadcast(SyncStatus(state="DRAIN").message())
    server.broadcast(SyncStatus(state="LIVE", acked=(1, 7), offset_ms=-40).message())
    until(client, "status")
    assert client.status == SyncStatus(state="LIVE", acked=(1, 7), offset_ms=-40)


def test_a_client_without_sync_neither_raises_nor_waits(tmp_path: Path) -> None:
    client = LinkClient(tmp_path)
    began = time.monotonic()
    for _ in range(100):
        client.nudge()
        assert client.poll() == []
    assert time.monotonic() - began < 1
    assert (client.connected, client.fileno()) == (False, -1)


def test_the_link_comes_back_with_sync(tmp_path: Path) -> None:
    client = LinkClient(tmp_path)
    for state in ("LIVE", "OFFLINE"):
        server = LinkServer(tmp_path, lambda _: None)
        server.broadcast(SyncStatus(state=state).message())
        assert until(client, "status")["state"] == state
        server.close()
        while client.connected:
            client.poll()


def test_a_window_that_hangs_costs_sync_nothing(tmp_path: Path) -> None:
    server = LinkServer(tmp_path, lambda _: None)
    deaf, live = LinkClient(tmp_path), LinkClient(tmp_path)
    deaf.nudge()
    live.nudge()
    deadline = time.monotonic() + 10
    while server.clients < 2 and time.monotonic() < deadline:
        live.poll()
    for number in range(
        200
    ):  # at the pace of the one that reads: a slow machine drops only the deaf
        server.broadcast({"op": "changed", "kinds": ["x" * 20_000], "n": number})
        until(live, "changed")
    server.broadcast({"op": "swapped"})
    until(live, "swapped")
    assert server.clients == 1
    deaf.close()
    live.close()
    server.close()


def test_the_socket_is_ours_alone(tmp_path: Path) -> None:
    server = LinkServer(tmp_path, lambda _: None)
    path = socket_path(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    server.close()
    assert not path.exists()


def test_loopback_needs_the_word(tmp_path: Path) -> None:
    heard: queue.Queue[dict] = queue.Queue()
    server = LinkServer(tmp_path, heard.put, unix=False)
    door = json.loads((tmp_path / "sync.door").read_text())
    assert stat.S_IMODE((tmp_path / "sync.door").stat().st_mode) == 0o600
    with socket.create_connection(("127.0.0.1", door["port"])) as stranger:
        stranger.sendall(b'{"op":"open","word":"guess"}\n{"op":"nudge"}\n')
        assert stranger.recv(10) == b""
    server.close()
    assert heard.empty()


@pytest.mark.parametrize("bytes_", [b"\xff\n", b"[1\n", b"x" * 200_000, b'"text"\n{"op":"n"\n'])
def test_garbage_ends_only_its_own_connection(tmp_path: Path, bytes_: bytes) -> None:
    heard: queue.Queue[dict] = queue.Queue()
    server = LinkServer(tmp_path, heard.put)
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.connect(str(socket_path(tmp_path)))
        stranger.sendall(b'{"op":"open"}\n')
        try:
            stranger.sendall(bytes_)
            assert stranger.recv(10) == b""
        except ConnectionError:
            pass
    client = LinkClient(tmp_path)
    client.try_now()
    ops = [heard.get(timeout=5)["op"] for _ in range(4)]
    assert ops == ["opened", "closed", "opened", "try_now"]
    client.close()
    server.close()


def test_one_process_per_lock(tmp_path: Path) -> None:
    path = tmp_path / "sync.lock"
    first, second = FileLock(path), FileLock(path)
    assert not is_held(path)
    assert first.take()
    assert not second.take()
    assert is_held(path)
    first.free()
    assert not is_held(path)
    assert second.take()
    second.free()


def test_the_supervisor_starts_what_is_missing_and_backs_off(tmp_path: Path) -> None:
    supervisor = SyncSupervisor(tmp_path, python="/bin/false")
    assert supervisor.ensure()
    while supervisor.pid:
        pass
    assert not supervisor.ensure(), "the second start waits"
    supervisor.stop()


def test_the_supervisor_leaves_a_running_sync_alone(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "sync.lock")
    assert lock.take()
    supervisor = SyncSupervisor(tmp_path)
    assert supervisor.ensure()
    assert supervisor.pid == 0
    lock.free()
