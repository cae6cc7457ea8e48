"""A ledger that begins another epoch: one history out of the hub's and of what only this till knew.

The new file holds the chain up to where both agreed, then what the hub has of the old epoch and this
till had lost, then the new epoch with what the hub did not have, journalled again: same ids, same
document numbers, same content, each with its first place. It is made beside the old one and takes its
name when it is whole; the old one stays, for good, as `ledger.before-N.sqlite`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlcipher3 import dbapi2

from pos_app import __version__
from pos_app.domain.day import utc_text
from pos_app.domain.errors import Unavailable
from pos_app.store import doubt, journal, migrations, schema
from pos_app.store.journal import Chain
from pos_app.store.keys import Keys
from pos_app.store.projections import TABLES, rebuild
from pos_app.store.reads import LEDGER_FILE
from pos_app.store.records import Clock, Entry, Identity, new_id
from pos_app.store.witness import begin_witness, doubts_seen, places
from sync.protocol import ChainStart, ClockReading, Fact, Head, Rejoined, entry_hash

FORMER: Final = "identity:"
"""Under this name and its epoch `setting` keeps who the till was."""
ATTEMPT: Final = "attempt"
"""Under this name `setting` keeps a try to enrol again, before it is sent."""
LEFT_BEHIND: Final = ("held_right", "question")
"""Tables whose rows were given to the life before: the hub froze them, they are not taken along."""
_NOT_AGAIN: Final = frozenset({"chain_start", "key_rotated"})
"""Facts about a chain: they end with it. What an earlier enrolling lost the hub may not know yet."""
_SELECT_AFTER: Final = "SELECT epoch, seq, id, body FROM journal WHERE place > ? AND place < ? ORDER BY place LIMIT 200"
_COPY_JOURNAL: Final = "INSERT INTO journal SELECT * FROM old.journal WHERE place <= ?"
_KNOWN: Final = "SELECT body FROM journal WHERE id = ?"


class Joined(msgspec.Struct, frozen=True):
    """What came of it."""

    head: Head
    again: int
    """Entries journalled again."""
    brought: int
    """Entries that the hub brought back."""
    kept_as: str
    """The name under which the old ledger stays."""


class Common(msgspec.Struct, frozen=True):
    """Where two histories part, and what the hub has from there on."""

    agreed: int
    """The last entry of the old epoch that both have."""
    theirs: tuple[Entry, ...] = ()
    """What the hub holds of it after that, in order; of another device's chain: nothing."""
    taken: Mapping[str, bytes] = {}
    """Ids that another life has used -> its bodies, where `theirs` is not taken over."""
    epoch: int = 0
    """The epoch in which they part, where it is not the present one: what was told in one that the
    hub has forgotten is told again too."""


def old_hashes(data: Path, keys: Keys, places: Iterable[int]) -> list[tuple[int, str]]:
    """Our own hash at each of these places of our epoch that there is."""
    from pos_app.store.reader import JournalReader

    with JournalReader(data, keys.db_key) as reader:
        epoch = reader.identity().epoch
        found = ((seq, reader.hash_at(epoch, seq)) for seq in places)
        return [(seq, digest) for seq, digest in found if digest is not None]


