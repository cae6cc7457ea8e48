"""What sync does in quiet moments: a disk that does not let it is told, and tried again later."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pos_app.store import schema
from pos_app.store.catalogue import CURRENT, PREVIOUS
from pos_app.store.replica_copy import COPY as COPY_FILE
from sync.engine.files import RANKED_STATE
from tests.sync.first_copies import CopyingTill
from tests.sync.server import served


@pytest.fixture
def till(tmp_path: Path, enrolled: Path) -> Iterator[CopyingTill]:
    """A till that is at rest: everything is sent, everything is here."""
    shutil.copytree(enrolled / "till", tmp_path / "till")
    for path in enrolled.glob("hub.sqlite*"):
        shutil.copy(path, tmp_path / path.name)
    with served(tmp_path / "hub.sqlite") as hub:
        till = CopyingTill(tmp_path / "till", hub.url)
        till.until(lambda: till.runner.idle, "idle")
        yield till
        till.files.close()


def test_a_replica_that_cannot_be_written_is_ranked_later(till: CopyingTill) -> None:
    logged: list[tuple[str, object]] = []
    till.runner._log = lambda event, **facts: logged.append((event, facts.get("code")))
    with closing(schema.connect(till.data / CURRENT, till.keys.db_key, write=True)) as other:
        other.execute("BEGIN IMMEDIATE")
        till.runner.rank()
        assert logged[0][0] == "file_refused"
        other.execute("ROLLBACK")
    assert not till.runner.ended
    assert not till.runner.state.held
    till.until(lambda: till.runner.idle, "idle again")
    till.runner.rank()
    assert ("replica_rank_done", None) in logged
    assert till.files.note(RANKED_STATE)


def test_a_copy_that_has_no_room_is_made_later(till: CopyingTill) -> None:
    """Something else has the name: no user, and no root, writes through a directory."""
    logged: list[str] = []
    till.runner._log = lambda event, **_facts: logged.append(event)
    (till.data / PREVIOUS).unlink(missing_ok=True)
    blocked = till.data / COPY_FILE
    blocked.mkdir()
    till.runner.keep_copy()
    assert logged == ["file_refused"]
    assert not (till.data / PREVIOUS).exists()
    blocked.rmdir()
    till.runner.keep_copy()
    assert logged[-1] == "replica_copy_done"
    assert (till.data / PREVIOUS).exists()
