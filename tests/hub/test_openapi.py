"""The API document: whole, closed, and true of what the hub answers."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx

from sync.hub.answers import problem_codes
from sync.hub.database import Database
from sync.hub.desk import ENDPOINTS
from sync.hub.openapi import document
from sync.hub.storefront.desk import KEY_OF
from sync.protocol import encode
from tests.hub.tills import HandClock, Till, play


def test_every_endpoint_is_told_and_every_reference_leads_somewhere() -> None:
    told = json.loads(document())
    assert told["openapi"] == "3.1.0"
    for endpoint in ENDPOINTS:
        operation = told["paths"][endpoint.path][endpoint.method.lower()]
        assert ({"deviceSignature": []} in operation["security"]) == endpoint.signed
        wants = KEY_OF.get((endpoint.method, endpoint.path))
        assert ({f"storefront_{wants}": []} in operation["security"]) == (wants is not None)
        assert ("requestBody" in operation) == (endpoint.body is not None)
        assert "200" in operation["responses"]
    ids = [one["operationId"] for path in told["paths"].values() for one in path.values()]
    assert len(ids) == len(set(ids))
    for name in re.findall(r'"#/components/schemas/(\w+)"', document().decode()):
        assert name in told["components"]["schemas"]


def test_every_problem_of_the_document_can_be_told_and_the_other_way_round() -> None:
    codes = problem_codes()
    listed = {code for endpoint in ENDPOINTS for code in endpoint.problems}
    assert listed <= set(codes)
    assert set(codes) - listed == {"not_found", "method_not_allowed", "internal"}
    assert all(status >= 400 and title.endswith(".") for status, title in codes.values())


def test_it_is_served_and_the_answers_fit_it(database: Database, clock: HandClock) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        answer = await client.get("/openapi.json")
        assert answer.content == document()
        schemas = answer.json()["components"]["schemas"]
        till = Till(client, clock)
        journal = await till.join(database)
        journal.sale()
        health = await client.get("/v1/health")
        _fits(health.json(), "Health", schemas)
        _fits(await till.hello(journal.head), "HelloReply", schemas)
        pushed = await till.send("POST", "/v1/sync/push", encode(journal.push()))
        _fits(pushed.json(), "PushReply", schemas)
        wrong = await client.get("/nowhere")
        _fits(wrong.json(), "Problem", schemas)

    play(database, clock, story)


def _fits(told: dict[str, Any], name: str, schemas: dict[str, Any]) -> None:
    schema = schemas[name]
    assert set(schema["required"]) <= set(told) <= set(schema["properties"])
