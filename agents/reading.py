"""What a plain question asks for: intent, symbol, timeframe, strategy, horizon."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from agents.names import coins_named, timeframes_named
from tools.arguments import QUOTES, parse_symbol
from trading.candles import Timeframe
from trading.coins import COIN_NAMES, TICKERS
from trading.orders import Draft
from trading.symbols import base_of, quote_of


class Intent(StrEnum):
    """What the person wants to know."""

    DECISION = "decision"
    PRICE = "price"
    INDICATORS = "indicators"
    FORECAST = "forecast"
    BACKTEST = "backtest"
    RISK = "risk"
    PORTFOLIO = "portfolio"
    NEWS = "news"
    RANK = "rank"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Question:
    """A question as it was understood; `symbol` is "" when it names none.

    `strategy` and `horizon` are None when the question leaves them open; `wanted` are the
    indicators that it names, `others` the further coins, `strange` a timeframe as written that
    does not exist.
    """

    intent: Intent
    symbol: str
    timeframe: Timeframe
    strategy: str | None = None
    horizon: int | None = None
    wanted: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    strange: str = ""


@dataclass(frozen=True)
class AskedOrder:
    """What the person's own words say of the order; None where they say nothing.

    `notional` in quote units, `stop` and `target` as fractions of the entry.
    """

    notional: Decimal | None = None
    stop: Decimal | None = None
    target: Decimal | None = None

    def onto(self, draft: Draft) -> Draft:
        """Put what the person said in the place of what the draft says."""
        said = {
            "notional": self.notional,
            "stop_fraction": self.stop,
            "target_fraction": self.target,
        }
        return draft.model_copy(
            update={name: value for name, value in said.items() if value is not None}
        )


# The first that matches wins: a question for one figure is more special than one for a decision.
_INTENTS: tuple[tuple[Intent, str], ...] = (
    (Intent.BACKTEST, r"\bback-?\s?test(?:s|ed|ing)?\b|\bdonchian\b|回测|回測"),
    (Intent.PORTFOLIO, r"^(?!.*should i).*\b(?:sell|close|exit|get out of) (?:my|all)\b|平仓|平倉"),
    (
        Intent.DECISION,
        r"\bshould i\b|\bis (?:\S+ ){0,4}a (?:good )?(?:long|short|buy|sell)\b|可以做[多空]"
        r"|\b(?:long|short) or (?:long|short|flat)\b",
    ),
    (
        Intent.PORTFOLIO,
        r"\bportfolio\b|\bmy (?:positions?|account|balance|equity|cash|profit|p&?l|book|holdings?)"
        r"\b|\bhow am i doing\b|\bwhat do i (?:hold|own|have)\b|持仓|账户|帳戶|资产|余额",
    ),
    (
        Intent.NEWS,
        r"\bnews\b|\bheadlines?\b|\bmood\b|\bsentiment\b|\bfear\b|\bgreed\b|\bfunding\b"
        r"|\bopen interest\b|\border ?book\b|新闻|新聞|消息|情绪|情緒|资金费率|資金費率",
    ),
    (
        Intent.RANK,
        r"\brank(?:s|ed|ing)?\b|\bscreen(?:er)?\b"
        r"|\b(?:strongest|weakest|best|worst) (?:coins?|one|of)\b"
        r"|\bwhich (?:coins?|one|of)\b|\bcompare\b|排名|排行|哪个|哪個|比较|比較",
    ),
    (Intent.FORECAST, r"\bforecasts?\b|\bpredict(?:ion|ions|s|ed)?\b|\boutlook\b|预测|預測"),
    (
        Intent.RISK,
        r"\brisk(?:s|y|ier)?\b|\bc?var\b|\bvalue at risk\b|\bdangerous\b|\bsafe\b"
        r"|\bhow volatile\b|\bvolatility\b|风险|風險",
    ),
    (
        Intent.DECISION,
        r"\b(?:long|short|buy|buying|sell|selling|bullish|bearish|enter|entry|trade|invest)\b"
        r"|\bgo in\b|\bget in\b|\bworth (?:it|a)\b|\bwhat would you do\b|\bshould i\b"
        r"|做多|做空|多头|空头|买|買|卖|賣|看涨|看跌|入场|可以.*吗",
    ),
    (
        Intent.INDICATORS,
        r"\brsi\b|\bmacd\b|\b[es]ma\b|\bstochastic\b|\bobv\b|\bvwap\b|\bichimoku\b|\bsupport\b"
        r"|\bresistance\b|\badx\b|\batr\b|\bbollinger\b|%b|\bindicators?\b|\btechnicals?\b"
        r"|\btrend(?:s|ing)?\b|\boverbought\b|\boversold\b|\banaly[sz]e\b|\banalysis\b|\bvolume\b"
        r"|\bmoving averages?\b|指标|指標|趋势|趨勢|均线|分析",
    ),
    (
        Intent.PRICE,
        r"\bprices?\b|\bquote\b|\bhow much (?:is|does|for)\b|\bworth\b|\btrading at\b"
        r"|价格|價格|多少钱",
    ),
)
_WANTED = (
    "RSI",
    "MACD",
    "EMA",
    "SMA",
    "ADX",
    "ATR",
    "%B",
    "Bollinger",
    "Stochastic",
    "OBV",
    "VWAP",
    "Ichimoku",
    "Support",
    "Resistance",
    "Volume",
    "Change",
)
_STRATEGIES = (
    (r"donchian|breakout|突破", "donchian_breakout"),
    (r"mean[\s_-]*reversion|\breversion\b|均值", "rsi_reversion"),
    (r"sma|cross(?:over)?|moving average|均线", "sma_cross"),
    (r"buy[\s_-]and[\s_-]hold", "buy_and_hold"),
)
_HORIZON = re.compile(r"\b(\d{1,2})\s*(?:candles?|bars?)\b|(\d{1,2})\s*根", re.IGNORECASE)
_ON_TIMEFRAME = re.compile(r"\bon (?:the )?(\d{1,3}\s?[mhdw])\b", re.IGNORECASE)
_AMOUNT = r"(\d[\d,]{0,12}(?:\.\d{1,8})?)"
_MONEY = re.compile(
    rf"\b(?:with|for|buy|sell|short|long|invest|use|put|risk|of)\s+(?:about\s+|only\s+)?"
    rf"(?:\$\s?{_AMOUNT}|{_AMOUNT}\s?(?:usdt?|dollars?|bucks|\$)(?!\w))",
    re.IGNORECASE,
)
_PERCENT = r"\D{0,12}?(\d{1,2}(?:\.\d{1,4})?)\s?(?:%|percent)"
_STOP = re.compile(rf"(?:\bstop|止损){_PERCENT}", re.IGNORECASE)
_TARGET = re.compile(rf"\b(?:target|take profit|tp){_PERCENT}", re.IGNORECASE)
_QUOTED = re.compile(
    rf"(?<![A-Za-z0-9])([A-Za-z0-9]{{2,10}})\s?[/\-_]\s?({'|'.join(QUOTES)})(?![A-Za-z0-9])",
    re.IGNORECASE | re.ASCII,
)
_JOINED = re.compile(
    r"(?<![A-Za-z0-9])([A-Za-z0-9]{2,10})(USDT|USDC|FDUSD|BUSD|USD|EUR)(?![A-Za-z0-9])",
    re.IGNORECASE | re.ASCII,
)
_ELSEWHERE = re.compile(
    r"(?<![A-Za-z0-9:/.])[A-Za-z][A-Za-z0-9]{1,24}:"
    r"([A-Za-z0-9]{2,15}(?:[/\-_][A-Za-z0-9]{2,15})?)(?![A-Za-z0-9:/])",
    re.ASCII,
)
_CAPITALS = re.compile(r"(?<![A-Za-z0-9])\$?([A-Z0-9]*[A-Z][A-Z0-9]*)(?![A-Za-z0-9])", re.ASCII)
# Lower-case tickers that are no English words, so "is ada risky" is understood.
_LOWER_TEXT = "btc eth sol bnb xrp ada doge ltc avax trx xlm bch shib pepe"
_LOWER = frozenset(_LOWER_TEXT.split())
_NO_COINS_TEXT = (
    "RSI MACD EMA SMA ADX ATR VAR CVAR I A THE IS ON AT OK USD USDT EUR AI PNL DCA ATH TA H D M W "
    "LONG SHORT BUY SELL FLAT RIGHT NOW WHAT WHY HOW MY ME OF FOR AND OR NOT IT IN TO DO GO BE AM "
    "SHOULD CAN WILL THIS THAT WITH RISK RISKY PRICE TREND FORECAST BACKTEST PORTFOLIO HELP HI"
)
_NO_COINS = frozenset(_NO_COINS_TEXT.split())


def read(text: str) -> Question:
    """Read a question; it never fails: what can't be read is Intent.UNKNOWN or an empty symbol."""
    symbol = _symbol(text)
    intent = _intent(text)
    if intent is Intent.UNKNOWN and symbol and len(text.split()) <= 4:
        intent = Intent.DECISION  # just "btc 4h?"
    timeframes = sorted(timeframes_named(text), key=lambda found: found[1])
    horizon = _HORIZON.search(text)
    strange = None if timeframes else _ON_TIMEFRAME.search(text)
    return Question(
        intent=intent,
        symbol=symbol,
        timeframe=timeframes[0][0] if timeframes else Timeframe.H1,
        strategy=_strategy(text, intent),
        horizon=int(horizon[1] or horizon[2]) if horizon else None,
        wanted=tuple(name for name in _WANTED if re.search(re.escape(name), text, re.IGNORECASE)),
        others=_others(text, symbol),
        strange=strange[1] if strange else "",
    )


