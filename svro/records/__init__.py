"""Tables and the database: rows as facts, versions and ledger entries. Nothing here decides anything."""

from svro.records import (
    access_log,
    access_review,
    accounts,
    disclosure,
    documents,
    duties,
    ledger,
    orders,
    panels,
    people,
    publications,
    published,
    retention,
    sealing,
    searches,
    trust,
)
from svro.records.base import Database, metadata

__all__ = [
    "Database",
    "access_log",
    "access_review",
    "accounts",
    "disclosure",
    "documents",
    "duties",
    "ledger",
    "metadata",
    "orders",
    "panels",
    "people",
    "publications",
    "published",
    "retention",
    "sealing",
    "searches",
    "trust",
]
