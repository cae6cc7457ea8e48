"""The demo shop: a small web shop in front of a demo's hub, in demo mode only.

Its page asks the public storefront API like any other website's. What a website's own server does
(hold the secret key, take the order, draw the code) is done here, through the same API. Payments are
pretended: no number is asked for and none is taken.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from pos_app.domain.pickup import PASS_MAX, PASS_TAG
from sync.hub.answers import HubProblem, Request
from sync.hub.app import Hub
from sync.hub.database import Database
from sync.hub.desk import find
from sync.hub.identity import load_keys
from sync.hub.incoming import body_of
from sync.hub.storefront import keys
from sync.hub.storefront.door import PREFIX
from sync.hub.storefront.messages import Id, LineAsked, StoreId

PATH: Final = "/demo-shop"
NAME: Final = "demo-shop"
SLOW_S: Final = 10
_KINDS: Final = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
_ICON: Final = re.compile(r"[a-z0-9-]{1,40}").fullmatch
_SAFE: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:;"
        " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-cache",
}
_Handler = Callable[[HttpRequest], Awaitable[Response]]


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the page sends to order."""

    id: Id
    store: StoreId
    lines: Annotated[tuple[LineAsked, ...], Meta(min_length=1, max_length=50)]
    name: Annotated[str, Meta(min_length=1, max_length=60)]
    pay: Annotated[str, Meta(pattern="^(card|store)$")]
    client: Annotated[str, Meta(max_length=64)] = ""


class Unwanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the page sends to call an order off."""

    order: Id
    token: Annotated[str, Meta(max_length=100)]


class DemoShop:
    """The shop's own server."""

    def __init__(self, database: Database, hub: Hub) -> None:
        """Makes its storefront where there is none yet; its secret follows from the hub's own key."""
        self._hub = hub
        connection = database.connect(write=True)
        try:
            self._keys = load_keys(connection)
            own = hashlib.sha256(b"HF-DEMO-SHOP\x00" + self._keys.signing.private_bytes_raw())
            self._secret = keys.SECRET + own.hexdigest()
            with connection.transaction():
                self._public = keys.given(connection, NAME, "Demo shop", self._secret).public_key
        finally:
            connection.close()

    def routes(self) -> list[Route]:
        """Its addresses, all below `/demo-shop`."""
        page = self._file("index.html")
        return [
            Route(PATH, self._to_page, methods=["GET"]),
            Route(PATH + "/", page, methods=["GET"]),
            *(Route(f"{PATH}/{name}", self._file(name)) for name in ("shop.js", "shop.css")),
            Route(PATH + "/icons/{name}.svg", self._icon, methods=["GET"]),
            Route(PATH + "/config", self._config, methods=["GET"]),
            *(
                Route(f"{PATH}/{name}", self._guarded(handler), methods=["POST"])
                for name, handler in (
                    ("orders", self._order),
                    ("cancel", self._cancel),
                    ("qr", self._qr),
                )
            ),
        ]

    async def _to_page(self, request: HttpRequest) -> Response:
        del request
        return RedirectResponse(PATH + "/", headers=_SAFE)

    def _file(self, name: str) -> _Handler:
        content = files("resources").joinpath("demo", "shop", name).read_bytes()
        kind = _KINDS[name.rpartition(".")[2]]

        async def handler(request: HttpRequest) -> Response:
            del request
            return Response(content, headers=_SAFE, media_type=kind)

        return handler

    async def _icon(self, request: HttpRequest) -> Response:
        name = str(request.path_params["name"])
        found = files("resources").joinpath("icons", f"{name}.svg") if _ICON(name) else None
        if found is None or not found.is_file():
            return _problem(HubProblem("not_found"))
        kept = {**_SAFE, "cache-control": "public, max-age=86400"}
        return Response(found.read_bytes(), headers=kept, media_type="image/svg+xml")

    async def _config(self, request: HttpRequest) -> Response:
        del request
        return _json({"key": self._public})

    def _guarded(self, handler: Callable[[bytes], Awaitable[Response]]) -> _Handler:
        """A POST of the page itself, bounded like any visitor's."""

        async def guarded(http: HttpRequest) -> Response:
            try:
                _check_page(http)
                address = http.client.host if http.client else ""
                now = asyncio.get_running_loop().time()
                self._hub.door.enter(address, now, server=False)
                body = await body_of(http, find("POST", PREFIX + "orders"), SLOW_S)
                return await handler(body)
            except HubProblem as problem:
                return _problem(problem)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                return _problem(HubProblem("malformed"))

        return guarded

    async def _order(self, body: bytes) -> Response:
        asked = msgspec.json.decode(body, type=Wanted)
        card = asked.pay == "card"
        paid = {"state": "paid", "method": "Demo payment", "transaction": asked.id}
        told = {
            "id": asked.id,
            "store": asked.store,
            "lines": [{"sku": line.sku, "qty": line.qty} for line in asked.lines],
            "payment": paid if card else {"state": "pending", "method": "In the store"},
            "customer": {"name": asked.name},
            "attribution": {"source": "demo-shop", "client": ""},
            "language": "en",
        }
        return await self._ask("orders", told)

    async def _cancel(self, body: bytes) -> Response:
        asked = msgspec.json.decode(body, type=Unwanted)
        if not keys.is_token(self._keys, asked.order, asked.token):
            raise HubProblem("order_unknown")
        return await self._ask(f"orders/{asked.order}/cancel", {"reason": "The customer"})

    async def _qr(self, body: bytes) -> Response:
        import segno

        text = body.decode("ascii")
        if len(text) > PASS_MAX or not text.startswith(PASS_TAG + "."):
            raise HubProblem("malformed")
        drawn = io.BytesIO()
        segno.make_qr(text, error="l").save(drawn, kind="svg", border=2, scale=4)
        return Response(drawn.getvalue(), headers=_SAFE, media_type="image/svg+xml")

    async def _ask(self, path: str, told: dict[str, Any]) -> Response:
        """What any website's server asks, with the secret key."""
        headers = {"authorization": f"Bearer {self._secret}"}
        request = Request("POST", PREFIX + path, headers=headers, body=msgspec.json.encode(told))
        reply, _ = await self._hub.answer(request, _stays)
        return Response(reply.body, reply.status, _SAFE, reply.content_type)


def _check_page(http: HttpRequest) -> None:
    """Raises HubProblem("origin_refused") for somebody else's page in the same browser."""
    if http.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise HubProblem("origin_refused")


async def _stays() -> bool:
    return False


def _json(told: object) -> Response:
    return Response(msgspec.json.encode(told), headers=_SAFE, media_type="application/json")


def _problem(problem: HubProblem) -> Response:
    reply = problem.reply()
    return Response(reply.body, reply.status, {**_SAFE, **reply.headers}, reply.content_type)


def serve_beside(app: Starlette, database: Database) -> None:
    """Puts the demo shop's addresses before the hub's own."""
    app.router.routes[:0] = DemoShop(database, app.state.hub).routes()
