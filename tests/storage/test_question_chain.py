"""Stored questions and cards stay as they are, and what is done to them is noticed and named."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from desk.ports import StoredCard, StoredQuestion
from storage.audit import audit
from storage.chain import Row, hash_of
from storage.migrations import migrate
from storage.question_chain import TABLES, of_question
from storage.question_file import open_questions
from storage.questions import SqliteQuestions
from storage.sqlite import SqliteFile, database_on
from tests.depth import times
from tests.fakes.made_file import AT, log_file, write_made

PEOPLE = ("anne", "ben")
QUESTIONS = 4


def question(account_id: str, number: int) -> StoredQuestion:
    at = AT + timedelta(minutes=number)
    trace = f'{{"runs": [{number}], "words": "“做多” {"x" * 50}"}}'
    return StoredQuestion(f"{account_id}{number}", account_id, at, f"Question {number}?", trace)


def card(account_id: str, number: int) -> StoredCard:
    at = AT + timedelta(minutes=number, seconds=5)
    return StoredCard(f"{account_id}{number}", account_id, at, '{"html": "<b>LONG</b>"}')


async def _store(path: Path) -> None:
    async with log_file(path) as desk:
        questions = SqliteQuestions(desk.file)
        for name in PEOPLE:
            await write_made(desk.log, name, 50)
        for number in range(1, QUESTIONS + 1):
            for name in PEOPLE:
                await questions.save(question(name, number))
                await questions.keep_card(card(name, number))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("asked") / "conclave.db"
    asyncio.run(_store(path))
    return path


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(made, tmp_path))


def change(path: Path, sql: str) -> None:
    """Do what the store itself never does, and put its guards back."""
    tables = ", ".join(f"'{table}'" for table in TABLES)
    connection = sqlite3.connect(path)
    guards = connection.execute(
        f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({tables})"
    ).fetchall()
    for name, _ in guards:
        connection.execute(f"DROP TRIGGER {name}")
    connection.executescript(f"{sql};" + ";".join(made for _, made in guards))
    connection.close()


def problems(path: Path) -> dict[str | None, list[str]]:
    return {
        one.account_id: [finding.problem for finding in one.findings]
        for one in audit(path)
        if one.findings
    }


def test_a_sound_file_tells_how_many_questions_it_holds_and_their_last_hash(path: Path) -> None:
    assert problems(path) == {}
    for examined in list(audit(path))[1:]:
        assert examined.questions == QUESTIONS
        assert len(examined.last_question) == 64
        assert not examined.notes


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        (
            "UPDATE questions SET trace = replace(trace, 'x', 'y') WHERE id = 'anne2'",
            ["question anne2 of 05 Jan 2026 12:02 UTC: it was changed after it was written"],
        ),
        (
            "UPDATE questions SET text = 'Is ETH a long?' WHERE id = 'anne2'",
            ["question anne2 of 05 Jan 2026 12:02 UTC: it was changed after it was written"],
        ),
        (
            "UPDATE questions SET asked_at = '2026-01-05T12:09:00+00:00' WHERE id = 'anne4'",
            ["question anne4 of 05 Jan 2026 12:09 UTC: it was changed after it was written"],
        ),
        (
            "UPDATE question_cards SET data = '{}' WHERE question_id = 'anne3'",
            [
                "the card of question anne3 of 05 Jan 2026 12:03 UTC: "
                "it was changed after it was written"
            ],
        ),
        ("DELETE FROM questions WHERE id = 'anne1'", ["question anne1: it was removed"]),
        (
            "DELETE FROM question_cards WHERE question_id = 'anne4'",
            ["the card of question anne4: it was removed"],
        ),
    ],
)
def test_what_was_changed_or_removed_is_named_and_the_others_are_sound(
    path: Path, sql: str, told: list[str]
) -> None:
    change(path, sql)
    assert problems(path) == {"anne": told}


def test_two_questions_that_swapped_their_traces_are_both_named(path: Path) -> None:
    change(
        path,
        "CREATE TEMP TABLE kept AS SELECT id, trace FROM questions;"
        "UPDATE questions SET trace = (SELECT trace FROM kept WHERE id = 'ben3') WHERE id = 'ben2';"
        "UPDATE questions SET trace = (SELECT trace FROM kept WHERE id = 'ben2') WHERE id = 'ben3'",
    )
    named = [one.partition(" of ")[0] for one in problems(path)["ben"]]
    assert named == ["question ben2", "question ben3"]


def test_a_changed_order_is_noticed(path: Path) -> None:
    change(
        path,
        "UPDATE question_chain SET seq = 100 WHERE question_id = 'ben2' AND kind = 'question';"
        "UPDATE question_chain SET seq = 3 WHERE question_id = 'ben3' AND kind = 'question';"
        "UPDATE question_chain SET seq = 5 WHERE seq = 100",
    )
    told = problems(path)["ben"]
    assert any(one.startswith("question ben3") and "the order was changed" in one for one in told)
    assert any(one.startswith("question ben2") and "the order was changed" in one for one in told)


def test_a_link_that_was_taken_out_or_away_from_the_end_is_noticed(path: Path) -> None:
    change(path, "DELETE FROM question_chain WHERE question_id = 'ben2' AND kind = 'question'")
    assert "question ben2: it stands in no chain, so it was added by hand" in problems(path)["ben"]
    assert "number 3 of the chain is missing" in problems(path)["ben"][0]
    change(
        path,
        "DELETE FROM question_chain WHERE question_id = 'anne4';"
        "DELETE FROM questions WHERE id = 'anne4';"
        "DELETE FROM question_cards WHERE question_id = 'anne4'",
    )
    assert problems(path)[None] == ["the chain of questions had 16 links, 13 are left"]


def test_a_question_that_was_slipped_in_is_noticed(path: Path) -> None:
    change(path, "INSERT INTO questions VALUES ('zoe1', 'zoe', '2026-01-05', 'Yes?', '{}')")
    assert problems(path) == {
        "zoe": ["question zoe1: it stands in no chain, so it was added by hand"]
    }


@pytest.mark.parametrize("table", TABLES)
def test_the_file_itself_refuses_changes(path: Path, table: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for sql in (f"DELETE FROM {table}", f"UPDATE {table} SET account_id = 'x'"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(sql)
    connection.execute(f"DROP TRIGGER {table}_stay")
    connection.close()
    assert f"{table}_stay" in problems(path)[None][0]


async def test_two_writers_make_one_chain(tmp_path: Path) -> None:
    files = [SqliteFile(tmp_path / "conclave.db") for _ in range(2)]
    stores = [SqliteQuestions(file) for file in files]
    count = times(20, 200)
    await asyncio.gather(
        *(stores[number % 2].save(question("anne", number)) for number in range(count)),
        # The same again, from the other side: nothing more is stored.
        *(stores[(number + 1) % 2].save(question("anne", number)) for number in range(count)),
    )
    await asyncio.gather(*(stores[n % 2].keep_card(card("anne", n)) for n in range(count)))
    for file in files:
        await file.close()
    (_, anne) = audit(tmp_path / "conclave.db")
    assert anne.questions == count
    assert not anne.findings


async def test_questions_of_an_older_version_are_bound_as_they_are_found(tmp_path: Path) -> None:
    path = tmp_path / "conclave.db"
    file = SqliteFile(path)
    await file.check()
    await file.close()
    connection = sqlite3.connect(path, isolation_level=None)
    # The shape that the file had before.
    for table in TABLES:
        for what in ("stay", "last"):
            connection.execute(f"DROP TRIGGER {table}_{what}")
    for table in TABLES[1:]:
        connection.execute(f"DROP TABLE {table}")
    connection.execute("DELETE FROM _sqlite_migrations WHERE name LIKE '%chain of questions'")
    for number in (2, 1):
        one = question("anne", number)
        row = (one.id, one.account_id, one.asked_at.isoformat(), one.text, one.trace)
        connection.execute("INSERT INTO questions VALUES (?, ?, ?, ?, ?)", row)
    migrate(database_on(connection))
    connection.close()
    (_, anne) = audit(path)
    assert (anne.questions, anne.findings) == (2, ())
    assert anne.notes[0].startswith("2 questions are older than their chain")
    async with log_file(path) as desk:
        await SqliteQuestions(desk.file).save(question("anne", 3))
    change(path, "UPDATE questions SET trace = '{}' WHERE id = 'anne1'")
    (_, anne) = audit(path)
    assert [one.problem.partition(" of ")[0] for one in anne.findings] == ["question anne1"]


async def test_a_fault_of_one_question_is_told_without_a_walk(path: Path) -> None:
    change(path, "UPDATE question_cards SET data = '{}' WHERE question_id = 'anne3'")
    with open_questions(path) as file:
        by_id = {one.id: file.fault(one) for one in file.latest(100)}
    assert by_id.pop("anne3").startswith("the card of question anne3 ")
    assert set(by_id.values()) == {""}


@pytest.mark.parametrize("kind", ["question", "card"])
async def test_a_link_that_was_hashed_anew_does_not_fit_those_beside_it(
    path: Path, kind: str
) -> None:
    one = question("anne", 2)
    forged = f'{{"forged": "{kind}"}}'
    connection = sqlite3.connect(path)
    seq, prev_hash = connection.execute(
        "SELECT seq, prev_hash FROM question_chain WHERE question_id = 'anne2' AND kind = ?",
        (kind,),
    ).fetchone()
    (at,) = connection.execute(
        "SELECT asked_at FROM questions WHERE id = 'anne2'"
        if kind == "question"
        else "SELECT at FROM question_cards WHERE question_id = 'anne2'"
    ).fetchone()
    connection.close()
    data = of_question(one.text, forged) if kind == "question" else forged
    own = hash_of(Row("anne", seq, one.id, at, kind, data, prev_hash, ""))
    table = (
        f"UPDATE questions SET trace = '{forged}' WHERE id = 'anne2'"
        if kind == "question"
        else f"UPDATE question_cards SET data = '{forged}' WHERE question_id = 'anne2'"
    )
    change(
        path,
        f"{table}; UPDATE question_chain SET hash = '{own}'"
        f" WHERE question_id = 'anne2' AND kind = '{kind}'",
    )
    with open_questions(path) as file:
        by_id = {one.id: file.fault(one) for one in file.latest(100)}
    assert "it does not fit what stands after it" in by_id["anne2"]
    assert by_id["anne1"] == by_id["anne4"] == by_id["ben2"] == ""


async def test_questions_are_found_by_the_beginning_of_their_id(path: Path) -> None:
    file = SqliteFile(path)
    questions = SqliteQuestions(file)
    assert [one.id for one in await questions.recent("anne", 2)] == ["anne4", "anne3"]
    assert [one.id for one in await questions.find("anne", "anne2", 5)] == ["anne2"]
    assert len(await questions.find("anne", "ann", 3)) == 3
    assert await questions.find("anne", "ben", 5) == []
    assert await questions.find("anne", "%", 5) == []
    await file.close()
