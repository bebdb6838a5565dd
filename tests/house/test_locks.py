"""What is installed: pinned by hash, without addresses, and for running nothing that only tests need."""

import re
import subprocess
import tomllib

import pytest

from tests.conftest import CHECKOUT

PIN = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==(?P<version>\S+)(?P<where> ;[^\\]*)?", re.M)
LOCKS = ("requirements.lock", "requirements-dev.lock")


def text(lock: str) -> str:
    return (CHECKOUT / lock).read_text(encoding="utf-8")


def pins(lock: str) -> set[tuple[str, str]]:
    return {(match["name"], match["version"]) for match in PIN.finditer(text(lock))}


def named(requirements: list[str]) -> set[str]:
    """The packages that a list of requirements names."""
    return {re.split(r"[\[=<>;! ]", requirement)[0] for requirement in requirements}


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads(text("pyproject.toml"))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_no_address(lock: str) -> None:
    assert not re.search(r"://|--(extra-)?index|--find-links|^-[eif]", text(lock), re.M)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_its_hashes(lock: str) -> None:
    entries = re.split(r"\n(?=[a-z0-9])", text(lock))
    assert [e.splitlines()[0] for e in entries if PIN.match(e) and "--hash=sha256:" not in e] == []
    assert len(pins(lock)) > 40


def test_the_run_time_lock_has_what_running_and_building_need_and_no_more(project: dict) -> None:
    held = {name for name, _ in pins("requirements.lock")}
    assert named(project["project"]["dependencies"]) | named(project["dependency-groups"]["build"]) <= held
    assert named(project["dependency-groups"]["test"]) & held == {"httpx"}  # Litestar brings httpx along


def test_the_tests_run_on_the_very_packages_that_are_shipped(project: dict) -> None:
    assert pins("requirements.lock") <= pins("requirements-dev.lock")
    assert named(project["dependency-groups"]["test"]) <= {name for name, _ in pins("requirements-dev.lock")}


def test_what_builds_the_project_is_what_the_lock_pins(project: dict) -> None:
    assert set(project["build-system"]["requires"]) <= set(project["dependency-groups"]["build"])


def test_the_demonstration_installs_nothing_that_only_tests_need() -> None:
    steps = subprocess.run(
        ["make", "--no-print-directory", "--dry-run", "--always-make", "demo"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "--require-hashes -r requirements.lock" in steps
    assert "requirements-dev.lock" not in steps
    assert steps.splitlines()[-1] == ".venv/bin/svro demo"
