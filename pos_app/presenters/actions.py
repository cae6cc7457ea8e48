"""What the policy's actions are called, in the language of who reads it."""

from __future__ import annotations

from pos_app.domain.staff import Policy
from pos_app.words import _

N_ = str

TITLES: dict[str, str] = {
    "sell": N_("Sell, cash or card, print"),
    "custom_item": N_("Sell an item typed by hand"),
    "line_void": N_("Take a line out before payment"),
    "cancel_basket": N_("Cancel a basket before payment"),
    "void_sale": N_("Take a whole sale back, same day, same till"),
    "undo_sale": N_("Undo one's own cash sale, at most 60 seconds old and not yet sent"),
    "price_override": N_("Sell at another price"),
    "discount": N_("Give a discount by hand"),
    "refund": N_("Give money back against a receipt, the way it was paid"),
    "return_late": N_("Take goods back after the last day for it"),
    "refund_no_receipt": N_("Give money back without a receipt"),
    "refund_other_tender": N_("Give money back another way than it was paid"),
    "refund_other_store": N_("Give money back for a receipt of another store"),
    "no_sale": N_("Open the drawer without a sale"),
    "cash_in_out": N_("Put cash in or take cash out"),
    "safe_drop": N_("Take cash from the drawer to the safe"),
    "open_shift": N_("Open a shift with a counted float"),
    "close_shift": N_("Close a shift after a count"),
    "see_expected_cash": N_("See what the drawer should hold"),
    "z_close": N_("Print the Z of a shift"),
    "refund_order": N_("Give money back for an order of the shop"),
    "exchange": N_("Exchange goods against a receipt"),
    "take_in": N_("Take goods in and give a slip that the hub makes good"),
    "take_in_no_receipt": N_(
        "Take goods in without a receipt and give a slip that a person makes good"
    ),
    "reprint": N_("Print a receipt again, marked and numbered as a copy"),
    "age_override": N_("Sell without the asked-for proof of age or of tax exemption"),
    "settle_exception": N_("Settle what needs attention: money and goods"),
    "settle_paid_out": N_("Bear what was paid out twice or wrongly"),
    "customer_attach": N_("Say whose sale it is"),
    "customer_find": N_("Find a customer by whole name, number, mail or card"),
    "customer_browse": N_("Look through customers by the beginning of a name"),
    "customer_new": N_("Enter a new customer"),
    "customer_edit": N_("Change what is known of a customer"),
    "customer_note": N_("Note a customer's consent, a word about them, a request"),
    "customer_contacts": N_("See a customer's address and number in full"),
    "customer_figures": N_("See what a customer spends, and what support wrote"),
    "customer_merge": N_("Say that two customers are one person, or are not"),
    "customer_privacy": N_("Have a customer's data sent to them, or erased"),
    "settle_technical": N_("Settle what needs attention: clocks, chains and tills"),
    "training_mode": N_("Begin and end training"),
    "gift_card_sale": N_("Sell gift cards and put money on them"),
    "value_redeem": N_("Take gift cards and store credit as payment"),
    "store_credit_by_hand": N_("Give a customer store credit by hand"),
    "redeem_points": N_("Give rewards for points"),
    "spend_unsecured": N_("Spend points or credit offline without a right to them"),
    "unlock_staff": N_("Let somebody try a PIN again after too many wrong ones"),
    "staff_pin": N_("Give somebody a new PIN or badge"),
    "pick_order": N_("Pick a customer's order, put it on its shelf, keep it, put it back"),
    "shorten_order": N_("Give the money back for what of an order cannot be found"),
    "hand_over": N_("Hand over a customer's order against its code"),
    "hand_over_no_code": N_(
        "Hand over a customer's order without a code: name, order number and ID"
    ),
    "cancel_order": N_("Call a customer's order off"),
    "receive_goods": N_("Receive deliveries and transfers"),
    "send_goods": N_("Ask another store for goods, send goods to it, call a transfer off"),
    "count_stock": N_("Count stock and keep the differences"),
    "till_settings": N_("Change the devices and keys of a till"),
}
"""Action -> its title as `resources/policy.toml` has it: that is the source of the translation."""


def action_title(policy: Policy, action: str) -> str:
    """An action in words; a row that only the hub's table has is called what it is called there."""
    if action in TITLES:
        return _(TITLES[action])
    return policy.actions[action].title if action in policy.actions else ""
