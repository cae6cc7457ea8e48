"""A whole shop on one machine for the demo and the tour: a real hub, a store, enrolled tills.

Everything goes through the same commands that a person types; nothing is put into a database
from the side, so a demo that works is a proof that the commands do.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from pos_app.domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

HUB_READY = re.compile(r"listening on (http://\S+)")
START_S = 30
MEMBER = "HF-7788-8812"
"""The card of Sara Lindqvist."""
POINTS_GIVEN = 1_240
"""What she brought along."""
_SAID_ONCE = (
    *("store", "name", "vat-id", "currency", "zone", "locale", "footer"),
    "label-pattern",
)


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody who may sign in at the demo's tills; the PIN is meant to be known."""

    name: str
    role: str
    pin: str


def demo_data() -> dict[str, Any]:
    """What `resources/demo/shop.toml` says: the store, its tax and its people."""
    text = files("resources").joinpath("demo", "shop.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def people() -> list[DemoPerson]:
    """The people of the demo, the manager first."""
    return [DemoPerson(row["name"], row["role"], row["pin"]) for row in demo_data()["staff"]]


def holdfast(*words: str, given: str = "") -> str:
    """What `holdfast WORDS` printed; raises Unavailable("demo_step_failed") with its last line."""
    done = subprocess.run(
        [sys.executable, "-m", "pos_app", *words],
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        told = (done.stderr or done.stdout).strip().splitlines()
        raise Unavailable(
            "demo_step_failed", step=" ".join(words[:2]), told=told[-1] if told else ""
        )
    return done.stdout


class DemoShop:
    """A hub with its database in `folder`, and tills in folders beside it."""

    def __init__(self, folder: Path, say: Callable[[str], None] = print) -> None:
        self._folder = folder
        self._say = say
        self._hub: subprocess.Popen[str] | None = None
        self.url = ""

    @property
    def database(self) -> str:
        """The hub's database as an SQLAlchemy URL."""
        return f"sqlite:///{self._folder / 'hub.sqlite'}"

    def till(self, number: int) -> Path:
        """The data directory of till `number`."""
        return self._folder / f"till-{number}"

    def open(self, port: int, tills: int = 2) -> None:
        """Lay out what is not there yet, start the hub, enrol the tills that are not.

        A half-laid shop (a demo that was stopped early) is gone on with. Raises
        Unavailable("demo_step_failed").
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        done = self._folder / "laid"
        if not done.exists():
            (self._folder / "hub.sqlite").unlink(missing_ok=True)
            self._lay()
            done.touch()
        self._serve(port)
        for number in range(1, tills + 1):
            if not (self.till(number) / "enrolled").exists():
                self._enrol(number)

    def _lay(self) -> None:
        shop = demo_data()
        store = shop["store"]
        manager, *others = people()
        self._say("Setting up the hub: a store, its tax, its people…")
        words = ["hub", "init", "--database", self.database, "--manager", manager.name]
        for name in _SAID_ONCE:
            words += [f"--{name}", str(store[name])]
        for line in store["address"]:
            words += ["--address", line]
        for code, percent in shop["tax"].items():
            words += ["--tax", f"{code}={percent}"]
        holdfast(*words, "--pin-stdin", given=manager.pin + "\n")
        for person in others:
            add = ["hub", "staff", "add", "--database", self.database, "--name", person.name]
            holdfast(*add, "--role", person.role, "--pin-stdin", given=person.pin + "\n")
        self._say("Importing the demo catalogue…")
        catalogue = files("resources").joinpath("demo", "catalogue.csv")
        holdfast(
            "hub", "import-catalogue", str(catalogue), "--store", str(store["store"]),
            "--database", self.database,
        )  # fmt: skip
        self._place(catalogue.read_text(encoding="utf-8"), str(store["store"]))
        offers = files("resources").joinpath("demo", "promotions.toml")
        holdfast("hub", "promotion", "add", "--file", str(offers), "--database", self.database)
        club = files("resources").joinpath("demo", "programme.toml")
        holdfast("hub", "loyalty", "set", str(club), "--database", self.database)
        people_known = files("resources").joinpath("demo", "customers.csv")
        come = ("customer", "import", str(people_known), "--store", str(store["store"]))
        holdfast("hub", *come, "--database", self.database)
        given = ("loyalty", "adjust", MEMBER, str(POINTS_GIVEN), "--reason", "points of old cards")
        holdfast("hub", *given, "--database", self.database)

    def _place(self, catalogue: str, store: str) -> None:
        """Where goods stand: an aisle a department, so that orders are picked along a way."""
        goods = list(csv.DictReader(io.StringIO(catalogue)))
        aisles = list(dict.fromkeys(row["department"] for row in goods))
        path = self._folder / "places.csv"
        with path.open("w", encoding="utf-8", newline="") as told:
            writer = csv.writer(told)
            writer.writerow(("sku", "place", "walk"))
            for walk, row in enumerate(goods, 1):
                aisle = aisles.index(row["department"]) + 1
                writer.writerow((row["sku"], f"Aisle {aisle} \u00b7 {row['department']}", walk))
        database = ("--database", self.database)
        holdfast("hub", "orders", "places", str(path), "--store", store, *database)

    def _serve(self, port: int) -> None:
        log = (self._folder / "hub.log").open("a", encoding="utf-8")
        with log:
            self._hub = subprocess.Popen(
                [
                    sys.executable, "-m", "pos_app", "hub", "serve",
                    "--database", self.database, "--port", str(port), "--demo-shop",
                ],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )  # fmt: skip
        for line in self._hub.stdout or ():
            found = HUB_READY.search(line)
            if found:
                self.url = found.group(1)
                return
        raise Unavailable("demo_step_failed", step="hub serve", told="the hub stopped at once")

    def _enrol(self, number: int) -> None:
        store = str(demo_data()["store"]["store"])
        self._say(f"Enrolling till {number}…")
        made = holdfast(
            "hub", "enrol-code", "--store", store, "--till", str(number),
            "--database", self.database, "--json",
        )  # fmt: skip
        data = self.till(number)
        asking = subprocess.Popen(
            [
                sys.executable, "-m", "pos_app", "till", "enrol", "--data", str(data),
                "--hub", self.url, "--code", json.loads(made)["code"],
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )  # fmt: skip
        told: list[str] = []
        approved = False
        for line in asking.stdout or ():
            told.append(line.strip())
            waiting = [] if approved else self._pending()
            for device in waiting:
                holdfast("hub", "approve", device, "--database", self.database)
                approved = True
        if asking.wait(timeout=START_S) != 0:
            raise Unavailable("demo_step_failed", step="till enrol", told=told[-1] if told else "")
        (data / "enrolled").touch()

    def _pending(self) -> Sequence[str]:
        rows = json.loads(holdfast("hub", "devices", "--database", self.database, "--json"))
        return [row["device"] for row in rows if row["state"] == "pending"]

    def badges(self, names: Sequence[str]) -> dict[str, str]:
        """New badges for some of the demo's people: their codes, as a reader reads them."""
        rows = json.loads(holdfast("hub", "staff", "list", "--database", self.database, "--json"))
        numbers = {row["name"]: row["staff"] for row in rows}
        found = {}
        for name in names:
            words = ("hub", "staff", "badge", numbers[name], "--database", self.database, "--json")
            found[name] = str(json.loads(holdfast(*words))["code"])
        return found

    def report(self) -> dict[str, Any]:
        """What the hub's books say: `holdfast hub report --json`."""
        told: dict[str, Any] = json.loads(
            holdfast("hub", "report", "--json", "--database", self.database)
        )
        return told

    def handed_over(self) -> set[str]:
        """Ids of the orders that the hub says are with their customers."""
        words = ("hub", "orders", "list", "--all", "--json", "--database", self.database)
        rows = json.loads(holdfast(*words))
        return {row["id"] for row in rows if row["state"] == "COLLECTED"}

    def points(self, member: str) -> int:
        """What the hub's statement of a member's points comes to."""
        words = ("hub", "loyalty", "statement", member, "--json", "--database", self.database)
        rows = json.loads(holdfast(*words))
        return int(rows[-1]["sum"]) if rows else 0

    def documents(self, ids: Sequence[str]) -> int:
        """How many documents with these ids the hub was ever told of."""
        from contextlib import closing
        from sqlite3 import connect

        with closing(connect(self._folder / "hub.sqlite")) as books:
            asked = [books.execute("SELECT 1 FROM event WHERE id = ?", (each,)) for each in ids]
            return sum(bool(each.fetchone()) for each in asked)

    def close(self) -> None:
        """Stop the hub; what it has acknowledged is on its disk."""
        if self._hub is None:
            return
        self._hub.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._hub.wait(timeout=10)
        if self._hub.poll() is None:
            self._hub.kill()
            self._hub.wait()
        if self._hub.stdout is not None:
            self._hub.stdout.close()
        self._hub = None
