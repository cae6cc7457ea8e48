"""What is typed about customers: new, changed, consents, notes, requests, two side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from pos_app.domain.errors import PosError
from pos_app.presenters.customer_profile import (
    consent_rows,
    day_words,
    points_at,
    purpose_title,
    sentence,
    tier_of,
)
from pos_app.presenters.customer_views import AskState, CompareState, FormState, Side
from pos_app.presenters.desk import LEDGER, Consent, Desk
from pos_app.presenters.views import dotted
from pos_app.till import customers
from pos_app.words import _, money, number
from sync.protocol.customers import (
    CARD,
    EMAIL,
    NO,
    PHONE,
    YES,
    Contact,
    CustomerFields,
    CustomerRow,
)

FORM, ASK, COMPARE = "customer_form", "customer_ask", "customer_compare"
CONSENT, NOTE, SUPPORT, MESSAGE, CREDIT = "consent", "note", "support", "message", "credit"
MAIL = "mail"
_CONTACTS: Final = (("mail", EMAIL), ("phone", PHONE), ("card", CARD))


class Forms:
    """The sheets of the screen; `person` says who is meant, `changed` hears what was done."""

    def __init__(
        self,
        desk: Desk,
        person: Callable[..., CustomerRow | None],
        changed: Callable[[], None],
    ) -> None:
        self.desk, self.person, self.changed = desk, person, changed
        self.on_form: Callable[[FormState], None] = lambda _state: None
        self.on_ask: Callable[[AskState], None] = lambda _state: None
        self.on_compare: Callable[[CompareState], None] = lambda _state: None
        self.on_saved: Callable[[str], None] = lambda _customer: None
        """Somebody new has an id."""
        self.form = FormState()
        self.ask_state = AskState()
        self.compare_state = CompareState()
        self._base = 0
        self._purpose = ""
        self._mail_to: Callable[[str], None] = lambda _address: None

    # ---- new and edit

    def new(self, text: str = "") -> None:
        """A form for somebody new; what was searched for is in it where it fits."""
        given = {"name": "", "mail": "", "phone": ""}
        digits = sum(sign.isdecimal() for sign in text)
        if "@" in text:
            given["mail"] = text
        elif digits >= 5 and not any(sign.isalpha() for sign in text):
            given["phone"] = text
        elif not digits:
            given["name"] = " ".join(part[:1].upper() + part[1:] for part in text.split())
        self._base = 0
        self._draw_form(
            FormState(
                title=_("New customer"),
                detail=self._saved_words(),
                button=_("Save and attach"),
                name=given["name"],
                mail=given["mail"],
                phone=given["phone"],
            )
        )
        self.desk.hands.open_sheet(FORM)

    def edit(self) -> None:
        """The same for who is chosen."""
        row = self.person()
        if row is None:
            return
        self._base = row.version
        shown: dict[str, str] = {}
        for name, kind in _CONTACTS:
            shown[name] = next((each.value for each in row.contacts if each.kind == kind), "")
        self._draw_form(
            FormState(
                customer=row.customer,
                title=row.name or _("No name"),
                detail=self._saved_words(),
                name=row.name,
                birthday=row.birthday,
                language=row.language,
                member=row.member,
                button=_("Save"),
                mail=shown["mail"],
                phone=shown["phone"],
                card=shown["card"],
            )
        )
        self.desk.hands.open_sheet(FORM)

    def _saved_words(self) -> str:
        if self.desk.till.offline:
            return _("Known here at once. Head office hears of it when the line is back.")
        return ""

    def _draw_form(self, state: FormState) -> None:
        self.form = state
        self.on_form(state)

    def set_field(self, name: str, text: str) -> None:
        """Something was typed."""
        changes: dict[str, Any] = {name: text}
        if self.form.wrong_field == name:
            changes |= {"wrong": "", "wrong_field": ""}
        self._draw_form(replace(self.form, **changes))

    def set_member(self, *, on: bool) -> None:
        """They collect points, or not."""
        self._draw_form(replace(self.form, member=on))

    def say(self, purpose: str, state: str) -> None:
        """What somebody new said to a purpose; the same again takes it back."""
        said = dict(self.form.said)
        if said.get(purpose) == state:
            del said[purpose]
        else:
            said[purpose] = state
        self._draw_form(replace(self.form, said=tuple(said.items())))

    def save(self) -> None:
        """Keeps what was typed."""
        form, till = self.form, self.desk.till
        fields = self._fields(form)

        def act(consent: Consent) -> tuple[str, str]:
            return customers.save(
                till,
                fields,
                customer=form.customer,
                base=self._base,
                consents=customers.consents_now(till, dict(form.said)),
                approval=consent.approval,
            )

        def done(saved: tuple[str, str]) -> None:
            self.desk.hands.close_sheet()
            self.desk.hands.toast(
                _("Saved here. Head office hears of it when the line is back.")
                if till.offline
                else _("Saved.")
            )
            self.changed()
            if not form.customer:
                self.on_saved(saved[0])

        self.desk.attempt(act, done, self._unfit, title=form.title, lane=LEDGER)

    def _fields(self, form: FormState) -> CustomerFields:
        row = self.person(form.customer) if form.customer else None
        held = row.contacts if row is not None else ()
        typed = {kind: getattr(form, name).strip() for name, kind in _CONTACTS}
        contacts: list[Contact] = []
        for each in held:  # the first of a kind is what the field shows; the others stay
            wanted = typed.pop(each.kind, None)
            if wanted is None or wanted == each.value:
                contacts.append(each)
            elif wanted:
                contacts.append(Contact(each.kind, wanted, each.channel))
        contacts += [Contact(kind, value, "store") for kind, value in typed.items() if value]
        same = row is not None and tuple(contacts) == row.contacts
        return CustomerFields(
            name=form.name,
            contacts=None if same else tuple(contacts),
            language=form.language.strip() or None,
            birthday=form.birthday.strip() or None,
            member=form.member,
        )

    def _unfit(self, error: PosError) -> None:
        told = self.desk.words(error)
        kinds = {EMAIL: "mail", PHONE: "phone", CARD: "card"}
        fields = {"birthday_unfit": "birthday", "customer_name_missing": "name"}
        field = kinds.get(str(error.facts.get("kind", "")), fields.get(error.code, ""))
        self._draw_form(replace(self.form, wrong=str(told), wrong_field=field))
        self.desk.hands.announce(str(told), at_once=True)

    # ---- consent, words

    def ask_consent(self, purpose: str) -> None:
        """The sheet that says what to read aloud."""
        row = self.person()
        if row is None:
            return
        self._purpose = purpose
        now = next(
            (
                dotted(each.words, each.detail)
                for each in consent_rows(self.desk, row)
                if each.purpose == purpose
            ),
            "",
        )
        self._draw_ask(AskState(CONSENT, purpose_title(purpose), row.name, sentence(purpose), now))
        self.desk.hands.open_sheet(ASK)

    def answer(self, state: str) -> None:
        """Yes, no or later."""
        row, till, purpose = self.person(), self.desk.till, self._purpose
        if row is None or not purpose:
            return

        def act(_consent: Consent) -> None:
            customers.consent(till, row.customer, purpose, state, f"{purpose}-1")

        def done(_nothing: object) -> None:
            self.desk.hands.close_sheet()
            words = {YES: _("Noted: yes."), NO: _("Noted: no. It counts from now on.")}
            self.desk.hands.toast(words.get(state, _("Asked again another day.")))
            self.changed()

        self.desk.attempt(act, done, self._refused, title=purpose_title(purpose), lane=LEDGER)

    def ask_words(self, kind: str) -> None:
        """A note, a request, a message: the sheet with its field."""
        row = self.person()
        if row is None:
            return
        offline = self.desk.till.offline
        title, detail, button = {
            NOTE: (_("Add a note"), _("Staff see it at every till."), _("Keep the note")),
            SUPPORT: (
                _("Support request"),
                _("Somebody at head office takes it on."),
                _("Ask when online") if offline else _("Send the request"),
            ),
            MESSAGE: (
                _("Message"),
                _("Head office writes to them, as they allow it."),
                _("Ask when online") if offline else _("Send"),
            ),
            CREDIT: (
                _("Give credit"),
                _("Store credit, with the reason. Type the amount, then why."),
                _("Give credit"),
            ),
        }[kind]
        self._draw_ask(AskState(kind, title, dotted(row.name, detail), button=button))
        self.desk.hands.open_sheet(ASK)

    def ask_mail(self, address: str, given: Callable[[str], None]) -> None:
        """Where a receipt is to go; `given` hears it."""
        self._mail_to = given
        words = _("It is sent when the sale is done, or when the line is back.")
        self._draw_ask(
            AskState(MAIL, _("Receipt by email"), words, button=_("Send it there"), text=address)
        )
        self.desk.hands.open_sheet(ASK)

    def _mail(self, text: str) -> None:
        try:
            address = customers.mail_address(text)
        except PosError as error:
            self._refused(error)
            return
        self.desk.hands.close_sheet()
        self._mail_to(address)

    def keep_words(self, text: str, amount: str = "") -> None:
        """What was typed in it."""
        if self.ask_state.kind == MAIL:
            self._mail(text)
            return
        row, till, kind = self.person(), self.desk.till, self.ask_state.kind
        if row is None:
            return

        def act(consent: Consent) -> object:
            if kind == NOTE:
                return customers.note(till, row.customer, text)
            if kind == CREDIT:
                return self._credit(row, text, amount, consent)
            about = MESSAGE if kind == MESSAGE else ""
            return customers.support(till, row.customer, text, about)

        def done(_ask_id: object) -> None:
            self.desk.hands.close_sheet()
            self.desk.hands.toast(
                _("Kept here until the line is back.") if till.offline else _("Kept.")
            )
            self.changed()

        self.desk.attempt(act, done, self._refused, title=self.ask_state.title, lane=LEDGER)

    def _credit(self, row: CustomerRow, text: str, amount: str, consent: Consent) -> object:
        from pos_app.presenters.typed import amount_typed
        from pos_app.till import values

        minor = amount_typed(amount, self.desk.currency) or 0
        return values.give_credit(
            *(self.desk.till, row.customer, row.account or row.customer, minor),
            reason=consent.reason or text,
            approval=consent.approval,
        )

    def _refused(self, error: PosError) -> None:
        told = str(self.desk.words(error))
        self._draw_ask(replace(self.ask_state, wrong=told))
        self.desk.hands.announce(told, at_once=True)

    def _draw_ask(self, state: AskState) -> None:
        self.ask_state = state
        self.on_ask(state)

    # ---- two side by side

    def compare(self) -> None:
        """Who is chosen, and who is proposed to be the same."""
        row = self.person()
        if row is None or not row.proposals:
            return
        first = row.proposals[0]
        other = self.person(first.other) or CustomerRow(first.other, 0, first.name)
        currency = row.currency or self.desk.currency
        moves = [_("Orders, points and consents of both are {name}'s.").format(name=row.name)]
        if other.points or row.points:
            moves.append(
                _("Points add up to {points}.").format(points=number(row.points + other.points))
            )
        if other.credit:
            moves.append(
                _("Store credit adds up to {amount}.").format(
                    amount=money(row.credit + other.credit, currency)
                )
            )
        moves.append(_("Of each consent the stricter one counts."))
        moves.append(_("It can be undone for 30 days."))
        self.compare_state = CompareState(
            row.customer,
            other.customer,
            self._side(row),
            self._side(other),
            tuple(moves),
            _("Ask when online") if self.desk.till.offline else _("Merge"),
        )
        self.on_compare(self.compare_state)
        self.desk.hands.open_sheet(COMPARE)

    def _side(self, row: CustomerRow) -> Side:
        kinds = {EMAIL: _("Email"), PHONE: _("Phone"), CARD: _("Card")}
        rows = [
            (kinds[each.kind], customers.masked(each).value)
            for each in row.contacts
            if each.kind in kinds
        ]
        rows.append((_("Last here"), day_words(self.desk, row.last_seen) or _("Not yet")))
        if row.member:
            rows.append((_("Points"), points_at(self.desk, row)))
        rows += [(each.title, each.words) for each in consent_rows(self.desk, row)]
        return Side(row.name or _("No name"), tier_of(self.desk, row)[0], tuple(rows))
