"""What people do at the demo's till, again and again: signing in, selling, agreeing."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pos_app.demo.hand import Hand
    from pos_app.demo.shop import DemoPerson
    from pos_app.ui.window import Window

KEY = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


def goods() -> dict[str, str]:
    """SKU -> first barcode of everything the demo sells."""
    table = files("resources").joinpath("demo", "catalogue.csv").read_text(encoding="utf-8")
    return {row["sku"]: row["barcodes"].split()[0] for row in csv.DictReader(table.splitlines())}


@dataclass
class Doing:
    """The hand, and who it belongs to."""

    hand: Hand
    people: Sequence[DemoPerson]
    """The manager first."""
    badges: Mapping[str, str]
    """Name -> the code of that person's badge."""
    codes: Mapping[str, str] = field(default_factory=goods)
    numbers: dict[str, str] = field(default_factory=dict)
    """Document numbers that the story comes back to, by what they are called here."""

    @property
    def window(self) -> Window:
        """The till's, as it is open now."""
        return self.hand.window

    def person(self, role: str) -> DemoPerson:
        """The first with that role."""
        return next(each for each in self.people if each.role == role)

    def sign_in(self, role: str) -> None:
        """Chooses a person by the arrow keys and types the PIN."""
        hand, lock, person = self.hand, self.window.lock, self.person(role)
        hand.wait_for("people", lambda: bool(lock.state.people))
        for _ in range(20):
            if lock.state.name == person.name:
                break
            hand.press(KEY.Key_Right)
        hand.type(person.pin)
        hand.press(KEY.Key_Return)
        hand.wait_for(f"{person.name} at the till", lambda: self.window.place != "lock")

    def badge(self, role: str) -> None:
        """Reads somebody's badge, and waits until that is who works here."""
        name = self.person(role).name
        self.hand.read(self.badges[name])
        self.hand.wait_for(f"{name}'s badge", lambda: self._at_till() == name)

    def _at_till(self) -> str:
        person = self.window.till.person
        return person.name if person is not None else ""

    def lock(self) -> None:
        """Nobody is here."""
        self.hand.press(KEY.Key_L, CONTROL)
        self.hand.place("lock")

    def sell(self, *skus: str) -> None:
        """Scans goods."""
        for sku in skus:
            self.hand.scan(self.codes[sku])

    def exact(self, key: Qt.Key) -> None:
        """F10 or F11, until the sale is done and its receipt is out."""
        hand = self.hand
        hand.wait_for("keys of money", lambda: not self.window.guarded)
        hand.press(key)
        self.done()
        hand.wait_for("an empty basket", lambda: not self.window.selling.open)

    def done(self) -> None:
        """Waits until the sale is done and its paper is printed."""
        hand = self.hand
        hand.wait_for("the sale", lambda: self.window.selling.state.done is not None)
        hand.place("sell")
        self.printed()

    def printed(self) -> None:
        """Waits until no paper waits any more."""
        ledger = self.window.till.ledger
        self.hand.wait_for("the paper", lambda: not ledger.print_jobs(("queued", "printing")))

    def number_of_done(self) -> str:
        """The document number of the sale that was just made."""
        done = self.window.selling.state.done
        sale = self.window.till.view.sale(done.sale_id) if done is not None else None
        return sale.doc_no if sale is not None else ""

    def command(self, letters: str) -> None:
        """Ctrl+K, a few letters, Enter."""
        hand = self.hand
        hand.press(KEY.Key_K, CONTROL)
        hand.sheet("commands")
        hand.type(letters)
        hand.press(KEY.Key_Return)

    def consent(self, picture: str = "") -> None:
        """Answers what is asked, if anything is: the first reason, then the manager's badge."""
        hand, window, manager = self.hand, self.window, self.person("manager")
        while window.sheet_name == "consent":
            needs, reasons = window.consent.state.needs, window.consent.state.reasons
            if picture:
                hand.picture(f"{picture}_{needs}")
            if needs == "reason":
                hand.click(reasons[0])
            else:
                hand.read(self.badges[manager.name])
            hand.wait_for("an answer", partial(self._answered, needs))

    def _answered(self, asked: str) -> bool:
        return self.window.consent.state.needs != asked or self.window.sheet_name != "consent"

    def consent_by_pin(self) -> None:
        """The same, with the manager's PIN typed."""
        hand, window, manager = self.hand, self.window, self.person("manager")
        while window.sheet_name == "consent":
            needs = window.consent.state.needs
            if needs == "reason":
                hand.click(window.consent.state.reasons[0])
            else:
                hand.click(manager.name)
                hand.type(manager.pin)
            hand.wait_for("an answer", partial(self._answered, needs))

    def synced(self) -> None:
        """Waits until the pill may say that everything is at the hub."""
        self.hand.wait_for(
            "everything at the hub", lambda: self.window.connection.state.look == "online", 60
        )
