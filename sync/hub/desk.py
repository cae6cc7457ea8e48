"""The hub without HTTP: every request is one plain function call on one connection.

`answer` runs inside a write transaction. The caller commits before it lets anybody see the reply:
what is confirmed is durable.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

import msgspec
import zstandard

from pos_app.domain.errors import PosError, Refused, Unavailable
from sync.hub import (
    archive,
    devices,
    epochs,
    exception_desk,
    feed,
    lives,
    open_desk,
    pattern_report,
    policies,
    quarantine_desk,
    readiness,
    recovering,
    right_desk,
    snapshot_desk,
    speaking,
    till_orders,
)
from sync.hub.answers import HubProblem, Ids, Reply, Request, stamp
from sync.hub.customers import desk as customer_desk
from sync.hub.database import Connection, row_error, storage_error
from sync.hub.devices import REVOKED, WIPED, Device
from sync.hub.greeting import hello
from sync.hub.identity import HubKeys
from sync.hub.nonces import Nonces
from sync.hub.push import UNREADABLE, push
from sync.hub.returning import desk as returning_desk
from sync.hub.storefront.front import Front
from sync.protocol import (
    HUB_MAX_INFLATED_BYTES,
    HUB_MAX_WIRE_BYTES,
    PROTO,
    PROTO_LOWEST,
    EnrolReply,
    EnrolRequest,
    Hello,
    HelloReply,
    PullReply,
    Push,
    PushReply,
)
from sync.signing import Signer, verify_request

SMALL_BODY_BYTES: Final = 64 << 10
"""What any body but a push may hold."""

_ONE_VALUE: Final = re.compile(r"[A-Za-z0-9._~:-]{1,64}").fullmatch
_log = logging.getLogger(__name__)
_T = TypeVar("_T", bound=msgspec.Struct)
_decode_enrol = msgspec.json.Decoder(EnrolRequest).decode
_decode_hello = msgspec.json.Decoder(Hello).decode
_decode_push = msgspec.json.Decoder(Push).decode


class Health(msgspec.Struct, frozen=True, omit_defaults=True):
    """`GET /v1/health`: the hub is there; its keys, its clock, the protocol it speaks."""

    status: str
    hub_time: str
    proto: tuple[int, int]
    hub_key: str
    """Ed25519 public key that signs acks, hex."""
    sealing_key: str
    """X25519 public key to which a till seals its database key, hex."""
    recovering: str = ""
    """Since when the hub goes on from an older copy of itself and waits for its tills; or empty."""


@dataclass(frozen=True, slots=True)
class Context:
    """What every handler may use."""

    keys: HubKeys
    ids: Ids
    nonces: Nonces = field(default_factory=Nonces)
    front: Front = field(default_factory=Front)


Handler = Callable[[Connection, Request, dt.datetime, Context], Reply]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One row of the table the hub is made from: routes, limits and the API document."""

    method: str
    path: str
    handler: Handler
    told: str
    body: type[msgspec.Struct] | None
    reply: type[msgspec.Struct] | None
    signed: bool
    body_max: int = 0
    problems: tuple[str, ...] = ()
    query: tuple[tuple[str, str, bool], ...] = ()
    """(name, JSON type, required)."""

    def values(self, path: str) -> dict[str, str] | None:
        """What stands at the `{name}`s of this address in `path`; None where it is another's.

        A value is one piece of the path, of the signs that ids are made of, never an escape.
        """
        wanted, given = self.path.split("/"), path.split("/")
        if len(wanted) != len(given):
            return None
        found = {}
        for want, have in zip(wanted, given, strict=True):
            if want[:1] == "{":
                if not _ONE_VALUE(have):
                    return None
                found[want[1:-1]] = have
            elif want != have:
                return None
        return found


def answer(connection: Connection, request: Request, now: dt.datetime, context: Context) -> Reply:
    """The reply to one request; a problem document for everything that goes wrong.

    An exception of our own undoes what the request did and nothing else. Raises only
    `Unavailable` or the driver's error: the database itself cannot write.
    """
    try:
        endpoint = find(request.method, request.path)
        if "{" in endpoint.path:
            request = replace(request, named=endpoint.values(request.path) or {})
        with connection.savepoint("request"):
            return _answer(connection, endpoint, request, now, context)
    except HubProblem as problem:
        return problem.reply()
    except row_error:
        # A number or a text no column holds: the message is at fault.
        return HubProblem("malformed", "a value is out of range").reply()
    except (Unavailable, storage_error):
        raise
    except Exception:  # noqa: BLE001 - our own bug costs one request, never the group it is in
        _log.exception("%s %s", request.method, request.path)
        return HubProblem("internal").reply()


def _answer(
    connection: Connection,
    endpoint: Endpoint,
    request: Request,
    now: dt.datetime,
    context: Context,
) -> Reply:
    try:
        return endpoint.handler(connection, request, now, context)
    except HubProblem as problem:
        # Told before anything was changed, or (a wrong code, a nonce) meant to be remembered.
        return problem.reply()


