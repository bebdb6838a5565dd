"""Field by field: what each role is shown by the doors that show narrow scopes, and what each may send."""

import inspect
from typing import Any, get_args

import msgspec
import pytest
from litestar.handlers import HTTPRouteHandler

from svro.casework import fields
from svro.casework.cases import ApplicationLine
from svro.casework.disclosure.standing import RequestLine
from svro.casework.matrix import MATRIX, ROLES
from svro.casework.status import StatusCheckView
from svro.law.eligibility import Facts, PriorConviction
from tests.api.conftest import World, considered, granted, to_court
from tests.api.test_doors import PERSON, doors

VIEWS = {
    "ApplicationLine": (ApplicationLine, "application:list"),
    "RequestLine": (RequestLine, "disclosure:read"),
    "StatusCheckView": (StatusCheckView, "order:status_check"),
}
NARROW: dict[str, dict[str, set[str]]] = {
    "ApplicationLine": {"M": {"id", "reference", "stage", "stage_label", "created_at"}},
    "RequestLine": {
        "M": {"id", "reference", "purpose", "purpose_label", "received_at", "standing", "late", "outstanding"}
        | {"due", "due_sentence", "due_source"}
    },
    "StatusCheckView": {"N": {"id", "answer", "order_reference", "court", "expires", "as_of"}},
}
"""As the notes on the matrix have it: that there is a case, or a request, and where it stands; a status."""


@pytest.mark.parametrize("name, role", [(name, role) for name in VIEWS for role in ROLES])
def test_each_field_is_shown_to_each_role_as_its_letters_say(name: str, role: str) -> None:
    view, permission = VIEWS[name]
    scopes = MATRIX[permission][role].scopes
    if not scopes:
        return
    whole = view(**dict.fromkeys(view.__struct_fields__, "said"))
    seen = fields.shown(whole, scopes)
    for field in view.__struct_fields__:
        narrow = all(letter in NARROW[name] for letter in scopes)
        expected = not narrow or any(field in NARROW[name][letter] for letter in scopes)
        assert (getattr(seen, field) is not None) == expected, (role, field)


def test_a_view_that_a_narrow_scope_does_not_name_is_not_shown_under_it() -> None:
    with pytest.raises(KeyError):
        fields.shown(ApplicationLine(**dict.fromkeys(ApplicationLine.__struct_fields__, "x")), frozenset("D"))


def test_every_field_that_a_scope_names_is_a_field_of_its_view() -> None:
    for views in fields.FIELDS.values():
        for name, named in views.items():
            assert named <= set(VIEWS[name][0].__struct_fields__)


async def test_oversight_sees_that_there_are_applications_and_not_whose(world: World) -> None:
    view = await granted(world, await to_court(world, await considered(world, PERSON)))
    (line,) = await world.done("OVR.merseyside", "GET", "/applications")
    assert {name for name, value in line.items() if value is not None} == NARROW["ApplicationLine"]["M"]
    assert line["reference"] == view["reference"]
    assert PERSON["family_name"] not in str(line)
    assert await world.done("OVR.sussex", "GET", "/applications") == []
    (whole,) = await world.done("SUP.merseyside", "GET", "/applications")
    assert PERSON["family_name"] in whole["person"]  # the control


def sent(handler: HTTPRouteHandler) -> Any:
    """The Struct that a door takes, or None."""
    parameter = inspect.signature(handler.fn).parameters.get("data")
    kinds = () if parameter is None else (parameter.annotation, *get_args(parameter.annotation))
    return next((k for k in kinds if isinstance(k, type) and issubclass(k, msgspec.Struct)), None)


async def test_no_door_takes_a_field_that_it_does_not_name_from_anybody(world: World) -> None:
    taking = [(method, path, kind) for method, path, h in doors(world) if (kind := sent(h)) is not None]
    loose = [
        (method, path) for method, path, kind in taking if not kind.__struct_config__.forbid_unknown_fields
    ]
    assert (loose, len(taking) > 20) == ([], True)
    assert all(kind.__struct_config__.forbid_unknown_fields for kind in (Facts, PriorConviction))
    stamped = {"id", "force_id", "force", "recorded_by", "recorded_at", "created_by", "account", "version"}
    named = {(path, name) for _, path, kind in taking for name in kind.__struct_fields__ if name in stamped}
    # Who, when and whose is the system's to say, but for the force of somebody invited; and an account of
    # what happened is nobody's account.
    told = "/api/v1/panels/sessions/{session_id:str}/cases/{case_id:str}/preparation"
    assert named == {("/api/v1/accounts", "force"), (told, "account")}
