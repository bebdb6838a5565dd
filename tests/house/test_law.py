"""The law stands alone, and what its page shows of the tests is what they were measured to run."""

import ast
import subprocess
import sys

import pytest

from tests.conftest import CHECKOUT

MODULES = sorted((CHECKOUT / "svro/law").glob("*.py"))
CLOCKS = {"now", "today", "utcnow", "time", "monotonic", "perf_counter"}


def imported(text: str) -> set[str]:
    """The packages that a module imports; our own with their second part."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or ".")
    return {".".join(name.split(".")[: 2 if name.startswith("svro") else 1]) for name in names}


def clocks(text: str) -> set[str]:
    """The calls that would read a clock: `datetime.now()` and the like, with no argument to say when."""
    calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    return {
        call.func.attr
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in CLOCKS and not call.args
    }


@pytest.mark.parametrize("module", [file.stem for file in MODULES])
def test_the_law_imports_the_standard_library_and_msgspec_and_reads_no_clock(module: str) -> None:
    text = (CHECKOUT / "svro/law" / f"{module}.py").read_text("utf-8")
    assert imported(text) <= sys.stdlib_module_names | {"msgspec", "svro.law"}
    assert clocks(text) == set()


def test_that_test_can_fail() -> None:
    assert imported("import sqlalchemy.orm\nfrom svro.records import base") == {"sqlalchemy", "svro.records"}
    assert clocks("datetime.now(UTC); datetime.now(); date.today()") == {"now", "today"}


def test_the_rules_and_their_tests_are_as_measured() -> None:
    """`make law` writes svro/web/law_tests.json anew."""
    command = [sys.executable, "-m", "tests.law.measure", "--check"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-500:]
