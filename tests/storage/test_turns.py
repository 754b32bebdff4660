"""What was asked lately is kept by account and chat, for a while, and forgotten on request."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from desk.ports import StoredTurn
from storage.sqlite import SqliteFile
from storage.turns import SqliteTurns
from tests.trading.ledger_events import AT

TURN = StoredTurn("anne", 7, AT, '{"question": "1"}')
OLDEST = AT - timedelta(minutes=30)


async def test_turns_are_kept_apart_by_account_and_by_chat_over_a_restart(tmp_path: Path) -> None:
    file = SqliteFile(tmp_path / "conclave.db")
    others = [replace(TURN, account_id="ben"), replace(TURN, chat_id=8)]
    for turn in (TURN, *others):
        await SqliteTurns(file).add(turn, 6, OLDEST)
    await file.close()
    file = SqliteFile(tmp_path / "conclave.db")
    turns = SqliteTurns(file)
    assert list(await turns.of("anne", 7)) == [TURN]
    assert await turns.forget("anne", 7) == 1
    assert await turns.forget("anne", 7) == 0
    await file.close()
    file = SqliteFile(tmp_path / "conclave.db")
    assert list(await SqliteTurns(file).of("anne", 7)) == []
    for turn in others:
        assert list(await SqliteTurns(file).of(turn.account_id, turn.chat_id)) == [turn]
    await file.close()


async def test_only_the_newest_turns_stay_and_none_that_is_old(tmp_path: Path) -> None:
    file = SqliteFile(tmp_path / "conclave.db")
    turns = SqliteTurns(file)
    silent = replace(TURN, account_id="ben")
    await turns.add(silent, 2, OLDEST)
    later = [replace(TURN, at=AT + timedelta(minutes=n)) for n in range(4)]
    for turn in later:
        await turns.add(turn, 2, OLDEST)
    assert list(await turns.of("anne", 7)) == later[2:]
    # Ben writes no more, and is forgotten all the same.
    await turns.add(replace(TURN, at=AT + timedelta(hours=1)), 2, AT + timedelta(minutes=30))
    assert list(await turns.of("ben", 7)) == []
    await file.close()
