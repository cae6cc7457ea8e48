"""A case that is put off: until when, and what of a decision waits for somebody's hands."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from pos_app.domain.day import parse_utc, utc_text
from pos_app.domain.exceptions import COST, COUNT, CREDIT, DEBT, POINTS, STOCK_MOVE
from pos_app.presenters.exception_views import ChoiceView
from pos_app.words import _, clock, date_of, money, ngettext, number

if TYPE_CHECKING:
    from pos_app.presenters.desk import Desk
    from pos_app.till.exceptions import Case
    from sync.protocol import CaseEffect

EVENING: Final = time(18)
MORNING: Final = time(9)


def choices(desk: Desk, case: Case) -> tuple[ChoiceView, ...]:
    """In an hour, this evening, tomorrow morning; and back to all."""
    del case
    zone = ZoneInfo(desk.zone)
    now = desk.till.now().astimezone(zone)
    hour = now + timedelta(hours=1)
    evening = datetime.combine(now.date(), EVENING, zone)
    morning = datetime.combine(now.date() + timedelta(days=1), MORNING, zone)
    found = [ChoiceView(_at(hour), _("In an hour"), clock(hour, desk.zone), chosen=False)]
    if evening > hour:
        found.append(
            ChoiceView(_at(evening), _("This evening"), clock(evening, desk.zone), chosen=False)
        )
    found.append(
        ChoiceView(_at(morning), _("Tomorrow morning"), clock(morning, desk.zone), chosen=False)
    )
    found.append(ChoiceView("", _("Give it back"), _("Somebody else may take it"), chosen=False))
    return tuple(found)


def _at(moment: datetime) -> str:
    return utc_text(moment.astimezone(UTC))


def until(desk: Desk, later: str) -> str:
    """Until when it is put off, in words; empty where it is not, or was."""
    if not later:
        return ""
    moment = parse_utc(later)
    if moment <= desk.till.now():
        return ""
    today = date_of(moment, desk.zone) == date_of(desk.till.now(), desk.zone)
    when = clock(moment, desk.zone) if today else date_of(moment, desk.zone)
    return _("later, {time}").format(time=when)


def amount(desk: Desk, minor: int, unit: str) -> str:
    """Money, or points; empty for nothing."""
    if not minor:
        return ""
    if unit == POINTS:
        form = ngettext("{count} point", "{count} points", abs(minor))
        return form.format(count=number(abs(minor)))
    currency = unit or desk.currency
    return money(abs(minor), currency) if currency else ""


def done(desk: Desk, effect: CaseEffect) -> str:
    """What a decision did, or what somebody has yet to do, in a sentence."""
    said = amount(desk, effect.amount, effect.currency)
    if effect.what == COUNT:
        return _counted(desk, effect)
    if effect.what == STOCK_MOVE:
        return _("Stock: {product} counted once").format(product=_name(desk, effect.sku))
    words = {
        COST: _("Cost of the store: {amount}"),
        DEBT: _("Owed to the store: {amount}"),
        CREDIT: _("Put on the account: {amount}"),
    }
    if effect.what in words:
        return words[effect.what].format(amount=said)
    return (
        _("Done by hand")
        if effect.done
        else _("To be done by hand: {amount}").format(amount=said or _("see the papers"))
    )


def _counted(desk: Desk, effect: CaseEffect) -> str:
    what = _name(desk, effect.sku) if effect.sku else _("the drawer")
    return (_("Counted: {what}") if effect.done else _("To be counted: {what}")).format(what=what)


def _name(desk: Desk, sku: str) -> str:
    found = desk.till.catalogue.by_sku(sku) if sku else None
    return found.product.name if found is not None else sku
