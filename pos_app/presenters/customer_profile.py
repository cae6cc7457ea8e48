"""Somebody in words: who they are, what they said, what they are to the shop; by role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pos_app.domain.day import parse_utc
from pos_app.presenters.customer_views import (
    ConsentRow,
    ContactBox,
    Figure,
    PersonRow,
    Profile,
    Proposed,
    Tip,
)
from pos_app.presenters.desk import Desk
from pos_app.presenters.views import dotted
from pos_app.till import customers, lookup
from pos_app.till.goes_with import price_of
from pos_app.words import _, clock, money, ngettext, number, percent, short_date
from sync.protocol.customers import (
    CALLS,
    CARD,
    EMAIL,
    EMAIL_OFFERS,
    NO,
    PHONE,
    TEXT_MESSAGES,
    TIPS,
    YES,
    Contact,
    CustomerRow,
)

if TYPE_CHECKING:
    from pos_app.till.lookup import Article

N_ = str
FIGURES = "customer_figures"
BOXES: Final = 3
SHOWN_TIPS: Final = 2
LAPSED_ICON: Final = "user"
_PURPOSES: Final = (
    (EMAIL_OFFERS, "mail", N_("Email offers")),
    (TEXT_MESSAGES, "message-square", N_("Text messages")),
    (TIPS, "sparkles", N_("Personal tips")),
    (CALLS, "phone", N_("Phone calls")),
)
_SENTENCES: Final = {
    EMAIL_OFFERS: N_("May we send you offers by email? You can say no at any time."),
    TEXT_MESSAGES: N_("May we send you text messages about offers? You can say no at any time."),
    TIPS: N_("May we use what you buy to suggest what fits you? You can say no at any time."),
    CALLS: N_("May we call you about offers? You can say no at any time."),
}
_CHANNELS: Final = {
    "web": ("globe", N_("Web")),
    "app": ("smartphone", N_("App")),
    "store": ("store", N_("Store")),
}


def letters_of(name: str) -> str:
    """Two letters for a disc; a question mark where there is no name."""
    parts = [part for part in name.split() if part[:1].isalpha()]
    if not parts:
        return "?"
    if len(parts) == 1:
        return parts[0][:1].upper() + "?"
    first, last = parts[0], parts[-1]
    tail = "?" if len(first.rstrip(".")) == 1 else last[:1].upper()
    return first[:1].upper() + tail


def tier_of(desk: Desk, row: CustomerRow) -> tuple[str, str]:
    """What their tier is called, and its tone."""
    if row.guest:
        return _("Web guest"), "guest"
    if not row.member:
        return _("Not a member"), "plain"
    if not row.tier:
        return _("Member"), "plain"
    programme = desk.till.loyalty.now
    tiers = programme.tiers if programme is not None else ()
    label = next((str(getattr(each, "label", "")) for each in tiers if each.tier == row.tier), "")
    words = label or row.tier[:1].upper() + row.tier[1:]
    return words, "gold" if row.tier.casefold() in ("gold", "platinum") else "plain"


def day_words(desk: Desk, moment: str) -> str:
    """A day as people say it, without this year."""
    if not moment:
        return ""
    now = desk.till.now()
    if len(moment) == 10:
        return short_date(moment, now.year)
    return short_date(parse_utc(moment).date().isoformat(), now.year)


def at_words(desk: Desk, moment: str) -> str:
    """A time of today, or the day."""
    if not moment:
        return ""
    then, now = parse_utc(moment), desk.till.now()
    if then.date() == now.date():
        return clock(then, desk.zone)
    return day_words(desk, moment)


def person_row(desk: Desk, row: CustomerRow) -> PersonRow:
    """Somebody in the list."""
    tier, tone = tier_of(desk, row)
    seen = dotted(day_words(desk, row.last_seen), row.last_store) if row.last_seen else ""
    seen = seen.replace(" \u00b7 ", ", ")
    if not seen and row.since:
        seen = day_words(desk, row.since)
    return PersonRow(row.customer, letters_of(row.name), row.name or _("No name"), tier, tone, seen)


def name_only(row: CustomerRow) -> PersonRow:
    """For who may read names alone."""
    return PersonRow(row.customer, letters_of(row.name), row.name or _("No name"), "", "plain", "")


# --- the parts -----------------------------------------------------------------------------


def profile(desk: Desk, row: CustomerRow, *, masked: bool) -> Profile:
    """Somebody, as far as who is signed in may see them."""
    till = desk.till
    tier, tone = tier_of(desk, row)
    waits = customers.pending(till).get(row.customer, 0)
    words = ""
    if waits:
        form = ngettext(
            "{count} change waits for head office",
            "{count} changes wait for head office",
            waits,
        )
        words = form.format(count=number(waits))
    tips_title, tips_note, tips = _tips(desk, row)
    return Profile(
        row.customer,
        row.name or _("No name"),
        letters_of(row.name),
        tier,
        tone,
        _since(desk, row),
        _known(row),
        boxes(row, masked=masked),
        masked,
        customers.may(till, "customer_contacts") and any(_hides(each) for each in row.contacts),
        figures(desk, row),
        dotted(tier if row.member else "", points_at(desk, row)) or tier,
        words,
        row.note,
        _proposed(desk, row),
        tips_title,
        tips_note,
        tips,
        consent_rows(desk, row),
        _("Ask when online") if till.offline else _("Message"),
        _message_why(row),
        "" if row.customer else _("Choose a customer"),
        customers.may(till, "customer_edit"),
    )


def _hides(contact: Contact) -> bool:
    return contact.kind in (EMAIL, PHONE)


def _since(desk: Desk, row: CustomerRow) -> str:
    day = day_words(desk, row.since)
    if row.guest:
        words = _("Known by an order alone")
    elif row.member and day:
        words = _("Member since {day}").format(day=day)
    elif day:
        words = _("Known since {day}").format(day=day)
    else:
        words = _("New here")
    return dotted(words, row.language.upper() if row.language else "")


def _known(row: CustomerRow) -> str:
    channels = {each.channel or "store" for each in row.contacts}
    if not channels:
        return ""
    form = ngettext("Known in {count} channel", "Known in {count} channels", len(channels))
    return form.format(count=number(len(channels)))


def boxes(row: CustomerRow, *, masked: bool) -> tuple[ContactBox, ...]:
    """The ways to reach or know them that are shown: one of each kind first."""
    first: dict[str, Contact] = {}
    rest: list[Contact] = []
    for each in row.contacts:
        if each.kind in (EMAIL, PHONE, CARD) and each.kind not in first:
            first[each.kind] = each
        else:
            rest.append(each)
    found = [*(first[kind] for kind in (EMAIL, PHONE, CARD) if kind in first), *rest][:BOXES]
    made = []
    for each in found:
        icon, words = _CHANNELS.get(each.channel or "store", ("store", each.channel))
        shown = customers.masked(each).value if masked or each.kind == CARD else each.value
        if each.kind == CARD:
            shown = _("Card {end}").format(end=shown)
        made.append(ContactBox(icon, _(words), shown, each.verified))
    return tuple(made)


def points_at(desk: Desk, row: CustomerRow) -> str:
    """Points, and when that was so."""
    if not row.member:
        return ""
    at = at_words(desk, row.as_of)
    points = number(row.points)
    if not at:
        return _("{points} pts").format(points=points)
    return _("{points} pts at {time}").format(points=points, time=at)


def figures(desk: Desk, row: CustomerRow) -> tuple[Figure, ...]:
    """Six numbers for a shift lead; what a cashier needs for a cashier."""
    currency = row.currency or desk.currency
    points = Figure(
        _("Points"),
        number(row.points),
        _to_next(row) if row.member else _("Not a member"),
        "gold" if row.member else "text",
    )
    credit = Figure(_("Store credit"), money(row.credit, currency), at_words(desk, row.as_of))
    last = Figure(_("Last here"), day_words(desk, row.last_seen) or _("Not yet"), row.last_store)
    if not customers.may_alone(desk.till, FIGURES):
        return (points, credit, last)
    web = ""
    if row.visits:
        store = row.visits - row.visits_web
        web = _("{store} store \u00b7 {web} web").format(
            store=number(store), web=number(row.visits_web)
        )
    gap = Figure(_("Comes back after"), _("Not known"), "")
    if row.gap_days:
        form = ngettext("{count} day", "{count} days", row.gap_days)
        last_seen = _("last: {day}").format(day=day_words(desk, row.last_seen))
        gap = Figure(_("Comes back after"), form.format(count=number(row.gap_days)), last_seen)
    share = ""
    if row.favourite_share:
        share = _("{share} of visits").format(share=percent(row.favourite_share * 100))
    return (
        Figure(
            _("Lifetime value"),
            money(row.value, currency),
            _("since {day}").format(day=row.since[:4]) if row.since else "",
        ),
        Figure(_("Average basket"), money(row.basket, currency), ""),
        Figure(_("Visits"), number(row.visits), web),
        Figure(points.label, points.value, _worth(desk, row, points.detail), points.tone),
        Figure(_("Favourite store"), row.favourite_store or _("Not known"), share),
        gap,
    )


def _to_next(row: CustomerRow) -> str:
    if not row.points_to_next:
        return ""
    return _("{points} to the next tier").format(points=number(row.points_to_next))


def _worth(desk: Desk, row: CustomerRow, detail: str) -> str:
    if row.credit:
        amount = money(row.credit, row.currency or desk.currency)
        return dotted(_("{amount} credit").format(amount=amount), detail)
    return detail


def _proposed(desk: Desk, row: CustomerRow) -> Proposed | None:
    if not row.proposals:
        return None
    first = row.proposals[0]
    title = _("Same person as {name}?").format(name=first.name or _("somebody without a name"))
    why = {
        "email": _("Same email"),
        "phone": _("Same phone"),
        "card": _("Same card"),
    }.get(first.why, _("Much alike"))
    if first.differs:
        why = _("{why}, other first name").format(why=why)
    detail = dotted(why, first.detail, _("can be undone"))
    merge = _("Ask when online") if desk.till.offline else _("Merge")
    return Proposed(first.other, title, detail, merge)


def _message_why(row: CustomerRow) -> str:
    said = {each.purpose: each.state for each in row.consents}
    kinds = {each.kind for each in row.contacts}
    if EMAIL in kinds and said.get(EMAIL_OFFERS) == YES:
        return ""
    if PHONE in kinds and said.get(TEXT_MESSAGES) == YES:
        return ""
    if not kinds & {EMAIL, PHONE}:
        return _("No address yet")
    return _("Ask them first")


# --- consent -------------------------------------------------------------------------------


def consent_rows(desk: Desk, row: CustomerRow) -> tuple[ConsentRow, ...]:
    """The four purposes, with when and where each was said."""
    said = {each.purpose: each for each in row.consents}
    made = []
    for purpose, icon, title in _PURPOSES:
        one = said.get(purpose)
        if one is None or one.state not in (YES, NO, "later"):
            detail, words, look = _("No channel has asked yet"), _("Not asked"), "open"
        else:
            day, source = day_words(desk, one.at), _source(desk, one.source)
            detail = _("{day}, {place}").format(day=day, place=source) if source else day
            words, look = {
                YES: (_("Yes"), "yes"),
                NO: (_("No"), "no"),
            }.get(one.state, (_("Ask later"), "open"))
        made.append(ConsentRow(purpose, icon, _(title), detail, words, look))
    return tuple(made)


def _source(desk: Desk, source: str) -> str:
    head, _space, tail = source.partition(" ")
    if head == "till" and tail:
        return _("till {number}").format(number=tail)
    del desk
    return source


def purpose_title(purpose: str) -> str:
    """What a purpose is called."""
    return next((_(title) for each, _icon, title in _PURPOSES if each == purpose), purpose)


def sentence(purpose: str) -> str:
    """What is read aloud before somebody answers."""
    return _(_SENTENCES[purpose])


def purposes() -> tuple[tuple[str, str, str], ...]:
    """(purpose, icon, title) of each."""
    return tuple((purpose, icon, _(title)) for purpose, icon, title in _PURPOSES)


# --- what to offer -------------------------------------------------------------------------


def _tips(desk: Desk, row: CustomerRow) -> tuple[str, str, tuple[Tip, ...]]:
    """Two things they may like, where they agreed to tips; else what sells best here."""
    till = desk.till
    allowed = any(each.purpose == TIPS and each.state == YES for each in row.consents)
    articles: list[Article] = []
    if allowed and row.favourites:
        found = lookup.by_skus(till, row.favourites)
        articles = [found[sku] for sku in row.favourites if sku in found]
    title, note = _("Recommended now"), _("from what they buy")
    detail = _("Bought before")
    articles = [each for each in articles if _offered(desk, each)]
    if not articles:
        title, note, detail = _("Popular here"), "", _("Sells best here")
        articles = [each for each in till.catalogue.favourites(24) if _offered(desk, each)]
    styles: dict[str, Article] = {}
    for each in articles:
        styles.setdefault(each.product.style or each.product.sku, each)
    articles = list(styles.values())
    made = []
    for each in articles[:SHOWN_TIPS]:
        product = each.product
        price = price_of(till, each)
        made.append(
            Tip(
                product.sku,
                product.icon or "package",
                product.style or product.department or product.sku,
                product.name,
                dotted(product.variant, detail),
                f"+ {desk.money(price)}",
            )
        )
    return (title, note, tuple(made)) if made else ("", "", ())


def _offered(desk: Desk, article: Article) -> bool:
    product = article.product
    fits = product.active and product.unit == "piece" and not product.age_limit
    return fits and price_of(desk.till, article) > 0
