"""/audit: prove that a strategy knows only the past, or list the strategies."""

from __future__ import annotations

from bot.cards.audit import audit_card, strategies_card
from bot.catalogue import command
from bot.turn import Turn
from tools.trial_arguments import parse_symbols
from trading.candles import Timeframe
from trading.errors import BadArgument

USAGE = (
    "Usage: /audit <strategy> [symbol] [timeframe]; /audit alone lists the strategies. "
    "Example: /audit sma_cross BTC/USDT 1h"
)


@command("Research", "Prove that a strategy knows only the past", "sma_cross BTC/USDT 1h")
async def audit(turn: Turn) -> None:
    services = turn.services
    demo = services.market.demo
    if not turn.words:
        await turn.chat.show(strategies_card(services.pin.catalogue, services.own, demo=demo))
        return
    name, symbols, timeframe = _read(turn.words)
    # What it needs to compute is heavy, and loaded after the start.
    from desk.auditing import audit as audited

    await turn.chat.typing()
    research = turn.context().research
    examination = await audited(research, services.lab, name, symbols, timeframe)
    own = name in services.own.names
    await turn.chat.show(audit_card(examination, own=own, demo=demo))


def _read(words: tuple[str, ...]) -> tuple[str, tuple[str, ...], Timeframe]:
    """Read strategy, symbols (none: the usual ones) and timeframe; the last two in any order."""
    name = words[0].strip().lower().replace("-", "_")
    symbols: tuple[str, ...] = ()
    timeframe: Timeframe | None = None
    for word in words[1:]:
        frame = _timeframe(word)
        if frame is not None and timeframe is None:
            timeframe = frame
            continue
        if symbols:
            raise BadArgument(f"What is '{word[:40]}'? {USAGE}")
        try:
            symbols = tuple(parse_symbols(word).split("+"))
        except ValueError as error:
            raise BadArgument(f"{error}. {USAGE}") from None
    return name, symbols, timeframe or Timeframe.H1


def _timeframe(word: str) -> Timeframe | None:
    try:
        return Timeframe.parse(word)
    except BadArgument:
        return None
