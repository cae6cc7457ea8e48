"""Mail that goes out once: kept sealed until it is sent, or until nobody can be reached.

What is kept is to whom and about what; the text is made when it is sent, from the sale as it was
booked. So a till that was offline may ask for a receipt before its sale is here: the mail waits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, delete, literal_column, select, update

from pos_app.domain.errors import Refused
from sync.hub import schema
from sync.hub.answers import stamp
from sync.hub.customers import contacts, people, rows, vault
from sync.hub.database import Connection, Statement, adding
from sync.protocol.customers import EMAIL

NEW, SENT, GIVEN_UP = "new", "sent", "refused"
RECEIPT, EXPORT, TRIAL = "receipt", "export", "trial"
KEPT_DAYS: Final = 400
"""How long it is known that a mail was sent, so that the same is never sent again."""
GIVE_UP: Final = dt.timedelta(days=5)
LEASE: Final = dt.timedelta(minutes=5)
FIRST_PAUSE_S: Final = 60
PAUSE_MAX_S: Final = 4 * 3_600
_PURPOSE: Final = "mail"

_m = schema.mail_outbox.c
_ADD = adding(schema.mail_outbox, ignore=True)
_COLUMNS = (_m.mail, _m.customer, _m.kind, _m.sealed, _m.made, _m.tries, _m.next_at)
_DUE = Statement(
    "state now",
    select(*_COLUMNS)
    .where(_m.state == bindparam("state"), _m.next_at <= bindparam("now"))
    .order_by(_m.next_at, _m.mail)
    .limit(literal_column("1"))
    .offset(literal_column("0")),
)
_CLAIM = Statement(
    "tried until mail_ state_ before",
    update(schema.mail_outbox)
    .where(
        _m.mail == bindparam("mail_"),
        _m.state == bindparam("state_"),
        _m.next_at == bindparam("before"),
    )
    .values(next_at=bindparam("until"), tries=bindparam("tried")),
)
_LATER = Statement(
    "at said mail_ state_",
    update(schema.mail_outbox)
    .where(_m.mail == bindparam("mail_"), _m.state == bindparam("state_"))
    .values(next_at=bindparam("at"), detail=bindparam("said")),
)
_END = Statement(
    "nothing after said at mail_",
    update(schema.mail_outbox)
    .where(_m.mail == bindparam("mail_"))
    .values(
        state=bindparam("after"),
        detail=bindparam("said"),
        done=bindparam("at"),
        sealed=bindparam("nothing"),
    ),
)
_DROP_OF = Statement(
    "nothing after said at customer_ state_",
    update(schema.mail_outbox)
    .where(_m.customer == bindparam("customer_"), _m.state == bindparam("state_"))
    .values(
        state=bindparam("after"),
        detail=bindparam("said"),
        done=bindparam("at"),
        sealed=bindparam("nothing"),
    ),
)
_AGAIN = Statement(
    "at state_",
    update(schema.mail_outbox)
    .where(_m.state == bindparam("state_"))
    .values(next_at=bindparam("at")),
)
_LIST = Statement(
    "most",
    select(_m.mail, _m.kind, _m.state, _m.made, _m.tries, _m.next_at, _m.detail, _m.done)
    .order_by(_m.made.desc(), _m.mail)
    .limit(bindparam("most"))
    .offset(literal_column("0")),
)
_TIDY = Statement(
    "state_ before",
    delete(schema.mail_outbox).where(
        _m.state != bindparam("state_"), _m.made < bindparam("before")
    ),
)


class Letter(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is sealed of a mail: to whom, about what."""

    to: str
    about: str = ""
    code: str = ""
    """The signed code of a receipt, where its till said it."""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A mail that is to be sent now, claimed by who asked for it."""

    mail: str
    customer: str
    kind: str
    letter: Letter | None
    """None where it cannot be opened any more: whom it was for was erased."""
    made: str
    tries: int


def send_receipt(
    connection: Connection,
    mail: str,
    sale: str,
    address: str,
    now: dt.datetime,
    *,
    customer: str = "",
    code: str = "",
) -> None:
    """A receipt to an address, or to the customer's own; once for each `mail` id.

    Raises Refused("mail_address_bad" | "mail_address_missing" | "note_empty").
    """
    if not sale:
        raise Refused("note_empty")
    to, language = _address(connection, address, customer)
    queue(connection, mail, RECEIPT, Letter(to, sale, code, language), now, customer=customer)


def send_export(connection: Connection, customer: str, now: dt.datetime) -> None:
    """Everything about a person to their own address. Raises Refused("mail_address_missing")."""
    to, language = _address(connection, "", customer)
    mail = f"export:{customer}:{stamp(now)[:10]}"
    queue(connection, mail, EXPORT, Letter(to, customer, "", language), now, customer=customer)


def _address(connection: Connection, said: str, customer: str) -> tuple[str, str]:
    person = people.find(connection, customer) if customer else None
    language = person.who.language if person is not None else ""
    if said:
        spelled = contacts.normal(EMAIL, said)
        if not spelled:
            raise Refused("mail_address_bad")
        return spelled, language
    own = rows.fresh_contacts(connection, person) if person is not None else ()
    found = [one for one in own if one.kind == EMAIL]
    if not found:
        raise Refused("mail_address_missing")
    best = next((one for one in found if one.verified), found[0])
    return best.value, language


def queue(
    connection: Connection,
    mail: str,
    kind: str,
    letter: Letter,
    now: dt.datetime,
    *,
    customer: str = "",
) -> bool:
    """Keeps a mail to be sent; False where it was kept before. In the caller's transaction."""
    keys = vault.load(connection)
    key = keys.key_of(connection, customer) if customer else keys.wrapping
    if key is None:
        raise Refused("customer_unknown")
    sealed = vault.seal(key, f"{_PURPOSE}:{mail}", msgspec.json.encode(letter))
    at = stamp(now)
    values = (mail, customer, kind, sealed, at, NEW, 0, at, "", "")
    return connection.run(_ADD, values) > 0


