"""One case in words: its row in the queue, its papers, what is known, and what a decision means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from pos_app.domain.day import parse_utc
from pos_app.domain.exceptions import MONEY, SETTLED, STOCK, Way, unit_of
from pos_app.presenters import exception_later
from pos_app.presenters.exception_views import (
    CaseView,
    ChangeView,
    Fact,
    KnownView,
    PaperView,
    ShownCase,
    WayView,
)
from pos_app.presenters.views import dotted, tender_name
from pos_app.till import exceptions, history
from pos_app.words import _, clock, date_of, money, wait
from pos_app.words.exception_ways import of_changes, of_way
from pos_app.words.exceptions import of_kind

if TYPE_CHECKING:
    from pos_app.presenters.desk import Desk
    from pos_app.till.exceptions import Case
    from sync.protocol import Evidence

TONES: Final = {MONEY: "bad", STOCK: "warn"}
"""Group -> the colour of its disc; tills and chains are told in the plain one."""
SOON: Final = 0.25
"""With less than that of its time left a case is marked."""
_PAPERS: Final = frozenset({"sale", "voided", "refunded", "invoiced", "shift_closed"})


def tone_of(case: Case) -> str:
    """The colour of a case's disc."""
    return TONES.get(case.kind.group, "off") if case.waiting else "ok"


def way_of(case: Case, chosen: str) -> Way:
    """The way that is chosen; the one that is suggested where none is."""
    ways = case.kind.ways
    return Way(chosen) if chosen in ways else ways[0]


def amount_of(desk: Desk, case: Case) -> str:
    """What is at stake, in words; empty where it is no money."""
    unit = unit_of(case.row.kind, case.row.detail, case.row.currency)
    return exception_later.amount(desk, case.row.amount, unit)


def row(desk: Desk, case: Case) -> CaseView:
    """A case in the queue."""
    kind = of_kind(case.row.kind)
    last = case.row.evidence[-1] if case.row.evidence else None
    place = _("Till {number}").format(number=case.row.till) if case.row.till else ""
    by = desk.name_of(last.actor) if last is not None and last.actor else ""
    paper = last.doc_no if last is not None else ""
    age, tone = _age(desk, case)
    note = ""
    if case.unsent:
        note = dotted(_("not sent yet"), exception_later.until(desk, case.later))
    elif case.waiting and case.owner:
        note = dotted(desk.name_of(case.owner), exception_later.until(desk, case.later))
    return CaseView(
        case.row.id,
        kind.icon,
        tone_of(case),
        kind.title,
        dotted(place, by, paper),
        amount_of(desk, case) or f"E-{case.row.no}",
        age,
        tone,
        note,
    )


def _age(desk: Desk, case: Case) -> tuple[str, str]:
    now = desk.till.now()
    if not case.waiting:
        when = parse_utc(case.resolved) if case.resolved else now
        return _moment(desk, case.resolved or case.row.opened, today=when.date() == now.date()), ""
    opened, due = parse_utc(case.row.opened), parse_utc(case.row.due)
    left = (due - now).total_seconds()
    whole = max((due - opened).total_seconds(), 1)
    if left < 0:
        return _("late {time}").format(time=wait(-left)), "bad"
    tone = "warn" if left < whole * SOON else "plain"
    return _("open {time}").format(time=wait(max(0, (now - opened).total_seconds()))), tone


def _moment(desk: Desk, wall: str, *, today: bool | None = None) -> str:
    """A time of day today, else the day."""
    moment, zone = parse_utc(wall), desk.zone
    if today is None:
        today = date_of(moment, zone) == date_of(desk.till.now(), zone)
    return clock(moment, zone) if today else date_of(moment, zone)


def _both(desk: Desk, wall: str) -> str:
    moment = parse_utc(wall)
    return dotted(date_of(moment, desk.zone), clock(moment, desk.zone))


# ---- the case that is open


