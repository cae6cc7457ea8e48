"""What a till asks to be done to a customer, done once for each question and told in one answer.

Who may ask it is the till's business; that its store has to do with the customer is the hub's. A
question that a till asks again gets the answer it got. Of a refusal a person reads why, so it is an
answer and no problem.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, delete, select

from pos_app.domain.errors import Refused
from sync.hub import schema
from sync.hub.answers import HubProblem, stamp
from sync.hub.customers import (
    book,
    consents,
    feeding,
    mailing,
    merging,
    people,
    privacy,
    reading,
    support,
    vault,
)
from sync.hub.database import Connection, Statement, adding
from sync.hub.right_desk import Asked
from sync.protocol import CustomerAsk, CustomerFields, CustomerReply

DONE, REFUSED = "DONE", "REFUSED"
CODE_MAX: Final = 300
"""Signs of a receipt's code."""
ASKS_DAYS: Final = 400
_ID: Final = re.compile(r"[0-9A-Za-z-]{8,64}", re.ASCII)
_STORELESS: Final = frozenset({"mail_receipt"})
"""What may be about nobody: a receipt goes to the address that was said."""
_MAKES: Final = frozenset({"save"})

_k = schema.customer_ask.c
_FOUND = Statement(
    "ask",
    select(_k.device, _k.customer, _k.mark, _k.state, _k.why, _k.kept, _k.text).where(
        _k.ask == bindparam("ask")
    ),
)
_ADD = adding(schema.customer_ask)
_TIDY = Statement("before", delete(schema.customer_ask).where(_k.at < bindparam("before")))


@dataclass(slots=True)
class Done:
    """What an act came to."""

    customer: str
    kept: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """One question and what it is answered with."""

    connection: Connection
    said: CustomerAsk
    store: str
    till: str
    now: dt.datetime


def answer(asked: Asked) -> CustomerReply:
    """The answer to `POST /v1/customers`. Raises HubProblem("malformed" | "id_reused" | "fenced")."""
    said: CustomerAsk = asked.message
    connection = asked.connection
    if not _ID.fullmatch(said.id) or said.act not in _ACTS:
        raise HubProblem("malformed", "id and act")
    if not said.customer and said.act not in _STORELESS:
        raise HubProblem("malformed", "customer")
    connection.lock_name(f"customer-ask:{said.id}")
    keys = vault.load(connection)
    mark = keys.mark("ask", asked.words.decode())
    before = connection.one(_FOUND, (said.id,))
    if before is not None:
        device, customer, old_mark, state, why, kept, text = map(str, before)
        if device != asked.device.device or old_mark != mark:
            raise HubProblem("id_reused")
        return _reply(connection, said.id, Done(customer, tuple(kept.split()), text), state, why)
    if said.epoch != asked.device.epoch:
        raise HubProblem("fenced", ack=asked.device.head)
    act = Act(connection, said, asked.device.store_id, asked.device.till, asked.now)
    done, state, why = Done(said.customer), DONE, ""
    try:
        with connection.savepoint("act"):
            _check_store(act)
            done = _ACTS[said.act](act)
    except Refused as refused:
        state, why = REFUSED, refused.code
    kept, at = " ".join(done.kept), stamp(asked.now)
    connection.run(
        _ADD,
        (said.id, asked.device.device, done.customer, mark, state, why, kept, done.text, at),
    )
    return _reply(connection, said.id, done, state, why, asked.now)


def tidy(connection: Connection, now: dt.datetime) -> None:
    """Forgets answers that nobody asks for any more."""
    connection.run(_TIDY, (stamp(now - dt.timedelta(days=ASKS_DAYS)),))


def _reply(
    connection: Connection,
    ask: str,
    done: Done,
    state: str,
    why: str,
    now: dt.datetime | None = None,
) -> CustomerReply:
    row = None
    person = people.find(connection, done.customer)
    if person is not None:
        made = feeding.renew(connection, person, now)[1] if now else None
        row = made or reading.told_row(connection, person)
    return CustomerReply(ask, state, why, row, done.kept, done.text)


