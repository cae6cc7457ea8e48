"""A hub that was put back, and entries it could not read: who is still awaited, what was settled."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table

from sync.hub.columns import CLUSTERED, NUMBER, key, metadata, text_column, whole

awaited = Table("awaited", metadata, key("device"), text_column("heard"), whole("upto"))
"""A till that a restored hub waits for. `heard` is empty, or when it said hello since; it is
awaited on until the hub holds its chain up to `upto`."""

archived = Table(
    "archived",
    metadata,
    key("device"),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    whole("seq"),
    text_column("at"),
    **CLUSTERED,
)
"""Up to where a till's chain is in a backup that was read again and found whole."""

speaks = Table(
    "speaks",
    metadata,
    key("device"),
    whole("proto"),
    whole("schema"),
    text_column("sv"),
)
"""What a till said at its last hello: the newest messages and feed rows it reads; `sv` is a JSON
object of the facts it writes in more than one version: type -> [lowest, highest]."""

quarantine_end = Table(
    "quarantine_end",
    metadata,
    Column("n", NUMBER, primary_key=True, autoincrement=False),
    text_column("state"),
    text_column("ended"),
    text_column("actor"),
    text_column("second"),
    text_column("reason"),
    text_column("fact"),
    whole("after"),
)
"""How an entry left quarantine: who decided, and with what reason. `fact` is the id of what corrects
it, or of the entry itself once it could be read; `after` is the hub's last entry at that time: from
there on the books contain it."""
