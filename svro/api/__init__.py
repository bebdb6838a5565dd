"""JSON doors under /api/v1: each handler names its permission and calls one function of casework."""

from svro.api import applications, duties, orders, panels, people, reports, searches

ROUTERS = (
    people.router,
    applications.router,
    orders.router,
    duties.router,
    searches.router,
    reports.router,
    panels.router,
)