def find(method: str, path: str) -> Endpoint:
    """The endpoint at an address. Raises HubProblem("not_found" | "method_not_allowed")."""
    known = False
    for endpoint in ENDPOINTS:
        if endpoint.path == path or ("{" in endpoint.path and endpoint.values(path) is not None):
            known = True
            if endpoint.method == method:
                return endpoint
    raise HubProblem("method_not_allowed" if known else "not_found")


def check_claim(connection: Connection, keyid: str) -> None:
    """Raises HubProblem("device_unknown" | "device_revoked") for a till that may not speak.

    Asked of who *claims* to have signed, before a body is read: a stranger's megabytes never are.
    """
    device = devices.find(connection, keyid)
    if device is None:
        raise HubProblem("device_unknown")
    if device.state in (REVOKED, WIPED):
        raise HubProblem("device_revoked")


def signed_by(
    connection: Connection, request: Request, now: dt.datetime, context: Context, *, changes: bool
) -> Device:
    """The active till that signed this very request, which was never here before.

    `changes` as in `Nonces.is_first`. Raises HubProblem.
    """
    found: list[Device] = []

    def key_of(keyid: str) -> bytes | None:
        device = devices.find(connection, keyid)
        if device is None:
            raise Refused("device_unknown")
        found.append(device)
        return bytes.fromhex(device.pubkey)

    def verified(key: Callable[[str], bytes | None]) -> Signer:
        return verify_request(
            request.method,
            request.authority,
            request.path,
            request.query,
            request.headers,
            request.body,
            public_key_for=key,
            now=now,
        )

    try:
        signer = verified(key_of)
    except Refused as refused:
        signer = _by_former_key(connection, found, verified, refused, now)
    device = found[-1]
    if device.device != signer.keyid:
        raise HubProblem("signature_invalid")
    if not context.nonces.is_first(connection, signer, now, changes=changes):
        raise HubProblem("signature_replayed")
    if changes and connection.shared:
        device = devices.held(connection, device)
    refused_as = till_orders.refusal(device.state, request.path)
    if refused_as:
        raise HubProblem(refused_as)
    return device


def _by_former_key(
    connection: Connection,
    found: list[Device],
    verified: Callable[[Callable[[str], bytes | None]], Signer],
    refused: Refused,
    now: dt.datetime,
) -> Signer:
    """The signer by a key that the till had until a few days ago. Raises HubProblem."""
    if refused.code == "signature_invalid" and found:
        for former in epochs.former_keys(connection, found[-1].device, now):
            with contextlib.suppress(Refused):
                return verified({found[-1].device: former}.get)
    raise HubProblem(refused.code) from refused


def _read(request: Request, decode: Callable[[bytes], _T]) -> _T:
    """The message in a body that has been proven genuine. Raises HubProblem."""
    body = _inflated(request)
    try:
        return decode(body)
    except UNREADABLE as cause:
        raise HubProblem("malformed", str(cause)[:200]) from cause


def _inflated(request: Request) -> bytes:
    """The body unpacked, never more of it than the hub takes."""
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return request.body
    if encoding != "zstd":
        raise HubProblem("encoding_unknown")
    try:
        unpacked = zstandard.ZstdDecompressor(max_window_size=1 << 23).stream_reader(request.body)
        body: bytes = unpacked.read(HUB_MAX_INFLATED_BYTES + 1)
    except (zstandard.ZstdError, MemoryError, EOFError) as cause:
        raise HubProblem("malformed", "the body is no zstd frame") from cause
    if len(body) > HUB_MAX_INFLATED_BYTES:
        raise HubProblem("inflated_too_large", f"at most {HUB_MAX_INFLATED_BYTES} bytes")
    return body


def _reply(message: msgspec.Struct) -> Reply:
    return Reply(msgspec.json.encode(message))


def _health(connection: Connection, request: Request, now: dt.datetime, context: Context) -> Reply:
    del request
    keys, since = context.keys, recovering.since(connection)
    spoken = (PROTO_LOWEST, PROTO)
    return _reply(Health("ok", stamp(now), spoken, keys.public_hex, keys.sealing_hex, since))


def _enrol(connection: Connection, request: Request, now: dt.datetime, context: Context) -> Reply:
    asked = _read(request, _decode_enrol)
    return _reply(devices.enrol(connection, asked, context.keys, now, context.ids))


def _hello(connection: Connection, request: Request, now: dt.datetime, context: Context) -> Reply:
    device = signed_by(connection, request, now, context, changes=True)
    policies.renew(connection, context.keys, now)
    asked = _read(request, _decode_hello)
    return _reply(hello(connection, device, asked, context.keys, now, context.ids))


def _push(connection: Connection, request: Request, now: dt.datetime, context: Context) -> Reply:
    device = signed_by(connection, request, now, context, changes=True)
    reply = push(connection, device, _read(request, _decode_push), context.keys, now)
    recovering.arrived(connection, device.device, reply.ack.seq, context.keys, now, context.ids)
    upto = archive.archived_seq(connection, device.device, reply.ack.epoch)
    told = msgspec.structs.replace(reply, archived_seq=upto)
    return Reply(msgspec.json.encode(told), results=reply.results)


