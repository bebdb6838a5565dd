"""Every provision is declared once, resolves, and has a verdict; every rule of the law cites one."""

from datetime import date

import pytest

from svro.law import coverage, sources
from svro.law.sources import SOURCES, UnknownSource, cited, resolve

NOT_RULES: dict[str, str] = {
    "coverage": "About the rules, not among them.",
    "sources": "About the law's text, not among its rules.",
    "identifiers": "Conventions of the police's and the courts' systems, not law.",
    "words": "Closed lists of the police's and the census's, each with its own source.",
    "duties.standing_of": "Which acts stand: bookkeeping.",
    "duties.spoken": "A day in words.",
    "duties.owed": "Sorting.",
    "facts.nonsense": "What contradicts itself, whatever the law.",
    "findings.told": "Words of a finding; `search` says when it applies.",
    "life.tell": "Gathers what its rules say.",
    "life.fold": "Applies its rules act by act.",
    "search.nonsense": "What contradicts itself, whatever the law.",
    "stages.row": "Looks up the table, whose every row has its source.",
    "stages.permissions": "Looks up the table, whose every row has its source.",
    "stages.provenance": "Names what a record rests on.",
    "stages.explain": "Words for the table, whose every row has its source.",
}
"""Modules and public functions that carry out no provision, and why."""


def test_every_source_line_of_the_law_resolves() -> None:
    found = coverage.rules()
    assert len(found) > 30
    for rule in found.values():
        assert rule.citations, rule.name
        assert rule.says.endswith("."), rule.name


def test_every_public_function_of_the_law_cites_its_provision_or_is_listed_as_no_rule() -> None:
    uncited = {
        name
        for name, text in coverage.functions()
        if not name.rpartition(".")[2].startswith("_") and "\nSource:" not in text
    }
    excused = {name for name in uncited if name in NOT_RULES or name.partition(".")[0] in NOT_RULES}
    assert uncited - excused == set()
    named = {name for name in NOT_RULES if "." in name}
    assert named <= uncited, "listed as no rule, and yet it cites one, or is gone"


def test_every_provision_has_a_verdict() -> None:
    """And what cites nothing deeper than a section speaks for none of its paragraphs."""
    citing = {name: rule.citations for name, rule in coverage.rules().items()}
    missing = [verdict.citation for verdict in coverage.verdicts(citing) if verdict.kind == "missing"]
    assert missing == []
    assert any(v.kind == "missing" for v in coverage.verdicts({}))


def test_no_provision_has_both_a_rule_and_a_reason_for_none() -> None:
    """A reason speaks for all beneath it; a paragraph may be left out of a subsection that has a rule."""
    for name, rule in coverage.rules().items():
        for citation in rule.citations:
            above = [
                key
                for key in coverage.NO_RULE
                if citation == key or citation.startswith((key + "(", key + " ("))
            ]
            assert above == [], f"{name} carries out {citation}"


@pytest.mark.parametrize(
    "citation",
    [
        "Sentencing Act 2020 s.342D(2)",
        "Sentencing Act 2020 s.342H(9)(c)(iii)",
        "Sentencing Act 2020 s.342L (public place)(b)",
        "PACE 1984 s.2(3)(a)",
        "PACE 1984 s.3(6)(a)(ii)",
        "PACE 1984 s.3(6A)(b)",
        "SI 2023/387 reg.6(1)(a)",
        "SI 2023/387 reg.8(b)",
        "PCSC Act 2022 s.166(4)(a)",
        "CrimPR 31.3(2)",
        "CrimPR 31.12(c)",
        "CrimPR 31.3(1)(a)(vi)",
        "SI 2022/1071 reg.3(2)",
        "PACE Code A (Dec 2023) para 4.3",
        "PACE Code A Annex G",
        "Interpretation Act 1978 Sch.1 (month)",
        "Police (Property) Regulations 1997",
    ],
)
def test_a_citation_names_its_provision(citation: str) -> None:
    source = resolve(citation)
    assert source.citation == citation
    assert source.link.startswith("https://www.")
    assert source.heading


@pytest.mark.parametrize(
    "wrong",
    [
        "Sentencing Act 2020 s.342D(6)",
        "PACE 1984 s.2(3)(e)",
        "SI 2023/387 reg.6(3)",
        "CrimPR 31.13",
        "s.342A",
        "",
    ],
)
def test_a_citation_with_a_wrong_paragraph_does_not_resolve(wrong: str) -> None:
    with pytest.raises(UnknownSource):
        resolve(wrong)


