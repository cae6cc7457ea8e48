"""Where a benchmark's hub keeps its books: a file, or a database of its own on a PostgreSQL server."""

from __future__ import annotations

import atexit
import os
from pathlib import Path

from sync.hub.database import Database
from tests.postgres.server import Databases, Server

DATABASE = "HOLDFAST_BENCH_DATABASE"
"""Empty for files; `postgres` for a server of the run's own on the disk; the URL of one otherwise."""

_servers: list[Databases] = []


def on_server() -> bool:
    """Whether this run measures PostgreSQL."""
    return bool(os.environ.get(DATABASE))


def new_database(folder: Path, name: str = "hub") -> Database:
    """Nothing in it yet."""
    if not on_server():
        return Database(f"sqlite:///{folder / f'{name}.sqlite'}")
    if not _servers:
        given = os.environ[DATABASE]
        if given == "postgres":
            server = Server("/tmp")  # the disk: in memory nothing would be durable
            server.start(shared_buffers="256MB")
            atexit.register(server.remove)
            databases = Databases(server.admin)
        else:
            databases = Databases(given)
            atexit.register(databases.drop_all)
        _servers.append(databases)
    return Database(_servers[0].make())
