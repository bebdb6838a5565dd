"""Charts say in words what they draw, and what may not be quoted is text and never a dot."""

import re
from xml.etree import ElementTree

import pytest

from svro.documents import drawing
from svro.documents.charts import Chart, Control, Forest, Ladder, Mark, Multiples, Point, alternative, percent
from svro.documents.wording import number

SVG = "{http://www.w3.org/2000/svg}"
TOO_FEW = "Not to be quoted: too few searches or people"
MARKS = (
    Mark(label="Asian", counts="405 searches, 65,893 residents", value=0.4346, low=0.391, high=0.48),
    Mark(label="Black", counts="1,002 searches, 42,000 residents", value=2.165, low=2.03, high=2.32),
    Mark(label="Mixed", counts="9 searches, 12 residents", value=14.25, low=9.5, high=20.5, words=TOO_FEW),
    Mark(label="Other", counts="30 searches, 4,000 residents", value=1.04, low=0.7, high=1.53),
)
FOREST = Forest(title="A message", subtitle="Of whom", axis="Times the White rate (log scale)", marks=MARKS)
LADDER = Ladder(
    title="Where it enters",
    subtitle="Black people",
    axis="Times White (log scale)",
    total="Searches for each resident",
    marks=(
        Mark(label="Orders for each resident", value=10.0, low=7.0, high=14.0),
        Mark(label="Days for each order", value=0.94, low=0.8, high=1.1),
        Mark(label="Searches for each day", words=TOO_FEW),
        Mark(label="Searches for each resident", value=18.75, low=11.0, high=30.0),
    ),
)
CONTROL = Control(
    title="One month stands out",
    subtitle="Of whom",
    axis="share of searches of unknown ethnicity",
    centre=0.125,
    rule="p-chart, three standard errors",
    points=(
        *(Point(label=f"{n:02} 2024", n=400, value=0.12, lower=0.08, upper=0.17) for n in range(1, 12)),
        Point(label="12 2024", n=400, value=0.31, lower=0.08, upper=0.17, outside=True),
        Point(label="01 2025", n=0, value=None, lower=None, upper=None),
    ),
)
MULTIPLES = Multiples(
    title="Rates by year",
    subtitle="Of whom",
    axis="searches per 1,000 residents",
    marks=tuple(
        Mark(
            label=year,
            value=value,
            low=value * 0.9,
            high=value * 1.1,
            series=series,
            panel=panel,
            words=TOO_FEW if panel == "Mixed" else "",
        )
        for panel, base in (("Black", 8.0), ("Mixed", 900.0), ("White", 3.5))
        for n, year in enumerate(("2019/20", "2020/21"))
        for m, series in enumerate(("As people said", "As officers saw"))
        for value in [base + n + m / 4]
    ),
)
EACH = {"forest": FOREST, "ladder": LADDER, "control": CONTROL, "multiples": MULTIPLES}


def drawn(chart: Chart) -> ElementTree.Element:
    return ElementTree.fromstring(drawing.svg(chart))


