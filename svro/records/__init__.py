"""Tables and the database: rows as facts, versions and ledger entries. Nothing here decides anything."""

from svro.records import duties, ledger, orders, panels, people, published, searches
from svro.records.base import Database, metadata

__all__ = [
    "Database",
    "duties",
    "ledger",
    "metadata",
    "orders",
    "panels",
    "people",
    "published",
    "searches",
]
