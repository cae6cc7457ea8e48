"""The sheet about one product: its price, what there is of each variant, and what Enter does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import msgspec
from msgspec.structs import replace

from pos_app.domain.catalogue import PIECE
from pos_app.domain.errors import PosError
from pos_app.domain.money import MILLI
from pos_app.presenters.desk import LEDGER, Desk
from pos_app.presenters.elsewhere import StoreView, name_of, others_of, stores
from pos_app.presenters.selling import Selling
from pos_app.presenters.variants import DOT, Matrix, count_here, matrix, price_words
from pos_app.presenters.views import dotted
from pos_app.till import checkout, favourites, looking, lookup
from pos_app.till.lookup import Article, Elsewhere
from pos_app.words import _, money, ngettext, number, rate
from pos_app.words import date as day

OFFERS_SHOWN = 3
"""Promotions of a product that are said."""
ADD, FROM, ASK = "add", "from", "ask"
LOWEST_DAYS = 30
"""So far back the lowest price is looked for: Directive 98/6/EC, article 6a."""


class Fact(msgspec.Struct, frozen=True):
    """Something worth knowing about a product, as a pill."""

    words: str
    tone: str = "plain"
    icon: str = "info"


class ProductState(msgspec.Struct, frozen=True):
    """The sheet about one product."""

    sku: str = ""
    name: str = ""
    detail: str = ""
    codes: str = ""
    price: str = ""
    was: str = ""
    lowest: str = ""
    stock: str = ""
    stock_none: bool = False
    in_all: str = ""
    """How many of all variants are here; empty for a product alone."""
    icon: str = "package"
    tint: str = ""
    matrix: Matrix = Matrix()
    facts: tuple[Fact, ...] = ()
    favourite: bool = False
    checking: bool = False
    """Opened by a scan in price check: the price first, and it closes by itself."""
    can_sell: bool = False
    add: str = ""
    """What Enter does, in words; says why where it can do nothing."""
    act: str = ADD
    """Which of the acts that is: add, from another store, or note that it was asked for."""
    other: str = ""
    """What the second button does, in words; empty for none."""
    other_act: str = ""
    from_store: str = ""
    """Whose goods `from` sells."""
    unknown: str = ""
    """Set for a code that no product has."""
    look_only: bool = False
    """Nobody is signed in: nothing can be sold or marked."""
    stores: tuple[StoreView, ...] = ()
    """What each store has, this one first; empty where no other is known."""


class About:
    """Shows a product and sells what is shown."""

    def __init__(self, desk: Desk, selling: Selling) -> None:
        self.desk, self.selling = desk, selling
        self.on_change: Callable[[ProductState], None] = lambda _state: None
        self.on_marked: Callable[[], None] = lambda: None
        self.on_from: Callable[[str, str], None] = lambda _sku, _store: None
        """Goods of another store are wanted: the product and that store."""
        self.state = ProductState()
        self._article: Article | None = None

    def show(self, sku: str) -> None:
        """The sheet about a product."""
        article = lookup.by_sku(self.desk.till, sku)
        if article is not None:
            self._open(article, checking=False)

    def show_style(self, sku: str) -> None:
        """The sheet about a tile of several variants: at the first of which something is here."""
        article = lookup.by_sku(self.desk.till, sku)
        if article is None:
            return
        if article.product.style and not _left(article):
            others = lookup.variants(self.desk.till, article.product.style)
            article = next((each for each in others if _left(each)), article)
        self._open(article, checking=False)

    def choose(self, sku: str) -> None:
        """Another variant in the open sheet."""
        article = lookup.by_sku(self.desk.till, sku)
        if article is not None and sku != self.state.sku:
            self._show(self._state(article, checking=self.state.checking))
            self.desk.hands.announce(dotted(self.state.detail, self.state.price, self.state.stock))

    def check(self, raw: str, *, checking: bool = True) -> None:
        """A code read in price check, or while the sheet is open: it is shown, not sold."""
        try:
            article = lookup.by_code(self.desk.till, raw)
        except PosError as error:
            self.desk.tell(error)
            self.desk.hands.sound("refused")
            return
        if article is not None:
            self._open(article, checking=checking)
            self.desk.hands.sound("ok")
            self.desk.hands.announce(f"{self.state.name}. {self.state.price}. {self.state.stock}")
            return
        self._article = None
        unknown = _("Not in the catalogue.")
        self._show(ProductState(unknown=unknown, codes=raw[:64], checking=checking, add=unknown))
        self.desk.hands.sound("refused")
        self.desk.hands.announce(f"{unknown} {raw[:64]}", at_once=True)
        self.desk.hands.open_sheet("product")

    def add(self) -> None:
        """Does what Enter does: sells what the sheet shows, here or from another store."""
        if self.state.sku and self.state.can_sell:
            self._do(self.state.act)

    def other(self) -> None:
        """Does what the second button says."""
        if self.state.sku and self.state.other:
            self._do(self.state.other_act)

    def sell_from(self, store: str) -> None:
        """Goods of that store."""
        sku = self.state.sku
        if sku and not self.state.look_only:
            self.desk.hands.close_sheet()
            self.on_from(sku, store)

    def _do(self, act: str) -> None:
        sku = self.state.sku
        if act == FROM:
            self.sell_from(self.state.from_store)
        elif act == ASK:
            self._asked_for()
        else:
            self.desk.hands.close_sheet()
            self.selling.scan(sku, code=False)

    def _asked_for(self) -> None:
        """Somebody wants what nobody has: remembered for head office."""
        article, till = self._article, self.desk.till
        store = till.own.store
        if article is None or store is None:
            return
        price = article.price(till.business_date(), store.price_list, store.currency)
        looking.note(
            *(till, looking.ASKED_FOR, article.product.sku),
            customer=self.selling.customer,
            value=price.amount if price else 0,
        )
        self.desk.hands.close_sheet()
        self.desk.hands.toast(_("Noted. Head office sees that it was asked for."))

    def favourite(self) -> None:
        """Marks the product for the shelf of favourites, or takes the mark away."""
        article, till = self._article, self.desk.till
        if article is None or till.person is None:
            return
        on = not self.state.favourite
        self._show(replace(self.state, favourite=on))
        self.desk.hands.run(
            LEDGER,
            lambda: favourites.mark(till, article, on=on),
            lambda _result: self.on_marked(),
            self.desk.tell,
        )

    def _open(self, article: Article, *, checking: bool) -> None:
        self._show(self._state(article, checking=checking))
        self.desk.hands.open_sheet("product")

    def _show(self, state: ProductState) -> None:
        self.state = state
        self.on_change(state)

    def _state(self, article: Article, *, checking: bool) -> ProductState:
        self._article = article
        product, till = article.product, self.desk.till
        variants = lookup.variants(till, product.style) if product.style else []
        price, was = price_words(self.desk, article)
        add, can_sell = self._primary(article, priced=bool(price))
        others = others_of(self.desk, article)
        out = can_sell and article.on_hand is not None and article.on_hand <= 0
        ways = self._when_out(add, others) if out else (add, ADD, "", "", "")
        add, act, other, other_act, from_store = ways
        if out:
            looking.note(till, looking.NO_STOCK, product.sku, customer=self.selling.customer)
        return ProductState(
            product.sku,
            product.name,
            dotted(product.variant, product.sku),
            dotted(_code(product.barcodes), product.department),
            price or _("No price"),
            was,
            self._lowest(article),
            _stock(article),
            in_all=_sum(variants) if len(variants) > 1 else "",
            stock_none=article.on_hand is not None and article.on_hand <= 0,
            icon=product.icon or "package",
            tint=product.style or product.department or product.sku,
            matrix=matrix(self.desk, self.selling.basket, article, variants)
            if len(variants) > 1
            else Matrix(),
            facts=self._facts(article),
            favourite=favourites.is_marked(till, article),
            checking=checking,
            can_sell=can_sell,
            add=add,
            look_only=till.person is None,
            stores=stores(self.desk, article),
            act=act,
            other=other,
            other_act=other_act,
            from_store=from_store,
        )

    def _lowest(self, article: Article) -> str:
        """The lowest price of the last 30 days, where it was not the same all the time."""
        till = self.desk.till
        store = till.own.store
        if store is None:
            return ""
        today = date.fromisoformat(till.business_date())
        first = (today - timedelta(days=LOWEST_DAYS)).isoformat()
        amounts = {
            price.amount
            for price in article.prices
            if price.price_list == store.price_list
            and price.currency == store.currency
            and price.amount
            and (not price.valid_to or price.valid_to >= first)
            and (not price.valid_from or price.valid_from <= today.isoformat())
        }
        return money(min(amounts), store.currency) if len(amounts) > 1 else ""

    def _primary(self, article: Article, *, priced: bool) -> tuple[str, bool]:
        product, till = article.product, self.desk.till
        if not product.active:
            return _("Not sold any more"), False
        if till.person is None:
            return _("Sign in to sell it"), False
        if till.shift is None:
            return _("Open a shift to sell it"), False
        if not priced:
            return _("No price yet. Ask a manager."), False
        if article.on_hand is not None and article.on_hand <= 0:
            return _("Sell anyway \u00b7 stock says 0"), True
        name = product.variant.replace(f" {DOT} ", " ")
        return (_("Add {variant}").format(variant=name) if name else _("Add to the sale")), True

    def _when_out(self, anyway: str, others: list[Elsewhere]) -> tuple[str, str, str, str, str]:
        """Words and act of both buttons, and whose goods, where nothing of it is here."""
        near = next((each for each in others if each.free > 0), None)
        wanted = _("Tell me when it is back")
        if near is not None:
            name = name_of(near.store, near.name)
            return _("Sell from {store}").format(store=name), FROM, anyway, ADD, near.store
        if others:
            return wanted, ASK, anyway, ADD, ""
        return anyway, ADD, wanted, ASK, ""

    def _facts(self, article: Article) -> tuple[Fact, ...]:
        product = article.product
        facts = []
        facts += [Fact(told, "ok", "badge-percent") for told in self._promotions(article)]
        days = self.desk.till.return_days
        if days:
            form = ngettext("Return within {count} day", "Return within {count} days", days)
            facts.append(Fact(form.format(count=number(days)), "plain", "undo-2"))
        rate_words = self._tax(product.tax_code)
        if rate_words:
            facts.append(Fact(rate_words, "plain", "percent"))
        if product.age_limit:
            words = _("From {age} years").format(age=product.age_limit)
            facts.append(Fact(words, "warn", "id-card"))
        if product.unit != PIECE:
            facts.append(Fact(_("Sold by weight"), "plain", "package"))
        held = sum(
            line.qty // MILLI
            for line in (self.selling.basket.lines if self.selling.basket else ())
            if line.sku == product.sku
        )
        if held:
            words = _("{count} in this sale").format(count=held)
            facts.append(Fact(words, "info", "shopping-bag"))
        return tuple(facts)

    def _promotions(self, article: Article) -> list[str]:
        """The promotions in force that name it, in words; the sale gives the best of all."""
        till, product = self.desk.till, article.product
        store = till.own.store
        if store is None:
            return []
        basket = self.selling.basket or checkout.start(till)
        found = till.offers.of(basket).naming(
            basket, product.sku, product.department, store.price_list
        )
        told = []
        for rule in found[:OFFERS_SHOWN]:
            words = _("{offer} until {date}") if rule.valid_to else "{offer}"
            until = day(rule.valid_to) if rule.valid_to else ""
            told.append(words.format(offer=rule.label, date=until))
        return told

    def _tax(self, code: str) -> str:
        till = self.desk.till
        try:
            row = till.rules.rate_on(code, till.business_date())
        except PosError:
            return ""
        return _("Tax exempt") if row.exempt else _("VAT {rate}").format(rate=rate(row.rate_ppm))


def _left(article: Article) -> bool:
    return article.on_hand is not None and article.on_hand > 0


def _sum(variants: list[Article]) -> str:
    known = [max(0, each.on_hand) for each in variants if each.on_hand is not None]
    if not known or variants[0].product.unit != PIECE:
        return ""
    return str(sum(known) // MILLI)


def _stock(article: Article) -> str:
    if article.on_hand is None:
        return _("Stock not known")
    return _("{count} here").format(count=count_here(article))


def _code(barcodes: tuple[str, ...]) -> str:
    """The first barcode as it stands on the goods: 13 digits, not the 14 it is filed under."""
    first = barcodes[0] if barcodes else ""
    return first[1:] if len(first) == 14 and first.startswith("0") else first
