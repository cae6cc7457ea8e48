"""Customers: who they are, sealed; how they are found; what they said, asked for and wrote.

Nothing here can be read without the hub's secrets key: a person's data is one text sealed under that
person's own key, which is itself sealed, and whoever looks for somebody looks for keyed tokens.
Where the key of a person is deleted, what is left is no more than an id.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table

from sync.hub.columns import CLUSTERED, NUMBER, flag, key, metadata, text_column, whole

customer = Table(
    "customer",
    metadata,
    key("customer"),
    whole("version"),
    text_column("sealed"),
    text_column("told"),
    text_column("fields"),
    text_column("account"),
    text_column("home_store"),
    text_column("made"),
    text_column("changed"),
    text_column("seen"),
    text_column("merged_into"),
    text_column("erased"),
    flag("member"),
    flag("guest"),
    Index("ix_customer_account", "account"),
    Index("ix_customer_merged", "merged_into"),
    Index("ix_customer_seen", "erased", "seen"),
)
"""A person. `sealed` is who they are, `told` the CustomerRow as it was told last, both under the
person's key; `fields` (JSON) says in which version each field was changed last. `account` is empty
where it is the id itself. `seen` is when they were in any channel last; `erased` since when nothing
but the id is left."""

customer_key = Table(
    "customer_key",
    metadata,
    key("customer"),
    text_column("wrapped"),
    **CLUSTERED,
)
"""The key of each person, sealed by the hub's; who has none any more is erased everywhere at once."""

customer_token = Table(
    "customer_token",
    metadata,
    key("token"),
    key("customer"),
    text_column("kind"),
    flag("verified"),
    Index("ix_customer_token_customer", "customer"),
    **CLUSTERED,
)
"""What somebody is found by: keyed hashes of an address, a number, a card, an id in a shop, and of
the words of a name and their beginnings."""

customer_group = Table(
    "customer_group",
    metadata,
    key("group_id"),
    text_column("name"),
    text_column("price_list"),
)
"""A group of customers and what they pay by; promotions may name it."""

customer_in_group = Table(
    "customer_in_group",
    metadata,
    key("customer"),
    key("group_id"),
    Index("ix_customer_in_group_group", "group_id"),
    **CLUSTERED,
)

customer_consent = Table(
    "customer_consent",
    metadata,
    Column("no", NUMBER, primary_key=True),
    text_column("customer"),
    text_column("purpose"),
    text_column("state"),
    text_column("at"),
    text_column("source"),
    text_column("text"),
    text_column("proof"),
    Index("ix_customer_consent_customer", "customer", "purpose"),
)
"""Everything that was said to a purpose, and never changed: `proof` names the fact, the question or
the order that said it. What nobody was asked has no row."""

support_request = Table(
    "support_request",
    metadata,
    Column("no", NUMBER, primary_key=True),
    text_column("customer"),
    text_column("state"),
    text_column("about"),
    text_column("sealed"),
    text_column("opened"),
    text_column("changed"),
    text_column("by"),
    text_column("store_id"),
    Index("ix_support_request_customer", "customer", "opened"),
    Index("ix_support_request_state", "state", "changed"),
)
"""What somebody wants of the shop, as a person keeps track of it: open, waiting or solved. People
call it T-`no`."""

customer_note = Table(
    "customer_note",
    metadata,
    Column("no", NUMBER, primary_key=True),
    text_column("customer"),
    text_column("sealed"),
    text_column("at"),
    text_column("by"),
    text_column("store_id"),
    Index("ix_customer_note_customer", "customer", "at"),
)

customer_merge = Table(
    "customer_merge",
    metadata,
    key("merge"),
    text_column("kept"),
    text_column("other"),
    text_column("at"),
    text_column("by"),
    text_column("store_id"),
    text_column("moved"),
    text_column("undone"),
    text_column("undone_by"),
    Index("ix_customer_merge_kept", "kept", "at"),
    Index("ix_customer_merge_other", "other", "at"),
)
"""Two that are one person. Everything stays under the id it came with, so both can be told apart
again; `moved` (JSON) is what of the second account's values went to the first."""

customer_dismissed = Table(
    "customer_dismissed",
    metadata,
    key("first"),
    key("second"),
    text_column("at"),
    text_column("by"),
    **CLUSTERED,
)
"""Two who are not the same person, as a person said: `first` < `second`."""

customer_document = Table(
    "customer_document",
    metadata,
    key("customer"),
    key("at"),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    text_column("kind"),
    text_column("ref"),
    text_column("store_id"),
    Index("ix_customer_document_n", "n"),
    **CLUSTERED,
)
"""The documents that name a customer: `n` is the entry's, `ref` the fact's id."""

customer_store = Table(
    "customer_store",
    metadata,
    key("customer"),
    key("store_id"),
    text_column("at"),
    whole("told"),
    Index("ix_customer_store_at", "store_id", "at"),
    **CLUSTERED,
)
"""Whose tills need to know somebody, since when last; `told` is the version that they have."""

customer_due = Table(
    "customer_due",
    metadata,
    key("customer"),
    whole("times"),
    text_column("since"),
    Index("ix_customer_due_since", "since"),
    **CLUSTERED,
)
"""Whose row is to be made anew; `times` grows with each cause, so that what happens while the row is
made stays due."""

customer_erased = Table(
    "customer_erased",
    metadata,
    key("customer"),
    text_column("at"),
    text_column("by"),
    text_column("cause"),
)
"""Who was erased, and why: looked at again after every restore."""

customer_ask = Table(
    "customer_ask",
    metadata,
    key("ask"),
    text_column("device"),
    text_column("customer"),
    text_column("mark"),
    text_column("state"),
    text_column("why"),
    text_column("kept"),
    text_column("text"),
    text_column("at"),
    Index("ix_customer_ask_at", "at"),
)
"""What became of each question of a till: asked again, it gets the answer it got. `mark` is a keyed
hash of what was asked."""

customer_look = Table(
    "customer_look",
    metadata,
    key("device"),
    key("minute"),
    whole("times"),
    **CLUSTERED,
)
"""How often a till looked for somebody in a minute."""

mail_outbox = Table(
    "mail_outbox",
    metadata,
    key("mail"),
    text_column("customer"),
    text_column("kind"),
    text_column("sealed"),
    text_column("made"),
    text_column("state"),
    whole("tries"),
    text_column("next_at"),
    text_column("detail"),
    text_column("done"),
    Index("ix_mail_outbox_due", "state", "next_at"),
    Index("ix_mail_outbox_customer", "customer"),
)
"""Mail that goes out, once each: new, sent, or refused (a person was told). `sealed` is to whom and
what, emptied when it is over."""
