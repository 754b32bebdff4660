"""The metrics in words, once for cards, reports and pages; light, so that every room can read it.

The exact definitions, with sources, stand in trading.metrics.Metrics; here is one plain sentence
each. The names are that class's fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

Unit = Literal["fraction", "ratio", "count", "quote", "duration", "time"]
Group = Literal["return", "risk", "drawdown", "days", "trades", "costs"]
GROUPS: Final[tuple[Group, ...]] = get_args(Group)
GROUP_TITLES: Final[dict[Group, str]] = {
    "return": "Return",
    "risk": "Return for the risk",
    "drawdown": "Drawdown",
    "days": "Days",
    "trades": "Trades",
    "costs": "Costs",
}


@dataclass(frozen=True)
class MetricName:
    """One metric in words.

    `name` is the field of trading.metrics.Metrics. `label` is at most 22 characters. `unit`:
    "fraction" is shown in percent, "ratio" and "count" are bare numbers, "quote" is money in the
    quote currency, "duration" a timedelta, "time" an aware UTC datetime. `meaning` is one
    sentence; `missing` says when there is no value, "" where there always is one.
    """

    name: str
    label: str
    unit: Unit
    group: Group
    meaning: str
    missing: str = ""

    def heading(self, quote: str) -> str:
        """Return the label with its unit, as a table's heading: `Fees paid (USDT)`."""
        units = {"fraction": "%", "quote": quote, "duration": "days", "time": "UTC"}
        unit = units.get(self.unit)
        return f"{self.label} ({unit})" if unit else self.label


_NO_TRADE = "no trade was closed"
_NO_MONTH = "the test is shorter than 30 days"
# Leverage does not make a trade better, only larger; its effect shows in the equity.
_ON_VALUE = "on the position's value at entry (before leverage)"
_NO_FALL = "equity never fell"
_FEW_DAYS = "there are fewer than 60 whole-day returns"
_NO_DAYS = "no day has a day before it, or candles are longer than a day"

