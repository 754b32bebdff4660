"""/export: fills and equity as files and what they can be checked against, or other files."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.cards.export import candles_card, export_card
from bot.catalogue import command
from bot.chat import Document
from bot.studying import NONE_YET, send_report
from bot.turn import Turn
from desk.export import export as exported
from tools.arguments import parse_symbol
from trading.candles import Timeframe
from trading.errors import BadArgument, NotEnoughHistory
from trading.symbols import sources_of

MOST_CANDLES = 20_000
USUAL_CANDLES = 8_760
USAGE = (
    "Usage: /export [backtest] or /export candles BTC/USDT 1h [count]. Without a word: your fills "
    "and equity; with it: the last backtest, or the newest closed candles."
)


@command("Book", "Send your fills and equity as CSV files, your last backtest, or candles")
async def export(turn: Turn) -> None:
    services = turn.services
    if turn.words and turn.words[0].lower() == "candles":
        await _candles(turn)
        return
    if turn.words:
        if [word.lower() for word in turn.words] != ["backtest"]:
            raise BadArgument(USAGE)
        kept = services.studies.newest(turn.account_id)
        if kept is None:
            raise BadArgument(NONE_YET)
        await send_report(turn, kept)
        return
    state = await services.accounts.require(turn.account_id)
    await turn.chat.typing()
    made = await exported(services.log, state, services.clock())
    files = [Document(file.name, file.content) for file in (made.fills, made.equity)]
    await turn.chat.send_files(files, export_card(made, demo=services.market.demo))


async def _candles(turn: Turn) -> None:
    """Send a symbol's newest closed candles, up to 20,000."""
    from desk.candle_sheet import candle_csv

    symbol, timeframe, count = _asked(turn.words[1:])
    await turn.chat.typing()
    market = turn.services.market
    candles = await market.candles(symbol, timeframe, turn.services.clock(), count)
    if not len(candles):
        raise NotEnoughHistory(
            f"{sources_of((symbol,), market.name)} has no closed {timeframe} candles of {symbol}."
        )
    made = await asyncio.to_thread(candle_csv, candles)
    source = sources_of((symbol,), market.name)
    card = candles_card(candles, source, demo=market.demo)
    await turn.chat.send_files([Document(made.name, made.content)], card)


def _asked(words: Sequence[str]) -> tuple[str, Timeframe, int]:
    if len(words) not in (2, 3):
        raise BadArgument(USAGE)
    try:
        symbol, timeframe = parse_symbol(words[0]), Timeframe.parse(words[1])
        count = int(words[2]) if len(words) == 3 else USUAL_CANDLES
    except (ValueError, BadArgument) as error:
        raise BadArgument(f"{str(error).rstrip('.')}. {USAGE}") from None
    if not 1 <= count <= MOST_CANDLES:
        raise BadArgument(f"count is {count}; it must lie between 1 and {MOST_CANDLES:,}. {USAGE}")
    return symbol, timeframe, count