def rejoin(
    data: Path,
    keys: Keys,
    identity: Identity,
    common: Common,
    clock: Clock,
    *,
    beside: Path | None,
    keyring: bool = False,
) -> Joined:
    """Puts the ledger of `identity`'s new epoch in the place of the one in `data`.

    `keys` hold the key that `identity` names and the one before. Nobody may have the ledger open;
    the caller holds its lock. Broken off anywhere the old one is in place, or the new one. Raises
    Unavailable("history_incomplete") where what came does not continue what we have or does not end
    as the hub said, and what the ledger raises.
    """
    path = data / LEDGER_FILE
    fresh = path.with_name(path.name + ".new")
    _remove(fresh)
    signing = keys.for_public(identity.pubkey)
    if signing is None:
        raise Unavailable("keys_unreadable")
    connection: dbapi2.Connection | None = None
    try:
        with closing(schema.connect(path, keys.db_key, write=True)) as old:
            migrations.bring_up(old, path)
            was = journal.read_identity(old.execute(journal.SELECT_IDENTITY).fetchall())
            lives = _lives_of(old, was, common.epoch)
            why = doubt.read(old)
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        connection = schema.connect(fresh, keys.db_key, write=True)
        connection.execute(
            "ATTACH DATABASE ? AS old KEY ?", (str(path.absolute()), f"x'{keys.db_key.hex()}'")
        )
        connection.execute("BEGIN IMMEDIATE")
        seen = doubts_seen(places(data, was.device, beside=beside), was.device, keyring=keyring)
        doubts = max(why.nth, seen)
        made = _Made(connection, signing, lives, identity, clock)
        made.tables(doubts)
        made.history(common)
        made.again(common, why)
        rebuild(connection, lenient=True)
        connection.execute(f"PRAGMA user_version={migrations.VERSION}")
        connection.execute("COMMIT")
        connection.execute("DETACH DATABASE old")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except dbapi2.Error as cause:
        raise schema.told(cause, path) from cause
    finally:
        if connection is not None:
            connection.close()
    head = made.chain.head()
    kept = _exchange(path, fresh, was.epoch)
    begin_witness(
        *(places(data, identity.device, beside=beside), identity.device, head, doubts),
        keyring=keyring,
    )
    return Joined(head, made.count, len(common.theirs), kept)


def _lives_of(old: dbapi2.Connection, was: Identity, epoch: int) -> list[Identity]:
    """Who the till was in an epoch and in each after it (0: in the present one).

    Raises Unavailable("history_incomplete") where nobody knows.
    """
    former = [journal.read_identity([row]) for row in old.execute(journal.SELECT_FORMER)]
    lives = sorted((*former, was), key=lambda life: life.epoch)
    found = [life for life in lives if life.epoch >= (epoch or was.epoch)]
    if epoch and found[0].epoch != epoch:
        raise Unavailable("history_incomplete")
    return found


