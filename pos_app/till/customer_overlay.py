"""What is known of customers here beyond the hub's rows: changes that it has not answered yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import structs

from pos_app.store import customer_rows
from pos_app.till.rights import CUSTOMERS
from pos_app.till.till import Till
from sync.protocol import ConsentNoted
from sync.protocol.customers import Consent, CustomerAsk, CustomerFields, CustomerRow

_FACTS: Final = 200
_ask = msgspec.json.Decoder(CustomerAsk)


def asked(till: Till) -> list[CustomerAsk]:
    """What the hub was asked about customers and did not answer, oldest first."""
    return [_ask.decode(each.body) for each in till.view.open_questions_at(CUSTOMERS)]


def changed(till: Till) -> dict[str, CustomerRow]:
    """Customer -> the row as it is here, of those that differ from the hub's copy at this till."""
    found: dict[str, CustomerRow] = {}
    for row in till.view.kept_customers():
        held = told(till, row.customer)
        if (held is None or held.version < row.version) and not _is_gone(till, row.customer):
            found[row.customer] = row
    for ask in asked(till):
        if _is_gone(till, ask.customer):
            continue
        base = found.get(ask.customer) or told(till, ask.customer)
        if base is None and ask.act != "save":
            continue
        base = base or CustomerRow(ask.customer, 0)
        found[ask.customer] = _after(base, ask)
    return found


def get(till: Till, customer: str) -> CustomerRow | None:
    """A customer as this till knows them, with what was said here of their consent."""
    for _ in range(8):  # who was merged was perhaps merged before
        into = till.catalogue.customer_gone(customer)
        if into is None:
            break
        if not into:
            return None
        customer = into
    row = changed(till).get(customer) or told(till, customer)
    return None if row is None else _consenting(till, row)


def told(till: Till, customer: str) -> CustomerRow | None:
    """A customer as the hub told of them."""
    found = till.catalogue.customers(
        lambda con: customer_rows.every(con.execute(customer_rows.BY_ID, (customer,)))
    )
    return found[0] if found else None


def _is_gone(till: Till, customer: str) -> bool:
    return till.catalogue.customer_gone(customer) is not None


def _after(row: CustomerRow, ask: CustomerAsk) -> CustomerRow:
    """The row as it is once the hub has done what it was asked."""
    if ask.act == "save" and ask.fields is not None:
        given = {
            name: value
            for name, value in structs.asdict(ask.fields).items()
            if value is not None and name in CustomerFields.__struct_fields__
        }
        row = structs.replace(row, **given)
    elif ask.act == "note":
        row = structs.replace(row, note=ask.text)
    elif ask.act in ("merge", "dismiss"):
        row = structs.replace(
            row, proposals=tuple(each for each in row.proposals if each.other != ask.other)
        )
    return with_consents(row, ask.consents)


def _consenting(till: Till, row: CustomerRow) -> CustomerRow:
    """With what was said at this till of each purpose, where nothing later is known."""
    said = [
        Consent(fact.purpose, fact.state, fact.t.wall, source=f"till {till.identity.till}")
        for fact in till.view.customer_facts(row.customer, _FACTS)
        if isinstance(fact, ConsentNoted)
    ]
    return with_consents(row, said)


def with_consents(row: CustomerRow, said: tuple[Consent, ...] | list[Consent]) -> CustomerRow:
    """The row with these in it; of each purpose what was said last."""
    if not said:
        return row
    held: dict[str, Consent] = {each.purpose: each for each in row.consents}
    for each in said:
        before = held.get(each.purpose)
        if before is None or before.at < each.at:
            held[each.purpose] = each
    return structs.replace(row, consents=tuple(held.values()))


def pending(till: Till) -> Mapping[str, int]:
    """Customer -> how much of theirs waits for the hub."""
    found: dict[str, int] = {}
    for ask in asked(till):
        found[ask.customer] = found.get(ask.customer, 0) + 1
    return found
