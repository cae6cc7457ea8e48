"""The panel of an order that is picked, sent or put back; and how its customer is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pos_app.domain.pickup import CANCELLING, LAPSED, PICKING, TO_PICK
from pos_app.presenters import pickup_rows as worded
from pos_app.presenters.exception_views import ChoiceView
from pos_app.presenters.pickup_views import OrderCard, ReachState
from pos_app.presenters.views import dotted
from pos_app.words import _, ngettext, number

if TYPE_CHECKING:
    from datetime import datetime

    from pos_app.presenters.desk import Desk
    from pos_app.till.pickup import Order
    from sync.protocol.orders import OrderRow

SHELVES_SHOWN = 4


def order_card(
    desk: Desk,
    order: Order,
    now: datetime,
    chosen: tuple[str, str],
    taken: frozenset[str],
    *,
    mine: bool,
) -> OrderCard:
    """The order in the panel, with the one button that goes on.

    `chosen` is the shelf and the carrier, as somebody said them; `taken` the shelves with a bag.
    """
    row, (shelf, carrier) = order.row, chosen
    pill, tone = _pill(row)
    told, detail, told_tone = _told(desk, row, mine=mine)
    button, end, why_not = _button(order, mine=mine)
    picking = row.state in TO_PICK
    shelves = _shelves(desk, shelf, taken) if picking and row.way != worded.SHIP else ()
    sends = row.way != "pickup" and not picking and button != ""
    if sends and not why_not and row.way == worded.SHIP and not carrier.strip():
        why_not = _("Type the carrier first")
    return OrderCard(
        title=row.name,
        detail=dotted(worded.items_words(row), worded.order_words(row.channel)),
        pill=pill,
        pill_tone=tone,
        person=worded.person_view(row, worded.paid_words(row)),
        promise=worded.promise(desk, row, now),
        note=f"\u201c{row.note}\u201d" if row.note else "",
        history=worded.history(desk, row, now),
        shelves=shelves,
        told=told,
        told_detail=detail,
        told_tone=told_tone,
        carrier=carrier if sends else None,
        button=button,
        button_end=end,
        why_not=why_not,
    )


def _pill(row: OrderRow) -> tuple[str, str]:
    return {
        "RESERVED": (_("New"), "plain"),
        "PICKING": (_("Picking"), "info"),
        "READY": (_("Ready"), "ok"),
        "PARTLY": (_("Part of it left"), "info"),
        "COLLECTED": (_("Handed over"), "ok"),
        "SHORT": (_("Not found"), "warn"),
        "LAPSED": (_("Time was over"), "warn"),
        "CANCELLED": (_("Cancelled"), "plain"),
        "CANCELLING": (_("Cancelled"), "bad"),
        "RESTOCKED": (_("Put back"), "plain"),
    }.get(row.state, (row.state.capitalize(), "plain"))


def _told(desk: Desk, row: OrderRow, *, mine: bool) -> tuple[str, str, str]:
    """What somebody must know of this order before they go on."""
    back = _("Put its goods back on the shelves.")
    told = ("", "", "warn")
    if row.state == CANCELLING:
        told = (_("The shop took this order back."), back, "bad")
    elif row.state == LAPSED:
        told = (_("Nobody came in time."), back, "warn")
    elif row.state == PICKING and not mine:
        name = row.picker_name or desk.name_of(row.picker)
        words = _("{name} picks this at till {till}.").format(name=name, till=row.picker_till)
        told = (words, _("Take over, if they cannot go on."), "info")
    elif row.way == worded.SHIP:
        told = (_("A carrier takes this one."), "\n".join(row.address), "info")
    elif row.way == worded.BRING:
        words = _("It goes to store {store}.").format(store=row.to_store)
        told = (words, _("The customer fetches it there."), "info")
    elif any(not line.sku for line in row.lines):
        words = _("A line is not in the catalogue.")
        told = (words, _("Find it by its name, and pick it by hand."), "warn")
    elif row.parts > 1:
        words = _("The order was split over {count} stores.").format(count=number(row.parts))
        told = (words, _("This is our part of it."), "info")
    return told


def _button(order: Order, *, mine: bool) -> tuple[str, str, str]:
    """What F12 does, what stands at its end, and why it cannot be pressed."""
    row = order.row
    if row.state in (CANCELLING, LAPSED):
        return _("Put back"), worded.items_words(row), ""
    if row.state in ("READY", "PARTLY"):
        words = _("Given to the carrier") if row.way == worded.SHIP else _("On its way")
        return words, worded.items_words(row), ""
    if row.state not in TO_PICK:
        return "", "", ""
    left = order.to_find
    why_not = ""
    if not mine:
        why_not = _("Somebody else picks it")
    elif left:
        done, whole = worded.picked(row)
        left = max(1, whole - done)
        form = ngettext("{count} left to pick", "{count} left to pick", left)
        why_not = form.format(count=number(left))
    elif not order.to_hand:
        why_not = _("Nothing was found")
    return _("Mark ready"), worded.items_words(row), why_not


def _shelves(desk: Desk, chosen: str, taken: frozenset[str]) -> tuple[ChoiceView, ...]:
    """A few shelves, the free ones first; the first is taken unless another one is chosen."""
    named = desk.till.settings.shelves.split()
    free = [each for each in named if each not in taken]
    shown = [*free, *(each for each in named if each in taken)][:SHELVES_SHOWN]
    if chosen and chosen not in shown:
        shown[-1:] = [chosen]
    first = chosen or (shown[0] if shown else "")
    return tuple(ChoiceView(each, each, "", each == first) for each in sorted(shown))


def ready_words(row: OrderRow, *, offline: bool) -> str:
    """What is said once it is packed."""
    if row.way != "pickup":
        return _("{name} is packed.").format(name=row.name)
    form = _("{name} is ready on {shelf}. The customer is told.")
    if offline:
        form = _("{name} is ready on {shelf}. The customer hears of it when online.")
    return form.format(name=row.name, shelf=row.shelf)


def reach_view(desk: Desk, row: OrderRow) -> ReachState:
    """The number, and what can be said: nothing is sent from here."""
    name = worded.who(row)
    store = desk.till.own.store
    shop = store.name if store is not None else ""
    said = []
    if row.state in TO_PICK:
        form = _("Your order {order} will be ready soon. We call from {shop}.")
        said.append(form.format(order=row.name, shop=shop))
        said.append(_("One thing is not here. May we give you something else, or the money back?"))
    elif row.state in ("READY", "PARTLY"):
        form = _("Your order {order} waits for you at {shop}.")
        said.append(form.format(order=row.name, shop=shop))
        if row.keep_until:
            until = worded.since_words(desk, row.keep_until, desk.till.now())
            said.append(_("We keep it until {day}. Shall we keep it longer?").format(day=until))
    return ReachState(
        title=_("Reach {name}").format(name=name),
        detail=_("The shop writes by itself when it is ready. Here is what can be said by phone."),
        phone=row.phone,
        email=row.email,
        sentences=tuple(said),
    )
