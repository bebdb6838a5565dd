"""Every measure: its formula, its denominator, the data it needs, what it says and does not say, and whence
it comes. Sentences, tables and pages take their words from here.

`{people}` stands for the people of the group, as in: searches of {people}.
"""

import msgspec

from svro.figures.measured import Code, Form


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One number of a measure. `one` and `many` name what is counted, `over` what it is counted against
    after `link`. `did` is what was done to those counted, for "3 of 25 searches found something"; `likely` is
    what the people were more or less likely to meet. `says` is the whole sentence of a number that has a
    formula of its own.
    """

    name: str
    form: Form
    one: str = "search of {people}"
    many: str = "searches of {people}"
    link: str = "in"
    over: str = "days under order"
    did: str = ""
    likely: str = "to be searched"
    says: str = ""


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One measure of the catalogue. `minimum` is the data without which it is counts only; `beware` is what
    it cannot show. `public` False is for supervisors inside the force and never published.
    """

    code: Code
    name: str
    formula: str
    denominator: str
    minimum: str
    says: str
    beware: str
    source: str
    parts: dict[str, Part]
    public: bool = True


TEN = "10 searches of 10 people in each group, and 20 people at risk; 10 to 19 searches: low precision"
RESIDENTS = "10 searches and 1,000 residents in each group; 10 to 19 searches: low precision"
RDU = "Race Disparity Unit, Style guide A to Z; How we use Census data"
HOME_OFFICE = "Home Office, Police powers and procedures: stop and search, years to March 2020 to 2025"
RRI = (
    "N. Uhrig, Black, Asian and Minority Ethnic disproportionality in the Criminal Justice System"
    " (Ministry of Justice, 2016); OJJDP, What is an RRI?"
)
ACT = "Police, Crime, Sentencing and Courts Act 2022 s.166(4)"
HMICFRS = "HMICFRS, PEEL: police legitimacy 2017; Disproportionate use of police powers, February 2021"
REAL = "Race Disparity Unit, Which differences in ethnic group data are real?, December 2021"

_RESIDENTS = Part(
    name="for each resident",
    form="ratio",
    link="among",
    over="residents",
    likely="to be searched, for each resident",
)
_DAYS = Part(name="for each day under order", form="ratio", likely="to be searched, for each day under order")


def _stage(after: str, before: str, did: str, likely: str) -> tuple[tuple[str, Part], tuple[str, Part]]:
    step = Part(
        name=f"{after}, of those {before}", form="ratio", over=f"{{people}} {before}", did=did, likely=likely
    )
    whole = Part(
        name=f"{after}, of those considered",
        form="ratio",
        over="{people} considered",
        did=did,
        likely=f"{likely}, of all who were considered",
    )
    return (after, step), (f"{after} from the start", whole)


def _share(name: str, over: str, did: str) -> Part:
    return Part(name=name, form="proportion", over=over, did=did)


def _of_searches(name: str, did: str, over: str = "searches of {people}") -> Part:
    return _share(name, over, did)


