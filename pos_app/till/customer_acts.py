"""What is done to a customer at the till: entered, changed, noted, joined with another.

Each is a question to the hub that the ledger keeps until it is answered, so it can be asked
without a line as well; what was said of a consent is a fact at once, and so is every look at an
address. No card number gets into any of it.
"""

from __future__ import annotations

from typing import Final

from pos_app.domain.day import utc_text
from pos_app.domain.errors import Refused
from pos_app.domain.text import plain
from pos_app.store.records import new_id
from pos_app.till import rights
from pos_app.till.card_numbers import holds_card_number, refuse_card_number
from pos_app.till.customer_overlay import get
from pos_app.till.papers import code_of
from pos_app.till.permission import Approval, require
from pos_app.till.rights import CUSTOMERS
from pos_app.till.till import Till, stamp
from sync.protocol import ConsentNoted, ContactsShown
from sync.protocol.customers import (
    CARD,
    EMAIL,
    LATER,
    NO,
    PHONE,
    PURPOSES,
    YES,
    Consent,
    Contact,
    CustomerAsk,
    CustomerFields,
)

NAME_MAX: Final = 120
NOTE_MAX: Final = 1_000
MAIL_MAX: Final = 254
CONTACT_MAX: Final = 120
CONTACTS_MAX: Final = 20
STATES: Final = (YES, NO, LATER)
OPEN, SOLVED = "open", "solved"
DONE: Final = "DONE"
EDIT, NEW, NOTE = "customer_edit", "customer_new", "customer_note"
CONTACTS, MERGE, PRIVACY = "customer_contacts", "customer_merge", "customer_privacy"
MAIL: Final = "mail_receipt"
_PHONE_DIGITS: Final = range(4, 16)


# --- entered and changed -------------------------------------------------------------------


def save(
    till: Till,
    fields: CustomerFields,
    *,
    customer: str = "",
    base: int = 0,
    consents: tuple[Consent, ...] = (),
    approval: Approval | None = None,
) -> tuple[str, str]:
    """*Writes.* Enters somebody, or changes what is known of them: (customer, id of the question).

    `base` is the version that was changed: what somebody else changed meanwhile stands. Raises
    Refused("customer_name_missing" | "contact_unfit" | "text_is_card_number" | "consent_unknown" |
    "rights_not_now"), and what `permission.require` raises.
    """
    require(till, EDIT if customer else NEW, approval=approval)
    clean = _clean(fields)
    if not customer and not (clean.name or clean.contacts):
        raise Refused("customer_name_missing")
    for each in consents:
        _known_consent(each.purpose, each.state)
    customer = customer or new_id(till.now())
    ask_id = _ask(till, "save", customer, base=base, fields=clean, consents=consents)
    return customer, ask_id


def _clean(fields: CustomerFields) -> CustomerFields:
    """What was typed, in one spelling and without what hides."""
    name = None if fields.name is None else plain(fields.name, NAME_MAX)
    if name:
        refuse_card_number(name)
    contacts = None
    if fields.contacts is not None:
        found = [_contact(each) for each in fields.contacts[:CONTACTS_MAX]]
        contacts = tuple(dict.fromkeys(found))
    birthday = fields.birthday
    if birthday:
        _check_birthday(birthday)
    groups = fields.groups
    if groups is not None:
        groups = tuple(dict.fromkeys(filter(None, (plain(each, 40) for each in groups))))
    language = None if fields.language is None else plain(fields.language, 16)
    return CustomerFields(name, contacts, language, birthday, groups, fields.member)


def _contact(contact: Contact) -> Contact:
    value = plain(contact.value, MAIL_MAX if contact.kind == EMAIL else CONTACT_MAX)
    fits = bool(value)
    if contact.kind == EMAIL:
        head, at, tail = value.rpartition("@")
        fits = bool(head and at and tail) and " " not in value and "@" not in head
        value = value.casefold()
        refuse_card_number(value)
    elif contact.kind == PHONE:
        digits = [sign for sign in value if sign.isdecimal()]
        fits = len(digits) in _PHONE_DIGITS and not any(sign.isalpha() for sign in value)
    elif contact.kind == CARD and value[:1] in ("3", "4", "5", "6") and holds_card_number(value):
        raise Refused("text_is_card_number")
    if not fits:
        raise Refused("contact_unfit", kind=contact.kind)
    return Contact(contact.kind, value, contact.channel or "store", contact.verified)


def _check_birthday(text: str) -> None:
    """A day of a year that has every day: MM-DD."""
    from datetime import date

    try:
        date.fromisoformat(f"2024-{text}")
    except ValueError as cause:
        raise Refused("birthday_unfit") from cause


# --- consent -------------------------------------------------------------------------------


def consent(till: Till, customer: str, purpose: str, state: str, text: str = "") -> None:
    """*Writes.* What a customer said to a purpose; it counts here at once.

    `text` says which wording was read out. Raises Refused("consent_unknown" | "not_allowed" …).
    """
    require(till, NOTE)
    _known_consent(purpose, state)
    with till.ledger.transaction() as tx:
        tx.append(
            ConsentNoted(
                **stamp(till, tx),
                customer=customer,
                purpose=purpose,
                state=state,
                text=plain(text, 40),
            )
        )
    till.after_commit()


