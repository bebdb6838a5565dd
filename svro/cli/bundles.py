"""Disclosure bundles: what anybody may check of one. No database is opened."""

import sys

import click

from svro.cli.base import main


@main.command("verify-bundle")
@click.argument("parts", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--key", metavar="KEY", help="The log's public key as known from elsewhere, or a file with it.")
@click.option("--witness", metavar="KEY", multiple=True, help="A witness's public key, or a file with it.")
@click.option("--note", metavar="FILE", help="A checkpoint of the log that you or a witness kept.")
@click.option(
    "--consistency", metavar="FILE", help="The log's proof that one checkpoint goes on from the other."
)
@click.option("--at-least", metavar="N", type=int, help="The fewest entries that the checkpoint may be of.")
def verify_bundle(parts: tuple[str, ...], witness: tuple[str, ...], **asked: str | int | None) -> None:
    """Check a disclosure bundle, whole or the parts of it that you have: what `svro_verify.py`, which goes
    along in it, checks without this program.
    """
    from svro import verify_bundle as checking

    named = {f"--{name.replace('_', '-')}": value for name, value in asked.items() if value is not None}
    arguments = [*parts, *(str(one) for pair in named.items() for one in pair)]
    sys.exit(checking.main([*arguments, *(one for key in witness for one in ("--witness", key))]))
