"""Mutation of the law, module by module against its own test file: `make mutate`, or one of them by name.

mutmut changes one thing at a time in a copy under .cache/mutation and runs the module's tests: a change that
no test notices has survived. At least 95 in 100 must be noticed, and SURVIVORS.md has a reason for the rest.
mutmut leaves tables, class bodies and decorated functions alone: what they hold is pinned by tests directly.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
TOOL, SCRATCH = CHECKOUT / ".cache" / "mutmut", CHECKOUT / ".cache" / "mutation"
GOAL = 0.95
MODULES: dict[str, tuple[str, ...]] = {
    "dates": ("dates",),
    "regimes": ("regimes",),
    "eligibility": ("eligibility", "facts"),
    "order": ("order", "acts", "life"),
    "search": ("search", "findings"),
}
"""Test file `tests/law/test_<name>.py` -> the modules of `svro/law` that it must hold."""

NOTICED, UNNOTICED = (1, 3, 24, 36, 152, 255, -24), (0, 5, 33)
"""mutmut's exit codes: a test failed or ran out of time; all passed, or none ran it."""


def prepare(name: str) -> Path:
    """A copy of the law and its tests, with mutmut's configuration for one test file."""
    scratch = SCRATCH / name
    shutil.rmtree(scratch, ignore_errors=True)
    (scratch / "svro").mkdir(parents=True)
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(CHECKOUT / "svro/law", scratch / "svro/law", ignore=skip)
    shutil.copytree(CHECKOUT / "tests/law", scratch / "tests/law", ignore=skip)
    shutil.copy(CHECKOUT / "svro/__init__.py", scratch / "svro")
    options = {
        "source_paths": ["svro"],
        "only_mutate": [f"svro/law/{module}.py" for module in MODULES[name]],
        "pytest_add_cli_args_test_selection": [f"tests/law/test_{name}.py"],
        "pytest_add_cli_args": ["-p", "no:cacheprovider", "-p", "no:xdist"],
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in options.items()]
    project = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
    (scratch / "pyproject.toml").write_text("\n".join((project, "[tool.mutmut]", *lines, "")), "utf-8")
    return scratch


def mutate(name: str) -> tuple[int, list[str]]:
    """(mutants made, the names of those that survived) for one test file."""
    scratch = prepare(name)
    # CI: hypothesis then draws the same examples each time, so that the same mutants survive.
    given = os.environ | {"PYTHONPATH": str(TOOL), "CI": "1"}
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", "2"]
    subprocess.run(command, cwd=scratch, env=given, check=True, stdout=subprocess.PIPE)
    codes: dict[str, int] = {}
    for module in MODULES[name]:
        held = (scratch / f"mutants/svro/law/{module}.py.meta").read_text(encoding="utf-8")
        codes |= json.loads(held)["exit_code_by_key"]
    odd = {mutant: code for mutant, code in codes.items() if code not in (*NOTICED, *UNNOTICED)}
    if odd or not codes:
        raise SystemExit(f"{name}: mutmut did not finish: {odd or 'no mutants'}")
    return len(codes), sorted(mutant for mutant, code in codes.items() if code in UNNOTICED)


def plain(mutant: str) -> str:
    """`svro.law.dates.x_age__mutmut_3` as `dates.age 3`."""
    return re.sub(r"^svro\.law\.(\w+)\.x_(\w+)__mutmut_(\d+)$", r"\1.\2 \3", mutant)


def main(names: list[str]) -> int:
    """Run the tests named, or all; exit status 1 if too many survive, or one without a reason."""
    reasons = Path(__file__).with_name("SURVIVORS.md").read_text(encoding="utf-8")
    failed = False
    for name in names or MODULES:
        made, survivors = mutate(name)
        share = 1 - len(survivors) / made
        print(f"{name}: {made - len(survivors)} of {made} noticed ({share:.1%})", flush=True)
        unexplained = [plain(mutant) for mutant in survivors if f"`{plain(mutant)}`" not in reasons]
        for mutant in unexplained:
            print(f"  survived, and no reason is given: {mutant}", flush=True)
        failed = failed or share < GOAL or bool(unexplained)
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
