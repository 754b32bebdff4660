"""From a question in plain words to its card."""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import TYPE_CHECKING

from agents.progress import ToolFinished, VoteCast
from agents.reading import asked_order
from bot.cards.card import Block, Card
from bot.cards.verdict import verdict_card
from bot.progress import Progress
from bot.turn import STOPPING, WENT_WRONG, Turn
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
STOPPED = Card((Block("text", "Stopped. Nothing was ordered."),))


class Asking:
    """The questions that are being answered now: one per person."""

    def __init__(self) -> None:
        self._running: dict[int, asyncio.Task[None]] = {}
        # The event loop keeps no task alive by itself.
        self._begun: set[asyncio.Task[None]] = set()
        self._stopping = False

    def begin(self, turn: Turn, question: str) -> None:
        """Answer a question while the caller goes on."""
        task = asyncio.create_task(self.ask(turn, question))
        self._begun.add(task)
        task.add_done_callback(self._ended)

    async def ask(self, turn: Turn, question: str) -> None:
        """Answer a question, unless the person's last one is still being answered."""
        if self._stopping:
            await turn.chat.say(STOPPING)
            return
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

    def stop(self) -> None:
        """Stop everybody's question and take no more: the bot is going down."""
        self._stopping = True
        for task in self._running.values():
            task.cancel()

    async def stopped(self) -> None:
        """Wait until each stopped question has told so."""
        await asyncio.gather(*self._running.values(), *self._begun, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._begun.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("a question could not be answered: %s", error, exc_info=error)


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
    progress = await _begin(turn)
    steps = Steps(progress)
    try:
        context = turn.context("analyst")
        verdict = await turn.services.panel.ask(question, context, steps.add)
        order = await _order(turn, verdict)
        card = verdict_card(
            verdict, order, turn.services.clock(), await _chart(verdict, order, context)
        )
    except ConclaveError as error:
        await progress.finish(Card((Block("text", str(error)),)))
        return
    except asyncio.CancelledError:
        await progress.finish(STOPPED)
        raise
    except Exception:
        reference = secrets.token_hex(3)
        log.exception("question failed, reference %s", reference)
        await progress.finish(Card((Block("text", WENT_WRONG.format(reference=reference)),)))
        return
    message = await progress.finish(card)
    if isinstance(order, Proposal):
        await turn.services.cards.put(order.id, turn.chat.id, message.message_id)


async def _begin(turn: Turn) -> Progress:
    """Open the progress message; cut off half way, it would say for ever that it looks."""
    opening = asyncio.create_task(Progress.begin(turn.chat, turn.services.cards, LOOKING))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        await (await opening).finish(STOPPED)
        raise


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
