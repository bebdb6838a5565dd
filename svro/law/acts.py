"""The acts an order's life is told in: what a court or a body did, when it was true, and when it was
known.
"""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

ACTS = (
    "made",
    "took_effect",
    "varied",
    "lengthened",
    "renewed",
    "discharged",
    "superseded",
    "supersession_questioned",
    "supersession_dismissed",
    "appealed",
    "quashed",
    "varied_on_appeal",
    "lapsed",
    "conflicting",
    "withdrawn",
)
EFFECTS = ("immediate", "release", "sentence_end")
ENDINGS = ("discharged", "superseded", "quashed", "lapsed")
PERIODS = ("varied", "lengthened", "renewed", "varied_on_appeal")
SHORTEST, LONGEST = 6, 24  # months


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One act of a court, or one fact about the order, as recorded: when it was true and when it was known.

    `corrects` n: it stands in the place of act n from its own `known_at`. An act `withdrawn` that corrects n
    says that act n was recorded in error and nothing of the kind happened.
    """

    n: int
    act: str
    at: datetime
    known_at: datetime
    court: str | None = None
    effect: str | None = None
    months: int | None = None
    ends_on: date | None = None
    authority: str | None = None
    other_reference: str | None = None
    document_reference: str | None = None
    as_on_sealed_order: bool = False
    provenance: str = "decision"
    corrects: int | None = None


def standing(acts: Sequence[Act], known_at: datetime) -> list[Act]:
    """The acts known at an instant, each in its latest correction, in order of when they were true, then of
    recording.

    A correction keeps the place of the act it replaces; of several corrections of one act the last recorded
    stands.

    Source: Sentencing Act 2020 s.342E(1).
    """
    held = {act.n: act for act in acts if act.known_at <= known_at}
    latest: dict[int, Act] = {}
    for n in sorted(held):
        root = held[n]
        while root.corrects is not None and root.corrects < root.n and root.corrects in held:
            root = held[root.corrects]
        latest[root.n] = held[n]
    stand = [(act.at, place, act) for place, act in latest.items() if act.act != "withdrawn"]
    return [act for _, _, act in sorted(stand, key=lambda row: row[:2])]
