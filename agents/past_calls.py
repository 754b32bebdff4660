"""What was decided on a person's questions of the last days, from their stored traces."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from agents.trace import Trace, UnreadableTrace, parse
from agents.verdict import count
from desk.briefing_parts import PastCall
from desk.ports import QuestionArchive, StoredQuestion

log = logging.getLogger(__name__)
MOST = 20
DECISIONS = ("long", "short", "flat")


class StoredCalls:
    """Implements desk.briefing_parts.PastCalls."""

    def __init__(self, questions: QuestionArchive) -> None:
        self._questions = questions

    async def of(self, account_id: str, since: datetime) -> Sequence[PastCall]:
        """Return the decisions since then, newest first; a trace that can't be read is skipped."""
        stored = await self._questions.recent(account_id, MOST)
        young = [question for question in stored if question.asked_at >= since]
        # Traces are long, and nothing else should wait for them.
        return await asyncio.to_thread(_calls, young)


def _calls(stored: Sequence[StoredQuestion]) -> Sequence[PastCall]:
    found = []
    for question in stored:
        try:
            trace = parse(question.trace)
        except UnreadableTrace as error:
            log.info("question %s is left out: %s", question.id, error)
            continue
        verdict = count(trace)
        if verdict.symbol and verdict.stance in DECISIONS:
            price = _price(trace, verdict.symbol)
            found.append(
                PastCall(verdict.symbol, verdict.timeframe, verdict.stance, verdict.as_of, price)
            )
    return found


def _price(trace: Trace, symbol: str) -> Decimal | None:
    """The price of the question's own snapshot, if a tool gave it."""
    for traced in trace.facts:
        if (traced.tool, traced.label, traced.symbol) == ("quote", "Last price", symbol):
            value = traced.fact.value
            return None if isinstance(value, str) else Decimal(str(value))
    return None
