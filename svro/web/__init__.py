"""The pages: what a person sees and does, on the functions of casework that the API uses, without scripts."""

from litestar.router import Router

from svro.web import (
    applications,
    cases,
    dated,
    duties,
    figures,
    help,
    home,
    law,
    orders,
    panels,
    people,
    reports,
    searches,
    site,
)
from svro.web.site import explain, template_config

__all__ = ["explain", "routers", "template_config"]


def routers() -> list[Router]:
    """Every page and the static files."""
    return [
        site.static,
        home.router,
        people.router,
        dated.router,
        applications.router,
        cases.router,
        orders.router,
        duties.router,
        searches.router,
        panels.router,
        reports.router,
        figures.router,
        help.router,
        law.router,
    ]