class _Made:
    """The new ledger while it is filled: one transaction."""

    def __init__(
        self,
        connection: dbapi2.Connection,
        keys: Keys,
        lives: list[Identity],
        identity: Identity,
        clock: Clock,
    ) -> None:
        self._execute = connection.execute
        self._keys = keys
        self._lives = lives
        self._base, self._was = lives[0], lives[-1]
        self._clock = clock
        self.chain = Chain(identity, 0, journal.genesis_of(identity), 0)
        self.count = 0
        self._renamed: dict[str, str] = {}

    def tables(self, doubts: int) -> None:
        """Every table, and in them what is neither journal nor folded from it."""
        from pos_app.store.ledger_tables import create_statements, metadata

        for statement in create_statements():
            self._execute(statement)
        folded = {*TABLES, *LEFT_BEHIND, "journal"}
        for table in metadata.sorted_tables:
            if table.name in folded:
                continue
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            self._execute(
                f"INSERT INTO {table.name} ({names}) SELECT {names} FROM old.{table.name}"  # noqa: S608 - our own names
            )
        was, now = self._was, self.chain.identity
        for name in (doubt.DOUBT, doubt.MACHINE, ATTEMPT):
            self._execute("DELETE FROM setting WHERE name = ?", (name,))
        settled = doubt.Doubt(nth=doubts)
        kept = ((f"{FORMER}{was.epoch}", was), ("identity", now), (doubt.DOUBT, settled))
        for name, value in kept:
            self._execute(doubt.SET, (name, msgspec.json.encode(value)))

    def history(self, common: Common) -> None:
        """What both have, then what only the hub had."""
        base = self._base
        self._execute(_COPY_JOURNAL, (journal.place_of(base.epoch, common.agreed),))
        row = self._execute(journal.SELECT_HEAD).fetchone()
        held = row is not None and row[0] == base.epoch
        at, last = (base.epoch, row[1] if held else 0), row[2] if held else journal.genesis_of(base)
        lives = {life.epoch: life for life in self._lives}
        for entry in common.theirs:
            life = lives.get(entry.epoch)
            if life is not None and (at[0] < entry.epoch and life.prev_epoch_hash == last.hex()):
                at, last = (entry.epoch, 0), journal.genesis_of(life)
            follows = (entry.epoch, entry.seq) == (at[0], at[1] + 1)
            if not follows or entry_hash(last, entry.body) != entry.hash:
                raise Unavailable("history_incomplete")
            at, last = (entry.epoch, entry.seq), entry.hash
            place = journal.place_of(*at)
            values = (place, *at, *_index(entry), entry.body, entry.hash, entry.sig)
            self._execute(journal.INSERT_ENTRY, values)
        ends = {last.hex()}
        for life in self._lives:  # an epoch that was given and that the hub has nothing of
            if life.epoch > at[0] and life.prev_epoch_hash in ends:
                ends.add(journal.genesis_of(life).hex())
        same = self.chain.identity.device == self._was.device
        if same and self.chain.identity.prev_epoch_hash not in ends:
            raise Unavailable("history_incomplete")

    def again(self, common: Common, why: doubt.Doubt) -> None:
        """The new epoch's first entry, what the hub did not have, and that this was all of it."""
        was, identity = self._was, self.chain.identity
        day = utc_text(self._clock.now())[:10]
        self._seal(
            ChainStart(
                **self._stamp(day),
                sw=__version__,
                pubkey=identity.pubkey,
                prev_epoch_hash=identity.prev_epoch_hash,
            )
        )
        for epoch, seq, fact_id, body in self._tail(common.agreed):
            self._once_more(epoch, seq, fact_id, body, common.taken)
        self._seal(
            Rejoined(
                **self._stamp(day),
                old_dev=was.device,
                old_epoch=was.epoch,
                agreed=common.agreed if self._base is was else 0,
                again=self.count,
                brought=len(common.theirs) if self._base is was else 0,
                why=why.why,
                seen=why.seen,
            )
        )

    def _tail(self, agreed: int) -> Iterator[tuple[int, int, str, bytes]]:
        after = journal.place_of(self._base.epoch, agreed)
        end = journal.place_of(self._was.epoch + 1, 0)
        select = _SELECT_AFTER.replace("FROM journal", "FROM old.journal")
        while rows := self._execute(select, (after, end)).fetchall():
            for epoch, seq, fact_id, body in rows:
                yield epoch, seq, fact_id, bytes(body)
                after = journal.place_of(epoch, seq)

    def _once_more(
        self, epoch: int, seq: int, fact_id: str, body: bytes, taken: Mapping[str, bytes]
    ) -> None:
        """An entry at its new place: whatever it says, a field of a newer program too, stays."""
        told: dict[str, Any] = msgspec.json.decode(body)
        if told.get("type") in _NOT_AGAIN:
            return
        chain = self.chain
        was = told.get("was") or {"dev": told["dev"], "epoch": epoch, "seq": seq}
        for name, value in told.items():
            if isinstance(value, str) and value in self._renamed:
                told[name] = self._renamed[value]
        known = self._execute(_KNOWN, (fact_id,)).fetchone()
        other = bytes(known[0]) if known is not None else taken.get(fact_id)
        if other is not None:
            if same_content(other, body):
                return  # the hub has it, from this till's other life
            # One basket was sold in both lives: two sales, and each keeps an id of its own.
            other_id = _derived(fact_id, body)
            self._renamed[fact_id] = told["id"] = other_id
            was["id"] = fact_id
        told |= {"dev": chain.identity.device, "epoch": chain.identity.epoch}
        told |= {"seq": chain.seq + 1, "was": was}
        index = _index_of(told)
        self._execute(
            journal.INSERT_ENTRY, chain.seal_body(index, msgspec.json.encode(told), self._keys)
        )
        self.count += 1

    def _stamp(self, day: str) -> dict[str, Any]:
        identity, clock = self.chain.identity, self._clock
        now = clock.now()
        return {
            "dev": identity.device,
            "epoch": identity.epoch,
            "seq": self.chain.seq + 1,
            "id": new_id(now),
            "store": identity.store,
            "till": identity.till,
            "biz_date": day,
            "t": ClockReading(utc_text(now), clock.monotonic_ms(), clock.boot_id()),
        }

    def _seal(self, fact: Fact) -> None:
        self._execute(journal.INSERT_ENTRY, self.chain.seal(fact, self._keys))


