"""Whether a message leaves something out that only the talk before it can say.

It does when each of its words is one of a small stock: "what about the risk?" does, "what about
the risk of my house?" says more than the desk knows of, and is left alone.
"""

from __future__ import annotations

import re
from decimal import Decimal

from agents.names import CHINESE_COINS, ENGLISH_COINS, coins_named, timeframes_named
from agents.questions.asked_words import share_asked
from trading.symbols import base_of, exchange_of, quote_of

_FLAGS = re.IGNORECASE | re.ASCII
_MARK = re.compile(
    r"^\W*(?:(?:ok|okay|so|but|hm+|well|then|yes|no|now)\W+)*"
    r"(?:and|what about|how about|what if|why not|why no|same|also|or)\b"
    r"|\b(?:too|instead|as well|it|its)\b"
    r"|[呢呐][？?。\s]*$|^\W*(?:那|如果|要是|假如|为什么不|为何不|换成|改成|同样|再看|还有)|它",
    _FLAGS,
)
_AGAIN = re.compile(
    r"^\W*(?:(?:and|what about|how about|ok|so)\s+)*(?:now|again|right now|still|once more)\W*$"
    r"|^\W*(?:那)?(?:现在|再来一次|再看一次|再问一次)(?:呢|怎么样|如何)?\W*$",
    _FLAGS,
)
_DEFINITION = re.compile(
    r"^\W*(?:what(?:['’]?s| is| are| does)|define|explain)\s+(?:an?\s+)?[\w()]+(?:\s+mean)?\W*$"
    r"|什么是|是什么意思",
    _FLAGS,
)
_PARTS = (
    (r"\b(?:half|1/2)\b|一半|半仓|半倉", Decimal("0.5")),
    (r"\b(?:a|one) third\b|三分之一", Decimal("0.3333")),
    (r"\b(?:a|one) quarter\b|四分之一", Decimal("0.25")),
    (r"\b(?:twice|double)\b|两倍|双倍|加倍|翻倍", Decimal(2)),
)
_WORDS_TEXT = """
a about add again ago all also am an and any are as ask at bad be been better but buy by can cheap
could do does doing done don't double down enter entry even exactly flat for from give go going
good got half hm hmm hmmm hold how i i'd i'm if in instead into is isn't it it's its just keep left
less let let's like long look looking looks make maybe me mean more most much my no not now of off
ok okay on one only open or order otherwise over per please position put quarter quite really right
same say says sell set shall she short should show size smaller so some still take tell than thanks
that that's the then there they think third this those though time to too trade trading try twice
up us use used using usual very wait was we well were what what's when where which while why will
with would yes yet you your amount stop loss target profit tp candle candles bar bars timeframe
timeframes chart period charts horizon next ahead minute minutes hour hours hourly day days daily
week weeks weekly h m d w
risk risks risky riskier safe dangerous volatile volatility var cvar drawdown forecast forecasts
prediction outlook predict predicts backtest backtests backtested test tested donchian breakout sma
cross crossover reversion strategy rsi macd ema adx atr bollinger bands stochastic obv vwap ichimoku
support resistance volume indicator indicators technicals technical trend trends trending momentum
overbought oversold news headlines headline mood sentiment funding fear greed price prices quote
worth cost bullish bearish buying selling shorting longing invest usd usdt usdc dollars dollar bucks
percent idea moving average averages doesn't shouldn't wouldn't couldn't aren't won't can't come
"""
_WORDS = frozenset(_WORDS_TEXT.split())
_SIGNS_TEXT = """
那么 那 呢 呐 吗 嘛 吧 啊 呀 了 如果 要是 假如 只 仅 用 拿 花 买入 卖出 买 卖 做多 做空 多头
空头 看涨 看跌 为什么 为何 怎么样 怎么看 怎么 怎样 如何 什么 不 能 可以 应该 建议 该 要 会 还 也
都 就 在 上 下 里 的 地 得 是 有 没有 它 这个 那个 这 现在 当前 目前 再来一次 再看一次 再 一次
换成 改成 换 改 变成 同样 一样 看看 看 来 一下 问 请 帮 给 我 你 觉得 认为 说 风险 危险 波动率
波动 回测 预测 前景 指标 新闻 消息 情绪 趋势 走势 价格 多少钱 多少 多大 多高 大 小 高 低 仓位
一半 半仓 三分之一 四分之一 两倍 双倍 加倍 翻倍 通常 止损 止盈 目标 日线 周线 小时线 分钟线 日
周 线 级别 周期 图 均线 突破 均值回归 均值 回归 策略 交叉 根 K线 k线 技术 资金费率 资金 费率
支撑 阻力 成交量 超买 超卖 和 或者 或 还有 呗 呃 嗯 好 比较 更 长 短 美元 刀 设 设为 设成 想 投
结果 表现 历史 按 对 于 至 到 个 点 时候 时间 框架 改用 使用 只要 只是 而 却 反而
"""
_SIGNS = re.compile(
    "|".join(sorted(map(re.escape, set(_SIGNS_TEXT.split())), key=len, reverse=True))
)
_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9]*(?:['’][A-Za-z]+)?")


def is_marked(text: str) -> bool:
    """Tell whether a message says that it goes on with something: "and …", "…呢？", "it"."""
    return _MARK.search(text) is not None


def says_again(text: str) -> bool:
    """Tell whether a message only asks for the same once more: "and now?"."""
    return _AGAIN.search(text) is not None


def share_meant(text: str) -> Decimal | None:
    """Which part of the size is meant, also where "size" is left out: "what if I use half?"."""
    share = share_asked(text)
    if share is not None:
        return share
    return next((part for pattern, part in _PARTS if re.search(pattern, text, _FLAGS)), None)


def leaves_out(text: str, symbol: str) -> bool:
    """Tell whether a message is made of nothing but the small words of a follow-up.

    `symbol` is the one that it names, "" for none.
    """
    if _DEFINITION.search(text):
        return False
    for _, start, end in (*timeframes_named(text), *coins_named(text)):
        text = text[:start] + " " * (end - start) + text[end:]
    for name in CHINESE_COINS:
        text = text.replace(name, " ")
    text = _SIGNS.sub(" ", text)
    if _HAN.search(text):
        return False
    names = {base_of(symbol), quote_of(symbol), exchange_of(symbol).upper()}
    known = _WORDS | ENGLISH_COINS.keys() | {name.lower() for name in names}
    words = (match[0].lower().replace("’", "'") for match in _WORD.finditer(text))
    return all(word in known or word.upper() in names for word in words)
