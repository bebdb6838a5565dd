"""What an order was at an instant, written again from the statute another way, to test `svro.law.order`: that
folds acts; this lets time pass, so that what is due happens before each act. It keeps its own calendar."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

ONE = timedelta(days=1)


@lru_cache(1 << 16)
def day_of(instant):
    """London's clocks are forward from 01:00 UTC on the last Sunday of March to the last of October."""
    instant = instant.astimezone(UTC)
    ends = [datetime(instant.year, month, 31, 1, tzinfo=UTC) for month in (3, 10)]
    first, last = (end - timedelta(days=end.isoweekday() % 7) for end in ends)
    return (instant + timedelta(hours=1 if first <= instant < last else 0)).date()


@lru_cache(1 << 16)
def midnight_after(day):
    guess = datetime(day.year, day.month, day.day, tzinfo=UTC) + ONE
    return guess - timedelta(hours=1) if day_of(guess - timedelta(hours=1)) == day + ONE else guess


@lru_cache(1 << 16)
def period(first, months):
    """Step through n months day by day; stop before the same day-number, or as a month without it ends."""
    day, left = first, months
    while left > 0 or day.day != first.day:
        left -= (day + ONE).day == 1
        if left < 0:
            return day
        day += ONE
    return day - ONE


def as_known(acts, known_at):
    known, place = sorted((a for a in acts if a.known_at <= known_at), key=lambda a: a.n), {}
    for a in known:
        place[a.n] = place[a.corrects] if a.corrects in place and a.corrects < a.n else a.n
    final = {place[a.n]: a for a in known}
    return [a for p, a in sorted(final.items(), key=lambda r: (r[1].at, r[0])) if a.act != "withdrawn"]


def regime_of(made, regimes):
    day, code = day_of(made.at), (made.court or "")[1:3]
    ran = [r for r in regimes if r.starts <= day <= (r.ends or day)]
    ran = [r for r in ran if not code or code in (r.court_numbers or code)]
    row = max(ran, key=lambda r: r.starts, default=None)
    later = [r for r in regimes if row and row.ends and r.continues == row.name]
    return later[0] if any(row.starts < r.starts <= row.ends + ONE for r in later) else row


def reference(acts, instant, known_at, regimes):
    """(answer, reason) at an instant, as known at another."""
    acts = as_known(acts, known_at)
    made = [a for a in acts if a.act == "made"]
    if not made or instant < made[0].at:
        return "no", "not-made"
    terms = {(day_of(a.at), a.effect or "immediate", a.months, a.ends_on) for a in made}
    order, clash = made[-1], len(terms) > 1
    deferred = order.effect in ("release", "sentence_end")
    named = [a for a in acts if (a.authority or "").strip()]
    confirmed = [a for a in named if a.act == "took_effect" and a.at >= order.at]
    dates = [a.at for a in (made if clash else confirmed if deferred else [order])]
    regime = regime_of(order, regimes)
    ends = midnight_after(regime.ends) if regime and regime.ends else None
    stop = midnight_after(regime.saving_to) if ends and regime.saving_to and regime.saves != "none" else ends
    too_late = stop if ends and regime.saves == "made" else ends

    def until(a, given=True):
        if (a.ends_on and given) or a.months is None or not dates:
            return a.ends_on if given else None
        return period(day_of(a.at if a.act == "renewed" else max(dates)), a.months)

    def apart(a):
        return bool(a.ends_on and a.months is not None and until(a, False) != a.ends_on)

    def lawful(a):
        if a.ends_on:
            return not deferred and period(day_of(a.at), 6) <= a.ends_on <= period(day_of(a.at), 24)
        return a.months is not None and 6 <= a.months <= 24

    s = {
        "off": None,
        "conflict": clash,
        "asked": [],
        "unsettled": None,
        "end": None if clash else until(order),
    }
    s["doubt"] = order.as_on_sealed_order or not regime or not lawful(order) or apart(order)

    def pass_time(now):
        if s["off"] not in (None, "expired", "lapsed"):  # those two are decided afresh each time
            return
        own = midnight_after(s["end"]) if s["end"] and dates else None
        due = [row for row in ((own, "expired"), (stop, "lapsed")) if row[0] and now >= row[0]]
        if dates and too_late and min(dates) >= too_late:
            due = [(too_late, "never-took-effect")] if now >= too_late else []
        s["off"] = min(due)[1] if due else None

    def change(a):
        new, longer, bare = (
            until(a),
            a.act in ("lengthened", "renewed"),
            a.months is None and a.ends_on is None,
        )
        unsaved = a.act == "renewed" and ends and a.at >= ends and "renew" not in regime.saved_steps
        shorter = longer and new and s["end"] and new < s["end"]
        early = a.act == "renewed" and not (dates and min(dates) <= a.at)
        doubtful = s["off"] or apart(a) or unsaved or (longer and bare) or shorter or early
        s["doubt"] = s["doubt"] or bool(doubtful)
        if bare and not longer:
            return
        if doubtful or a.as_on_sealed_order:
            s["off"], s["end"] = None, max(s["end"], new) if s["end"] and new else None
        elif not s["conflict"]:
            s["end"] = new

    for a in [a for a in acts if a.at <= instant and a.act != "made"]:
        pass_time(a.at)
        s["doubt"] = s["doubt"] or a.as_on_sealed_order or a.at < made[0].at
        if a.at < made[0].at:
            continue
        if a.act in ("discharged", "superseded", "quashed", "lapsed"):
            s["doubt"] = s["doubt"] or (a.act == "discharged" and bool(s["off"]))
            waiting = a.act == "superseded" and (not dates or a.at < min(dates))
            if not s["off"] and not a.as_on_sealed_order:
                s.update({"unsettled": a} if waiting else {"off": "court: " + a.act})
        elif a.act in ("varied", "lengthened", "renewed", "varied_on_appeal"):
            change(a)
        elif a.act == "conflicting" or (a in confirmed and deferred and len({*dates}) > 1):
            s["conflict"], s["end"] = True, None
        elif a.act == "took_effect" and (not deferred or (a in confirmed and too_late and a.at >= too_late)):
            s["doubt"] = True
        elif a.act == "supersession_questioned":
            s["asked"] = [q for q in s["asked"] if q != a.other_reference] + [a.other_reference]
        elif a.act == "supersession_dismissed":
            s["asked"] = [q for q in s["asked"] if a.other_reference not in (None, q)]
            if s["unsettled"] and a.other_reference in (None, s["unsettled"].other_reference):
                s["unsettled"] = None
    pass_time(instant)
    findings = (
        (s["off"], "no", (s["off"] or "").removeprefix("court: ")),
        (s["conflict"] or instant < order.at, "unknown", "conflicting"),
        (not dates, "unknown", "trigger-not-confirmed"),
        (dates and instant < min(dates), "no", "not-yet"),
        (s["doubt"], "unknown", "doubtful-act"),
        (s["asked"], "unknown", "supersession-questioned"),
        (s["unsettled"], "unknown", "superseded-while-waiting"),
        (True, "yes", "in-effect"),
    )
    return next((answer, reason) for true, answer, reason in findings if true)
