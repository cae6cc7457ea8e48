"""The hands of a play on customers: found, attached, entered, noted, joined, waited for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from pos_app.domain.basket import Basket
from pos_app.domain.errors import Refused
from pos_app.play import customer_steps as play
from pos_app.play.made_sales import sale_id
from pos_app.till import customers, inquiries
from pos_app.till.permission import Approval
from pos_app.till.till import Till
from sync.protocol.customers import (
    CARD,
    EMAIL,
    PHONE,
    Contact,
    CustomerFields,
    CustomerRow,
    Timeline,
    TimelineAsk,
)

Facts = dict[str, Any]
_MAX: Final = 50


def known(till: Till, who: str) -> CustomerRow:
    """Who is meant; raises Refused("customer_unknown")."""
    row = customers.by_card(till, who) or customers.get(till, who)
    if row is not None:
        return row
    for each in customers.search(till, who, _MAX):
        if each.name == who or any(_is(contact, who) for contact in each.contacts):
            return each
    raise Refused("customer_unknown", name=who)


def _is(contact: Contact, who: str) -> bool:
    if contact.kind == PHONE:
        digits = "".join(sign for sign in who if sign.isdigit()).lstrip("0")
        return bool(digits) and contact.value.endswith(digits)
    return contact.value.casefold() == who.casefold()


def does(
    till: Till,
    step: play.CustomerStep,
    agreed: Approval | None,
    basket: Callable[[], Basket],
    *,
    paid: bool,
) -> tuple[Facts, Basket | None]:
    """Does what the step says; what it found, and the basket where it is another one now."""
    if isinstance(step, play.AttachCustomer):
        row = known(till, step.who)
        return told(row), customers.attach(till, basket(), row, paid=paid)
    if isinstance(step, play.DetachCustomer):
        return {}, customers.detach(till, basket(), paid=paid)
    if isinstance(step, play.SaveCustomer):
        return _save(till, step, agreed, basket, paid=paid)
    return _DOES[type(step)](till, step, agreed), None


def told(row: CustomerRow) -> Facts:
    """Somebody, for a line of a play."""
    return {
        "customer": row.customer,
        "name": row.name,
        "version": row.version,
        "member": row.member,
        "tier": row.tier,
        "points": row.points,
        "credit": row.credit,
        "consents": {each.purpose: each.state for each in row.consents},
        "proposals": [each.name for each in row.proposals],
    }


def _find(till: Till, step: play.FindCustomer, _: Approval | None) -> Facts:
    found = [row.name for row in customers.search(till, step.text)]
    if step.first and found[:1] != [step.first]:
        raise Refused("play_expected", differences={"first": [step.first, found[:1]]})
    return {"found": found}


def _save(
    till: Till,
    step: play.SaveCustomer,
    agreed: Approval | None,
    basket: Callable[[], Basket],
    *,
    paid: bool,
) -> tuple[Facts, Basket | None]:
    row = known(till, step.who) if step.who else None
    given = [
        Contact(kind, value, "store")
        for kind, value in ((EMAIL, step.email), (PHONE, step.phone), (CARD, step.card))
        if value
    ]
    contacts = None
    if given:
        kinds = {each.kind for each in given}
        held = row.contacts if row is not None else ()
        contacts = (*(each for each in held if each.kind not in kinds), *given)
    customer, ask_id = customers.save(
        till,
        CustomerFields(
            name=step.name or None,
            contacts=contacts,
            birthday=step.birthday or None,
            member=step.member,
        ),
        customer=row.customer if row is not None else "",
        base=row.version if row is not None else 0,
        consents=customers.consents_now(till, step.consents or {}),
        approval=agreed,
    )
    facts = {"customer": customer, "state": customers.state_of(till, ask_id)}
    now = customers.get(till, customer)
    if not step.attach or now is None:
        return facts, None
    return facts, customers.attach(till, basket(), now, "new", paid=paid)


def _consent(till: Till, step: play.NoteConsent, _: Approval | None) -> Facts:
    row = known(till, step.who)
    customers.consent(till, row.customer, step.purpose, step.state)
    return told(customers.get(till, row.customer) or row)


def _note(till: Till, step: play.NoteCustomer, _: Approval | None) -> Facts:
    customer = known(till, step.who).customer
    if step.support:
        ask_id = customers.support(till, customer, step.text, step.about)
    else:
        ask_id = customers.note(till, customer, step.text)
    return {"state": customers.state_of(till, ask_id)}


def _settle(till: Till, step: play.SettleSupport, _: Approval | None) -> Facts:
    customer = known(till, step.who).customer
    ask_id = customers.support_state(till, customer, step.number, step.state, step.text)
    return {"state": customers.state_of(till, ask_id)}


def _merge(till: Till, step: play.MergeCustomers, agreed: Approval | None) -> Facts:
    row = known(till, step.who)
    proposed = [each.other for each in row.proposals if step.other in (each.name, each.other)]
    other = proposed[0] if proposed else step.other
    if not proposed and not step.undo:
        other = known(till, step.other).customer
    if step.no:
        ask_id = customers.dismiss(till, row.customer, other)
    elif step.undo:
        ask_id = customers.unmerge(till, row.customer, other, approval=agreed)
    else:
        ask_id = customers.merge(till, row.customer, other, approval=agreed)
    return {"customer": row.customer, "other": other, "state": customers.state_of(till, ask_id)}


def _contacts(till: Till, step: play.ShowContacts, agreed: Approval | None) -> Facts:
    row = known(till, step.who)
    customers.contacts_shown(till, row.customer, approval=agreed)
    return {"contacts": [[each.kind, each.value] for each in row.contacts]}


def _mail(till: Till, step: play.MailReceipt, _: Approval | None) -> Facts:
    row = known(till, step.who) if step.who else None
    own = [each.value for each in row.contacts if each.kind == EMAIL] if row is not None else []
    address = step.email or (own[0] if own else "")
    made = sale_id(till, step.doc_no)
    ask_id = customers.mail_receipt(till, made, address, row.customer if row is not None else "")
    return {"state": customers.state_of(till, ask_id)}


def _data(till: Till, step: play.CustomerData, agreed: Approval | None) -> Facts:
    customer = known(till, step.who).customer
    ask_id = customers.privacy(till, customer, step.what, approval=agreed)
    return {"state": customers.state_of(till, ask_id)}


_DOES: Final[dict[type, Callable[[Till, Any, Approval | None], Facts]]] = {
    play.FindCustomer: _find,
    play.NoteConsent: _consent,
    play.NoteCustomer: _note,
    play.SettleSupport: _settle,
    play.MergeCustomers: _merge,
    play.ShowContacts: _contacts,
    play.MailReceipt: _mail,
    play.CustomerData: _data,
}


# --- waiting -------------------------------------------------------------------------------


class Waits:
    """What a play waits for of customers: asked once, looked at until it is there."""

    def __init__(self, till: Till, step: play.CustomerWait) -> None:
        self.till, self.step = till, step
        self.asked = ""

    def __call__(self) -> Facts | None:
        """What is known; None while it is not."""
        step = self.step
        return self._history(step) if isinstance(step, play.CustomerHistory) else self._row(step)

    def _row(self, step: play.WaitCustomer) -> Facts | None:
        try:
            row = known(self.till, step.who)
        except Refused:
            return {} if step.gone else None
        if step.gone or not row.version or self.till.view.open_questions_at("/v1/customers"):
            return None
        wanted = step.points is None or row.points == step.points
        return told(row) if wanted else None

    def _history(self, step: play.CustomerHistory) -> Facts | None:
        till = self.till
        if self.asked:
            found = inquiries.answer(till, self.asked, Timeline)
            if found is not None:
                return {
                    "moments": [
                        [each.kind, each.state, each.name, each.amount, each.points]
                        for each in found.moments
                    ],
                    "more": bool(found.cursor),
                    "complete_to": found.complete_to,
                }
        if not self.asked or inquiries.state(till, self.asked) != inquiries.WAITING:
            customer = known(till, step.who).customer
            self.asked = inquiries.ask(
                till, inquiries.TIMELINE, TimelineAsk(customer, step.kind, limit=_MAX)
            )
        return None