def _known_consent(purpose: str, state: str) -> None:
    if purpose not in PURPOSES or state not in STATES:
        raise Refused("consent_unknown", purpose=purpose)


def contacts_shown(till: Till, customer: str, *, approval: Approval | None = None) -> None:
    """*Writes.* That somebody looks at an address and a number in full, before they do."""
    approver = require(till, CONTACTS, approval=approval)
    with till.ledger.transaction() as tx:
        tx.append(ContactsShown(**stamp(till, tx, approver=approver), customer=customer))
    till.after_commit()


# --- words and requests --------------------------------------------------------------------


def note(till: Till, customer: str, text: str) -> str:
    """*Writes.* A word that staff should see; the id of the question.

    Raises Refused("note_empty" | "text_is_card_number" | …).
    """
    require(till, NOTE)
    return _ask(till, "note", customer, text=_text(text))


def support(till: Till, customer: str, text: str, about: str = "") -> str:
    """*Writes.* A request of the customer's that somebody has to settle; the id of the question."""
    require(till, NOTE)
    return _ask(till, "support", customer, text=_text(text), about=about)


def support_state(till: Till, customer: str, about: str, state: str, text: str = "") -> str:
    """*Writes.* What became of a request."""
    require(till, NOTE)
    if text:
        text = _text(text)
    return _ask(till, "support_state", customer, text=text, about=about, state=state)


def _text(text: str) -> str:
    refuse_card_number(text)
    found = plain(text, NOTE_MAX)
    if not found:
        raise Refused("note_empty")
    return found


def mail_receipt(till: Till, sale: str, address: str, customer: str = "") -> str:
    """*Writes.* Has a receipt sent by mail, now or when there is a line; the id of the question.

    The code on it is signed here: the hub has no till's key.

    Raises Refused("contact_unfit" | "text_is_card_number" | "rights_not_now").
    """
    till.need_person()
    to = mail_address(address)
    return _ask(till, MAIL, customer, text=to, about=sale, state=code_of(till, sale))


def mail_address(text: str) -> str:
    """An address as it is kept; raises Refused("contact_unfit" | "text_is_card_number")."""
    return _contact(Contact(EMAIL, text)).value


# --- who is who ----------------------------------------------------------------------------


def merge(till: Till, customer: str, other: str, *, approval: Approval | None = None) -> str:
    """*Writes.* Both are one person from now on; it can be taken back for 30 days."""
    require(till, MERGE, approval=approval)
    if customer == other:
        raise Refused("merge_same")
    return _ask(till, "merge", customer, base=_version(till, customer), other=other)


def unmerge(till: Till, customer: str, other: str, *, approval: Approval | None = None) -> str:
    """*Writes.* They are two people after all."""
    require(till, MERGE, approval=approval)
    return _ask(till, "unmerge", customer, other=other)


def dismiss(till: Till, customer: str, other: str) -> str:
    """*Writes.* They are two people; it is not asked again."""
    require(till, NOTE)
    return _ask(till, "dismiss", customer, other=other)


def privacy(till: Till, customer: str, act: str, *, approval: Approval | None = None) -> str:
    """*Writes.* Asks that a customer's data is sent to them (`export`) or erased (`erase`)."""
    require(till, PRIVACY, approval=approval)
    if act not in ("export", "erase"):
        raise Refused("action_unknown", action=act)
    return _ask(till, act, customer)


def _version(till: Till, customer: str) -> int:
    row = get(till, customer)
    return 0 if row is None else row.version


def _ask(
    till: Till,
    act: str,
    customer: str,
    *,
    base: int = 0,
    fields: CustomerFields | None = None,
    consents: tuple[Consent, ...] = (),
    other: str = "",
    text: str = "",
    about: str = "",
    state: str = "",
) -> str:
    ask_id = new_id(till.now())
    message = CustomerAsk(
        *(ask_id, till.identity.epoch, act, customer, base, fields, consents),
        *(other, text, about, state, till.need_person().staff_id),
    )
    rights.ask(till, CUSTOMERS, message, ask_id)
    return ask_id


def consents_now(till: Till, said: dict[str, str], text: str = "") -> tuple[Consent, ...]:
    """What somebody new said, with when and where."""
    at, where = utc_text(till.now()), f"till {till.identity.till}"
    return tuple(Consent(purpose, state, at, where, text) for purpose, state in said.items())


def masked(contact: Contact) -> Contact:
    """A contact as anybody may read it over a shoulder: `s•••@post.fi`, `+358 •• ••• 4410`."""
    value = contact.value
    if contact.kind == EMAIL:
        head, _at, tail = value.rpartition("@")
        shown = f"{head[:1]}•••@{tail}"
    elif contact.kind == PHONE:
        digits = "".join(sign for sign in value if sign.isdecimal())
        code = value[:4] if value.startswith("+") and len(digits) > 10 else ""
        shown = f"{code} •• ••• {digits[-4:]}".strip()
    elif contact.kind == CARD:
        shown = f"•{value[-4:]}"
    else:
        shown = value
    return replace_value(contact, shown)


def replace_value(contact: Contact, value: str) -> Contact:
    """The same way to somebody under another text."""
    return Contact(contact.kind, value, contact.channel, contact.verified)
