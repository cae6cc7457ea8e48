"""A copy at another till of the store: what is asked of it, and the listener that answers.

    GET  /v1/mirror?epoch=E            how far the asker's chain is held here
    POST /v1/mirror?epoch=E&acked=N    whole frames (`sync/journal_copy.py`) that follow

Both tills know each other's keys from the hub. The request is signed as one to the hub is; the
answer is signed too, over the asker's nonce, so nobody in between can say "it is safe here". What
is kept is sealed: the other till cannot read it. Clocks are not compared, they may both be wrong in
an outage: a request asked twice adds nothing, for frames are taken only where they follow.
"""

from __future__ import annotations

import contextlib
import http.server
import secrets
import shutil
import socket
import socketserver
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from pos_app.domain.errors import PosError, Refused, Unavailable
from pos_app.store.catalogue import Catalogue
from pos_app.store.keys import Keys, signed_by
from pos_app.store.records import Identity
from sync.engine.ports import Request
from sync.engine.shell.wire import Wire
from sync.journal_copy import CopyFile, Frame, Place, frames_in
from sync.protocol import TillRow
from sync.signing import created_of, sign_request, verify_request

PATH: Final = "/v1/mirror"
ROOM: Final = "mirror"
"""Folder of a till's data in which it keeps others' copies, one folder a device."""
FILE_BYTES: Final = 4 << 20
KEPT_MAX_BYTES: Final = 256 << 20
"""Of one till: far more than it sells in a long outage."""
FREE_MIN_BYTES: Final = 1 << 30
"""A till keeps so much of its own disk for itself."""
BODY_MAX_BYTES: Final = 4 << 20
SLOTS: Final = 8
"""Tills served at once."""
SERVE_S: Final = 30.0
"""How long one connection may last."""
READ_S: Final = 10.0
PATIENCE_S: Final = 10.0
_TAG: Final = b"HF-MIRROR\x00"


class Held(msgspec.Struct, frozen=True):
    """The answer: which till says it, the run it holds the chain up to, its signature (base64)."""

    device: str
    place: Place | None
    sig: str


_held = msgspec.json.Decoder(Held)
_till = msgspec.json.Decoder(TillRow)