def claim(connection: Connection, now: dt.datetime) -> Waiting | None:
    """The next mail that is due, for a while nobody else's; None for nothing. Its own transaction."""
    row = connection.one(_DUE, (NEW, stamp(now)))
    if row is None:
        return None
    mail, customer, kind, sealed, made, tries, next_at = row
    with connection.transaction():
        until, tried = stamp(now + LEASE), int(tries) + 1
        if not connection.run(_CLAIM, (tried, until, mail, NEW, next_at)):
            return None  # another process was first
        letter = _opened(connection, str(mail), str(customer), str(sealed))
    return Waiting(str(mail), str(customer), str(kind), letter, str(made), tried)


def _opened(connection: Connection, mail: str, customer: str, sealed: str) -> Letter | None:
    keys = vault.opened(connection)
    if keys is None:
        return None
    key = keys.key_of(connection, customer) if customer else keys.wrapping
    if key is None or not sealed:
        return None
    return msgspec.json.decode(vault.unseal(key, f"{_PURPOSE}:{mail}", sealed), type=Letter)


def sent(connection: Connection, mail: Waiting, now: dt.datetime) -> None:
    """It is with the server: whom it was for is emptied."""
    connection.run(_END, ("", SENT, "", stamp(now), mail.mail))


def give_up(connection: Connection, mail: Waiting, why: str, now: dt.datetime) -> None:
    """Nobody can be reached so; `why` says no address."""
    connection.run(_END, ("", GIVEN_UP, why[:120], stamp(now), mail.mail))


def later(connection: Connection, mail: Waiting, why: str, now: dt.datetime) -> None:
    """It is tried again, later each time; for five days."""
    made = dt.datetime.fromisoformat(mail.made)
    if now - made > GIVE_UP:
        give_up(connection, mail, why, now)
        return
    pause = min(FIRST_PAUSE_S * 2 ** min(mail.tries - 1, 12), PAUSE_MAX_S)
    at = stamp(now + dt.timedelta(seconds=pause))
    connection.run(_LATER, (at, why[:120], mail.mail, NEW))


def again(connection: Connection, now: dt.datetime) -> int:
    """All that waits is tried now: the settings are other ones."""
    return connection.run(_AGAIN, (stamp(now), NEW))


def drop_of(connection: Connection, customer: str, now: dt.datetime) -> None:
    """Nothing further goes to somebody."""
    connection.run(_DROP_OF, ("", GIVEN_UP, "erased", stamp(now), customer, NEW))


def listed(connection: Connection, most: int = 50) -> list[dict[str, Any]]:
    """The newest mails, without whom they are for."""
    names = ("mail", "kind", "state", "made", "tries", "next_at", "detail", "done")
    found: Sequence[tuple[Any, ...]] = connection.all(_LIST, (most,))
    return [dict(zip(names, row, strict=True)) for row in found]


def tidy(connection: Connection, now: dt.datetime) -> None:
    """Forgets that mails were sent, after more than a year."""
    connection.run(_TIDY, (NEW, stamp(now - dt.timedelta(days=KEPT_DAYS))))