def _check_store(act: Act) -> None:
    """Only a store that has to do with somebody acts on them: found, bought, ordered, made there."""
    said = act.said
    if not said.customer:
        return
    person = people.find(act.connection, said.customer)
    if person is None:
        if said.act not in _MAKES:
            raise Refused("customer_unknown")
        return
    if person.erased:
        raise Refused("customer_erased")
    root = people.root_of(act.connection, said.customer)
    if act.store not in feeding.stores_of(act.connection, root):
        raise Refused("customer_not_here")


def _save(act: Act) -> Done:
    said = act.said
    person, kept = book.save(
        act.connection,
        said.customer,
        said.fields or CustomerFields(),
        act.now,
        base=said.base,
        store=act.store,
    )
    for each in said.consents:
        consents.note(act.connection, person.customer, each, f"ask:{said.id}", act.now)
    return Done(person.customer, kept)


def _root(act: Act) -> str:
    return people.root_of(act.connection, act.said.customer)


def _touched(act: Act, *customers: str) -> None:
    feeding.touch_all(act.connection, customers, act.now)


def _merge(act: Act) -> Done:
    said = act.said
    kept = _root(act)
    other = people.root_of(act.connection, said.other)
    merging.merge(act.connection, kept, other, act.now, by=said.by, store=act.store)
    _touched(act, kept, other)
    return Done(kept)


def _unmerge(act: Act) -> Done:
    said = act.said
    merging.unmerge(act.connection, said.customer, said.other, act.now, by=said.by, store=act.store)
    _touched(act, said.customer, said.other, _root(act))
    return Done(said.customer)


def _dismiss(act: Act) -> Done:
    said, one = act.said, _root(act)
    merging.dismiss(act.connection, one, said.other, act.now, by=said.by)
    _touched(act, one, said.other)
    return Done(one)


def _note(act: Act) -> Done:
    said, customer, keys = act.said, _root(act), vault.load(act.connection)
    support.add_note(
        act.connection, keys, customer, said.text, act.now, by=said.by, store=act.store
    )
    _touched(act, customer)
    return Done(customer)


def _support(act: Act) -> Done:
    said, customer, keys = act.said, _root(act), vault.load(act.connection)
    made = support.open_request(
        act.connection,
        keys,
        customer,
        said.text,
        act.now,
        about=said.about,
        by=said.by,
        store=act.store,
    )
    return Done(customer, text=made.name)


def _support_state(act: Act) -> Done:
    said, customer, keys = act.said, _root(act), vault.load(act.connection)
    one_with = people.one_with(act.connection, customer)
    found = support.set_state(act.connection, keys, one_with, said.about, said.state, act.now)
    if said.text:
        note = f"{found.name}: {said.text}"
        support.add_note(act.connection, keys, customer, note, act.now, by=said.by, store=act.store)
        _touched(act, customer)
    return Done(customer, text=found.name)


def _erase(act: Act) -> Done:
    said = act.said
    told = privacy.erase(
        act.connection,
        said.customer,
        act.now,
        cause="asked",
        by=said.by,
        forfeit=said.state == privacy.FORFEIT,
        to_code=said.text if said.state == privacy.TO_CODE else "",
    )
    return Done(said.customer, text=told.words)


def _export(act: Act) -> Done:
    customer = _root(act)
    mailing.send_export(act.connection, customer, act.now)
    return Done(customer)


def _mail_receipt(act: Act) -> Done:
    said = act.said
    mailing.send_receipt(
        act.connection,
        f"receipt:{said.id}",
        said.about,
        said.text,
        act.now,
        customer=_root(act) if said.customer else "",
        code=said.state[:CODE_MAX],
    )
    return Done(said.customer)


_ACTS: Final[dict[str, Callable[[Act], Done]]] = {
    "save": _save,
    "merge": _merge,
    "unmerge": _unmerge,
    "dismiss": _dismiss,
    "note": _note,
    "support": _support,
    "support_state": _support_state,
    "erase": _erase,
    "export": _export,
    "mail_receipt": _mail_receipt,
}
ACTS: Final = frozenset(_ACTS)
