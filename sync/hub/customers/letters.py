"""What a mail says, made when it is sent: a receipt as the till would have printed it, an export.

Headers are made from one-line texts that say nothing encoded, so nothing that a person wrote can
begin another header; a service mail has no List-Unsubscribe, for there is nothing to leave.
"""

from __future__ import annotations

import datetime as dt
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import Final

import msgspec
from sqlalchemy import bindparam, select

from pos_app import words
from pos_app.domain.receipt import Receipt
from pos_app.domain.store import Store
from pos_app.domain.text import plain
from sync.hub import schema, store
from sync.hub.customers import privacy
from sync.hub.customers.mail_settings import Settings
from sync.hub.customers.mailing import EXPORT, RECEIPT, TRIAL, Letter, Waiting
from sync.hub.database import Connection, Statement
from sync.protocol import Refunded, Sale, Voided, decode_fact

SUBJECT_MAX: Final = 120
_e, _p = schema.event.c, schema.staff.c
_FACT = Statement("id", select(_e.body).where(_e.id == bindparam("id")))
_CASHIER = Statement(
    "store_id staff_id",
    select(_p.name).where(
        _p.store_id == bindparam("store_id"), _p.staff_id == bindparam("staff_id")
    ),
)


class NotYetError(Exception):
    """What the mail is about is not here yet."""


def compose(
    connection: Connection, mail: Waiting, letter: Letter, settings: Settings, now: dt.datetime
) -> EmailMessage:
    """The message. Raises NotYetError, ValueError where it cannot be said."""
    if mail.kind == RECEIPT:
        return _receipt(connection, mail, letter, settings, now)
    if mail.kind == EXPORT:
        return _export(connection, mail, letter, settings, now)
    if mail.kind == TRIAL:
        told = words.gettext("This is what mail of your shop looks like.", letter.language)
        message = _message(mail, letter, settings, now, settings.name, told)
        message.set_content(f"{told}\n")
        return message
    raise ValueError(mail.kind)


def _message(
    mail: Waiting, letter: Letter, settings: Settings, now: dt.datetime, name: str, subject: str
) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = _named(settings.name or name, settings.sender)
    message["To"] = _named("", letter.to)
    message["Subject"] = _line(subject, SUBJECT_MAX)
    message["Date"] = format_datetime(now)
    own = sha256(mail.mail.encode()).hexdigest()[:32]
    message["Message-ID"] = f"<{own}@{settings.sender.rpartition('@')[2]}>"
    if settings.reply_to:
        message["Reply-To"] = _named("", settings.reply_to)
    message["Auto-Submitted"] = "auto-generated"
    return message


def _line(text: str, limit: int) -> str:
    """One line that stays one.

    The library unpacks `=?utf-8?q?…?=` wherever it reads a header, and what comes out of it may
    hold line ends.
    """
    return plain(text.replace("=?", "= ?"), limit)


def _named(name: str, address: str) -> Address:
    """An address of two parts, so that no text can be read as another one."""
    user, _, domain = address.rpartition("@")
    return Address(_line(name, 80), user, domain.encode("idna").decode("ascii"))


def _receipt(
    connection: Connection, mail: Waiting, letter: Letter, settings: Settings, now: dt.datetime
) -> EmailMessage:
    from pos_app.receipts.html import as_html
    from pos_app.receipts.plain_text import as_text

    row = connection.one(_FACT, (letter.about,))
    if row is None:
        raise NotYetError
    fact = decode_fact(bytes(row[0]))
    if not isinstance(fact, Sale | Refunded | Voided):
        raise ValueError("no receipt")  # noqa: TRY004 - what is said is wrong, not a type of ours
    shop = store.load(connection, fact.store).store
    receipt = _document(connection, fact, shop, letter)
    subject = words.gettext("Your receipt {number} of {shop}", receipt.locale)
    said = subject.format(number=fact.doc_no, shop=shop.name)
    message = _message(mail, letter, settings, now, shop.name, said)
    message.set_content(as_text(receipt))
    message.add_alternative(as_html(receipt), subtype="html")
    return message


def _document(
    connection: Connection, fact: Sale | Refunded | Voided, shop: Store, letter: Letter
) -> Receipt:
    from pos_app.receipts.build import sale_receipt, void_receipt
    from pos_app.receipts.refund import refund_receipt

    found = connection.one(_CASHIER, (fact.store, fact.actor))
    cashier = str(found[0]) if found is not None else fact.actor
    language = letter.language if letter.language in words.languages() else ""
    if isinstance(fact, Sale):
        return sale_receipt(fact, shop, language, cashier=cashier, reference=letter.code)
    if isinstance(fact, Voided):
        return void_receipt(fact, shop, language, cashier=cashier)
    return refund_receipt(fact, shop, language, cashier=cashier)


def _export(
    connection: Connection, mail: Waiting, letter: Letter, settings: Settings, now: dt.datetime
) -> EmailMessage:
    told = privacy.export(connection, letter.about, now)
    subject = words.gettext("Your data", letter.language)
    message = _message(mail, letter, settings, now, settings.name, subject)
    said = words.gettext("Attached is everything we have stored about you.", letter.language)
    message.set_content(f"{said}\n")
    data = msgspec.json.format(msgspec.json.encode(told), indent=2)
    message.add_attachment(data, maintype="application", subtype="json", filename="data.json")
    return message
