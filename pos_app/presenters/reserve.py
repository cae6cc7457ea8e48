"""The panel beside the stores: whose goods, how the customer gets them, who it is, until when.

Nothing is promised before the hub said so. Without it the question is kept and asked by itself;
whatever comes is told, also when somebody else's sale is on the screen by then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as replace_wish
from datetime import datetime

from msgspec.structs import replace

from pos_app.domain.catalogue import PIECE
from pos_app.domain.errors import PosError
from pos_app.domain.money import MILLI
from pos_app.presenters import reserve_words as said
from pos_app.presenters.desk import LEDGER, Desk
from pos_app.presenters.elsewhere import count_of, detail, name_of
from pos_app.presenters.reserve_views import Choice, ReserveState, Told, holds, ways
from pos_app.presenters.selling import Selling
from pos_app.till import away, customers, reserving
from pos_app.till.away import Standing, Wish
from pos_app.till.lookup import Article, Elsewhere
from pos_app.words import _, number
from sync.protocol import OrderAskLine
from sync.protocol.customers import PHONE
from sync.protocol.orders import BRING, PICKUP, SHIP

WAITS, HELD, REFUSED = "waits", "held", "refused"


class Reserve:
    """What somebody wants of another store, and what became of it."""

    def __init__(self, desk: Desk, selling: Selling) -> None:
        self.desk, self.selling = desk, selling
        self.on_change: Callable[[ReserveState], None] = lambda _state: None
        self.on_store: Callable[[str], None] = lambda _store: None
        self.on_missing: Callable[[str], None] = lambda _field: None
        """A field has to be filled in first: name or address."""
        self.state = ReserveState()
        self._article: Article | None = None
        self._of: Elsewhere | None = None
        self._way, self._hold, self._pieces = PICKUP, "tomorrow", 1
        self._name = self._phone = self._address = ""
        self._customer = self._other_than = ""
        """Their id; and the sale whose customer it is not for."""
        self._basket = ""
        """The sale that the customer was told in."""
        self._standing: Standing | None = None
        self._asking = False
        self._pay = ("", "")
        """The question whose goods go into a sale as soon as they are promised, and which sale."""

    # ---- what it is about

    def about(self, article: Article, of: Elsewhere | None, *, again: bool = False) -> None:
        """Another product or store; `again` where only the numbers may be others."""
        same = again and self._of is not None and of is not None and self._of.store == of.store
        self._article, self._of = article, of
        if not same:
            self._standing, self._pieces = None, 1
            self._way = self._first_way()
        self._forget_customer()
        self._draw()

    def leave(self) -> None:
        """Nothing is looked up any more."""
        self._article = self._of = self._standing = None
        self._forget_customer()
        self._draw()

    def _first_way(self) -> str:
        """The way chosen before where that store goes it, else the first that it does."""
        if self._of is None:
            return PICKUP
        open_ways = [each.key for each in ways(self._of.shop, "", "") if not each.why_not]
        return self._way if self._way in open_ways else (open_ways or [PICKUP])[0]

    def _forget_customer(self) -> None:
        """Who it is for is known for one sale, or until the screen is left."""
        basket = self.selling.basket.basket_id if self.selling.basket else ""
        if self._basket and basket != self._basket:
            self._name = self._phone = self._address = ""
            self._basket = ""
        self._from_sale()

    def _from_sale(self) -> None:
        """Whose sale is open is who it is for, unless somebody said otherwise."""
        basket = self.selling.basket
        if basket is None or basket.customer is None or basket.basket_id == self._other_than:
            return
        if self._name or self._phone:
            return
        row = customers.get(self.desk.till, basket.customer.customer)
        phones = [each.value for each in row.contacts if each.kind == PHONE] if row else []
        self._name, self._phone = basket.customer.name, phones[0] if phones else ""
        self._basket, self._customer = basket.basket_id, basket.customer.customer

    def forget(self) -> None:
        """The screen was left: with no sale open the next customer is another."""
        self._way, self._hold = PICKUP, "tomorrow"
        if self.selling.basket is None or not self._basket:
            self._name = self._phone = self._address = self._basket = ""

    # ---- choices

    def choose_way(self, way: str) -> None:
        """Collect there, bring it here, ship home."""
        if any(each.key == way and not each.why_not for each in self.state.ways):
            self._way = way
            self._draw()

    def next_way(self) -> None:
        """F6: the next of them that can be chosen."""
        keys = [each.key for each in self.state.ways if not each.why_not]
        if keys and not self.state.stage:
            here = keys.index(self._way) if self._way in keys else -1
            self.choose_way(keys[(here + 1) % len(keys)])

    def choose_hold(self, key: str) -> None:
        """Until when."""
        self._hold = key
        self._draw()

    def step(self, pieces: int) -> None:
        """One more, one less."""
        if not self.state.stage:
            self._pieces = max(1, min(self._most(), self._pieces + pieces))
            self._draw()

    def set_name(self, text: str) -> None:
        """Who it is for."""
        self._name = text
        self._told_who()

    def set_phone(self, text: str) -> None:
        """How they are reached."""
        self._phone = text
        self._told_who()

    def set_address(self, text: str) -> None:
        """Where a parcel goes; lines with commas between them."""
        self._address = text
        self._told_who()

    def another(self) -> None:
        """Somebody else than who was known from the sale."""
        self._name = self._phone = self._address = self._basket = self._customer = ""
        self._other_than = self.selling.basket.basket_id if self.selling.basket else ""
        self._draw()

    def _told_who(self) -> None:
        missing = self._missing() if self.state.missing else ""
        self._show(
            replace(
                self.state,
                name=self._name,
                phone=self._phone,
                address=self._address,
                missing=missing,
            )
        )

    def _most(self) -> int:
        """Pieces that may be asked for."""
        return max(1, self._of.free // MILLI) if self._of is not None else 1

    # ---- asking

    def go(self) -> None:
        """F12: asks; or the next thing to do with what was answered."""
        if self.state.stage == REFUSED:
            self._ask_next()
        elif self.state.stage:
            self.desk.hands.go("sell")
        elif self._way == SHIP:
            self.sell()  # a parcel is paid before it leaves
        elif not self.state.why_not and not self._asking:
            self._ask()

    def sell(self) -> None:
        """Into the open sale, to be paid now: asked for first where nobody did."""
        standing = self._standing
        if standing is not None and standing.held:
            self._into_sale(standing)
        elif not self.state.stage and not self.state.why_not and not self._asking:
            self._ask(pay=True)

    def _sale(self) -> str:
        """Id of the open sale; empty where the next scan begins one."""
        return self.selling.basket.basket_id if self.selling.basket else ""

    def _into_sale(self, standing: Standing) -> None:
        self._pay = ("", "")
        if self.selling.pay_away(standing, said.goods(standing), said.how(self.desk, standing)):
            self.desk.hands.go("sell")
        else:
            self._draw()

    def _ask(self, *, pay: bool = False) -> None:
        article, of, till = self._article, self._of, self.desk.till
        if article is None or of is None:
            return
        missing = self._missing()
        if missing:
            self._show(replace(self.state, missing=missing))
            self.desk.hands.sound("refused")
            self.desk.hands.announce(missing, at_once=True)
            self.on_missing("address" if self._name.strip() or self._phone.strip() else "name")
            return
        wish = self._wish(article, of)
        sale = self._sale()
        if pay:
            wish = replace_wish(wish, sale=sale)
        self._asking = True
        self._draw()

        def asked(standing: Standing) -> None:
            self._pay = (standing.ask_id, sale) if pay else ("", "")
            self._was_asked(standing)

        self.desk.hands.run(LEDGER, lambda: away.ask(till, wish), asked, self._not_asked)

    def _wish(self, article: Article, of: Elsewhere) -> Wish:
        product, qty = article.product, self._pieces * MILLI
        until = {choice.key: at for choice, at in self._holds()}
        lines = tuple(part.strip() for part in self._address.replace("\n", ",").split(","))
        return Wish(
            of.store,
            self._way,
            (
                OrderAskLine(
                    *(product.sku, product.name, qty, self._price() * self._pieces),
                    product.variant,
                ),
            ),
            self._name.strip(),
            self._phone.strip(),
            tuple(filter(None, lines)) if self._way == SHIP else (),
            "" if self._way == SHIP else until.get(self._hold) or until["tomorrow"],
            customer=self._customer,
        )

    def _was_asked(self, standing: Standing) -> None:
        self._asking, self._standing = False, standing
        if self.selling.basket is not None:
            self._basket = self.selling.basket.basket_id
        self._draw()
        self.desk.hands.announce(self.state.result.title)

    def _not_asked(self, error: BaseException) -> None:
        self._asking = False
        self._draw()
        self.desk.tell(error)
        if not isinstance(error, PosError):
            raise error

    def heard(self, ask_id: str) -> None:
        """Sync brought something about a question, perhaps about this one or an earlier one."""
        till = self.desk.till
        if ask_id:
            self.desk.hands.run(LEDGER, lambda: away.standing(till, ask_id), self._told)

    def _told(self, standing: Standing | None) -> None:
        if standing is None:
            return
        mine = self._standing
        if mine is not None and mine.ask_id == standing.ask_id:
            changed = mine != standing
            self._standing = standing
            if changed:
                self._draw()
                self._say(self.state.result, standing)
            if standing.held and self._pay == (standing.ask_id, self._sale()):
                self._into_sale(standing)
        elif not standing.waits:
            self._say(said.result(self.desk, standing), standing, toast=True)

    def _say(self, told: Told, standing: Standing, *, toast: bool = False) -> None:
        if standing.waits:
            return
        self.desk.hands.sound("ok" if standing.held else "refused")
        words = f"{told.title} {told.detail}".strip()
        if toast:
            self.desk.hands.toast(words)
        else:
            self.desk.hands.announce(words, at_once=standing.refused)

    def take_back(self) -> None:
        """Nobody wants it any more: the promise, or the question before anybody answered it."""
        standing, till = self._standing, self.desk.till
        if standing is None or not (standing.held or standing.waits):
            return

        def done(_promise: object) -> None:
            self._standing = None
            self._draw()
            self.desk.hands.toast(_("Taken back. That store keeps nothing."))

        self.desk.hands.run(
            LEDGER, lambda: reserving.cancel(till, standing.ask_id), done, self.desk.tell
        )

    def _ask_next(self) -> None:
        """After a no: the store that has it, nearest first; or the same one again."""
        standing = self._standing
        other = said.instead(self.desk, standing) if standing is not None else None
        self._standing = None
        if other is None:
            self._draw()
        else:
            self.on_store(other[0])

    # ---- words

    def _draw(self) -> None:
        article, of = self._article, self._of
        if article is None or of is None:
            empty = _("Choose a store") if article is not None else ""
            self._show(ReserveState(why_not=empty or _("Nothing is looked up yet")))
            return
        standing, till = self._standing, self.desk.till
        name = name_of(of.store, of.name)
        offline = till.offline
        stage, result = "", Told()
        if standing is not None:
            stage = WAITS if standing.waits else HELD if standing.held else REFUSED
            result = said.result(self.desk, standing)
        price = self._price() * self._pieces
        known = bool(self._basket) and bool(self._name or self._phone)
        self._show(
            ReserveState(
                title=self._title(name),
                detail=detail(self.desk, of),
                ways=ways(of.shop, self._way, ""),
                qty=number(self._pieces),
                qty_note=_("of {count} free at {store}").format(
                    count=count_of(article, of.free), store=name
                ),
                can_more=self._pieces < self._most(),
                can_fewer=self._pieces > 1,
                name=self._name,
                phone=self._phone,
                address=self._address,
                tag=_("From this sale") if known else "",
                parcel=self._way == SHIP,
                holds=() if self._way == SHIP else tuple(each for each, _at in self._holds()),
                notice=self._notice(of, name, offline=offline),
                price=self.desk.money(price) if price else _("No price"),
                pays=self._pays(),
                sell=self._sell_words(stage, offline=offline),
                go=self._go_words(name, stage, offline=offline),
                why_not="" if stage else self._why_not(article, of, name),
                stage=stage,
                result=result,
                can_take_back=standing is not None and (standing.held or standing.waits),
            )
        )

    def _title(self, name: str) -> str:
        if self._way == BRING:
            return _("Bring from {store}").format(store=name)
        if self._way == SHIP:
            return _("Ship from {store}").format(store=name)
        return _("Reserve at {store}").format(store=name)

    def _pays(self) -> str:
        if self._way == PICKUP:
            return _("When collecting")
        return _("When it is here") if self._way == BRING else _("Now, with this sale")

    def _sell_words(self, stage: str, *, offline: bool) -> str:
        """Of the button that puts it into the sale; empty where that cannot be."""
        till, standing = self.desk.till, self._standing
        if till.shift is None or till.person is None or stage in (WAITS, REFUSED):
            return ""
        if stage == HELD:
            in_sale = self.selling.basket.lines if self.selling.basket else ()
            ask_id = standing.ask_id if standing is not None else ""
            return "" if any(line.order == ask_id for line in in_sale) else _("Pay now, here")
        article, of = self._article, self._of
        if offline or self._way == SHIP or article is None or of is None:
            return ""
        name = name_of(of.store, of.name)
        if self._why_not(article, of, name):
            return ""
        return _("Add to the sale and pay now")

    def _go_words(self, name: str, stage: str, *, offline: bool) -> str:
        if stage == REFUSED:
            other = said.instead(self.desk, self._standing)
            if other is None:
                return _("Choose again")
            return _("Try {store} instead").format(store=other[1])
        if stage:
            return _("Back to the sale")
        if self._asking:
            return _("Asking…")
        if offline:
            return _("Ask when online")
        forms = {
            PICKUP: _("Reserve {count} at {store}"),
            BRING: _("Bring {count} from {store}"),
            SHIP: _("Sell {count} from {store}"),
        }
        return forms[self._way].format(count=number(self._pieces), store=name)

    def _why_not(self, article: Article, of: Elsewhere, name: str) -> str:
        """Why nothing can be asked of that store."""
        till = self.desk.till
        way = next((each for each in ways(of.shop, "", "") if each.key == self._way), None)
        reasons = (
            (till.person is None, _("Sign in first")),
            (till.training, _("Not in training")),
            (article.product.unit != PIECE, _("Weighed goods are not sent")),
            (of.free < MILLI, _("{store} has none free").format(store=name)),
            (self._way == SHIP and till.shift is None, _("Open a shift to sell it")),
            (self._way == SHIP and till.offline, _("A parcel is paid first: wait for the line")),
            (not self._price(), _("No price yet. Ask a manager.")),
            (way is None or bool(way.why_not), way.why_not if way is not None else ""),
        )
        return next((words for is_so, words in reasons if is_so), "")

    def _missing(self) -> str:
        if not (self._name.strip() or self._phone.strip()):
            return _("Type a name or a phone number first.")
        if self._way == SHIP and not self._address.strip():
            return _("Type where the parcel goes first.")
        return ""

    def _notice(self, of: Elsewhere, name: str, *, offline: bool) -> Told:
        """What is to be known before anybody asks."""
        if offline:
            return Told(
                _("This till is offline"),
                _("It is asked by itself when the line is back. Promise nothing yet."),
                "off",
                "cloud-off",
            )
        if of.silent:
            return Told(
                _("{store} was not heard for a while").format(store=name),
                _("What it has may be sold by now. Head office decides."),
                "off",
                "cloud-off",
            )
        detail_words = _("If they cannot find it, they call who you name here.")
        return Told(_("{store} will see this within a minute").format(store=name), detail_words)

    def _holds(self) -> tuple[tuple[Choice, str], ...]:
        if self._of is None:
            return ()
        now: datetime = self.desk.till.hub_now()
        return holds(self._of.shop, self.desk.zone, now, self._hold)

    def _price(self) -> int:
        """Of one piece, as this store sells it today."""
        store, article = self.desk.till.own.store, self._article
        if store is None or article is None:
            return 0
        day = self.desk.till.business_date()
        found = article.price(day, store.price_list, store.currency)
        return found.amount if found is not None else 0

    def _show(self, state: ReserveState) -> None:
        self.state = state
        self.on_change(state)
