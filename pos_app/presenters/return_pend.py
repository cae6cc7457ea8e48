"""Goods taken in without money: no copy here, no receipt, or no line to head office. A slip is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from pos_app.domain.catalogue import PIECE
from pos_app.domain.errors import PosError
from pos_app.domain.money import MILLI
from pos_app.domain.returns import SELLABLE
from pos_app.presenters.desk import LEDGER
from pos_app.presenters.return_money import CONDITION_WORDS, named
from pos_app.presenters.return_order import chips
from pos_app.presenters.return_views import (
    CONDITIONS,
    REASONS,
    BackView,
    DoneRefund,
    OrderView,
    ReturnLine,
    ReturnsState,
    TargetView,
)
from pos_app.presenters.views import dotted
from pos_app.till import lookup, pending
from pos_app.till.permission import decide
from pos_app.words import _, money, ngettext, number, quantity

if TYPE_CHECKING:
    from pos_app.presenters.desk import Desk
    from pos_app.presenters.returns import Returns
    from pos_app.till.pending import Goods, Pended
    from pos_app.till.returning import Returning
    from sync.protocol import PendedLine
    from sync.protocol.orders import OrderRow


class Pending:
    """What is about to be taken in, line by line."""

    def __init__(self, desk: Desk, returns: Returns) -> None:
        self.desk, self.returns = desk, returns
        self.goods: Goods | None = None
        self.order: OrderRow | None = None
        self.lines: dict[int, PendedLine] = {}
        """Place -> what is taken in of it."""
        self.line = 0
        self.done: Pended | None = None

    @property
    def open(self) -> bool:
        """True while goods are gathered."""
        return self.goods is not None

    @property
    def reason(self) -> str:
        """Of the line touched last."""
        line = self.lines.get(self.line)
        return line.reason if line is not None else ""

    def may(self) -> bool:
        """True where who is signed in may take goods in that come without a receipt."""
        try:
            return decide(self.desk.till, pending.NO_RECEIPT_ACTION, 1).outcome.value != "refused"
        except PosError:
            return False

    # ---- coming and going

    def take_in(self) -> None:
        """Take in: of the order or the paper that was looked for."""
        search = self.returns.finder.search
        till = self.desk.till
        try:
            if search is not None and search.order is not None:
                self._begin(pending.of_order(till, search.order), search.order)
            else:
                paper = (search.doc_no or search.text) if search is not None else ""
                self._begin(pending.of_paper(till, paper), None)
        except PosError as error:
            self.returns.refuse(error)

    def without_receipt(self) -> None:
        """Nothing can be shown: the goods alone."""
        self._begin(pending.without_receipt(self.desk.till), None)

    def _begin(self, goods: Goods, order: OrderRow | None) -> None:
        returns = self.returns
        returns.finder.begin()
        self.goods, self.order, self.lines, self.line, self.done = goods, order, {}, 0, None
        returns.back, returns.done, returns.text, returns.refused = None, None, "", ("", "")
        returns.word.chosen(None)
        returns.on_found()
        returns.show()

    def drop(self) -> None:
        """Nothing is taken in."""
        self.goods, self.order, self.lines, self.line, self.done = None, None, {}, 0, None

    # ---- what comes in

    def scan(self, code: str) -> bool:
        """One more piece of a product."""
        goods = self.goods
        if goods is None or self.returns.busy:
            return False
        try:
            line = pending.add(self.desk.till, goods, code).lines[-1]
        except PosError as error:
            self.returns.refuse(error)
            return False
        if self.order is not None:
            return self._of_order(line.sku, line.label)
        same = next((at for at, held in self.lines.items() if held.sku == line.sku), 0)
        self.desk.hands.sound("again" if same else "ok")
        place = same or max(self.lines, default=0) + 1
        had = self.lines.get(place)
        self._set(place, (had.qty if had is not None else 0) + MILLI, line)
        return True

    def _of_order(self, sku: str, name: str) -> bool:
        from pos_app.domain.errors import Refused

        order = self.order
        if order is None:
            return False
        for at, row in enumerate(order.lines, 1):
            had = self.lines[at].qty if at in self.lines else 0
            if sku in (row.sku, row.instead) and had < (row.handed or row.qty):
                self.desk.hands.sound("again" if had else "ok")
                self._set(at, had + MILLI)
                return True
        self.returns.refuse(Refused("not_on_receipt", name=name, doc_no=order.name))
        return False

    def sku(self, sku: str) -> bool:
        """A product of the search."""
        found = self.scan(sku)
        if found:
            self.returns.text = ""
            self.returns.going.goods = ()
            self.returns.on_found()
            self.returns.show()
        return found

    def toggle(self, place: int) -> None:
        """A tap on a line."""
        if self.returns.busy:
            return
        if place in self.lines:
            self._set(place, 0)
        elif self.order is not None:
            self._set(place, MILLI)

    def step(self, place: int, pieces: int) -> None:
        """One more or one less."""
        held = self.lines.get(place)
        if held is not None and not self.returns.busy:
            self._set(place, max(0, held.qty + pieces * MILLI))

    def _set(self, place: int, qty: int, fresh: PendedLine | None = None) -> None:
        """So much of a place; its worth follows."""
        goods = self.goods
        if goods is None:
            return
        held = self.lines.get(place, fresh)
        try:
            if not qty:
                self.lines.pop(place, None)
            else:
                self.lines[place] = self._line(goods, place, qty, held)
        except PosError as error:
            self.returns.refuse(error)
            return
        self.line, self.returns.refused = place, ("", "")
        self.returns.show()

    def _line(self, goods: Goods, place: int, qty: int, held: PendedLine | None) -> PendedLine:
        reason = held.reason if held is not None else ""
        condition = held.condition if held is not None else SELLABLE
        if self.order is not None:
            row = self.order.lines[place - 1]
            line = pending.take(goods, self.order, row.line, qty, reason).lines[-1]
            return replace(line, condition=condition)
        sku = held.sku if held is not None else ""
        return pending.add(self.desk.till, goods, sku, qty, reason, condition).lines[-1]

    def choose_reason(self, place: int, reason: str) -> None:
        """Why it comes back; once more takes it off."""
        held = self.lines.get(place)
        if held is not None and not self.returns.busy:
            new = "" if held.reason == reason else reason
            self.lines[place], self.line = replace(held, reason=new), place
            self.returns.show()

    def choose_condition(self, place: int, condition: str) -> None:
        """Whether it can be sold again."""
        held = self.lines.get(place)
        if held is not None and not self.returns.busy:
            self.lines[place], self.line = replace(held, condition=condition), place
            self.returns.show()

    # ---- the end of it

    def finish(self) -> None:
        """F12: the goods are in."""
        goods, returns = self.goods, self.returns
        if goods is None or returns.state.button_reason or returns.busy:
            return
        lines = tuple(self.lines[at] for at in sorted(self.lines))
        self.write(_with(goods, lines))

    def of_return(self, back: Returning) -> None:
        """What is chosen of a sale that is known is taken in, not paid."""
        try:
            goods = pending.of_return(self.desk.till, back)
        except PosError as error:
            self.returns.refuse(error)
            return
        self.write(goods)

    def write(self, goods: Goods) -> None:
        """Writes it on the ledger's lane, asking whoever has to agree."""
        till, returns = self.desk.till, self.returns
        returns.busy = True
        returns.show()

        def done(made: Pended) -> None:
            returns.busy = False
            self.drop()
            self.done, returns.back, returns.paper = made, None, ("", "")
            returns.word.used()
            self.desk.hands.sound("paid")
            returns.show()
            shown = returns.state.done
            if shown is not None:
                self.desk.hands.announce(f"{shown.title}. {shown.detail}")
            returns.receipts.run()

        def refused(error: PosError) -> None:
            returns.busy = False
            returns.refuse(error)

        self.desk.attempt(
            lambda given: pending.pend(till, goods, approval=given.approval),
            done,
            refused,
            title=_("Take goods in"),
            lane=LEDGER,
        )

    # ---- what is shown

    def screen(self, state: ReturnsState) -> ReturnsState:
        """The screen while goods are taken in, or right after."""
        if self.done is not None:
            return self._done_screen(state, self.done)
        goods = self.goods
        if goods is None:
            return state
        order = self.order
        rows = self._order_rows(order) if order is not None else self._own_rows()
        receipt = goods.sale_doc
        hint = _("Scan the item, or search it") if order is None else _("Scan the item or tap it")
        state = replace(
            state,
            order=self._card(receipt),
            lines=rows,
            heading=_("What is coming back?"),
            heading_hint=hint,
            hint=hint,
            goods=self.returns.going.goods,
            title=_("Take in {number}").format(number=receipt) if receipt else _("No receipt"),
            detail=_("Goods in, no money yet"),
            button=_("Take in"),
            button_amount=_("Print slip"),
            button_reason=_("Scan what comes back"),
        )
        if not self.lines:
            return state
        held = tuple(self.lines[at] for at in sorted(self.lines))
        why = "" if all(line.reason for line in held) else _("Choose why")
        amount = sum(line.amount for line in held)
        told, tone, blocked = self._approval(_with(goods, held))
        pieces = sum(line.qty // MILLI if line.unit == PIECE else 1 for line in held)
        form = ngettext("{count} item in", "{count} items in", pieces)
        return replace(
            state,
            detail=form.format(count=number(pieces)),
            back=tuple(_back_view(line, goods.currency) for line in held),
            net=_("Slip, up to"),
            amount=money(amount, goods.currency),
            targets=(slip_target(),),
            approval=told,
            approval_tone=tone,
            button_reason=_("One moment…") if self.returns.busy else why or blocked,
        )

    def approval(self, back: Returning) -> tuple[str, str, str]:
        """The same for what is chosen of a sale that is known."""
        try:
            return self._approval(pending.of_return(self.desk.till, back))
        except PosError as error:
            return "", "plain", self.desk.words(error).title

    def _approval(self, goods: Goods) -> tuple[str, str, str]:
        try:
            decision = pending.decided(self.desk.till, goods)
        except PosError as error:
            return "", "plain", self.desk.words(error).title
        if decision.allowed:
            return _("No approval needed"), "plain", ""
        if decision.outcome.value == "refused":
            return "", "off", _("You may not take this in. Ask a manager.")
        return _("A manager has to agree."), "warn", ""

    def _card(self, receipt: str) -> OrderView:
        order = self.order
        if order is not None or self.returns.finder.names_order(receipt):
            title, icon = _("Online order {number}").format(number=receipt), "globe"
        elif receipt:
            title, icon = _("Receipt {number}").format(number=receipt), "receipt-text"
        else:
            title, icon = _("Goods without a receipt"), "receipt"
        words = _("No copy here") if receipt else _("Nothing was shown")
        return OrderView(title, words, "off", "", (), "", icon=icon)

    def _order_rows(self, order: OrderRow) -> tuple[ReturnLine, ...]:
        rows = []
        for at, line in enumerate(order.lines, 1):
            bought = _("{quantity} bought").format(quantity=quantity(line.qty, PIECE))
            most = line.handed or line.qty
            view = self._row(at, line.title, dotted(line.variant, bought), line.sku, most)
            amount = money(line.total, order.currency or self.desk.currency)
            rows.append(view if at in self.lines else replace(view, amount=amount))
        return tuple(rows)

    def _own_rows(self) -> tuple[ReturnLine, ...]:
        return tuple(
            self._row(at, held.label, held.variant, held.sku, 0) for at, held in self.lines.items()
        )

    def _row(self, at: int, name: str, detail: str, sku: str, most: int) -> ReturnLine:
        article = lookup.by_sku(self.desk.till, sku) if sku else None
        held = self.lines.get(at)
        view = ReturnLine(
            line=at,
            name=name,
            detail=detail,
            amount="",
            note="",
            icon=(article.product.icon if article else "") or "package",
            chosen=held is not None,
            current=at == self.line,
            can=True,
        )
        if held is None:
            return view
        return replace(
            view,
            amount=money(held.amount, self.desk.currency),
            note=_("price of today") if self.order is None else "",
            qty=quantity(held.qty, held.unit),
            can_more=not most or held.qty + MILLI <= most,
            can_fewer=held.qty > MILLI,
            stepper=held.unit == PIECE and (not most or most > MILLI),
            reasons=chips(REASONS, held.reason),
            conditions=chips(CONDITIONS, held.condition),
        )

    def _done_screen(self, state: ReturnsState, done: Pended) -> ReturnsState:
        fact = done.fact
        words, tone = self.returns.paper
        detail = _("Give the slip. It has a value once head office has found the sale.")
        return replace(
            state,
            title=_("Taken in"),
            detail=_("Of {number}").format(number=fact.sale_doc) if fact.sale_doc else "",
            done=DoneRefund(
                _("Goods are in. Nothing is paid yet."),
                "",
                detail,
                tone="off",
                rows=((_("Slip, up to"), money(fact.amount, fact.currency)),),
                paper=words or _("The slip goes to the printer."),
                paper_tone=tone or "plain",
            ),
            button=_("Next sale"),
            button_reason="",
        )


def slip_target() -> TargetView:
    """Where the money goes while nobody can say: on a slip, once it is confirmed."""
    title = _("A slip with a code")
    return TargetView("wallet", title, _("No value until head office confirms it"), tone="off")


def _back_view(line: PendedLine, currency: str) -> BackView:
    name = named(line.label, line.variant, line.qty, line.unit)
    return BackView(name, CONDITION_WORDS[line.condition](), money(line.amount, currency))


def _with(goods: Goods, lines: tuple[PendedLine, ...]) -> Goods:
    import dataclasses

    return dataclasses.replace(goods, lines=lines)
