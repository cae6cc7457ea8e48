"""A till enrolled again by its command: questions sent, a new ledger put in place, everything sent.

Nobody else may have the till's files meanwhile: a window is closed first, and sync is asked to leave.
It may be broken off anywhere and begun again with the same code.
"""

from __future__ import annotations

import contextlib
import platform
import random
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from pos_app.domain.errors import Refused, Unavailable
from pos_app.settings import Network, Settings
from pos_app.store import doubt, schema
from pos_app.store.keys import SEALED_FILE, Keys, kept_in_keyring
from pos_app.store.ledger import LOCK_FILE
from pos_app.store.reader import JournalReader, ledger_file
from pos_app.store.records import SystemClock
from pos_app.store.rejoin import ATTEMPT, Joined, rejoin
from pos_app.store.witness import second_place
from sync.engine.bootstrap import ASK_EVERY_S, check_address, sealing_key
from sync.engine.rejoining import Progress, Settled, Till, rejoining
from sync.engine.shell.http import ask
from sync.file_lock import FileLock
from sync.link import LinkClient
from sync.protocol.fingerprint import fingerprint
from sync.sealing import seal

LEAVE_S: Final = 15.0
"""How long a sync process may take to leave."""
SILENT_S: Final = 60.0
"""How long a hub that does not answer is asked again."""


class _Attempt(msgspec.Struct):
    """A try, kept in the ledger before anything is sent."""

    name: str
    pubkey: str = ""
    """Of the key that was made for it, where the till becomes another device."""


def join_again(
    data: Path,
    code: str,
    *,
    patience_s: float,
    show_words: Callable[[str], None],
    show_waiting: Callable[[], None] = lambda: None,
) -> tuple[Settled, Joined]:
    """The till in `data` enrolled again with a code from its hub; what is to be sent is not yet.

    Raises Refused("ledger_in_use" | "sync_running" | "ledger_missing" | …) and what `rejoining`,
    the keys and the ledger raise.
    """
    ledger_file(data)
    with _alone(data):
        keys = Keys.load(data)
        with closing(JournalReader(data, keys.db_key)) as journal:
            identity = journal.identity()
            url = Settings.load(data).hub(identity.hub_url).rstrip("/")
            check_address(url)
            attempt = _kept_attempt(data, keys)
            patience = Settings.load(data).patience()
            sealed = seal(keys.db_key, sealing_key(url, patience))
            (data / SEALED_FILE).write_text(sealed, "ascii")
            (data / SEALED_FILE).chmod(0o600)
            till = Till(
                journal,
                keys,
                url,
                code,
                attempt.name,
                lambda: _another_key(data, keys, attempt),
                random.SystemRandom(),
                lambda: datetime.now(UTC),
                platform.node(),
                f"{platform.system()} {platform.machine()}",
                sealed,
            )
            settled = _driven(till, patience, patience_s, show_words, show_waiting)
        joined = rejoin(
            data,
            settled.keys,
            settled.identity,
            settled.common,
            SystemClock(),
            beside=second_place(),
            keyring=kept_in_keyring(data),
        )
        settings = Settings.load(data)
        if settings.hub_url != identity.hub_url and not settings.hub_url:
            replace(settings, hub_url=url).save(data)
    return settled, joined


@contextlib.contextmanager
def _alone(data: Path) -> Iterator[None]:
    """While this lasts no window and no sync process of this till begins."""
    window = FileLock(data / LOCK_FILE)
    if not window.take():
        raise Refused("ledger_in_use", data=data.name)
    try:
        sync = FileLock(data / "sync.lock")
        link = LinkClient(data)
        until = time.monotonic() + LEAVE_S
        try:
            while not sync.take():
                if time.monotonic() > until:
                    raise Refused("sync_running")
                link.leave()
                time.sleep(0.1)
        finally:
            link.close()
        try:
            yield
        finally:
            sync.free()
    finally:
        window.free()


def _kept_attempt(data: Path, keys: Keys) -> _Attempt:
    """The try that is under way, or a new one, durable before it is used."""
    path = ledger_file(data)
    with closing(schema.connect(path, keys.db_key, write=True)) as connection:
        held = doubt.read_value(connection, ATTEMPT)
        with contextlib.suppress(msgspec.MsgspecError):
            if held is not None:
                return msgspec.json.decode(held, type=_Attempt)
        made = _Attempt(secrets.token_hex(16))
        _keep(data, keys, made)
        return made


def _keep(data: Path, keys: Keys, attempt: _Attempt) -> None:
    with closing(schema.connect(ledger_file(data), keys.db_key, write=True)) as connection:
        connection.execute(doubt.SET, (ATTEMPT, msgspec.json.encode(attempt)))


def _another_key(data: Path, keys: Keys, attempt: _Attempt) -> Keys:
    made = keys.for_public(attempt.pubkey) if attempt.pubkey else None
    if made is None:
        made = keys.with_another(data)
        attempt.pubkey = made.public_hex
        _keep(data, keys, attempt)
    return made


def _driven(
    till: Till,
    patience: Network,
    patience_s: float,
    show_words: Callable[[str], None],
    show_waiting: Callable[[], None],
) -> Settled:
    """Sends each question and waits for its answer, and for a person at the hub."""
    progress = Progress()
    asking = rejoining(till, progress)
    silent = time.monotonic() + SILENT_S
    until = time.monotonic() + patience_s
    told = False
    try:
        request = next(asking)
        while True:
            answer = ask(till.url, request, patience)
            if isinstance(answer, str):
                if time.monotonic() > silent and not progress.waiting:
                    raise Unavailable(answer)
                time.sleep(ASK_EVERY_S)
            else:
                silent = time.monotonic() + SILENT_S
            request = asking.send(answer)
            if progress.waiting:
                if not told:
                    show_words(fingerprint(progress.pubkey).replace("-", " "))
                    show_waiting()
                    told = True
                if time.monotonic() > until:
                    raise Refused("not_approved")
                time.sleep(ASK_EVERY_S)
    except StopIteration as done:
        found: Settled = done.value
        return found
