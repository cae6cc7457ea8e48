"""What a website may know: never a number, always how old it is; and who may ask how much."""

from __future__ import annotations

import pytest

from sync.hub import accounts, atp
from sync.hub.answers import HubProblem, RandomIds
from sync.hub.database import Connection, Database
from sync.hub.storefront import keys, shelf
from sync.hub.storefront.door import ADDRESSES_MAX, BURST, MISS_BURST, Door
from sync.hub.storefront.front import Front
from sync.hub.storefront.levels import Level, levels
from sync.hub.storefront.looked import Keeper
from tests.hub.righting import second_store
from tests.hub.storefront.visiting import PAGE, goods, offering, signals_of, visiting
from tests.hub.tills import HandClock, problem

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("left", "band"),
    [
        (-5, "none"),
        (0, "none"),
        (1, "few"),
        (3_000, "few"),
        (3_001, "some"),
        (10_000, "some"),
        (10_001, "many"),
    ],
)
def test_words_for_how_much_there_is(left: int, band: str) -> None:
    assert shelf.band_of(left) == band


def test_confidence_falls_with_silence_and_faster_where_little_was_left() -> None:
    def sure(silent_h: int, on_hand: int, expected: int) -> int:
        return shelf.confidence_of(Level("1", "A1", on_hand, 0, 0, expected, silent_h * 3_600))

    assert sure(0, 1_000, 0) == 97
    hours = [sure(h, 5_000, 500 * h) for h in (0, 1, 4, 12, 24, 48)]
    assert hours == sorted(hours, reverse=True)
    assert len(set(hours)) == len(hours)
    assert sure(4, 1_000, 2_000) < sure(4, 50_000, 2_000)
    assert 0 < sure(1_000, 50_000, 0) <= 5
    assert shelf.confidence_of(Level("1", "A1", 9_000, 0, 0, 0, 1 << 31)) == 0


@pytest.mark.both_engines
async def test_stock_is_told_in_words_with_age_and_by_the_hubs_own_promise(
    database: Database, books: Connection, clock: HandClock
) -> None:
    goods(books, clock, A1=2, A2=40)
    async with visiting(database, books, clock) as (web, _till):
        answer = await web.get("availability", sku="A1,A2,A3,nothing")
        assert answer.headers["cache-control"] == "public, max-age=5"
        told = answer.json()
        bands = {item["sku"]: [one["band"] for one in item["stores"]] for item in told["items"]}
        assert bands == {"A1": ["few"], "A2": ["many"], "A3": ["none"], "nothing": []}
        assert [item["known"] for item in told["items"]] == [True, True, True, False]
        assert b"2000" not in answer.content
        assert b"40000" not in answer.content
        first = told["items"][0]["stores"][0]
        assert (first["confidence"], first["age_s"], first["as_of"]) == (97, 0, told["at"])
        clock.forward(hours=10)
        later = (await web.look("A2"))["A2"][0]
        assert (later["age_s"], later["as_of"]) == (36_000, told["at"])
        assert later["confidence"] < 97
        for sku in ("A1", "A2", "A3"):
            own = accounts.available(books, "stock", atp.account("1", sku), clock.now())
            assert levels(books, "1", [sku], clock.now())[0].left == own


async def test_a_store_that_fell_silent_stops_offering_its_last_ones(
    database: Database, books: Connection, clock: HandClock
) -> None:
    goods(books, clock, A1=2, A2=500)
    with books.transaction():
        books.text("INSERT INTO sku_day VALUES ('1', 'A1', '2026-11-24', 280000)")
    async with visiting(database, books, clock) as (web, _till):
        assert (await web.look("A1"))["A1"][0]["band"] == "few"
        clock.forward(hours=2)
        assert (await web.look("A1"))["A1"][0]["band"] == "none"
        assert (await web.look("A2"))["A2"][0]["band"] == "many"


