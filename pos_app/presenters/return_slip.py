"""A slip that was given for goods taken in: what became of it, as head office says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pos_app.domain.day import parse_utc
from pos_app.domain.errors import PosError
from pos_app.domain.value_code import CREDIT, account_of, looks_like, read_code
from pos_app.presenters.desk import LEDGER
from pos_app.presenters.return_order import place_of
from pos_app.presenters.return_views import FindView
from pos_app.till import inquiries, pending
from pos_app.words import _, money, since

if TYPE_CHECKING:
    from pos_app.presenters.desk import Desk
    from pos_app.presenters.returns import Returns
    from sync.protocol import PendedReply


class Slips:
    """The slip that was scanned last."""

    def __init__(self, desk: Desk, returns: Returns) -> None:
        self.desk, self.returns = desk, returns
        self.account = ""
        self._ask_id = ""
        self._reply: PendedReply | None = None
        self._heard = False

    def drop(self) -> bool:
        """Esc; False where none is shown."""
        was, self.account = bool(self.account), ""
        return was

    def scan(self, code: str) -> bool:
        """True where the code is that of a slip: head office is asked what became of it."""
        if not looks_like(code):
            return False
        try:
            read = read_code(code)
        except PosError as error:
            self.returns.refuse(error)
            return True
        if read.kind != CREDIT:
            return False
        self.returns.finder.begin()
        self.account, self._reply, self._heard = account_of(read), None, False
        self._ask_id = pending.look(self.desk.till, self.account)
        self.desk.hands.sound("ok")
        self.heard()
        self.returns.show()
        return True

    def heard(self) -> None:
        """Something came of the hub, perhaps the answer to this."""
        till, account, ask_id = self.desk.till, self.account, self._ask_id
        if not account or self._heard or inquiries.state(till, ask_id) == inquiries.WAITING:
            return
        self._heard = True

        def told(reply: PendedReply | None) -> None:
            if account == self.account:
                self._reply = reply
                self.returns.show()
                shown = self.view()
                if shown is not None:
                    self.desk.hands.announce(f"{shown.title} {shown.detail}")

        self.desk.hands.run(LEDGER, lambda: pending.told(till, account, ask_id), told)

    def view(self) -> FindView | None:
        """What is shown of it; None where no slip was scanned."""
        if not self.account:
            return None
        if not self._heard:
            return FindView(asking=_("Asking head office…"))
        title, detail = self._said() if self._reply is not None else self._known_here()
        return FindView(title=title, detail=detail, icon="wallet")

    def _known_here(self) -> tuple[str, str]:
        waiting = pending.waiting(self.desk.till)
        row = next((each for each in waiting if each.slip == self.account), None)
        todo = _("Try again when the line is back.")
        if row is None:
            return _("Only head office knows what this slip is worth."), todo
        title = _("Taken in here, up to {amount}. It has no value yet.")
        return title.format(amount=money(row.amount, row.currency)), todo

    def _said(self) -> tuple[str, str]:
        told = self._reply
        if told is None:
            return "", ""
        worth = money(told.credited, told.currency or self.desk.currency)
        asked = money(told.amount, told.currency or self.desk.currency)
        use = _("Scan it in Pay: it pays as store credit.")
        words = {
            "CONFIRMED": (_("This slip is worth {amount}.").format(amount=worth), use),
            "PAID": (_("This slip is worth {amount}.").format(amount=worth), use),
            "ADJUSTED": (
                _("This slip is worth {amount}, not {asked}.").format(amount=worth, asked=asked),
                f"{told.why} {use}".strip(),
            ),
            "REJECTED": (_("This slip has no value."), told.why),
            "CONFLICT": (
                _("A manager has to look at this slip: {amount}.").format(amount=asked),
                told.why or _("It is under Needs attention. Nothing is paid before."),
            ),
            "WAITING": (_("Head office has not decided yet."), self._since(told)),
        }
        unknown = (
            _("Head office has not heard of this slip yet."),
            _("The till that took the goods in has not sent it. Try again later."),
        )
        return words.get(told.state, unknown)

    def _since(self, told: PendedReply) -> str:
        if not told.at:
            return ""
        when = since(parse_utc(told.at), self.desk.till.now(), self.desk.zone)
        place = place_of(self.desk, told.store)
        return _("Taken in at {place}, {time}. Nothing is lost.").format(place=place, time=when)
