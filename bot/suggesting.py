"""A drawdown limit from a strategy's past: 0.8 × the worst fall of its backtest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bot.cards.card import Block, Button, Card
from bot.cards.columns import narrow, pair
from bot.cards.proposal import simulated
from bot.limiting import change_data
from bot.turn import Turn
from desk.figures import percent
from tools.asked_rules import AskedRules, asked_trial
from tools.usage import Usage
from trading.bounds import Limits
from trading.errors import BadArgument
from trading.limits import percent as short_percent
from trading.scope import strategy_scope

if TYPE_CHECKING:
    from desk.research import Research
    from desk.study import Study

SHARE = Decimal("0.8")
STEP = Decimal("0.001")
SMALLEST = Decimal("0.005")  # Costs alone reach a smaller one.
USAGE = Usage(
    "/limits suggest <symbol> [timeframe] [strategy] [parameters and options of /backtest]",
    "/limits suggest BTC/USDT 1h sma_cross",
)


async def suggest(turn: Turn, words: Sequence[str]) -> None:
    """Backtest a strategy and offer 0.8 × its drawdown as a limit."""
    if not words:
        raise BadArgument(f"For which symbol? {USAGE.whole}")
    tool = turn.services.tools["backtest"]
    asked = tool.check(tool.parse(words), USAGE)
    await turn.chat.typing()
    study = await _tested(turn.context().research, asked)
    strategy, metrics = study.trial.strategy.name, study.metrics
    fall = Decimal(repr(metrics.max_drawdown))
    bound = (fall * SHARE).quantize(STEP)
    state = await turn.services.accounts.require(turn.account_id)
    limits = state.limits or turn.services.protect.usual
    # Orders are counted for who made them: a strategy that never traded has no drawdown to limit.
    trades = strategy in state.fees
    whose = strategy if trades else "strategies"
    rows = [
        *pair("return in the past", percent(metrics.total_return, signed=True)),
        *pair("worst fall in the past", percent(fall)),
        *pair("times 0.8", percent(bound)),
        *pair("limit now", percent(_present(limits, strategy, trades=trades))),
    ]
    blocks = [Block("title", study.heading), narrow(rows)]
    if study.parameters:
        blocks.append(Block("small", f"With {study.parameters}."))
    buttons: tuple[tuple[Button, ...], ...] = ()
    if not SMALLEST <= bound < 1:
        blocks.append(Block("text", _no_limit(metrics.trades)))
    elif bound > limits.account_drawdown:
        blocks.append(Block("text", _unreachable(bound, limits)))
    else:
        blocks.append(Block("text", _explained(whose)))
        data = change_data(turn, ("drawdown", whose, f"{bound * 100:f}%"), limits)
        buttons = ((Button(f"Set drawdown {short_percent(bound)}", data),),)
    span = f"{len(study.time)} candles to {study.last_close_time:%d %b %H:%M} UTC"
    blocks.append(Block("small", f"{span} · {study.source}. The past is no promise."))
    blocks.append(simulated(demo=study.demo))
    await turn.chat.show(Card(tuple(blocks), buttons))


async def _tested(research: Research, asked: Mapping[str, Any]) -> Study:
    """Backtest what was asked for, in the words of /backtest."""
    from desk.study import study_of

    rules = AskedRules(**{one.name: asked[one.name] for one in fields(AskedRules)})
    trial = asked_trial(
        research,
        asked["symbol"].split("+"),
        asked["timeframe"],
        asked["strategy"],
        asked["parameters"],
        rules,
        asked["candles"],
    )
    weights = asked["weights"] or trial.weights
    rebalance = trial.rebalance if asked["rebalance"] is None else asked["rebalance"]
    return await study_of(research, replace(trial, weights=weights, rebalance=rebalance))


def _present(limits: Limits, strategy: str, *, trades: bool) -> Decimal:
    return limits.drawdown(strategy_scope(strategy)) if trades else limits.strategy_drawdown


def _explained(whose: str) -> str:
    subject = (
        "each strategy that has no limit of its own (analyst, manual)"
        if whose == "strategies"
        else f"the strategy {whose}"
    )
    return f"It stops new entries of {subject} before the loss leaves what the past has shown."


def _unreachable(bound: Decimal, limits: Limits) -> str:
    return (
        f"A limit of {percent(bound)} would never be reached: the account's own limit of "
        f"{percent(limits.account_drawdown)} comes first."
    )


def _no_limit(trades: int) -> str:
    if not trades:
        return "It made no trade in this span, so nothing follows from it. Try a longer timeframe."
    return "No sensible limit follows from this. Try another timeframe or span."