def _pull(connection: Connection, request: Request, now: dt.datetime, context: Context) -> Reply:
    device = signed_by(connection, request, now, context, changes=False)
    page = replace(
        feed.page_of(request.query),
        schema=speaking.schema_of(connection, device.device),
        device=device.device,
    )
    if page.stream not in device.streams:
        raise HubProblem("stream_not_yours")
    found = page.read(connection, now)
    wait_on = page if page.wait_s and not found.rows else None
    return Reply(msgspec.json.encode(found), wait_on=wait_on)


def _right(row: right_desk.Row) -> Handler:
    """The handler of a question about rights."""
    decode: Callable[[bytes], msgspec.Struct] = msgspec.json.Decoder(row.body).decode

    def handler(
        connection: Connection, request: Request, now: dt.datetime, context: Context
    ) -> Reply:
        device = signed_by(connection, request, now, context, changes=True)
        message, named = _read(request, decode), request.named.get("id", "")
        asked = right_desk.Asked(connection, device, message, named, context.keys, now)
        return _reply(row.answer(asked))

    return handler


def _snapshot(row: snapshot_desk.Row) -> Handler:
    """The handler of a question about snapshots."""

    def handler(
        connection: Connection, request: Request, now: dt.datetime, context: Context
    ) -> Reply:
        device = signed_by(connection, request, now, context, changes=False)
        return row.answer(connection, device, request)

    return handler


_SIGNED: Final = (
    "malformed",
    "signature_missing",
    "signature_invalid",
    "signature_expired",
    "signature_replayed",
    "device_unknown",
    "device_pending",
    "device_suspended",
    "device_revoked",
    "body_too_large",
    "slow_request",
    "slow_down",
    "hub_busy",
)
ENDPOINTS: Final = (
    Endpoint(
        "GET", "/v1/health", _health, "Whether the hub is there, and its keys.", None, Health, False
    ),
    Endpoint(
        "GET",
        readiness.PATH,
        readiness.ready,
        "Whether this process can book sales now.",
        None,
        readiness.Ready,
        False,
        0,
        ("not_ready", "hub_busy"),
    ),
    Endpoint(
        "POST",
        "/v1/devices/enrol",
        _enrol,
        "A till's identity for a one-time code; asked again, the same answer.",
        EnrolRequest,
        EnrolReply,
        False,
        SMALL_BODY_BYTES,
        (
            "malformed",
            "code_unknown",
            "code_expired",
            "code_used",
            "device_elsewhere",
            "device_revoked",
            "till_taken",
            "too_many_tries",
            "body_too_large",
            "slow_request",
            "hub_busy",
        ),
    ),
    Endpoint(
        "POST",
        "/v1/sync/hello",
        _hello,
        "What the hub holds of this till's chain, and the streams it may read.",
        Hello,
        HelloReply,
        True,
        SMALL_BODY_BYTES,
        _SIGNED,
    ),
    Endpoint(
        "POST",
        "/v1/sync/push",
        _push,
        "Journal entries in order; the ack says what is durable here.",
        Push,
        PushReply,
        True,
        HUB_MAX_WIRE_BYTES,
        (
            *_SIGNED,
            "fenced",
            "gap",
            "fork",
            "too_many_events",
            "inflated_too_large",
            "encoding_unknown",
        ),
    ),
    Endpoint(
        "GET",
        "/v1/sync/pull",
        _pull,
        "Rows of a stream after a position; waits for some where there are none yet.",
        None,
        PullReply,
        True,
        0,
        (
            *(*_SIGNED, "stream_not_yours", "feed_changed", "cursor_ahead", "cursor_too_old"),
            "upgrade_required",
        ),
        (
            ("stream", "string", True),
            ("feed", "string", True),
            ("after", "integer", True),
            ("limit", "integer", False),
            ("wait", "integer", False),
        ),
    ),
    *(
        Endpoint(
            *(open_.method, open_.path, open_.handler, open_.told, open_.body, open_.reply, False),
            *(open_.body_max, open_.problems, open_.query),
        )
        for open_ in open_desk.ROWS
    ),
    *(
        Endpoint(
            *("GET", row.path, _snapshot(row), row.told, None, row.reply, True),
            problems=(*_SIGNED, *row.problems),
        )
        for row in snapshot_desk.ROWS
    ),
    *(
        Endpoint(
            *("POST", row.path, _right(row), row.told, row.body, row.reply, True),
            body_max=SMALL_BODY_BYTES,
            problems=(*_SIGNED, *row.problems),
        )
        for row in (
            *right_desk.ROWS,
            *exception_desk.ROWS,
            *pattern_report.ROWS,
            *lives.ROWS,
            *till_orders.ROWS,
            *quarantine_desk.ROWS,
            *returning_desk.ROWS,
            *customer_desk.ROWS,
        )
    ),
)


def unavailable(cause: Exception) -> Reply:
    """The answer while the database cannot write: nothing is confirmed, ask again."""
    told = cause.code if isinstance(cause, PosError) else ""
    return HubProblem("hub_busy", told, retry_after_s=5).reply()
