"""Calls are stored once, become due, and are settled once."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from desk.called import CallState, Outcome, Who
from desk.ports import StoredQuestion
from storage.migrations import migrate
from storage.questions import SqliteQuestions
from storage.sqlite import SqliteFile, database_on
from storage.verdicts import SqliteVerdicts
from tests.fakes.made_calls import AS_OF, LONG, due, made_call

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[SqliteFile]:
    opened = SqliteFile(tmp_path / "conclave.db")
    yield opened
    await opened.close()


@pytest.fixture
def verdicts(file: SqliteFile) -> SqliteVerdicts:
    return SqliteVerdicts(file)


async def test_a_call_is_found_as_it_was_recorded(verdicts: SqliteVerdicts) -> None:
    forecast = made_call(who=Who.FORECAST, up=0.5375, stance="flat", price=Decimal("0.0812300"))
    await verdicts.record("q1", [(LONG, due(LONG)), (forecast, due(forecast))])
    seen = await verdicts.of_account("anne")
    assert {one.call.who: one.call for one in seen} == {Who.VERDICT: LONG, Who.FORECAST: forecast}
    assert {one.state for one in seen} == {CallState.WAITING}
    assert {one.due_at for one in seen} == {due(LONG), due(forecast)}
    assert str(seen[0].call.price) in ("100", "0.0812300")


async def test_a_call_recorded_twice_is_there_once_and_only_a_missing_price_is_added(
    verdicts: SqliteVerdicts,
) -> None:
    bare = made_call(price=None)
    await verdicts.record("q1", [(bare, due(bare))])
    await verdicts.record("q1", [(LONG, due(LONG))])
    later = made_call(price=Decimal(999), stance="short")
    await verdicts.record("q1", [(later, due(later))])
    (seen,) = await verdicts.of_account("anne")
    assert seen.call == LONG


async def test_nobody_sees_another_accounts_calls(verdicts: SqliteVerdicts) -> None:
    ben = made_call("q2", account_id="ben")
    await verdicts.record("q1", [(LONG, due(LONG))])
    await verdicts.record("q2", [(ben, due(ben))])
    assert [one.call.question_id for one in await verdicts.of_account("anne")] == ["q1"]
    assert [one.call.question_id for one in await verdicts.of_account("ben")] == ["q2"]


async def test_a_call_is_due_from_its_moment_on_and_made_up_prices_apart(
    verdicts: SqliteVerdicts,
) -> None:
    demo = made_call("q2", demo=True)
    none = made_call("q3", stance="no call")
    for call in (LONG, demo, none):
        await verdicts.record(call.question_id, [(call, due(call))])
    assert not await verdicts.due(due(LONG) - MINUTE, 10, demo=False)
    assert [one.call for one in await verdicts.due(due(LONG), 10, demo=False)] == [LONG]
    assert [one.call for one in await verdicts.due(due(LONG), 10, demo=True)] == [demo]


async def test_a_settled_call_stays_as_it_is(verdicts: SqliteVerdicts) -> None:
    await verdicts.record("q1", [(LONG, due(LONG))])
    first = Outcome(LONG.key, LONG.price, Decimal("101.50"), due(LONG))
    await verdicts.settle([first])
    await verdicts.settle([Outcome(LONG.key, LONG.price, Decimal(7), due(LONG))])
    await verdicts.settle([Outcome(LONG.key, None, None, None, "lost")])
    await verdicts.postpone([LONG.key], AS_OF, AS_OF)
    (seen,) = await verdicts.of_account("anne")
    assert (seen.state, seen.left, seen.left_at) == (CallState.SCORED, Decimal("101.50"), due(LONG))
    assert seen.tried_at is None
    assert not await verdicts.due(due(LONG) + MINUTE, 10, demo=False)


async def test_a_postponed_call_waits_and_remembers_the_first_try(
    verdicts: SqliteVerdicts,
) -> None:
    await verdicts.record("q1", [(LONG, due(LONG))])
    now = due(LONG)
    await verdicts.postpone([LONG.key], now, now + 5 * MINUTE)
    await verdicts.postpone([LONG.key], now + 5 * MINUTE, now + 9 * MINUTE)
    assert not await verdicts.due(now + 8 * MINUTE, 10, demo=False)
    (seen,) = await verdicts.due(now + 9 * MINUTE, 10, demo=False)
    assert seen.tried_at == now


async def test_votes_against_of_an_older_file_are_counted_from_its_traces(
    file: SqliteFile, verdicts: SqliteVerdicts, tmp_path: Path
) -> None:
    said = '{"answer": {"stance": "%s"}, "needed": %s, "replaced": false}'
    early = [said % ("long", "true")] * 2 + ['{"answer": null, "needed": false}']
    split = [said % (stance, "true") for stance in ("long", "short", "long")]
    questions = SqliteQuestions(file)
    for name, runs in (("early", early), ("split", split)):
        trace = f'{{"runs": [{", ".join(runs)}]}}'
        await questions.save(StoredQuestion(name, "anne", AS_OF, "Is BTC a long?", trace))
    found = [made_call(name, votes=2, runs=3) for name in ("early", "split", "traceless")]
    found.append(made_call("early", who=Who.FORECAST, votes=0, runs=0, up=0.6))
    for call in found:
        await verdicts.record(call.question_id, [(call, due(call))])
    connection = sqlite3.connect(tmp_path / "conclave.db", isolation_level=None)
    connection.execute("ALTER TABLE verdicts DROP COLUMN against")
    connection.execute("DELETE FROM _sqlite_migrations WHERE name LIKE '%votes against'")
    migrate(database_on(connection))
    connection.close()
    seen = {one.call.key: one.call.against for one in await verdicts.of_account("anne")}
    assert seen == {
        ("early", Who.VERDICT): 0,
        ("split", Who.VERDICT): 1,
        ("traceless", Who.VERDICT): 1,
        ("early", Who.FORECAST): 0,
    }


async def test_questions_are_unread_until_their_calls_are_recorded(
    file: SqliteFile, verdicts: SqliteVerdicts
) -> None:
    questions = SqliteQuestions(file)
    stored = [
        StoredQuestion(f"q{n}", "anne", AS_OF + n * MINUTE, "Is BTC a long?", "{}")
        for n in (2, 1, 3)
    ]
    for one in stored:
        await questions.save(one)
    assert [one.id for one in await verdicts.unread(2)] == ["q1", "q2"]
    await verdicts.record("q1", [(LONG, due(LONG))])
    await verdicts.record("q2", [])
    beside = made_call("q3", who=Who.RULES)
    await verdicts.record("q3", [(beside, due(beside))], read=False)
    assert await verdicts.unread(9) == [stored[2]]
