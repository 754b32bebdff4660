"""From a question in plain words to its card."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from agents.progress import ToolFinished, VoteCast
from bot.cards.card import Block, Card
from bot.cards.verdict import verdict_card
from bot.progress import Progress
from bot.turn import Turn
from desk.chart_spec import ChartSpec, Level
from trading.candles import Timeframe
from trading.errors import ConclaveError
from trading.limits import Denied
from trading.orders import Proposal

if TYPE_CHECKING:
    from agents.verdict import Verdict
    from tools.context import Context

log = logging.getLogger(__name__)


class Asking:
    """The questions that are being answered now: one per person."""

    def __init__(self) -> None:
        self._running: dict[int, asyncio.Task[None]] = {}

    async def ask(self, turn: Turn, question: str) -> None:
        """Answer a question, unless the person's last one is still being answered."""
        if turn.user_id in self._running:
            await turn.chat.say("Your last question is still being answered. /cancel stops it.")
            return
        task = asyncio.create_task(_answer(turn, question))
        self._running[turn.user_id] = task
        try:
            await task
        except asyncio.CancelledError:
            if not task.cancelled():
                raise
        finally:
            del self._running[turn.user_id]

    def cancel(self, user_id: int) -> bool:
        """Stop the person's question; False when there is none."""
        task = self._running.get(user_id)
        return task.cancel() if task else False

    def cancel_all(self) -> None:
        """Stop everybody's question: the bot is going down."""
        for task in self._running.values():
            task.cancel()


class Steps:
    """Turns what the runs do into the lines of the progress message."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tools: dict[str, None] = {}
        self._votes: dict[int, str] = {}

    def add(self, step: ToolFinished | VoteCast) -> None:
        if isinstance(step, VoteCast):
            vote = f"failed ({step.failure})" if step.failure else (step.stance or "").upper()
            self._votes[step.run] = f"• {step.label} votes {vote}"
        else:
            mark = "✗" if step.failed else "✓"
            self._tools[f"{mark} {step.tool} {step.subject}".rstrip()] = None
        self._progress.update([*self._tools, *self._votes.values()])


async def _answer(turn: Turn, question: str) -> None:
    progress = await Progress.begin(turn.chat, "Looking at the market…")
    steps = Steps(progress)
    try:
        context = turn.context()
        verdict = await turn.services.panel.ask(question, context, steps.add)
        order = await _order(turn, verdict)
        card = verdict_card(
            verdict, order, turn.services.clock(), await _chart(verdict, order, context)
        )
    except ConclaveError as error:
        await progress.finish(Card((Block("text", str(error)),)))
        return
    except asyncio.CancelledError:
        await progress.finish(Card((Block("text", "Stopped. Nothing was ordered."),)))
        raise
    except Exception:
        await progress.finish(
            Card((Block("text", "That went wrong on our side; nothing was ordered. Try again."),))
        )
        raise
    message = await progress.finish(card)
    if isinstance(order, Proposal):
        await turn.services.cards.put(order.id, turn.chat.id, message.message_id)


async def _order(turn: Turn, verdict: Verdict) -> Proposal | Denied | str | None:
    """Price the verdict's order and offer it; a refusal or a dead market is told, not hidden."""
    services = turn.services
    if verdict.draft is None:
        if verdict.stance != "flat":
            return None
        base = verdict.symbol.split("/")[0]
        return f"No order: the vote is flat. /buy {base} or /short {base} asks for one anyway."
    try:
        priced = await services.preview.price(turn.account_id, verdict.draft, verdict.id)
        if isinstance(priced, Proposal) and verdict.size < 1:
            part = verdict.draft.model_copy(update={"notional": priced.notional * verdict.size})
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
