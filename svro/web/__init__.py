"""The pages: what a person sees and does, on the same functions of casework as the API. No script is ever needed."""

from litestar.router import Router

from svro.web import applications, cases, home, orders, people, site
from svro.web.site import explain, template_config

__all__ = ["explain", "routers", "template_config"]


def routers() -> list[Router]:
    """Every page and the static files."""
    return [site.static, home.router, people.router, applications.router, cases.router, orders.router]
