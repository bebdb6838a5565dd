"""A sample that anybody can draw again: the frame and its hash, ranks by hash within strata, sizes that tell.

Nothing here is random. The hash of the frame is published first; the seed is called afterwards; then the
sample follows. SHA-256 is the same in every language, which a library's random stream is not.
"""

import base64
import hashlib
import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to draw from: the id of each record to its stratum. Ids are texts without line breaks."""

    strata: Mapping[str, str]

    @property
    def ids(self) -> list[str]:
        """The ids, sorted."""
        return sorted(self.strata)

    @property
    def sha256(self) -> str:
        """The hash of the sorted ids, one on a line without a break at the end: 64 hex digits."""
        return _sha256("\n".join(self.ids))

    @property
    def strata_sha256(self) -> str:
        """The hash of `id|stratum`, sorted and on lines likewise: a record moved between strata shows too."""
        return _sha256("\n".join(f"{one}|{self.strata[one]}" for one in self.ids))


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """A sample: for each stratum the ids taken, and its reserves in the order in which they stand in. A
    stratum in `census` had fewer than were asked for, so all of it was taken: there is nothing to infer.
    """

    selected: dict[str, list[str]]
    reserve: dict[str, list[str]]
    census: tuple[str, ...] = ()


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    """A published draw: all that a third party needs to draw it again. `frame` is id to stratum; `checkpoint`
    is the log's signed note whose root the seed names, where it names one.
    """

    session: str
    committed_at: datetime
    frame_sha256: str
    strata_sha256: str
    frame: dict[str, str]
    seed: str
    drawn_at: datetime
    per_stratum: int
    reserves: int
    selected: dict[str, list[str]]
    reserve: dict[str, list[str]]
    checkpoint: str | None = None


NAMED = "|checkpoint-"
"""What goes before a checkpoint's root in a seed."""


def root_of(note: str) -> str | None:
    """The root that a checkpoint states, as 64 hex digits; None where the note is none. Whether the log
    signed it is another question. Source: C2SP tlog-checkpoint.
    """
    try:
        root = base64.b64decode(note.split("\n")[2], validate=True)
    except (IndexError, ValueError):
        return None
    return root.hex() if len(root) == 32 else None


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def draw(frame: Frame, seed: str, take: int, reserves: int) -> Drawn:
    """In each stratum the `take` ids of lowest SHA-256(seed|id), then the next `reserves`.

    A stratum with fewer gives what it has. ValueError for a negative number.
    """
    if take < 0 or reserves < 0:
        raise ValueError("a sample is not smaller than nothing")
    ranked: dict[str, list[str]] = {stratum: [] for stratum in sorted(set(frame.strata.values()))}
    for one in sorted(frame.strata, key=lambda one: _sha256(f"{seed}|{one}")):
        ranked[frame.strata[one]].append(one)
    return Drawn(
        selected={stratum: ids[:take] for stratum, ids in ranked.items()},
        reserve={stratum: ids[take : take + reserves] for stratum, ids in ranked.items()},
        census=tuple(stratum for stratum, ids in ranked.items() if len(ids) < take),
    )


def faults(pack: Pack) -> list[str]:
    """What is wrong with a published draw, a sentence each; empty where it is as it should be."""
    frame, wrong = Frame(strata=pack.frame), []
    if frame.sha256 != pack.frame_sha256:
        wrong.append(f"The frame is not the one committed to: its hash is {frame.sha256}.")
    if frame.strata_sha256 != pack.strata_sha256:
        wrong.append(f"The strata are not those committed to: their hash is {frame.strata_sha256}.")
    if pack.drawn_at < pack.committed_at:
        wrong.append("The seed is older than the frame.")
    named = pack.seed.partition(NAMED)[2]
    if named and (pack.checkpoint is None or root_of(pack.checkpoint) != named):
        wrong.append("The seed names a checkpoint of the log, and the one given is not that.")
    if pack.per_stratum < 0 or pack.reserves < 0:
        return [*wrong, "The sample has no size."]
    again = draw(frame, pack.seed, pack.per_stratum, pack.reserves)
    for name, said, found in (
        ("sample", pack.selected, again.selected),
        ("reserve", pack.reserve, again.reserve),
    ):
        for stratum in sorted({*said, *found}):
            if said.get(stratum) != found.get(stratum):
                wrong.append(f"The {name} of stratum {stratum} is not what the seed draws.")
    return wrong


def chance_of_catching(population: int, defective: int, sample: int) -> float:
    """The chance that a random sample holds at least one of the defective records.

    Numbers of records; ValueError where they do not fit together.
    """
    if not 0 <= defective <= population or not 0 <= sample <= population:
        raise ValueError("a part cannot be larger than the whole")
    return 1 - math.comb(population - defective, sample) / math.comb(population, sample)


def still_possible(population: int, sample: int, confidence: float = 0.95) -> int:
    """The most defective records that may be there though the sample shows none.

    The largest number that such a sample would miss with a chance above 1 - `confidence`.
    """
    unseen = range(population - sample + 1)
    return bisect_left(unseen, confidence, key=lambda bad: chance_of_catching(population, bad, sample)) - 1


def size_for(
    population: int, half_width: float, confidence: float = 0.95, share: float = 0.5
) -> tuple[float, int]:
    """(records for an endless population, records for this one) so that a share is known to +- `half_width`.

    Shares of one, not per cent. The normal interval with the correction for a finite population.
    """
    if population < 1 or not 0 < half_width < 1 or not 0 < confidence < 1 or not 0 <= share <= 1:
        raise ValueError("a size needs a population, and shares between 0 and 1")
    from statsmodels.stats.proportion import samplesize_confint_proportion

    endless = float(samplesize_confint_proportion(share, half_width, alpha=1 - confidence))
    return endless, min(population, math.ceil(endless / (1 + (endless - 1) / population)))


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """What a sample of `sample` of `population` records can tell; `missed` could be bad though none was seen;
    `ten_points` records would tell a share to within ten points.
    """

    population: int
    sample: int
    catches: float
    missed: int
    ten_points: int


def sizes(population: int, samples: Sequence[int]) -> list[Size]:
    """What samples of several sizes would tell; `catches` is of a fault that one record in ten has."""
    tenth, ten_points = math.ceil(population / 10), size_for(population, 0.1)[1]
    return [
        Size(
            population=population,
            sample=sample,
            catches=chance_of_catching(population, tenth, sample),
            missed=still_possible(population, sample),
            ten_points=ten_points,
        )
        for sample in samples
        if 0 < sample <= population
    ]
