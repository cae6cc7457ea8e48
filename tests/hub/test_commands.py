"""`holdfast hub …` as a person types it, and what each refusal says."""

from __future__ import annotations

import io
import json
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher

from pos_app.cli import main
from sync.hub.database import Connection, Database
from tests.hub.processes import serving
from tests.hub.tills import HandClock, Till, play

pytestmark = pytest.mark.slow

Run = Callable[..., str]
INIT = [
    "init",
    "--store",
    "1",
    "--name",
    "Shop",
    "--address",
    "Street",
    "--address",
    "Town",
    "--vat-id",
    "U1",
    "--currency",
    "EUR",
    "--zone",
    "Europe/Vienna",
    "--locale",
    "de_AT",
    "--tax",
    "standard=20",
    "--tax",
    "reduced=10",
    "--manager",
    "Mira",
    "--pin-stdin",
]


@pytest.fixture
def run(
    database: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Runs a command over the test's hub; what it printed, or what it said when it refused."""

    def command(*words: str, given: str = "", status: int = 0, url: str = "") -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(given))
        assert main(["hub", *words, "--database", url or database.url]) == status
        out = capsys.readouterr()
        return out.out if status == 0 else out.err

    return command


def test_init_makes_everything_and_keeps_no_pin(run: Run, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'hub.sqlite'}"
    told = run(*INIT, given="258041\n", url=url)
    assert told == "hub ready: store 1, Mira is its manager\n"
    path = tmp_path / "new" / "hub.sqlite"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"258041" not in path.read_bytes().replace(b"$", b"")
    books = Database(url).connect(write=False)
    pin = books.text("SELECT pin FROM staff")[0][0]
    assert pin.startswith("$argon2id$")
    assert PasswordHasher().verify(pin, "258041")
    books.close()
    assert "already" in run(*INIT, given="258041\n", url=url, status=1)


@pytest.mark.parametrize(
    ("words", "given", "told"),
    [
        (["--pin-stdin"], "2580\n", "6 digits at least"),
        (["--pin-stdin"], "abcd\n", "digits only"),
        (["--pin-stdin"], "111111\n", "too easy"),
        (["--currency", "euro"], "258041\n", "euro is no currency"),
        (["--zone", "Mars/Base"], "258041\n", "Mars/Base"),
        (["--tax", "x=abc"], "258041\n", "no tax rate"),
        (["--store", "store one"], "258041\n", "cannot be a store's number"),
        (["--cut-off", "25:00"], "258041\n", "no time of day"),
    ],
)
def test_a_refused_init_leaves_nothing(
    run: Run, tmp_path: Path, words: list[str], given: str, told: str
) -> None:
    path = tmp_path / "none.sqlite"
    said = run(*INIT, *words, given=given, url=f"sqlite:///{path}", status=1)
    assert told in said
    assert not path.exists()


def test_a_hub_that_is_none_is_said(run: Run, tmp_path: Path) -> None:
    assert "no hub" in run("report", url=f"sqlite:///{tmp_path / 'no.sqlite'}", status=1)
    assert "no database" in run("report", url="nonsense", status=1)
    other = tmp_path / "other.sqlite"
    other.write_bytes(b"not a database at all, but long enough to be looked at" * 100)
    assert "damaged" in run("report", url=f"sqlite:///{other}", status=1)
    empty = tmp_path / "empty.sqlite"
    empty.write_bytes(b"")
    assert "another version" in run("report", url=f"sqlite:///{empty}", status=1)


def test_people(run: Run, books: Connection) -> None:
    told = run(
        "staff",
        "add",
        "--name",
        "Anna\x1b[31m K",
        "--role",
        "cashier",
        "--pin-stdin",
        given="1470\n",
    )
    assert told == "2  Anna[31m K, cashier\n"
    rows = json.loads(run("staff", "list", "--json"))
    assert [(row["staff"], row["role"], row["active"]) for row in rows] == [
        ("1", "manager", True),
        ("2", "cashier", True),
    ]
    assert run("staff", "pin", "2", "--pin-stdin", given="9630\n").endswith("has a new PIN\n")
    assert "off the tills" in run("staff", "deactivate", "2")
    assert "last manager" in run("staff", "deactivate", "1", status=1)
    assert "number 9" in run("staff", "deactivate", "9", status=1)
    kinds = [
        row[0] for row in books.text("SELECT kind FROM feed WHERE stream = 'store:1' ORDER BY pos")
    ]
    assert kinds.count("staff") == 4
    assert b"9630" not in b"".join(row[0] for row in books.text("SELECT rows FROM feed"))


