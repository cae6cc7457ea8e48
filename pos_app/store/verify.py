"""`holdfast journal verify | export | head PATH`: does a journal still say what it said.

| exit | what was found |
|---|---|
| 0 | everything agrees |
| 10 | a hash does not follow, or the index beside a body says something else |
| 11 | a signature is not of the device's key |
| 12 | an entry or a document number is missing or there twice |
| 13 | totals that do not add up, or tables that are not what the journal says |
| 14 | shorter than a witness saw it |
| 15 | another history than a witness saw, or two entries in one place |
| 16 | signed by a key nobody knows |
| 17 | cannot be read |

PATH is a till's data directory, a ledger's file (with `--keys`), or an exported journal.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import deque
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlcipher3 import dbapi2

from pos_app.domain.errors import PosError, Refused
from pos_app.store import journal
from pos_app.store.journal_file import Exported, Ledgered, Record, Unreadable, export, in_words
from pos_app.store.keys import Keys
from pos_app.store.projections import differences
from pos_app.store.reads import LEDGER_FILE
from pos_app.store.records import Identity
from pos_app.store.shift_sums import Shifts, partings, sums
from pos_app.store.witness import read_witness
from sync.protocol import (
    AnyFact,
    ChainStart,
    Head,
    KeyRotated,
    Refunded,
    Sale,
    Voided,
    decode_fact,
    entry_hash,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

OK, CHAIN, SIGNATURE, GAP, TOTALS, SHORT, FORK, KEY, UNREADABLE = 0, 10, 11, 12, 13, 14, 15, 16, 17
TAIL: Final = 1_000
"""How many of the last entries a till looks at when it starts."""

Source = Ledgered | Exported


class Finding(msgspec.Struct, frozen=True):
    """What verifying came to; `code` is the exit status."""

    code: int
    told: str
    last_good: tuple[int, int]
    bad: tuple[int, int] | None = None
    entries: int = 0


class _Wrong(Exception):
    def __init__(self, code: int, told: str, place: tuple[int, int] | None = None) -> None:
        super().__init__(told)
        self.code = code
        self.told = told
        self.place = place


class _Check:
    """One walk over a journal; raises _Wrong at the first thing that is not as it was."""

    def __init__(self, source: Source, known: frozenset[str], witnesses: list[Head]) -> None:
        self._identity = identity = source.identity
        self._lives = {one.epoch: one for one in (*source.former, identity)}
        self._device = identity.device
        self._known = known
        self._waiting = {(seen.epoch, seen.seq): seen.hash for seen in witnesses}
        self._hash = b""
        self._documents: dict[str, int] = {}
        self._midway = False
        self._keys: dict[str, Ed25519PublicKey] = {}
        self._key = identity.pubkey
        self.shifts: Shifts | None = None
        """Counted along, where the walk begins at the very beginning."""
        self.last = (0, 0)
        self.count = 0

    def before(self, start: int) -> int:
        """The place after which to read, so that the entry before `start` comes first."""
        return journal.place_of(self._identity.epoch, start - 2) if start > 1 else 0

    def begin(self, record: Record | None, start: int) -> None:
        """Goes on from an entry that is taken as it stands: the one before `start`."""
        if record is None or record.seq != start - 1:
            raise _Wrong(GAP, f"there is no entry {start - 1}")
        self._hash = record.hash
        self._midway = True
        self.last = (record.epoch, record.seq)

    def take(self, record: Record) -> None:
        """The next entry."""
        self._place(record)
        if entry_hash(self._hash, record.body) != record.hash:
            raise _Wrong(CHAIN, "the hash does not follow the entry before")
        fact = _decoded(record)
        if isinstance(fact, ChainStart):
            self._key, self._device = fact.pubkey, fact.dev
        if self._key not in self._known:
            raise _Wrong(KEY, f"the key {self._key[:16]}… is not known")
        self._signature(record)
        if isinstance(fact, KeyRotated) and fact.was is None:
            self._key = fact.pubkey  # from the next entry on
            self._known |= {fact.pubkey}  # by the word of the key before
        self._index(record, fact)
        self._totals(fact)
        seen = self._waiting.pop((record.epoch, record.seq), record.hash.hex())
        if seen != record.hash.hex():
            raise _Wrong(FORK, "a witness saw another entry here")
        self._hash = record.hash
        self.last = (record.epoch, record.seq)
        self.count += 1

    def end(self) -> None:
        """Nothing comes any more: whatever a witness saw must have come."""
        for epoch, seq in sorted(self._waiting):
            if (epoch, seq) > self.last:
                raise _Wrong(SHORT, f"a witness saw {epoch}/{seq}", (epoch, seq))

    def _place(self, record: Record) -> None:
        epoch, seq = self.last
        if (record.epoch, record.seq) == self.last:
            same = record.hash == self._hash
            raise _Wrong(GAP if same else FORK, "two entries in one place")
        if record.epoch > epoch and record.seq == 1:
            self._midway = False
            life = self._lives.get(record.epoch)
            if life is not None:
                if life.device == self._device and epoch == life.epoch - 1:
                    self._continues(life)
                self._hash = journal.genesis_of(life)
        elif record.epoch != epoch or record.seq != seq + 1:
            raise _Wrong(GAP, f"the entry before is {epoch}/{seq}")

    def _continues(self, life: Identity) -> None:
        """The epoch before ends where the hub said that it ended when it gave this one."""
        if life.prev_epoch_hash and life.prev_epoch_hash != self._hash.hex():
            raise _Wrong(CHAIN, f"epoch {life.epoch} does not follow the epoch before")

    def _signature(self, record: Record) -> None:
        if self._by(self._key, record):
            return
        # Begun in the middle: which of its keys the till used there stands further back.
        others = sorted(self._known - {self._key}) if self._midway else ()
        for other in others:
            if self._by(other, record):
                self._key = other
                return
        raise _Wrong(SIGNATURE, "the signature is not of the device's key")

    def _by(self, name: str, record: Record) -> bool:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        key = self._keys.get(name)
        try:
            if key is None:
                key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(name))
                self._keys[name] = key
            key.verify(record.sig, record.hash)
        except (InvalidSignature, ValueError):
            return False
        return True

    def _index(self, record: Record, fact: AnyFact) -> None:
        said = (fact.dev, fact.epoch, fact.seq)
        present = record.epoch == self._identity.epoch
        device = self._identity.device if present else self._device
        if said != (device, record.epoch, record.seq):
            raise _Wrong(CHAIN, f"the body says {said}")
        columns = (fact.id, journal.type_of(fact), fact.doc_no, fact.shift, fact.biz_date)
        if record.columns is not None and record.columns != (*columns, fact.t.wall):
            raise _Wrong(CHAIN, "the index beside the body says something else")
        if fact.doc_no and fact.was is None:  # what is journalled again keeps its number
            nth = _number(fact.doc_no)
            series = fact.doc_no.rpartition(".")[0]
            before = self._documents.get(series, nth - 1 if self._midway else 0)
            if nth != before + 1:
                raise _Wrong(GAP, f"document {fact.doc_no} after {before}")
            self._documents[series] = nth

    def _totals(self, fact: AnyFact) -> None:
        if isinstance(fact, Sale | Voided | Refunded):
            for wrong in sums(fact):
                raise _Wrong(TOTALS, wrong)
        for wrong in self.shifts.take(fact) if self.shifts is not None else ():
            raise _Wrong(TOTALS, wrong)


def _decoded(record: Record) -> AnyFact:
    try:
        return decode_fact(record.body)
    except msgspec.MsgspecError as cause:
        raise _Wrong(UNREADABLE, f"the body is no fact: {cause}") from cause


def _number(doc_no: str) -> int:
    try:
        return journal.document_of(doc_no)
    except ValueError:
        raise _Wrong(GAP, f"{doc_no} is no document number") from None


def verify(source: Source, known: frozenset[str], witnesses: list[Head], start: int = 1) -> Finding:
    """Walks a journal from `start` of its last epoch (1: from the very beginning).

    `known` are the public keys (hex) that may sign. Never raises for what a file contains.
    """
    check = _Check(source, known, witnesses)
    now: Record | None = None
    try:
        records = source.records(check.before(start))
        if start > 1:
            check.begin(next(records, None), start)
        else:
            many = source.identity.epoch > 1
            check.shifts = Shifts(partings(source.records()) if many else {})
        for now in records:
            check.take(now)
        now = None
        check.end()
        if start == 1 and isinstance(source, Ledgered):
            _agree(source)
    except _Wrong as wrong:
        place = wrong.place or ((now.epoch, now.seq) if now else None)
        return Finding(wrong.code, wrong.told, check.last, place, check.count)
    except (Unreadable, dbapi2.Error) as cause:
        return Finding(UNREADABLE, str(cause), check.last, None, check.count)
    return Finding(OK, "everything agrees", check.last, None, check.count)


def _agree(source: Ledgered) -> None:
    try:
        wrong = differences(source.connection, 1)
    except Refused as cause:
        wrong = [f"the journal cannot be folded: {cause}"]
    if wrong:
        raise _Wrong(TOTALS, wrong[0])


def verify_tail(data: Path, keys: Keys, count: int = TAIL) -> Finding:
    """The last `count` entries of a till's own journal: what it looks at when it starts."""
    try:
        with closing(Ledgered(data / LEDGER_FILE, keys.db_key)) as source:
            row = source.connection.execute(journal.SELECT_HEAD).fetchone()
            inside = row is not None and row[0] == source.identity.epoch
            start = max(1, row[1] - count + 1) if inside else 1
            seen = read_witness(data)
            return verify(source, keys.publics, [seen] if seen else [], start)
    except Unreadable as cause:
        return Finding(UNREADABLE, str(cause), (0, 0))