def asked_order(text: str) -> AskedOrder:
    """Read size, stop and target that a question names: "buy 100 usdt of btc, stop 2 %"."""
    money, stop, target = _MONEY.search(text), _STOP.search(text), _TARGET.search(text)
    return AskedOrder(
        Decimal((money[1] or money[2]).replace(",", "")) if money else None,
        Decimal(stop[1]) / 100 if stop else None,
        Decimal(target[1]) / 100 if target else None,
    )


def _others(text: str, symbol: str) -> tuple[str, ...]:
    """Coins that the question names beside its symbol."""
    coins = dict.fromkeys(coin for coin, _ in _coins(text))
    own = (base_of(symbol), quote_of(symbol))
    return tuple(coin for coin in coins if symbol and coin not in own)


def _coins(text: str) -> list[tuple[str, int]]:
    """Every coin that the text names, in order, and where."""
    lower = [
        (match[0].upper(), match.start())
        for match in re.finditer(r"(?<![A-Za-z0-9])[a-z]{3,5}(?![A-Za-z0-9])", text)
        if match[0] in _LOWER
    ]
    named = ((coin, at) for coin, at, _ in coins_named(text))
    return sorted([*named, *lower], key=lambda found: found[1])


def _intent(text: str) -> Intent:
    for intent, pattern in _INTENTS:
        if re.search(pattern, text, re.IGNORECASE | re.ASCII):
            return intent
    return Intent.UNKNOWN


