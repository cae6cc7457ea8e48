"""What became of the sale before: change to give, and what its receipt and the drawer do."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from pos_app.domain.errors import PosError
from pos_app.presenters.desk import LEDGER, PRINTER, Consent, Desk
from pos_app.presenters.views import Coin, coin_views, points_text, tender_name
from pos_app.till import checkout, drawer, printing, reprint, void
from pos_app.till.papers import NONE, RECEIPT
from pos_app.words import _
from sync.protocol import FactPoints

SHOWN_MS = 60_000
"""It leaves by itself."""
NOT_VOIDED = (
    "exchange_not_voided",
    "sale_has_refunds",
    "void_other_day",
    "not_allowed",
    "needs_hub",
)
"""Why a sale is not taken back as a whole where its goods may still come back one by one."""


class DoneView(msgspec.Struct, frozen=True):
    """The green card."""

    sale_id: str
    title: str
    detail: str
    receipt: str
    receipt_tone: str
    """ok, warn or plain."""
    label: str
    amount: str
    coins: tuple[Coin, ...] = ()
    trouble: str = ""
    """What the printer or the drawer needs from a person."""
    unknown: str = ""
    """The print job of which nobody knows whether it came out; empty for none."""
    print_words: str = ""
    """What the print button does now."""
    waits: bool = False
    """The receipt itself is still owed to paper: printing it is no copy."""
    shut: bool = False
    """The drawer should have opened and did not."""
    paper: str = RECEIPT
    points: str = ""
    """What it did to its customer's points, and how many they have now."""


class Unknown(msgspec.Struct, frozen=True):
    """A print job of which nobody knows whether it came out."""

    job_id: str
    kind: str
    """receipt, copy, void, z or test."""
    doc_no: str

    @property
    def question(self) -> str:
        """What a person is asked."""
        if self.kind == "z":
            return _("Did the report of the shift come out?")
        if self.kind == "test":
            return _("Did the test page come out?")
        return _("Did receipt {number} come out?").format(number=self.doc_no)