# The command.


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command `journal` with its three words."""
    parser = subparsers.add_parser("journal", help="verify, export or show the head of a journal")
    words = parser.add_subparsers(dest="word", required=True, metavar="verify | export | head")
    for word, func, told in (
        ("verify", _verify, "does the journal still say what it said (exit status 10 to 17: no)"),
        ("export", _export, "the whole journal as text, one entry a line"),
        ("head", _head, "the last entry, as JSON"),
    ):
        command = words.add_parser(word, help=told)
        command.add_argument(
            "path", type=Path, metavar="PATH", help="data directory, ledger file or export"
        )
        command.add_argument(
            "--keys", type=Path, metavar="FILE", help="the till's keys.json, or public keys"
        )
        command.set_defaults(func=func)
        if word == "verify":
            command.add_argument(
                "--witness", type=Path, metavar="FILE", help="a head that the hub confirmed"
            )
            command.add_argument(
                "--from",
                dest="start",
                type=_positive,
                default=1,
                metavar="N",
                help="look at the entries from this one on (1)",
            )
        if word == "export":
            command.add_argument(
                "--out", type=Path, metavar="FILE", help="file to write; else standard output"
            )


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("1 or more")
    return value


def _open(path: Path, keys_path: Path | None) -> tuple[Source, frozenset[str]]:
    """The journal at a path and the public keys that may sign it; raises Unreadable."""
    try:
        held = json.loads(keys_path.read_text("utf-8")) if keys_path else {}
        public = frozenset(str(key) for key in held.get("public", []))
    except OSError as cause:
        raise Unreadable(f"{keys_path}: {cause.strerror}") from cause
    except (ValueError, AttributeError) as cause:
        raise Unreadable(f"keys: {cause}") from cause
    try:
        (path / LEDGER_FILE if path.is_dir() else path).stat()
    except PermissionError as cause:
        raise Unreadable(f"{path}: {cause.strerror}") from cause
    except OSError:
        pass  # what is not there is said below
    if not path.is_dir() and _is_export(path):
        source = Exported(path)
        if "sign_key" in held:
            public |= _own(keys_path).publics
        return source, public or frozenset({source.identity.pubkey})
    file = path / LEDGER_FILE if path.is_dir() else path
    if not file.is_file():
        raise Unreadable(f"{file.name} is not there")
    keys = _own(keys_path if "sign_key" in held else file.parent)
    return Ledgered(file, keys.db_key), public | keys.publics


def _own(path: Path | None) -> Keys:
    """The till's keys in a file, or of a data directory."""
    try:
        if path is None:
            raise Refused("keys_missing")
        return Keys.load(path) if path.is_dir() else Keys.read(path)
    except PosError as cause:
        raise Unreadable(in_words(cause)) from cause


