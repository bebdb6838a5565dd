"""Samples that anybody can draw again, and how far graders agree: against the vectors and by other routes."""

import base64
import hashlib
import json
import random
import sqlite3
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from svro.figures import agreement, sampling
from svro.figures.sampling import Frame, Pack
from svro.web.help import AGAIN
from tests.figures.given import Vector, agree


def pack_of(frame: dict[str, str], seed: str, take: int, reserves: int) -> Pack:
    held = Frame(strata=frame)
    drawn = sampling.draw(held, seed, take, reserves)
    return Pack(
        session="a",
        committed_at=datetime(2025, 4, 1, 9, tzinfo=UTC),
        drawn_at=datetime(2025, 4, 3, 9, tzinfo=UTC),
        frame_sha256=held.sha256,
        strata_sha256=held.strata_sha256,
        frame=frame,
        seed=seed,
        per_stratum=take,
        reserves=reserves,
        selected=drawn.selected,
        reserve=drawn.reserve,
    )


def test_the_frame_and_the_draw_are_those_of_the_vector(vectors: dict[str, Vector]) -> None:
    asked, expected = vectors["D158"]["inputs"], vectors["D158"]["expected"]
    frame = Frame(strata=asked["strata"])
    assert frame.ids == asked["ids"]
    assert frame.sha256 == expected["frame_sha256"]
    drawn = sampling.draw(frame, asked["seed"], asked["n_per_stratum"], asked["reserve"])
    assert (drawn.selected, drawn.reserve) == (expected["selected"], expected["reserve"])


def test_a_stratum_smaller_than_asked_is_taken_whole_and_says_so(vectors: dict[str, Vector]) -> None:
    asked, expected = vectors["D159"]["inputs"], vectors["D159"]["expected"]
    drawn = sampling.draw(Frame(strata=dict.fromkeys(asked["ids"], "all")), "seed", asked["n"], 2)
    assert (len(drawn.selected["all"]), drawn.census) == (expected["selected_n"], ("all",))
    assert expected["flag"] == "census_of_stratum"
    assert sampling.draw(Frame(strata=dict.fromkeys(asked["ids"], "all")), "seed", 2, 2).census == ()


def test_a_database_ranks_the_same_records(vectors: dict[str, Vector]) -> None:
    asked, expected = vectors["D158"]["inputs"], vectors["D158"]["expected"]
    with sqlite3.connect(":memory:") as connection:
        connection.create_function("sha256", 1, lambda text: hashlib.sha256(text.encode()).hexdigest())
        connection.execute("CREATE TABLE frame (id, stratum)")
        connection.executemany("INSERT INTO frame VALUES (?, ?)", asked["strata"].items())
        rows = connection.execute(
            "SELECT stratum, id FROM (SELECT *, row_number() OVER"
            " (PARTITION BY stratum ORDER BY sha256(? || '|' || id)) AS rank FROM frame)"
            " WHERE rank <= ? ORDER BY stratum, rank",
            (asked["seed"], asked["n_per_stratum"]),
        ).fetchall()
    connection.close()
    selected: dict[str, list[str]] = {}
    for stratum, one in rows:
        selected.setdefault(stratum, []).append(one)
    assert selected == expected["selected"]


@pytest.mark.parametrize("tries", [10, pytest.param(1000, marks=pytest.mark.full)])
def test_another_hand_draws_the_same_and_sees_every_frame_that_was_edited(tries: int) -> None:
    """By the script of the help page, run in this process, against the product's own draw."""
    rng = random.Random(7421)
    again = compile(AGAIN.replace("json.load(open(sys.argv[1]))", "given"), "again", "exec")
    for _ in range(tries):
        frame = {f"{rng.getrandbits(128):032x}": rng.choice("PQRST") for _ in range(rng.randint(12, 90))}
        digits, take = f"{rng.randrange(10**6):06d}", rng.randint(1, 6)
        pack = pack_of(frame, f"2025Q1|chair-{digits}", take, 2)
        given = msgspec.to_builtins(pack)
        exec(again, {"given": given})
        one, other = rng.choice(list(frame)), f"{rng.getrandbits(128):032x}"
        edited = {(other if key == one else key): stratum for key, stratum in frame.items()}
        with pytest.raises(AssertionError, match="another frame"):
            exec(again, {"given": {**given, "frame": edited}})
        assert sampling.faults(msgspec.structs.replace(pack, frame=edited))


