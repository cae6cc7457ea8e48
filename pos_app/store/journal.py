"""The journal's own rules: how an entry is made, numbered and found.

An entry's body is encoded once and never again; the columns beside it are an index that
`holdfast journal verify` holds against the body.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from sqlcipher3 import dbapi2

from pos_app.domain.errors import Unavailable
from pos_app.store import doubt
from pos_app.store.keys import Keys
from pos_app.store.records import Identity
from sync.protocol import Fact, Head, encode_fact, entry_hash, genesis_hash

SEQ_BITS: Final = 40

TRIGGERS: Final = tuple(
    f"CREATE TRIGGER journal_no_{verb.lower()} BEFORE {verb} ON journal "
    f"BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
    for verb in ("UPDATE", "DELETE")
)
INSERT_ENTRY: Final = (
    "INSERT INTO journal (place, epoch, seq, id, type, doc_no, shift, biz_date, wall, "
    "body, hash, sig) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
SELECT_HEAD: Final = "SELECT epoch, seq, hash FROM journal ORDER BY place DESC LIMIT 1"
SELECT_LAST_DOCUMENT: Final = (
    "SELECT doc_no FROM journal WHERE place > ? AND substr(doc_no, 1, ?) = ? "
    "ORDER BY place DESC LIMIT 1"
)
SELECT_ENTRIES: Final = (
    "SELECT epoch, seq, id, body, hash, sig FROM journal WHERE place > ? ORDER BY place LIMIT ?"
)
SELECT_IDENTITY: Final = "SELECT value FROM setting WHERE name = 'identity'"
SELECT_FORMER: Final = "SELECT value FROM setting WHERE name LIKE 'identity:%' ORDER BY name"
SELECT_HASH: Final = "SELECT hash FROM journal WHERE place = ?"
SELECT_BODY: Final = "SELECT body FROM journal WHERE id = ?"


_identity_decoder = msgspec.json.Decoder(Identity)


def read_identity(rows: list[Any]) -> Identity:
    """The identity in the row of `setting`; raises Unavailable("ledger_corrupt")."""
    try:
        return _identity_decoder.decode(rows[0][0])
    except (IndexError, msgspec.MsgspecError) as cause:
        raise Unavailable("ledger_corrupt", file="ledger.sqlite") from cause


def place_of(epoch: int, seq: int) -> int:
    """The one integer that orders entries over all epochs."""
    return epoch << SEQ_BITS | seq


def genesis_of(identity: Identity) -> bytes:
    """What stands before the first entry of the identity's epoch, 32 bytes."""
    return genesis_hash(
        identity.device,
        identity.epoch,
        bytes.fromhex(identity.nonce),
        bytes.fromhex(identity.prev_epoch_hash),
    )


def document_number(identity: Identity, nth: int, mark: str = "") -> str:
    """`store-till-epoch.n`: dense over the documents of one epoch of one device.

    While it is in doubt whether this is its only life the series has a `mark`, and counts by itself.
    """
    return f"{identity.store}-{identity.till}-{identity.epoch}{mark}.{nth}"


def document_of(doc_no: str) -> int:
    """N of a document number; raises ValueError for a text that is none."""
    return int(doc_no.rpartition(".")[2])


def type_of(fact: Fact) -> str:
    """The fact's type as its body says it."""
    return str(fact.__struct_config__.tag)


class Chain:
    """Where a chain stands while entries are added to it; nothing is kept before COMMIT."""

    __slots__ = ("documents", "hash", "identity", "mark", "seq")

    def __init__(
        self, identity: Identity, seq: int, last_hash: bytes, documents: int, mark: str = ""
    ) -> None:
        self.identity = identity
        self.seq = seq
        self.hash = last_hash
        self.documents = documents
        self.mark = mark

    @staticmethod
    def read(connection: dbapi2.Connection) -> Chain:
        """Where the chain in a ledger stands.

        Raises Unavailable("ledger_corrupt") where the ledger does not say whose it is, and what
        the driver raises.
        """
        rows = connection.execute(SELECT_IDENTITY).fetchall()
        identity = read_identity(rows)
        head = connection.execute(SELECT_HEAD).fetchone()
        found = doubt.read(connection)
        if head is None or head[0] < identity.epoch:
            return Chain(identity, 0, genesis_of(identity), 0, found.mark)
        # A series with a mark began with the doubt: nothing of it stands before.
        floor = place_of(identity.epoch, found.since if found.mark else 0)
        series = document_number(identity, 0, found.mark)[:-1]
        asked = (floor, len(series), series)
        last = connection.execute(SELECT_LAST_DOCUMENT, asked).fetchone()
        documents = document_of(last[0]) if last else 0
        return Chain(identity, head[1], head[2], documents, found.mark)

    def copy(self) -> Chain:
        """The same place, to go on from and perhaps to throw away."""
        return Chain(self.identity, self.seq, self.hash, self.documents, self.mark)

    def head(self) -> Head:
        """The last entry: its epoch, seq and hash (the genesis hash before the first)."""
        return Head(self.identity.epoch, self.seq, self.hash.hex())

    def next_document(self) -> str:
        """The number the next document will carry."""
        return document_number(self.identity, self.documents + 1, self.mark)

    def seal(self, fact: Fact, keys: Keys) -> tuple[object, ...]:
        """The row of the next entry; the chain moves on to it.

        Raises ValueError for a fact that was not stamped for this very place.
        """
        identity, seq = self.identity, self.seq + 1
        if fact.dev != identity.device or fact.epoch != identity.epoch or fact.seq != seq:
            stands = (identity.device, identity.epoch, seq)
            raise ValueError(f"stamped for {(fact.dev, fact.epoch, fact.seq)}, not for {stands}")
        if fact.doc_no:
            if fact.doc_no != self.next_document():
                raise ValueError(f"numbered {fact.doc_no}, not {self.next_document()}")
            self.documents += 1
        index = (fact.id, type_of(fact), fact.doc_no, fact.shift, fact.biz_date, fact.t.wall)
        return self.seal_body(index, encode_fact(fact), keys)

    def seal_body(self, index: tuple[str, ...], body: bytes, keys: Keys) -> tuple[object, ...]:
        """The row of the next entry out of its bytes; `index` is what stands beside them.

        id, type, document number, shift, business date, wall clock. The bytes name this place.
        """
        self.hash = digest = entry_hash(self.hash, body)
        self.seq += 1
        epoch = self.identity.epoch
        place = place_of(epoch, self.seq)
        return (place, epoch, self.seq, *index, body, digest, keys.sign(digest))
