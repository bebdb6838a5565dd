"""Which tests run which rule of the law, measured: `make law` writes it to the file that the page /law shows.

Like coverage of code: a test counts for a rule if the rule ran in it. Tests that draw their examples at
random are left out, since they might run another rule tomorrow.
"""

import functools
import importlib
import json
import pkgutil
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import svro.law
from svro.law import coverage

CHECKOUT = Path(__file__).resolve().parents[2]
FILE = CHECKOUT / "svro/web/law_tests.json"
SHOWN = 5


class Recorder:
    """A plugin of pytest that notes the rules run while each test runs."""

    def __init__(self) -> None:
        self.running: str | None = None
        self.ran: dict[str, set[str]] = defaultdict(set)  # test -> rules
        modules = [
            importlib.import_module(f"svro.law.{m.name}") for m in pkgutil.iter_modules(svro.law.__path__)
        ]
        for rule in coverage.rules():
            module, _, name = rule.partition(".")
            real = vars(importlib.import_module(f"svro.law.{module}"))[name]
            noting = self.noting(rule, real)
            for holder in modules:
                for held in [key for key, value in vars(holder).items() if value is real]:
                    setattr(holder, held, noting)

    def noting(self, rule: str, real: Callable[..., Any]) -> Callable[..., Any]:
        """The rule itself, noting that it ran."""

        @functools.wraps(real)
        def noted(*args: Any, **named: Any) -> Any:
            if self.running:
                self.ran[self.running].add(rule)
            return real(*args, **named)

        return noted

    def pytest_collection_modifyitems(self, items: list[pytest.Function]) -> None:
        items[:] = [item for item in items if not hasattr(item.obj, "hypothesis")]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Any:
        self.running = item.nodeid.partition("[")[0]
        try:
            return (yield)
        finally:
            self.running = None


def measure() -> dict[str, dict[str, Any]]:
    """Rule -> how many tests run it, and by name the few that run it and least else."""
    recorder = Recorder()
    if pytest.main(["-q", "-p", "no:cacheprovider", str(CHECKOUT / "tests/law")], plugins=[recorder]):
        raise SystemExit("the tests of the law must pass before they are measured")
    by_rule: dict[str, list[str]] = {rule: [] for rule in sorted(coverage.rules())}
    for test in sorted(recorder.ran, key=lambda test: (len(recorder.ran[test]), test)):
        for rule in recorder.ran[test]:
            by_rule[rule].append(test)
    return {rule: {"count": len(tests), "tests": tests[:SHOWN]} for rule, tests in by_rule.items()}


def text() -> str:
    """The file as it should be."""
    return json.dumps(measure(), indent=1) + "\n"


if __name__ == "__main__":
    found = text()
    if sys.argv[1:] == ["--check"]:
        raise SystemExit(FILE.read_text("utf-8") != found and f"{FILE.name} is out of date: run `make law`")
    FILE.write_text(found, "utf-8")
