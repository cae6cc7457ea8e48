"""The API document (OpenAPI 3.1), made from the endpoint table and the messages themselves."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from sync.hub.answers import problem_codes
from sync.hub.desk import ENDPOINTS, Endpoint
from sync.hub.storefront.desk import KEY_OF, PUBLIC, SECRET, TOKEN
from sync.protocol import Problem

_REF: Final = "#/components/schemas/{name}"

_BYTES: Final = {
    status: {"description": told, "content": {"application/zstd": {}}}
    for status, told in (("200", "All of it."), ("206", "The part that was asked for."))
} | {"304": {"description": "The asker has it."}}


_KEYS: Final[dict[str, Any]] = {
    f"storefront_{PUBLIC}": {
        "type": "apiKey",
        "in": "query",
        "name": "key",
        "description": "The storefront's public key; may stand in a page.",
    },
    f"storefront_{SECRET}": {
        "type": "http",
        "scheme": "bearer",
        "description": "The storefront's secret key; for its own server only.",
    },
    f"storefront_{TOKEN}": {
        "type": "http",
        "scheme": "bearer",
        "description": "The order's own token, as it was answered to whoever ordered.",
    },
}


def document() -> bytes:
    """The whole document as JSON bytes, the same for every start."""
    kinds: list[type[msgspec.Struct]] = [Problem]
    for endpoint in ENDPOINTS:
        kinds += [kind for kind in (endpoint.body, endpoint.reply) if kind is not None]
    kinds = list(dict.fromkeys(kinds))
    refs, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    schemas = dict(zip(kinds, refs, strict=True))
    paths: dict[str, Any] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    whole = {
        "openapi": "3.1.0",
        "info": {"title": "Holdfast hub", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "deviceSignature": {
                    "type": "http",
                    "scheme": "signature",
                    "description": "RFC 9421 HTTP message signature by the till's Ed25519 key.",
                },
                **_KEYS,
            },
        },
    }
    return msgspec.json.format(msgspec.json.encode(whole, order="deterministic"), indent=1)


def _operation(endpoint: Endpoint, schemas: dict[type[Any], dict[str, Any]]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": _named(endpoint),
        "summary": endpoint.told,
        "security": _security(endpoint),
        "responses": _responses(endpoint, schemas),
    }
    if endpoint.body is not None:
        told["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schemas[endpoint.body]}},
        }
    parameters = [
        {"name": piece[1:-1], "in": "path", "required": True, "schema": {"type": "string"}}
        for piece in endpoint.path.split("/")
        if piece[:1] == "{"
    ]
    parameters += [
        {"name": name, "in": "query", "required": required, "schema": {"type": kind}}
        for name, kind, required in endpoint.query
    ]
    if parameters:
        told["parameters"] = parameters
    return told


def _named(endpoint: Endpoint) -> str:
    if (endpoint.method, endpoint.path) not in KEY_OF:
        *_, room, last = endpoint.path.split("/")
        return f"{last}_{room}" if last == "find" else last.strip("{}")
    pieces = [piece for piece in endpoint.path.split("/")[2:] if piece[:1] != "{"]
    return "_".join([endpoint.method.lower(), *pieces])


def _security(endpoint: Endpoint) -> list[dict[str, list[str]]]:
    if endpoint.signed:
        return [{"deviceSignature": []}]
    key = KEY_OF.get((endpoint.method, endpoint.path))
    return [{f"storefront_{key}": []}] if key else []


def _responses(endpoint: Endpoint, schemas: dict[type[Any], dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if endpoint.reply is not None:
        found["200"] = {
            "description": "Done, and durable.",
            "content": {"application/json": {"schema": schemas[endpoint.reply]}},
        }
    else:
        found |= _BYTES
    by_status: dict[int, list[str]] = {}
    codes = problem_codes()
    for code in endpoint.problems:
        by_status.setdefault(codes[code][0], []).append(code)
    for status, told in sorted(by_status.items()):
        found[str(status)] = {
            "description": "Problem: " + ", ".join(f"/problems/{code}" for code in told),
            "content": {"application/problem+json": {"schema": schemas[Problem]}},
        }
    return found
