"""Questions and the owner are found again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from desk.errors import StorageError
from desk.ports import StoredQuestion
from storage.people import SqlitePeople
from storage.questions import SqliteQuestions
from storage.sqlite import SqliteFile
from tests.trading.ledger_events import AT

QUESTION = StoredQuestion("q1", "anne", AT, "Is BTC a long?", '{"votes": []}')


async def test_a_question_is_loaded_as_it_was_saved(tmp_path: Path) -> None:
    file = SqliteFile(tmp_path / "conclave.db")
    questions = SqliteQuestions(file)
    assert await questions.load("q1") is None
    await questions.save(QUESTION)
    assert await questions.load("q1") == QUESTION
    await questions.save(QUESTION)
    with pytest.raises(StorageError, match="never changed"):
        await questions.save(replace(QUESTION, trace='{"votes": ["long"]}'))
    assert await questions.load("q1") == QUESTION
    await file.close()


async def test_the_latest_question_is_the_accounts_own_newest(tmp_path: Path) -> None:
    file = SqliteFile(tmp_path / "conclave.db")
    questions = SqliteQuestions(file)
    assert await questions.latest("anne") is None
    newest = replace(QUESTION, id="q2", asked_at=AT + timedelta(seconds=1))
    await questions.save(newest)
    await questions.save(QUESTION)
    await questions.save(
        replace(QUESTION, id="q3", account_id="ben", asked_at=AT + timedelta(hours=1))
    )
    assert await questions.latest("anne") == newest
    await file.close()


async def test_only_the_first_person_claims_the_bot(tmp_path: Path) -> None:
    files = [SqliteFile(tmp_path / "conclave.db") for _ in range(2)]
    people = [SqlitePeople(file) for file in files]
    assert await people[0].owner() is None
    claims = await asyncio.gather(*(people[n % 2].claim(n, AT) for n in range(1, 11)))
    assert sum(claims) == 1
    owner = await people[1].owner()
    assert owner == claims.index(True) + 1
    assert await people[0].claim(owner, AT)
    for file in files:
        await file.close()
