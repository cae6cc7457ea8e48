"""Search: what is typed, in whatever way, finds what is meant, ranked, and never breaks."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pos_app.store import search, typos
from pos_app.store.catalogue import CURRENT
from pos_app.store.replica import Catalogue, ReplicaWriter, swap
from pos_app.store.schema import connect
from tests.store.replica_feed import KEY, price, product, reply, stock

GOODS = [
    product("C1", "Dark chocolate 70%", "4006381333931"),
    product("C2", "Milk chocolate", "4006381333948"),
    product("C3", "Chocolatine au beurre"),
    product("K1", "Crème brûlée", "96385074"),
    product("K2", "Straße der Süßigkeiten"),
    product("K3", "Jus d'Orange 1.5l"),
    product("K4", "L\u2019Oréal shampooing"),
    product("S1", "Smørrebrød Ærø"),
    product("S2", "Łódź pączki"),
    product("J1", "明治 牛乳"),
    product("A1", "حليب كامل الدسم"),
    product("T1", "Trail shirt", variant="Navy · M", style="trail"),
    product("T2", "Trail shirt", variant="Navy · L", style="trail"),
    product("SKU-77-X", "Unnamed thing"),
    product("O1", "Old chocolate", active=False),
    product("M1", "Milka"),
    product("M2", "Milkshake vanilla"),
    product("M3", "Milk"),
]


@pytest.fixture
def catalogue(tmp_path):
    with ReplicaWriter.open(tmp_path, KEY) as writer:
        writer.apply(reply(0, ("product", GOODS)))
    opened = Catalogue.open(tmp_path, KEY)
    yield opened
    opened.close()


def skus(catalogue, typed, limit=60):
    return [article.product.sku for article in catalogue.search(typed, limit)]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("chocolatine", ["C3"]),
        ("choc", ["C1", "C2", "C3"]),
        ("CHOC dark", ["C1"]),
        ("dark 70", ["C1"]),
        ("creme brulee", ["K1"]),
        ("CRÈME BRÛ", ["K1"]),
        ("cre\u0300me", ["K1"]),
        ("strasse", ["K2"]),
        ("suess", []),
        ("süssig", ["K2"]),
        ("orange", ["K3"]),
        ("d'orange", ["K3"]),
        ("d\u2019orange", ["K3"]),
        ("dorange", ["K3"]),
        ("loreal", ["K4"]),
        ("l'oreal", ["K4"]),
        ("1.5", ["K3"]),
        ("smorrebrod", ["S1"]),
        ("aero", ["S1"]),
        ("lodz", ["S2"]),
        ("牛乳", ["J1"]),
        ("乳", ["J1"]),
        ("حليب", ["A1"]),
        ("trail m", ["T1"]),
        ("navy l", ["T2"]),
        ("hocolatin", ["C3"]),
        ("brule", ["K1"]),
        ("rulée", ["K1"]),
        ("SKU-77-X", ["SKU-77-X"]),
        ("SKU-77", ["SKU-77-X"]),
        ("4006381333931", ["C1"]),
        ("04006381333948", ["C2"]),
        ("400638", ["C1", "C2"]),
        ("9638507", ["K1"]),
        ("old", []),
    ],
)
def test_what_is_typed_finds_what_is_meant(catalogue, typed, found):
    assert skus(catalogue, typed) == found


@pytest.mark.parametrize(
    "typed",
    ["chcolatine", "chocollatine", "chocolatime", "chocolaitne", "ocolatine", "chocalatine"],
)
def test_one_typing_error_is_forgiven(catalogue, typed):
    assert skus(catalogue, typed) == ["C3"]


def test_an_error_is_forgiven_beside_other_words_and_before_the_word_is_whole(tmp_path):
    with ReplicaWriter.create_beside(tmp_path, KEY) as writer:
        many = [product(f"P{n}", f"Chocolatine {n}") for n in range(5)]
        writer.apply(reply(0, ("product", [*many, *GOODS])))
        writer.finish()
    swap(tmp_path, KEY)
    catalogue = Catalogue.open(tmp_path, KEY)
    assert skus(catalogue, "chcolatine beurre") == ["C3"]
    assert "C3" in skus(catalogue, "chcola")
    catalogue.close()


def test_a_whole_word_comes_before_one_only_begun(catalogue):
    assert skus(catalogue, "milk") == ["C2", "M3", "M1", "M2"]


def test_what_sells_best_here_comes_first_once_the_index_is_renewed(tmp_path, catalogue):
    assert skus(catalogue, "choc")[0] == "C1"
    assert [each.product.sku for each in catalogue.favourites(2)] == ["C1", "C2"]
    with ReplicaWriter.open(tmp_path, KEY) as writer:
        writer.renew_search({"C3": 9000, "K1": 12000, "gone": 5, "C1": 0, "O1": 99000})
        assert skus(catalogue, "choc") == ["C3", "C1", "C2"]
        assert [each.product.sku for each in catalogue.favourites(3)] == ["K1", "C3", "C1"]
        writer.apply(reply(1, ("product", [product("C3", "Croissant")])))
        assert skus(catalogue, "choc") == ["C1", "C2"]
        assert skus(catalogue, "croi") == ["C3"]
        writer.renew_search({})
        assert skus(catalogue, "c")[:2] == ["C1", "C2"]


def test_the_index_follows_every_change(tmp_path, catalogue):
    with ReplicaWriter.open(tmp_path, KEY) as writer:
        writer.apply(reply(1, ("product", [product("C1", "Dark cocoa", "4006381333931")])))
        assert skus(catalogue, "dark choc") == []
        assert skus(catalogue, "cocoa") == ["C1"]
        writer.apply(reply(2, ("product", [product("C1", "Dark cocoa", active=False)])))
        assert skus(catalogue, "cocoa") == []
        assert skus(catalogue, "ocoa") == []
        assert catalogue.by_code(("04006381333931",)) is None
        assert not catalogue.by_sku("C1").product.active
        writer.apply(reply(3, ("product", [product("C1", "Dark cocoa again")])))
        assert skus(catalogue, "cocoa") == ["C1"]
        assert skus(catalogue, "cocao") == ["C1"], "a word that is new is forgiven errors too"


HOSTILE = [
    "",
    " ",
    '"',
    "'",
    '" OR 1=1 --',
    "words MATCH 'x'",
    "NEAR(a b)",
    "text:milk",
    "milk*",
    "^milk",
    "{text}: milk",
    "a AND",
    "NOT",
    "-milk",
    "(((((",
    "milk\x00choc",
    "\x00",
    "\ud800",
    "milk\udfff",
    "😀 milk 😀",
    "\u202emilk\u202c",
    "x" * 10_000,
    "a b " * 5_000,
    "%_%",
    "\U0010ffff" * 4,
    "\uff11\uff12\uff13",
    "4" * 200,
    "](01)",
    "'; DROP TABLE product; --",
]


def test_half_a_character_does_not_hide_the_rest(catalogue):
    assert skus(catalogue, "chocolatine\udfff") == ["C3"]


@pytest.mark.parametrize("typed", HOSTILE)
def test_hostile_text_is_answered_and_changes_nothing(catalogue, typed):
    catalogue.search(typed)
    assert catalogue.source == "current", "an error inside would have left the copy"
    assert skus(catalogue, "milka") == ["M1"]


@given(typed=st.text(st.characters(), max_size=120), limit=st.integers(0, 70))
@example(typed="milk 4006381333931", limit=1)
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_is_answered(tmp_path_factory, typed, limit):
    catalogue = _shared(tmp_path_factory)
    assert len(catalogue.search(typed, limit)) <= limit
    assert catalogue.source == "current"


_opened: list[Catalogue] = []


def _shared(tmp_path_factory):
    if not _opened:
        data = tmp_path_factory.mktemp("any")
        with ReplicaWriter.open(data, KEY) as writer:
            writer.apply(reply(0, ("product", GOODS)))
        _opened.append(Catalogue.open(data, KEY))
    return _opened[0]


WORDS = [
    "milk",
    "choc",
    "rye",
    "d'or",
    "crème",
    "bread",
    "oat",
    "bar",
    "500g",
    "ñandú",
    "zebra",
    "quinoa",
]
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
SKUS = st.sampled_from(["a", "b", "c", "d"])
CHANGES = st.one_of(
    st.builds(
        lambda sku, name, codes, active, department: (
            "product",
            product(sku, name, *codes, active=active, department=department),
        ),
        SKUS,
        NAMES,
        st.lists(st.sampled_from(["4006381333931", "96385074", "x-1", "12"]), max_size=2),
        st.booleans(),
        st.sampled_from(["", "food", "drink"]),
    ),
    st.builds(lambda sku, amount: ("price", price(sku, amount)), SKUS, st.integers(0, 10**6)),
    st.builds(
        lambda sku, amount: ("stock", stock(sku, amount)), SKUS, st.integers(-(10**6), 10**6)
    ),
)


def _picture(catalogue):
    """All that a window can see, by SKU: row order differs between the two ways."""
    articles = {sku: catalogue.by_sku(sku) for sku in "abcd"}
    seen = [*WORDS, "orange", "illk", "choco", "creme", "hoc", "bred", "12"]
    found = {word: sorted(skus(catalogue, word)) for word in seen}
    codes = {code: catalogue.by_code((code,)) for code in ("04006381333931", "96385074", "x-1")}
    owners = {code: article and article.product.active for code, article in codes.items()}
    return articles, found, owners, catalogue.departments(), catalogue.counts()


@given(st.lists(st.lists(CHANGES, min_size=1, max_size=6), max_size=6))
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_change_by_change_and_built_beside_are_the_same(tmp_path_factory, batches):
    data = tmp_path_factory.mktemp("both")
    pictures = []
    for beside in (False, True):
        make = ReplicaWriter.create_beside if beside else ReplicaWriter.open
        with make(data, KEY) as writer:
            pos = 0
            for batch in batches:
                rows = [(kind, [row]) for kind, row in batch]
                writer.apply(reply(pos, *rows))
                pos += len(rows)
            writer.apply(reply(0, stream="store:1"))
            if beside:
                writer.finish()
        if beside:
            swap(data, KEY)
        catalogue = Catalogue.open(data, KEY)
        pictures.append(_picture(catalogue))
        catalogue.close()
    assert pictures[0] == pictures[1]
    connection = connect(data / CURRENT, KEY, write=False)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


@pytest.mark.parametrize(
    ("left", "right", "near"),
    [
        ("milk", "milk", True),
        ("milk", "milks", True),
        ("milk", "mlk", True),
        ("milk", "malk", True),
        ("milk", "imlk", True),
        ("milk", "mikl", True),
        ("milk", "mkli", False),
        ("milk", "mi", False),
        ("abcd", "badc", False),
        ("abcde", "acbed", False),
    ],
)
def test_one_apart(left, right, near):
    assert typos.one_apart(left, right) is near
    assert typos.one_apart(right, left) is near


def test_every_single_error_has_a_form_in_common():
    rnd = random.Random(4)
    letters = "abcdefgh"
    for _ in range(500):
        word = "".join(rnd.choices(letters, k=rnd.randrange(4, 12)))
        place = rnd.randrange(len(word) - 1)
        swapped = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        for wrong in (
            word[:place] + word[place + 1 :],
            word[:place] + rnd.choice(letters) + word[place + 1 :],
            word[:place] + rnd.choice(letters) + word[place:],
            swapped,
        ):
            assert typos.one_apart(word, wrong)
            assert set(typos.forms(word)) & set(typos.forms(wrong))


@given(st.text(st.characters(), max_size=60))
@settings(deadline=None, max_examples=300)
def test_folded_text_is_plain_and_stays_so(text):
    folded = search.fold(text)
    assert all(mark.isalnum() or mark == " " for mark in folded)
    once = search.words_of(folded)
    assert search.words_of(" ".join(once)) == once
