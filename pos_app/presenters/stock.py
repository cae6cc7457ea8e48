"""Stock across stores: a product looked up, its variants, and which store could sell it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec.structs import replace

from pos_app.domain.errors import PosError
from pos_app.presenters.desk import Desk
from pos_app.presenters.elsewhere import StoreView, count_of, others_of, view
from pos_app.presenters.reserve import Reserve
from pos_app.presenters.selling import Selling
from pos_app.presenters.variants import Matrix, count_here, matrix, price_words
from pos_app.presenters.views import dotted
from pos_app.till import checkout, looking, lookup
from pos_app.till.lookup import Article, Elsewhere
from pos_app.words import _, ngettext, number

STORES: Final = 60
"""More rows than that nobody reads; the nearest are first."""
FOUND: Final = 40
MISS_SIGNS: Final = 3
"""Shorter words that find nothing are the begin of others."""


class FoundView(msgspec.Struct, frozen=True):
    """A product, or a style of several, that the search found."""

    sku: str
    name: str
    detail: str
    price: str
    stock: str
    icon: str
    none: bool = False
    marked: bool = False

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        return ", ".join(part for part in (self.name, self.detail, self.price, self.stock) if part)

    @property
    def shown(self) -> tuple[str, str, str, str, str, str]:
        """As a row of a list has it."""
        tone = "off" if self.none else "plain"
        return (self.icon, self.name, self.detail, self.price, self.stock, tone)


class StockState(msgspec.Struct, frozen=True):
    """The work area of the screen."""

    text: str = ""
    note: str = ""
    """How many the search found, in words."""
    found: tuple[FoundView, ...] = ()
    """Where it found several: one has to be chosen."""
    sku: str = ""
    name: str = ""
    detail: str = ""
    price: str = ""
    price_note: str = ""
    icon: str = "package"
    tint: str = ""
    matrix: Matrix = Matrix()
    here: str = ""
    in_all: str = ""
    """What is here and everywhere of a product without variants."""
    here_none: bool = False
    stores: tuple[StoreView, ...] = ()
    chosen: str = ""
    empty: str = ""
    empty_detail: str = ""


class Stock:
    """What people look up here; what they want of it is `reserve`'s."""

    def __init__(self, desk: Desk, selling: Selling) -> None:
        self.desk, self.selling = desk, selling
        self.reserve = Reserve(desk, selling)
        self.reserve.on_store = self.choose_store
        self.on_change: Callable[[StockState], None] = lambda _state: None
        self.state = StockState()
        self._article: Article | None = None
        self._others: dict[str, Elsewhere] = {}
        self._missed = ""

    # ---- finding

    def open(self) -> None:
        """The screen is shown with nothing looked up yet."""
        self._article = None
        self._others = {}
        self.reserve.leave()
        self._show(self._nothing())

    def show(self, sku: str) -> None:
        """A product, by its number."""
        article = lookup.by_sku(self.desk.till, sku)
        if article is not None:
            self._open(article, text="", note="")

    def type(self, text: str) -> None:
        """What was typed: one product is shown at once, of several one is chosen."""
        wanted = text.strip()
        if not wanted:
            self.gave_up()
            if self._article is None:
                self._show(self._nothing())
            else:
                self._show(replace(self.state, text="", note="", found=()))
            return
        articles = lookup.search(self.desk.till, wanted)
        groups: dict[str, list[Article]] = {}
        for each in articles:
            groups.setdefault(each.product.style or f"\0{each.product.sku}", []).append(each)
        self._missed = "" if groups else wanted
        note = ngettext("{count} product", "{count} products", len(groups))
        note = note.format(count=number(len(groups)))
        if len(groups) == 1:
            group = next(iter(groups.values()))
            first = self._article
            known = first is not None and any(
                each.product.sku == first.product.sku for each in group
            )
            if known:
                self._show(replace(self.state, text=text, note=note, found=()))
            else:
                self._open(self._first(group), text=text, note=note)
            return
        rows = tuple(self._found(group) for group in list(groups.values())[:FOUND])
        rows = tuple(replace(row, marked=not place) for place, row in enumerate(rows))
        self._leave_product()
        told = _("Nothing called \u201c{text}\u201d here").format(text=wanted[:40])
        self._show(
            StockState(
                text=text,
                note=note,
                found=rows,
                empty="" if rows else told,
                empty_detail="" if rows else _("Try another word, or scan it."),
            )
        )

    def gave_up(self) -> None:
        """The search is over: what it found nothing for is remembered for the reports."""
        if len(self._missed) >= MISS_SIGNS:
            looking.note(
                self.desk.till,
                looking.NO_HIT,
                customer=self.reserve.selling.customer,
                detail=self._missed,
            )
        self._missed = ""

    def scan(self, code: str) -> None:
        """A product was scanned."""
        try:
            article = lookup.by_code(self.desk.till, code)
        except PosError as error:
            self.desk.hands.sound("refused")
            self.desk.tell(error)
            return
        if article is None:
            looking.note(self.desk.till, looking.NO_HIT, detail=code[:32])
            self.desk.hands.sound("refused")
            self._leave_product()
            words = _("Not in the catalogue.")
            detail = _("Nobody knows the code {code}. Search it by its name.")
            self._show(StockState(empty=words, empty_detail=detail.format(code=code[:32])))
            self.desk.hands.announce(words, at_once=True)
            return
        self.desk.hands.sound("ok")
        self._open(article, text="", note="")

    def choose(self, sku: str) -> None:
        """Of several results one; of a product another variant."""
        article = lookup.by_sku(self.desk.till, sku)
        if article is None:
            return
        if self.state.found and article.product.style:
            variants = lookup.variants(self.desk.till, article.product.style)
            article = self._first(variants or [article])
        self._open(article, text=self.state.text, note=self.state.note)

    def first(self) -> None:
        """Enter in the search field: the marked result."""
        marked = next((row for row in self.state.found if row.marked), None)
        if marked is not None:
            self.choose(marked.sku)

    def refresh(self) -> None:
        """Stock or prices changed."""
        if self._article is None:
            return
        article = lookup.by_sku(self.desk.till, self._article.product.sku)
        if article is not None:
            self._open(article, text=self.state.text, note=self.state.note, again=True)

    def _first(self, group: list[Article]) -> Article:
        """Of a style the variant that is not here: that is what people look up; else its first."""
        out = [each for each in group if (each.on_hand or 0) <= 0]
        if len(group) > 1 and out:
            nearby = lookup.nearby(self.desk.till, [each.product.sku for each in out])
            for each in out:
                if nearby.get(each.product.sku, 0) > 0:
                    return each
        return group[0]

    def _found(self, group: list[Article]) -> FoundView:
        first = group[0]
        known = [each.on_hand for each in group if each.on_hand is not None]
        left = sum(max(0, each) for each in known)
        detail = first.product.variant
        if len(group) > 1:
            detail = ngettext("{count} variant", "{count} variants", len(group))
            detail = detail.format(count=number(len(group)))
        stock = _("{count} here").format(count=count_of(first, left)) if known else ""
        return FoundView(
            *(first.product.sku, first.product.name, detail, price_words(self.desk, first)[0]),
            *(stock, first.product.icon or "package", bool(known) and not left),
        )

    # ---- a product

    def _open(self, article: Article, *, text: str, note: str, again: bool = False) -> None:
        self._article = article
        product, till = article.product, self.desk.till
        variants = lookup.variants(till, product.style) if product.style else []
        others = others_of(self.desk, article, STORES)
        self._others = {each.store: each for each in others}
        price, was = price_words(self.desk, article)
        none = article.on_hand is not None and article.on_hand <= 0
        if none and not again:
            looking.note(
                *(till, looking.NO_STOCK, product.sku),
                customer=self.reserve.selling.customer,
                value=self._worth(article),
            )
        chosen = self.state.chosen if again else ""
        if chosen not in self._others:
            chosen = next((each.store for each in others if each.free > 0), "")
        here = _("Stock not known")
        if article.on_hand is not None:
            here = _("{count} here").format(count=count_here(article))
        several = len(variants) > 1
        self._show(
            StockState(
                text=text,
                note=note,
                sku=product.sku,
                name=product.name,
                detail=dotted(product.sku, product.variant, _code(product.barcodes)),
                price=price or _("No price"),
                price_note=self._price_note(article, was),
                icon=product.icon or "package",
                tint=product.style or product.department or product.sku,
                matrix=(
                    matrix(self.desk, None, article, variants, prices=False)
                    if several
                    else Matrix()
                ),
                in_all="" if several else self._in_all(article),
                here=here,
                here_none=none,
                stores=tuple(view(self.desk, article, each) for each in others),
                chosen=chosen,
                empty="" if others else _("No other store is known here"),
                empty_detail="" if others else _("Head office tells of them once there are two."),
            )
        )
        self.reserve.about(article, self._others.get(chosen), again=again)
        if not again:
            self.desk.hands.announce(dotted(product.name, product.variant, price, here))

    def _in_all(self, article: Article) -> str:
        """What all stores together could sell; empty where no other is known."""
        if not self._others:
            return ""
        total = sum(each.free for each in self._others.values()) + max(0, article.on_hand or 0)
        return _("{count} in all").format(count=count_of(article, total))

    def _worth(self, article: Article) -> int:
        store = self.desk.till.own.store
        if store is None:
            return 0
        day = self.desk.till.business_date()
        found = article.price(day, store.price_list, store.currency)
        return found.amount if found is not None else 0

    def _price_note(self, article: Article, was: str) -> str:
        if was:
            return _("before: {price}").format(price=was)
        till, product = self.desk.till, article.product
        if till.own.store is None:
            return ""
        basket = self.selling.basket or checkout.start(till)
        found = till.offers.of(basket).naming(
            basket, product.sku, product.department, till.own.store.price_list
        )
        return found[0].label if found else _("No promotion now")

    def choose_store(self, store: str) -> None:
        """A row of the table: whom the panel would ask."""
        if store in self._others and self._article is not None:
            self._show(replace(self.state, chosen=store))
            self.reserve.about(self._article, self._others[store])

    def move(self, step: int) -> None:
        """The next result or store, or the one before."""
        if self.state.found:
            rows = self.state.found
            here = next((place for place, row in enumerate(rows) if row.marked), 0)
            here = max(0, min(len(rows) - 1, here + step))
            rows = tuple(replace(row, marked=place == here) for place, row in enumerate(rows))
            self._show(replace(self.state, found=rows))
        elif self.state.stores:
            stores = [row.store for row in self.state.stores]
            here = stores.index(self.state.chosen) if self.state.chosen in stores else -1
            self.choose_store(stores[max(0, min(len(stores) - 1, here + step))])

    def _leave_product(self) -> None:
        self._article = None
        self._others = {}
        self.reserve.leave()

    def _nothing(self) -> StockState:
        return StockState(
            empty=_("Scan a product, or search its name"),
            empty_detail=_("You see what each store could sell of it."),
        )

    def _show(self, state: StockState) -> None:
        self.state = state
        self.on_change(state)


def _code(barcodes: tuple[str, ...]) -> str:
    """The first barcode as it stands on the goods: 13 digits, not the 14 it is filed under."""
    first = barcodes[0] if barcodes else ""
    return first[1:] if len(first) == 14 and first.startswith("0") else first
