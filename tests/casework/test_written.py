"""The measures as people read them: the chain and the stages are ladders, months stay within limits, and the
same numbers stand in the sentence, the chart and the table.
"""

from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from svro.casework.access import NOBODY, Actor
from svro.casework.measures.report import MeasuresReport
from svro.casework.written import measures
from svro.documents.charts import Control, Forest, Ladder, alternative
from svro.documents.paper import Exhibit, Paper
from svro.documents.wording import number
from svro.figures.measured import Measured, Monthly, Section

KNOWN = datetime(2025, 3, 14, 9, tzinfo=UTC)
SUPERVISOR = Actor(account_id="8" * 32, name="Sue", roles=frozenset({"SUP"}), force_id="sussex")


def ratio(code: str, part: str, value: float, status: str = "ok", group: str = "Black") -> Measured:
    shown = value if status == "ok" else None
    return Measured(
        measure=code, part=part, form="ratio", force="sussex", first=date(2023, 4, 1), last=date(2024, 3, 31),
        basis="self-defined", group=group, reference="White", value=shown,
        low=shown and shown * 0.8, high=shown and shown * 1.25, status=status,
        events=60, people=31, denominator=3_650.0, reference_events=41, reference_people=20,
        reference_denominator=9_125.0, method="m", sentence=f"60 searches: {code} {part} {group}.",
    )  # type: ignore[arg-type]  # fmt: skip


CHAIN = (
    ratio("M2", "searches per resident", 18.75),
    ratio("M2", "orders per resident", 10.0),
    ratio("M2", "days per order", 0.94),
    ratio("M2", "searches per day", 2.0),
)
STAGES = (
    ratio("M6", "applied", 1.2),
    ratio("M6", "applied from the start", 1.2),
    ratio("M6", "granted", 1.1, "insufficient_data"),
    ratio("M6", "granted from the start", 1.3),
)
RATIOS = (ratio("M3", "days", 2.0), ratio("M3", "days", 0.63, group="Asian"))
TRENDS = tuple(
    Monthly(
        measure="M9", part="found", force="sussex", month=f"2024-{n:02}", events=n, denominator=40,
        value=n / 40, centre=0.1625, low=0.0, high=0.29, outside=n / 40 > 0.29, status="ok",
        rule="p-chart, three standard errors",
    )
    for n in range(1, 13)
)  # fmt: skip
REPORT = MeasuresReport(
    published=Section(title="Published", figures=()),
    orders=Section(title="Our own", figures=(*CHAIN, *STAGES, *RATIOS), trends=TRENDS),
    catalogue=(),
    known_at=KNOWN,
)


@pytest.fixture(scope="module")
def paper() -> Paper:
    return measures.paper(REPORT, SUPERVISOR)


def of(paper: Paper, kind: type) -> list[Exhibit]:
    return [one for one in paper.exhibits if isinstance(one.chart, kind)]


def test_the_chain_is_a_ladder_in_its_order_that_ends_in_what_it_multiplies_to(paper: Paper) -> None:
    [chain] = [one for one in of(paper, Ladder) if "chain" in one.caption]
    assert isinstance(chain.chart, Ladder)
    assert [mark.value for mark in chain.chart.marks] == [10.0, 0.94, 2.0, 18.75]
    assert chain.chart.total == chain.chart.marks[-1].label
    assert chain.chart.marks[0].counts == "60 in 3,650; White 41 in 9,125"


def test_the_stages_are_ladders_and_a_stage_with_too_few_is_words(paper: Paper) -> None:
    stages = [one for one in of(paper, Ladder) if "chain" not in one.caption]
    assert len(stages) == 2
    first = next(one for one in stages if "stage before" in one.caption)
    assert first.chart is not None
    assert isinstance(first.chart, Ladder)
    assert [mark.shown for mark in first.chart.marks] == [True, False]
    assert "too few" in first.chart.marks[1].words


def test_ratios_stand_beside_each_other(paper: Paper) -> None:
    [forest] = of(paper, Forest)
    assert isinstance(forest.chart, Forest)
    assert [(mark.label, mark.value) for mark in forest.chart.marks] == [("Black", 2.0), ("Asian", 0.63)]


def test_the_month_outside_its_limits_is_said_and_the_rule_named(paper: Paper) -> None:
    [months] = of(paper, Control)
    assert isinstance(months.chart, Control)
    assert months.sentences == ("12 months with a share, 1 outside the limits.",)
    assert "Dec 2024 at 30.0% (limits 0.0% to 29.0%)" in alternative(months.chart)
    assert "three standard errors" in months.chart.subtitle
    assert months.grid is not None
    assert [row[-1] for row in months.grid.rows].count("Yes") == 1


def test_every_figure_is_in_a_sentence_and_in_a_row(paper: Paper) -> None:
    rows = [row for one in paper.exhibits if one.grid and "month" not in one.key for row in one.grid.rows]
    sentences = [text for one in paper.exhibits for text in one.sentences]
    for figure in REPORT.orders.figures:
        assert figure.sentence in sentences
    assert len(rows) == len(REPORT.orders.figures)
    assert sum(number(18.75) in row for row in rows) == 1
    assert len({one.key for one in paper.exhibits}) == len(list(paper.exhibits))


def test_a_chart_of_nothing_that_may_be_quoted_is_not_drawn() -> None:
    figures = tuple(replace(one, value=None, status="insufficient_data") for one in CHAIN)
    paper = measures.paper(replace(REPORT, orders=Section(title="Our own", figures=figures)), SUPERVISOR)
    assert [one.chart for one in paper.exhibits] == [None]


def test_signed_out_our_own_records_are_not_there() -> None:
    paper = measures.paper(REPORT, NOBODY)
    assert list(paper.exhibits) == []
    assert any("signed in" in part.nothing for part in paper.parts)
