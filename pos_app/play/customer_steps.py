"""The steps of a play about customers; `who` is a card, an address, a number or a whole name."""

from __future__ import annotations

from decimal import Decimal

from pos_app.play.step import Step


class FindCustomer(Step, frozen=True, tag="find_customer"):
    """What is typed into the search of customers; `first` is the name that must come first."""

    text: str
    first: str = ""


class AttachCustomer(Step, frozen=True, tag="attach_customer"):
    """The open sale is theirs from here on."""

    who: str


class DetachCustomer(Step, frozen=True, tag="detach_customer"):
    """It is nobody's."""


class SaveCustomer(Step, frozen=True, tag="save_customer"):
    """Somebody new, or with `who` a change of somebody known."""

    who: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    card: str = ""
    birthday: str = ""
    member: bool | None = None
    consents: dict[str, str] | None = None
    attach: bool = False


class NoteConsent(Step, frozen=True, tag="note_consent"):
    """What somebody said to a purpose."""

    who: str
    purpose: str
    state: str


class NoteCustomer(Step, frozen=True, tag="note_customer"):
    """A word staff should see; with `support` a request that somebody has to settle."""

    who: str
    text: str
    support: bool = False
    about: str = ""


class SettleSupport(Step, frozen=True, tag="settle_support"):
    """What became of a request, by its number."""

    who: str
    number: str
    state: str = "solved"
    text: str = ""


class MergeCustomers(Step, frozen=True, tag="merge_customers"):
    """Two are one person; `undo`: they are two after all; `no`: they are two, and not asked again."""

    who: str
    other: str
    undo: bool = False
    no: bool = False


class ShowContacts(Step, frozen=True, tag="show_contacts"):
    """Somebody's addresses are looked at in full."""

    who: str


class MailReceipt(Step, frozen=True, tag="mail_receipt"):
    """A receipt is sent to an address, or to the one of `who`."""

    email: str = ""
    who: str = ""
    doc_no: str = ""


class CustomerData(Step, frozen=True, tag="customer_data"):
    """Somebody's data is sent to them (`export`), or erased (`erase`)."""

    who: str
    what: str


class CustomerHistory(Step, frozen=True, tag="customer_history"):
    """What happened with somebody, as head office knows it; asked until it says so."""

    who: str
    kind: str = ""
    timeout_s: int = 60


class WaitCustomer(Step, frozen=True, tag="wait_customer"):
    """Waits until this till knows somebody, or with `gone` nobody by that; as told of by the hub."""

    who: str
    gone: bool = False
    points: Decimal | None = None
    timeout_s: int = 60


CustomerStep = (
    FindCustomer
    | AttachCustomer
    | DetachCustomer
    | SaveCustomer
    | NoteConsent
    | NoteCustomer
    | SettleSupport
    | MergeCustomers
    | ShowContacts
    | MailReceipt
    | CustomerData
)
CustomerWait = CustomerHistory | WaitCustomer
