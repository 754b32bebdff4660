"""What the rules say to a question that a language model has answered."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from agents.panel import Panel
from agents.progress import Progress
from agents.recording import RULE_BASED, Recorder, calls_of
from agents.rules.rule_based import rule_based_lineup
from agents.trace import parse
from desk.called import Call, Who
from desk.facts import FactBook
from desk.ports import Clock, NewId, StoredQuestion
from tools.context import Context
from tools.registry import Tool

SECONDS = 15.0
MODEL_CALLS = 4
MOST_WAITING = 8


class Beside:
    """Has the rules answer the same question on the same frozen market, to be scored beside it.

    Nothing more is asked of the exchange: what was not frozen with the question is missing. One
    question at a time; when many wait, the newest is left out.
    """

    def __init__(
        self, recorder: Recorder, tools: Mapping[str, Tool], clock: Clock, new_id: NewId
    ) -> None:
        self._recorder = recorder
        self._tools = tools
        self._clock = clock
        self._new_id = new_id
        self._one = asyncio.Semaphore(1)
        self._waiting = 0

    async def answer(
        self, question: StoredQuestion, context: Context, price: Decimal | None = None
    ) -> None:
        """Record what the rules, and the forecast they ask for, say of the verdict's market.

        `price` is the one that was frozen for the verdict.
        Nothing where the verdict is theirs or is no decision. Seals the context's market.
        """
        verdict = _verdict(question, price)
        if verdict is None or self._waiting >= MOST_WAITING:
            return
        self._waiting += 1
        try:
            async with self._one:
                calls = await self._said(verdict, context)
        finally:
            self._waiting -= 1
        await self._recorder.keep(question.id, calls, read=False)

    async def _said(self, verdict: Call, context: Context) -> list[Call]:
        context.research.snapshot.seal()
        shelf = _Shelf()
        panel = Panel(
            rule_based_lineup(),
            self._tools,
            self._clock,
            self._new_id,
            shelf,
            seconds=SECONDS,
            model_calls=MODEL_CALLS,
        )
        text = f"Is {verdict.symbol} a long on the {verdict.timeframe}?"
        await panel.ask(text, replace(context, facts=FactBook()), _untold)
        calls = calls_of(parse(shelf.question.trace), verdict.price) if shelf.question else ()
        # The rules are scored at the same end as the verdict, the forecast at its own.
        beside = (
            replace(call, who=Who.RULES, horizon=verdict.horizon)
            if call.who is Who.VERDICT
            else call
            for call in calls
        )
        market = verdict.symbol, verdict.timeframe
        return [
            replace(call, question_id=verdict.question_id, asked_at=verdict.asked_at)
            for call in beside
            if (call.symbol, call.timeframe) == market
        ]


def _verdict(question: StoredQuestion, price: Decimal | None) -> Call | None:
    """Return the verdict of a language model; None where it took no stance."""
    calls = calls_of(parse(question.trace), price)
    if not calls or calls[0].stance == "no call" or calls[0].analyst == RULE_BASED:
        return None
    return calls[0]


class _Shelf:
    """Keeps what is answered from the history of questions: nobody has asked it."""

    def __init__(self) -> None:
        self.question: StoredQuestion | None = None

    async def save(self, question: StoredQuestion) -> None:
        self.question = question

    async def load(self, question_id: str) -> StoredQuestion | None:
        return None

    async def latest(self, account_id: str) -> StoredQuestion | None:
        return None


def _untold(step: Progress) -> None:
    """Nobody waits for it."""