def test_stores_and_their_tax(run: Run, books: Connection) -> None:
    run("store", "add", "--store", "2", "--name", "Two", "--currency", "JPY", "--zone",
        "Asia/Tokyo", "--tax-from", "1", "--cut-off", "04:30")  # fmt: skip
    assert "store 2 already" in run("store", "add", "--store", "2", "--name", "x", "--currency",
                                    "JPY", "--zone", "Asia/Tokyo", "--tax-from", "1", status=1)  # fmt: skip
    run("store", "set", "--store", "2", "--name", "Tokyo", "--tax-rounding", "receipt")
    assert "currency stays" in run("store", "set", "--store", "2", "--currency", "EUR", status=1)
    rows = json.loads(run("store", "list", "--json"))
    assert (rows[1]["name"], rows[1]["tax_rounding"]) == ("Tokyo", "receipt")
    assert books.text("SELECT cut_off_minutes FROM store WHERE store_id = '2'") == [(270,)]
    assert "which one" in run("tax", "list", status=1)
    run("tax", "set", "standard=21.5", "--from", "2027-01-01", "--store", "1")
    rows = json.loads(run("tax", "list", "--store", "1", "--json"))
    assert [(row["code"], row["ppm"], row["from"]) for row in rows] == [
        ("reduced", 100_000, ""),
        ("standard", 200_000, ""),
        ("standard", 215_000, "2027-01-01"),
    ]
    run("tax", "drop", "standard", "--from", "2027-01-01", "--store", "1")
    assert "No rate" in run(
        "tax", "drop", "standard", "--from", "2027-01-01", "--store", "1", status=1
    )
    assert "no day" in run("tax", "set", "x=1", "--from", "tomorrow", "--store", "1", status=1)
    assert "before the first" in run(
        "tax", "set", "x=1", "--from", "2027-01-02", "--until", "2027-01-01", "--store", "1", status=1
    )  # fmt: skip
    assert "standard is no tax rate" in run("tax", "set", "standard", "--store", "1", status=1)
    assert "=20 is no tax rate" in run("tax", "set", "=20", "--store", "1", status=1)
    assert "20 %" in run("tax", "list", "--store", "1")
    assert "needs a name" in run("store", "set", "--store", "1", "--name", " ", status=1)
    assert "xx-YY is no" in run("store", "set", "--store", "1", "--locale", "xx-YY", status=1)


def test_a_store_takes_another_s_tax_set_and_its_ways_unless_told(run: Run) -> None:
    add = ["store", "add", "--currency", "USD", "--zone", "America/New_York", "--tax-from", "1"]
    run(*add, "--store", "2", "--name", "Two")
    run(*add, "--store", "3", "--name", "Three", "--tax-exclusive", "--tax-rounding", "receipt")
    rows = json.loads(run("store", "list", "--json"))
    assert [(row["prices"], row["tax_rounding"]) for row in rows] == [
        ("with tax", "line"),
        ("with tax", "line"),
        ("without tax", "receipt"),
    ]


GOODS = """sku,name,barcode,price,stock,tax_code
A1,Coffee,4006381333931,4.90,12,reduced
A2,Shirt,,19.99,,standard
A3,"Tent, two persons",,199.00,3,camping
A4,,,1.00,1,standard
"""