async def test_the_nearest_store_comes_first(
    database: Database, books: Connection, clock: HandClock
) -> None:
    second_store(books)
    goods(books, clock, A1=5)
    offering(books, "1", latitude=48_208_200, longitude=16_373_800)
    offering(books, "2", latitude=47_070_700, longitude=15_439_500, pickup=False)
    async with visiting(database, books, clock) as (web, _till):
        graz = (await web.get("stores", lat="47.07", lon="15.44")).json()["stores"]
        assert [one["store"] for one in graz] == ["2", "1"]
        assert graz[0]["distance_m"] < 200
        assert 140_000 < graz[1]["distance_m"] < 150_000
        assert (graz[0]["pickup"], "ready_by" in graz[0]) == (False, False)
        assert graz[1]["ready_by"] == "2026-11-25T10:00:00.000Z"
        assert [one["store"] for one in (await web.look("A1", lat="48", lon="16"))["A1"]] == [
            "1",
            "2",
        ]
        named = (await web.get("stores", near="street nowhere")).json()["stores"]
        assert named == []
        assert len((await web.get("stores", near="STREET")).json()["stores"]) == 2
        assert problem(await web.get("stores", store="77")) == "store_unknown"
        for wrong in ({"lat": "x", "lon": "1"}, {"lat": "91", "lon": "1"}, {"lat": "1"}):
            assert problem(await web.get("stores", **wrong)) == "malformed"


async def test_products_are_found_by_words_and_signs_mean_themselves(
    database: Database, books: Connection, clock: HandClock
) -> None:
    goods(books, clock)
    async with visiting(database, books, clock) as (web, _till):

        async def found(text: str) -> list[str]:
            answer = await web.get("products", q=text)
            return [one["sku"] for one in answer.json()["products"]]

        assert await found("SHIRT") == ["A1", "A2"]
        assert await found("A3") == ["A3"]
        assert await found("100%") == ["A3"]
        assert await found("a_c") == ["A4"]
        assert await found("%") == ["A3"]
        assert await found("\\") == []
        assert (await web.get("products", q="lamp")).json()["products"][0]["price"] == 1_999


async def test_what_people_looked_for_is_kept_and_who_they_are_only_with_their_consent(
    database: Database, books: Connection, clock: HandClock
) -> None:
    goods(books, clock, A1=5)
    async with visiting(database, books, clock) as (web, _till):
        await web.look("A1", client="browser-1", consent="yes")
        await web.look("A2", client="browser-2", consent="no")
        await web.look("A1", client="browser-3")
        await web.get("products", q="unicorn", client="browser-1", consent="yes")
        await web.get("products", q="lamp")
        assert problem(await web.get("products", q="x", consent="maybe")) == "malformed"
    # The hub ended: what waited was written first.
    assert signals_of(books) == [
        ("lookup", "A1", "browser-1", "yes"),
        ("lookup_no_stock", "A2", "", "no"),
        ("lookup", "A1", "", "unknown"),
        ("search_no_hit", "", "browser-1", "yes"),
    ]
    assert books.text("SELECT detail FROM signal WHERE kind = 'search_no_hit'") == [("unicorn",)]


async def test_without_a_key_or_with_anothers_nothing_is_told(
    database: Database, books: Connection, clock: HandClock
) -> None:
    goods(books, clock, A1=5)
    async with visiting(database, books, clock) as (web, _till):
        with books.transaction():
            other, _ = keys.add(books, "other", "", [], RandomIds(), clock.now())
        assert problem(await web.get("stores", key="")) == "key_unknown"
        assert problem(await web.get("stores", key="pk_" + "0" * 32)) == "key_unknown"
        assert problem(await web.get("stores", key=web.secret)) == "key_unknown"
        assert problem(await web.get("stores", key=other.public_key)) == "origin_refused"
        assert (await web.get("stores", key=other.public_key, origin="")).status_code == 200
        twice = f"/v1/storefront/stores?key={web.public}&key={web.public}"
        assert problem(await web.client.get(twice)) == "malformed"
        with books.transaction():
            keys.change(books, "web", state=keys.STOPPED)
        assert problem(await web.get("stores")) == "key_unknown"


