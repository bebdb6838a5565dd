"""The command line: names, exit statuses, where words go, and which databases it will touch."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result
from cryptography.fernet import Fernet

from svro.cli import main
from tests import postgres
from tests.conftest import CHECKOUT

HEADER = (
    "Type,Date,Part of a policing operation,Policing operation,Latitude,Longitude,Gender,Age range,"
    "Self-defined ethnicity,Officer-defined ethnicity,Legislation,Object of search,Outcome,"
    "Outcome linked to object of search,Removal of more than just outer clothing\n"
)
ROW = (
    "Person search,2020-01-05T12:00:00+00:00,False,,,,Male,18-24,"
    "White - English/Welsh/Scottish/Northern Irish/British,White,"
    "Misuse of Drugs Act 1971 (section 23),Controlled drugs,A no further action disposal,False,False\n"
)
Svro = Callable[..., Result]


def address(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


@pytest.fixture
def svro(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Svro:
    """Run a command in an empty folder, on the database there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SVRO_DATABASE_URL", raising=False)
    return lambda *arguments, **more: CliRunner().invoke(main, list(arguments), **more)


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The whole demonstration as `svro demo --no-serve` makes it, and what that printed."""
    file = tmp_path_factory.mktemp("demonstration") / "svro.db"
    told = CliRunner().invoke(main, ["--database", address(file), "demo", "--no-serve"])
    assert told.exit_code == 0, told.output
    return file, told.stdout


def rows(file: Path, ask: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(file) as connection:
        return connection.execute(ask).fetchall()


# Starting


def test_help_needs_nothing_that_is_slow_to_load() -> None:
    ask = (
        "import sys, svro.cli; "
        "print(sorted({'sqlalchemy', 'litestar', 'msgspec', 'uvicorn', 'rich', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", ask], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_no_command_is_there_that_does_nothing_yet() -> None:
    assert not {"disclose", "verify-bundle", "backup", "restore"} & set(main.commands)


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["report"],
        ["report", "nonsense"],
        ["report", "disproportionality", "--format", "docx"],
        ["report", "disproportionality", "--from", "yesterday"],
        ["report", "disproportionality", "--known-at", "2025-03-14T21:14:00"],
        ["import-searches"],
        ["import-searches", "not-there.csv"],
        ["--database", "mysql://x/y", "doctor"],
        ["--database", "nonsense", "doctor"],
        ["--database", "sqlite+aiosqlite://", "doctor"],
        ["create-admin", "--name", " "],
        ["bench", "nonsense"],
        ["serve", "--port", "x"],
    ],
)
def test_wrong_usage_exits_2_and_makes_nothing(svro: Svro, tmp_path: Path, arguments: list[str]) -> None:
    assert svro(*arguments).exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_every_format_is_made_and_another_exits_2_and_lists_them(svro: Svro, tmp_path: Path) -> None:
    starts = {"json": b"{", "csv": b"section,", "ods": b"PK", "html": b"<!DOCTYPE html>", "pdf": b"%PDF-1.7"}
    for kind, start in starts.items():
        file = tmp_path / f"made.{kind}"
        done = svro("report", "disproportionality", "--format", kind, "-o", str(file))
        assert done.exit_code == 0, done.output
        assert file.read_bytes().startswith(start)
    described = json.loads((tmp_path / "made.csv-metadata.json").read_bytes())
    assert described["url"] == "made.csv"
    wrong = svro("report", "disproportionality", "--format", "docx")
    assert wrong.exit_code == 2
    assert "json, csv, ods, html, pdf" in wrong.stderr


# Databases


def test_an_empty_database_gets_its_schema_and_first_rows_on_the_first_command(
    svro: Svro, tmp_path: Path
) -> None:
    done = svro("report", "disproportionality")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["published"]["cells"] == []
    assert rows(tmp_path / "svro.db", "SELECT kind FROM deployments") == [("live",)]


def test_the_database_is_named_before_or_after_the_command_or_by_the_environment(
    svro: Svro, tmp_path: Path
) -> None:
    assert svro("--database", address(tmp_path / "a.db"), "migrate").exit_code == 0
    assert svro("migrate", "--database", address(tmp_path / "b.db")).exit_code == 0
    assert svro("migrate", env={"SVRO_DATABASE_URL": address(tmp_path / "c.db")}).exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"a.db", "b.db", "c.db"}


@pytest.mark.parametrize(
    "command", [["report", "disproportionality"], ["demo", "--no-serve"], ["create-admin", "--name", "A"]]
)
def test_an_older_schema_is_refused_naming_migrate(
    svro: Svro, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    assert svro("migrate").exit_code == 0
    monkeypatch.setattr("svro.records.schema.newest", lambda: "a-later-one")
    done = svro(*command)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "svro migrate" in done.stderr
    assert done.stderr.count("\n") == 1


def test_tables_that_are_not_ours_are_left_alone(svro: Svro, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "svro.db") as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    for command in (["demo", "--no-serve"], ["migrate"], ["report", "disproportionality"]):
        assert svro(*command).exit_code == 1
    assert rows(tmp_path / "svro.db", "SELECT name FROM sqlite_master") == [("recipes",)]


def test_a_database_out_of_reach_is_one_plain_line(svro: Svro, tmp_path: Path) -> None:
    done = svro("--database", address(tmp_path / "no" / "such" / "folder.db"), "report", "disproportionality")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: The database refused:")
    assert "Traceback" not in done.output


# The demonstration


def test_the_demonstration_refuses_a_live_database(svro: Svro, tmp_path: Path) -> None:
    assert svro("report", "disproportionality").exit_code == 0
    done = svro("demo", "--no-serve")
    assert done.exit_code == 1
    assert "needs one of its own" in done.stderr
    assert rows(tmp_path / "svro.db", "SELECT count(*) FROM people") == [(0,)]


def test_the_demonstration_has_what_was_promised(demonstration: tuple[Path, str]) -> None:
    file, told = demonstration
    [(forces,)] = rows(file, "SELECT count(DISTINCT force_id) FROM people")
    [(people,)] = rows(file, "SELECT count(*) FROM people")
    [(searches,)] = rows(file, "SELECT count(*) FROM searches")
    power = dict(rows(file, "SELECT power, count(*) FROM search_versions GROUP BY power"))
    stages = dict(rows(file, "SELECT act, count(*) FROM application_acts GROUP BY act"))
    assert forces >= 3
    assert people >= 300
    assert searches >= 600
    assert int(str(power["no"])) >= 50
    assert min(int(str(stages[act])) for act in ("refuse", "not_pursue", "cps_decline")) >= 10
    for said in ("Start considering an application", "Order made", "Took effect", "Power: yes", "Power: no"):
        assert said in told
    assert f"{people} people" in told


def test_a_demonstration_is_used_again_as_it_is(demonstration: tuple[Path, str]) -> None:
    file, told = demonstration
    before = file.read_bytes()
    again = CliRunner().invoke(main, ["--database", address(file), "demo", "--no-serve"])
    assert again.stdout == told
    assert file.read_bytes() == before


def test_the_report_on_orders_runs_on_it_and_the_operator_sees_no_small_cell(
    demonstration: tuple[Path, str],
) -> None:
    file, _ = demonstration
    done = CliRunner().invoke(main, ["--database", address(file), "report", "disproportionality"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["orders"]["cells"]
    assert all(cell["searches"] is None or cell["searches"] >= 10 for cell in document["orders"]["cells"])


def test_a_live_server_and_an_administrator_are_not_for_the_demonstration(
    demonstration: tuple[Path, str],
) -> None:
    file, _ = demonstration
    for command in (["serve", "--port", "0"], ["create-admin", "--name", "A"]):
        done = CliRunner().invoke(main, ["--database", address(file), *command])
        assert done.exit_code == 1
        assert "the demonstration's" in done.stderr


# Work


def test_an_import_prints_one_json_document_and_nothing_else(svro: Svro, tmp_path: Path) -> None:
    (tmp_path / "2020-01-merseyside-stop-and-search.csv").write_text(HEADER + ROW, encoding="utf-8")
    done = svro("import-searches", "2020-01-merseyside-stop-and-search.csv", "--json")
    assert done.exit_code == 0, done.output
    summary = json.loads(done.stdout)
    assert (summary["files"], summary["rows"], summary["accepted"], summary["new"]) == (1, 1, 1, 1)
    assert done.stderr == ""


def test_an_import_with_a_refused_file_exits_1_and_still_does_the_others(svro: Svro, tmp_path: Path) -> None:
    (folder := tmp_path / "published").mkdir()
    (folder / "2020-01-merseyside-stop-and-search.csv").write_text(HEADER + ROW, encoding="utf-8")
    (folder / "2020-02-merseyside-stop-and-search.csv").write_text("Not,A,Header\n1,2,3\n", encoding="utf-8")
    done = svro("import-searches", "published", "--json", "--rejects", "rejects.csv")
    assert done.exit_code == 1
    summary = json.loads(done.stdout)
    assert summary["accepted"] == 1
    assert len(summary["refused"]) == 1
    assert "2020-02-merseyside" in done.stderr
    assert (tmp_path / "rejects.csv").exists()


def test_an_import_refuses_a_force_that_there_is_not_and_a_day_to_come(svro: Svro, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(HEADER, encoding="utf-8")
    assert svro("import-searches", "x.csv", "--force", "atlantis").exit_code == 1
    assert svro("import-searches", "x.csv", "--published", "2999-01-01").exit_code == 1


@pytest.mark.parametrize("kind, begins", [("json", b"{"), ("csv", b"section,"), ("ods", b"PK")])
def test_a_report_is_written_where_it_was_asked_for(
    svro: Svro, tmp_path: Path, kind: str, begins: bytes
) -> None:
    done = svro(
        "report", "disproportionality", "--force", "merseyside", "--format", kind, "-o", f"out.{kind}"
    )
    assert (done.exit_code, done.output) == (0, "")
    assert (tmp_path / f"out.{kind}").read_bytes().startswith(begins)


def test_a_report_of_a_force_that_there_is_not_is_refused(svro: Svro) -> None:
    done = svro("report", "disproportionality", "--force", "atlantis")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "atlantis" in done.stderr


def test_the_first_administrator_is_made_once(svro: Svro, tmp_path: Path) -> None:
    done = svro("create-admin", "--name", "Avery Ashdown")
    assert done.exit_code == 0, done.output
    assert "avery.ashdown" in done.stdout
    assert "/sign-in/link/" in done.stdout
    assert rows(tmp_path / "svro.db", "SELECT name FROM accounts") == [("Avery Ashdown",)]
    assert svro("create-admin", "--name", "Avery Ashdown").exit_code == 0, "a new link, until it is used"
    assert rows(tmp_path / "svro.db", "SELECT count(*) FROM account_links WHERE used_at IS NULL") == [(1,)]
    told = rows(tmp_path / "svro.db", "SELECT tag FROM ledger_payloads ORDER BY at")
    assert told[:2] == [("deployment:founded",), ("account:opened",)]
    assert svro("create-admin", "--name", "Bo Barlow").exit_code == 1
    assert rows(tmp_path / "svro.db", "SELECT count(*) FROM accounts") == [(1,)]


def test_the_api_document_needs_no_database(svro: Svro, tmp_path: Path) -> None:
    done = svro("openapi")
    assert done.exit_code == 0, done.output
    assert "/api/v1/orders" in json.loads(done.stdout)["paths"]
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_finds_a_new_database_well_and_says_why(svro: Svro) -> None:
    assert svro("migrate").exit_code == 0
    done = svro("doctor")
    assert done.exit_code == 0, done.output
    assert "FAIL" not in done.stdout
    assert "rollback journal" in done.stdout
    assert "tzdata" in done.stdout


def test_the_doctor_finds_a_server_that_may_lose_commits_unwell(svro: Svro, postgres_url: str) -> None:
    done = svro("--database", postgres_url, "doctor")
    assert done.exit_code == 1
    for failed in ("FAIL  fsync", "FAIL  full_page_writes", "FAIL  synchronous_commit", "FAIL  role"):
        assert failed in done.stdout


def test_the_doctor_finds_a_key_open_to_others_and_a_plain_address_unwell(svro: Svro, tmp_path: Path) -> None:
    assert svro("migrate").exit_code == 0
    (tmp_path / "svro.key").write_bytes(Fernet.generate_key())
    (tmp_path / "svro.key").chmod(0o644)
    done = svro("doctor", env={"SVRO_ORIGIN": "http://svro.example", "SVRO_INSECURE_COOKIES": "1"})
    assert done.exit_code == 1
    for failed in ("FAIL  key file", "FAIL  cookies", "FAIL  address"):
        assert failed in done.stdout
    (tmp_path / "svro.key").chmod(0o600)
    assert "FAIL" not in svro("doctor", env={"SVRO_ORIGIN": "https://svro.example"}).stdout, "the control"
    weak = svro("doctor", env={"SVRO_STATUS_KEY": "changeme"})
    assert "FAIL  status key" in weak.stdout
    (tmp_path / "svro.key").write_bytes(b"A" * 44)
    assert "FAIL  key file" in svro("doctor").stdout


def test_the_doctor_finds_a_log_key_that_others_may_read_unwell(svro: Svro, tmp_path: Path) -> None:
    assert svro("migrate").exit_code == 0
    key = tmp_path / "log.key"
    assert svro("log-key", "svro.example/log", str(key)).exit_code == 0
    assert "ok    log key: svro.example/log" in svro("doctor", env={"SVRO_LOG_KEY": str(key)}).stdout
    key.chmod(0o644)
    assert "FAIL  log key" in svro("doctor", env={"SVRO_LOG_KEY": str(key)}).stdout
    assert "ok    log key: none" in svro("doctor").stdout


def test_cookies_in_the_clear_are_for_this_machine_alone(svro: Svro) -> None:
    done = svro("serve", "--host", "0.0.0.0", "--port", "0", env={"SVRO_INSECURE_COOKIES": "1"})
    assert done.exit_code == 2
    assert "127.0.0.1 alone" in done.stderr


async def test_a_live_server_answers_health_only_until_somebody_has_an_account(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "svro",
        "--database",
        address(tmp_path / "svro.db"),
        "serve",
        "--port",
        "0",
    ]
    server = await asyncio.create_subprocess_exec(
        *command, cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE,
        env={"PYTHONUNBUFFERED": "1", "SVRO_KEY_FILE": str(tmp_path / "svro.key")},
    )  # fmt: skip
    try:
        assert server.stdout is not None
        said = (await asyncio.wait_for(server.stdout.readline(), 60)).decode()
        base = next(word for word in said.split() if word.startswith("http"))
        async with httpx.AsyncClient(base_url=base, timeout=30) as client:
            assert (await client.get("/health/ready")).status_code == 200
            assert (await client.get("/api/v1/orders")).status_code == 503
            assert (await client.get("/")).status_code == 503
    finally:
        server.terminate()
        await server.wait()


# Several forces, and two roles


def test_sqlite_serves_one_force_and_names_postgresql_for_a_second(svro: Svro, tmp_path: Path) -> None:
    assert svro("create-admin", "--name", "Adelina Marchbanks").exit_code == 0
    with sqlite3.connect(tmp_path / "svro.db") as connection:
        account = connection.execute("SELECT id FROM accounts").fetchone()[0]
        person = "INSERT INTO people (force_id, id, created_at, created_by) VALUES (?, ?, '2025-03-14', ?)"
        connection.execute(person, ("merseyside", "1" * 32, account))
    asked = ("create-admin", "--name", "Somebody")
    assert "is the administrator" in svro(*asked).stderr  # one force is served
    assert "ok    forces: records of merseyside" in svro("doctor").stdout
    with sqlite3.connect(tmp_path / "svro.db") as connection:
        connection.execute(person, ("sussex", "2" * 32, account))
    for command in (("serve", "--port", "0"), asked):
        refused = svro(*command)
        assert refused.exit_code == 1
        assert "merseyside, sussex" in refused.stderr
        assert "PostgreSQL" in refused.stderr
    assert "FAIL  forces: records of merseyside, sussex" in svro("doctor").stdout


def test_incidents_are_added_for_one_force(svro: Svro, tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("reference,date\nLOG-1,2025-03-14\nlog 1,\nLOG-2,\n", encoding="utf-8")
    done = svro("import-incidents", "log.csv", "--force", "merseyside")
    assert (done.exit_code, done.stdout) == (0, "3 rows, 2 references new.\n")
    assert svro("import-incidents", "log.csv", "--force", "merseyside").stdout == (
        "3 rows, 0 references new.\n"
    )
    assert svro("import-incidents", "log.csv", "--force", "gotham").exit_code == 1
    (tmp_path / "bad.csv").write_text("number\n1\n", encoding="utf-8")
    refused = svro("import-incidents", "bad.csv", "--force", "merseyside")
    assert (refused.exit_code, "a column named reference" in refused.stderr) == (1, True)


def test_the_owner_migrates_and_a_role_that_owns_nothing_serves(
    svro: Svro,
    on_postgres: Callable[..., AbstractContextManager[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with on_postgres() as owner:
        monkeypatch.setenv("SVRO_DATABASE_URL", postgres.served(owner))
        asked = ("create-admin", "--name", "Adelina Marchbanks", "--force", "merseyside")
        alone = svro(*asked)
        assert (alone.exit_code, "SVRO_OWNER_DATABASE_URL" in alone.stderr) == (1, True)
        monkeypatch.setenv("SVRO_OWNER_DATABASE_URL", owner)
        assert svro("migrate").exit_code == 0
        assert svro(*asked).exit_code == 0, svro(*asked).stderr
        said = svro("doctor").stdout
        for name in ("role", "owner", "row security", "policies", "definers", "views"):
            assert f"ok    {name}:" in said, said
        said = svro("--database", owner, "doctor").stdout  # the control
        assert "FAIL  owner:" in said
