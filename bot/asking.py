"""From a question in plain words to its card."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from agents.failure import OVER_DAY
from agents.progress import ToolFinished, VoteCast
from agents.questions.order_line import order_words, ordered_side
from agents.questions.reading import asked_order
from bot.card_code import card_code
from bot.cards.answered import Inputs, answered, dump
from bot.cards.card import Block, Card
from bot.cards.medians import median_words
from bot.cards.words import WORDS
from bot.chat import picture_of
from bot.long_jobs import LongJobs
from bot.paying import paid_for
from bot.remembering import beside, remember
from bot.turn import Done, LongJob, Turn
from desk.chart_spec import ChartSpec, Level
from desk.errors import StorageError
from desk.held import held_words
from desk.language import language_of
from desk.ports import StoredCard
from desk.spending import OverDay
from desk.spending_words import over_day_words
from trading.candles import Timeframe
from trading.errors import ConclaveError
from trading.limits import Denied
from trading.orders import Proposal, opposite

if TYPE_CHECKING:
    from agents.verdict import Verdict
    from bot.remembering import Decided
    from tools.context import Context

log = logging.getLogger(__name__)
LOOKING = "Looking at the market…"
BUSY = "Your last question is still being answered."
SUBJECT = "your question"
STOPPED = "Stopped. Nothing was ordered."


class Asking(LongJobs):
    """The questions and other long jobs that are under way: one per person."""

    def __init__(self) -> None:
        super().__init__()
        self._beside: set[asyncio.Task[None]] = set()

    def begin(self, turn: Turn, question: str) -> None:
        """Answer a question while the caller goes on."""
        self.keep(asyncio.create_task(self.ask(turn, question)))

    async def ask(self, turn: Turn, question: str) -> None:
        """Answer a question, unless another job of the person's is still under way."""

        async def work(update: Callable[[Sequence[str]], None]) -> Done:
            return await _answer(turn, question, update, decided)

        decided: list[Decided] = []
        await self.do(turn, LongJob(LOOKING, BUSY, work, SUBJECT, STOPPED))
        for one in decided:
            task = asyncio.create_task(beside(turn.services, one))
            self._beside.add(task)
            task.add_done_callback(self._beside.discard)
            self.keep(task)

    def stop(self) -> None:
        """Stop what nobody waits for, too."""
        super().stop()
        for task in self._beside:
            task.cancel()


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


async def _answer(
    turn: Turn,
    question: str,
    update: Callable[[Sequence[str]], None],
    decided: list[Decided],
) -> Done:
    steps = Steps(update)
    threads, place = turn.services.threads, (turn.account_id, turn.chat.id)
    thread = await threads.of(*place)
    context = turn.context("analyst")
    async with paid_for(turn.services.spending, turn.user_id) as meter:
        if isinstance(meter, OverDay):
            refusal = over_day_words(meter, language_of(question))
            return Done(Card((Block("text", refusal),)))
        verdict = await turn.services.panel.ask(
            question, context, steps.add, thread=thread, meter=meter
        )
    if remembered := await remember(turn.services, verdict, context):
        decided.append(remembered)
    order = await _order(turn, verdict)
    chart = await _chart(verdict, order, context)
    inputs = Inputs(turn.services.clock(), order, await _notes(turn, verdict, order))
    card = await _recorded(turn, verdict, inputs, inputs.card(verdict, chart))
    proposal = order if isinstance(order, Proposal) else None
    await threads.remember(*place, verdict, proposal.notional if proposal else None)
    return Done(card, proposal.id if proposal else "")


async def _notes(
    turn: Turn, verdict: Verdict, order: Proposal | Denied | str | None
) -> tuple[str, ...]:
    """Say what the verdict means to who holds its symbol already, and that the day is used up.

    Of an order: what of it is a median of runs that differ.
    """
    state = await turn.services.accounts.load(turn.account_id)
    held = held_words(state, verdict.symbol, verdict.stance, verdict.language)
    medians: tuple[str, ...] = ()
    if isinstance(order, Proposal):
        asked = asked_order(verdict.understood or verdict.question)
        medians = median_words(verdict.medians, asked, verdict.language)
    typed = order_words(verdict.question, verdict.language)
    return tuple(note for note in (typed, held, await _over_day(turn, verdict), *medians) if note)


async def _over_day(turn: Turn, verdict: Verdict) -> str:
    """Tell where the day stands when what was left of it did not suffice for the answer."""
    spending = turn.services.spending
    short = any(vote.failure == OVER_DAY for vote in verdict.votes if not vote.replaced)
    if spending is None or verdict.stance != "no call" or not short:
        return ""
    try:
        return over_day_words(await spending.day_of(str(turn.user_id)), verdict.language)
    except StorageError as error:
        log.error("what was used today can't be read: %s", error)
        return ""


async def _recorded(turn: Turn, verdict: Verdict, inputs: Inputs, card: Card) -> Card:
    """Draw the card and store it as it will be sent, so that it can be made again."""
    picture, trouble = await picture_of(card)
    drawn = card.drawn(picture, trouble)
    stored = dump(answered(inputs, drawn, trouble, card_code()))
    kept = StoredCard(verdict.id, turn.account_id, inputs.now, stored)
    try:
        await turn.services.questions.keep_card(kept)
    except StorageError as error:
        # Its order waits for a tap already, so it has to be seen.
        log.error("the card of question %s is not recorded: %s", verdict.id, error)
    return drawn


async def _order(turn: Turn, verdict: Verdict) -> Proposal | Denied | str | None:
    """Price the verdict's order and offer it; a refusal or a dead market is told, not hidden."""
    services, words = turn.services, WORDS[verdict.language].verdict
    asked = asked_order(verdict.understood or verdict.question)
    if verdict.draft is None:
        flat = words.flat_size if asked.share else words.flat_order
        return flat if verdict.stance == "flat" else None
    if ordered_side(verdict.question) == opposite(verdict.draft.side):
        return words.other_side
    # The person's own words go before the analyst's; the limits hold for both.
    draft = asked.onto(verdict.draft)
    try:
        priced = await services.preview.price(turn.account_id, draft, verdict.id)
        size = asked.share or verdict.size
        if isinstance(priced, Proposal) and asked.notional is None and size != 1:
            part = draft.model_copy(update={"notional": priced.notional * size})
            priced = await services.preview.price(turn.account_id, part, verdict.id)
    except ConclaveError as error:
        return words.no_order.format(why=error)
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
