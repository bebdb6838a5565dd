"""How far people agree who graded the same things alone: the share that is alike, and kappa beyond chance.

Agreement beyond chance is undefined where everybody gave one and the same grade: that is said, and is no 0.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Literal

import msgspec

Weights = Literal["linear", "quadratic"]
Status = Literal["ok", "no_pairs", "undefined"]
STATUSES: dict[Status, str] = {
    "ok": "",
    "no_pairs": "No case was graded by two people, so there is nothing to compare.",
    "undefined": "Everybody gave one and the same grade, so agreement beyond chance is not defined.",
}


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """`share` of pairs of graders who gave a case the same grade (0 to 1); `kappa` where it is defined.

    `cases` are those graded by two or more; `method` names the kappa; `status` says why there is none.
    """

    cases: int
    pairs: int
    share: float | None
    kappa: float | None
    method: str
    status: Status


def cohen(table: Sequence[Sequence[int]]) -> tuple[float, float, float] | None:
    """(kappa, low, high) of two graders: row the grade of the one, column of the other; 95% limits."""
    if not _spread(table):
        return None
    from statsmodels.stats.inter_rater import cohens_kappa

    found = cohens_kappa(_array(table))
    return float(found.kappa), float(found.kappa_low), float(found.kappa_upp)


def weighted(table: Sequence[Sequence[int]], weights: Weights = "linear") -> float | None:
    """Kappa of two graders on an ordered scale; None where both only ever gave one and the same grade."""
    if not _spread(table):
        return None
    from statsmodels.stats.inter_rater import cohens_kappa

    return float(cohens_kappa(_array(table), wt=weights, return_results=False))


def fleiss(table: Sequence[Sequence[int]]) -> float | None:
    """Kappa of many graders: a row for each case, in each column how many gave that grade.

    Every case has the same number of graders, two or more: ValueError otherwise. None where only one grade
    was ever given.
    """
    graders = {sum(row) for row in table}
    if len(graders) != 1 or graders.pop() < 2:
        raise ValueError("every case needs the same number of graders, two or more")
    if sum(any(column) for column in zip(*table, strict=True)) < 2:
        return None
    from statsmodels.stats.inter_rater import fleiss_kappa

    return float(fleiss_kappa(_array(table), method="fleiss"))


def alpha(cases: Sequence[Sequence[int]]) -> float | None:
    """Krippendorff's alpha of grades on an ordered scale, where not everybody graded every case: a row for
    each case, in each column how many gave that grade, the columns in the order of the scale.

    None where only one grade was ever given. By hand, for no library of ours has it. Source: K. Krippendorff,
    Computing Krippendorff's Alpha-Reliability, 2011, section C with the ordinal metric.
    """
    pairable = [row for row in cases if sum(row) > 1]
    totals = [sum(column) for column in zip(*pairable, strict=True)]
    if sum(map(bool, totals)) < 2:
        return None
    grades = range(len(totals))

    def apart(one: int, other: int) -> float:
        low, high = sorted((one, other))
        return float((sum(totals[low : high + 1]) - (totals[low] + totals[high]) / 2) ** 2)

    pairs = [(one, other, apart(one, other)) for one in grades for other in grades if one != other]
    seen = sum(row[a] * row[b] * far / (sum(row) - 1) for row in pairable for a, b, far in pairs)
    expected = sum(totals[a] * totals[b] * far for a, b, far in pairs)
    return float(1 - (sum(totals) - 1) * seen / expected)


def _array(table: Sequence[Sequence[int]]) -> object:
    import numpy

    return numpy.asarray(table)


def _spread(table: Sequence[Sequence[int]]) -> bool:
    """Whether chance alone would not already make both agree on everything."""
    used = {at for at, row in enumerate(table) if any(row)}
    return len(used | {at for at, column in enumerate(zip(*table, strict=True)) if any(column)}) > 1


def of_grades(cases: Sequence[Mapping[str, str]], scale: Sequence[str]) -> Agreement:
    """How far people agree: for each case who gave which grade of `scale`, which is ordered.

    Two graders: weighted kappa (linear). More: Fleiss. Where not everybody graded every case: Krippendorff's
    alpha.
    """
    both = [case for case in cases if len(case) > 1]
    pairs = [pair for case in both for pair in combinations(case.values(), 2)]
    graders = sorted({who for case in both for who in case})
    method = "weighted kappa, linear" if len(graders) == 2 else "Fleiss' kappa"
    if not all(len(case) == len(graders) for case in both):
        method = "Krippendorff's alpha, ordinal"
    if not pairs:
        return Agreement(cases=0, pairs=0, share=None, kappa=None, method=method, status="no_pairs")
    share = sum(one == other for one, other in pairs) / len(pairs)
    counts = [[list(case.values()).count(grade) for grade in scale] for case in both]
    if not all(len(case) == len(graders) for case in both):
        kappa = alpha(counts)
    elif len(graders) == 2:
        counted = Counter((case[graders[0]], case[graders[1]]) for case in both)
        kappa = weighted([[counted[row, column] for column in scale] for row in scale])
    else:
        kappa = fleiss(counts)
    status: Status = "ok" if kappa is not None else "undefined"
    return Agreement(
        cases=len(both), pairs=len(pairs), share=share, kappa=kappa, method=method, status=status
    )
