"""What the law says of one search: whether the power was there, what was done that should not have been,
what its record lacks.

A search that happened is always recorded. Nothing here refuses one: findings say what is wrong, why, and
what to do.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec.structs import replace

from svro.law import dates
from svro.law.findings import FINDINGS, SEVERITIES, STOP, TOLD, Finding, told
from svro.law.order import Act, State, standing
from svro.law.sources import code_a

__all__ = [
    "Finding",
    "GoWisely",
    "SearchRecord",
    "copy_until",
    "findings",
    "nonsense",
    "power",
    "quashed_after",
]

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]

Power = Literal["svro", "pace-1", "mda-23", "cjpoa-60", "firearms-47", "other"]
Verdict = Literal["yes", "no", "unknown", "not claimed"]

WEAPONS = frozenset({"bladed-article", "offensive-weapon", "bladed-article-or-offensive-weapon"})
"""The only objects of a search under s.342E, by their codes in `law.words`."""

NOT_STATED = "NS"
FIRST_YEAR = 1986
"""PACE came into force on 1 January 1986: an earlier year is a slip of the pen."""


class GoWisely(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the person was told before the search, item by item: True said, False not said, None not
    recorded.
    """

    grounds: bool | None = None
    object: bool | None = None
    warrant_card: bool | None = None
    identity: bool | None = None
    station: bool | None = None
    entitlement: bool | None = None
    legal_power: bool | None = None
    you_are_detained: bool | None = None


class SearchRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one search record says; None always means that the record does not say.

    `searched` False is a person detained but not searched. `self_ethnicity`, `officer_ethnicity`,
    `object`, `outcome` and `not_stated_reason` are codes of `law.words`; `area` is a force slug;
    `reason_for_use` is why the power was used now; `identity` is whether the person was confirmed to be
    the one the order names.
    """

    at: Instant
    ended_at: Instant | None = None
    power: Power = "svro"
    place: Line
    area: Word | None = None
    public_place: bool | None = None
    searched: bool = True
    vehicle_searched: bool | None = None
    companions_searched: bool | None = None
    object: Word | None = None
    grounds: Text | None = None
    reason_for_use: Text | None = None
    identity: Literal["confirmed", "not confirmed", "refused", "disproved"] | None = None
    self_ethnicity: Word | None = None
    not_stated_reason: Word | None = None
    officer_ethnicity: Word | None = None
    gowisely: GoWisely = GoWisely()
    not_told_reason: Text | None = None
    in_uniform: bool | None = None
    officer_number: Word | None = None
    officer_station: Line | None = None
    clothing: Literal["none", "outer", "more", "intimate"] | None = None
    out_of_public_view: bool | None = None
    same_sex_officer: bool | None = None
    force_used: bool | None = None
    outcome: Word | None = None
    outcome_linked: bool | None = None
    found: Line | None = None
    seized: bool | None = None
    copy: Literal["given", "receipt", "offered and declined", "not offered", "not practicable"] | None = None
    bwv: Literal["recorded", "not recorded"] | None = None
    bwv_reference: Line | None = None


def copy_until(at: datetime) -> date:
    """A person may ask for a copy of the record of their search within 3 months beginning with its day.

    Returns the last London day on which they may ask.

    Source: PACE 1984 s.3(9).
    """
    return dates.last_day(dates.london_day(at), 3)


def nonsense(record: SearchRecord) -> tuple[tuple[str, str], ...]:
    """The fields that make the record impossible, with the reason: an end before the start, or a year
    before PACE.
    """
    if record.at.year < FIRST_YEAR:
        return (("at", f"Searches have been recorded under this law only since {FIRST_YEAR}."),)
    if record.ended_at is not None and record.ended_at < record.at:
        return (("ended_at", "The search cannot end before it starts."),)
    return ()


def subject(record: SearchRecord, same_person: bool | None) -> bool | None:
    """The offender is the person the order was made for: a disproof settles it, then the records.

    Where the records do not say (`same_person` None) the officer's confirmation does; None if nobody knows.

    Source: Sentencing Act 2020 s.342L (the offender).
    """
    if record.identity == "disproved":
        return False
    if same_person is not None:
        return same_person
    return True if record.identity == "confirmed" else None


def quashed_after(acts: Sequence[Act], instant: datetime, known_at: datetime) -> datetime | None:
    """Quashing an order does not change what it was at an earlier search: that one is only marked.

    When the order was quashed later than `instant`, as known at `known_at`; None where it was not.

    Source: Sentencing Act 2020 s.342I(1).
    """
    later = (act.at for act in standing(acts, known_at) if act.act == "quashed" and act.at > instant)
    return min(later, default=None)


def power(
    record: SearchRecord,
    state: State | None,
    *,
    same_person: bool | None,
    order_found: bool,
    claimed: str | None,
) -> Verdict:
    """Only the offender, in a public place, for a blade or weapon, while an order is in effect.

    One word for counting. "not claimed": another power was relied on, which this one leaves as it is, or
    no order was named; "no": a condition fails; "unknown": none fails and one is not known; "yes": all are
    met. `state` is the order's at the instant of the search. Good faith saves nothing.

    Source: Sentencing Act 2020 s.342E(1)-(5), (7).
    """
    if record.power != "svro" or claimed is None:
        return "not claimed"
    if not order_found:
        return "no"
    offender = subject(record, same_person)
    answer = state.answer if state else "unknown"
    out_of_scope = record.object is not None and record.object not in WEAPONS
    if answer == "no" or offender is False or record.public_place is False or out_of_scope:
        return "no"
    if answer != "yes" or offender is None or record.public_place is None:
        return "unknown"
    return "yes"


def findings(
    record: SearchRecord,
    state: State | None,
    *,
    same_person: bool | None,
    order_found: bool,
    claimed: str | None,
    quashed_at: datetime | None = None,
) -> tuple[Finding, ...]:
    """Everything the law says of this search, gravest first: the power, its use, what the record lacks.

    `state` is what the order was at the instant of the search (None where no order was found), `claimed`
    the order reference as the officer gave it, `same_person` whether the records make the person searched
    the offender (None where they do not say), `quashed_at` when the order was quashed on appeal, if it
    was. A search before that stays what it was, and is marked.

    Source: Sentencing Act 2020 s.342E(1)-(6).
    """
    found: list[Finding] = []
    if record.power == "svro":
        found += [*_authority(record, state, same_person, order_found, claimed), *_scope(record)]
        if quashed_at is not None and quashed_at > record.at:
            found.append(FINDINGS["later-quashed"])
    for rule in (_clothing, _told, _written, _ethnicity, _copy, _result):
        found += rule(record)
    day = dates.london_day(record.at)
    cited = [replace(finding, source=_of_the_day(finding.source, day)) for finding in found]
    return tuple(sorted(cited, key=lambda finding: SEVERITIES.index(finding.severity)))


def _of_the_day(source: str, day: date) -> str:
    """A search is judged by the version of Code A of its day; before the first one held, by the Code.

    Source: PACE Code A.
    """
    version = code_a(day)
    return source.format(code=version) if version or "{code}" not in source else "PACE Code A"


def _authority(
    record: SearchRecord,
    state: State | None,
    same_person: bool | None,
    order_found: bool,
    claimed: str | None,
) -> Iterator[Finding]:
    """A search has this power only while an order is in effect for that person; good faith is no help.

    Source: Sentencing Act 2020 s.342E(1)-(2).
    """
    if claimed is None:
        yield FINDINGS["no-order-named"]
        return
    if not order_found:
        yield FINDINGS["no-such-order"]
        return
    offender = subject(record, same_person)
    if offender is False:
        yield FINDINGS["another-person"]
    elif offender is None:
        yield FINDINGS["person-not-established"]
    if state is None:
        yield FINDINGS["order-state-missing"]
    elif state.answer == "no":
        sentence = f"The order was not in effect at the time of the search. {state.sentence}"
        yield Finding(f"order-{state.reason}", "power", sentence, state.source, STOP)
    elif state.answer != "yes":
        sentence = f"It is not known whether the order was in effect at the time. {state.sentence}"
        do = f"Find out what the order says and when it took effect. {STOP}"
        yield Finding(f"order-{state.reason}", "power", sentence, state.source, do)


def _scope(record: SearchRecord) -> Iterator[Finding]:
    """The power is only to search the offender, in a public place, for a blade or offensive weapon.

    A public place is one to which the public or a section of it has access, or any other place, not a
    dwelling, to which people have ready access. What is not known is not a breach: it is missing from the
    record.

    Source: Sentencing Act 2020 s.342E(2), (5); Sentencing Act 2020 s.342L (public place).
    """
    if record.public_place is not True:
        yield FINDINGS["public-place-not-recorded" if record.public_place is None else "not-public-place"]
    if record.vehicle_searched:
        yield FINDINGS["vehicle-searched"]
    if record.companions_searched:
        yield FINDINGS["companions-searched"]
    if record.object is not None and record.object not in WEAPONS:
        yield FINDINGS["object-outside-power"]
    if record.identity is None:
        yield FINDINGS["identity-not-recorded"]
    elif record.identity in ("not confirmed", "refused"):
        yield FINDINGS[f"identity-{record.identity.replace(' ', '-')}"]
    if record.reason_for_use is None:
        yield FINDINGS["reason-for-use-missing"]


def _clothing(record: SearchRecord) -> Iterator[Finding]:
    """In public nobody can be made to take off more than an outer coat, jacket or gloves.

    Source: PACE 1984 s.2(9)(a).
    """
    if not record.searched:
        return
    if record.clothing is None:
        yield FINDINGS["clothing-not-recorded"]
    elif record.clothing in ("more", "intimate"):
        if record.out_of_public_view is not True:
            unsaid = record.out_of_public_view is None
            yield FINDINGS["clothing-where-not-recorded" if unsaid else "clothing-in-public"]
        if record.same_sex_officer is not True:
            unsaid = record.same_sex_officer is None
            yield FINDINGS["clothing-sex-not-recorded" if unsaid else "clothing-other-sex"]
        if record.clothing == "intimate":
            yield FINDINGS["intimate-parts-exposed"]


def _told(record: SearchRecord) -> Iterator[Finding]:
    """A search must not start until the person was told who searches, for what, why and their rights.

    Uniform excuses the warrant card, and an impracticable record the entitlement to a copy.

    Source: PACE 1984 s.2(2)-(4), (5)(a).
    """
    if not record.searched:
        return
    for item in TOLD:
        said: bool | None = getattr(record.gowisely, item)
        in_uniform = item == "warrant_card" and record.in_uniform is True
        no_record = item == "entitlement" and record.copy == "not practicable"
        if not (said or in_uniform or no_record):
            yield told(item, said, record.not_told_reason)


def _written(record: SearchRecord) -> Iterator[Finding]:
    """The record states the object, the grounds, when, where and who searched; a name is not among them.

    For a search under an order the grounds are that the order is in effect and why the power was used:
    suspicion is no condition. Nobody may be held longer than the search takes. A constable who has
    detained somebody need not search.

    Source: PACE 1984 s.3(2), (6); PACE 1984 s.2(1), (8).
    """
    if record.ended_at is None:
        yield FINDINGS["end-not-recorded"]
    if not record.searched:
        yield FINDINGS["detained-not-searched"]
        return
    if record.object is None:
        yield FINDINGS["object-missing"]
    if record.grounds is None:
        yield FINDINGS["grounds-missing"]
    if record.officer_number is None:
        yield FINDINGS["officer-missing"]


def _ethnicity(record: SearchRecord) -> Iterator[Finding]:
    """Ethnic origin is recorded as the person describes it and, if different, as the constable sees it.

    Never one from the other.

    Source: PACE 1984 s.3(6A).
    """
    if not record.searched:
        return
    stated = record.self_ethnicity not in (None, NOT_STATED)
    if record.self_ethnicity is None:
        yield FINDINGS["self-ethnicity-missing"]
    elif not stated and record.not_stated_reason is None:
        yield FINDINGS["not-stated-without-reason"]
    if record.self_ethnicity != NOT_STATED and record.not_stated_reason is not None:
        yield FINDINGS["reason-without-not-stated"]
    if record.officer_ethnicity is None:
        yield FINDINGS["officer-ethnicity-not-recorded" if stated else "officer-ethnicity-missing"]


def _copy(record: SearchRecord) -> Iterator[Finding]:
    """The person may have a copy of the record if they ask within 3 months of the search, not 12.

    Source: PACE 1984 s.3(7), (9).
    """
    until = copy_until(record.at)
    code = {
        None: "copy-not-recorded",
        "not offered": "copy-not-offered",
        "not practicable": "record-not-practicable",
    }.get(record.copy)
    if record.searched and code:
        finding = FINDINGS[code]
        yield replace(finding, sentence=finding.sentence.format(until=f"{until.day} {until:%B %Y}"))


def _result(record: SearchRecord) -> Iterator[Finding]:
    """What was found, seized and done must be known for the report to Parliament, though PACE no longer asks.

    Source: PCSC Act 2022 s.166(4)(c); Sentencing Act 2020 s.342E(4), (6).
    """
    if record.searched and record.outcome is None:
        yield FINDINGS["outcome-missing"]
    elif record.searched and record.outcome_linked is None:
        yield FINDINGS["outcome-link-missing"]
    if not record.searched and (record.found or record.seized):
        yield FINDINGS["found-without-search"]
    elif record.seized and not record.found:
        yield FINDINGS["seized-not-described"]
    if record.force_used is None:
        yield FINDINGS["force-not-recorded"]
    if record.bwv is None:
        yield FINDINGS["bwv-not-recorded"]
    elif record.bwv == "not recorded":
        yield FINDINGS["no-bwv"]
    elif record.bwv_reference is None:
        yield FINDINGS["bwv-reference-missing"]