def test_a_catalogue_comes_in_and_only_what_changed_comes_again(
    run: Run, books: Connection, tmp_path: Path
) -> None:
    file = tmp_path / "goods.csv"
    file.write_text(GOODS, encoding="utf-8")
    dry = json.loads(run("import-catalogue", str(file), "--dry-run", "--json"))
    assert (dry["rows"], dry["added"], dry["left_out"]) == (4, 3, 1)
    assert books.text("SELECT count(*) FROM product") == [(0,)]
    done = json.loads(run("import-catalogue", str(file), "--json"))
    assert {name: done[name] for name in dry if name != "faults"} == {
        name: dry[name] for name in dry if name != "faults"
    }
    faults = {(fault["row_no"], fault["code"]) for fault in done["faults"]}
    assert (4, "tax_code_unknown") in faults
    assert 5 in {row for row, _ in faults}
    assert books.text("SELECT sku, on_hand FROM stock ORDER BY sku") == [
        ("A1", 12_000),
        ("A3", 3_000),
    ]
    before = books.text("SELECT stream, pos FROM feed_head ORDER BY stream")
    again = json.loads(run("import-catalogue", str(file), "--json"))
    assert (again["added"], again["changed"], again["unchanged"], again["prices"]) == (0, 0, 3, 0)
    assert books.text("SELECT stream, pos FROM feed_head ORDER BY stream") == before
    file.write_text(
        GOODS.replace("19.99", "17.99").replace("Coffee", "Good coffee"), encoding="utf-8"
    )
    third = json.loads(run("import-catalogue", str(file), "--json"))
    assert (third["changed"], third["prices"], third["unchanged"]) == (1, 1, 2)
    rows = json.loads(run("price", "list", "A2", "--json"))
    assert [row["amount"] for row in rows] == [1_799]


def test_an_import_leaves_stock_that_moved(run: Run, books: Connection, tmp_path: Path) -> None:
    file = tmp_path / "goods.csv"
    file.write_text(GOODS, encoding="utf-8")
    run("import-catalogue", str(file))
    run("stock", "set", "A1", "7.5")
    told = run("import-catalogue", str(file))
    assert "1 products whose stock was left" in told
    assert books.text("SELECT on_hand FROM stock WHERE sku = 'A1'") == [(7_500,)]
    run("import-catalogue", str(file), "--set-stock")
    assert books.text("SELECT on_hand FROM stock WHERE sku = 'A1'") == [(12_000,)]
    moved = books.text("SELECT sum(qty) FROM stock_move WHERE sku = 'A1'")
    assert moved == [(12_000,)], "what is on hand is the sum of what moved"


def test_faults_go_to_a_file_and_never_run_as_a_formula(run: Run, tmp_path: Path) -> None:
    file, faults = tmp_path / "goods.csv", tmp_path / "faults.csv"
    file.write_text("sku,name,price\nB1,Thing,=1+1\n", encoding="utf-8")
    run("import-catalogue", str(file), "--faults", str(faults))
    text = faults.read_text(encoding="utf-8")
    assert "'=1+1" in text
    assert text.splitlines()[1].startswith("2,price,")


def test_a_file_for_faults_that_cannot_be_written_stops_the_import(
    run: Run, books: Connection, tmp_path: Path
) -> None:
    file = tmp_path / "goods.csv"
    file.write_text(GOODS, encoding="utf-8")
    faults = str(tmp_path / "nowhere" / "faults.csv")
    told = run("import-catalogue", str(file), "--faults", faults, status=1)
    assert "faults.csv cannot be written" in told
    assert books.text("SELECT count(*) FROM product") == [(0,)]