def test_a_source_line_may_hold_several_citations_lists_and_ranges() -> None:
    names = [
        source.provision
        for source in cited("Source: Sentencing Act 2020 s.342A(2)(b), (5)(a)-(c); PACE 1984 s.2(1).")
    ]
    assert names == ["s.342A(2)(b)", "s.342A(5)(a)", "s.342A(5)(b)", "s.342A(5)(c)", "s.2(1)"]
    with pytest.raises(UnknownSource):
        cited("Source: Sentencing Act 2020 s.342A(11)-(19).")


def test_the_sections_are_declared_paragraph_by_paragraph() -> None:
    """Counted by hand from the Act and the regulations as made."""
    count = {
        "Sentencing Act 2020 s.342A": 36,
        "Sentencing Act 2020 s.342D": 8,
        "Sentencing Act 2020 s.342E": 8,
        "Sentencing Act 2020 s.342G": 12,
        "PCSC Act 2022 s.166": 26,
        "SI 2023/387 reg.6": 6,
        "SI 2023/387 reg.7": 13,
        "SI 2022/1071 reg.5": 6,
        "CrimPR 31.12": 4,
    }
    for stem, paragraphs in count.items():
        held = [name for name in SOURCES if name == stem or name.startswith((stem + "(", stem + " "))]
        assert len(held) == paragraphs, stem


def test_what_was_in_force_on_a_day() -> None:
    def held(citation: str, day: date) -> bool:
        return sources.in_force(resolve(citation), day)

    assert held("Sentencing Act 2020 s.342A(1)", date(2025, 4, 18))
    assert not held("Sentencing Act 2020 s.342A(1)", date(2025, 4, 19))
    assert held("Sentencing Act 2020 s.342E(2)", date(2025, 10, 18))
    assert not held("Sentencing Act 2020 s.342E(2)", date(2025, 10, 19))
    assert not held("Sentencing Act 2020 s.342C(1)", date(2024, 1, 1))
    assert held("Sentencing Act 2020 s.342F(1)", date(2026, 1, 1))
    assert held("CPIA 1996 s.3", date(2024, 1, 1))


@pytest.mark.parametrize(
    ("day", "version"),
    [
        (date(2023, 1, 16), None),
        (date(2023, 12, 19), "PACE Code A (Jan 2023)"),
        (date(2023, 12, 20), "PACE Code A (Dec 2023)"),
        (date(2026, 1, 1), "PACE Code A (Dec 2023)"),
    ],
)
def test_a_search_is_under_the_code_of_its_day(day: date, version: str | None) -> None:
    assert sources.code_a(day) == version
    assert version is None or resolve(f"{version} Annex G").verified


def test_what_was_not_read_says_so() -> None:
    assert not resolve("PACE Code A (Dec 2023) para 4.3").verified
    assert not resolve("Criminal Appeal Act 1968 s.18").verified
    assert resolve("Sentencing Act 2020 s.342D(5)").verified


def test_every_reason_for_no_rule_speaks_for_a_provision_that_exists() -> None:
    for citation, why in coverage.NO_RULE.items():
        assert resolve(citation)
        assert why


def test_a_verdict_is_a_rule_a_reason_or_a_hole() -> None:
    held = {
        v.citation: v for v in coverage.verdicts({"rule": ["Sentencing Act 2020 s.342A(5)", "PACE 1984 s.3"]})
    }
    assert held["Sentencing Act 2020 s.342A(5)(c)"].rules == ("rule",)
    assert held["Sentencing Act 2020 s.342A(5)"].kind == "rule"
    assert held["Sentencing Act 2020 s.342K(5)(a)"].kind == "no rule"
    assert held["Sentencing Act 2020 s.342K"].kind == "no rule"
    assert held["Sentencing Act 2020 s.342A(6)"].kind == "missing"
    assert held["Sentencing Act 2020 s.342A"].kind == "missing"
    assert held["PACE 1984 s.3"].kind == "rule"
    assert held["PACE 1984 s.3(6)(a)(ii)"].kind == "missing", "a section cited whole speaks for no paragraph"
    assert not any(citation.startswith("PACE 1984 s.1") for citation in held)
