"""What others may rely on: the README's commands, the command line's names, the committed API document."""

import re
import subprocess
import sys

import pytest

from tests.conftest import CHECKOUT

README = CHECKOUT / "README.md"
COMMANDS = {"demo", "serve", "migrate", "import-searches", "report", "openapi", "bench"}


def printed(*arguments: str) -> str:
    """What `svro ...` prints on standard output."""
    command = [sys.executable, "-m", "svro", *arguments]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (CHECKOUT / "Makefile").read_text(encoding="utf-8"), re.M))


def code(text: str) -> str:
    """The parts of a Markdown text that are set as code."""
    return "\n".join(
        fenced or inline for fenced, inline in re.findall(r"```[a-z]*\n(.*?)```|`([^`\n]+)`", text, re.S)
    )


@pytest.fixture(scope="module")
def commands() -> set[str]:
    from svro.cli import main

    return set(main.commands)


def test_make_has_the_targets_that_were_promised() -> None:
    assert {"help", "demo", "test", "check", "lock"} <= targets()


def test_every_target_is_explained() -> None:
    said = subprocess.run(["make"], cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^  make ([a-z]+) +\S", said, re.M)) == targets()


def test_the_command_line_has_the_names_that_were_promised(commands: set[str]) -> None:
    assert COMMANDS <= commands


def test_the_readme_names_only_commands_that_there_are(commands: set[str]) -> None:
    text = code(README.read_text(encoding="utf-8"))
    assert set(re.findall(r"\bmake ([a-z]+)", text)) <= targets()
    assert set(re.findall(r"(?<![\w./-])svro ([a-z][a-z-]+)", text)) <= commands
    assert {"demo", "test"} <= set(re.findall(r"\bmake ([a-z]+)", text))


def test_the_readme_names_only_places_that_there_are() -> None:
    text = code(README.read_text(encoding="utf-8"))
    named = set(re.findall(r"(?<![\w/.-])((?:svro|tests|alembic|openapi)/[\w./]*\w)", text))
    assert sorted(place for place in named if not (CHECKOUT / place).exists()) == []


def test_the_committed_api_document_is_the_programs_own() -> None:
    assert (CHECKOUT / "openapi" / "openapi.json").read_text(encoding="utf-8") == printed("openapi")