def test_a_person_reads_prices_and_stock_as_they_are_typed(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "goods.csv"
    file.write_text(GOODS, encoding="utf-8")
    run("import-catalogue", str(file))
    run("stock", "set", "A1", "7.5")
    assert run("price", "list", "A1").splitlines()[1].split() == [
        "A1", "retail", "EUR", "4.90", "0.00"
    ]  # fmt: skip
    on_hand = [line.split()[:2] for line in run("stock", "list").splitlines()[1:]]
    assert on_hand == [["A1", "7.500"], ["A3", "3"]]
    assert "no product A9" in run("price", "list", "A9", status=1)
    assert "before the first" in run(
        "price", "set", "A1", "1", "--from", "2027-01-02", "--until", "2027-01-01", status=1
    )


def test_a_header_with_an_equals_sign_can_be_mapped(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "goods.csv"
    file.write_text("a=b,name\nA1,Tea\n", encoding="utf-8")
    told = json.loads(run("import-catalogue", str(file), "--map", "sku=a=b", "--json"))
    assert (told["added"], told["left_out"]) == (1, 0)
    told = run("import-catalogue", str(file), "--map", "nofield=name", status=1)
    assert "no field nofield" in told
    assert "department" in told, "all of the list is said"


def test_a_price_is_set_and_published(run: Run, books: Connection, tmp_path: Path) -> None:
    file = tmp_path / "goods.csv"
    file.write_text(GOODS, encoding="utf-8")
    run("import-catalogue", str(file))
    run(
        "price",
        "set",
        "A1",
        "3.50",
        "--from",
        "2026-12-01",
        "--until",
        "2026-12-24",
        "--was",
        "4.90",
    )
    rows = json.loads(run("price", "list", "A1", "--json"))
    assert [(row["from"], row["amount"], row["was"]) for row in rows] == [
        ("", 490, 0),
        ("2026-12-01", 350, 490),
    ]
    last = books.text("SELECT rows FROM feed WHERE kind = 'price' ORDER BY pos DESC LIMIT 1")[0][0]
    assert json.loads(last) == [
        ["A1", "retail", "EUR", [["", "", 490, 0], ["2026-12-01", "2026-12-24", 350, 490]]]
    ]
    assert "no product Z" in run("price", "set", "Z", "1", status=1)
    run("price", "set", "A1", "x", status=1)
    run("stock", "set", "A1", "x", status=1)


def test_the_report_says_what_was_sold(
    run: Run, database: Database, books: Connection, clock: HandClock
) -> None:
    made: dict[str, Any] = {}

    async def story(client: httpx.AsyncClient) -> None:
        till = Till(client, clock)
        journal = await till.join(database)
        sales = [journal.sale() for _ in range(4)]
        journal.sale(tax=1)
        journal.append_bytes(b'{"type":"later"}')
        journal.void(sales[0])
        await till.pushed(journal.push())
        made["sales"] = sales

    play(database, clock, story)
    told = json.loads(run("report", "--json"))
    booked = books.text("SELECT sum(total) FROM document")[0][0]
    assert (told["sales"], told["voids"], told["total"]) == (5, 1, booked)
    assert sum(told["by_tender"].values()) == booked
    assert told["by_store"]["1"]["total"] == booked
    assert [one["kind"] for one in told["exceptions"]] == ["figures_differ", "quarantine"]
    assert told["quarantined"] == 1
    sold = dict(books.text("SELECT sku, -sum(qty) FROM line GROUP BY sku HAVING sum(qty) != 0"))
    assert told["stock"] == sold
    assert told["devices"][0]["seq"] == 7
    text = run("report")
    assert "5 sales, 1 voids" in text
    assert "\n  Cash (cash): " in text
    assert "1 in quarantine" in text


def test_a_till_is_let_in_and_taken_out(run: Run, database: Database, clock: HandClock) -> None:
    told = json.loads(run("enrol-code", "--till", "1", "--json"))
    assert (told["store"], told["till"], len(told["code"])) == ("1", "1", 14)
    assert "cannot be a till's number" in run("enrol-code", "--till", "a b", status=1)
    assert "no store 7" in run("enrol-code", "--store", "7", "--till", "1", status=1)
    words: list[str] = []

    async def story(client: httpx.AsyncClient) -> None:
        own = await Till(client, clock).enrol(database)
        words.extend(own.fingerprint.split("-"))

    play(database, clock, story)
    rows = json.loads(run("devices", "--json"))
    assert rows[0]["state"] == "pending"
    assert "may work" in run("approve", *words)
    assert json.loads(run("devices", "--json"))[0]["state"] == "active"
    assert "out of service" in run("revoke", rows[0]["device"])
    assert "No till is known" in run("approve", "nobody", status=1)


def test_it_serves_and_stops_when_told(database: Database) -> None:
    with serving(database) as hub:
        told = hub.get("/v1/health").json()
        assert told["status"] == "ok"
        assert len(told["hub_key"]) == len(told["sealing_key"]) == 64
        port = str(hub.address[1])
        words = ["hub", "serve", "--database", database.url, "--port", port]
        second = subprocess.run(
            [sys.executable, "-m", "pos_app", *words], capture_output=True, text=True, check=False
        )
        assert second.returncode == 1
        assert f"port {port} cannot be used" in second.stderr
        hub.process.terminate()
        assert hub.process.wait(timeout=10) in {0, -15}
