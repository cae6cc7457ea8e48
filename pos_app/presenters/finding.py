"""Finding a product by hand: results as typed, favourites, departments, variants, price check."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from pos_app.domain.money import MILLI
from pos_app.presenters.desk import LEDGER, Desk
from pos_app.presenters.selling import Selling
from pos_app.till import lookup
from pos_app.till.lookup import Article
from pos_app.words import _, money, ngettext, number, quantity

TIMES = re.compile(r"^\s*(\d{1,3})\s*[*\u00d7xX]\s*$")
"""`3 *` before a scan: three pieces."""
SHELF = 240
"""Articles of a shelf: with several variants of a style on one tile, about 60 tiles."""
COUNT_REST_MS = 250
"""How long after a count of what is sold and not yet reflected the next one waits."""
LOW = 3 * MILLI
"""At this stock or below a tile says how many are left."""


RESULTS = "results:"
"""Key of a chip that narrows results; alone it is all of them."""
IN_STOCK = "\0stock"


class Tile(msgspec.Struct, frozen=True):
    """A product, or a style with several variants, in the grid."""

    sku: str
    style: str
    """Not empty where choosing it opens the variants."""
    name: str
    detail: str
    price: str
    was: str
    stock: str
    """What is left here; empty where nobody knows."""
    stock_tone: str
    """plain, warn or off."""
    icon: str
    tint: str
    in_cart: int = 0
    nearby: str = ""
    """Number of what is out here and other stores have; empty where there is no such thing."""

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        return ", ".join(part for part in (self.name, self.detail, self.price, self.stock) if part)


class Chip(msgspec.Struct, frozen=True):
    """A shelf to look at."""

    key: str
    words: str
    count: str = ""
    chosen: bool = False


class FindState(msgspec.Struct, frozen=True):
    """The work area of Sell."""

    text: str = ""
    tiles: tuple[Tile, ...] = ()
    chips: tuple[Chip, ...] = ()
    found: str = ""
    """How many results there are, in words; empty while nothing is typed."""
    nothing: str = ""
    """Why the grid is empty."""
    nothing_detail: str = ""
    looking: bool = False
    """True in price check: a scan shows, it does not sell."""


class Finding:
    """What is on the shelves, and what was typed."""

    def __init__(self, desk: Desk, selling: Selling) -> None:
        self.desk, self.selling = desk, selling
        self.on_change: Callable[[FindState], None] = lambda _state: None
        self.on_stale: Callable[[], None] = lambda: None
        self.on_style: Callable[[str], None] = lambda _sku: None
        """A tile of several variants, or any in price check: shown, not sold."""
        self.pinned = False
        """True where nothing may be sold: price check cannot be left."""
        self.state = FindState()
        self._shelf = "favourites"
        self._narrow = ""
        """Of the results, only those in stock here (`stock`) or of one department."""
        self._articles: list[Article] = []
        self._found: list[Article] = []
        self._departments: list[tuple[str, int]] | None = None
        self._counting = False
        self._counted_of: object = None

    def open(self) -> None:
        """Shows the shelf chosen last."""
        self.type("")

    def type(self, text: str) -> None:
        """Something was typed: results at once."""
        times = TIMES.match(text)
        if times:
            self.selling.set_times(int(times.group(1)))
            self._show_shelf("")
            return
        if not text.strip():
            self._show_shelf(text)
            return
        if text.strip() != self.state.text.strip():
            self._narrow = ""
        articles = self._found = lookup.search(self.desk.till, text)
        self._articles = self._narrowed(articles)
        tiles = self._tiles(self._articles)
        many = len(articles) >= lookup.SHOWN
        found = (
            _("{count}+ results")
            if many
            else ngettext("{count} result", "{count} results", len(articles))
        )
        nothing = detail = ""
        if not tiles:
            nothing = _("Nothing called \u201c{text}\u201d here").format(text=text.strip()[:40])
            detail = _("Try another word, scan it, or sell it as a custom item.")
        self._show(
            replace(
                self.state,
                text=text,
                tiles=tiles,
                found=found.format(count=number(len(articles))),
                nothing=nothing,
                nothing_detail=detail,
                chips=self._result_chips(articles),
            )
        )

    def way_back(self) -> Callable[[], None]:
        """Shows again what is shown now, without asking the catalogue: a scan leaves no trace."""
        state, articles = self.state, self._articles

        def back() -> None:
            if self.state is not state:
                self._articles = articles
                self._show(state)

        return back

    def choose_shelf(self, key: str) -> None:
        """Favourites, or a department; of results, only those that it names."""
        if key.startswith(RESULTS):
            self._narrow = key.removeprefix(RESULTS)
            self._articles = self._narrowed(self._found)
            tiles, chips = self._tiles(self._articles), self._result_chips(self._found)
            self._show(replace(self.state, tiles=tiles, chips=chips))
            return
        self._shelf = key
        self._show_shelf("")

    def refresh(self) -> None:
        """The catalogue or the stock changed."""
        self._departments = None
        self.type(self.state.text)

    def count_own(self) -> None:
        """What was sold here and the hub's stock does not contain yet: counted beside."""
        till = self.desk.till
        reflected = till.catalogue.reflected(till.identity.device)
        place = (till.ledger.head(), reflected)
        if self._counting or place == self._counted_of:
            return
        self._counting = True

        def rested() -> None:
            self._counting = False
            self.count_own()

        def counted(changed: bool) -> None:
            self._counted_of = place
            if changed:
                self.on_stale()
            # A backlog on its way moves it again and again: not beside every key of who types.
            self.desk.hands.later(COUNT_REST_MS, rested)

        def failed(error: BaseException) -> None:
            self._counting = False
            self.desk.tell(error)

        self.desk.hands.run(LEDGER, lambda: till.count_moves(reflected), counted, failed)

    def recount(self) -> None:
        """Only the basket changed: the same products, with what is in it."""
        self._show(replace(self.state, tiles=self._tiles(self._articles)))

    def _show_shelf(self, text: str) -> None:
        till = self.desk.till
        if self._shelf == "favourites":
            articles = lookup.favourites(till, SHELF)
        else:
            articles = lookup.department(till, self._shelf, SHELF)
        self._articles = articles
        nothing = detail = ""
        if not articles:
            nothing = _("No products here yet")
            detail = _("They come from head office. Custom items can be sold meanwhile.")
        self._show(
            replace(
                self.state,
                text=text,
                tiles=self._tiles(articles),
                found="",
                nothing=nothing,
                nothing_detail=detail,
                chips=self._chips(self._shelf),
            )
        )

    def _narrowed(self, articles: list[Article]) -> list[Article]:
        if self._narrow == IN_STOCK:
            return [each for each in articles if _in_stock(each)]
        if self._narrow:
            return [each for each in articles if each.product.department == self._narrow]
        return articles

    def _result_chips(self, articles: list[Article]) -> tuple[Chip, ...]:
        """What the results can be narrowed to, the largest departments first."""
        narrow = self._narrow
        chips = [Chip(RESULTS, _("All results"), number(len(articles)), not narrow)]
        here = sum(map(_in_stock, articles))
        if 0 < here < len(articles) or narrow == IN_STOCK:
            words = _("In stock here")
            chips.append(Chip(RESULTS + IN_STOCK, words, number(here), narrow == IN_STOCK))
        counts: dict[str, int] = {}
        for each in articles:
            name = each.product.department
            counts[name] = counts.get(name, 0) + 1
        chips += [
            Chip(RESULTS + name, name, number(count), narrow == name)
            for name, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
            if name and len(counts) > 1
        ]
        return tuple(chips)

    def _chips(self, chosen: str) -> tuple[Chip, ...]:
        if self._departments is None:
            self._departments = self.desk.till.catalogue.departments()
        chips = [Chip("favourites", _("Favourites"), "", chosen == "favourites")]
        chips += [
            Chip(name, name, number(count), chosen == name)
            for name, count in self._departments
            if name
        ]
        return tuple(chips)

    def _tiles(self, articles: list[Article]) -> tuple[Tile, ...]:
        together: dict[str, list[Article]] = {}
        for article in articles:
            product = article.product
            together.setdefault(product.style or f"\0{product.sku}", []).append(article)
        basket = self.selling.basket
        held: dict[str, int] = {}
        for line in basket.lines if basket else ():
            held[line.sku] = held.get(line.sku, 0) + max(1, line.qty // MILLI)
        day = self.desk.till.business_date() if self.desk.till.own.store else ""
        out = [group for group in together.values() if _all_out(group)]
        skus = [each.product.sku for group in out for each in group]
        elsewhere = lookup.nearby(self.desk.till, skus)
        return tuple(self._tile(group, held, day, elsewhere) for group in together.values())

    def _tile(
        self, group: list[Article], held: dict[str, int], day: str, elsewhere: dict[str, int]
    ) -> Tile:
        first = group[0]
        product = first.product
        several = len(group) > 1
        in_cart = sum(held.get(each.product.sku, 0) for each in group)
        price, was = self._price(first, day)
        detail = product.variant
        if several:
            detail = ngettext("{count} variant", "{count} variants", len(group)).format(
                count=len(group)
            )
        stock, tone = self._stock(group)
        near = [each for each in group if elsewhere.get(each.product.sku, 0) >= MILLI]
        if near and tone == "off":
            pieces = sum(elsewhere[each.product.sku] for each in near) // MILLI
            stock = _("0 \u00b7 {count} nearby").format(count=number(pieces))
        return Tile(
            product.sku,
            product.style if several else "",
            product.name,
            detail,
            price,
            was,
            stock,
            tone,
            product.icon or "package",
            product.style or product.department or product.sku,
            in_cart,
            near[0].product.sku if near and tone == "off" else "",
        )

    def _price(self, article: Article, day: str) -> tuple[str, str]:
        store = self.desk.till.own.store
        price = article.price(day, store.price_list, store.currency) if store else None
        if price is None or not price.amount:
            return _("No price"), ""
        text = money(price.amount, price.currency)
        if article.product.unit != "piece":
            text = f"{text} / {article.product.unit}"
        was = money(price.was, price.currency) if price.was > price.amount else ""
        return text, was

    def _stock(self, group: list[Article]) -> tuple[str, str]:
        known = [each.on_hand for each in group if each.on_hand is not None]
        if not known:
            return "", "plain"
        left = sum(known)
        unit = group[0].product.unit
        if left <= 0:
            return _("0 here"), "off"
        if left <= LOW and unit == "piece":
            return _("{count} left").format(count=left // MILLI), "warn"
        return (str(left // MILLI) if unit == "piece" else quantity(left, unit)), "plain"

    # ---- one product

    def choose(self, tile: Tile) -> None:
        """A tile was tapped: sold, or its variants shown."""
        if tile.style or self.state.looking:
            self.on_style(tile.sku)
        else:
            self.selling.scan(tile.sku, code=False)

    def look(self, *, on: bool) -> None:
        """Price check: the next scan shows the product and sells nothing."""
        self._show(replace(self.state, looking=on or self.pinned))

    def _show(self, state: FindState) -> None:
        self.state = state
        self.on_change(state)


def _all_out(group: list[Article]) -> bool:
    """True where somebody counted it, and nothing is left here."""
    known = [each.on_hand for each in group if each.on_hand is not None]
    return bool(known) and sum(known) <= 0


def _in_stock(article: Article) -> bool:
    return article.on_hand is not None and article.on_hand > 0
