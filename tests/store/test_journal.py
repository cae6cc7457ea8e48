"""The journal: chained, signed, append-only, its bytes never made twice."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlcipher3 import dbapi2

from pos_app.store.ledger import Ledger
from pos_app.store.reader import JournalReader
from sync.protocol import Head
from tests.store.books import KEYS, identity, sell


def test_the_chain_is_what_the_protocol_says(ledger: Ledger, data: Path) -> None:
    for _ in range(3):
        sell(ledger)
    mine = identity()
    previous = sha256(
        b"HF-GENESIS\x00"
        + f"{mine.device}|{mine.epoch}|".encode()
        + bytes.fromhex(mine.nonce)
        + b"|"
    ).digest()
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(KEYS.public_hex))
    with JournalReader(data, KEYS.db_key) as reader:
        assert reader.hash_at(1, 0) == previous.hex()
        entries = reader.entries((0, 0))
        assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5]
        for entry in entries:
            previous = sha256(b"HF1\x00" + previous + entry.body).digest()
            assert entry.hash == previous
            public.verify(entry.sig, entry.hash)
            assert reader.hash_at(1, entry.seq) == previous.hex()
        assert reader.head() == ledger.head() == Head(1, 5, previous.hex())
        assert reader.hash_at(1, 6) is None
        assert reader.identity().pubkey == KEYS.public_hex


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET body = x'00' WHERE seq = 3",
        "UPDATE journal SET doc_no = '' WHERE seq = 3",
        "DELETE FROM journal WHERE seq = 3",
        "INSERT OR REPLACE INTO journal SELECT * FROM journal WHERE seq = 3",
    ],
)
def test_no_statement_changes_an_entry(ledger: Ledger, statement: str) -> None:
    sell(ledger)
    before = ledger.connection.execute("SELECT * FROM journal").fetchall()
    with pytest.raises(dbapi2.IntegrityError, match="append-only"):
        ledger.connection.execute(statement)
    assert ledger.connection.execute("SELECT * FROM journal").fetchall() == before


def test_batches_are_bounded_by_number_and_size_but_never_empty(ledger: Ledger, data: Path) -> None:
    sold = [sell(ledger, [100] * lines) for lines in (1, 1, 40, 1)]
    with JournalReader(data, KEYS.db_key) as reader:
        assert [e.seq for e in reader.entries((1, 2), 2)] == [3, 4]
        small = reader.entries((1, 2), 500, 2_000)
        assert [e.seq for e in small] == [3, 4]
        large = reader.entries((1, 4), 500, 2_000)
        assert [e.id for e in large] == [sold[2].id], "one that is too large still goes"
        assert reader.entries((1, 6)) == []
        pushed = reader.entries((1, 2), 1)[0].pushed()
        assert bytes(pushed.body) == reader.entries((1, 2), 1)[0].body


def test_a_reader_sees_what_is_committed_while_the_window_writes(
    ledger: Ledger, data: Path
) -> None:
    with JournalReader(data, KEYS.db_key) as reader:
        for n in range(3, 8):
            sell(ledger)
            assert reader.head().seq == n


def test_a_reader_cannot_write(ledger: Ledger, data: Path) -> None:
    with JournalReader(data, KEYS.db_key) as reader, pytest.raises(dbapi2.OperationalError):
        reader._connection.execute("INSERT INTO setting VALUES ('x', x'00')")
    ledger.close()
    with JournalReader(data, KEYS.db_key) as reader:
        assert reader.head().seq == 2, "also when no window is open"


def test_more_than_a_page_comes_complete(ledger: Ledger, data: Path) -> None:
    with ledger.transaction() as tx:
        from tests.store.books import sale

        for _ in range(450):
            tx.append(sale(tx, [100]))
    with JournalReader(data, KEYS.db_key) as reader:
        assert [e.seq for e in reader.entries((0, 0), 1_000)] == list(range(1, 453))
        assert len(reader.entries((0, 0), 250)) == 250


def test_what_is_unsent_is_a_subtraction_over_all_epochs(ledger: Ledger) -> None:
    for _ in range(3):
        sell(ledger)
    for acked in [None, *(Head(1, seq, "") for seq in range(6)), Head(2, 7, "")]:
        floor = 0 if acked is None else acked.epoch << 40 | acked.seq
        (counted,) = ledger.connection.execute(
            "SELECT count(*) FROM journal WHERE place > ?", (floor,)
        ).fetchone()
        assert ledger.unsent(acked).entries == counted
    ledger.connection.execute(
        "INSERT INTO journal SELECT 3 << 40 | seq, 3, seq, id || 'x', type, doc_no, shift, "
        "biz_date, wall, body, hash, sig FROM journal WHERE seq < 4"
    )
    assert [
        ledger.unsent(acked).entries
        for acked in (None, Head(1, 4, ""), Head(2, 9, ""), Head(3, 2, ""))
    ] == [8, 4, 3, 1]