def shown(desk: Desk, case: Case, chosen: str) -> ShownCase:
    """A case with everything about it."""
    kind, row_ = of_kind(case.row.kind), case.row
    papers = [each for each in row_.evidence if each.type in _PAPERS]
    document = next(
        (each for each in reversed(papers) if history.document(desk.till, each.fact)), None
    )
    owner = _("{name} has it").format(name=desk.name_of(case.owner)) if case.owner else ""
    happened = row_.evidence[-1].wall if row_.evidence else row_.opened
    told = ShownCase(
        case_id=row_.id,
        title=kind.title,
        number=dotted(f"E-{row_.no}", owner if case.waiting else ""),
        icon=kind.icon,
        tone=tone_of(case),
        headline=kind.headline,
        sentence=kind.sentence,
        papers=tuple(_paper(desk, each) for each in papers[-2:]),
        known=tuple(_known(desk, case)),
        stake_words=_("At stake, paid out") if case.kind.paid_out else _("At stake"),
        stake=amount_of(desk, case) or _("No money"),
        happened=_moment(desk, happened),
        sale=document.fact if document else "",
        sale_words=_("Show {number}").format(number=document.doc_no) if document else "",
        details=_details(case),
    )
    return _decided(desk, case, told) if not case.waiting else _open(desk, case, told, chosen)


def _open(desk: Desk, case: Case, told: ShownCase, chosen: str) -> ShownCase:
    person = desk.till.person
    mine = person is not None and case.owner == person.staff_id
    way = way_of(case, chosen)
    words = of_way(case.row.kind, way)
    ways = tuple(
        WayView(each.value, *of_way(case.row.kind, each)[:2], each is way)
        for each in case.kind.ways
    )
    may = exceptions.may_settle(desk.till, case)
    why_not = ""
    second = _("Needs a second person") if exceptions.needs_second(desk.till, case, way) else ""
    if person is not None and exceptions.is_own(case, person.staff_id):
        why_not = _("You did it: somebody else settles it")
    elif not may:
        why_not = _("Somebody else settles this")
    now = clock(desk.till.now(), desk.zone)
    signer = _("Written down as yours: {name}, {time}").format(
        name=person.name if person else "", time=now
    )
    signer = dotted(signer, second, _("told when online") if desk.till.offline else "")
    return replace(
        told,
        ways=ways,
        changes=_changes(desk, case, way),
        take=(_("Later") if mine else _("Take it")) if may else "",
        signer=signer,
        signer_tone="off" if desk.till.offline else "plain",
        button=words.button,
        button_amount=amount_of(desk, case) if way is Way.CUSTOMER_DEBT else "",
        why_not=why_not,
    )


def _changes(desk: Desk, case: Case, way: Way) -> tuple[ChangeView, ...]:
    words, amount = of_changes(way), amount_of(desk, case)
    zero = money(0, case.row.currency or desk.currency) if amount else ""
    moved = way is Way.CUSTOMER_DEBT or (way is Way.WRITE_OFF and case.kind.loses)
    if way in (Way.WRITE_OFF, Way.CUSTOMER_DEBT) and not (amount and moved):
        words = words._replace(money=of_changes(Way.REISSUE).money)
    when = _("when online") if desk.till.offline else _("at once")
    return (
        ChangeView("package", words.stock, ""),
        ChangeView("coins", words.money, amount if moved else zero if way is Way.DUPLICATE else ""),
        ChangeView("store", _("Head office hears of it"), when),
    )


def _decided(desk: Desk, case: Case, told: ShownCase) -> ShownCase:
    when = _both(desk, case.resolved) if case.resolved else ""
    if case.state == SETTLED or case.resolution not in tuple(Way):
        return replace(told, settled=_("Settled by itself"), settled_detail=when)
    words = of_way(case.row.kind, Way(case.resolution))
    by = case.resolved_by.removeprefix("hub:")
    who = _("{name}, at head office").format(name=by) if by != case.resolved_by else by
    detail = dotted(desk.name_of(who), when, _("not sent yet") if case.unsent else "")
    for effect in case.row.effects:
        detail += "\n" + exception_later.done(desk, effect)
    return replace(told, settled=words.title, settled_detail=detail)


