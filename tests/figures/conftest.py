"""The vectors: numbers worked out elsewhere, by their ids."""

import json
from pathlib import Path

import pytest

from tests.figures.given import Vector


@pytest.fixture(scope="session")
def vectors(shared: Path) -> dict[str, Vector]:
    document = json.loads((shared / "domain" / "vectors.json").read_text())
    return {vector["id"]: vector for vector in document["vectors"]}