_ALL = (
    Measure(
        code="M1",
        name="Searches per 1,000 residents",
        formula="1,000 x searches / residents",
        denominator="usual residents of the force's area on the day of the Census named, of the same groups",
        minimum=RESIDENTS,
        says="how the burden falls on communities",
        beware="Residents are not the people at risk: visitors are searched too, and a Census ages. A"
        " month that"
        " a force did not submit leaves both sides or neither.",
        source=f"{RDU}; {HOME_OFFICE}",
        parts={"rate": Part(name="rate", form="rate", link="among", over="residents")},
    ),
    Measure(
        code="M2",
        name="Searches per 1,000 days under order",
        formula="1,000 x searches / days under order",
        denominator="days in the period on which an order was in effect, each once for each person, less"
        " days in"
        " custody where those are held",
        minimum=TEN,
        says="how hard the power is used on those subject to it; the primary measure",
        beware="It says nothing about who was given an order: for that, read the chain.",
        source="Sentencing Act 2020 s.342E; the cohort's own days",
        parts={
            "rate": Part(name="rate", form="rate"),
            "orders per resident": Part(
                name="orders for each resident",
                form="ratio",
                one="{person} under order",
                many="{people} under order",
                link="among",
                over="residents",
                likely="to be under an order, for each resident",
            ),
            "days per order": Part(
                name="days for each person under order",
                form="ratio",
                one="day under order of {people}",
                many="days under order of {people}",
                link="for",
                over="people under order",
                likely="to be under order on a day, for each person with an order",
            ),
            "searches per day": _DAYS,
            "searches per resident": _RESIDENTS,
        },
    ),
    Measure(
        code="M3",
        name="Rate ratio",
        formula="(searches / denominator) of the group / the same of the reference group",
        denominator="that of M1 or of M2, as named",
        minimum=f"on days: {TEN}; on residents: {RESIDENTS}",
        says="how many times as likely one group was to be searched as another",
        beware="A disparity is not by itself discrimination. Which denominator is chosen changes it more"
        " than any"
        " statistical method does. White includes Gypsy, Roma and Irish Traveller people.",
        source=f"{RDU}; {HOME_OFFICE}",
        parts={
            "days": _DAYS,
            "residents": _RESIDENTS,
            "days, by force": msgspec.structs.replace(
                _DAYS,
                name="for each day under order, force by force",
                likely=f"{_DAYS.likely} in the same force",
            ),
            "residents, by force": msgspec.structs.replace(
                _RESIDENTS,
                name="for each resident, force by force",
                likely=f"{_RESIDENTS.likely} of the same force",
            ),
            "like for like": Part(
                name="against people of the same age and sex",
                form="number",
                says="{counts}, where {expected} would be expected of {reference} people of the same ages and"
                " sexes: {value} times as many{interval}.",
            ),
        },
    ),
    Measure(
        code="M4",
        name="Rate difference and searches beyond the reference rate",
        formula="rate of the group - rate of the reference; searches x (1 - 1 / ratio)",
        denominator="that of M1 or of M2, as named",
        minimum="what M3 needs",
        says="how many more or fewer searches there were than at the reference group's rate",
        beware="It is not a count of unlawful searches.",
        source=REAL,
        parts={
            "days": Part(name="difference for each 1,000 days under order", form="difference"),
            "residents": Part(
                name="difference for each 1,000 residents", form="difference", link="among", over="residents"
            ),
            "excess": Part(name="searches beyond the reference rate", form="excess"),
        },
    ),
    Measure(
        code="M5",
        name="Share of searches against share of the benchmark",
        formula="share of searches / share of the benchmark",
        denominator="residents, or days under order, as named",
        minimum="30 searches in all, 10 of the group",
        says="whether a group's share of searches is greater than its share of those who could be searched",
        beware="The index of White people falls when others are searched more: compare two indices only as a"
        " ratio, which is M3.",
        source=RDU,
        parts={
            "share": _share("share of searches", "searches", "were of {people}"),
            "index": Part(
                name="disproportionality index",
                form="ratio",
                many="searches of {people}",
                over="days under order",
                likely="to be searched as everybody together, for each day under order",
            ),
            "index of residents": Part(
                name="disproportionality index on residents",
                form="ratio",
                link="among",
                over="residents",
                likely="to be searched as everybody together, for each resident",
            ),
        },
    ),
    Measure(
        code="M6",
        name="Relative rate index by stage",
        formula="(people at the stage / people at the stage before) of the group / the same of the reference",
        denominator="people who reached the stage before",
        minimum="in each group 10 people at the stage and 20 at the stage before",
        says="where between being considered and being found with something a disparity enters",
        beware="Parity at a later stage can hide disparity at an earlier one, and the other way round.",
        source=RRI,
        parts=dict(
            (
                *_stage("applied", "considered", "were applied for", "to have an order applied for"),
                *_stage("granted", "applied for", "were made subject to an order", "to be given an order"),
                *_stage("searched", "given an order", "were searched", "to be searched at least once"),
                *_stage("found", "searched", "were found with something", "to be found with something"),
                *_stage(
                    "outcome", "found with something", "were dealt with further", "to be dealt with further"
                ),
            )
        ),
    ),
    Measure(
        code="M7",
        name="Repeat searches",
        formula="Gini coefficient, people never searched included; share of the most searched tenth;"
        " share never"
        " searched; mean of those searched; the most of one person, as a band",
        denominator="people with a day under order",
        minimum="20 people under order",
        says="how far searches fall on a few",
        beware="It is counted over people, never over searches. The most searched person is shown only in"
        " a band.",
        source="arithmetic over the cohort",
        parts={
            "gini": Part(
                name="Gini coefficient",
                form="number",
                says="{counts}, shared among {denominator} people under order: a Gini coefficient of"
                " {value}, where 0"
                " is all alike and 1 is all on one person.",
            ),
            "top tenth": Part(
                name="share of the most searched tenth",
                form="number",
                says="The most searched tenth of {denominator} people under order had {percent} of {counts}.",
            ),
            "never searched": _share("share never searched", "{people} under order", "were never searched"),
            "mean": Part(
                name="mean of those searched",
                form="number",
                says="{counts}: {value} for each person searched.",
            ),
            "most": Part(
                name="the most of one person",
                form="band",
                says="The person searched most was searched between {low} and {high} times.",
            ),
        },
    ),
    Measure(
        code="M8",
        name="Days to the first search",
        formula="Kaplan-Meier estimate of the share searched, from the day the order took effect",
        denominator="people whose order took effect in the period, until its end",
        minimum="10 first searches",
        says="how soon after the order the first search comes",
        beware="Orders end, and those already running when the period starts are left out.",
        source="E. L. Kaplan and P. Meier, Journal of the American Statistical Association 53, 1958",
        parts={
            "median": Part(
                name="median days to the first search",
                form="number",
                says="{counts}: half were searched within {value} days{interval}.",
            )
        },
    ),
    Measure(
        code="M9",
        name="What searches found",
        formula="found / searches with an outcome; found and linked to the object / the same; no further"
        " action /"
        " the same",
        denominator="searches whose record says what came of them",
        minimum="20 searches of 10 people",
        says="how often the power finds what it is for",
        beware="Missing outcomes are shown, with how low and how high the rate could be. A search that finds"
        " nothing can be right.",
        source=HMICFRS,
        parts={
            "found": _of_searches("find rate", "found something", "searches of {people} with an outcome"),
            "linked": _of_searches(
                "linked find rate", "found what was looked for", "searches of {people} with an outcome"
            ),
            "no further action": _of_searches(
                "no further action", "ended in no further action", "searches of {people} with an outcome"
            ),
            "found, outcomes missing": Part(
                name="find rate, were the missing outcomes known",
                form="bounds",
                says="Outcomes are missing: were they known, the find rate of all {denominator} searches"
                " would lie"
                " between {low_percent} and {high_percent}.",
            ),
        },
    ),
    Measure(
        code="M10",
        name="Benchmark and outcome, read together",
        formula="find rate of the group - find rate of the reference, beside the rate ratio of M3",
        denominator="searches whose record says what came of them",
        minimum="30 searches and 5 finds, both groups together",
        says="whether people of a group are searched more and found with something less",
        beware="No suspicion is needed for this power, so it tests whom of those under order officers"
        " choose to"
        " search. Where the two readings differ nothing follows.",
        source="J. Gaebler and S. Goel, A Simple, Statistically Robust Test of Discrimination;"
        " C. Simoiu, S. Corbett-Davies and S. Goel, The problem of infra-marginality in outcome tests",
        parts={
            "find rate": Part(
                name="difference of find rates",
                form="gap",
                over="searches of {people} with an outcome",
                did="found something",
            )
        },
    ),
    Measure(
        code="M11",
        name="How far searches go",
        formula="searches that took off more than outer coat, jacket or gloves / searches; the same of"
        " intimate"
        " parts exposed; median minutes",
        denominator="searches whose record says what was taken off",
        minimum="20 searches",
        says="how intrusive searches are",
        beware="Numbers of strip searches are small, and tell of people.",
        source="PACE Code A",
        parts={
            "more": _of_searches("more than outer clothing", "took off more than outer clothing"),
            "intimate": _of_searches("intimate parts exposed", "exposed intimate parts"),
            "minutes": Part(
                name="median minutes",
                form="number",
                says="{counts} whose record says when they ended: half took {value} minutes or less.",
            ),
        },
    ),
    Measure(
        code="M12",
        name="Spread among officers",
        formula="observed / expected, or a proportion, against limits for the number of searches",
        denominator="searches made by the officer",
        minimum="20 searches by the officer; fewer are counts only",
        says="which officers a supervisor may want to talk with",
        beware="Officers' beats and tasks differ: a point outside the limits is a question, never a"
        " finding. There"
        " is no ranking and no target.",
        source="D. J. Spiegelhalter, Statistics in Medicine 24, 2005; College of Policing, supervisors'"
        " reference",
        parts={"found": _of_searches("find rate", "found something", "searches by {people} with an outcome")},
        public=False,
    ),
    Measure(
        code="M13",
        name="Missing ethnicity",
        formula="searches of unknown ethnicity / searches; the ratio were all unknown of one group or the"
        " other;"
        " the share of the unknown that would make the rates alike",
        denominator="searches",
        minimum="none",
        says="how much is not known, and how much that could change",
        beware="A rise can hide a disparity. Sharing the unknown out in proportion changes no ratio, so it"
        " corrects nothing.",
        source=REAL,
        parts={
            "unknown": _share(
                "ethnicity not known", "searches", "are of somebody whose ethnicity is not known"
            ),
            "bounds": Part(
                name="the ratio, were the unknown known",
                form="bounds",
                says="Were the unknown known, the ratio would lie between {low} and {high}.",
            ),
            "tipping share": Part(
                name="share of the unknown that would make the rates alike",
                form="number",
                says="For the two rates to be alike, {percent} of those of unknown ethnicity would have to be"
                " {group} people.",
            ),
            "agreement": _share(
                "officer and person agree",
                "people under order of whom both are known",
                "have one ethnic group by both",
            ),
        },
    ),
    Measure(
        code="M14",
        name="Orders and what became of them",
        formula="counts",
        denominator="none",
        minimum="disclosure control alone",
        says="the size of what the other figures are about",
        beware="Breaches under s.342G are no finds.",
        source=ACT,
        parts={
            "orders": Part(
                name="orders made", form="count", one="order made on {people}", many="orders made on {people}"
            ),
            "people": Part(
                name="people under order",
                form="count",
                one="{person} under order",
                many="{people} under order",
            ),
            "days": Part(
                name="days under order",
                form="count",
                one="day under order of {people}",
                many="days under order of {people}",
            ),
            "searches": Part(name="searches", form="count"),
            "discharged": Part(
                name="orders discharged",
                form="count",
                one="order on {people} discharged",
                many="orders on {people} discharged",
            ),
            "breaches": Part(
                name="suspected offences under s.342G",
                form="count",
                one="suspected offence under s.342G by {people}",
                many="suspected offences under s.342G by {people}",
            ),
        },
    ),
    Measure(
        code="M15",
        name="Safeguards",
        formula="searches with body-worn video / searches; with a record given or offered / searches;"
        " complaints / searches",
        denominator="searches whose record says",
        minimum="20 searches",
        says="how often a safeguard was there",
        beware="Missing video is itself a finding.",
        source=f"PACE 1984 s.3; {HMICFRS}",
        parts={
            "video": _of_searches("body-worn video", "were recorded on body-worn video"),
            "record": _of_searches("record given or offered", "had a record given or offered"),
            "complaints": _of_searches("complaints", "were complained of"),
        },
    ),
)

MEASURES: dict[Code, Measure] = {measure.code: measure for measure in _ALL}
"""Every measure by its code."""
