"""Products a person marked at this till: they come first on the shelf of favourites."""

from __future__ import annotations

from pos_app.store.catalogue import Article
from pos_app.till.till import Till

KIND = "favourite"
"""Their rows among what the ledger keeps as reference; value: what the key names."""
_STYLE, _SKU, _NONE = b"style", b"sku", b""


def is_marked(till: Till, article: Article) -> bool:
    """True where this product, or its style, was marked."""
    return bool(till.view.reference(KIND).get(_key(article), _NONE))


def mark(till: Till, article: Article, *, on: bool) -> None:
    """*Writes.* Marks a product with all its variants, or takes the mark away."""
    value = (_STYLE if article.product.style else _SKU) if on else _NONE
    with till.ledger.transaction() as tx:
        tx.set_reference(KIND, _key(article), value)


def forget_all(till: Till) -> None:
    """*Writes.* Takes every mark away."""
    with till.ledger.transaction() as tx:
        for key, value in till.ledger.reference(KIND).items():
            if value:
                tx.set_reference(KIND, key, _NONE)


def marked(till: Till) -> list[Article]:
    """Every marked product that this till's catalogue knows, variants beside each other."""
    found: list[Article] = []
    for key, value in till.view.reference(KIND).items():
        if value == _STYLE:
            found += till.catalogue.variants(key)
        elif value == _SKU:
            article = till.catalogue.by_sku(key)
            found += [article] if article is not None else []
    return found


def _key(article: Article) -> str:
    return article.product.style or article.product.sku