def _strategy(text: str, intent: Intent) -> str | None:
    for pattern, name in _STRATEGIES:
        if re.search(pattern, text, re.IGNORECASE):
            return name
    # Elsewhere "RSI" means the indicator.
    by_rsi = intent is Intent.BACKTEST and re.search(r"\brsi\b", text, re.IGNORECASE)
    return "rsi_reversion" if by_rsi else None


def _symbol(text: str) -> str:
    """The first symbol that the question names, as base/quote; "" when there is none."""
    if elsewhere := _elsewhere(text):
        return elsewhere
    pair = _QUOTED.search(text) or _JOINED.search(text)
    if pair:
        return _parsed(f"{pair[1]}/{pair[2]}")
    coins = _coins(text)
    if coins:
        return _parsed(coins[0][0])
    dollar = re.search(r"\$([A-Za-z][A-Za-z0-9]{1,9})\b", text, re.ASCII)
    if dollar:
        return _parsed(dollar[1])
    if text != text.upper():
        for match in _CAPITALS.finditer(text):
            if len(match[1]) >= 2 and match[1] not in _NO_COINS and not _is_timeframe(match[1]):
                return _parsed(match[1])
    return ""


def _elsewhere(text: str) -> str:
    """The first symbol with its exchange before it: `kraken:BTC/USD`, `kraken:btc`."""
    for match in _ELSEWHERE.finditer(text):
        # In "listen:btc" and "note: should" nobody names an exchange.
        joined = re.search(r"[/\-_]", match[1]) or _JOINED.fullmatch(match[1])
        if joined or match[1].upper() in TICKERS or match[1].upper() in COIN_NAMES:
            return _parsed(match[0])
    return ""


def _is_timeframe(word: str) -> bool:
    return any(True for _ in timeframes_named(word))


def _parsed(text: str) -> str:
    try:
        symbol = parse_symbol(text)
    except ValueError:
        return ""
    return symbol if base_of(symbol) not in _NO_COINS else ""
