"""The stop-and-search format of data.police.uk: `files` finds and reads files, `rows` understands a row.

Nothing here knows a database. A file is read once, from front to back, in blocks: memory does not grow
with it. A file that is not what it claims to be raises Unreadable; a row that cannot be understood raises
Faulty, and the rest is still read.

What 1.2 million published rows taught: instants are true UTC while files are cut by London month, except
that some forces send local time labelled UTC, so the file's month is the authority. Identical rows are
several people searched together. Neither the force nor an identifier of the row is in the file: the force
comes from its name.
"""

from svro.policeuk.files import COLUMNS, MONTH, Document, Faulty, Record, Unreadable, found, named, records
from svro.policeuk.rows import FIELDS, FIGURES, Month, Reading, Row, count, instant

__all__ = [
    "COLUMNS",
    "FIELDS",
    "FIGURES",
    "MONTH",
    "Document",
    "Faulty",
    "Month",
    "Reading",
    "Record",
    "Row",
    "Unreadable",
    "count",
    "found",
    "instant",
    "named",
    "records",
]
