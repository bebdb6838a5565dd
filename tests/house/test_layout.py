"""What a stranger should find: few places, telling names, a purpose on each, and no trace of any machine."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT, absent

TOP = {"pyproject.toml", "svro", "alembic", "tests", "openapi", "README.md", "Makefile", "LICENSE"} | {
    "requirements.lock",
    "requirements-dev.lock",
}
WITHOUT_MEANING = re.compile(r"^(utils?|helpers?|managers?|services?|common|misc)$")
SAYING_NOTHING = re.compile(r"(Service|Manager|Repository|Helper|Util)s?$")
ADDRESS_OR_PATH = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.npmjs|deb\.debian|/(home|root|work|tmp)/[.\w]"
)
# A law has no clock, no I/O and no chance in it.
NOT_FOR_LAW = {
    "os",
    "io",
    "pathlib",
    "socket",
    "subprocess",
    "sqlite3",
    "urllib",
    "http",
    "time",
    "random",
    "secrets",
}
NOT_FOR_LAW |= {"asyncio", "threading", "logging", "tempfile", "shutil"}


@pytest.fixture(scope="session")
def tracked() -> list[Path]:
    """Every file that is in the repository or would go into it, relative to the checkout."""
    ask = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(ask, cwd=CHECKOUT, capture_output=True, check=False)
    if listed.returncode:
        absent("this is not a git checkout")
    names = {Path(name) for name in listed.stdout.decode().split("\0") if name}
    return sorted(name for name in names if (CHECKOUT / name).is_file())


def modules(folder: str = "svro") -> list[Path]:
    return sorted(path for path in (CHECKOUT / folder).rglob("*.py") if "__pycache__" not in path.parts)


def names(path: Path) -> str:
    return str(path.relative_to(CHECKOUT))


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module that a piece of code imports, by its dotted name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


def outside(path: Path, allowed: tuple[str, ...], barred: frozenset[str] = frozenset()) -> set[str]:
    """What the module at `path` imports beyond the standard library (less `barred`) and `allowed`."""
    found = set(imports(ast.parse(path.read_text(encoding="utf-8"))))
    own = {name for name in found if any(name == a or name.startswith(f"{a}.") for a in allowed)}
    standard = {
        n for n in found - own if n.split(".")[0] in sys.stdlib_module_names and n.split(".")[0] not in barred
    }
    return found - own - standard


def test_the_top_level_holds_only_what_the_map_shows(tracked: list[Path]) -> None:
    assert {path.parts[0] for path in tracked if not path.parts[0].startswith(".")} - TOP == set()


def test_no_tracked_file_names_a_registry_or_a_machine_path(tracked: list[Path]) -> None:
    found = {
        f"{name}: {match[0]}"
        for name in tracked
        if (match := ADDRESS_OR_PATH.search((CHECKOUT / name).read_text(encoding="utf-8", errors="replace")))
    }
    assert found == set()


@pytest.mark.parametrize(
    "text", ["files.python" + "hosted.org", "/" + "root/.cache/x", "/" + "tmp/scratch/y"]
)
def test_such_a_trace_would_be_seen(text: str) -> None:
    assert ADDRESS_OR_PATH.search(f"fetched from {text}")


def test_fetched_and_built_files_stay_out_of_git(tracked: list[Path]) -> None:
    assert [
        name
        for name in tracked
        if name.suffix in {".db", ".tgz", ".woff2", ".whl"} or "govuk-frontend" in name.name
    ] == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [names(p) for p in modules() if not ast.get_docstring(ast.parse(p.read_text(encoding="utf-8")))]
    assert silent == []


def test_every_package_is_one() -> None:
    folders = {path.parent for path in modules()}
    assert [names(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_no_name_says_nothing() -> None:
    files = [
        names(p)
        for p in (*modules(), *modules("tests"))
        if WITHOUT_MEANING.match(p.stem) or WITHOUT_MEANING.match(p.parent.name)
    ]
    classes = [
        f"{names(path)}: {node.name}"
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and SAYING_NOTHING.search(node.name)
    ]
    assert files + classes == []


def test_nothing_is_left_for_later() -> None:
    words = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "raise NotImplemented" + "Error"]))
    left = [
        names(p)
        for p in (*modules(), *modules("tests"), *modules("alembic"))
        if words.search(p.read_text(encoding="utf-8"))
    ]
    assert left == []


def test_law_imports_the_standard_library_and_msgspec_and_nothing_that_acts() -> None:
    found = {
        names(p): wrong
        for p in modules("svro/law")
        if (wrong := outside(p, ("msgspec", "svro.law"), frozenset(NOT_FOR_LAW)))
    }
    assert found == {}


def test_figures_import_numbers_only() -> None:
    allowed = ("msgspec", "numpy", "scipy", "statsmodels", "svro.figures")
    found = {
        names(p): wrong
        for p in modules("svro/figures")
        if (wrong := outside(p, allowed, frozenset(NOT_FOR_LAW - {"random"})))
    }
    assert found == {}


def test_the_heavy_numbers_are_loaded_only_when_a_figure_is_wanted() -> None:
    heavy = {"scipy", "statsmodels", "numpy", "pandas"}
    early = [
        names(path)
        for path in modules()
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if heavy & {name.split(".")[0] for name in imports(node)}
        and not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.If)
    ]
    assert early == []


def test_the_verifier_stands_alone() -> None:
    verify = CHECKOUT / "svro" / "verify.py"
    assert not verify.exists() or outside(verify, ()) == set()


def test_an_import_that_does_not_belong_would_be_seen(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text("import os.path\nimport msgspec\nfrom svro.errors import Fault\nimport scipy.stats\n")
    assert outside(wrong, ("msgspec", "svro.law"), frozenset({"os"})) == {
        "os.path",
        "svro.errors",
        "scipy.stats",
    }
