"""`python -m svro` is `svro`."""

from svro.cli import main

main(prog_name="svro")