def test_sizes_are_those_of_the_vectors(vectors: dict[str, Vector]) -> None:
    asked = vectors["D160"]["inputs"]
    endless, n = sampling.size_for(asked["population"], asked["half_width"], asked["conf"], share=asked["p"])
    agree(vectors["D160"], n0=endless, n=n)
    asked = vectors["D161"]["inputs"]
    agree(vectors["D161"], prob=sampling.chance_of_catching(**asked))
    assert sampling.still_possible(120, 24) == 12
    assert sampling.chance_of_catching(120, 12, 24) < 0.95 <= sampling.chance_of_catching(120, 13, 24)
    assert (sampling.still_possible(10, 10), sampling.still_possible(10, 0)) == (0, 10)
    helped = sampling.sizes(120, [24, 121])
    assert [(one.sample, round(one.catches, 2), one.missed, one.ten_points) for one in helped] == [
        (24, 0.94, 12, 54)
    ]


@pytest.mark.parametrize("asked", [(10, 11, 2), (10, 2, 11), (10, -1, 2)])
def test_parts_larger_than_the_whole_are_refused(asked: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="larger"):
        sampling.chance_of_catching(*asked)


IDS = st.text("abcdef0123456789", min_size=1, max_size=8)
FRAMES = st.dictionaries(IDS, st.sampled_from("PQR"), min_size=2, max_size=40)


@given(FRAMES, st.text("0123456789", min_size=4, max_size=8), st.integers(0, 5), st.integers(0, 3))
def test_an_honest_pack_has_no_fault_and_any_changed_frame_is_seen(
    frame: dict[str, str], digits: str, take: int, reserves: int
) -> None:
    pack = pack_of(frame, f"2025Q1|chair-{digits}", take, reserves)
    assert sampling.faults(pack) == []
    first = min(frame)
    gone = {one: stratum for one, stratum in frame.items() if one != first}
    moved = {**frame, first: "P" if frame[first] != "P" else "Q"}
    for changed in (gone, {**frame, "another": "P"}):
        assert any(
            "not the one committed to" in fault
            for fault in sampling.faults(msgspec.structs.replace(pack, frame=changed))
        )
    assert any(
        "strata are not those" in fault
        for fault in sampling.faults(msgspec.structs.replace(pack, frame=moved))
    )


@pytest.mark.parametrize(
    "change, fault",
    [
        ({"seed": "2025Q1|chair-0001"}, "is not what the seed draws"),
        ({"drawn_at": datetime(2025, 3, 1, 9, tzinfo=UTC)}, "older"),
        ({"per_stratum": -1}, "no size"),
        ({"selected": {"P": ["s01"]}}, "The sample of stratum"),
        ({"reserve": {}}, "The reserve of stratum"),
    ],
)
def test_a_pack_that_was_touched_says_where(change: dict[str, Any], fault: str) -> None:
    frame = {f"s{n:02d}": "PQ"[n % 2] for n in range(40)}
    pack = pack_of(frame, "2025Q1|chair-7421", 4, 2)
    assert any(fault in one for one in sampling.faults(msgspec.structs.replace(pack, **change)))


def test_ten_lines_of_somebody_elses_draw_the_same(tmp_path: Any) -> None:
    import subprocess
    import sys

    frame = {f"s{n:02d}": "PQ"[n % 2] for n in range(40)}
    pack = pack_of(frame, "2025Q1|chair-7421", 4, 2)
    script, file = tmp_path / "again.py", tmp_path / "pack.json"
    script.write_text(AGAIN)
    for changed, status in ((pack.frame, 0), ({**pack.frame, "s99": "P"}, 1)):
        file.write_text(json.dumps({**msgspec.to_builtins(pack), "frame": changed}))
        done = subprocess.run([sys.executable, script, file], capture_output=True, check=False)
        assert done.returncode == status, done.stderr
    assert len(AGAIN.strip().splitlines()) <= 10


def test_kappas_are_those_of_the_vectors(vectors: dict[str, Vector]) -> None:
    found = agreement.cohen(vectors["D124"]["inputs"]["table"])
    assert found is not None
    agree(vectors["D124"], kappa=found[0], low=found[1], high=found[2])
    table = vectors["D125"]["inputs"]["table"]
    agree(
        vectors["D125"],
        linear=agreement.weighted(table),
        quadratic=agreement.weighted(table, "quadratic"),
    )
    agree(vectors["D126"], kappa=agreement.fleiss(vectors["D126"]["inputs"]["table"]))


