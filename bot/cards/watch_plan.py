"""The card of /watch: what running a strategy would mean, and the buttons that arm it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.cards.card import Block, Button, Card
from bot.cards.columns import narrow, pair
from bot.cards.proposal import simulated
from bot.cards.watch_words import exit_words, signal_words
from bot.seal import sealed
from desk.figures import money, percent
from tools.watch_words import EXAMPLE
from trading.measure import percent as share
from trading.symbols import base_of

if TYPE_CHECKING:
    from bot.watching import Past, Planned
    from desk.terms import Terms
    from trading.account import AccountState
    from trading.backtest import BacktestResult
    from trading.strategies.catalogue import Catalogue

MOST_DATA = 64  # bytes that a button of Telegram's carries
FRAMES = ("1h", "4h", "1d")
MODES = (
    "Arm: when its signal changes, you get a proposal to confirm. "
    "Arm auto: it fills on paper by itself. Both stay within your limits, without leverage. "
    "Nothing is armed before you tap."
)


def plan_card(
    plan: Planned,
    past: Past,
    state: AccountState,
    drawdown: Decimal,
    *,
    command: str,
    token: str,
    auto: bool,
    until: datetime,
    terms: Terms,
    demo: bool,
) -> Card:
    """Say what would be armed, what its newest year earned, and what it says now.

    The button that was asked for, Arm or Arm auto, comes first.
    """
    draft = plan.draft
    lines = pair("strategy", draft.strategy)
    lines += [f"  {name} {value}" for name, value in draft.parameters.items()]
    lines += pair("size of a full signal", f"{share(draft.size)} of its equity")
    lines += pair("  now about", money(draft.size * state.opening_cash, state.currency))
    lines += pair("sides", "long and short" if draft.short else "long only")
    lines += pair("exits", exit_words(draft))
    lines += pair("costs a side", f"{share(terms.fee_rate + terms.slippage)}")
    lines += pair("drawdown limit, then paused", share(drawdown))
    what = (
        f"At each {draft.timeframe} close {plan.strategy.title} says what to hold, by the rule of "
        "the test below. A larger order than your limits allow is cut to them."
    )
    texts = [what, *_past(plan, past), plan.strategy.caution, MODES]
    blocks = (
        Block("title", f"Watch {draft.symbol} · {draft.timeframe} · {plan.strategy.title}?"),
        narrow(lines),
        *(Block("text", text) for text in texts if text),
        Block("code", command),
        Block("small", f"The buttons work until {until:%H:%M} UTC."),
        simulated(demo=demo),
    )
    ways = [("ask", "Arm"), ("auto", "Arm auto")]
    row = [
        Button(label, sealed(state.account_id, "arm", f"{mode}.{token}", until))
        for mode, label in (*(reversed(ways) if auto else ways), ("not", "Cancel"))
    ]
    return Card(blocks, (tuple(row),))


def strategies_card(catalogue: Catalogue, about: str, words: str, *, demo: bool) -> Card:
    """List the strategies, each with a button: on one symbol (`about`), or on one yet to choose.

    `words` are those of the command so far; they go on in the buttons' data.
    """
    told = "\n".join(f"• {kind.title}: {kind.summary}" for kind in catalogue.singles.values())
    blocks = (
        Block("title", f"Watch {about}: which strategy?" if about else "Watch: which strategy?"),
        Block("text", told),
        Block("text", f"Or with your own choices: /watch {EXAMPLE}"),
        Block("text", "Nothing is armed before its card has shown what it would do."),
        simulated(demo=demo),
    )
    buttons = [
        Button(kind.title, f"plan:{name}:{words}" if words else f"plan:{name}")
        for name, kind in catalogue.singles.items()
    ]
    return Card(blocks, _rows(buttons, 2))


def places_card(name: str, title: str, symbols: Sequence[str], *, demo: bool) -> Card:
    """Ask on which symbol and timeframe a strategy should be watched."""
    blocks = (
        Block("title", f"Watch with {title}: which symbol and candle?"),
        Block("text", f"For another one write: /watch SOL/USDT 15m {name}"),
        simulated(demo=demo),
    )
    buttons = [
        Button(f"{base_of(symbol)} {frame}", f"plan:{name}:{symbol} {frame}")
        for symbol in symbols
        for frame in FRAMES
    ]
    return Card(blocks, _rows(buttons, len(FRAMES)))


def _rows(buttons: Sequence[Button], each: int) -> tuple[tuple[Button, ...], ...]:
    """Put buttons in rows; one whose data no button can carry is left out."""
    fit = [one for one in buttons if len(one.data.encode()) <= MOST_DATA]
    return tuple(tuple(fit[at : at + each]) for at in range(0, len(fit), each))


def _past(plan: Planned, past: Past) -> Iterator[str]:
    if past.result is None:
        yield f"No backtest: {past.refused}"
        return
    yield _tested(past.result)
    if past.exposure is not None and past.close is not None:
        words = signal_words(past.exposure, short=plan.draft.short)
        yield (
            f"At the newest close ({past.close:%d %b %H:%M} UTC) it says {words}. Armed now, it "
            "acts from the next close on."
        )


def _tested(result: BacktestResult) -> str:
    """Say in one line what the test earned after costs, beside holding."""
    candles, metrics = result.candles, result.metrics
    days = (candles.last_close_time.timestamp() * 1000 - float(candles.time[0])) / 86_400_000
    span = "Newest year" if days >= 364 else f"Newest {max(days, 1):.0f} days, all that is tested"
    trades = "1 trade" if metrics.trades == 1 else f"{metrics.trades} trades"
    return (
        f"{span}: {percent(metrics.total_return, signed=True)} after fees and slippage with all "
        f"its money in, buy and hold {percent(metrics.buy_and_hold_return, signed=True)}; deepest "
        f"fall {percent(metrics.max_drawdown)}, {trades}. {_verdict(result)}"
    )


def _verdict(result: BacktestResult) -> str:
    metrics = result.metrics
    if not metrics.trades:
        return "It closed no trade, so this proves nothing."
    if metrics.total_return <= 0:
        return "It lost money."
    if metrics.total_return < metrics.buy_and_hold_return:
        return "Holding earned more."
    return "The past is no promise."
