"""Enrolment: a machine with a one-time code becomes a till with a ledger and a replica.

It may be broken off anywhere and started again with the same code: the keys are made once, the
hub answers the same code and key the same, and the ledger comes last.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from pos_app.domain.errors import PosError, Refused, Unavailable
from pos_app.settings import Network, Settings, is_hub_address
from pos_app.store.keys import SEALED_FILE, Keys
from pos_app.store.ledger import Ledger
from pos_app.store.reads import LEDGER_FILE
from pos_app.store.records import Identity
from pos_app.store.whereabouts import where_of
from pos_app.words import gettext as _
from sync.engine.outgo import ENROL_PATH
from sync.engine.ports import Reply, Request
from sync.engine.rejoining import ENROL_CODES, identity_of
from sync.protocol import EnrolReply, EnrolRequest, Problem, encode
from sync.protocol.fingerprint import fingerprint
from sync.sealing import seal

ASK_EVERY_S: Final = 1.0
APPROVAL_S: Final = 900.0
FIRST_PULL_S: Final = 3_600.0


class _Keys(msgspec.Struct):
    """What enrolment reads of the hub's health."""

    sealing_key: str = ""


def enrol(
    data: Path,
    hub_url: str,
    code: str,
    name: str = "",
    *,
    say: Callable[[str], None],
    patience_s: float = APPROVAL_S,
    show_words: Callable[[str], None] = lambda _words: None,
) -> Identity:
    """Make `data` a till of the hub at `hub_url`; waits for the approval of a person there.

    `say` gets the lines a person reads meanwhile, first of all the six words to compare, which
    `show_words` gets alone. Raises
    Refused("already_enrolled" | "hub_address_bad" | "code_wrong" | "code_expired" | "code_used" |
    "till_taken" | "device_elsewhere" | "device_revoked" | "too_many_tries" | "not_approved"),
    Unavailable("enrol_no_hub" | "hub_unreachable" | "hub_silent" | "hub_garbled" | "hub_error" | …), and what keys
    and ledger raise.
    """
    url = hub_url.strip().rstrip("/")
    check_address(url)
    if (data / LEDGER_FILE).exists():
        raise Refused("already_enrolled", data=str(data))
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as cause:
        raise Unavailable("file_unreadable", file=str(data)) from cause
    patience = Settings.load(data).patience()
    hub_seals = sealing_key(url, patience)
    keys = _keys(data)
    sealed = seal(keys.db_key, hub_seals)
    asked = EnrolRequest(
        code=code,
        pubkey=keys.public_hex,
        name=name or platform.node(),
        hardware=f"{platform.system()} {platform.machine()}",
        sealed_key=sealed,
    )
    reply = _approved(url, patience, asked, say, show_words, patience_s)
    identity = identity_of(reply, keys, url)
    replace(Settings.load(data), hub_url=url).save(data)
    (data / SEALED_FILE).write_text(sealed, "ascii")
    (data / SEALED_FILE).chmod(0o600)
    Ledger.create(data, keys, identity, where=where_of(data)).close()
    return identity


def check_address(url: str) -> None:
    """Raises Refused("hub_address_bad", address=…) for what is no address of a hub."""
    if not is_hub_address(url):
        raise Refused("hub_address_bad", address=url)


def _keys(data: Path) -> Keys:
    """The till's keys: those of an enrolment that was broken off, or new ones."""
    try:
        return Keys.load(data)
    except Refused as error:
        if error.code != "keys_missing":
            raise
    return Keys.create(data)


def sealing_key(url: str, patience: Network) -> str:
    """The hub's X25519 public key, hex. Raises Unavailable("enrol_no_hub" | "hub_garbled")."""
    try:
        reply = _ask(url, Request("GET", "/v1/health", {}, b"", patience.answer_s), patience)
    except Unavailable as cause:  # nothing is sold yet on a till that has never been enrolled
        raise Unavailable("enrol_no_hub", address=url) from cause
    try:
        return msgspec.json.decode(reply.body, type=_Keys).sealing_key
    except (msgspec.MsgspecError, UnicodeDecodeError) as cause:
        raise Unavailable("hub_garbled") from cause


def _approved(
    url: str,
    patience: Network,
    asked: EnrolRequest,
    say: Callable[[str], None],
    show_words: Callable[[str], None],
    patience_s: float,
) -> EnrolReply:
    """The hub's answer once a person has approved it; asked again until then."""
    request = Request(
        "POST", ENROL_PATH, {"content-type": "application/json"}, encode(asked), patience.answer_s
    )
    until = time.monotonic() + patience_s
    told, own = False, fingerprint(asked.pubkey)
    while True:
        try:
            reply = _read(_ask(url, request, patience), own)
        except Unavailable:
            # After the code was taken a hub that is away only delays the approval.
            if not told or time.monotonic() > until:
                raise
            time.sleep(ASK_EVERY_S)
            continue
        if reply.state == "active":
            return reply
        if reply.state != "pending":
            raise Refused("device_revoked")
        if not told:
            # Our own words for our own key: what the hub shows is compared with them.
            words = own.replace("-", " ")
            show_words(words)
            say(_("This till's words: {words}").format(words=words))
            say(_("Waiting for a person at the hub to approve them."))
            told = True
        if time.monotonic() > until:
            raise Refused("not_approved")
        time.sleep(ASK_EVERY_S)


def _ask(url: str, request: Request, patience: Network) -> Reply:
    from sync.engine.shell.http import ask

    reply = ask(url, request, patience)
    if isinstance(reply, str):
        raise _error(reply)
    if reply.status == 200:
        return reply
    try:
        code = msgspec.json.decode(reply.body, type=Problem).type.rpartition("/")[2]
    except (msgspec.MsgspecError, UnicodeDecodeError):
        code = ""
    if code in ENROL_CODES:
        raise Refused(ENROL_CODES[code])
    raise Unavailable("hub_error")


def _error(code: str) -> PosError:
    return Refused(code) if code == "hub_address_bad" else Unavailable(code)


def _read(reply: Reply, own: str) -> EnrolReply:
    """What the hub says about this till; an answer to another, come late, is none."""
    try:
        said = msgspec.json.decode(reply.body, type=EnrolReply)
        hub_key = bytes.fromhex(said.hub_key)
        bytes.fromhex(said.nonce + said.prev_epoch_hash)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as cause:
        raise Unavailable("hub_garbled") from cause
    if len(hub_key) != 32 or not (said.device and said.store and said.till and said.epoch >= 1):
        raise Unavailable("hub_garbled")
    if said.fingerprint not in ("", own):
        raise Unavailable("hub_garbled")
    return said
