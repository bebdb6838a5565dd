"""Reports, in every format there is."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from svro.cli.base import day, instant, now, on_database, ready, run

if TYPE_CHECKING:
    from svro.casework.access import Actor

FORMATS = ("json", "csv", "ods", "html", "pdf")


def _operator() -> "Actor":
    """Whoever runs commands, as a reader: an administrator without account or force, whom the matrix shows
    aggregates and no case.
    """
    from svro.casework.access import Actor

    return Actor(account_id=None, name="the operator at the command line", roles=frozenset({"ADM"}))


@on_database("report")
@click.argument("name")
@click.option("--force", metavar="SLUG", multiple=True, help="One force or several; all unless given.")
@click.option("--from", "from_", metavar="DATE", callback=day, help="First London day, counted.")
@click.option("--to", metavar="DATE", callback=day, help="Last London day, counted.")
@click.option("--known-at", metavar="INSTANT", callback=instant, help="As known then; now unless given.")
@click.option("--census", type=click.Choice(["2011", "2021"]), help="One Census; both unless given.")
@click.option("--format", "kind", metavar="|".join(FORMATS), default="json", show_default=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file; standard output unless given.",
)
def report(name: str, kind: str, output: Path | None, **asked: Any) -> None:
    """Make a report. Without dates it covers the whole held period. Beside a CSV file goes what describes its
    columns (CSV on the Web).
    """
    from svro.casework.csvw import SUFFIX
    from svro.casework.reports import REPORTS

    if name not in REPORTS:
        raise click.UsageError(f"There is no report {name!r}. There are: {', '.join(REPORTS)}.")
    if kind not in FORMATS:
        raise click.UsageError(f"{kind} is not a format. There are: {', '.join(FORMATS)}.")
    if kind in ("ods", "pdf") and output is None and sys.stdout.isatty():
        raise click.UsageError("This is not for a terminal: name a file with -o.")
    made, described = run(_reported(name, kind, output, asked))
    if output is None:
        click.echo(made, nl=kind == "json")
        return
    output.write_bytes(made)
    if described is not None:
        output.with_name(output.name + SUFFIX).write_bytes(described)


async def _reported(
    name: str, kind: Any, output: Path | None, asked: dict[str, Any]
) -> tuple[bytes, bytes | None]:
    """The report, and what describes its columns where it is a CSV file."""
    from svro.casework.formats import made, metadata
    from svro.casework.reports import REPORTS, Query
    from svro.records.reach import NONE

    async with ready() as (database, _), database.read(NONE) as session:
        report = await REPORTS[name](session, _operator(), Query(**asked), now())
    described = metadata(report, name, output.name) if output is not None and kind == "csv" else None
    return made(report, kind, _operator()), described
