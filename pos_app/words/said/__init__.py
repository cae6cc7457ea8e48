"""Every code a rule or a device may raise, and what a person reads for it (English source).

One file a room, so that a new code is one row beside its kin; `WORDS` is all of them.
"""

from __future__ import annotations

from pos_app.words.said.catalogue import CATALOGUE
from pos_app.words.said.channels import CHANNELS
from pos_app.words.said.copies import COPIES
from pos_app.words.said.counter import COUNTER
from pos_app.words.said.customer_office import CUSTOMER_OFFICE
from pos_app.words.said.customers import CUSTOMERS
from pos_app.words.said.devices import DEVICES
from pos_app.words.said.exceptions import EXCEPTIONS
from pos_app.words.said.fronts import FRONTS
from pos_app.words.said.goods import GOODS
from pos_app.words.said.hub import HUB
from pos_app.words.said.keeping import KEEPING
from pos_app.words.said.lives import LIVES
from pos_app.words.said.order_office import ORDER_OFFICE
from pos_app.words.said.orders import ORDERS
from pos_app.words.said.people import PEOPLE
from pos_app.words.said.points import POINTS
from pos_app.words.said.promotions import PROMOTIONS
from pos_app.words.said.returns import RETURNS
from pos_app.words.said.rights import RIGHTS
from pos_app.words.said.safety import SAFETY
from pos_app.words.said.selling import SELLING
from pos_app.words.said.sentence import Sentence
from pos_app.words.said.sync import SYNC
from pos_app.words.said.values import VALUES

__all__ = ["ROOMS", "WORDS", "Sentence"]

ROOMS: dict[str, dict[str, Sentence]] = {
    "selling": SELLING,
    "promotions": PROMOTIONS,
    "people": PEOPLE,
    "keeping": KEEPING,
    "sync": SYNC,
    "lives": LIVES,
    "hub": HUB,
    "fronts": FRONTS,
    "exceptions": EXCEPTIONS,
    "copies": COPIES,
    "counter": COUNTER,
    "safety": SAFETY,
    "rights": RIGHTS,
    "returns": RETURNS,
    "catalogue": CATALOGUE,
    "devices": DEVICES,
    "orders": ORDERS,
    "order_office": ORDER_OFFICE,
    "goods": GOODS,
    "channels": CHANNELS,
    "values": VALUES,
    "customers": CUSTOMERS,
    "customer_office": CUSTOMER_OFFICE,
    "points": POINTS,
}

WORDS: dict[str, Sentence] = {code: said for room in ROOMS.values() for code, said in room.items()}
"""Code -> its words. A test fails for a code raised anywhere without an entry, and for two."""
