"""The measures of searches: what they find and how they are done; and how much is known."""

from svro.figures.entries import ACT, HMICFRS, REAL, Measure, Part, of_searches, share

OF_SEARCHES = (
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
            "found": of_searches("find rate", "found something", "searches of {people} with an outcome"),
            "linked": of_searches(
                "linked find rate", "found what was looked for", "searches of {people} with an outcome"
            ),
            "no further action": of_searches(
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
            "more": of_searches("more than outer clothing", "took off more than outer clothing"),
            "intimate": of_searches("intimate parts exposed", "exposed intimate parts"),
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
        parts={"found": of_searches("find rate", "found something", "searches by {people} with an outcome")},
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
            "unknown": share(
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
            "agreement": share(
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
            "video": of_searches("body-worn video", "were recorded on body-worn video"),
            "record": of_searches("record given or offered", "had a record given or offered"),
            "complaints": of_searches("complaints", "were complained of"),
        },
    ),
)
