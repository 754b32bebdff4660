"""Which quantity a phrase speaks of, so that a figure can't be given another one's name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# A strategy's name is no statement about the indicator in it.
_STRATEGY = r"(?!\s*(?:cross|crossover|reversion|strategy|breakout)|_)"
_AVERAGE = r"(?:exponential |simple )?moving averages?"

_FAMILIES: tuple[tuple[str, str], ...] = (
    ("RSI", rf"\bRSI\b{_STRATEGY}|相对强弱"),
    ("MACD", rf"\bMACD\b{_STRATEGY}"),
    ("EMA", rf"\bEMAs?(?=\b|\d){_STRATEGY}|{_AVERAGE}|指数均线|均线"),
    ("SMA", rf"\bSMAs?(?=\b|\d){_STRATEGY}|{_AVERAGE}|均线"),
    ("ADX", r"\bADX\b"),
    ("ATR", r"\bATR\b|average true range"),
    ("Bollinger", r"%B|\bBollinger\b|布林"),
    ("Stochastic", r"\bstochastic\b|随机指标|隨機指標"),
    ("OBV", r"\bOBV\b|on[- ]balance volume"),
    ("VWAP", r"\bVWAP\b"),
    ("Ichimoku", r"\bIchimoku\b|\bcloud\b|一目均衡"),
    ("volume", r"\bvolume\b|成交量"),
    ("CVaR", r"\bCVaR\b|expected shortfall"),
    ("VaR", r"\bVaR\b|value at risk"),
    ("Sharpe", r"\bSharpe\b|夏普"),
    ("drawdown", r"\bdrawdown\b|回撤"),
    ("win rate", r"\bwin rate\b|\bhit rate\b|胜率"),
    ("return", r"\breturn(?:s|ed)?\b|buy[-_ ]and[-_ ]hold|收益"),
    ("buy and hold", r"buy[-_ ]and[-_ ]hold|持有"),
    ("forecast", r"\bforecast\b|\bprobability\b|\bchance\b|\bodds\b|概率|预测"),
    ("accuracy", r"\baccura(?:cy|te)\b|准确率"),
    ("Brier score", r"\bBrier\b"),
    ("naive rate", r"\bnaive\b|\bbase rate\b"),
    ("mood", r"\bmood\b|\bsentiment\b|情绪|情緒"),
    ("funding", r"\bfunding\b|资金费率|資金費率"),
    ("open interest", r"\bopen interest\b|未平仓|未平倉"),
    ("imbalance", r"\bimbalance\b"),
    ("beta", r"\bbeta\b"),
    ("correlation", r"\bcorrelat(?:ion|es|ed)\b|相关|相關"),
    ("price", r"\bprice\b|\bbid\b|\bask\b|价格"),
    ("cash", r"\bcash\b|现金"),
    ("equity", r"\bequity\b|权益"),
    ("profit", r"\bprofit\b|\bP&L\b|盈亏|利润"),
    ("stop", r"\bstop\b|止损"),
    ("target", r"\btarget\b|止盈|目标"),
    ("fees", r"\bfees?\b|手续费"),
    ("trades", r"\btrades\b"),
)
_PATTERNS = tuple(
    (name, re.compile(pattern, re.IGNORECASE | re.ASCII)) for name, pattern in _FAMILIES
)
# "EMA 50", "EMA(50)", "RSI (14)", "EMA 20/50": the figures that belong to the name.
_NUMBERS = re.compile(r"[\s\-]?\(?\s?(\d{1,3}(?:/\d{1,3})*)\)?(?![\d%]|[.,]\d)")
_LEADING = re.compile(r"(\d{1,3})[\s\-]$")
# "VaR 95 %", "VaR(99%)": how sure, which is part of the name too.
_LEVEL = re.compile(r"[\s\-]?\(?\s?(9\d)\s?[%％]")
TAILS = frozenset({"VaR", "CVaR"})
INDICATORS = frozenset({"RSI", "EMA", "SMA", "ADX", "ATR", "Bollinger", "MACD"})


@dataclass(frozen=True)
class Mention:
    """A quantity named at [start, end) of a text, with the figures that are part of its name."""

    families: frozenset[str]
    numbers: frozenset[str]
    text: str
    start: int
    end: int


def mentions(text: str) -> tuple[Mention, ...]:
    """Find the quantities that a text names, in order."""
    return tuple(sorted(_find(text), key=lambda mention: mention.start))


def compatible(mention: Mention, label: str) -> bool:
    """Tell whether a phrase may speak of the fact with this label."""
    own = mentions(label)
    families = frozenset().union(*(other.families for other in own))
    numbers = frozenset().union(*(other.numbers for other in own))
    if not mention.families & families:
        return False
    return not mention.numbers or not numbers or mention.numbers <= numbers


def names_quantity(label: str) -> bool:
    """Tell whether the label is one of the quantities that can be checked at all."""
    return bool(mentions(label))


def _find(text: str) -> Iterator[Mention]:
    found: dict[tuple[int, int], set[str]] = {}
    for name, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            found.setdefault(match.span(), set()).add(name)
    for (start, end), families in found.items():
        numbers: frozenset[str] = frozenset()
        after: re.Match[str] | None
        if families & TAILS:
            after = _LEVEL.match(text, end)
            if after:
                numbers, end = frozenset({after[1]}), after.end()
        elif families & INDICATORS:
            after = _NUMBERS.match(text, end)
            before = _LEADING.search(text, 0, start)
            if after:
                numbers, end = frozenset(after[1].split("/")), after.end()
            elif before:
                numbers = frozenset({before[1]})
        yield Mention(frozenset(families), numbers, text[start:end].strip(), start, end)