METRIC_NAMES: Final[tuple[MetricName, ...]] = (
    MetricName(
        "total_return",
        "Total return",
        "fraction",
        "return",
        "What the whole test earned, on the money it began with.",
    ),
    MetricName(
        "annual_return",
        "Return a year",
        "fraction",
        "return",
        "The yearly return that compounds to the total, with 365 days a year.",
        _NO_MONTH,
    ),
    MetricName(
        "buy_and_hold_return",
        "Buy and hold",
        "fraction",
        "return",
        "What buying at the second open and never selling earned, with the same costs.",
    ),
    MetricName(
        "exposure",
        "Time in the market",
        "fraction",
        "return",
        "The share of candles with a position.",
    ),
    MetricName(
        "volatility",
        "Volatility a year",
        "fraction",
        "risk",
        "How widely the candles' returns scatter around their mean, scaled to a year.",
        _NO_MONTH,
    ),
    MetricName(
        "sharpe",
        "Sharpe ratio",
        "ratio",
        "risk",
        "The candles' mean return for each unit of their scatter, scaled to a year.",
        f"{_NO_MONTH}, or equity does not vary",
    ),
    MetricName(
        "sortino",
        "Sortino ratio",
        "ratio",
        "risk",
        "Like Sharpe, but only the candles that lost count as scatter.",
        f"{_NO_MONTH}, or no candle lost",
    ),
    MetricName(
        "calmar",
        "Calmar ratio",
        "ratio",
        "risk",
        "Return a year for each unit of the deepest drawdown.",
        f"{_NO_MONTH}, or {_NO_FALL}",
    ),
    MetricName(
        "max_drawdown",
        "Max drawdown",
        "fraction",
        "drawdown",
        "The deepest fall of equity from its highest value so far.",
    ),
    MetricName(
        "drawdown_start",
        "Drawdown began",
        "time",
        "drawdown",
        "The last close at the peak before the deepest fall.",
        _NO_FALL,
    ),
    MetricName(
        "drawdown_bottom",
        "Drawdown bottom",
        "time",
        "drawdown",
        "The close at which the deepest fall was deepest.",
        _NO_FALL,
    ),
    MetricName(
        "drawdown_recovery",
        "Drawdown recovered",
        "time",
        "drawdown",
        "The first close back at that peak or above it.",
        "the peak was not reached again",
    ),
    MetricName(
        "under_water",
        "Time under water",
        "fraction",
        "drawdown",
        "The share of candles that closed below the highest equity so far.",
    ),
    MetricName(
        "longest_under_water",
        "Longest under water",
        "duration",
        "drawdown",
        "The longest time from a peak until equity was back at it, or to the end.",
    ),
    MetricName(
        "buy_and_hold_drawdown",
        "Drawdown of holding",
        "fraction",
        "drawdown",
        "The deepest fall of buying and holding.",
    ),
    MetricName(
        "best_day", "Best day", "fraction", "days", "The highest return of a UTC day.", _NO_DAYS
    ),
    MetricName(
        "worst_day", "Worst day", "fraction", "days", "The lowest return of a UTC day.", _NO_DAYS
    ),
    MetricName(
        "var",
        "VaR 95 %, 1 day",
        "fraction",
        "days",
        "A loss that about one day in twenty exceeded.",
        _FEW_DAYS,
    ),
    MetricName(
        "cvar",
        "CVaR 95 %, 1 day",
        "fraction",
        "days",
        "The mean loss of the worst twentieth of the days.",
        _FEW_DAYS,
    ),
    MetricName(
        "tail_ratio",
        "Tail ratio",
        "ratio",
        "days",
        "A good day (95th percentile) compared with a bad one (5th): above 1 the good are larger.",
        f"{_FEW_DAYS}, or the 5th percentile is 0",
    ),
    MetricName(
        "trades", "Trades", "count", "trades", "Closed trades; an open position is none yet."
    ),
    MetricName(
        "win_rate",
        "Win rate",
        "fraction",
        "trades",
        "The share of trades with a profit after costs.",
        _NO_TRADE,
    ),
    MetricName(
        "profit_factor",
        "Profit factor",
        "ratio",
        "trades",
        "All profits divided by all losses of the trades.",
        "no trade lost",
    ),
    MetricName(
        "expectancy",
        "Mean trade",
        "fraction",
        "trades",
        f"What a trade returned on average after costs, {_ON_VALUE}.",
        _NO_TRADE,
    ),
    MetricName(
        "average_win",
        "Average win",
        "fraction",
        "trades",
        f"What a winning trade returned on average, {_ON_VALUE}.",
        "no trade won",
    ),
    MetricName(
        "average_loss",
        "Average loss",
        "fraction",
        "trades",
        f"What a losing trade returned on average, {_ON_VALUE}.",
        "no trade lost",
    ),
    MetricName(
        "best_trade",
        "Best trade",
        "fraction",
        "trades",
        f"The highest return of a trade, {_ON_VALUE}.",
        _NO_TRADE,
    ),
    MetricName(
        "worst_trade",
        "Worst trade",
        "fraction",
        "trades",
        f"The lowest return of a trade, {_ON_VALUE}.",
        _NO_TRADE,
    ),
    MetricName(
        "most_wins",
        "Most wins in a row",
        "count",
        "trades",
        "The longest run of winning trades.",
    ),
    MetricName(
        "most_losses",
        "Most losses in a row",
        "count",
        "trades",
        "The longest run of losing trades.",
    ),
    MetricName(
        "average_holding",
        "Average holding time",
        "duration",
        "trades",
        "The mean time from a trade's first candle to its last.",
        _NO_TRADE,
    ),
    MetricName(
        "turnover",
        "Turnover",
        "ratio",
        "costs",
        "All that was bought and sold, as a multiple of the money the test began with.",
    ),
    MetricName(
        "turnover_per_year",
        "Turnover a year",
        "ratio",
        "costs",
        "Turnover for each 365 days.",
        _NO_MONTH,
    ),
    MetricName("fees", "Fees paid", "quote", "costs", "All fees of all fills."),
    MetricName(
        "funding",
        "Funding paid",
        "quote",
        "costs",
        "Funding paid for positions held over its hours; negative where it was received.",
    ),
)

_BY_NAME: Final = {each.name: each for each in METRIC_NAMES}


def metric_name(name: str) -> MetricName:
    """Return the words of a metric; KeyError for a name that Metrics does not have."""
    return _BY_NAME[name]
