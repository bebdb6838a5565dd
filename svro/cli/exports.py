"""The file of an export that two people agreed on."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from svro.cli.base import on_database, ready, run

if TYPE_CHECKING:
    from svro.policeuk.places import Point


@on_database("export-searches")
@click.argument("export_id")
@click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The ZIP."
)
@click.option(
    "--points",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Map points, CSV with latitude and longitude; without them no row has a place.",
)
def export_searches(export_id: str, output: Path, points: Path | None) -> None:
    """Write the file of an approved export of searches, in data.police.uk's fifteen columns.

    It may be sent to data.police.uk or used for the purpose given when it was asked for. It is not for a
    website.
    """
    from svro.policeuk import places

    known = []
    if points is not None:
        try:
            with points.open(encoding="utf-8-sig", newline="") as file:
                known = places.map_points(file)
        except ValueError as bad:
            raise click.UsageError(f"--points: {bad}") from bad
    file_made, rows, withheld = run(_made(export_id, known))
    output.write_bytes(file_made)
    click.echo(f"{rows} searches written, {withheld} left out, for they would single somebody out.")


async def _made(export_id: str, points: "list[Point]") -> tuple[bytes, int, int]:
    from svro.casework import exports
    from svro.records.reach import ALL

    async with ready() as (database, _), database.read(ALL) as session:
        made = await exports.made_of(session, await exports.approved(session, export_id), points)
    return made.file, made.rows, made.withheld
