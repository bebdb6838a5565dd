"""A publication as tables, for every format that tables are written in; and the rules as a manifest prints
them.
"""

from collections.abc import Iterable

from svro.casework.released import PublicationView
from svro.casework.tables import Table
from svro.figures.release import Protected
from svro.figures.suppression import Rules

STAR = "*"


def tables(view: PublicationView) -> tuple[Table, ...]:
    """A publication as tables, a star where nothing may be shown; and how it was made."""
    rule = view.manifest.rules
    notes = (
        *notes_of(rule),
        f"Version {view.version} of {view.address}, as known at {view.manifest.known_at.isoformat()}.",
        f"Input {view.manifest.input_hash}; output {view.manifest.output_hash}.",
    )
    return (
        *(as_table(one) for one in view.tables),
        Table(name="notes", columns=("note",), rows=tuple((note,) for note in notes)),
    )


def as_table(one: Protected) -> Table:
    """One protected table, for every format that tables are written in."""
    return Table(
        name=f"{one.title}, {one.period_title}",
        columns=(one.rows_are, *one.columns),
        rows=tuple(
            (row, *(STAR if value is None else value for value in values))
            for row, values in zip(one.rows, one.values, strict=True)
        ),
    )


def parameters(rule: Rules) -> tuple[tuple[str, str], ...]:
    """The rules as a manifest prints them."""
    return (
        ("Rules", f"{rule.version}, {rule.tier} tier, from {rule.valid_from.isoformat()}"),
        ("Fewest people or searches", str(rule.k)),
        ("Rounded to", str(rule.base)),
        ("Most of a cell that one person may be", f"{rule.dominance}%"),
        ("Values that each star keeps", str(rule.width)),
        ("Percentages", f"from {rule.share_base}; whole under {rule.share_decimals}"),
        ("Months of corrections", ", ".join(map(str, rule.batch_months))),
    )


def notes_of(rule: Rules) -> Iterable[str]:
    """What must be said under every protected table."""
    return (
        f"Rules {rule.version} from {rule.valid_from.isoformat()}: a star hides a number that is of"
        f" fewer than {rule.k} people or searches, or mostly of one person, or in a row of so few people.",
        f"Other numbers are rounded to the nearest {rule.base}. Totals are rounded by themselves from the"
        " true numbers, so rows and columns need not add up.",
        f"Each star could be at least {rule.width} different numbers, whatever else has been published.",
        "Where a table of the quarter would betray somebody, groups are merged, or a longer period is given,"
        " or nothing.",
    )
