"""Tables and the database: rows as facts, versions and ledger entries. Nothing here decides anything."""

from svro.records import accounts, duties, ledger, orders, people, published, searches
from svro.records.base import Database, metadata

__all__ = [
    "Database",
    "accounts",
    "duties",
    "ledger",
    "metadata",
    "orders",
    "people",
    "published",
    "searches",
]
