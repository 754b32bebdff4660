"""From the words of /watch to what would be armed, and what its past says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.paging import only_own_card
from bot.turn import Turn
from tools.trial_arguments import MOST_CANDLES
from tools.watch_words import WatchWords, parse_watch
from trading.errors import BadArgument, NotEnoughHistory
from trading.symbols import quote_of

if TYPE_CHECKING:
    from desk.trial import Trial
    from desk.watches import WatchDraft
    from trading.account import AccountState
    from trading.backtest import BacktestResult
    from trading.strategies.base import Strategy

COMMAND = "/watch"
NO_COMMAND = "This card can't be used any more. Send /watch again."


@dataclass(frozen=True)
class Planned:
    """What a person wrote, made whole: the draft, its strategy, and the trial that tests it."""

    draft: WatchDraft
    strategy: Strategy
    trial: Trial


@dataclass(frozen=True)
class Past:
    """What the newest year says of a plan; `refused`: why there is no test.

    `exposure`: what the strategy said at the newest close, `close`.
    """

    result: BacktestResult | None
    refused: str
    exposure: Decimal | None
    close: datetime | None


async def planned(turn: Turn, words: WatchWords) -> Planned:
    """Make a plan of words that name a strategy; raises BadArgument where that can't be."""
    # What a strategy is computed with is heavy, and loaded after the start.
    from desk.exposures import strategy_of
    from desk.other_money import other_money
    from desk.watches import WatchDraft
    from tools.asked_rules import AskedRules, asked_trial, made_strategy

    services = turn.services
    research = turn.context().research
    parameters = dict(words.parameters or {})
    made = made_strategy(research.catalogue, words.strategy, parameters)
    strategy = strategy_of(research.catalogue, made.name, parameters)
    asked = AskedRules(
        # A trailing stop takes the place of the usual stop.
        stop=0.0 if words.trail and words.stop is None else words.stop,
        target=words.target,
        trail=words.trail,
        hold=words.hold,
        short=words.short,
    )
    frame = words.timeframe
    year = min(math.ceil(frame.per_year), MOST_CANDLES)
    trial = asked_trial(research, (words.symbol,), frame, made.name, parameters, asked, year)
    state = await services.accounts.require(turn.account_id)
    if quote_of(words.symbol) != state.currency:
        denied = await other_money(services.market, words.symbol, state.currency)
        raise BadArgument(f"{denied.reasons[0].text}.")
    rules, limits = trial.rules, state.limits or services.protect.usual
    draft = WatchDraft(
        symbol=words.symbol,
        timeframe=frame,
        strategy=made.name,
        parameters={name: str(value) for name, value in strategy},
        size=limits.max_order_fraction if words.size is None else words.size,
        stop=_exact(rules.stop_fraction),
        target=_exact(rules.target_fraction),
        trail=_exact(rules.trail_fraction),
        hold=rules.hold_candles,
        short=rules.allow_short,
        drawdown=words.drawdown,
    )
    services.watches.refuse_unfit(state, draft)
    return Planned(draft, strategy, trial)


async def past_of(turn: Turn, plan: Planned) -> Past:
    """Test a plan on the newest year, and read its signal at the newest close.

    Raises MarketError where there are no candles.
    """
    from desk.exposures import exposure_of

    services = turn.services
    research = turn.context().research
    try:
        report = await research.backtest(plan.trial)
    except NotEnoughHistory as error:
        return Past(None, str(error), None, None)
    source = research.snapshot.source_of(plan.draft.symbol)
    exposure = await exposure_of(services.lab, source, report.candles, plan.strategy)
    return Past(report.value, "", exposure, report.candles.last_close_time)


def drawdown_limit(turn: Turn, state: AccountState, draft: WatchDraft) -> Decimal:
    """Return the drawdown at which the watch will be paused."""
    from trading.scope import strategy_scope

    limits = state.limits or turn.services.protect.usual
    usual = limits.drawdown(strategy_scope(draft.strategy))
    return usual if draft.drawdown is None else min(usual, draft.drawdown)


def command_on(turn: Turn) -> Sequence[str]:
    """Read the words of /watch from the card that was tapped, in the person's own chat."""
    only_own_card(turn)
    text = (turn.message.text or turn.message.caption or "") if turn.message else ""
    lines = [line for line in text.splitlines() if line.startswith(f"{COMMAND} ")]
    if not lines:
        raise BadArgument(NO_COMMAND)
    return lines[-1].split()[1:]


async def plan_on(turn: Turn) -> Planned:
    """Make the plan of the card that was tapped once more."""
    words = parse_watch(command_on(turn))
    if not words.strategy:
        raise BadArgument(NO_COMMAND)
    return await planned(turn, words)


def _exact(share: float | None) -> Decimal | None:
    return None if share is None else Decimal(repr(share))