SCALE = ("green", "amber", "red")


@pytest.mark.parametrize(
    "cases, share, kappa, status",
    [
        ([], None, None, "no_pairs"),
        ([{"a": "red"}], None, None, "no_pairs"),
        ([{"a": "red", "b": "red"}] * 3, 1.0, None, "undefined"),
        ([{"a": "red", "b": "red", "c": "red"}] * 3, 1.0, None, "undefined"),
        ([{"a": "red", "b": "green"}, {"a": "green", "b": "green"}], 0.5, 0.0, "ok"),
        ([{"a": "red", "b": "red"}, {"a": "green", "b": "green"}], 1.0, 1.0, "ok"),
        ([{"a": "red", "b": "red", "c": "red"}, {"a": "green", "b": "green"}], 1.0, 1.0, "ok"),
        ([dict.fromkeys("abc", "red"), dict.fromkeys("abc", "green")], 1.0, 1.0, "ok"),
    ],
)
def test_agreement_is_worked_out_or_said_to_be_undefined(
    cases: list[dict[str, str]], share: float | None, kappa: float | None, status: str
) -> None:
    found = agreement.of_grades(cases, SCALE)
    assert (found.share, found.status) == (share, status)
    assert found.kappa == (None if kappa is None else pytest.approx(kappa))
    assert (status == "ok") == (agreement.STATUSES[found.status] == "")


KRIPPENDORFF = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
"""Four observers, twelve units, five ordered values, some absent: his own worked example, alpha 0.815."""


def test_agreement_of_members_who_were_absent_is_krippendorffs_published_alpha() -> None:
    rows = list(zip(*(line.split() for line in KRIPPENDORFF), strict=True))
    counts = [[row.count(value) for value in "12345"] for row in rows]
    assert agreement.alpha(counts) == pytest.approx(0.815, abs=0.0005)
    cases = [{str(at): value for at, value in enumerate(row) if value != "."} for row in rows]
    found = agreement.of_grades(cases, "12345")
    assert (found.method, found.status) == ("Krippendorff's alpha, ordinal", "ok")
    assert found.kappa == pytest.approx(0.815, abs=0.0005)
    assert agreement.alpha([[3, 0], [2, 0], [0, 1]]) is None


def test_a_seed_that_names_a_checkpoint_is_held_against_it() -> None:
    root = bytes(range(32))
    note = f"svro.example/log\n7\n{base64.b64encode(root).decode()}\n\n"
    seed = f"2025Q1|chair-7421|checkpoint-{root.hex()}"
    pack = pack_of({f"s{n:02d}": "P" for n in range(20)}, seed, 4, 2)
    assert sampling.faults(msgspec.structs.replace(pack, checkpoint=note)) == []
    other = note.replace(base64.b64encode(root).decode(), base64.b64encode(bytes(32)).decode())
    for named in (None, other, "no note"):
        wrong = sampling.faults(msgspec.structs.replace(pack, checkpoint=named))
        assert wrong == ["The seed names a checkpoint of the log, and the one given is not that."]


def test_fleiss_refuses_cases_with_different_numbers_of_graders() -> None:
    with pytest.raises(ValueError, match="same number"):
        agreement.fleiss([[2, 1], [1, 1]])


def test_the_command_draws_again_and_sees_a_changed_frame(tmp_path: Any) -> None:
    from click.testing import CliRunner

    from svro.cli import main

    pack = pack_of({f"s{n:02d}": "PQ"[n % 2] for n in range(40)}, "2025Q1|chair-7421", 4, 2)
    file, run = tmp_path / "pack.json", CliRunner().invoke
    file.write_bytes(msgspec.json.encode(pack))
    done = run(main, ["verify-draw", str(file), "--hash", pack.frame_sha256])
    assert (done.exit_code, "the same 8 records of 40" in done.output) == (0, True)
    assert run(main, ["verify-draw", str(file), "--hash", "0" * 64]).exit_code == 1
    changed = msgspec.structs.replace(pack, frame={**pack.frame, "s40": "P"})
    file.write_bytes(msgspec.json.encode(changed))
    told = run(main, ["verify-draw", str(file), "--json"])
    assert told.exit_code == 1
    assert any("not the one committed to" in fault for fault in json.loads(told.stdout)["faults"])
    file.write_text("{}")
    refused = run(main, ["verify-draw", str(file)])
    assert (refused.exit_code, "not a published draw" in refused.output) == (1, True)
