"""Text in the cell of a table that a spreadsheet opens."""

# What spreadsheets read as the start of a formula, full-width too; tab and return start a cell of its own.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe(text: str) -> str:
    """Text for a CSV cell: an apostrophe goes before what a spreadsheet would run. Blanks before a formula do
    not hide it.
    """
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip(" \u00a0").startswith(_FORMULA) else text