PLACE: Final = frozenset({"dev", "epoch", "seq", "basis", "t", "was"})
"""What changes when a fact is journalled again under a new epoch."""


def same_content(one: bytes, other: bytes) -> bool:
    """True where two bodies tell the same fact, journalled at different places."""

    def content(body: bytes) -> dict[str, Any]:
        told: dict[str, Any] = msgspec.json.decode(body)
        return {name: value for name, value in told.items() if name not in PLACE}

    try:
        return content(one) == content(other)
    except (msgspec.MsgspecError, AttributeError):
        return False


def _derived(fact_id: str, body: bytes) -> str:
    """Another id, the same each time: of the sale and of what it says."""
    digest = bytearray(sha256(b"HF-AGAIN\x00" + fact_id.encode() + body).digest()[:16])
    digest[:6] = UUID(fact_id).bytes[:6]
    digest[6] = digest[6] & 0x0F | 0x70
    digest[8] = digest[8] & 0x3F | 0x80
    return str(UUID(bytes=bytes(digest)))


def _index_of(told: Mapping[str, Any]) -> tuple[str, ...]:
    clock = told.get("t")
    wall = clock.get("wall", "") if isinstance(clock, dict) else ""
    names = ("id", "type", "doc_no", "shift", "biz_date")
    return (*(str(told.get(name, "")) for name in names), str(wall))


def _index(entry: Entry) -> tuple[str, ...]:
    """What stands beside a body that came from the hub: also where it is no fact we can read."""
    with suppress(msgspec.MsgspecError):
        told = msgspec.json.decode(entry.body)
        if isinstance(told, dict) and told.get("id"):
            return _index_of(told)
    return (f"{entry.epoch}.{entry.seq}", "", "", "", "", "")


def _remove(path: Path) -> None:
    """Takes away what an earlier try left. Raises Unavailable("file_unreadable")."""
    try:
        for beside in ("", "-wal", "-shm"):
            Path(f"{path}{beside}").unlink(missing_ok=True)
    except OSError as cause:
        raise Unavailable("file_unreadable", file=path.name) from cause


def _exchange(path: Path, fresh: Path, epoch: int) -> str:
    """The new file under the ledger's name; the old one under another, which is never written over."""
    kept = path.with_name(f"{path.stem}.before-{epoch + 1}{path.suffix}")
    nth = 1
    while kept.exists():
        nth += 1
        kept = path.with_name(f"{path.stem}.before-{epoch + 1}.{nth}{path.suffix}")
    try:
        half = kept.with_name(kept.name + ".half")
        with path.open("rb") as source, half.open("wb") as target:
            half.chmod(0o600)
            shutil.copyfileobj(source, target, 1 << 20)
            target.flush()
            os.fsync(target.fileno())
        half.replace(kept)
        for beside in ("-wal", "-shm"):
            Path(f"{path}{beside}").unlink(missing_ok=True)
        fresh.replace(path)
        schema.flush_directory(path.parent)
    except OSError as cause:
        raise Unavailable("disk_full", file=kept.name) from cause
    return kept.name
