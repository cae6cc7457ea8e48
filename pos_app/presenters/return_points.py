"""What a return does to the customer's points, in words, before it is done."""

from __future__ import annotations

from pos_app.domain.exchange import ExchangeFigures
from pos_app.presenters.desk import Desk
from pos_app.presenters.return_views import FactView
from pos_app.till import points_back
from pos_app.till.returning import Returning
from pos_app.words import _, ngettext, number


def points_view(desk: Desk, back: Returning, sums: ExchangeFigures) -> tuple[FactView, ...]:
    """One fact where points are concerned; nothing where none are."""
    effect = points_back.effect(desk.till, back.sale, sums.refund)
    if not effect.taken and not effect.given:
        return ()
    parts = []
    if effect.taken:
        form = ngettext("{count} taken back", "{count} taken back", effect.taken)
        parts.append(form.format(count=number(effect.taken)))
    if effect.given:
        form = ngettext("{count} given back", "{count} given back", effect.given)
        parts.append(form.format(count=number(effect.given)))
    if effect.after is not None:
        form = ngettext("{count} due", "{count} due", effect.due)
        parts.append(form.format(count=number(effect.due)))
    title = _("Points: {what}").format(what=", ".join(parts))
    detail = _("Head office works out the balance.")
    if effect.after is not None:
        detail = _("Balance after this: {points}.").format(points=number(effect.after))
    return (FactView("award", title, detail, "warn" if effect.due else "plain"),)
