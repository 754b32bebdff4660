"""Follow-ups: understood as meant, complete questions left alone, and talks kept apart."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

from agents.questions.follow_up import complete
from agents.questions.reading import Intent, asked_order, read
from agents.questions.thread import Earlier, Thread
from benchmarks.rows import Row
from bot.threads import Threads
from evals.follow_up_cases import TALKS, WHOLE, Talk
from storage.sqlite import SqliteFile
from storage.turns import SqliteTurns
from tests.agents.scripts import LOOK, lineup, says
from tests.agents.small_desk import Room, small_context
from tests.fakes.openai_server import OpenAIServer, Request

NOW = datetime(2026, 3, 1, 14, 0, tzinfo=UTC)
PEOPLE = 6


async def rows() -> list[Row]:
    """Complete made-up talks by rule, and let several people talk at the same time."""
    wrong = [talk for talk in TALKS if not _right(talk)]
    threads = [_thread(talk) for talk in TALKS]
    changed = [text for text in WHOLE for one in threads if complete(text, one) != text]
    shown = f"{len(TALKS)} talks; wrong: {'; '.join(talk.messages[-1] for talk in wrong) or 'none'}"
    share = (len(TALKS) - len(wrong)) / len(TALKS)
    crossed, asked = await _crossed()
    return [
        Row("follow-ups: understood as meant", share, None, "share", "ours >= 0.95", shown),
        Row(
            "follow-ups: complete questions changed by the thread",
            len(changed),
            None,
            "questions",
            "ours <= 0",
            f"{len(WHOLE)} questions after each of {len(TALKS)} talks",
        ),
        Row(
            "follow-ups: another person's words in a prompt",
            crossed,
            None,
            "prompts",
            "ours <= 0",
            f"{PEOPLE} people at once, {asked} prompts",
        ),
    ]


def _turn(text: str, whole: str) -> Earlier:
    question = read(whole)
    return Earlier(
        asked_at=NOW,
        question=text,
        understood=whole,
        symbol=question.symbol,
        timeframe=question.timeframe.value,
        stance="long" if question.intent is Intent.DECISION else "none",
        headline="",
    )


def _thread(talk: Talk, messages: int | None = None) -> Thread:
    thread = Thread()
    for text in talk.messages[:messages]:
        whole = complete(text, thread)
        thread = Thread((*thread.turns, _turn(text, whole)))
    return thread


def _right(talk: Talk) -> bool:
    whole = complete(talk.messages[-1], _thread(talk, -1))
    question, order = read(whole), asked_order(whole)
    size = "half" if order.share == Decimal("0.5") else ""
    size = f"{order.notional.normalize():f}" if order.notional is not None else size
    return (
        (question.symbol, question.intent.value) == (talk.symbol, talk.intent)
        and talk.timeframe in ("", question.timeframe.value)
        and (size, question.why_not) == (talk.size, talk.against)
        and (not talk.strategy or question.strategy == talk.strategy)
        and (order.stop == Decimal(talk.stop) if talk.stop else order.stop is None)
    )


async def _crossed() -> tuple[int, int]:
    """Count prompts that hold words of two people, and all prompts."""
    script = [LOOK, says("long")]
    with tempfile.TemporaryDirectory() as folder:
        file = SqliteFile(Path(folder) / "turns.db")
        ticks = count()
        threads = Threads(SqliteTurns(file), lambda: NOW + timedelta(seconds=next(ticks)))
        async with OpenAIServer([script]) as server:
            room = Room(lineup(server, runs=1))
            panel = room.panel()

            async def talk(person: int) -> None:
                for text in (
                    f"Is BTC a long, {_word(person)}?",
                    "and on the 4h?",
                    "why not short?",
                ):
                    thread = await threads.of(f"account {person}", person)
                    context = small_context(f"account {person}")
                    verdict = await panel.ask(text, context, room.told.append, thread=thread)
                    await threads.remember(f"account {person}", person, verdict, None)

            await asyncio.gather(*(talk(person) for person in range(PEOPLE)))
            prompts = [_words_in(request) for request in server.chats]
        await file.close()
    assert sum(len(words) == 1 for words in prompts) >= 3 * PEOPLE, "nothing was remembered"
    return sum(len(words) > 1 for words in prompts), len(prompts)


def _word(person: int) -> str:
    return f"quokka{'abcdef'[person]}"


def _words_in(request: Request) -> set[str]:
    text = str(request.messages)
    return {_word(person) for person in range(PEOPLE) if _word(person) in text}
