"""The built wheel, alone in a clean environment and an empty folder, runs the demonstration."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT


def run(*command: str | Path, cwd: Path) -> str:
    """What a command printed, in an environment that knows nothing of this checkout."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "SVRO", "VIRTUAL_ENV"))
    }
    done = subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", place, cwd=CHECKOUT)
    [built] = place.glob("*.whl")
    return built


def environment(place: Path, *, pip: bool) -> Path:
    """A new virtual environment; gives its folder of commands."""
    run(sys.executable, "-m", "venv", *([] if pip else ["--without-pip"]), place, cwd=place.parent)
    return place / "bin"


def demonstrate(commands: Path, empty: Path) -> None:
    """Run the demonstration in an empty folder, and see that it is the installed program that ran."""
    empty.mkdir()
    where = run(commands / "python", "-c", "import svro; print(svro.__file__)", cwd=empty)
    assert Path(where.strip()).is_relative_to(commands.parent)
    run(commands / "svro", "demo", "--no-serve", cwd=empty)
    assert (empty / "svro.db").stat().st_size > 100_000


def test_the_wheel_holds_the_whole_program_and_nothing_of_its_making(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    sources = {
        str(path.relative_to(CHECKOUT))
        for path in (CHECKOUT / "svro").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.name != "_build.py"
    }
    migrations = {
        f"svro/_migrations/{path.relative_to(CHECKOUT / 'alembic')}"
        for path in (CHECKOUT / "alembic").rglob("*")
        if path.suffix in {".py", ".mako"}
    }
    assert {name for name in held if not name.startswith("svro-")} == sources | migrations
    assert {f"svro/web/static/govuk/govuk-frontend.min.{kind}" for kind in ("css", "js")} <= held
    assert any(name.startswith("svro/_migrations/versions/") for name in held)


def test_the_wheel_in_an_environment_without_the_checkout_runs_the_demonstration(
    wheel: Path, tmp_path: Path
) -> None:
    commands = environment(tmp_path / "venv", pip=False)
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        commands / "python",
        "install",
        "--no-deps",
        "--no-index",
        wheel,
        cwd=tmp_path,
    )
    [site] = (commands.parent / "lib").glob("python*/site-packages")
    # Our own environment lends the packages, but not svro: a path file in a lent folder is not read.
    (site / "lent.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    demonstrate(commands, tmp_path / "empty")


@pytest.mark.full
def test_the_wheel_and_its_locked_packages_run_the_demonstration(wheel: Path, tmp_path: Path) -> None:
    commands = environment(tmp_path / "venv", pip=True)
    pip = (commands / "python", "-m", "pip", "install", "--quiet")
    run(*pip, "--require-hashes", "-r", CHECKOUT / "requirements.lock", cwd=tmp_path)
    run(*pip, "--no-deps", "--no-index", wheel, cwd=tmp_path)
    demonstrate(commands, tmp_path / "empty")