def _paper(desk: Desk, each: Evidence) -> PaperView:
    tenders = " + ".join(tender_name(name) for name in each.tenders)
    pill, tone = _kind_of(each)
    rows = [
        Fact(_("When"), _both(desk, each.wall)),
        Fact(_("Who"), desk.name_of(each.actor) or "?"),
    ]
    if tenders:
        rows.append(Fact(_("Paid by"), tenders))
    rows.append(Fact(_("Amount"), money(each.amount, desk.currency) if desk.currency else ""))
    return PaperView(_place(desk, each), each.doc_no, pill, tone, tuple(rows))


def _place(desk: Desk, each: Evidence) -> str:
    till = _("Till {number}").format(number=each.till) if each.till else _("Head office")
    if each.store and each.store != desk.till.identity.store:
        return dotted(_("Store {number}").format(number=each.store), till)
    return till


def _kind_of(each: Evidence) -> tuple[str, str]:
    if each.offline:
        return _("Offline"), "off"
    words = {
        "sale": (_("Sold"), "plain"),
        "refunded": (_("Refunded"), "ok"),
        "voided": (_("Taken back"), "warn"),
        "invoiced": (_("Invoice"), "plain"),
        "shift_closed": (_("Z"), "plain"),
    }
    return words.get(each.type, (_("Entry"), "plain"))


_STEPS: Final = {
    "sale": ("receipt-text", "plain"),
    "refunded": ("undo-2", "ok"),
    "voided": ("undo-2", "warn"),
    "shift_closed": ("calculator", "plain"),
    "card_noted": ("credit-card", "warn"),
    "cash_moved": ("banknote", "plain"),
    "exception_resolved": ("user-check", "plain"),
}


def _known(desk: Desk, case: Case) -> list[KnownView]:
    """Each fact as a step, then that head office saw it."""
    steps = [_step(desk, each) for each in case.row.evidence]
    steps.append(
        KnownView(
            *("cloud-alert", "bad" if case.waiting else "plain"),
            _("Head office noticed it"),
            _("To be settled by {time}").format(time=_both(desk, case.row.due)),
            _moment(desk, case.row.opened),
        )
    )
    return steps


def _step(desk: Desk, each: Evidence) -> KnownView:
    titles = {
        "sale": _("Sold, {number}"),
        "refunded": _("Came back, {number}"),
        "voided": _("Taken back, {number}"),
        "invoiced": _("Invoice made, {number}"),
        "shift_closed": _("Shift closed"),
        "card_noted": _("Card payment noted"),
        "cash_moved": _("Cash moved"),
        "exception_resolved": _("Somebody settled it"),
    }
    icon, tone = _STEPS.get(each.type, ("file-text", "plain"))
    if each.offline:
        icon, tone = "cloud-off", "off"
    title = titles.get(each.type, _("Journal entry")).format(number=each.doc_no)
    tenders = " + ".join(tender_name(name) for name in each.tenders)
    amount = money(each.amount, desk.currency) if each.amount and desk.currency else ""
    offline = _("offline") if each.offline else ""
    detail = dotted(_place(desk, each), desk.name_of(each.actor), amount, tenders, offline)
    return KnownView(icon, tone, title, detail, _moment(desk, each.wall))


def _details(case: Case) -> str:
    row_ = case.row
    lines = [f"E-{row_.no} {row_.kind} {row_.id}", f"{row_.amount} {row_.currency}", row_.detail]
    lines += [f"{each.type} {each.fact} {each.doc_no}" for each in row_.evidence]
    return "\n".join(line for line in lines if line)
