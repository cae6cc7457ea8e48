"""Said of a product file and of its rows, while it is read."""

from __future__ import annotations

from pos_app.words.said.sentence import S_, Sentence

CATALOGUE: dict[str, Sentence] = {
    "days_unreadable": S_("This is no number of days.", "", "Write days, such as 14."),
    "active_unreadable": S_("This is neither yes nor no.", "", "Write yes or no."),
    "age_unreadable": S_("This is no age.", "", "Write years, such as 18."),
    "barcode_check_digit": S_(
        "The last digit of this code does not fit.", "It is taken as it stands.", "Check the code."
    ),
    "barcode_too_many": S_("More barcodes than one product can have.", "", "Check the separator."),
    "barcode_twice": S_("Another row has this barcode.", "That row keeps it.", "Correct one."),
    "barcode_unreadable": S_("This is no code a scanner could send.", "", "Correct the code."),
    "catalogue_column_unknown": S_(
        "The file has no column {column}.", "Nothing was imported.", "It has: {found:whole}."
    ),
    "catalogue_columns_missing": S_(
        "No column for {missing} was found.",
        "Nothing was imported.",
        "Name it with --map. The file has: {found:whole}.",
    ),
    "catalogue_damaged": S_(
        "{file} is damaged or not complete.",
        "What was read before it is known.",
        "Get the file again.",
    ),
    "catalogue_delimiter_unknown": S_(
        "{delimiter} cannot separate columns.", "", "Use a comma, semicolon, tab or pipe."
    ),
    "catalogue_empty": S_("{file} is empty.", "Nothing was imported.", "Choose another file."),
    "catalogue_encoding_unknown": S_(
        "That encoding is not known.", "Nothing was imported.", "Use utf-8 or cp1252."
    ),
    "catalogue_field_unknown": S_(
        "Products have no field {field}.", "Nothing was imported.", "Use one of: {known:whole}."
    ),
    "catalogue_line_too_long": S_(
        "{file} holds a line too long for a table.",
        "Nothing was imported.",
        "Save it as CSV again.",
    ),
    "catalogue_not_text": S_(
        "{file} is not a text file.",
        "Nothing was imported.",
        "Save the table as CSV, then import that.",
    ),
    "catalogue_unreadable": S_(
        "{file} cannot be read: {reason}.", "Nothing was imported.", "Check its name and rights."
    ),
    "code_rounded": S_(
        "A spreadsheet has rounded this code.", "", "Format the column as text, export again."
    ),
    "date_ambiguous": S_("This could be two different days.", "", "Write it as 2026-11-25."),
    "date_unreadable": S_("This is no date.", "", "Write it as 2026-11-25."),
    "dates_reversed": S_("The last day is before the first.", "", "Correct the dates."),
    "faults_unwritable": S_(
        "{file} cannot be written: {reason}.", "Nothing was imported.", "Choose another file."
    ),
    "name_missing": S_("This row has no name.", "", "Add the product's name."),
    "price_ambiguous": S_(
        "This price can be read in two ways.", "", "Say which mark is decimal: --decimal."
    ),
    "price_out_of_range": S_("This price is below zero or too large.", "", "Correct the price."),
    "price_too_fine": S_("The currency has no such small coin.", "", "Round the price."),
    "price_unreadable": S_("This is no price.", "", "Correct the price."),
    "quote_unclosed": S_(
        "A quotation mark is never closed.", "The rows after it are read.", "Close it."
    ),
    "row_too_wide": S_(
        "This row has more cells than the header.", "", "Put quotation marks around its text."
    ),
    "sku_missing": S_("This row has no number of its own.", "", "Add a SKU or a barcode."),
    "sku_twice": S_("Another row has this number.", "The first row is taken.", "Correct one."),
    "stock_ambiguous": S_("This quantity can be read in two ways.", "", "Write it plainly."),
    "stock_not_whole": S_("Pieces are counted whole.", "", "Correct the stock or the unit."),
    "stock_out_of_range": S_("This quantity is not possible.", "", "Correct the stock."),
    "stock_too_fine": S_("Quantities have three decimals at most.", "", "Round the stock."),
    "stock_unreadable": S_("This is no quantity.", "", "Correct the stock."),
    "text_damaged": S_(
        "This text was damaged by a wrong encoding.", "", "Export the file as UTF-8."
    ),
    "text_too_long": S_("This text is too long.", "", "Shorten it."),
    "unit_unknown": S_("This unit is not known.", "", "Use piece or kg."),
}
