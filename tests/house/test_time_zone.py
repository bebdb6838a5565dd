"""What a London day is comes from pinned time zone data, not the machine: changing it is a change of law."""

import subprocess
import sys
from importlib.metadata import version

PINNED = "2026.6"


def test_the_machines_own_files_are_never_read() -> None:
    code = "import zoneinfo, svro.law.dates; print(zoneinfo.TZPATH)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "()"


def test_the_time_zone_data_is_the_version_that_was_chosen() -> None:
    assert version("tzdata") == PINNED
