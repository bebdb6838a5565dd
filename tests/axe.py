"""The accessibility rules that pages are held to: run this to fetch axe-core from npm, for the tests only."""

from pathlib import Path

from svro._build import tarball, unpack

CHECKOUT = Path(__file__).resolve().parents[1]
PACKAGE = "axe-core@4.14.1"
SHA256 = "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745"
SCRIPT = CHECKOUT / ".cache" / "axe.min.js"


if __name__ == "__main__":
    unpack(tarball(PACKAGE, SHA256, SCRIPT.parent), {"package/axe.min.js": SCRIPT})
