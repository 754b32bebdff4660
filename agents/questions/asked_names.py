"""Which indicators, gauges, factors, strategies and commands a question names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from trading.factor_names import FactorName

_FLAGS = re.IGNORECASE | re.ASCII


class Stretch(StrEnum):
    """Which end of its range a question asks about."""

    NONE = ""
    OVERBOUGHT = "overbought"
    OVERSOLD = "oversold"
    EITHER = "either"


class Gauge(StrEnum):
    """A figure of the news tool that a question may name."""

    FUNDING = "funding"
    INTEREST = "open interest"
    BOOK = "order book"
    MOOD = "mood"


@dataclass(frozen=True)
class AskedRank:
    """A ranking's factor, None for the usual one; `lowest`: its other end is asked for."""

    by: FactorName | None = None
    lowest: bool = False


STRETCHES = ("RSI", "Stochastic", "%B")
# Labels of facts, or parts of them, with the words that ask for them.
_INDICATORS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("RSI",), r"\brsi\b|\brelative strength\b|相对强弱"),
    (("MACD",), r"\bmacd\b"),
    (("EMA 20/50", "SMA 200"), r"\b(?:golden|death) cross\b|金叉|死叉"),
    (("SMA 200", "EMA 200"), r"\bema[\s(-]*200\b|\b200[\s-]*(?:day|hour|week|period)?[\s-]*ema\b"),
    (("EMA 20",), r"\bema[\s(-]*20\b(?!\s*/)|\b20[\s-]*(?:day|hour|week|period)?[\s-]*ema\b"),
    (("EMA 50",), r"\bema[\s(-]*50\b|\b50[\s-]*(?:day|hour|week|period)?[\s-]*ema\b"),
    (("EMA",), r"\bemas?\b|exponential moving average"),
    (
        ("SMA 200",),
        r"200\s*(?:日|天|周)?\s*(?:均线|线)|\bsmas?\b"
        r"|\b200[\s-]*(?:day|hour|week|period)?[\s-]*(?:ma|moving average)\b|\bma\s?200\b",
    ),
    (("EMA", "SMA"), r"\bmoving averages?\b|均线|\bmas?\b"),
    (("ADX",), r"\badx\b|trend strength|趋势强度"),
    (("ATR",), r"\batr\b|true range|真实波幅"),
    (("%B", "Bollinger"), r"%b\b|\bbollingers?\b|\bboll\b|布林"),
    (("Stochastic",), r"\bstoch(?:astics?)?\b|随机指标|\bkdj?\b"),
    (("OBV",), r"\bobv\b|on[- ]balance volume|能量潮"),
    (("VWAP",), r"\bvwap\b|volume[- ]weighted|成交量加权"),
    (("Ichimoku",), r"\bichimoku\b|\bcloud\b|\bkumo\b|\btenkan\b|\bkijun\b|一目均衡|云图|云层"),
    (("Support",), r"\bsupports?\b|\bfloor\b|支撑|底部在哪"),
    (("Resistance",), r"\bresistances?\b|\bceiling\b|阻力|压力(?:位|线|在)"),
    (("Support", "Resistance"), r"\bpivots?\b|\b(?:key|price) levels?\b|枢轴|关键位|关键价位"),
    (("Volume",), r"(?<!balance )\bvolume\b(?![- ]weighted)|成交量(?!加权)|交易量|量能"),
    (
        ("Change",),
        r"\bhow much (?:did|has|have|is)\b.*\b(?:mov\w*|ris\w*|rose|fall\w*|fell|gain\w*|lost|"
        r"drop\w*|up|down|chang\w*)\b|\b24\s?h\w* change\b|\bchange (?:today|in a day)\b"
        r"|涨了多少|跌了多少|涨跌幅|今天涨|今天跌",
    ),
)
_OVERBOUGHT = re.compile(
    r"\bover-?\s?bought\b|\boverextended\b|\btoo hot\b|\boverheated\b|超买|过热", _FLAGS
)
_OVERSOLD = re.compile(r"\bover-?\s?sold\b|超卖|超跌", _FLAGS)
_AGAINST = re.compile(
    r"\b(?:above|below|over|under|beneath|crossed|cross(?:es|ing)?|broken?|breaks?|broke|past)\b"
    r"|上方|下方|之上|之下|以上|以下|高于|低于|站上|跌破|突破|上穿|下穿",
    _FLAGS,
)
_GAUGES: tuple[tuple[Gauge, str], ...] = (
    (
        Gauge.FUNDING,
        r"\bfunding\b|\blongs? (?:are )?pay\w*\b|\bshorts? (?:are )?pay\w*\b|\bpay\w* (?:longs|"
        r"shorts)\b|\bcrowded\b|\bperp(?:s|etuals?)?\b.*\b(?:pay\w*|rates?|costs?)\b"
        r"|\bpay\w*\b.*\bperp\w*|\blong[/ -]+short ratio\b|资金费|费率|[多空]头.{0,3}付|多空比",
    ),
    (
        Gauge.INTEREST,
        r"\bopen interest\b|\boi\b|\bopen contracts\b|\bcontracts\b.*\bopen\b|未平仓|持仓量",
    ),
    (
        Gauge.BOOK,
        r"\border ?book\b|\bbook imbalance\b|\bimbalance\b|\bmarket depth\b|\b(?:buy"
        r"|sell)[\s-]walls?"
        r"|\b(?:bids|asks|buyers|sellers|buy orders|sell orders)\b.*\b(?:bids|asks|buyers"
        r"|sellers|orders)\b"
        r"|买单|卖单|\b(?:bid[\s/-]*ask )?spread\b|\bhow liquid\b|\b(?:buying|selling) pressure\b"
        r"|盘口|订单簿|挂单|买卖盘|买盘|卖盘|深度|价差|点差",
    ),
    (
        Gauge.MOOD,
        r"\bnews\b|\bheadlines?\b|\b(?:in the )?(?:press|media|articles?|stories)\b|\bmood\b"
        r"|\bsentiment\b|\bfear(?:ful)?\b|\bgreed(?:y)?\b"
        r"|\bthe word on\b|\bbuzz\b|\b(?:scared|afraid|panicking|nervous|euphoric)\b"
        r"|\bwhy(?:['’]?s| is| are| did| does| has)\b(?!.*\bnot\b).*\b(?:dump|pump"
        r"|drop|crash|tank|fall|fell"
        r"|ris|rose|moon|rall|moving|red|green|up|down|talking)\w*"
        r"|(?:为什么|为何|为啥|怎么).{0,8}(?:[大暴]?[涨跌]|崩)(?!吗)"
        r"|新闻|消息|报道|舆论|情绪|恐慌|贪婪|利好|利空",
    ),
)
_FACTORS: tuple[tuple[FactorName, bool, str], ...] = (
    (
        "correlation",
        True,
        r"\b(?:un|least )correlat\w*|\bmoves? (?:the )?least\b|相关性最低|最不相关",
    ),
    ("correlation", False, r"\bcorrelat\w*|\bmoves? (?:the )?(?:most|closest) with\b|相关"),
    ("beta", True, r"\b(?:lowest|smallest|least) beta\b"),
    ("beta", False, r"\bbeta\b|贝塔"),
    (
        "volatility",
        True,
        r"\b(?:least|lowest|low) (?:volatil\w+|risk\w*)|\bcalm\w*|\bquiet\w*|\bstabl\w+|\bsafest\b"
        r"|波动(?:率|性)?最?(?:小|低)|最稳|最平稳|最安全",
    ),
    (
        "volatility",
        False,
        r"\bvolatil\w+|\bvol\b|\bwild\w*|\briskiest\b|\bmost (?:risky|dangerous)\b|波动|风险最",
    ),
    (
        "liquidity",
        True,
        r"\b(?:least|lowest) (?:liquid\w*|volume|traded)|\billiquid\b|(?:流动性|成交量)最(?:差"
        r"|小|低)",
    ),
    ("illiquidity", False, r"\bamihud\b|\billiquidity\b"),
    (
        "liquidity",
        False,
        r"\bliquid\w*|\b(?:trading )?volume\b|\bmost traded\b|流动性|成交量|成交额|交易量|最活跃",
    ),
    ("value", True, r"\bmost expensive\b|\bdearest\b|\bovervalued\b|\bpriciest\b|最贵|高估"),
    ("value", False, r"\bcheap\w*|\bundervalued\b|\bvalue\b|\bbargain\w*|便宜|低估"),
    ("size", True, r"\bsmallest\b(?! (?:loss|drop|move))|市值最小"),
    (
        "size",
        False,
        r"\bsize\b|\bmarket ?caps?\b|\b(?:biggest|largest)\b(?! (?:\w+ )?(?:gain|los|mov|drop|win))"
        r"|市值|规模|(?<!幅)最大的?币",
    ),
    (
        "scaled",
        False,
        r"\brisk[- ]adjusted\b|\bsharpe\b|\bfor its (?:risk|volatility)\b|风险调整|夏普",
    ),
)
_MOMENTUM = re.compile(
    r"\bmomentum\b|\bstrong\w*|\bweak\w*|\bgain\w*|\blos(?:er|ers|t|ing|es)\b|\bwinners?\b"
    r"|\b(?:best|worst|top)[\s-]+perform\w*|\bperform\w+ (?:best|worst)\b|\boutperform\w*"
    r"|\bmov(?:er|ers|ed)\b|\b(?:up|down|ris\w+|rose|fell|fall\w*|drop\w*|pump\w*"
    r"|dump\w*) the most\b"
    r"|\bhott?est\b|\bpumping\b|\bdumping\b|\bbiggest (?:mov|drop|gain|los|win)\w*"
    r"|最强|最弱|强势|弱势|动量|涨幅|跌幅|[涨跌]得?最|最能涨|领涨|领跌|表现最",
    _FLAGS,
)
_FALLING = re.compile(
    r"\bweak\w*|\blos(?:er|ers|t|ing|es)\b|\bworst\b|\b(?:down|fell|fall\w*|drop\w*"
    r"|dump\w*) the most\b"
    r"|\bdumping\b|\bbiggest drop\w*|最弱|弱势|跌幅|跌得?最|领跌|最差",
    _FLAGS,
)
_DAY = re.compile(
    r"\btoday\b|\b24 ?h\w*|\b1 ?d(?:ay)?\b.*\b(?:gain|los|mov)\w*|\bdaily\b|今天|今日|当日", _FLAGS
)
_WEEK = re.compile(r"\bweek(?:ly)?\b|\b7 ?d(?:ays?)?\b|本周|这周|一周|周涨|周跌", _FLAGS)
_STRATEGIES = (
    (r"donchian|breakout|突破", "donchian_breakout"),
    (r"mean[\s_-]*reversion|\breversion\b|均值", "rsi_reversion"),
    (r"\bema[\s_-]*cross\w*|指数均线", "ema_cross"),
    (r"\bbollinger[\s_-]*(?:bands? )?(?:reversion|strategy)|布林带?策略", "bollinger_reversion"),
    (r"\bmacd[\s_-]*(?:strategy|cross\w*)|macd策略", "macd"),
    (r"\bmomentum[\s_-]*strategy|动量策略", "momentum"),
    (r"sma|cross(?:over)?|moving average|均线", "sma_cross"),
    (r"buy[\s_-]and[\s_-]hold", "buy_and_hold"),
)
# What only a typed command does, with the words that ask for it.
_COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "chart": r"\bcharts? (?:of|for)\b|\b(?:draw|plot)\b|\b(?:show|send"
        r"|give)(?: me)?(?: an?| the)?"
        r"(?: \w+)? charts?\b|^\W*(?:\S+\s+){0,2}charts?\W*$|画.{0,2}图|画.{0,8}K线|K线图|看图"
        r"|走势图",
        "alert": r"\balerts?\b|\b(?:notify|ping|tell|warn) me (?:when|if)\b|提醒|预警|警报",
        "optimize": r"\boptimi[sz]\w*|\bbest parameters\b|参数优化|优化",
        "pause": r"\bpause\b|\bstop (?:all )?(?:trading|buying|new entries)\b|暂停",
        "panic": r"\bpanic\b|\bclose everything\b|\bsell everything\b|\bflatten\b|全部平仓"
        r"|一键平仓",
        "track": r"\btrack record\b|\bhow (?:good|accurate) (?:are|were) (?:you|your)\b|战绩"
        r"|历史准确率",
        "orders": r"\b(?:open|pending|waiting) orders\b|\bmy orders\b|我的订单|我的挂单",
        "history": r"\bmy (?:trades|fills)\b|\btrade history\b|成交记录|交易记录|历史成交",
        "limits": r"\b(?:my|risk) limits\b|风控|限额",
        "briefing": r"\bbriefing\b|\bmorning (?:report|summary|update)\b|早报|晨报",
        "watch": r"\bwatch (?:the )?[a-z]{2,10}\b|盯盘|盯着",
        "export": r"\bexport\b|\bdownload my\b|导出",
        "settings": r"\bsettings\b|\bchange (?:my )?(?:language|time ?zone)\b|设置",
        "status": r"\bare you (?:up|alive|ok|working)\b|状态如何",
    }
)
ALL_COMMANDS = tuple(_COMMANDS)


