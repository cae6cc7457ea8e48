"""`holdfast journal`: each kind of tampering has its own exit status, and the place is named."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlcipher3 import dbapi2

from pos_app.cli import main
from pos_app.store import schema
from pos_app.store.keys import Keys
from pos_app.store.ledger import Ledger
from pos_app.store.verify import verify_tail
from sync.protocol import Sale, decode_fact, encode_fact, entry_hash
from tests.store.books import DAY, KEYS, SHIFT, ToldClock, new_ledger, sale, sell, void
from tests.store.test_ledger import closing as z_of

Change = Callable[[dbapi2.Connection], None]
STRANGER = Keys(bytes(32), bytes(32))


@pytest.fixture
def books(data: Path) -> Path:
    """A closed till with eight entries: start, shift, four sales, a void, one more sale."""
    with new_ledger(data) as ledger:
        for price in (100, 200, 300, 400):
            made = sell(ledger, [price, 50])
        with ledger.transaction() as tx:
            tx.append(void(tx, made))
        sell(ledger, [500])
    return data


def asked(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    code = main(["journal", *(str(word) for word in words)])
    return code, capsys.readouterr().out


def tamper(data: Path, change: Change) -> None:
    with closing(schema.connect(data / "ledger.sqlite", KEYS.db_key, write=True)) as connection:
        connection.execute("DROP TRIGGER journal_no_update")
        connection.execute("DROP TRIGGER journal_no_delete")
        change(connection)


def body_of(connection: dbapi2.Connection, seq: int) -> bytes:
    row = connection.execute("SELECT body FROM journal WHERE seq = ?", (seq,)).fetchone()
    return bytes(row[0])


def edit(connection: dbapi2.Connection) -> None:
    body = body_of(connection, 5).replace(b'"total":350', b'"total":340')
    connection.execute("UPDATE journal SET body = ? WHERE seq = 5", (body,))


def rechain(connection: dbapi2.Connection, keys: Keys | None, first: int = 5) -> None:
    """Edits one sale and makes the chain from there on anew, signed by `keys` if there are any."""
    edited = decode_fact(body_of(connection, first))
    assert isinstance(edited, Sale)
    body = encode_fact(msgspec.structs.replace(edited, note="never mind"))
    connection.execute("UPDATE journal SET body = ? WHERE seq = ?", (body, first))
    previous = connection.execute(
        "SELECT hash FROM journal WHERE seq = ?", (first - 1,)
    ).fetchone()[0]
    for seq, kept in connection.execute(
        "SELECT seq, body FROM journal WHERE seq >= ? ORDER BY seq", (first,)
    ).fetchall():
        previous = entry_hash(previous, kept)
        connection.execute("UPDATE journal SET hash = ? WHERE seq = ?", (previous, seq))
        if keys is not None:
            signature = keys.sign(previous)
            connection.execute("UPDATE journal SET sig = ? WHERE seq = ?", (signature, seq))


def run(sql: str) -> Change:
    return lambda connection: connection.execute(sql)


def swap(connection: dbapi2.Connection) -> None:
    rows = connection.execute(
        "SELECT body, hash, sig FROM journal WHERE seq IN (4, 5) ORDER BY seq"
    ).fetchall()
    for seq, row in zip((5, 4), rows, strict=True):
        connection.execute(
            "UPDATE journal SET body = ?, hash = ?, sig = ? WHERE seq = ?", (*row, seq)
        )


def wrong_sums(connection: dbapi2.Connection) -> None:
    """What a till with a bug would sign: parts that do not come to the whole."""
    edited = decode_fact(body_of(connection, 5))
    assert isinstance(edited, Sale)
    body = encode_fact(msgspec.structs.replace(edited, total=edited.total - 1))
    connection.execute("UPDATE journal SET body = ? WHERE seq = 5", (body,))
    previous = connection.execute("SELECT hash FROM journal WHERE seq = 4").fetchone()[0]
    for seq, kept in connection.execute(
        "SELECT seq, body FROM journal WHERE seq >= 5 ORDER BY seq"
    ).fetchall():
        previous = entry_hash(previous, kept)
        values = (previous, KEYS.sign(previous), seq)
        connection.execute("UPDATE journal SET hash = ?, sig = ? WHERE seq = ?", values)


TAMPERED: dict[str, tuple[Change, int, str]] = {
    "an entry is edited": (edit, 10, "at 1/5"),
    "an entry is edited and all hashes made anew": (lambda c: rechain(c, None), 11, "at 1/5"),
    "the same with the till's own key, behind the witness": (
        lambda c: rechain(c, KEYS),
        15,
        "at 1/8",
    ),
    "the same with another key": (lambda c: rechain(c, STRANGER), 11, "at 1/5"),
    "a signature is changed": (
        run("UPDATE journal SET sig = zeroblob(64) WHERE seq = 6"),
        11,
        "at 1/6",
    ),
    "an entry is deleted": (run("DELETE FROM journal WHERE seq = 5"), 12, "at 1/6"),
    "the first entry is deleted": (run("DELETE FROM journal WHERE seq = 1"), 12, "at 1/2"),
    "two entries are swapped": (swap, 10, "at 1/4"),
    "the end is cut off": (run("DELETE FROM journal WHERE seq >= 7"), 14, "last good entry 1/6"),
    "the index names another document": (
        run("UPDATE journal SET doc_no = '1-2-1.9' WHERE seq = 5"),
        10,
        "at 1/5",
    ),
    "the index names another type": (
        run("UPDATE journal SET type = 'voided' WHERE seq = 5"),
        10,
        "at 1/5",
    ),
    "signed parts that do not add up": (wrong_sums, 13, "at 1/5"),
    "a till's table says something else": (run("UPDATE sale SET total = 1"), 13, "sale"),
    "a day's sum says something else": (run("UPDATE day SET tax = 0"), 13, "day"),
    "the owner of the chain is renamed": (
        run("UPDATE setting SET value = CAST(replace(value, 'ab', 'ba') AS BLOB)"),
        10,
        "at 1/1",
    ),
}


def test_an_honest_journal_is_said_to_be_one(
    books: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(capsys, "verify", books) == (0, "ok: 8 entries, last good entry 1/8\n")
    assert asked(capsys, "verify", books / "ledger.sqlite")[0] == 0
    code, out = asked(capsys, "head", books)
    with Ledger.open(books, KEYS, ToldClock()) as ledger:
        head = ledger.head()
    assert code == 0
    assert json.loads(out) == {"device": "device-1", "epoch": 1, "seq": 8, "hash": head.hash}


@pytest.mark.parametrize("kind", TAMPERED)
def test_tampering_has_its_status_and_its_place(
    books: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    change, code, named = TAMPERED[kind]
    tamper(books, change)
    found, out = asked(capsys, "verify", books)
    assert (found, named in out) == (code, True), out


def test_a_key_nobody_knows(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked(capsys, "export", books, "--out", books / "out.jsonl")
    other = books / "public.json"
    other.write_text(json.dumps({"public": [STRANGER.public_hex]}))
    assert asked(capsys, "verify", books / "out.jsonl", "--keys", other)[0] == 16
    other.write_text(json.dumps({"public": [STRANGER.public_hex, KEYS.public_hex]}))
    assert asked(capsys, "verify", books / "out.jsonl", "--keys", other)[0] == 0


def test_a_journal_begun_and_signed_by_a_stranger(
    books: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Everything made anew with another key, the chain's first entry too."""
    asked(capsys, "export", books, "--out", books / "out.jsonl")
    header, *entries, trailer = (books / "out.jsonl").read_bytes().splitlines()
    stranger = Ed25519PrivateKey.from_private_bytes(bytes(32))
    forged = [header.replace(KEYS.public_hex.encode(), STRANGER.public_hex.encode())]
    previous = bytes.fromhex("00" * 32)
    from pos_app.store.journal import genesis_of
    from tests.store.books import identity

    previous = genesis_of(identity())
    for line in entries:
        body = line[line.index(b'"body":') + 7 : -1]
        body = body.replace(KEYS.public_hex.encode(), STRANGER.public_hex.encode())
        held = json.loads(line)
        previous = entry_hash(previous, body)
        signature = b64encode(stranger.sign(previous)).decode()
        start = f'{{"epoch":1,"seq":{held["seq"]},"hash":"{previous.hex()}","sig":"{signature}",'
        forged.append(start.encode() + b'"body":' + body + b"}")
    (books / "forged.jsonl").write_bytes(b"\n".join([*forged, trailer]) + b"\n")
    assert asked(capsys, "verify", books / "forged.jsonl")[0] == 0, "alone it cannot be told"
    keys = books / "keys.json"
    assert asked(capsys, "verify", books / "forged.jsonl", "--keys", keys)[0] == 16


