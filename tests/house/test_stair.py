"""The stair goes one way, and the clock is read in two rooms: the tools that say so are seen to bite."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT

BIN = Path(sys.executable).parent


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / "lint-imports", "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(BIN)},
    )


def ruff(name: str, text: str) -> set[str]:
    """The rules that `text` breaks as the file `name`."""
    ask = [BIN / "ruff", "check", "--no-cache", "--output-format=concise", "--stdin-filename", name, "-"]
    said = subprocess.run(ask, cwd=CHECKOUT, input=text, capture_output=True, text=True, check=False).stdout
    return {line.split()[1] for line in said.splitlines() if line.startswith(name)}


def test_no_module_imports_upwards() -> None:
    kept = lint_imports(CHECKOUT)
    assert kept.returncode == 0, kept.stdout


@pytest.mark.parametrize(
    "module, wrong",
    [
        ("law", "from svro.records import metadata"),
        ("law", "from svro.errors import Refused"),
        ("law", "import sqlalchemy"),
        ("records", "import litestar"),
    ],
)
def test_a_step_the_wrong_way_is_seen(tmp_path: Path, module: str, wrong: str) -> None:
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    shutil.copytree(
        CHECKOUT / "svro",
        tmp_path / "svro",
        ignore=shutil.ignore_patterns("__pycache__", "static", "templates"),
    )
    (tmp_path / "svro" / module / "wrong.py").write_text(f'"""Wrong."""\n\n{wrong}\n', encoding="utf-8")
    broken = lint_imports(tmp_path)
    assert broken.returncode == 1
    assert f"svro.{module}.wrong" in broken.stdout


CLOCK = "from datetime import UTC, date, datetime\n\nNOW = datetime.now(UTC)\n"


@pytest.mark.parametrize(
    "module", ["svro/law/order.py", "svro/casework/orders.py", "svro/api/orders.py", "svro/demo.py"]
)
def test_the_clock_is_not_read_in(module: str) -> None:
    assert "TID251" in ruff(module, CLOCK)


@pytest.mark.parametrize("module", ["svro/app.py", "svro/cli/base.py"])
def test_the_clock_is_read_in(module: str) -> None:
    assert "TID251" not in ruff(module, CLOCK)


def test_a_naive_instant_is_refused_everywhere() -> None:
    assert "DTZ005" in ruff("svro/app.py", "from datetime import datetime\n\nNOW = datetime.now()\n")


def test_annotations_are_never_put_off() -> None:
    assert "TID251" in ruff("svro/casework/orders.py", "from __future__ import annotations\n")
