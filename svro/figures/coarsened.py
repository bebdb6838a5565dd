"""Single records made so coarse that each could be of any of several people."""

from collections.abc import Sequence

Traits = tuple[str | None, ...]


def coarsened(
    records: Sequence[tuple[str, Traits]], levels: Sequence[frozenset[int]], k: int
) -> list[Traits | None]:
    """For each record, a person's name and traits: the traits as they may be shown, None for a record that
    may not be shown at all.

    Each level blanks the traits at these places. A record is shown at the first level at which the records
    still waiting that look the same are of `k` people or more. Source: L. Sweeney, "k-anonymity: a model for
    protecting privacy", 2002, with suppression of what no level saves.
    """
    shown: list[Traits | None] = [None] * len(records)
    waiting = set(range(len(records)))
    for blanked in levels:
        alike: dict[Traits, list[int]] = {}
        for at in sorted(waiting):
            traits = tuple(None if n in blanked else trait for n, trait in enumerate(records[at][1]))
            alike.setdefault(traits, []).append(at)
        for traits, places in alike.items():
            if len({records[at][0] for at in places}) >= k:
                waiting -= set(places)
                for at in places:
                    shown[at] = traits
    return shown
