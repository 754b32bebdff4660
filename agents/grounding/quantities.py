"""Which quantity a phrase speaks of, so that a figure can't be given another one's name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

# A strategy's name is no statement about the indicator in it.
_STRATEGY = r"(?!\s*(?:cross|crossover|reversion|strategy|breakout|交叉|回归)|_)"
_AVERAGE = r"(?:exponential |simple )?moving averages?"
_NO_VERB = (
    r"(?! (?:at|near|above|below|around|for|close|in|with|under|over|between|on|just|beneath|"
    r"underneath|higher|lower)\b)"
)
_LOSE = r"(?:cost|risk|los[et]|loss)\w*"

# Names of quantities; where two overlap, the longer name is meant ("liquidation price").
_FAMILIES: tuple[tuple[str, str], ...] = (
    ("RSI", rf"\bRSI\b{_STRATEGY}|相对强弱(?:指数|指标)?"),
    ("MACD", rf"\bMACD\b{_STRATEGY}"),
    ("EMA", rf"\bEMAs?(?=\b|\d){_STRATEGY}|{_AVERAGE}|指数均线|均线"),
    ("SMA", rf"\bSMAs?(?=\b|\d){_STRATEGY}|{_AVERAGE}|均线"),
    ("ADX", r"\bADX\b"),
    ("ATR", r"\bATR\b|average true range|真实波幅"),
    ("Bollinger", rf"%B|\bBollinger\b{_STRATEGY}|布林带?{_STRATEGY}"),
    ("Stochastic", r"\bstochastic\b|随机指标|隨機指標"),
    ("OBV", r"\bOBV\b|on[- ]balance volume|能量潮"),
    ("VWAP", r"\bVWAP\b"),
    ("Ichimoku", r"\bIchimoku\b|\bcloud\b|一目均衡云?"),
    ("volume", r"\bvolume\b|成交量|成交额"),
    ("support", r"\bsupport\b|支撑位?"),
    ("resistance", r"\bresistance\b|阻力位?|压力位"),
    ("CVaR", r"\bCVaR\b|expected shortfall"),
    ("VaR", r"\bVaR\b|value at risk|在险价值|风险价值"),
    ("beyond VaR", r"beyond (?:the |its )?VaR|超出 ?VaR"),
    ("volatility", r"\bvolatility\b|波动率"),
    ("expected move", r"\b(?:expected|EWMA) move\b|预期波幅|EWMA 波幅"),
    ("Sharpe", r"\bSharpe\b|夏普"),
    ("deflated Sharpe", r"\bdeflated Sharpe\b|折减夏普"),
    ("drawdown", r"\bdrawdowns?\b|回撤"),
    ("drawdown limit", r"\bdrawdown limit\b|回撤上限"),
    ("win rate", r"\bwin(?:ning)? rate\b|\bhit rate\b|胜率"),
    ("profit factor", r"\bprofit factor\b|盈亏比"),
    ("return", r"\breturn(?:s|ed)?\b|收益率?|回报率?"),
    ("buy and hold", r"buy[-_ ]and[-_ ]hold(?:ing)?|\bholding\b|持有"),
    ("chance", r"\bprobabilit(?:y|ies)\b|\bchances?\b|\bodds\b|\blikelihood\b|概率|机率|可能性"),
    ("chance", r"Forecast ↑"),
    ("overfitting", r"(?:probability|chance|risk) of overfitting|\boverfitting\b|过拟合(?:概率)?"),
    ("accuracy", r"\baccura(?:cy|te)\b|准确率|正确率"),
    ("same as last", r"\bsame[- ]as[- ](?:the )?last\b|延续上一根的准确率"),
    ("Brier score", r"\bBrier\b"),
    ("naive rate", r"\bnaive\b|\bbase rate\b|朴素(?:准确率)?"),
    ("mood", r"\bmood\b|\bsentiment\b|情绪|情緒"),
    ("mood spread", r"\bmood spread\b|情绪分歧"),
    ("funding", r"\bfunding\b|资金费率|資金費率"),
    ("open interest", r"\bopen interest\b|未平仓量?|未平倉量?|持仓量"),
    ("imbalance", r"\bimbalance\b|失衡"),
    ("spread", r"\bspread\b|价差"),
    ("beta", r"\bbeta\b"),
    ("correlation", r"\bcorrelat(?:ion|es|ed)\b|相关性?|相關性?"),
    ("price", r"\b(?:last |spot |current )?price\b|最新价|现价|价格|币价|收盘价"),
    ("bid", r"\bbid\b(?: price)?|买一价|买价(?!差)"),
    ("ask", r"\bask\b(?: price)?|卖一价|卖价(?!差)"),
    ("entry", r"\bentry\b(?: price)?|入场价?|开仓价"),
    ("liquidation", r"\bliquidation\b(?: price)?|强平价?|爆仓价?"),
    ("cash", r"\bcash\b|现金"),
    ("equity", r"\bequity\b|权益"),
    ("exposure", r"\bexposure\b|敞口"),
    ("leverage", r"\bleverage\b|杠杆"),
    ("margin", r"\bmargin\b|保证金"),
    ("profit", r"\bprofits?\b|\bP&L\b|\bPnL\b|盈亏|利润|盈利"),
    ("unrealised", r"\bunreali[sz]ed\b(?: (?:profit|loss|gain|P&L|PnL))?|未实现盈亏|浮盈|浮亏"),
    ("realised", r"\breali[sz]ed\b(?: (?:profit|loss|gain|P&L|PnL))?|已实现盈亏"),
    ("stop", r"\bstop(?:[- ]loss)?(?: price)?\b|止损价?"),
    ("stop distance", r"\bstop distance\b|distance (?:of|to) (?:the|its) stop|止损距离"),
    ("loss at stop", rf"\b{_LOSE}\b[^.;,]{{0,24}}\bstop\b|\bstop\b[^.;,]{{0,24}}\b{_LOSE}"),
    ("loss at stop", r"止损.{0,6}(?:亏损?|损失)|损失.{0,4}止损"),
    ("target", r"\btarget\b(?: price)?|\btake[- ]profit\b|止盈价?|目标价?"),
    ("fees", r"\bfees?\b|手续费"),
    ("trades", rf"\btrades\b{_NO_VERB}|交易次数|笔交易"),
    # Too common in speech to accuse a sentence, but enough to justify one.
    ("forecast", r"\bforecasts?\b|预测"),
    ("edge", r"\bedge\b|优势"),
    ("horizon", r"\bhorizon\b|\bahead\b|预测期"),
    ("held", r"\bheld\b|\bholds?\b|持有"),
    ("change", r"\bchanged?\b|涨跌幅?|变化"),
)
WEAK = frozenset({"held", "forecast", "edge", "horizon", "change", "volume", "spread"})
_PATTERNS = tuple(
    (name, re.compile(pattern, re.IGNORECASE | re.ASCII)) for name, pattern in _FAMILIES
)
_ANY = re.compile("|".join(f"(?:{pattern})" for _, pattern in _FAMILIES), re.IGNORECASE | re.ASCII)
# "EMA 50", "EMA(50)", "RSI (14)", "EMA 20/50": the figures that belong to the name.
_NUMBERS = re.compile(r"[\s\-]?\(?\s?(\d{1,3}(?:/\d{1,3})*)\)?(?![\d%]|[.,]\d)")
_LEADING = re.compile(r"(\d{1,3})(?:[\s\-](?:period[\s\-]|candle[\s\-])?|期)$")
# "VaR 95 %", "VaR(99%)": how sure, which is part of the name too.
_LEVEL = re.compile(r"[\s\-]?\(?\s?(9\d)\s?[%％]")
TAILS = frozenset({"VaR", "CVaR"})
INDICATORS = frozenset({"RSI", "EMA", "SMA", "ADX", "ATR", "Bollinger", "MACD", "Ichimoku"})
# What a label says besides the quantity, and the words by which a sentence must say it too.
_QUALIFIED = tuple(
    (re.compile(label), re.compile(words, re.IGNORECASE | re.ASCII))
    for label, words in (
        (r"low end$| low$", r"low|least|between|from|interval|range|下限|至少|区间|介于|最低|从"),
        (
            r"high end$| high$",
            r"high|upper|most|between|\bto\b|interval|range|上限|至多|区间|到|至",
        ),
        (r", in-sample$", r"in[- ]sample|样本内"),
        (r", buy and hold$", r"hold|持有"),
        (r"^Linear ", r"linear|baseline|线性"),
        (r"^Same-as-last ", r"same|last|persist|上一|延续"),
        (r"^Naive ", r"naive|base|guess|朴素|基准"),
        (r" a year$|1 year$", r"year|annual|年|p\.a\."),
        (r"beyond VaR$", r"beyond|breach|exceed|worse|超出|突破"),
        (r"^Fees paid$|^Fee$", r"fee|cost|手续费|费用|成本"),
        (r"^Open interest, ", r"day|chang|ros[e]|fell|grew|up|down|shr|天|日|变|增|减|涨|跌|升|降"),
    )
)


@dataclass(frozen=True)
class Mention:
    """A quantity named at [start, end) of a text, with the figures that are part of its name."""

    families: frozenset[str]
    numbers: frozenset[str]
    text: str
    start: int
    end: int

    @property
    def strong(self) -> bool:
        """Whether the name can be meant for nothing else."""
        return not self.families <= WEAK


@lru_cache(maxsize=4096)
def mentions(text: str) -> tuple[Mention, ...]:
    """Find the quantities that a text names, in order; of two that overlap the longer one."""
    if not _ANY.search(text):
        return ()
    found = sorted(_find(text), key=lambda mention: (mention.start, -mention.end))
    return tuple(
        one
        for one in found
        if not any(
            other.start <= one.start
            and one.end <= other.end
            and (other.end - other.start) > (one.end - one.start)
            for other in found
        )
    )


def strong_mentions(text: str) -> tuple[Mention, ...]:
    """Find the names that can be meant for one quantity only."""
    return tuple(found for found in mentions(text) if found.strong)


def compatible(mention: Mention, label: str) -> bool:
    """Tell whether a phrase may speak of the fact with this label."""
    families, numbers = _of_label(label)
    if not mention.families & families:
        return False
    return not mention.numbers or not numbers or mention.numbers <= numbers


def families_of(label: str) -> frozenset[str]:
    """Return the quantities that a label names."""
    return _of_label(label)[0]


def unqualified(label: str, text: str) -> bool:
    """Tell whether a text leaves out what a label says besides, such as `in-sample`."""
    return any(of_label.search(label) and not words.search(text) for of_label, words in _QUALIFIED)


@lru_cache(maxsize=1024)
def _of_label(label: str) -> tuple[frozenset[str], frozenset[str]]:
    own = mentions(label)
    families = frozenset[str]().union(*(other.families for other in own))
    numbers = frozenset[str]().union(*(other.numbers for other in own))
    if label in ("Bid", "Ask"):
        families |= {"price"}
    if re.match(r"Return \d|Change ", label):
        families |= {"return", "change"}
    if label.startswith("Expected volatility"):
        families |= {"expected move"}
    return families, numbers


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
            before = re.search(r"(9\d)\s?[%％]\s?$", text[:start])
            if after:
                numbers, end = frozenset({after[1]}), after.end()
            elif before:
                numbers = frozenset({before[1]})
        elif families & INDICATORS:
            after = _NUMBERS.match(text, end)
            before = _LEADING.search(text, 0, start)
            if after:
                numbers, end = frozenset(after[1].split("/")), after.end()
            elif before:
                numbers = frozenset({before[1]})
        yield Mention(frozenset(families), numbers, text[start:end].strip(), start, end)
