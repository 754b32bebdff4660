"""A drawdown limit from a strategy's past: 0.8 × the worst fall of its backtest."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bot.cards.card import Block, Button, Card
from bot.cards.columns import narrow, pair
from bot.cards.proposal import simulated
from bot.limiting import change_data
from bot.turn import Turn
from desk.figures import percent
from trading.bounds import Limits
from trading.errors import BadArgument
from trading.limits import percent as short_percent
from trading.scope import strategy_scope

SHARE = Decimal("0.8")
STEP = Decimal("0.001")
SMALLEST = Decimal("0.005")  # Costs alone reach a smaller one.
USAGE = (
    "Usage: /limits suggest <symbol> [timeframe] [strategy]. "
    "Example: /limits suggest BTC/USDT 1h sma_cross"
)


async def suggest(turn: Turn, words: Sequence[str]) -> None:
    """Backtest a strategy and offer 0.8 × its drawdown as a limit."""
    if not words:
        raise BadArgument(f"For which symbol? {USAGE}")
    tool = turn.services.tools["backtest"]
    asked = tool.check(tool.parse(words), USAGE)
    await turn.chat.typing()
    research = turn.context().research
    trial = research.trial(asked["symbol"], asked["timeframe"], asked["strategy"])
    report = await research.backtest(trial)
    fall = Decimal(repr(report.value.metrics.max_drawdown))
    bound = (fall * SHARE).quantize(STEP)
    state = await turn.services.accounts.require(turn.account_id)
    limits = state.limits or turn.services.protect.usual
    # Orders are counted for who made them: a strategy that never traded has no drawdown to limit.
    trades = asked["strategy"] in state.fees
    whose = asked["strategy"] if trades else "strategies"
    rows = [
        *pair("worst fall in the past", percent(fall)),
        *pair("times 0.8", percent(bound)),
        *pair("limit now", percent(_present(limits, asked["strategy"], trades=trades))),
    ]
    title = f"{report.title} · {asked['symbol']} · {asked['timeframe']}"
    blocks = [Block("title", title), narrow(rows)]
    buttons: tuple[tuple[Button, ...], ...] = ()
    if not SMALLEST <= bound < 1:
        blocks.append(Block("text", _no_limit(report.value.metrics.trades)))
    else:
        blocks.append(Block("text", _explained(whose, bound, limits)))
        data = change_data(turn, ("drawdown", whose, f"{bound * 100:f}%"), limits)
        buttons = ((Button(f"Set drawdown {short_percent(bound)}", data),),)
    candles = report.candles
    span = f"{len(candles)} candles to {candles.last_close_time:%d %b %H:%M} UTC"
    blocks.append(Block("small", f"{span} · {research.snapshot.name}. The past is no promise."))
    blocks.append(simulated(demo=research.snapshot.demo))
    await turn.chat.show(Card(tuple(blocks), buttons))


def _present(limits: Limits, strategy: str, *, trades: bool) -> Decimal:
    return limits.drawdown(strategy_scope(strategy)) if trades else limits.strategy_drawdown


def _explained(whose: str, bound: Decimal, limits: Limits) -> str:
    subject = (
        "each strategy that has no limit of its own (analyst, manual)"
        if whose == "strategies"
        else f"the strategy {whose}"
    )
    text = f"It stops new entries of {subject} before the loss leaves what the past has shown."
    if bound > limits.account_drawdown:
        text += f" The account's own limit of {percent(limits.account_drawdown)} comes first."
    return text


def _no_limit(trades: int) -> str:
    if not trades:
        return "It made no trade in this span, so nothing follows from it. Try a longer timeframe."
    return "No sensible limit follows from this. Try another timeframe or span."