def address_of(text: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT`. Raises Refused("mirror_address_bad")."""
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or port is None or parts.netloc != text:
        raise Refused("mirror_address_bad", address=text)
    return host, port


def tills_of(data: Path, keys: Keys) -> dict[str, TillRow]:
    """The store's tills in service, as the hub told of them: device -> its row."""
    with contextlib.closing(Catalogue.open(data, keys.db_key)) as catalogue:
        bodies = [body for _key, body in catalogue.rows("till")]
    rows = []
    for body in bodies:
        with contextlib.suppress(msgspec.MsgspecError):
            rows.append(_till.decode(body))
    return {row.device: row for row in rows if row.active}


def _told(nonce: str, place: Place | None) -> bytes:
    """What the answering till signs."""
    return _TAG + nonce.encode() + b"\n" + msgspec.json.encode(place)


class TillKeeper:
    """Another till that keeps a copy of ours."""

    def __init__(self, data: Path, keys: Keys, to: str) -> None:
        self._data = data
        self._keys = keys
        self._to = to
        self._wire: Wire | None = None
        self._identity: Identity | None = None

    @property
    def whole(self) -> bool:
        """It keeps what the hub does not hold."""
        return False

    def reach(self, identity: Identity) -> tuple[Place | None, list[tuple[int, int]]]:
        """As it says. Raises Unavailable and Refused."""
        self._identity = identity
        return self._ask("GET", {"epoch": identity.epoch}, b""), []

    def keep(self, frames: Sequence[Frame], acked: int) -> None:
        """Sent there; it answers when its disk has them."""
        last = frames[-1].place
        body = b"".join(frame.raw for frame in frames)
        held = self._ask("POST", {"epoch": last.epoch, "acked": acked}, body)
        if held is None or (held.last, held.hash) != (last.last, last.hash):
            raise Unavailable("mirror_unproven")

    def close(self) -> None:
        """Hang up."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    def _ask(self, method: str, query: dict[str, int], body: bytes) -> Place | None:
        host, port = address_of(self._to)
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        identity = self._identity
        if identity is None:
            raise Unavailable("mirror_unreachable")
        target = f"{PATH}?{urlencode(query)}"
        nonce = secrets.token_hex(16)
        signed = sign_request(
            method,
            url + target,
            {"content-type": "application/octet-stream"},
            body,
            keyid=identity.device,
            sign=self._keys.sign,
            now=datetime.now(UTC),
            nonce=nonce,
        )
        if self._wire is None:
            self._wire = Wire(url, None)
        reply = self._wire.exchange(Request(method, target, signed, body, PATIENCE_S))
        if isinstance(reply, str):
            self.close()
            raise Unavailable("mirror_unreachable")
        if reply.status == HTTPStatus.INSUFFICIENT_STORAGE:
            raise Unavailable("mirror_full")
        if reply.status not in (HTTPStatus.OK, HTTPStatus.CONFLICT):
            raise Unavailable("mirror_refused")
        return self._believed(reply.body, nonce, identity)

    def _believed(self, body: bytes, nonce: str, identity: Identity) -> Place | None:
        """What a till of this store says and signs; nobody else is believed."""
        try:
            said = _held.decode(body)
            sig = b64decode(said.sig, validate=True)
        except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as cause:
            raise Unavailable("mirror_unproven") from cause
        row = tills_of(self._data, self._keys).get(said.device)
        if row is None or said.device == identity.device:
            raise Unavailable("mirror_unproven")
        if not signed_by(row.pubkey, sig, _told(nonce, said.place)):
            raise Unavailable("mirror_unproven")
        return said.place


class Kept:
    """The copies that this till keeps for others."""

    def __init__(self, data: Path, keys: Keys, device: str) -> None:
        self._data = data
        self._keys = keys
        self._device = device
        self._open: dict[tuple[str, int], CopyFile] = {}
        self._lock = threading.Lock()

    def key_of(self, device: str) -> bytes | None:
        """The public key of another till of the store, None for anybody else."""
        row = tills_of(self._data, self._keys).get(device)
        return None if row is None or device == self._device else bytes.fromhex(row.pubkey)

    def held(self, device: str, epoch: int) -> Place | None:
        """How far a till's chain is held."""
        with self._lock:
            return self._copy(device, epoch).last

    def take(self, device: str, epoch: int, frames: list[Frame], acked: int) -> Place | None:
        """Keeps what follows; how far the chain is held then.

        Frames that do not follow change nothing. Raises Unavailable("mirror_full") and OSError.
        """
        with self._lock:
            copy = self._copy(device, epoch)
            at = copy.seq
            if any(one.place.device != device or one.place.epoch != epoch for one in frames):
                return copy.last
            if not frames or frames[0].place.first <= at or not _dense(frames):
                return copy.last
            size = sum(path.stat().st_size for path in copy.folder.iterdir())
            if size > KEPT_MAX_BYTES or shutil.disk_usage(copy.folder).free < FREE_MIN_BYTES:
                copy.forget(acked)
                raise Unavailable("mirror_full")
            try:
                copy.append(frames, anew=frames[0].place.first > at + 1)
                copy.forget(acked)
            except OSError:
                del self._open[device, epoch]  # what is there is read anew
                raise
            return copy.last

    def answer(self, nonce: str, place: Place | None) -> bytes:
        """The signed answer."""
        sig = b64encode(self._keys.sign(_told(nonce, place))).decode()
        return msgspec.json.encode(Held(self._device, place, sig))

    def _copy(self, device: str, epoch: int) -> CopyFile:
        copy = self._open.get((device, epoch))
        if copy is None:
            folder = self._data / ROOM / device
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            copy = self._open[device, epoch] = CopyFile(folder, epoch, file_bytes=FILE_BYTES)
        return copy


def _dense(frames: list[Frame]) -> bool:
    pairs = zip(frames, frames[1:], strict=False)  # noqa: RUF007 - one import less
    return all(
        (one.place.last + 1, one.place.hash) == (other.place.first, other.place.prev)
        for one, other in pairs
    )


class MirrorListener:
    """Answers other tills of the store until it is closed."""

    def __init__(self, address: str, kept: Kept, log: Callable[..., None]) -> None:
        """Raises Refused("mirror_address_bad") and OSError for a port that is taken."""
        host, port = address_of(address)

        class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
            address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
            allow_reuse_address = True
            daemon_threads = True
            block_on_close = False

            def __init__(self, *given: Any) -> None:
                self.slots = threading.BoundedSemaphore(SLOTS)
                super().__init__(*given)

            def process_request(self, request: Any, client_address: Any) -> None:
                if self.slots.acquire(blocking=False):
                    super().process_request(request, client_address)
                else:
                    self.shutdown_request(request)

            def process_request_thread(self, request: Any, client_address: Any) -> None:
                ending = threading.Timer(SERVE_S, _cut, (request,))
                ending.daemon = True
                ending.start()
                try:
                    super().process_request_thread(request, client_address)
                finally:
                    ending.cancel()
                    self.slots.release()

            def handle_error(self, *_whose: Any) -> None:
                log("mirror_request_failed")

        self._server = Server((host, port), _handler(kept, log))
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="mirror", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Answers nobody any more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(2)


def _cut(request: socket.socket) -> None:
    with contextlib.suppress(OSError):
        request.shutdown(socket.SHUT_RDWR)


def _handler(kept: Kept, log: Callable[..., None]) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "holdfast"
        sys_version = ""
        timeout = READ_S

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            """Nothing: what a stranger sends is not written down."""

        def _serve(self) -> None:
            try:
                status, body = _answered(kept, self)
            except PosError as error:
                full = error.code == "mirror_full"
                refused = HTTPStatus.FORBIDDEN
                status, body = (HTTPStatus.INSUFFICIENT_STORAGE if full else refused), b""
                log("mirror_refused", code=error.code)
            except (OSError, ValueError):
                status, body = HTTPStatus.BAD_REQUEST, b""
            if status not in (HTTPStatus.OK, HTTPStatus.CONFLICT):
                self.close_connection = True
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            if self.close_connection:
                self.send_header("connection", "close")
            self.end_headers()
            self.wfile.write(body)

    return Handler


def _answered(kept: Kept, asked: http.server.BaseHTTPRequestHandler) -> tuple[HTTPStatus, bytes]:
    """The answer to a request that another till of the store signed.

    Raises PosError, OSError, and ValueError for what cannot be read.
    """
    parts = urlsplit(asked.path)
    if parts.path != PATH:
        raise ValueError(parts.path)
    query = {name: int(values[0]) for name, values in parse_qs(parts.query).items()}
    size = int(asked.headers.get("content-length", "0"))
    if not 0 <= size <= BODY_MAX_BYTES or asked.headers.get("transfer-encoding"):
        raise ValueError(size)
    body = asked.rfile.read(size)
    headers: dict[str, str] = {}
    for name, value in asked.headers.items():
        low = name.lower()
        headers[low] = f"{headers[low]}, {value}" if low in headers else value
    signer = verify_request(
        asked.command,
        headers.get("host", ""),
        parts.path,
        parts.query,
        headers,
        body,
        public_key_for=kept.key_of,
        now=created_of(headers) or datetime.now(UTC),
    )
    epoch = query.get("epoch", 0)
    if asked.command == "GET":
        return HTTPStatus.OK, kept.answer(signer.nonce, kept.held(signer.keyid, epoch))
    frames = frames_in(body)
    if frames is None:
        raise ValueError("half a frame")
    place = kept.take(signer.keyid, epoch, frames, query.get("acked", 0))
    taken = place is not None and bool(frames) and place.hash == frames[-1].place.hash
    status = HTTPStatus.OK if taken else HTTPStatus.CONFLICT
    return status, kept.answer(signer.nonce, place)