class Receipts:
    """Runs the print queue after each commit and tells what it needs.

    The queue is worked in three steps on two lanes, so a printer that is out delays no commit.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.trouble: PosError | None = None
        """What the printer needs from a person."""
        self.shut: PosError | None = None
        """Why the drawer did not open where it should have."""
        self.paper_low = False
        self.unknown: tuple[Unknown, ...] = ()
        """Jobs a person has to look at the paper for."""
        self.on_trouble: Callable[[], None] = lambda: None
        self.on_ending: Callable[[printing.Ending], None] = lambda _ending: None
        self.on_answer: Callable[[str, str], None] = lambda _job_id, _state: None
        self._running = False
        self._again = False

    def run(self) -> None:
        """Works the queue until nothing is due; called after a commit and by a timer."""
        if self._running:
            self._again = True
            return
        self._running, self._again = True, False
        self.desk.hands.run(LEDGER, self.desk.till.printing.take, self._taken, self._failed)

    def _taken(self, work: printing.Work | None) -> None:
        if work is None:
            self._running = False
            if self._again:
                self.run()
            return
        self.desk.hands.run(
            PRINTER,
            lambda: self.desk.till.printing.perform(work),
            lambda ending: self._performed(work, ending),
            self._failed,
        )

    def _performed(self, work: printing.Work, ending: printing.Ending) -> None:
        self.desk.hands.run(
            LEDGER,
            lambda: self.desk.till.printing.settle(work, ending),
            lambda _result: self._settled(ending),
            self._failed,
        )

    def _settled(self, ending: printing.Ending) -> None:
        if ending.state == "queued" and ending.error is None and self.trouble is not None:
            # Only its drawer was opened: the receipt waits for what the printer needs already.
            ending = dataclasses.replace(ending, error=self.trouble)
        self.trouble = None if ending.state == "unknown" else ending.error
        if ending.kicked:
            self.shut = ending.drawer
        if ending.paper_low and not self.paper_low:
            self.desk.hands.toast(_("The paper roll ends soon. Have a new one ready."))
        if ending.state == "printed" and ending.kind != "drawer":
            self.paper_low = ending.paper_low
        self._running = False
        self.look()
        self.on_ending(ending)
        self.on_trouble()
        self.desk.on_printed()
        self.run()

    def _failed(self, error: BaseException) -> None:
        self._running = False
        if not isinstance(error, PosError):
            raise error
        self.trouble = error
        self.on_trouble()

    def look(self) -> None:
        """Reads of which jobs nobody knows whether they came out."""
        jobs = self.desk.till.view.print_jobs(("unknown",))
        self.unknown = tuple(Unknown(job.job_id, job.kind, job.doc_no) for job in jobs)

    def came_out(self, job_id: str) -> None:
        """A person saw the paper."""
        till = self.desk.till
        self._answer(lambda: till.printing.confirm(job_id), job_id, "printed")

    def print_again(self, job_id: str) -> None:
        """It did not, or nobody knows: once more, marked as a possible duplicate."""
        till = self.desk.till
        self._answer(lambda: till.printing.print_again(job_id), job_id, "queued")

    def _answer(self, job: Callable[[], object], job_id: str, state: str) -> None:
        def answered(_result: object) -> None:
            self.look()
            self.on_answer(job_id, state)
            self.on_trouble()
            self.run()

        self.desk.hands.run(LEDGER, job, answered, self.desk.tell)

    def trial(self) -> None:
        """A page that shows whether the printer is set up rightly."""
        till = self.desk.till

        def queued(_job: object) -> None:
            self.desk.hands.toast(_("A test page goes to the printer."))
            self.retry()

        self.desk.hands.run(LEDGER, till.printing.trial, queued, self.desk.tell)

    def retry(self) -> None:
        """A person says the printer is ready."""
        self.desk.till.printing.retry_now()
        self.run()

    def open_drawer(self) -> None:
        """Without a sale, with a reason."""
        till = self.desk.till
        self.desk.attempt(
            lambda consent: drawer.open_drawer(till, consent.reason, approval=consent.approval),
            lambda _result: self.kick(),
            self.desk.tell,
            title=_("Open the drawer"),
            lane=LEDGER,
        )

    def kick(self, then: Callable[[], None] = lambda: None) -> None:
        """Opens it on the device's lane; `then` where it did."""
        till = self.desk.till

        def opened(_result: object) -> None:
            self.shut = None
            then()
            self.on_trouble()

        self.desk.hands.run(PRINTER, lambda: drawer.kick(till), opened, self.desk.tell)

    def copy(self, sale_id: str, consent: Consent | None = None) -> None:
        """Prints a sale's receipt again, marked as a copy."""
        till = self.desk.till

        def copied(result: reprint.Copied) -> None:
            text = _("Copy {count} of receipt {number} goes to the printer.")
            if not result.copy_no:
                text = _("Receipt {number} goes to the printer.")
            self.desk.hands.toast(text.format(count=result.copy_no, number=result.doc_no))
            self.run()

        self.desk.attempt(
            lambda given: reprint.reprint(till, sale_id, given.reason, approval=given.approval),
            copied,
            self.desk.tell,
            title=_("Print again"),
            lane=LEDGER,
            consent=consent,
        )

    def take_back(
        self,
        sale_id: str,
        voided: Callable[[], None],
        consent: Consent | None = None,
        instead: Callable[[], None] | None = None,
    ) -> None:
        """Takes a whole sale back; `instead` where that is no longer done, but its goods may come."""
        till = self.desk.till

        def refused(error: BaseException) -> None:
            if instead is None or getattr(error, "code", "") not in NOT_VOIDED:
                self.desk.tell(error)
                return
            instead()

        def done(result: void.Voiding) -> None:
            words = [_("Sale {number} taken back.").format(number=result.void.sale_doc)]
            cash = sum(row.amount for row in result.void.payments if row.tender == "cash")
            card = sum(row.amount for row in result.void.payments if row.tender != "cash")
            if cash:
                words.append(_("Give {amount} back.").format(amount=self.desk.money(-cash)))
            itself = result.by_terminal
            if itself:
                form = _("The card terminal gives {amount} back by itself.")
                words.append(form.format(amount=self.desk.money(itself)))
            if -card > itself:
                form = _("Refund {amount} on the card terminal.")
                words.append(form.format(amount=self.desk.money(-card - itself)))
            self.desk.hands.toast(" ".join(words))
            self.run()
            voided()

        self.desk.attempt(
            lambda given: void.void_sale(till, sale_id, given.reason, approval=given.approval),
            done,
            refused,
            title=_("Take this sale back"),
            lane=LEDGER,
            consent=consent,
        )