def indicators_asked(text: str) -> tuple[str, ...]:
    """Return the labels, or parts of labels, of the indicators that a text names."""
    found = dict.fromkeys(
        label
        for labels, pattern in _INDICATORS
        if re.search(pattern, text, _FLAGS)
        for label in labels
    )
    if "EMA 20" in found or "EMA 50" in found:
        found.pop("EMA", None)
        found.pop("SMA", None)
    if "SMA 200" in found:
        found.pop("SMA", None)
        found.pop("EMA", None)
    if stretch_asked(text):
        found |= dict.fromkeys(STRETCHES)
    return tuple(found)


def stretch_asked(text: str) -> Stretch:
    """Tell whether a text asks for overbought, oversold, or both."""
    over, under = _OVERBOUGHT.search(text), _OVERSOLD.search(text)
    if over and under:
        return Stretch.EITHER
    return Stretch.OVERBOUGHT if over else Stretch.OVERSOLD if under else Stretch.NONE


def compares(text: str) -> bool:
    """Tell whether a text asks on which side of something the price is."""
    return _AGAINST.search(text) is not None


def gauges_asked(text: str) -> tuple[Gauge, ...]:
    return tuple(gauge for gauge, pattern in _GAUGES if re.search(pattern, text, _FLAGS))


def rank_asked(text: str) -> AskedRank:
    """Return the factor that a text ranks by; momentum over a day or a week where it says so."""
    for by, lowest, pattern in _FACTORS:
        if re.search(pattern, text, _FLAGS):
            return AskedRank(by, lowest)
    if not _MOMENTUM.search(text):
        return AskedRank()
    lowest = _FALLING.search(text) is not None
    if _DAY.search(text):
        return AskedRank("momentum_1d", lowest)
    return AskedRank("momentum_7d" if _WEEK.search(text) else "momentum", lowest)


def week_asked(text: str) -> bool:
    return _WEEK.search(text) is not None


def strategy_asked(text: str, *, tested: bool) -> str | None:
    """Return the strategy that a text names; "RSI" names one only where a test is asked for."""
    for pattern, name in _STRATEGIES:
        if re.search(pattern, text, re.IGNORECASE):
            return name
    return "rsi_reversion" if tested and re.search(r"\brsi\b", text, _FLAGS) else None


def command_asked(text: str) -> str:
    """Return the command that alone does what is asked; "" when there is none."""
    return next(
        (name for name, pattern in _COMMANDS.items() if re.search(pattern, text, _FLAGS)), ""
    )