def test_an_export_holds_the_very_bytes(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(capsys, "export", books, "--out", books / "out.jsonl")[0] == 0
    lines = (books / "out.jsonl").read_bytes().splitlines()
    with closing(schema.connect(books / "ledger.sqlite", KEYS.db_key, write=False)) as connection:
        bodies = connection.execute("SELECT body FROM journal ORDER BY place").fetchall()
    assert len(lines) == len(bodies) + 2
    for line, (body,) in zip(lines[1:], bodies, strict=False):
        assert bytes(body) in line
    assert b"hub.example" not in lines[0]
    assert asked(capsys, "verify", books / "out.jsonl")[0] == 0
    assert asked(capsys, "export", books, "--out", books / "out.jsonl")[0] == 17, "never over it"


EXPORT_TAMPERED: dict[str, tuple[Callable[[list[bytes]], list[bytes]], int]] = {
    "a line is left out": (lambda lines: lines[:4] + lines[5:], 12),
    "a line is there twice": (lambda lines: [*lines[:4], lines[3], *lines[4:]], 12),
    "the last line is missing": (lambda lines: lines[:-1], 17),
    "half a line": (lambda lines: [*lines[:3], lines[3][:40]], 17),
    "another version": (lambda lines: [lines[0].replace(b'"v":1', b'"v":9', 1), *lines[1:]], 17),
    "the last line counts otherwise": (
        lambda lines: [*lines[:-1], lines[-1].replace(b'"entries":8', b'"entries":9')],
        17,
    ),
    "a body is edited": (
        lambda lines: [line.replace(b'"total":350', b'"total":340') for line in lines],
        10,
    ),
}


@pytest.mark.parametrize("kind", EXPORT_TAMPERED)
def test_a_tampered_export(books: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    change, code = EXPORT_TAMPERED[kind]
    asked(capsys, "export", books, "--out", books / "out.jsonl")
    lines = change((books / "out.jsonl").read_bytes().splitlines())
    (books / "out.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    found, out = asked(capsys, "verify", books / "out.jsonl")
    assert found == code, out


def test_two_histories_in_one_place_are_a_fork(
    data: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    import shutil

    with new_ledger(data) as ledger:
        sell(ledger)
    twin = tmp_path / "twin"
    shutil.copytree(data, twin)
    for place, price in ((data, 111), (twin, 222)):
        with Ledger.open(place, KEYS, ToldClock()) as ledger:
            sell(ledger, [price])
        asked(capsys, "export", place, "--out", place / "out.jsonl")
    first = (data / "out.jsonl").read_bytes().splitlines()
    second = (twin / "out.jsonl").read_bytes().splitlines()
    trailer = first[-1].replace(b'"entries":4', b'"entries":5')
    (tmp_path / "both.jsonl").write_bytes(b"\n".join([*first[:-1], second[-2], trailer]) + b"\n")
    assert asked(capsys, "verify", tmp_path / "both.jsonl")[0] == 15


def test_what_the_hub_confirmed_is_a_witness(
    books: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with closing(schema.connect(books / "ledger.sqlite", KEYS.db_key, write=False)) as connection:
        digest = connection.execute("SELECT hash FROM journal WHERE seq = 6").fetchone()[0].hex()
    witness = tmp_path / "hub.json"
    for head, code in (
        ({"epoch": 1, "seq": 6, "hash": digest}, 0),
        ({"epoch": 1, "seq": 6, "hash": "00" * 32}, 15),
        ({"epoch": 1, "seq": 60, "hash": digest}, 14),
        ({"epoch": 2, "seq": 1, "hash": digest}, 14),
        ({"epoch": 1}, 17),
    ):
        witness.write_text(json.dumps(head))
        assert asked(capsys, "verify", books, "--witness", witness)[0] == code, head
    witness.write_text(json.dumps({"ack": {"epoch": 1, "seq": 6, "hash": digest}, "hub_time": ""}))
    assert asked(capsys, "verify", books, "--witness", witness)[0] == 0, "an answer as it came"


def test_from_a_later_entry_on(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(capsys, "verify", books, "--from", 6) == (
        0,
        "ok: 3 entries, last good entry 1/8\n",
    )
    assert asked(capsys, "verify", books, "--from", 60)[0] == 12
    tamper(books, edit)
    assert asked(capsys, "verify", books, "--from", 5)[0] == 10
    assert asked(capsys, "verify", books, "--from", 6)[0] == 0, "entry 5 is not looked at"


def test_a_z_that_is_not_the_sum_of_its_shift(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with new_ledger(data) as ledger:
        sell(ledger)
        with ledger.transaction() as tx:
            tx.append(z_of(tx.stamp(business_date=DAY, shift=SHIFT)))
    code, out = asked(capsys, "verify", data)
    assert (code, "the Z says" in out) == (13, True), out


def test_a_hole_in_the_documents(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A till with a bug in its counter would sign this."""
    with new_ledger(data) as ledger:
        sell(ledger)
        ledger.chain.documents += 1
        with ledger.transaction() as tx:
            tx.append(sale(tx))
    code, out = asked(capsys, "verify", data)
    assert (code, "1-2-1.3" in out) == (12, True), out


@pytest.mark.parametrize("spoil", ["missing", "garbage", "keys", "page"])
def test_what_cannot_be_read(books: Path, capsys: pytest.CaptureFixture[str], spoil: str) -> None:
    file = books / "ledger.sqlite"
    if spoil == "missing":
        file.unlink()
    elif spoil == "garbage":
        file.write_bytes(b"this was a ledger" * 1_000)
    elif spoil == "keys":
        (books / "keys.json").write_text(json.dumps({"db_key": "00" * 32, "sign_key": "00" * 32}))
    else:
        pages = bytearray(file.read_bytes())
        for page in range(3, len(pages) // 4_096):
            pages[page * 4_096 + 100] ^= 1
        file.write_bytes(pages)
    assert asked(capsys, "verify", books)[0] == 17
    assert asked(capsys, "head", books)[0] == 17


def test_a_till_looks_at_its_last_entries_when_it_starts(books: Path) -> None:
    found = verify_tail(books, KEYS, 3)
    assert (found.code, found.entries) == (0, 3)
    tamper(books, run("UPDATE journal SET sig = zeroblob(64) WHERE seq = 7"))
    found = verify_tail(books, KEYS, 3)
    assert (found.code, found.bad, found.last_good) == (11, (1, 7), (1, 6))
