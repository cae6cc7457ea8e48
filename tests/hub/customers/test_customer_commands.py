"""`holdfast hub customer` and `holdfast hub mail`, as a person at the hub types them."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from pos_app.cli import main
from pos_app.domain import value_code
from sync.hub import accounts
from sync.hub.customers import book, people
from sync.hub.database import Connection, Database
from sync.protocol import Contact
from tests.hub.customers.people_at import MAIL, earned, sara
from tests.hub.customers.post_office import post_office
from tests.hub.righting import joined, new_id
from tests.hub.tills import HandClock, play


class Hub:
    """Runs words of the command line against one hub."""

    def __init__(self, database: Database, capsys: pytest.CaptureFixture[str]) -> None:
        self.database, self.capsys = database, capsys

    def run(self, *words: str) -> str:
        assert self.tried(*words) == 0
        return self.said

    def tried(self, *words: str) -> int:
        status = main(["hub", *words, "--database", self.database.url])
        out, err = self.capsys.readouterr()
        self.said, self.complained = out, err
        return status


@pytest.fixture
def hub(database: Database, capsys: pytest.CaptureFixture[str]) -> Hub:
    return Hub(database, capsys)


def person(books: Connection, clock: HandClock, **said: object) -> str:
    with books.transaction():
        made, _ = book.save(books, new_id(), sara(**said), clock.now(), store="1")
    return made.customer


def test_people_are_found_shown_joined_and_parted(
    hub: Hub, books: Connection, clock: HandClock
) -> None:
    one = person(books, clock)
    two = person(books, clock, name="Sara L.")
    assert one in hub.run("customer", "list")
    assert "Sara" not in hub.said
    assert "Sara Lindqvist" in hub.run("customer", "find", "sara", "lind")
    assert json.loads(hub.run("customer", "find", MAIL, "--json"))[0]["customer"] in (one, two)
    assert f"perhaps {two} Sara L., same email" in hub.run("customer", "show", one)
    assert "nothing of theirs moved" in hub.run("customer", "merge", one, two, "--by", "mira")
    assert f"is {one}" in hub.run("customer", "show", two)
    hub.run("customer", "unmerge", one, two)
    assert "Sara L." in hub.run("customer", "show", two)
    assert hub.tried("customer", "show", "nobody-here") != 0
    assert hub.tried("customer", "unmerge", one, two) != 0
    assert "never joined" in hub.complained


def test_an_export_is_for_its_owner_alone(
    hub: Hub, books: Connection, clock: HandClock, tmp_path: Path
) -> None:
    one = person(books, clock)
    file = tmp_path / "sara.json"
    hub.run("customer", "export", one, "--out", str(file))
    assert json.loads(file.read_text())["customer"]["name"] == "Sara Lindqvist"
    assert file.stat().st_mode & 0o077 == 0


def test_erasing_tells_of_values_and_moves_credit_to_a_code_shown_once(
    hub: Hub, database: Database, books: Connection, clock: HandClock
) -> None:
    one, two = person(books, clock), person(books, clock, contacts=())

    async def story(client: httpx.AsyncClient) -> None:
        till = await joined(client, clock, database)
        earned(till, two, 900, kind="credit")
        assert await till.push() == ["applied", "applied"]

    play(database, clock, story)
    assert "invoices stay" in hub.run("customer", "erase", one, "--by", "mira")
    assert hub.tried("customer", "erase", two) != 0
    assert "points or store credit" in hub.complained
    told = json.loads(hub.run("customer", "erase", two, "--to-code", "--json"))
    assert (told["moved"], told["code"][:5]) == (900, "HFC1.")
    found = people.find(books, two)
    assert found is not None
    assert found.erased
    account = value_code.account_of(value_code.read_code(told["code"]))
    assert accounts.available(books, "credit", account, clock.now()) == 900


def test_groups_and_their_price_lists(hub: Hub, books: Connection, clock: HandClock) -> None:
    hub.run("customer", "groups", "staff", "--name", "Staff", "--price-list", "staff-10")
    one = person(books, clock, groups=("staff",))
    assert hub.run("customer", "groups").split() == ["staff", "Staff", "staff-10"]
    row = book.row(books, one, clock.now())
    assert row is not None
    assert row.price_list == "staff-10"
    hub.run("customer", "groups", "staff", "--drop")
    row = book.row(books, one, clock.now())
    assert row is not None
    assert row.price_list == ""


def test_a_file_of_customers_is_entered_once(
    hub: Hub, books: Connection, clock: HandClock, tmp_path: Path
) -> None:
    held = person(books, clock)
    file = tmp_path / "people.csv"
    file.write_text(
        "name,email,phone,card,member,birthday\n"
        "Ada Lovelace,ada@example.org,01 234 56 78,HF 1,yes,1815-12-10\n"
        f"Sara Lindqvist,{MAIL},,HF 2,,\n"
        ",,,,,\n",
        encoding="utf-8",
    )
    done = json.loads(hub.run("customer", "import", str(file), "--json"))
    assert done == {"made": 1, "changed": 1, "skipped": 1}
    assert json.loads(hub.run("customer", "import", str(file), "--json"))["made"] == 0
    (ada,) = book.of_contact(books, "card", "HF1")
    row = book.row(books, ada, clock.now())
    assert row is not None
    assert (row.name, row.member, row.birthday) == ("Ada Lovelace", True, "12-10")
    assert Contact("phone", "+4312345678", "import") in row.contacts
    row = book.row(books, held, clock.now())
    assert row is not None
    assert {one.kind for one in row.contacts} == {"email", "phone", "card"}
    for text in ("who,email\nx,y\n", "", "name,groups\nAda,unheard\n"):
        file.write_text(text, encoding="utf-8")
        assert hub.tried("customer", "import", str(file)) != 0
    file.write_bytes(b"name\nJos\xe9\n")
    assert hub.tried("customer", "import", str(file)) != 0
    assert "UTF-8" in hub.complained
    assert books.text("SELECT count(*) FROM customer") == [(2,)]


def test_how_mail_leaves_the_hub(hub: Hub) -> None:
    assert hub.tried("mail", "show") != 0
    with post_office() as office:
        server = ("--host", "127.0.0.1", "--port", str(office.port), "--way", "none")
        hub.run("mail", "set", *server, "--from", "shop@shop.example", "--name", "The Shop")
        assert "shop@shop.example" in hub.run("mail", "show")
        assert "took a mail" in hub.run("mail", "test", "ada@example.org")
        assert office.to == ["ada@example.org"]
        assert office.letters[0]["From"] == "The Shop <shop@shop.example>"
        office.refusing.append(("RCPT", 550))
        assert hub.tried("mail", "test", "ada@example.org") != 0
    assert hub.run("mail", "list") == "nothing yet\n"
    assert hub.tried("mail", "set", "--host", "x", "--from", "nobody") != 0
    hub.run("mail", "off")
    assert hub.tried("mail", "show") != 0


def test_for_how_long_a_store_keeps_people(hub: Hub) -> None:
    assert "12 months" in hub.run("customer", "keep", "--months", "12")
    assert hub.tried("customer", "keep", "--months", "0") != 0