def numbers(text: str) -> list[float]:
    return [float(found.replace(",", "")) for found in re.findall(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?", text)]


def printed(chart: Chart) -> str:
    return " ".join("".join(text.itertext()) for text in drawn(chart).iter(f"{SVG}text"))


@pytest.mark.parametrize("chart", EACH.values(), ids=EACH)
def test_a_chart_is_valid_vega_lite_and_the_same_bytes_when_drawn_again(chart: Chart) -> None:
    drawing.specification(chart).to_dict(validate=True)
    first = drawing.svg(chart)
    drawing.svg.cache_clear()
    assert drawing.svg(chart) == first
    assert b"<script" not in first
    assert b"http" not in first.replace(b"http://www.w3.org/", b"")


@pytest.mark.parametrize("chart", EACH.values(), ids=EACH)
def test_a_chart_carries_its_words_and_its_text_is_level_large_and_without_serifs(chart: Chart) -> None:
    root = drawn(chart)
    assert (root[0].text, root[1].text) == (chart.title, alternative(chart))
    texts = list(root.iter(f"{SVG}text"))
    assert texts
    for text in texts:
        assert int(text.attrib["font-size"].removesuffix("px")) >= 16, text.attrib
        assert text.attrib["font-family"].endswith("sans-serif")
        assert "rotate" not in text.attrib.get("transform", "")


@pytest.mark.parametrize("chart", EACH.values(), ids=EACH)
def test_colours_are_those_of_the_analysis_function(chart: Chart) -> None:
    used = {
        colour for node in drawn(chart).iter() for name in ("fill", "stroke") if (colour := node.get(name))
    }
    ours = {"#12436D", "#28A197", "#801650", "#F46A25", "#595959", "#0b0c0c"}
    assert used - {"none", "white", "transparent"} <= ours
    assert drawing.colours(2) == ["#12436D", "#F46A25"]
    assert drawing.colours(4) == ["#12436D", "#28A197", "#801650", "#F46A25"]


def test_the_words_of_a_forest_are_its_numbers() -> None:
    said = alternative(FOREST)
    for mark in (m for m in MARKS if m.shown):
        told = said.split(mark.label)[1].split(";")[0].split(". ")[0]
        assert numbers(told) == [float(number(n)) for n in (mark.value, mark.low, mark.high)]
    assert "No figure may be quoted for Mixed." in said
    assert "14.25" not in said
    assert "across 1 for Other." in said
    assert len(numbers(said)) == 3 * 3 + 1


def test_the_words_of_a_ladder_keep_its_order_and_numbers() -> None:
    assert numbers(alternative(LADDER)) == [10, 7, 14, 0.94, 0.8, 1.1, 18.75, 11, 30, 1]
    assert "No figure may be quoted for Searches for each day." in alternative(LADDER)


def test_the_words_of_a_control_chart_give_centre_limits_and_what_is_outside() -> None:
    said = alternative(CONTROL)
    assert "12 points, centre 12.5%" in said
    assert "Outside the limits: 12 2024 at 31.0% (limits 8.0% to 17.0%)." in said
    assert "1 period without a point." in said
    assert CONTROL.rule in said


def test_the_words_of_small_charts_give_the_highest_and_the_lowest_that_may_be_quoted() -> None:
    said = alternative(MULTIPLES)
    assert (
        "Highest 9.25 (Black, As officers saw, 2020/21); lowest 3.50 (White, As people said, 2019/20)" in said
    )
    assert "4 figures of 12 may not be quoted" in said
    assert "90" not in said


def test_words_that_did_not_come_from_the_numbers_would_be_seen() -> None:
    """The control: with another number the same reading differs."""
    other = Forest(title="", subtitle="", axis="", marks=(Mark(label="Asian", value=0.5, low=0.4, high=0.6),))
    assert numbers(alternative(other)) == [0.5, 0.4, 0.6]


def points(chart: Chart) -> int:
    """The dots of a chart: Vega marks each group of them."""
    groups = [g for g in drawn(chart).iter(f"{SVG}g") if "mark-symbol role-mark" in g.get("class", "")]
    return sum(1 for group in groups for path in group.iter(f"{SVG}path"))


def test_what_may_not_be_quoted_is_text_and_never_a_dot() -> None:
    assert points(FOREST) == 3
    assert "too few searches or people" in printed(FOREST)
    assert "14.25" not in printed(FOREST)
    assert points(LADDER) == 3
    assert points(MULTIPLES) == 8
    assert printed(MULTIPLES).count("*") == 4
    quotable = Forest(
        title="", subtitle="", axis="x", marks=tuple(Mark(label=m.label, value=m.value) for m in MARKS)
    )
    assert points(quotable) == 4  # the control: the same mark without words is drawn


def test_every_row_prints_its_counts_and_its_figure() -> None:
    text = printed(FOREST)
    for mark in MARKS:
        assert mark.counts in text
    for mark in (m for m in MARKS if m.shown):
        assert number(mark.value) in text
        assert f"({number(mark.low)} to {number(mark.high)})" in text


def test_no_more_than_four_series_share_a_chart() -> None:
    marks = tuple(Mark(label="2019/20", value=1.0, series=str(n), panel="Black") for n in range(5))
    with pytest.raises(ValueError, match="4 series at most, not 5"):
        Multiples(title="", subtitle="", axis="", marks=marks)


@pytest.mark.parametrize(
    ("value", "places", "said"),
    [
        (15.625, 2, "15.63"),
        (0.125, 2, "0.13"),
        (2.165, 2, "2.17"),
        (1234567.0, 0, "1,234,567"),
        (None, 2, "–"),
    ],
)
def test_halves_are_displayed_as_official_statistics_display_them(
    value: float | None, places: int, said: str
) -> None:
    assert number(value, places) == said
    assert percent(0.0625) == "6.3%"
