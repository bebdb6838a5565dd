"""Our own searches written in data.police.uk's fifteen columns: a file for each month, in one ZIP."""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence

from svro.law import words
from svro.policeuk.files import COLUMNS

Cells = tuple[str, ...]
STAMP = (1980, 1, 1, 0, 0, 0)
"""The time on every member, so that the same rows make the same bytes."""


def labels(closed: words.Closed) -> dict[str, str]:
    """The newest label that the site itself uses for each code of a list."""
    found: dict[str, str] = {}
    for word in closed.words:
        if word.source == words.PUBLISHED:
            found.setdefault(word.code, word.label)
    return found


def as_csv(rows: Sequence[Cells]) -> str:
    """One month as the site writes it: its header, LF, rows by date. Cells come from closed lists or are
    numbers, so that no spreadsheet finds a formula in one.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    by_date: list[Cells] = sorted(rows, key=lambda row: (row[1], row))
    writer.writerows(by_date)
    return out.getvalue()


def as_zip(months: Mapping[str, Sequence[Cells]], force: str) -> bytes:
    """`YYYY-MM/YYYY-MM-force-stop-and-search.csv` for each month with rows."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for month, rows in sorted(months.items()):
            name = f"{month}/{month}-{force}-stop-and-search.csv"
            member = zipfile.ZipInfo(name, STAMP)
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, as_csv(rows))
    return out.getvalue()
