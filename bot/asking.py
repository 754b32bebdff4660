"""From a question in plain words to its card."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from agents.progress import ToolFinished, VoteCast
from agents.reading import asked_order
from bot.cards.verdict import verdict_card
from bot.long_jobs import LongJobs
from bot.turn import Done, LongJob, Turn
from desk.chart_spec import ChartSpec, Level
from trading.candles import Timeframe
from trading.errors import ConclaveError
from trading.limits import Denied
from trading.orders import Proposal

if TYPE_CHECKING:
    from agents.verdict import Verdict
    from tools.context import Context

log = logging.getLogger(__name__)
LOOKING = "Looking at the market…"
BUSY = "Your last question is still being answered."
SUBJECT = "your question"
STOPPED = "Stopped. Nothing was ordered."


class Asking(LongJobs):
    """The questions and other long jobs that are under way: one per person."""

    def begin(self, turn: Turn, question: str) -> None:
        """Answer a question while the caller goes on."""
        self.keep(asyncio.create_task(self.ask(turn, question)))

    async def ask(self, turn: Turn, question: str) -> None:
        """Answer a question, unless another job of the person's is still under way."""

        async def work(update: Callable[[Sequence[str]], None]) -> Done:
            return await _answer(turn, question, update)

        await self.do(turn, LongJob(LOOKING, BUSY, work, SUBJECT, STOPPED))


class Steps:
    """Turns what the runs do into the lines of the progress message."""

    def __init__(self, update: Callable[[Sequence[str]], None]) -> None:
        self._update = update
        self._tools: dict[str, None] = {}
        self._votes: dict[int, str] = {}

    def add(self, step: ToolFinished | VoteCast) -> None:
        if isinstance(step, VoteCast):
            vote = f"failed ({step.failure})" if step.failure else (step.stance or "").upper()
            self._votes[step.run] = f"• {step.label} votes {vote}"
        else:
            mark = "✗" if step.failed else "✓"
            self._tools[f"{mark} {step.tool} {step.subject}".rstrip()] = None
        self._update([*self._tools, *self._votes.values()])


async def _answer(turn: Turn, question: str, update: Callable[[Sequence[str]], None]) -> Done:
    steps = Steps(update)
    context = turn.context("analyst")
    verdict = await turn.services.panel.ask(question, context, steps.add)
    order = await _order(turn, verdict)
    chart = await _chart(verdict, order, context)
    card = verdict_card(verdict, order, turn.services.clock(), chart)
    return Done(card, order.id if isinstance(order, Proposal) else "")


async def _order(turn: Turn, verdict: Verdict) -> Proposal | Denied | str | None:
    """Price the verdict's order and offer it; a refusal or a dead market is told, not hidden."""
    services = turn.services
    if verdict.draft is None:
        return "No order: the vote is flat." if verdict.stance == "flat" else None
    asked = asked_order(verdict.question)
    # The person's own words go before the analyst's; the limits hold for both.
    draft = asked.onto(verdict.draft)
    try:
        priced = await services.preview.price(turn.account_id, draft, verdict.id)
        if isinstance(priced, Proposal) and asked.notional is None and verdict.size < 1:
            part = draft.model_copy(update={"notional": priced.notional * verdict.size})
            priced = await services.preview.price(turn.account_id, part, verdict.id)
    except ConclaveError as error:
        return f"No order: {error}"
    if isinstance(priced, Denied):
        return priced
    offered = await services.preview.offer(priced)
    return offered if isinstance(offered, Proposal) else offered.text


async def _chart(
    verdict: Verdict, order: Proposal | Denied | str | None, context: Context
) -> ChartSpec | None:
    if not verdict.symbol or verdict.stance == "none":
        return None
    timeframe = Timeframe.parse(verdict.timeframe or "1h")
    try:
        return await context.research.chart(verdict.symbol, timeframe, _levels(order))
    except ConclaveError as error:
        log.info("no chart: %s", error)
        return None


def _levels(order: Proposal | Denied | str | None) -> tuple[Level, ...]:
    if not isinstance(order, Proposal):
        return ()
    levels = [Level("entry", float(order.entry))]
    if order.stop is not None:
        levels.append(Level("stop", float(order.stop)))
    if order.target is not None:
        levels.append(Level("target", float(order.target)))
    return tuple(levels)
