"""Whether what a document says of points is what the programme gives: flagged, never rewritten.

Asked of a sale that names a customer with points, and of what takes such a sale back; a plain sale
costs one look at a field. Whether the points that moved are those that the document says is seen
later (`unmoved`), because the entries of one commit may come in two batches.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, func, literal_column, select, update

from pos_app.domain import loyalty as rules
from pos_app.domain import points_age
from pos_app.domain.basket import Basket
from pos_app.domain.errors import PosError
from pos_app.domain.exceptions import POINTS
from pos_app.domain.loyalty import Earning, Piece, Programme, Sold, TierBy
from pos_app.domain.sale import basket_of, figures_of, priced_again
from sync.hub import exceptions, schema
from sync.hub.answers import stamp
from sync.hub.checks import told
from sync.hub.database import Connection, Statement, adding
from sync.hub.loyalty import ledger, programmes
from sync.protocol import FactPoints, Refunded, Sale, Voided

if TYPE_CHECKING:
    from sync.hub.booking import Booking

LOOKED_AT: Final = 500
PATIENCE: Final = dt.timedelta(minutes=10)
"""So long after a document its points may still be on their way."""

_pd, _b, _e = schema.points_document.c, schema.right_burn.c, schema.event.c
_ADD = adding(schema.points_document, ignore=True)
_NEW = Statement(
    "looked upto most",
    select(_pd.document, _pd.account, _pd.n, _pd.earned, _pd.spent)
    .where(_pd.looked == bindparam("looked"), _pd.booked <= bindparam("upto"))
    .order_by(_pd.booked, _pd.document)
    .limit(bindparam("most"))
    .offset(literal_column("0")),
)
_MOVED = Statement(
    "kind about account",
    select(func.sum(_b.amount)).where(
        _b.kind == bindparam("kind"),  # a customer's credit has the same account
        _b.about == bindparam("about"),
        _b.account == bindparam("account"),
    ),
)
_LOOKED = Statement(
    "is_looked wanted",
    update(schema.points_document)
    .where(_pd.document == bindparam("wanted"))
    .values(looked=bindparam("is_looked")),
)
_WHO = Statement("n", select(_e.device).where(_e.n == bindparam("n")))
_STORE = Statement(
    "n", select(schema.document.c.store_id).where(schema.document.c.n == bindparam("n"))
)


def book_sale(books: Booking, n: int, sale: Sale) -> None:
    """Works out again what a sale says of points; what of it is wrong is told."""
    said = sale.points
    if said is None:
        books.flag("points_differ", n, sale, "rewards, but nothing of points", sum(_costs(sale)))
        return
    found: list[str] = []
    programme = programmes.at_version(books.connection, said.programme, said.version)
    too_many = 0
    if programme is None:
        found.append(f"programme {said.programme} {said.version} is not known")
    else:
        right = rules.earned(programme, _sold(sale, said.tier))
        given = {line.line: line.points for line in sale.lines if line.points}
        too_many = said.earned - sum(right.values())
        if too_many or given != right:
            found.append(f"{said.earned} earned, should be {sum(right.values())}")
        found += _reward_differences(programme, sale)
        found += _tier_differences(books, programme, said)
    if said.spent != sum(_costs(sale)):
        found.append(f"{said.spent} spent, its rewards cost {sum(_costs(sale))}")
    if found:
        books.flag(
            "points_differ", n, sale, f"points {said.account}: {told(found)}"[:400], too_many
        )
    _keep(books, sale.id, said.account, n, said.earned, sum(_costs(sale)))


def book_back(books: Booking, n: int, fact: Refunded | Voided, sale: Sale) -> None:
    """Keeps what goods that came back should do to points."""
    said = sale.points
    if said is None:
        return
    books.taken_back[fact.id] = sale.id
    if isinstance(fact, Voided):
        found = rules.Reversal(said.earned, sum(_costs(sale)))
    else:
        back = {line.of: -line.qty for line in fact.lines}
        before = {line.of: line.before for line in fact.lines}
        spent = rules.spent_on(sale.lines, sale.rewards)
        found = rules.reversal(sale.lines, spent, before, back)
    _keep(books, fact.id, said.account, n, -found.taken, -found.given)


def _keep(books: Booking, document: str, account: str, n: int, earned: int, spent: int) -> None:
    row = (document, account, n, earned, spent, books.at, False)
    books.afterwards.append(lambda: books.connection.run(_ADD, row))


def _costs(sale: Sale) -> list[int]:
    return [reward.points for reward in sale.rewards]


def _sold(sale: Sale, tier: str) -> Sold:
    lines = tuple(
        Earning(
            *(line.line, line.sku, line.department, line.net + line.tax),
            counts=not (line.order or line.value),
        )
        for line in sale.lines
    )
    return Sold(sale.biz_date, sale.currency, sale.store, tier, lines)


def _tier_differences(books: Booking, programme: Programme, said: FactPoints) -> Iterator[str]:
    """A tier that earns more than once, and that this account never reached.

    A till may have known an older standing, so all that was ever earned counts.
    """
    tier = next((each for each in programme.tiers if each.tier == said.tier), None)
    if tier is None or tier.percent <= rules.ONCE or programme.tier_by is TierBy.SPEND:
        return
    ever = points_age.ever(ledger.entries(books.connection, said.account))
    if ever < tier.reached:
        yield f"tier {tier.tier}: {ever} points were ever earned, it begins at {tier.reached}"


def _reward_differences(programme: Programme, sale: Sale) -> Iterator[str]:
    """Each reward that its points do not give on these goods."""
    known = {rule.reward: rule for rule in programme.rewards}
    basket, stated = basket_of(sale), figures_of(sale).priced
    taken: list[str] = []
    for place, reward in enumerate(sale.rewards):
        rule = known.get(reward.reward)
        if rule is None:
            yield f"there is no reward {reward.reward}"
            continue
        alone = not rule.combinable or any(not known[each].combinable for each in taken)
        if taken and alone:
            yield f"{reward.reward} is given beside {taken[0]}"
        try:
            pieces = _pieces(replace(basket, rewards=basket.rewards[:place]), stated)
        except PosError as cause:
            yield f"not computable: {cause}"
            return
        deal = rules.deal_of(programme, rule, reward.points, pieces)
        right = (deal.points, deal.amount) if deal else (0, 0)
        if right != (reward.points, reward.amount):
            yield f"{reward.reward}: {reward.amount} for {reward.points}, should be {right[1]}"
        taken.append(reward.reward)


def _pieces(basket: Basket, stated: object) -> list[Piece]:
    priced = priced_again(basket, stated)  # type: ignore[arg-type]  # as `figures_of` gave it
    return [
        Piece(
            *(line.line_id, line.sku, line.department, worth.total, line.qty),
            counts=not line.fixed,
        )
        for line, worth in zip(basket.lines, priced.lines, strict=True)
    ]


# --- later ----------------------------------------------------------------------------------


def unmoved(connection: Connection, now: dt.datetime, most: int = LOOKED_AT) -> int:
    """Compares documents with what moved their accounts, each once; how many differed.

    In the caller's transaction, under a lock: several hubs share a database.
    """
    upto = stamp(now - PATIENCE)
    count = 0
    for document, account, n, earned, spent in connection.all(_NEW, (False, upto, most)):
        moved = connection.one(_MOVED, (POINTS, document, account))
        got = -int(moved[0] or 0) if moved else 0
        too_many = got - (int(earned) - int(spent))
        connection.run(_LOOKED, (True, document))
        if not too_many:
            continue
        count += 1
        device, store = connection.one(_WHO, (n,)), connection.one(_STORE, (n,))
        exceptions.open_exception(
            connection,
            kind="points_differ",
            n=int(n),
            device=str(device[0]) if device else "",
            store=str(store[0]) if store else "",
            amount=too_many,
            detail=f"points {account}: {got} moved, the document says {int(earned) - int(spent)}",
            at=stamp(now),
            fact=str(document),
        )
    return count
