"""What a hub does before it answers.

Who was erased since this copy of it was made is erased again; entries that an older program could not
read are tried again.
"""

from __future__ import annotations

import logging

from pos_app.domain.errors import PosError
from sync.hub import quarantine
from sync.hub.answers import Clock, Ids
from sync.hub.customers import privacy
from sync.hub.database import Database, storage_error
from sync.hub.identity import load_keys

_log = logging.getLogger(__name__)


def try_again(database: Database, clock: Clock, ids: Ids) -> None:
    """Books what this program can read and the one before it could not; once after each update.

    A database that cannot write just now does not keep the hub from starting; a list of people who
    were erased, and are here again, does until that is done.
    """
    privacy.replay(database, clock.now())
    try:
        connection = database.connect(write=True)
        try:
            if quarantine.is_due(connection):
                with connection.transaction():
                    keys = load_keys(connection)
                    quarantine.try_all(connection, keys, clock.now(), ids)
        finally:
            connection.close()
    except (PosError, storage_error) as cause:
        _log.warning("what waits in quarantine was not tried again: %s", cause)
