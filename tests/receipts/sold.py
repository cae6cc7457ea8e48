"""Sales to print, complete to the last field."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from pos_app.domain.store import Store
from sync.protocol import (
    ClockReading,
    FactDiscount,
    FactLine,
    FactPayment,
    FactTax,
    Sale,
    ShiftClosed,
    TenderTotal,
    Voided,
)

VIENNA = Store(
    "1",
    "Kaufhaus Nord & Söhne",
    "EUR",
    "Europe/Vienna",
    "de_AT",
    ("Hauptstraße 1", "1010 Wien"),
    "ATU12345678",
    footer="Danke!\nUmtausch binnen 14 Tagen",
)
ZURICH = replace(VIENNA, name="Seefeld", currency="CHF", zone="Europe/Zurich", locale="de_CH")
CAIRO = replace(
    VIENNA,
    name="متجر القاهرة",
    currency="EGP",
    zone="Africa/Cairo",
    locale="ar_EG",
    address=("شارع التحرير ١٢", "القاهرة"),
    vat_id="123-456-789",
    footer="شكرا لكم",
)
HEAD = {
    "dev": "0197a1c2-0000-7000-8000-000000000001",
    "epoch": 1,
    "seq": 7,
    "store": "1",
    "till": "2",
    "shift": "s1",
    "biz_date": "2026-11-25",
    "t": ClockReading("2026-11-25T23:30:00.000Z"),
    "actor": "anna",
    "doc_no": "1-2-1.7",
}


LINES = [
    FactLine(
        line=1,
        sku="JK-NAVY-M",
        label="Regenjacke Fjell",
        variant="Navy · M",
        qty=1_000,
        unit_price=12_900,
        gross=12_900,
        total=11_029,
        tax_code="standard",
        rate_ppm=200_000,
        net=9_191,
        tax=1_838,
        disc=[FactDiscount("percent", 1_000, 1_290, "Fleck am Ärmel", "anna")],
        basket_disc=581,
    ),
    FactLine(
        line=2,
        sku="APFEL",
        label="Äpfel Gala",
        qty=1_254,
        unit="kg",
        unit_price=299,
        gross=375,
        total=356,
        tax_code="reduced",
        rate_ppm=100_000,
        net=324,
        tax=32,
        basket_disc=19,
    ),
    FactLine(
        line=3,
        sku="BROT",
        label="Bauernbrot mit ganzen Walnüssen und Sauerteig aus dem Holzofen",
        qty=2_000,
        unit_price=480,
        gross=960,
        total=960,
        tax_code="reduced",
        rate_ppm=100_000,
        net=873,
        tax=87,
    ),
]


def sale(**changes: object) -> Sale:
    """Three lines at two rates, discounts on a line and on the basket, cash and card."""
    fact = Sale(
        **HEAD,
        id="01890000-0000-7000-8000-000000000001",
        currency="EUR",
        opened="2026-11-25T23:20:00.000Z",
        lines=LINES,
        taxes=[
            FactTax("standard", 200_000, 9_191, 1_838, 11_029, "Normalsatz"),
            FactTax("reduced", 100_000, 1_197, 119, 1_316, "Ermäßigt"),
        ],
        payments=[
            FactPayment("card", 10_000, ref="004711"),
            FactPayment("cash", 2_345, given=5_000, change=2_655),
        ],
        gross=14_235,
        discount=1_890,
        net=10_388,
        tax=1_957,
        total=12_345,
        payable=12_345,
        change=2_655,
        disc=[FactDiscount("amount", 600, 600, "Stammkunde", "anna")],
        note="Geschenkverpackung",
    )
    return msgspec.structs.replace(fact, **changes)


def void() -> Voided:
    """The jacket's sale taken back."""
    return Voided(
        **{**HEAD, "doc_no": "1-2-1.8", "seq": 8},
        id="01890000-0000-7000-8000-000000000002",
        sale="01890000-0000-7000-8000-000000000001",
        sale_doc="1-2-1.7",
        currency="EUR",
        lines=[
            FactLine(
                line=1,
                sku="JK",
                label="Regenjacke Fjell",
                qty=-1_000,
                unit_price=12_900,
                gross=-12_900,
                total=-12_900,
                tax_code="standard",
                rate_ppm=200_000,
                net=-10_750,
                tax=-2_150,
            )
        ],
        taxes=[FactTax("standard", 200_000, -10_750, -2_150, -12_900)],
        payments=[FactPayment("cash", -12_900)],
        net=-10_750,
        tax=-2_150,
        total=-12_900,
        payable=-12_900,
        reason="Fehlbuchung",
    )


def z() -> ShiftClosed:
    """A shift with a difference and something unsent."""
    return ShiftClosed(
        **{**HEAD, "doc_no": ""},
        id="01890000-0000-7000-8000-000000000003",
        number=12,
        z_no=412,
        currency="EUR",
        opened="2026-11-25T07:00:00.000Z",
        sales=87,
        voids=1,
        gross=412_345,
        discount=12_345,
        net=333_333,
        tax=66_667,
        total=400_000,
        rounding=-3,
        taxes=[FactTax("standard", 200_000, 333_333, 66_667, 400_000)],
        tenders=[
            TenderTotal("cash", 120_000, 119_800, -200),
            TenderTotal("card", 300_000, 300_000, 0),
        ],
        reason="Verzählt",
        first_seq=100,
        last_seq=230,
        unsent=5,
        unsent_total=12_345,
        drawer_opens=2,
        cancelled=3,
        copies=1,
    )
