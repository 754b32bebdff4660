"""/export: fills and equity as files and what they can be checked against, or other files."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.cards.export import candles_card, export_card
from bot.catalogue import command
from bot.chat import Document
from bot.studying import NONE_YET, send_report
from bot.turn import Turn
from desk.export import export as exported
from tools.arguments import parse_symbol
from trading.candles import Timeframe, to_ms
from trading.errors import BadArgument, NotEnoughHistory
from trading.symbols import sources_of

MOST_CANDLES = 20_000
USUAL_CANDLES = 8_760
USAGE = (
    "Usage: /export [backtest] or /export candles BTC/USDT 1h [count | from [to]]. Without a word: "
    "your fills and equity; with it: the last backtest, or closed candles, the newest so many or "
    "those of these dates (2026-01-01)."
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

    asked = _asked(turn.words[1:], turn.services.clock())
    symbol, timeframe = asked.symbol, asked.timeframe
    await turn.chat.typing()
    market = turn.services.market
    candles = await market.candles(symbol, timeframe, asked.end, asked.count)
    if asked.start is not None:
        candles = candles[int(candles.time.searchsorted(to_ms(asked.start))) :]
    if not len(candles):
        raise NotEnoughHistory(
            f"{sources_of((symbol,), market.name)} has no closed {timeframe} candles of {symbol}"
            f"{' at that time' if asked.start else ''}."
        )
    made = await asyncio.to_thread(candle_csv, candles)
    source = sources_of((symbol,), market.name)
    card = candles_card(candles, source, demo=market.demo)
    await turn.chat.send_files([Document(made.name, made.content)], card)


@dataclass(frozen=True)
class _Asked:
    """Which candles: `count` at most, closed at `end`, and none that opened before `start`."""

    symbol: str
    timeframe: Timeframe
    end: datetime
    count: int
    start: datetime | None = None


def _asked(words: Sequence[str], now: datetime) -> _Asked:
    if len(words) not in (2, 3, 4):
        raise BadArgument(USAGE)
    try:
        symbol, timeframe = parse_symbol(words[0]), Timeframe.parse(words[1])
    except (ValueError, BadArgument) as error:
        raise BadArgument(f"{str(error).rstrip('.')}. {USAGE}") from None
    if len(words) == 2:
        return _Asked(symbol, timeframe, now, USUAL_CANDLES)
    if len(words) == 3 and words[2].isascii() and words[2].isdigit():
        return _Asked(symbol, timeframe, now, _bounded(int(words[2]), "count is"))
    start = _date(words[2])
    # A day's end is the next one's beginning.
    end = min(now, _date(words[3]) + timedelta(days=1)) if len(words) == 4 else now
    if start >= end:
        raise BadArgument(f"{words[2]} is not before the end. {USAGE}")
    count = _bounded((end - start) // timeframe.delta + 1, "Candles of these dates:")
    return _Asked(symbol, timeframe, end, count, start)


def _bounded(count: int, what: str) -> int:
    if not 1 <= count <= MOST_CANDLES:
        raise BadArgument(f"{what} {count:,}; 1 to {MOST_CANDLES:,} can be sent. {USAGE}")
    return count


def _date(word: str) -> datetime:
    try:
        date = datetime.fromisoformat(word)
    except ValueError:
        raise BadArgument(
            f"'{word[:40]}' is neither a count nor a date such as 2026-01-01. {USAGE}"
        ) from None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
