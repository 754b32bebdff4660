"""Many symbols beside each other: momentum, volatility, trend, liquidity, size, beta."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk.facts import Fact
from desk.result import Result
from tools.arguments import TimeframeArgument
from tools.context import Context
from tools.rank_arguments import RankBy, RankSymbols
from tools.registry import tool
from trading.candles import Timeframe

if TYPE_CHECKING:
    from desk.ranking import Ranking


@tool(command="rank", example="BTC ETH SOL 4h by=momentum")
async def rank(
    context: Context,
    symbols: RankSymbols = (),
    timeframe: TimeframeArgument = Timeframe.H1,
    by: RankBy = "score",
) -> Result:
    """Screen a list of symbols by momentum, volatility, trend, liquidity, size or beta.

    Args:
        symbols: up to 30, such as BTC ETH SOL; without them the usual coins
        timeframe: length of a candle, 15m to 1d
        by: the factor that sorts them; score weighs momentum, low volatility and liquidity
    """
    from desk.ranking import ranked
    from desk.ranking_words import note

    research = context.research
    ranking = await ranked(research.snapshot, research.lab, symbols, timeframe, by)
    return Result(_facts(context, ranking), note(ranking), ranking=ranking)


def _facts(context: Context, ranking: Ranking) -> tuple[Fact, ...]:
    """Make a fact of each figure on the card, five a symbol at most."""
    from desk.ranking_words import figures

    return tuple(
        context.facts.add(
            "rank",
            label,
            value,
            unit,
            symbol=profile.symbol,
            timeframe=ranking.timeframe.value,
            as_of=profile.as_of,
            source=context.research.snapshot.source_of(profile.symbol),
        )
        for profile in ranking.profiles
        for label, value, unit in figures(ranking, profile)
    )
