"""The measures of people: who is searched, how often, and how they came there."""

import msgspec

from svro.figures.entries import (
    HOME_OFFICE,
    OF_DAYS,
    OF_RESIDENTS,
    RDU,
    REAL,
    RESIDENTS,
    RRI,
    TEN,
    Measure,
    Part,
    share,
    stage,
)

OF_PEOPLE = (
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
            "searches per day": OF_DAYS,
            "searches per resident": OF_RESIDENTS,
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
            "days": OF_DAYS,
            "residents": OF_RESIDENTS,
            "days, by force": msgspec.structs.replace(
                OF_DAYS,
                name="for each day under order, force by force",
                likely=f"{OF_DAYS.likely} in the same force",
            ),
            "residents, by force": msgspec.structs.replace(
                OF_RESIDENTS,
                name="for each resident, force by force",
                likely=f"{OF_RESIDENTS.likely} of the same force",
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
            "share": share("share of searches", "searches", "were of {people}"),
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
                *stage("applied", "considered", "were applied for", "to have an order applied for"),
                *stage("granted", "applied for", "were made subject to an order", "to be given an order"),
                *stage("searched", "given an order", "were searched", "to be searched at least once"),
                *stage("found", "searched", "were found with something", "to be found with something"),
                *stage(
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
            "never searched": share("share never searched", "{people} under order", "were never searched"),
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
)
