"""An order on the counter: how its owner showed it, who is here, what goes along, what is due."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from pos_app.domain.handing import CODE, NAME, NAMED, OTHER, QR, SELF, Handing
from pos_app.domain.money import MILLI
from pos_app.domain.pickup import LAPSED, TO_PICK, WAITS_FOR_CUSTOMER
from pos_app.presenters import pickup_rows as worded
from pos_app.presenters.exception_views import ChoiceView
from pos_app.presenters.hand_over_views import BagLine, ExtraView, Fact, HandOverView
from pos_app.presenters.views import Row, dotted, short_money
from pos_app.till import checkout, goes_with, hand_over, lookup
from pos_app.words import _, clock, ngettext, number, quantity

if TYPE_CHECKING:
    from pos_app.domain.basket import Basket
    from pos_app.domain.tender import Payment
    from pos_app.presenters.desk import Desk
    from pos_app.till.lookup import Article
    from pos_app.till.permission import Approval
    from pos_app.till.pickup import Order
    from sync.protocol.orders import OrderLine, OrderRow


class Giving:
    """Holds what was said and chosen for one order; `view` puts it into words."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.order: Order | None = None
        self.who = SELF
        self.opened = False
        self.bag_here = False
        """True where the bag is on the counter though this till never heard that it was packed."""
        self._proof = ""
        self._of = ""
        """The order that the proof is for."""
        self._seen_at: datetime | None = None
        self._along: dict[str, int] = {}
        """Line -> thousandths that go along, of an open bag."""
        self._extras: list[Article] = []
        self._offers: tuple[Article, ...] = ()
        self._offers_of = ""

    @property
    def proven(self) -> bool:
        """True where somebody came with the code of this order."""
        return bool(self._proof)

    @property
    def name(self) -> str:
        """What the order is called."""
        return self.order.row.name if self.order is not None else ""

    def leave(self) -> None:
        """Another order, or none."""
        self.order, self.who, self.opened, self.bag_here = None, SELF, False, False
        self._proof, self._of, self._seen_at = "", "", None
        self._along, self._extras = {}, []

    def prove(self, order: Order, proof: str) -> None:
        """Somebody came with its code."""
        if proof in (QR, CODE):
            self._proof, self._of = proof, order.reservation
            self._seen_at = self.desk.till.now()

    def stand(self, order: Order) -> None:
        """The order that is open is on the counter, or it is not."""
        row, came = order.row, self._of == order.reservation
        late = came and (row.state == LAPSED or (row.state in TO_PICK and self.bag_here))
        if row.way == "pickup" and (row.state in WAITS_FOR_CUSTOMER or late):
            self.look(order)
        elif came and row.state in TO_PICK:
            self.order = None
        else:
            self.leave()

    @property
    def may_be_here(self) -> bool:
        """True where somebody came with the code of what is to be picked still."""
        return self.proven and self.order is None

    def look(self, order: Order) -> None:
        """An order is on the counter, as it is now."""
        if self._of not in ("", order.reservation) or (
            self.order is not None and self.order.reservation != order.reservation
        ):
            self.leave()
        self.order = order
        if self._offers_of != order.reservation:
            self._offers_of = order.reservation
            self._offers = goes_with.offers(self.desk.till, order.row)

    # ---- what goes along

    def open_bag(self) -> None:
        """Only some of it goes with the customer; again: all of it."""
        self.opened = not self.opened
        self._along = (
            {line.line: self._ready(line) for line in self._lines()} if self.opened else {}
        )

    def toggle_line(self, line: str) -> None:
        """One piece less of a line goes along; after the last one all of them again."""
        whole = next((self._ready(each) for each in self._lines() if each.line == line), 0)
        if self.opened and whole:
            now = self._along.get(line, whole)
            step = MILLI if whole % MILLI == 0 else whole
            self._along[line] = now - step if now > 0 else whole

    def _ready(self, line: OrderLine) -> int:
        """What of a line lies in the bag, thousandths."""
        there = line.qty - line.short if self.bag_here else line.picked
        return max(0, there - line.handed)

    def _lines(self) -> tuple[OrderLine, ...]:
        return self.order.row.lines if self.order is not None else ()

    def toggle_extra(self, sku: str) -> None:
        """What is offered goes with it, or not."""
        held = [each for each in self._extras if each.product.sku != sku]
        if len(held) == len(self._extras):
            held += [each for each in self._offers if each.product.sku == sku]
        self._extras = held

    def scan(self, code: str) -> None:
        """Something the customer takes as well. Raises what a scan at the counter does."""
        till = self.desk.till
        basket, line_id = checkout.scan(till, checkout.start(till), code)
        if line_id:
            found = lookup.by_sku(till, basket.line(line_id).sku)
            self._extras += [found] if found is not None else []

    # ---- what is done

    def handing(self, *, reason: str, approval: Approval | None) -> Handing:
        """What is handed over, as it was chosen; raises what `till.hand_over.begin` does."""
        order = self.order
        assert order is not None  # noqa: S101 - there is a button only while there is one
        till = self.desk.till
        return hand_over.begin(
            till,
            order.reservation,
            proof=self._proof or NAME,
            collector=self.who,
            id_seen=hand_over.needs_id(till, self._preview(order.row)),
            lines=dict(self._along) if self.opened else None,
            bag_here=self.bag_here,
            reason=reason,
            approval=approval,
        )

    def into_basket(
        self, handing: Handing, basket: Basket | None, payments: tuple[Payment, ...]
    ) -> Basket:
        """*Writes.* What is due and what goes along, in a basket of its own."""
        till = self.desk.till
        aside = basket if basket is not None and not payments else None
        made = hand_over.put_into_basket(till, handing, aside, label=_("Kept aside"))
        for article in self._extras:
            made, _line = checkout.add(till, made, article.product.sku)
        checkout.keep(till, made)
        return made

    def given_words(self) -> str:
        """What is said afterwards; `name` is still to be filled in."""
        if self.desk.till.offline:
            return _("{name} is handed over here. It is told when online.")
        if self.opened and any(
            self._along.get(line.line, 0) < self._ready(line) for line in self._lines()
        ):
            return _("Part of {name} is handed over. The rest stays on its shelf.")
        return _("{name} is handed over.")

    def _preview(self, row: OrderRow) -> Handing:
        """For the rule that says whether an ID is looked at."""
        return Handing(
            *(row.reservation, row.order, row.name, ()),
            proof=self._proof or NAME,
            collector=self.who,
            worth=row.total,
        )

    def _extra_total(self) -> int:
        """What the extras cost together, with whatever makes them cheaper."""
        if not self._extras:
            return 0
        till = self.desk.till
        basket = checkout.start(till)
        for article in self._extras:
            basket, _line = checkout.add(till, basket, article.product.sku)
        return checkout.priced(till, basket).total

    # ---- what is shown

    def view(self, now: datetime) -> HandOverView:
        """The order in words."""
        order = self.order
        assert order is not None  # noqa: S101 - asked only while there is one
        row, desk = order.row, self.desk
        due = row.due + self._extra_total()
        along = self._along_count(row)
        view = HandOverView(
            title=_("Hand over {name}").format(name=row.name),
            detail=self._detail(row, now),
            pill=_("Ready"),
            pill_tone="ok",
            person=worded.person_view(row, self._person_detail(row)),
            shelf=row.shelf,
            fetch=_("Fetch the bag from shelf {shelf}").format(shelf=row.shelf)
            if row.shelf
            else _("Fetch the bag"),
            bag=self._bag(row),
            packed_by=self._packed_by(row, now),
            packed=self._packed(row),
            lines=tuple(self._line(row, line) for line in row.lines if line.qty > line.short),
            opened=self.opened,
            extras=tuple(self._extra(each) for each in self._shown_extras()),
            proof=self._proof_fact(row),
            who=self._who(row),
            identity=self._identity(row),
            money=self._money(row),
            offline=self._offline(),
            due_words=_("Due now"),
            due=desk.money(due),
            settled=not due,
            button=_("Pay and hand over") if due else _("Hand over"),
            button_end=desk.money(due)
            if due
            else ngettext("{count} item", "{count} items", along).format(count=number(along)),
            why_not=self._why_not(due, along),
        )
        if row.state == "PARTLY":
            return replace(view, pill=_("Part of it left"), pill_tone="info")
        if row.state == "LAPSED":
            return replace(view, pill=_("Time was over"), pill_tone="warn")
        return view

    def _detail(self, row: OrderRow, now: datetime) -> str:
        since = worded.since_words(self.desk, row.ready, now)
        ready = _("ready since {time}").format(time=since) if since else ""
        return dotted(worded.items_words(row), worded.order_words(row.channel), ready)

    def _person_detail(self, row: OrderRow) -> str:
        if row.collector:
            return _("{name} may come for it").format(name=row.collector)
        return worded.paid_words(row)

    @staticmethod
    def _bag(row: OrderRow) -> str:
        form = ngettext("{count} bag, label {name}", "{count} bags, label {name}", row.bags or 1)
        return form.format(count=number(row.bags or 1), name=row.name)

    def _packed_by(self, row: OrderRow, now: datetime) -> str:
        if not row.packed_by:
            return ""
        form = _("Packed by {person} at {time}") if row.ready else _("Packed by {person}")
        at = worded.since_words(self.desk, row.ready, now)
        return form.format(person=worded.first_name(row.packed_by), time=at)

    def _packed(self, row: OrderRow) -> str:
        there = sum(1 for line in row.lines if self._ready(line))
        whole = sum(1 for line in row.lines if line.qty > line.handed)
        return _("{done} of {whole} packed").format(done=number(there), whole=number(whole))

    def _line(self, row: OrderRow, line: OrderLine) -> BagLine:
        icon, name, detail = worded.product_words(self.desk, line)
        ready = self._ready(line)
        along = self._along.get(line.line, ready) if self.opened else ready
        paid, tone = (_("Paid"), "ok") if not row.due else (_("To be paid"), "warn")
        if 0 < row.due < row.total:
            paid = _("Partly paid")
        if not ready:
            paid, tone = (
                (_("Already handed over"), "plain")
                if line.handed
                else (
                    _("Not found"),
                    "warn",
                )
            )
        if line.qty != MILLI:
            name = f"{quantity(line.qty)} \u00d7 {name}"
        form = _("{count} of {whole}")
        return BagLine(
            *(line.line, name, detail, self.desk.money(line.total), paid, tone),
            icon=icon,
            tint=line.sku or line.title,
            chosen=along > 0,
            qty=form.format(count=quantity(along), whole=quantity(ready)) if ready > MILLI else "",
        )

    def _along_count(self, row: OrderRow) -> int:
        """How many things go over the counter."""
        count = 0
        for line in row.lines:
            ready = self._ready(line)
            along = self._along.get(line.line, ready) if self.opened else ready
            count += along // MILLI if along % MILLI == 0 else 1
        return count

    def _shown_extras(self) -> list[Article]:
        offered = {each.product.sku for each in self._offers}
        more = [each for each in self._extras if each.product.sku not in offered]
        return [*self._offers, *more]

    def _extra(self, article: Article) -> ExtraView:
        product = article.product
        told = product.variant
        if article in self._offers and product.department:
            told = dotted(told, _("Popular in {department}").format(department=product.department))
        return ExtraView(
            *(product.sku, product.name, told, self.desk.money(self._price(article))),
            added=any(each.product.sku == product.sku for each in self._extras),
            icon=product.icon,
            tint=product.style or product.sku,
        )

    def _price(self, article: Article) -> int:
        return goes_with.price_of(self.desk.till, article)

    def _proof_fact(self, row: OrderRow) -> Fact:
        if not self._proof or self._seen_at is None:
            return Fact(
                _("No pickup code yet"),
                _("Scan it, or ask for the name and the order number."),
                *("plain", "scan-barcode"),
            )
        at = clock(self._seen_at, self.desk.zone)
        form = _("Scanned {time}") if self._proof == QR else _("Typed {time}")
        ends = ""
        if row.code_end:
            ends = _("code ends {signs}").format(signs=" ".join(row.code_end))
        told = dotted(form.format(time=at), ends)
        return Fact(_("Pickup code matches"), told, "ok", "check")

    def _who(self, row: OrderRow) -> tuple[ChoiceView, ...]:
        told = [(SELF, worded.first_name(worded.who(row)))]
        if row.collector:
            told.append((NAMED, row.collector))
        told.append((OTHER, _("Someone else")))
        return tuple(ChoiceView(key, words, "", key == self.who) for key, words in told)

    def _identity(self, row: OrderRow) -> Fact | None:
        till = self.desk.till
        if not hand_over.needs_id(till, self._preview(row)):
            return None
        kept = _("Only that you looked is kept, not the number.")
        customer = worded.first_name(worded.who(row))
        if self.who == NAMED:
            form = _("Named by {customer}: look at the photo ID of {person}")
            person = worded.first_name(row.collector)
            return Fact(form.format(customer=customer, person=person), kept, "info", "id-card")
        if self.who == OTHER:
            form = _("Not named by {customer}: look at their photo ID")
            return Fact(form.format(customer=customer), kept, "warn", "id-card")
        if not self._proof:
            form = _("No code: look at the photo ID of {person}")
            return Fact(form.format(person=customer), kept, "info", "id-card")
        limit = till.policy.id_above or 0
        form = _("Over {limit}: look at the photo ID of {person}")
        title = form.format(limit=short_money(limit, self.desk.currency), person=customer)
        return Fact(title, kept, "info", "id-card")

    def _money(self, row: OrderRow) -> tuple[Row, ...]:
        rows = []
        if row.total > row.due:
            words = dotted(_("Order, paid online"), row.paid_by)
            if row.paid_by == "store":
                words = _("Order, paid in a store")
            rows.append(Row(words, self.desk.money(row.total - row.due), "faint"))
        if row.due:
            rows.append(Row(_("Order, to be paid here"), self.desk.money(row.due)))
        for article in self._extras:
            form = _("{name}, added here")
            price = self.desk.money(self._price(article))
            rows.append(Row(form.format(name=article.product.name), price))
        return tuple(rows)

    def _offline(self) -> Fact | None:
        till = self.desk.till
        if not till.offline:
            return None
        as_of = till.catalogue.as_of
        time = worded.since_words(self.desk, as_of, till.now()) if as_of else ""
        if self._proof == QR:
            title = _("Works offline: signed code, list of {time}").format(time=time)
        else:
            title = _("Works offline: list of {time}").format(time=time)
        return Fact(title, _("Handed over here now, told when online."), "off", "cloud-off")

    def _why_not(self, due: int, along: int) -> str:
        if not along:
            return _("Choose what goes along")
        if due and self.desk.till.shift is None:
            return _("Open the shift first")
        return ""