async def test_pages_are_told_what_browsers_ask_and_strangers_pages_nothing(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with visiting(database, books, clock) as (web, _till):
        answer = await web.get("stores")
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert answer.headers["vary"] == "origin"
        strange = await web.get("stores", origin="https://evil.example")
        assert strange.status_code == 403
        assert "access-control-allow-origin" not in strange.headers
        asked = {"origin": PAGE, "access-control-request-method": "GET"}
        before = await web.client.options("/v1/storefront/orders/x", headers=asked)
        assert (before.status_code, before.content) == (204, b"")
        assert before.headers["access-control-allow-methods"] == "GET"
        assert before.headers["access-control-allow-headers"] == "authorization"
        wrong = await web.get("stores", lat="x")
        assert wrong.headers["access-control-allow-origin"] == PAGE, "a page may read why"
        assert "access-control-allow-credentials" not in answer.headers


async def test_somebody_who_guesses_keys_may_soon_ask_no_more(
    database: Database, books: Connection, clock: HandClock
) -> None:
    async with visiting(database, books, clock) as (web, _till):
        said = [problem(await web.post("orders", "sk_" + f"{n:064}")) for n in range(30)]
        assert said[0] == "key_unknown"
        assert said[-1] == "slow_down"
        assert said.index("slow_down") == MISS_BURST
        answer = await web.get("stores")
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) >= 1


def test_an_address_has_its_pace_and_of_the_new_kind_all_of_its_network() -> None:
    door = Door()
    for n in range(int(BURST)):
        door.enter(f"2001:db8::{n:x}", 0.0, server=False)
    with pytest.raises(HubProblem, match="slow_down"):
        door.enter("2001:db8::ffff", 0.0, server=False)
    door.enter("2001:db8:0:1::1", 0.0, server=False)
    door.enter("192.0.2.1", 0.0, server=False)
    door.enter("2001:db8::ffff", 0.1, server=False)
    for n in range(ADDRESSES_MAX + 100):
        door.enter(f"visitor {n}", 0.0, server=False)
    assert len(door._visitors) == ADDRESSES_MAX


def test_all_visitors_of_a_storefront_together_have_a_pace(clock: HandClock) -> None:
    front = Front()
    for _ in range(10):
        front.reads("web", 60, clock.now())
    with pytest.raises(HubProblem, match="slow_down"):
        front.reads("web", 60, clock.now())
    front.reads("other", 60, clock.now())
    clock.forward(seconds=1)
    front.reads("web", 60, clock.now())


def test_origins_are_what_browsers_say() -> None:
    assert keys.checked("https://Shop.example/") == "https://shop.example"
    assert keys.checked("http://127.0.0.1:8080") == "http://127.0.0.1:8080"
    for wrong in ("shop.example", "https://a/b", "ftp://a", "https://u@a", "https://a:x", ""):
        with pytest.raises(Exception, match="origin_bad"):
            keys.checked(wrong)


def test_no_secret_key_is_kept(database: Database, books: Connection, clock: HandClock) -> None:
    with books.transaction():
        found, secret = keys.add(books, "web", "", [], RandomIds(), clock.now())
        new = keys.rotate(books, "web", RandomIds(), clock.now())
    for one in (secret, new):
        assert keys.by_secret(books, one, clock.now()) is not None
        assert one not in repr(keys.every(books))
    books.text("PRAGMA wal_checkpoint(TRUNCATE)")
    held = database.path.read_bytes()
    assert secret.encode() not in held
    assert new.encode() not in held
    assert found.public_key.encode() in held
    clock.forward(days=1)
    assert keys.by_secret(books, secret, clock.now()) is None
    assert keys.by_secret(books, new, clock.now()) is not None


def test_look_ups_are_bounded(database: Database, books: Connection, clock: HandClock) -> None:
    keeper = Keeper(database, clock, Front())
    keeper.once()
    assert signals_of(books) == []
