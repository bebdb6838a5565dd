"""Tables and the database: rows as facts, versions and ledger entries. Nothing here decides anything."""

from svro.records import duties, ledger, orders, people, published, searches, trust
from svro.records.base import Database, metadata

__all__ = ["Database", "duties", "ledger", "metadata", "orders", "people", "published", "searches", "trust"]
