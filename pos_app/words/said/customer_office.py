"""Said of customers by the hub: what it did not do, and what is to be done first."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

CUSTOMER_OFFICE: dict[str, Sentence] = {
    "customer_not_here": S_(
        "This store does not know that customer yet.",
        "Nothing was changed.",
        "Search all stores and open them first.",
    ),
    "customer_id_bad": S_(
        "That cannot be a customer's id.", "Nothing was changed.", "Search for them by name."
    ),
    "customer_merged": S_(
        "One of the two is joined with somebody already.",
        "Nothing was changed.",
        "Join with who is shown there.",
    ),
    "merge_unknown": S_(
        "These two were never joined, or are two again.",
        "Nothing was changed.",
        "Look at their history.",
    ),
    "merge_too_old": S_(
        "They were joined more than 30 days ago.",
        "They stay one.",
        "Enter the other one anew if they are two.",
    ),
    "customer_has_value": S_(
        "This customer still has points or store credit.",
        "Nobody was erased.",
        "Pay it out, move it to a code, or let it go.",
    ),
    "customer_has_orders": S_(
        "An order of this customer is not over: {orders}.",
        "Nobody was erased.",
        "Hand it over or call it off first.",
    ),
    "group_unknown": S_(
        "There is no group {group}.",
        "Nothing was changed.",
        "holdfast hub customer groups shows them.",
    ),
    "group_id_bad": S_(
        "{group} cannot be the id of a group.",
        "Nothing was changed.",
        "Letters, digits and -, at most 40.",
    ),
    "request_unknown": S_(
        "There is no request {request} of this customer.",
        "Nothing was changed.",
        "Their history shows the numbers.",
    ),
    "request_state_unknown": S_(
        "A request is open, waiting or solved.", "Nothing was changed.", "Choose one of these."
    ),
    "months_bad": S_(
        "A store keeps customers for 1 to 120 months.", "Nothing was changed.", "Choose a number."
    ),
    "mail_address_bad": S_(
        "Nothing can be sent to that address.", "The sale is safe.", "Check the address."
    ),
    "mail_address_missing": S_(
        "No mail address of this customer is known.",
        "The sale is safe.",
        "Type one, or print the receipt.",
    ),
    "mail_setting_bad": S_(
        "The mail server, its port or the sender's address cannot be right.",
        "Nothing was changed.",
        "holdfast hub mail set --help says what is needed.",
    ),
    "mail_password_in_clear": S_(
        "A password is never sent over an open line.",
        "Nothing was changed.",
        "Use --way starttls or --way tls.",
    ),
    "mail_not_set": S_(
        "No mail server is set.",
        "What waits goes on waiting.",
        "holdfast hub mail set names one.",
    ),
    "mail_not_sent": S_(
        "The mail was not taken: {why}.", "Nothing else was sent.", "Check the settings."
    ),
    "customer_file_bad": S_(
        "Line {line} of the file cannot be read: {why}.",
        "Nobody was entered.",
        "Put it right and import the file again.",
    ),
}
