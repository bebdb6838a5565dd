"""Which fields of a view a narrow scope shows: the letters M, D and N of the matrix, field by field. A scope
that is not here shows a view whole.
"""

from typing import TypeVar

import msgspec

V = TypeVar("V", bound=msgspec.Struct)

FIELDS: dict[str, dict[str, frozenset[str]]] = {
    "M": {
        "ApplicationLine": frozenset({"id", "reference", "stage", "stage_label", "created_at"}),
        "RequestLine": frozenset({"id", "reference", "purpose", "purpose_label", "received_at"})
        | {"due", "due_sentence", "due_source", "standing", "late", "outstanding"},
    },
    "N": {
        "StatusCheckView": frozenset({"id", "answer", "order_reference", "court", "expires", "as_of"}),
    },
    "D": {},
}
"""Scope → view → the fields that it shows. A view that a narrow scope does not name is not shown under it."""


def shown(view: V, scopes: frozenset[str]) -> V:
    """The view as these scopes show it: what none of them shows is None. KeyError for a view that only narrow
    scopes would show and do not name: it was never meant to be.
    """
    if scopes - set(FIELDS):
        return view
    name = type(view).__name__
    seen = frozenset().union(*(FIELDS[scope][name] for scope in scopes))
    return msgspec.structs.replace(view, **{f: None for f in view.__struct_fields__ if f not in seen})
