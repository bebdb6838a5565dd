"""The decision and the clauses with one thing changed in each: a comparison turned round, an `and` made an
`or`, a `not` left out, a condition of a clause dropped.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import svro.casework.access
import svro.casework.relations

MODULES: dict[str, ModuleType] = {
    "relations": svro.casework.relations,
    "access": svro.casework.access,
}
FUNCTIONS = {
    "access": (
        "_taken",
        "_cells",
        "decide",
        "admit",
        "require",
        "require_any",
        "_reach",
        "visible_people",
        "visible_applications",
        "visible_orders",
        "visible_searches",
    ),
    "relations": ("_about", "allocated", "instructed", "excluded", "open_to", "at_court"),
}
TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
}
SAME = {
    ("relations", "_about", "drop kind.force_id == force"),
    ("access", "visible_people", "drop Application.force_id == Person.force_id"),
    ("access", "visible_searches", "drop Order.force_id == SearchVersion.order_force"),
    ("relations", "at_court", "drop facts.force_id == force"),
    ("relations", "at_court", "drop later.force_id == facts.force_id"),
}
"""Changes that change nothing: ids are random and belong to one force, so that a force beside one narrows
nothing. It is there for the key that it completes.
"""


class Mutant(NamedTuple):
    """One change: in which module, what, and the how-manieth place it is."""

    module: str
    what: str
    place: int


class _Change(ast.NodeTransformer):
    """Makes the change at one place; counts the places, and says what each would change."""

    def __init__(self, names: tuple[str, ...], place: int | None) -> None:
        self.names, self.place, self.said = names, place, []  # type: ignore[var-annotated]
        self.within: str | None = None

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        outer, self.within = self.within, self.within or (node.name if node.name in self.names else None)
        body = [self.visit(part) for part in node.body]
        node.body, self.within = body, outer
        return node

    def _here(self, what: str) -> bool:
        if self.within is None:
            return False
        self.said.append((self.within, what))
        return len(self.said) == self.place

    def visit_Compare(self, node: ast.Compare) -> Any:
        self.generic_visit(node)
        op = TURNED.get(type(node.ops[0]))
        if op and self._here(f"turn {ast.unparse(node)}"):
            node.ops[0] = op()
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> Any:
        self.generic_visit(node)
        if self._here(f"and/or {ast.unparse(node)}"):
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        self.generic_visit(node)
        if isinstance(node.op, ast.Not | ast.Invert) and self._here(f"without not {ast.unparse(node)}"):
            return node.operand
        return node

    def visit_Call(self, node: ast.Call) -> Any:
        self.generic_visit(node)
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name == "not_" and self._here(f"without not {ast.unparse(node)}"):
            return node.args[0]
        if name in ("all", "any") and self._here(f"all/any {ast.unparse(node)}"):
            node.func = ast.Name("any" if name == "all" else "all", ast.Load())
        if name in ("and_", "or_") and self._here(f"and/or {ast.unparse(node)[:80]}"):
            node.func = ast.Name("or_" if name == "and_" else "and_", ast.Load())
        if name in ("and_", "or_", "where") and len(node.args) > 1:
            for argument in list(node.args):
                if not isinstance(argument, ast.Starred) and self._here(f"drop {ast.unparse(argument)[:80]}"):
                    node.args.remove(argument)
        return node


def _changed(module: str, place: int | None) -> tuple[ast.Module, list[tuple[str, str]]]:
    tree = ast.parse(Path(str(MODULES[module].__file__)).read_text(encoding="utf-8"))
    change = _Change(FUNCTIONS[module], place)
    return ast.fix_missing_locations(change.visit(tree)), change.said


def mutants() -> list[Mutant]:
    """Every single change there is to make, but those that change nothing."""
    return list(_every())


def _every() -> Iterator[Mutant]:
    for module in MODULES:
        for n, (function, what) in enumerate(_changed(module, None)[1], start=1):
            if (module, function, what) not in SAME:
                yield Mutant(module, f"{function}: {what}", n)


def with_mutant(mutant: Mutant) -> Any:
    """`svro.casework.access` as it would be with the change in it, or in what it stands on."""
    kept = dict(sys.modules)
    made: dict[str, ModuleType] = {}
    try:
        for name in MODULES:
            tree, _ = _changed(name, mutant.place if name == mutant.module else None)
            full = f"svro.casework.{name}"
            made[name] = ModuleType(full)
            sys.modules[full] = made[name]
            exec(compile(tree, f"<{name} changed>", "exec"), made[name].__dict__)
    finally:
        for name in MODULES:
            sys.modules[f"svro.casework.{name}"] = kept[f"svro.casework.{name}"]
    return made["access"]
