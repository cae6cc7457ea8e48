"""What a code does to a basket: a product, a weighed or priced label, GS1 goods, or a coupon."""

from __future__ import annotations

from dataclasses import replace

from pos_app.domain import basket as baskets
from pos_app.domain.barcode import Carried, read
from pos_app.domain.basket import Basket, Line, check_line, line_from
from pos_app.domain.catalogue import KILOGRAM, PIECE, Price, Product
from pos_app.domain.errors import PosError, Refused, Unavailable
from pos_app.domain.label import Label, read_label
from pos_app.domain.money import MILLI, minor_digits
from pos_app.store.catalogue import Article
from pos_app.till.till import Till


def scan(till: Till, basket: Basket, raw: str, qty: int | None = None) -> tuple[Basket, int]:
    """The basket with what the code names, and the line it is in; 0 where it was a coupon.

    `qty` is thousandths; None is one piece, or what the label or code on the goods says. A code
    of the catalogue counts before a label's pattern, and both before a coupon.

    Raises Refused("code_empty" | "code_too_long" | "code_unprintable" | "unknown_code" |
    "not_for_sale" | "price_missing" | "tax_rate_missing" | "quantity_…" | "basket_full" |
    "weight_needed" | "goods_expired" | "label_…" | "serial_twice" | "coupon_…"), and
    Unavailable("catalogue_missing") where this till has no catalogue at all,
    Unavailable("catalogue_in_part", scanned=) where the part it may be in is damaged.
    """
    code = read(raw)
    text = code.keys[-1]
    article = till.catalogue.by_code(code.keys)
    if article is not None:
        return _add(till, basket, article, text, qty, code.carried)
    broken = till.catalogue.broken
    label = read_label(text, till.offers.patterns, _country(till), minor_digits(basket.currency))
    if label is not None:
        article = till.catalogue.by_code(label.keys)
        if article is not None:
            return _add_labelled(till, basket, article, text, qty, label)
        broken = broken or till.catalogue.broken
    found = till.offers.attach(basket, text, till.business_date())
    if found is not None:
        return found, 0
    raise _not_there(till, text, broken=broken)


def add(till: Till, basket: Basket, sku: str, qty: int | None = None) -> tuple[Basket, int]:
    """The basket with a product chosen by hand. Raises as `scan` does."""
    article = till.catalogue.by_sku(sku)
    if article is None:
        raise _not_there(till, sku, broken=till.catalogue.broken)
    return _add(till, basket, article, "", qty, None)


def attach_coupon(till: Till, basket: Basket, code: str) -> Basket:
    """The basket with a coupon on it whose code was typed; Refused("coupon_…")."""
    found = till.offers.attach(basket, read(code).keys[-1], till.business_date())
    if found is None:
        raise Refused("coupon_unknown", coupon=code)
    return found


def price_of(till: Till, basket: Basket, article: Article) -> Price | None:
    """Its price in the store's list and currency: an amount of another currency is no price.

    A customer who pays by a list of their own does so where that list names it.
    """
    own = basket.customer.price_list if basket.customer else ""
    if own:
        found = article.price(basket.business_date, own, basket.currency)
        if found is not None:
            return found
    return article.price(basket.business_date, till.store.price_list, basket.currency)


def staff_by(till: Till) -> str:
    """Id of the person at the till, "" for nobody."""
    return till.person.staff_id if till.person else ""


def _country(till: Till) -> str:
    """Two letters, as the store's locale says."""
    return till.store.locale.replace("-", "_").rpartition("_")[2]


def _not_there(till: Till, code: str, *, broken: bool) -> PosError:
    """What to say of a code that nothing was found under; `broken` is `catalogue.broken` then."""
    if till.catalogue.source == "none":
        return Unavailable("catalogue_missing")
    if broken:
        return Unavailable("catalogue_in_part", scanned=code)
    return Refused("unknown_code", scanned=code)


def _add(
    till: Till,
    basket: Basket,
    article: Article,
    code: str,
    qty: int | None,
    carried: Carried | None,
) -> tuple[Basket, int]:
    product, price = article.product, price_of(till, basket, article)
    if carried is not None:
        return _add_carried(till, basket, article, code, qty, carried)
    if qty is None:
        if product.unit == KILOGRAM and product.active and price is not None:
            raise Refused("weight_needed", sku=product.sku, name=product.name)
        qty = MILLI
    return _put(till, basket, line_from(product, price, code, qty))


def _add_labelled(
    till: Till, basket: Basket, article: Article, code: str, qty: int | None, label: Label
) -> tuple[Basket, int]:
    if qty is not None and qty != MILLI:
        raise Refused("label_times", name=article.product.name)
    price = price_of(till, basket, article)
    if label.price:
        return _put(
            till, basket, _priced_line(basket, article.product, price, code, label.price, 0)
        )
    if label.count:
        return _put(till, basket, line_from(article.product, price, code, label.count * MILLI))
    if article.product.unit == PIECE:
        raise Refused("label_not_weighed", name=article.product.name)
    return _put(till, basket, line_from(article.product, price, code, label.weight))


def _priced_line(
    basket: Basket, product: Product, price: Price | None, code: str, amount: int, weight: int
) -> Line:
    """A line that costs what its label says; its quantity is what that much would be of.

    A piece needs no price of its own: the label is it.
    """
    if product.unit == PIECE:
        price = price or Price(product.sku, amount, basket.currency)
        return replace(line_from(product, price, code), label_price=amount)
    line = line_from(product, price, code)
    qty = weight or max(1, (amount * MILLI + line.unit_price // 2) // line.unit_price)
    line = replace(line, qty=qty, label_price=amount)
    check_line(line)
    return line


def _add_carried(
    till: Till, basket: Basket, article: Article, code: str, qty: int | None, carried: Carried
) -> tuple[Basket, int]:
    """Goods whose GS1 code says more: weight, price, lot, days, serial number."""
    product, price = article.product, price_of(till, basket, article)
    if carried.expiry and carried.expiry < till.business_date():
        raise Refused("goods_expired", name=product.name, day=carried.expiry)
    same = (line for line in basket.lines if line.sku == product.sku)
    if carried.serial and any(line.serial == carried.serial for line in same):
        raise Refused("serial_twice", name=product.name)
    weighed = carried.weight if product.unit == KILOGRAM else 0
    amount = _amount(carried, basket.currency)
    particular = weighed or amount or carried.serial or carried.count
    if particular and qty is not None and qty != MILLI:
        raise Refused("label_times", name=product.name)
    if amount:
        line = _priced_line(basket, product, price, code, amount, weighed)
    elif product.unit == KILOGRAM and not weighed and qty is None:
        raise Refused("weight_needed", sku=product.sku, name=product.name)
    else:
        line = line_from(product, price, code, weighed or carried.count * MILLI or qty or MILLI)
    days = carried.expiry or carried.best_before
    line = replace(line, lot=carried.lot, expiry=days, serial=carried.serial)
    return _put(till, basket, line)


def _amount(carried: Carried, currency: str) -> int:
    """AI 392n in minor units of the store's currency; what is finer is rounded half up."""
    if carried.price is None:
        return 0
    digits, decimals = carried.price
    shift = minor_digits(currency) - decimals
    if shift >= 0:
        return int(digits * 10**shift)
    step = 10**-shift
    return int((digits + step // 2) // step)


def _put(till: Till, basket: Basket, line: Line) -> tuple[Basket, int]:
    till.rules.rate_on(line.tax_code, basket.business_date)
    return baskets.add_line(basket, line, staff_by(till))
