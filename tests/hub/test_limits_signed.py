"""The limits as the hub signs, renews and changes them; PINs by role, badges; an older database."""

from __future__ import annotations

import base64
import datetime as dt
import io
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pos_app.cli import main
from pos_app.domain.badge import badge_fits, is_badge
from sync.hub import policies, schema
from sync.hub.database import Connection, Database
from sync.hub.identity import load_keys
from sync.protocol import PolicyRow, StaffRow, policy_signing_bytes
from tests.hub.tills import HandClock, Till, play

Run = Callable[..., str]


@pytest.fixture
def run(
    database: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Runs a command over the test's hub; what it printed, or what it said when it refused."""

    def command(*words: str, given: str = "", status: int = 0) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(given))
        assert main(["hub", *words, "--database", database.url]) == status
        out = capsys.readouterr()
        return out.out if status == 0 else out.err

    return command


def proven(row: PolicyRow, key: str) -> None:
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(
        base64.b64decode(row.sig), policy_signing_bytes(row)
    )


async def policy_rows(till: Till, after: int = 0) -> tuple[list[PolicyRow], int]:
    found: list[PolicyRow] = []
    more = True
    while more:
        page = await till.pull("global", after)
        for row in page.rows:
            if row.kind == "policy":
                found += msgspec.json.decode(row.rows, type=list[PolicyRow])
        after, more = page.end, page.more
    return found, after


def test_a_till_gets_limits_it_can_prove_with_the_key_of_its_enrolment(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        (row,), _ = await policy_rows(till)
        proven(row, journal.identity.hub_key)
        left = dt.datetime.fromisoformat(row.valid_until) - clock.now()
        assert left == dt.timedelta(days=7)

    play(database, clock, story)


def test_they_are_signed_anew_once_a_day_when_a_till_asks_by_hello_or_by_pull(
    database: Database, clock: HandClock
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        first, place = await policy_rows(till)
        clock.time += dt.timedelta(hours=23)
        assert (await policy_rows(till, place))[0] == []
        clock.time += dt.timedelta(hours=1)
        (renewed,), place = await policy_rows(till, place)
        assert (renewed.version, renewed.text) == (first[0].version, first[0].text)
        assert renewed.issued > first[0].issued
        proven(renewed, journal.identity.hub_key)
        clock.time += dt.timedelta(days=10)
        await till.hello(journal.head)
        (again,), place = await policy_rows(till, place)
        assert dt.datetime.fromisoformat(again.valid_until) > clock.now()
        assert (await policy_rows(till, place))[0] == [], "once, however many ask"

    play(database, clock, story)


def test_show_set_and_sign(run: Run, tmp_path: Path) -> None:
    told = json.loads(run("policy", "show", "--json"))
    assert (told["version"], told["text"]) == (1, policies.shipped_policy())
    own = tmp_path / "own.toml"
    own.write_text(told["text"].replace("cashier = 5\n", "cashier = 7\n"), encoding="utf-8")
    assert run("policy", "set", str(own)).startswith("limits version 2 in force")
    assert "cashier = 7" in run("policy", "show")
    own.write_text("cashier = 'everything'", encoding="utf-8")
    assert "cannot be read" in run("policy", "set", str(own), status=1)
    assert "cannot be opened" in run("policy", "set", str(tmp_path / "none.toml"), status=1)
    assert "Say which limits." in run("policy", "set", status=1)
    assert run("policy", "sign").startswith("limits version 2 signed until")
    assert run("policy", "set", "--shipped").startswith("limits version 3")


@pytest.mark.parametrize(
    ("role", "pin", "told"),
    [
        ("cashier", "2580", ""),
        ("cashier", "258041", ""),
        ("cashier", "2580417", "6 digits at most"),
        ("manager", "25804", "6 digits at least"),
        ("hq", "2580", "6 digits at least"),
        ("manager", "2580417", ""),
        ("manager", "345678", "too easy"),
        ("senior", "9876", "too easy"),
    ],
)
def test_pins_are_as_long_as_their_role_needs(run: Run, role, pin, told) -> None:
    words = ("staff", "add", "--name", "Somebody", "--role", role, "--pin-stdin")
    said = run(*words, given=pin + "\n", status=1 if told else 0)
    assert told in said


def test_a_pin_is_reset_by_the_rules_of_the_persons_role(run: Run) -> None:
    assert "6 digits at least" in run("staff", "pin", "1", "--pin-stdin", given="2580\n", status=1)
    assert run("staff", "pin", "1", "--pin-stdin", given="739105\n").endswith("has a new PIN\n")


def test_a_badge_is_shown_once_kept_as_a_hash_and_taken_away(run: Run, database: Database) -> None:
    told = json.loads(run("staff", "badge", "1", "--json"))
    assert is_badge(told["code"])
    url = database.url
    books = Database(url).connect(write=False)
    kept = books.text("SELECT badge, pin_digits FROM staff")[0]
    assert badge_fits(kept[0], told["code"])
    assert kept[1] == 6
    assert told["code"].encode() not in Path(url.removeprefix("sqlite:///")).read_bytes()
    sent = books.text("SELECT rows FROM feed WHERE kind = 'staff' ORDER BY pos DESC")[0][0]
    (row,) = msgspec.json.decode(sent, type=list[StaffRow])
    assert (row.badge, row.pin_digits) == (kept[0], 6)
    books.close()
    other = json.loads(run("staff", "badge", "1", "--json"))["code"]
    assert other != told["code"]
    assert "yes" in run("staff", "list")
    assert "opens nothing any more" in run("staff", "badge", "1", "--take-away")
    books = Database(url).connect(write=False)
    assert books.text("SELECT badge FROM staff")[0][0] == ""
    books.close()
    assert "9" in run("staff", "badge", "9", status=1)


def test_an_older_database_is_brought_up_and_its_limits_are_signed_when_a_till_asks(
    database: Database, clock: HandClock
) -> None:
    old = Database(database.url).connect(write=True)
    for table, names in (("staff", ("pin_digits", "badge")), ("policy", policies_columns())):
        for name in names:
            old.text(f"ALTER TABLE {table} DROP COLUMN {name}")
    old.text("PRAGMA user_version = 1")
    old.close()
    books = database.connect(write=True)
    assert books.text("PRAGMA user_version")[0][0] == schema.VERSION
    assert books.text("SELECT pin_digits, badge FROM staff")[0] == (0, "")
    assert policies.current(books).sig == ""
    with books.transaction():
        assert policies.renew(books, load_keys(books), clock.now())
    proven(policies.current(books), load_keys(books).public_hex)
    books.close()


def policies_columns() -> tuple[str, ...]:
    return ("issued", "valid_until", "sig")