def _is_export(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(1) == b"{"
    except OSError as cause:
        raise Unreadable(f"{path}: {cause.strerror}") from cause


def _witnesses(path: Path, given: Path | None) -> list[Head]:
    found = []
    if path.is_dir() and (seen := read_witness(path)):
        found.append(seen)
    if given is not None:
        try:
            held: Any = json.loads(given.read_text("utf-8"))
            found.append(msgspec.convert(held.get("ack", held), Head))
        except OSError as cause:
            raise Unreadable(f"{given}: {cause.strerror}") from cause
        except (ValueError, AttributeError, msgspec.MsgspecError) as cause:
            raise Unreadable(f"witness: {cause}") from cause
    return found


def _verify(chosen: argparse.Namespace) -> int:
    try:
        source, known = _open(chosen.path, chosen.keys)
        with closing(source):
            witnesses = _witnesses(chosen.path, chosen.witness)
            found = verify(source, known, witnesses, chosen.start)
    except Unreadable as cause:
        found = Finding(UNREADABLE, str(cause), (0, 0))
    good = f"last good entry {found.last_good[0]}/{found.last_good[1]}"
    if found.code == OK:
        _say(f"ok: {found.entries} entries, {good}")
    else:
        bad = f" at {found.bad[0]}/{found.bad[1]}" if found.bad else ""
        _say(f"bad ({found.code}){bad}: {found.told}; {good}")
    return found.code


def _export(chosen: argparse.Namespace) -> int:
    try:
        source, _ = _open(chosen.path, chosen.keys)
        with closing(source):
            _write_out(source, chosen.out)
    except (Unreadable, OSError) as cause:
        told = (
            f"{chosen.out or chosen.path}: {cause.strerror}"
            if isinstance(cause, OSError)
            else cause
        )
        sys.stderr.write(f"not exported: {told}\n")
        return UNREADABLE
    return OK


def _write_out(source: Source, out: Path | None) -> None:
    if isinstance(source, Exported):
        raise Unreadable("that is an export already")
    if out is None:
        export(source, sys.stdout.buffer)
    else:
        with out.open("xb") as file:
            export(source, file)


def _head(chosen: argparse.Namespace) -> int:
    try:
        source, _ = _open(chosen.path, chosen.keys)
        with closing(source):
            newest = deque(source.records(), maxlen=1)
    except Unreadable as cause:
        sys.stderr.write(f"no head: {cause}\n")
        return UNREADABLE
    identity = source.identity
    head = Head(identity.epoch, 0, journal.genesis_of(identity).hex())
    for record in newest:
        head = Head(record.epoch, record.seq, record.hash.hex())
    _say(json.dumps({"device": identity.device, **msgspec.structs.asdict(head)}))
    return OK


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