def done_view(desk: Desk, completed: checkout.Completed) -> DoneView:
    """The card right after the commit; its receipt is on the way."""
    sale = completed.sale
    tenders = " + ".join(dict.fromkeys(tender_name(payment.tender) for payment in sale.payments))
    cash = any(payment.tender == "cash" for payment in sale.payments)
    label = _("Change") if cash else _("Paid")
    amount = completed.change if cash else sale.payable
    printer = desk.till.devices.printer is not None
    told = _("Receipt is printing") if printer else _("No printer here")
    paper = completed.paper
    return DoneView(
        sale.id,
        _("Sale {number} paid").format(number=sale.doc_no),
        tenders,
        _("No receipt wanted") if paper == NONE else told,
        "plain",
        label,
        desk.money(amount),
        coin_views(completed.change, sale.currency) if cash else (),
        print_words=_("Print receipt") if paper == NONE else _("Print again"),
        paper=paper,
        points=_points(sale.points),
    )


def _points(told: FactPoints | None) -> str:
    if told is None or not (told.earned or told.spent):
        return ""
    now = points_text(max(told.before + told.earned - told.spent, 0))
    form = _("{earned} earned, {points} now")
    return form.format(earned=points_text(told.earned), points=now)


def with_ending(desk: Desk, done: DoneView, ending: printing.Ending) -> DoneView:
    """The card after the printer answered; only the sale's own receipt changes what it says."""
    if ending.drawer is not None:
        told = desk.words(ending.drawer)
        done = replace(done, shut=True, trouble=_sentences(told.safe, told.todo))
        if ending.kind == "drawer":
            return replace(done, receipt=told.title, receipt_tone="warn")
    if ending.kind not in ("receipt", ""):
        return done
    if ending.state == "unknown":
        return replace(
            done,
            receipt=_("Did the receipt come out?"),
            receipt_tone="warn",
            trouble=_("The printer went away while it printed. Look at the paper."),
            unknown=ending.job_id,
            print_words=_("Print again"),
            waits=False,
        )
    if ending.state == "printed":
        printed = _("Receipt printed \u00b7 the roll ends soon")
        words = printed if ending.paper_low else _("Receipt printed")
        tone = "warn" if ending.paper_low else "ok"
        if ending.drawer is not None:
            words, tone = desk.words(ending.drawer).title, "warn"
        trouble = done.trouble if ending.drawer is not None else ""
        done = replace(done, receipt=words, receipt_tone=tone, trouble=trouble)
        return replace(done, print_words=_("Print again"), waits=False)
    if ending.error is not None:
        told = desk.words(ending.error)
        waits = ending.state in ("queued", "printing")
        return replace(
            done,
            receipt=told.title,
            receipt_tone="warn",
            trouble=_sentences(told.safe, told.todo),
            print_words=_("Print now") if waits else _("Print again"),
            waits=waits,
        )
    return done


def with_kick(done: DoneView | None) -> DoneView | None:
    """The card after the drawer opened at last."""
    if done is None or not done.shut:
        return done
    said = _("Receipt is printing") if done.waits else _("Drawer opened")
    return replace(done, receipt=said, receipt_tone="plain", trouble="", shut=False)


def with_answer(done: DoneView, state: str) -> DoneView:
    """The card after a person looked at the paper."""
    words = _("Receipt printed") if state == "printed" else _("Receipt is printing")
    tone = "ok" if state == "printed" else "plain"
    return replace(done, receipt=words, receipt_tone=tone, trouble="", unknown="")


def _sentences(*parts: str) -> str:
    return " ".join(part for part in parts if part)
