"""The check of a published draw, for anybody: no database is opened."""

import sys
from pathlib import Path

import click

from svro.cli.base import main


@main.command("verify-draw")
@click.argument("pack", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--hash", "known", metavar="HEX", help="The frame's hash as you read it before the draw.")
@click.option("--key", metavar="KEY", help="The log's public key, to check who signed the checkpoint.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def verify_draw(pack: Path, known: str | None, key: str | None, as_json: bool) -> None:
    """Draw a panel's published sample again from its frame and seed, and say what differs.

    PACK is the JSON of /api/v1/panels/sessions/ID/draw. Where the seed names a checkpoint of the log, the
    one in the pack must be that, and with --key be signed by the log. Exit status 1 where anything is not as
    published.
    """
    import msgspec

    from svro.figures import sampling

    try:
        given = msgspec.json.decode(pack.read_bytes(), type=sampling.Pack)
    except msgspec.DecodeError as error:
        raise click.ClickException(f"{pack} is not a published draw: {error}") from error
    found = sampling.faults(given)
    if known is not None and known.strip().lower() != given.frame_sha256:
        found.append("The frame's hash is not the one you read before the draw.")
    if key is not None and given.checkpoint is not None:
        found += _signed(given.checkpoint, key)
    elif sampling.NAMED in given.seed and not as_json:
        click.echo("Who signed the checkpoint in the seed is not checked: give --key.", err=True)
    drawn = sum(map(len, given.selected.values()))
    if as_json:
        said = {"session": given.session, "frame": len(given.frame), "drawn": drawn, "faults": found}
        click.echo(msgspec.json.encode(said))
    else:
        for fault in found:
            click.echo(fault, err=True)
        if not found:
            click.echo(f"{given.session}: the same {drawn} records of {len(given.frame)}, in the same order.")
    sys.exit(1 if found else 0)


def _signed(note: str, key: str) -> list[str]:
    """What is wrong with who signed a checkpoint; empty where the log did."""
    from svro.records import notes

    try:
        notes.check(note, notes.read_key(key))
    except (notes.NotSigned, ValueError) as error:
        return [f"The checkpoint in the seed is not the log's: {error}."]
    return []
