"""Said while selling and paying: codes, lines, discounts, amounts, tenders."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

SELLING: dict[str, Sentence] = {
    "age_check_needed": S_(
        "The buyer must be {age:number} or older.", "", "Ask for proof of age, then confirm."
    ),
    "amount_out_of_range": S_(
        "That amount is too large or below zero.", "Nothing was changed.", "Type it again."
    ),
    "basket_empty": S_("The basket is empty.", "", "Scan or choose an item first."),
    "basket_full": S_(
        "This basket holds {limit:number} lines, no more fit.",
        "All lines are kept.",
        "Finish this sale and start another.",
    ),
    "code_empty": S_("Nothing was scanned.", "", "Scan again."),
    "code_too_long": S_(
        "That code is too long for a product.", "", "Scan again, or search by name."
    ),
    "code_unprintable": S_(
        "That code holds characters that cannot be read.", "", "Scan again, or search by name."
    ),
    "discount_out_of_range": S_(
        "A discount cannot be more than the price.", "Nothing was changed.", "Type a smaller one."
    ),
    "label_missing": S_("This item needs a name.", "", "Type what is sold."),
    "needs_manager": S_("{limit:over} needs a manager.", "", "Scan a badge or type a PIN."),
    "no_such_line": S_("That line is no longer in the basket.", "", "Choose another line."),
    "not_for_sale": S_("{name} is no longer sold.", "", "Put it aside and ask a manager."),
    "price_missing": S_("No price yet.", "", "Type one, or ask a manager."),
    "already_invoiced": S_(
        "This sale has invoice {doc_no} already.",
        "Nothing was changed.",
        "Print that invoice again, or take the sale back and sell anew.",
    ),
    "buyer_missing": S_("An invoice needs a name.", "", "Type who it is made out to."),
    "no_invoice": S_("This sale has no invoice yet.", "", "Make one first."),
    "vat_id_unlikely": S_(
        "A VAT id is not written like that.",
        "The rest of the form is kept.",
        "Compare it with the customer's papers, or leave it out.",
    ),
    "receipt_code_unknown": S_(
        "That is no code of a receipt of ours.", "", "Scan the square code on the receipt."
    ),
    "receipt_not_believed": S_(
        "Receipt {doc_no} was not printed by the till it names.",
        "Nothing was changed.",
        "Keep the paper and call a manager.",
    ),
    "receipt_till_unknown": S_(
        "Receipt {doc_no} is from a till this one does not know.",
        "Nothing was changed.",
        "Try again when online, or find the sale by its number.",
    ),
    "quantity_not_whole": S_("Pieces are sold whole.", "", "Type a whole number."),
    "quantity_out_of_range": S_(
        "That quantity is not possible.", "Nothing was changed.", "Type it again."
    ),
    "reason_missing": S_("This needs a reason.", "", "Choose one, or type a few words."),
    "tax_rate_missing": S_(
        "No tax rate for {tax_code} on this day.",
        "Nothing was sold.",
        "Ask head office to add the rate.",
    ),
    "unknown_code": S_("Not in the catalogue.", "", "Search by name or add a custom item."),
    "already_paid": S_("This sale is paid in full.", "", "Complete the sale."),
    "card_declined": S_("Card declined.", "Nothing was charged.", "Try again or another way."),
    "card_not_charged": S_("Not charged.", "Nothing was sold.", "Try again or another way."),
    "card_not_given_back": S_(
        "The terminal did not give it back.", "The payment stays in this sale.", "Try again later."
    ),
    "card_unknown": S_(
        "No answer from the terminal.",
        "Nothing is charged twice.",
        "Ask it again, or keep the sale as open.",
    ),
    "cash_step": S_("No coins for that amount.", "", "Cash goes in steps of {step:money}."),
    "overpaid": S_(
        "Only {due:money} is left to pay.", "Nothing was charged.", "Type that amount or less."
    ),
    "reference_is_card_number": S_(
        "That looks like a card number.", "It was not kept.", "Type the number of the slip."
    ),
    "payment_left_out": S_(
        "Card payment P-{number} was charged and is not in this sale.",
        "Nothing was sold twice, nothing is lost.",
        "Ask a manager to look at it under Needs attention.",
    ),
    "payment_on_terminal": S_(
        "This was charged on the card terminal.",
        "Nothing was changed.",
        "Give it back on the terminal.",
    ),
    "payment_running": S_(
        "Card payment P-{number} is not settled yet.",
        "Nothing is charged twice.",
        "Wait for the terminal's answer.",
    ),
    "reference_missing": S_(
        "The number of the slip is missing.", "", "Type the number printed on the slip."
    ),
    "tender_unknown": S_("This till does not take that.", "", "Choose another way to pay."),
    "too_many_payments": S_(
        "A sale takes {limit:number} payments, no more.",
        "All payments are kept.",
        "Remove one, or pay the rest at once.",
    ),
    "basket_open": S_(
        "A basket with items is still open.",
        "All its lines are kept.",
        "Complete, park or cancel it first.",
    ),
    "catalogue_in_part": S_(
        "Part of the catalogue here is damaged; this may be in it.",
        "",
        "Add a custom item. The catalogue is fetched again by itself.",
    ),
    "catalogue_missing": S_(
        "This till has no catalogue yet.", "", "Add a custom item, or connect to the hub."
    ),
    "no_such_payment": S_(
        "That payment is no longer there.", "Nothing was changed.", "Look at the list of payments."
    ),
    "not_paid": S_(
        "{due:money} is still to be paid.",
        "Nothing was sold yet.",
        "Take the rest, then complete the sale.",
    ),
    "payments_taken": S_(
        "Money was already taken for this basket.",
        "The basket is kept.",
        "Give it back and remove the payment first.",
    ),
    "text_is_card_number": S_(
        "That looks like a card number.", "It was not kept.", "Leave the number out."
    ),
    "too_many_parked": S_(
        "{limit:number} baskets are parked, no more fit.",
        "All of them are kept.",
        "Finish or cancel some of them.",
    ),
    "chosen_twice": S_("A line is in this return twice.", "Nothing was paid back.", "Begin again."),
    "condition_unknown": S_("That says nothing about the item.", "", "Choose what became of it."),
    "more_than_sold": S_(
        "No more of {label} can come back than is left of it.",
        "Nothing was paid back.",
        "Look at what came back before.",
    ),
    "not_on_receipt": S_(
        "{name} is not on receipt {doc_no}.", "Nothing was changed.", "Scan the receipt it is on."
    ),
    "receipt_first": S_("Which sale is it from?", "", "Scan its receipt, or type the number."),
    "nothing_chosen": S_("Nothing comes back yet.", "", "Scan the item or tap it."),
    "nothing_left": S_(
        "Everything of {doc_no} came back already.",
        "Nothing was paid back.",
        "Look at its refunds.",
    ),
    "sale_has_refunds": S_(
        "Part of {doc_no} came back already.",
        "Nothing was changed.",
        "Take the rest back as a return.",
    ),
    "sale_not_here": S_(
        "This till has no copy of this sale.",
        "Nothing was taken in or paid back.",
        "Go to the till that sold it, or try again when online.",
    ),
    "void_other_day": S_(
        "{doc_no} was sold on another day.",
        "Nothing was changed.",
        "Take the goods back as a return.",
    ),
}
