"""Which column of a product file is what: by its header in several languages, or as told.

The headers are those of spreadsheets made by people and of the exports of common shop systems.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from pos_app.domain.errors import Refused

ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "sku": (
        *("sku", "variant sku", "item no", "item number", "item code", "article number"),
        *(
            "article no",
            "product code",
            "product id",
            "internal reference",
            "reference",
            "stock no",
        ),
        *("artikelnummer", "artikelnr", "artikel nr", "art nr", "artnr", "bestellnummer"),
        *("référence", "réf", "code article", "codice", "codice articolo", "referencia"),
        *("código", "artikelcode", "indeks", "symbol", "kod produktu", "tuotenumero", "cikkszám"),
        *("رمز المنتج", "code"),
    ),
    "name": (
        *("name", "product name", "item name", "title", "product", "item", "article"),
        *("artikelbezeichnung", "bezeichnung", "artikelname", "produktname", "artikel", "produkt"),
        *("désignation", "nom", "nom du produit", "libellé", "produit", "denominazione"),
        *("nome", "prodotto", "nombre", "producto", "naam", "omschrijving", "productnaam"),
        *("nazwa", "nazwa produktu", "benämning", "produktnamn", "namn", "navn", "nimi", "název"),
        *("megnevezés", "اسم المنتج", "الاسم", "description", "descrizione", "descripción"),
    ),
    "variant": (
        *("variant", "variation", "variation name", "option", "options", "variante", "wariant"),
        *("option1 value", "ausführung", "déclinaison"),
    ),
    "colour": ("colour", "color", "farbe", "couleur", "colore", "kleur", "kolor", "färg"),
    "size": ("size", "grösse", "größe", "groesse", "taille", "taglia", "talla", "maat", "rozmiar"),
    "style": (
        *("style", "style no", "model", "handle", "parent", "parent sku", "modell", "modèle"),
        *("modello", "modelo", "grupa"),
    ),
    "department": (
        *("department", "category", "categories", "product category", "group", "product group"),
        *("warengruppe", "abteilung", "kategorie", "sortiment", "rayon", "catégorie", "famille"),
        *("reparto", "categoria", "categoría", "sección", "afdeling", "categorie", "kategoria"),
        *("kategori", "avdelning", "osasto", "type"),
    ),
    "unit": (
        *("unit", "unit of measure", "uom", "einheit", "mengeneinheit", "unité", "unità"),
        *("unidad", "eenheid", "jednostka", "enhet", "yksikkö"),
    ),
    "tax_code": (
        *("tax code", "tax", "tax class", "vat", "vat rate", "tax rate", "steuer", "mwst"),
        *("ust", "mwst satz", "steuersatz", "steuerklasse", "tva", "taux tva", "iva", "btw"),
        *("moms", "alv"),
    ),
    "age_limit": (
        *("age limit", "age", "minimum age", "altersgrenze", "mindestalter", "jugendschutz"),
        *("âge minimum", "leeftijd", "wiek", "edad mínima", "età minima"),
    ),
    "icon": ("icon", "symbolbild"),
    "barcode": (
        *("barcode", "barcodes", "ean", "ean13", "ean code", "gtin", "upc", "variant barcode"),
        *("gtin upc ean or isbn", "isbn", "strichcode", "code barres", "code à barres", "gencod"),
        *("codice a barre", "código de barras", "streepjescode", "kod kreskowy", "streckkod"),
        *("viivakoodi", "vonalkód", "الباركود"),
    ),
    "price": (
        *("price", "retail price", "sales price", "selling price", "unit price", "variant price"),
        *("regular price", "gross price", "preis", "verkaufspreis", "vk", "vk preis", "vk brutto"),
        *("bruttopreis", "prix", "prix de vente", "prix ttc", "prezzo", "prezzo di vendita"),
        *("precio", "precio de venta", "prijs", "verkoopprijs", "cena", "cena brutto", "pris"),
        *("hinta", "ár", "السعر"),
    ),
    "was": (
        *("was", "compare at price", "variant compare at price", "rrp", "list price", "old price"),
        *("uvp", "statt", "alter preis", "streichpreis", "prix barré", "ancien prix"),
        *("prezzo pieno", "precio anterior", "adviesprijs", "ordinarie pris"),
    ),
    "price_from": ("price from", "valid from", "gültig ab", "valable dès", "geldig vanaf"),
    "price_to": ("price to", "valid to", "valid until", "gültig bis", "geldig tot"),
    "promo_price": (
        *("promo price", "promotion price", "sale price", "special price", "offer price"),
        *("aktionspreis", "angebotspreis", "prix promo", "prezzo promo", "precio oferta"),
        *("actieprijs", "cena promocyjna", "kampanjpris"),
    ),
    "promo_from": (
        *("promo from", "sale price from", "date sale price starts", "aktion ab", "aktion von"),
        *("promo du", "actie vanaf"),
    ),
    "promo_to": (
        *("promo to", "sale price to", "date sale price ends", "aktion bis", "promo au"),
        *("actie tot",),
    ),
    "stock": (
        *("stock", "on hand", "quantity", "qty", "quantity on hand", "inventory", "in stock"),
        *("variant inventory qty", "bestand", "lagerbestand", "menge", "stock réel", "quantité"),
        *("giacenza", "quantità", "existencias", "cantidad", "voorraad", "stan", "ilość"),
        *("lagersaldo", "saldo", "varasto", "المخزون"),
    ),
    "returnable": (
        *("returnable", "returns accepted", "can be returned", "rückgabe", "umtausch"),
        *("retournable", "reso ammesso", "retourneerbaar", "zwrot"),
    ),
    "return_days": (
        *("return days", "days to return", "return window", "rückgabetage", "rückgabefrist"),
        *("délai de retour", "giorni per il reso", "retourtermijn", "dni na zwrot"),
    ),
    "active": ("active", "status", "published", "enabled", "aktiv", "actif", "attivo", "activo"),
}
"""Field -> headers that mean it, the surest first."""

MANY: Final = frozenset({"barcode"})
"""Fields that several columns may feed."""


def folded(header: str) -> str:
    """A header as it is compared: lower case, no accents, marks or spaces."""
    flat = unicodedata.normalize("NFKD", header.replace("ß", "ss").replace("ø", "o"))
    return "".join(mark for mark in flat.casefold() if mark.isalnum())


_MEANT: Final[dict[str, tuple[str, int]]] = {
    folded(alias): (field, rank)
    for field, aliases in ALIASES.items()
    for rank, alias in enumerate((field, *aliases))
}


def known_headers(headers: Sequence[str]) -> int:
    """How many of `headers` this module can name: what the delimiter is guessed by."""
    return sum(folded(header) in _MEANT for header in headers)


def places_of(headers: Sequence[str], told: Mapping[str, str]) -> dict[str, tuple[int, ...]]:
    """Field -> the columns it is read from; `told` (field -> header) goes before any guess.

    Raises Refused("catalogue_field_unknown" | "catalogue_column_unknown" |
    "catalogue_columns_missing").
    """
    names = [folded(header) for header in headers]
    found: dict[str, list[tuple[int, int]]] = {}
    for field, header in told.items():
        if field not in ALIASES:
            raise Refused("catalogue_field_unknown", field=field, known=", ".join(ALIASES))
        if folded(header) not in names:
            raise Refused("catalogue_column_unknown", column=header, found=_listed(headers))
        found[field] = [(-1, names.index(folded(header)))]
    taken = {place for places in found.values() for _, place in places}
    for place, name in enumerate(names):
        field, rank = _MEANT.get(name, ("", 0))
        if field and field not in told and place not in taken:
            found.setdefault(field, []).append((rank, place))
    for field, places in found.items():
        if field not in MANY:
            places[:] = [min(places)]
    for missing, wanted in (("name", {"name"}), ("sku or barcode", {"sku", "barcode"})):
        if not wanted & set(found):
            raise Refused("catalogue_columns_missing", missing=missing, found=_listed(headers))
    return {field: tuple(place for _, place in places) for field, places in found.items()}


def _listed(headers: Sequence[str]) -> str:
    return ", ".join(header for header in headers if header)
