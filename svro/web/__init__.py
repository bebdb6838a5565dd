"""The pages: what a person sees and does, on the functions of casework that the API uses, without scripts."""

from litestar.router import Router

from svro.web import (
    access_log,
    account,
    accounts,
    applications,
    cases,
    dated,
    disclosure,
    disclosure_review,
    documents,
    duties,
    exports,
    figures,
    help,
    home,
    instructions,
    law,
    orders,
    own_proofs,
    panel_papers,
    panels,
    people,
    proposals,
    publications,
    reports,
    retention,
    searches,
    sign_in,
    site,
    trust,
)
from svro.web.site import explain, template_config

__all__ = ["explain", "routers", "sign_in_routers", "template_config"]


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
        documents.router,
        duties.router,
        instructions.router,
        searches.router,
        panels.router,
        panel_papers.router,
        disclosure.router,
        disclosure_review.router,
        reports.router,
        retention.router,
        access_log.router,
        figures.router,
        publications.router,
        exports.router,
        help.router,
        law.router,
        account.router,
        accounts.router,
        proposals.router,
        trust.router,
    ]


def sign_in_routers() -> tuple[Router, ...]:
    """The pages of a live deployment's sign-in, which the demonstration has its own in place of."""
    return (sign_in.router, own_proofs.router)
