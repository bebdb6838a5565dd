"""For operators: is it fit, how fast is it, what does the API say of itself."""

import sys
from typing import Any

import click

from svro.cli.base import chosen, main, on_database, opened, run


@main.command()
def openapi() -> None:
    """Print the API's OpenAPI document."""
    import msgspec

    from svro.app import build
    from svro.records import Database
    from svro.settings import Settings

    settings = Settings()
    app = build(settings, Database(settings.database_url))  # named, and never opened
    document = msgspec.json.encode(app.openapi_schema.to_schema(), order="sorted")
    click.echo(msgspec.json.format(document, indent=2).decode())


@on_database("doctor")
def doctor() -> None:
    """Say whether the database and this installation are fit to be relied on."""
    checks = run(_examined())
    for check in checks:
        click.echo(f"{'ok  ' if check.passed else 'FAIL'}  {check.name}: {check.found}\n      {check.why}")
    sys.exit(0 if all(check.passed for check in checks) else 1)


async def _examined() -> Any:
    from svro.records.doctor import configured, examine

    async with opened() as database:
        return [*await examine(database), *configured(chosen())]


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def bench(names: tuple[str, ...], as_json: bool) -> None:
    """Measure this program against what the machine could do at best."""
    import msgspec

    from svro import bench as benchmarks

    if unknown := set(names) - set(benchmarks.names()):
        there = ", ".join(benchmarks.names())
        raise click.UsageError(f"There is no benchmark {', '.join(sorted(unknown))}. There are: {there}.")
    rows = benchmarks.run(names or None, tell=lambda name: click.echo(f"{name} ...", err=True))
    click.echo(msgspec.json.encode(rows) if as_json else benchmarks.report(rows))
