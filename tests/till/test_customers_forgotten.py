"""Who is to be forgotten leaves nothing on a till: no row, no page, no copy, no question."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from time import perf_counter

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from msgspec.structs import replace

from pos_app.domain.day import utc_text
from pos_app.store import schema
from pos_app.store.catalogue import CURRENT, PREVIOUS
from pos_app.store.replica import ReplicaWriter
from pos_app.till import customers
from pos_app.till.till import stamp
from sync.protocol import ConsentNoted
from sync.protocol.customers import (
    CustomerFields,
    CustomerReply,
    CustomerRow,
)
from tests.till.conftest import Counter
from tests.till.customer_data import ALL, SARA, tell
from tests.till.test_customers import every_row, hear, names

Open = Callable[..., Counter]


class NoHands:
    """A window of which nothing is asked."""


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    """A shop whose hub told of four customers."""
    data = Path(shutil.copytree(made, tmp_path / "till"))
    tell(data, *ALL)
    return data


# --- forgetting -----------------------------------------------------------------------------


PAGE, RESERVED, SALT, IV = 4_096, 80, 16, 16
"""Of a SQLCipher file: each page ends with its IV and its proof, the first begins with the salt."""


def pages(path: Path, key: bytes) -> bytes:
    """Every byte of every page of a file, also of those that nothing is in any more."""
    with closing(schema.connect(path, key, write=True)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    raw, found = path.read_bytes(), b""
    for start in range(0, len(raw), PAGE):
        end = start + PAGE - RESERVED
        lock = Cipher(algorithms.AES(key), modes.CBC(raw[end : end + IV])).decryptor()
        found += lock.update(raw[start + (0 if start else SALT) : end]) + lock.finalize()
    return found


def test_who_is_erased_is_nowhere_in_the_copy(counter: Counter, data: Path) -> None:
    till = counter.till
    key = till.keys.db_key
    till.catalogue.close()
    held = pages(data / CURRENT, key)
    assert b"Lindqvist" in held
    assert b"lindqvist" in held
    tell(data, CustomerRow("c-sara", 4, erased=True), CustomerRow("c-guest", 2, erased=True))
    held = pages(data / CURRENT, key)
    assert b"Lindqvist" not in held
    assert b"lindqvist" not in held
    assert b"7788" not in held
    till.hear({"op": "swapped"})
    assert customers.get(till, "c-sara") is None
    tell(data, replace(SARA, version=2))
    till.hear({"op": "changed"})
    assert customers.get(till, "c-sara") is None, "an older row does not bring anybody back"
    assert names(customers.search(till, "sara")) == ["Sara Jokinen"]


def test_who_is_erased_is_gone_from_what_waits_too(counter: Counter, data: Path) -> None:
    till = counter.till
    counter.swap("ben")
    _, ask_id = customers.save(till, CustomerFields("Sara Lind"), customer="c-sara", base=3)
    hear(
        till, ask_id, CustomerReply(ask_id, "DONE", row=replace(SARA, version=5, name="Sara Lind"))
    )
    assert b"Sara Lind" in every_row(till)
    tell(data, CustomerRow("c-sara", 6, erased=True))
    till.hear({"op": "changed"})
    assert b"Sara Lind" not in every_row(till)
    assert customers.get(till, "c-sara") is None


def test_golden_ask(counter: Counter) -> None:
    till = counter.till
    ask_id = customers.mail_receipt(till, "s-1", "sara@post.fi", "c-sara")
    question = till.ledger.question(ask_id)
    assert question is not None
    assert json.loads(question.body) == {
        "id": ask_id,
        "epoch": 1,
        "act": "mail_receipt",
        "customer": "c-sara",
        "text": "sara@post.fi",
        "about": "s-1",
        "by": "ana",
    }


def test_who_is_erased_is_gone_from_the_copy_before_too(counter: Counter, data: Path) -> None:
    till = counter.till
    till.catalogue.close()
    shutil.copy(data / CURRENT, data / PREVIOUS)
    assert b"Lindqvist" in pages(data / PREVIOUS, till.keys.db_key)
    tell(data, CustomerRow("c-sara", 4, erased=True), CustomerRow("c-guest", 2, erased=True))
    held = pages(data / PREVIOUS, till.keys.db_key)
    assert b"Lindqvist" not in held
    assert b"lindqvist" not in held
    assert b"Jokinen" in held


@pytest.mark.parametrize(("days", "kept"), [(29, True), (31, False)])
def test_without_a_word_for_thirty_days_nobody_is_known(
    counter: Counter, data: Path, days: int, kept: bool
) -> None:
    till = counter.till
    now = counter.clock.now()
    with ReplicaWriter.open(data, till.keys.db_key) as writer:
        writer.set_state("last_contact", utc_text(now))
        assert writer.forget_customers(now + timedelta(days=days)) is not kept
        assert writer.missed() is not kept, "fetched anew when somebody answers"
    till.hear({"op": "swapped"})
    assert (customers.get(till, "c-sara") is not None) is kept
    assert (b"Lindqvist" in pages(data / CURRENT, till.keys.db_key)) is kept


def test_a_profile_with_five_thousand_events_opens_at_once(counter: Counter) -> None:
    from pos_app.presenters.customer_history import Moments
    from pos_app.presenters.customer_profile import profile
    from pos_app.presenters.desk import Desk

    till = counter.till
    with till.ledger.transaction() as tx:
        for _each in range(5_000):
            tx.append(
                ConsentNoted(**stamp(till, tx), customer="c-sara", purpose="tips", state="yes")
            )
    desk = Desk(till, NoHands())
    took: list[float] = []
    for _each in range(5):
        began = perf_counter()
        moments = Moments(desk)
        moments.open("c-sara")
        row = customers.get(till, "c-sara")
        assert row is not None
        shown = profile(desk, row, masked=True), moments.state(row)
        took.append((perf_counter() - began) * 1e3)
    assert shown[0].name == "Sara Lindqvist"
    assert min(took) <= 100, "it is paged: no more than one page is read"


def test_what_is_deleted_is_overwritten_in_both_files(counter: Counter, data: Path) -> None:
    key = counter.till.keys.db_key
    assert counter.till.ledger.connection.execute("PRAGMA secure_delete").fetchone() == (1,)
    with closing(schema.connect(data / CURRENT, key, write=True)) as connection:
        assert connection.execute("PRAGMA secure_delete").fetchone() == (1,)
    _, ask_id = customers.save(counter.till, CustomerFields("Zacharias Unwanted"))
    path = data / "ledger.sqlite"
    counter.till.ledger.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert b"Unwanted" in pages(path, key)
    hear(counter.till, ask_id, CustomerReply(ask_id, "REFUSED", "customer_unknown"))
    counter.till.ledger.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert b"Unwanted" not in pages(path, key)


def test_who_is_changed_twice_at_once_or_split_again_is_still_found(
    counter: Counter, data: Path
) -> None:
    """No row number is used twice: the index would lose the second."""
    late = CustomerRow("c-late", 1, "Zelda Late")
    tell(data, late)
    tell(data, replace(late, version=2, merged_into="c-sara"))
    counter.swap("ben")
    assert customers.search(counter.till, "zelda") == []
    tell(data, replace(late, version=3), replace(late, version=4))
    tell(data, replace(late, version=5, name="Zelda Later"))
    assert names(customers.search(counter.till, "zelda late")) == ["Zelda Later"]
