"""/chart: candles with moving averages."""

from __future__ import annotations

from bot.cards.card import Block, Card
from bot.cards.proposal import simulated
from bot.cards.result import close_line
from bot.catalogue import command
from bot.turn import Turn
from desk.figures import percent
from tools.arguments import parse_symbol
from trading.candles import Timeframe
from trading.errors import BadArgument

USAGE = "Usage: /chart <symbol> [timeframe]. Example: /chart BTC/USDT 4h"


@command("Research", "Draw the candles of a symbol", "BTC/USDT 4h")
async def chart(turn: Turn) -> None:
    if not 1 <= len(turn.words) <= 2:
        raise BadArgument(USAGE)
    try:
        symbol = parse_symbol(turn.words[0])
    except ValueError as error:
        raise BadArgument(f"{error}. {USAGE}") from None
    timeframe = Timeframe.parse(turn.words[1] if len(turn.words) > 1 else "1h")
    await turn.chat.typing()
    spec = await turn.context().research.chart(symbol, timeframe)
    candles = spec.candles
    change = candles.close[-1] / candles.open[0] - 1
    moved = percent(change, signed=True)
    line = f"{close_line(candles)}, {moved} over {len(candles)} candles"
    blocks = (Block("title", spec.title), Block("text", line), simulated(demo=spec.demo))
    await turn.chat.show(Card(blocks, chart=spec))
