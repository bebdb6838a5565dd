"""JSON doors under /api/v1: each handler names its permission and calls one function of casework."""

from svro.api import (
    access_log,
    accounts,
    applications,
    documents,
    duties,
    exports,
    ledger,
    orders,
    panels,
    people,
    proposals,
    publications,
    reports,
    retention,
    searches,
    trust,
)

ROUTERS = (
    people.router,
    applications.router,
    orders.router,
    duties.router,
    documents.router,
    searches.router,
    reports.router,
    panels.router,
    ledger.router,
    retention.router,
    access_log.router,
    accounts.router,
    proposals.router,
    trust.router,
    publications.router,
    exports.router,
)
