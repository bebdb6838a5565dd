"""No table and no column is left out of a bundle without somebody's having said why."""

import pytest
from sqlalchemy import Column, String, Table

from svro.casework.disclosure import gather, rules, sections
from svro.casework.disclosure.sections import BY_TABLE, SOURCES
from svro.records import metadata


def test_every_table_is_gathered_by_a_section_or_listed_with_the_reason_why_not() -> None:
    for table in metadata.sorted_tables:
        why, source = sections.why_not(table.name), BY_TABLE.get(table.name)
        assert (why is None) is (source is not None), table.name
        assert why is None or len(why) > 10
    named = {name for name in (*sections.NOT_GATHERED, *sections.OTHERWISE) if not name.endswith("*")}
    assert named <= set(metadata.tables)


def shown(table: Table) -> set[str]:
    """The columns that an item of a table shows, or keeps back with a ground."""
    empty = dict.fromkeys(table.columns.keys())
    return {one.name.partition(".")[0] for one in gather.fields_of(table, empty, False)}


@pytest.mark.parametrize("name", sorted(BY_TABLE))
def test_every_column_that_may_be_disclosed_is_shown_and_every_one_to_be_redacted_has_a_rule(
    name: str,
) -> None:
    table = metadata.tables[name]
    kinds = {how: {c.name for c in table.columns if c.info["disclose"] == how} for how in ("yes", "redact")}
    assert shown(table) == kinds["yes"] | kinds["redact"]
    assert set(rules.RULES[name]) == kinds["redact"], "say in rules.RULES what becomes of it"
    assert set(rules.RULES) == set(BY_TABLE)


def test_a_new_column_fails_until_somebody_classifies_it() -> None:
    table = metadata.tables["searches"].to_metadata(type(metadata)())
    table.append_column(Column("mood", String))
    with pytest.raises(KeyError):
        shown(table)
    table.c.mood.info["disclose"] = "yes"
    assert "mood" in shown(table)  # and shown from then on
    table.c.mood.info["disclose"] = "redact"
    with pytest.raises(KeyError):
        list(gather.fields_of(table, dict.fromkeys(table.columns.keys(), "x"), False))


def test_a_history_is_found_by_columns_that_there_are() -> None:
    for source in SOURCES:
        columns = metadata.tables[source.table].c
        for name in (source.link, source.when, source.history, source.at):
            assert name is None or name in columns, (source.table, name)
