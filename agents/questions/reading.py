"""What a plain question asks for: intent, symbol, timeframe, strategy, horizon."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from agents.names import coins_named, timeframes_named
from agents.questions.asked_exits import asked_exits
from agents.questions.asked_names import (
    AskedRank,
    Gauge,
    Stretch,
    command_asked,
    compares,
    gauges_asked,
    indicators_asked,
    rank_asked,
    strategy_asked,
    stretch_asked,
    week_asked,
)
from agents.questions.asked_time import asked_time
from agents.questions.asked_words import Side, share_asked, why_not
from agents.questions.intents import Intent, intent_of, says_nothing_else
from agents.questions.spelling import mended, simplified
from desk.language import Language, language_of
from tools.arguments import QUOTES, parse_symbol
from trading.candles import Timeframe
from trading.coins import COIN_NAMES, TICKERS
from trading.factor_names import FactorName
from trading.orders import Draft
from trading.symbols import base_of, quote_of

__all__ = ["AskedOrder", "Intent", "Question", "asked_order", "read"]


@dataclass(frozen=True)
class Question:
    """A question as it was understood; `symbol` is "" when it names none.

    `strategy` and `horizon` (in candles) are None when the question leaves them open; `wanted`
    are the indicators that it names, `others` the further coins, `strange` a timeframe as written
    that does not exist. `stretch`: overbought or oversold is asked for; `compares`: on which side
    of something the price is; `gauges` are the fear gauges that it names. `by` is the factor of a
    ranking, `lowest` asks for its other end; `command` is what to type instead. `unsure`: no
    rule knew what is asked of the coin, so an overview is told. `why_not`: the side
    that it wants to see refused ("why not short?"). `timeframes`: further ones that it names;
    `notional`: the sum whose risk is asked for; `week`: it speaks of a week;
    `closes`: it asks to sell or close what is held.
    """

    intent: Intent
    symbol: str
    timeframe: Timeframe
    strategy: str | None = None
    horizon: int | None = None
    wanted: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    strange: str = ""
    language: Language = Language.EN
    stretch: Stretch = Stretch.NONE
    compares: bool = False
    gauges: tuple[Gauge, ...] = ()
    by: FactorName | None = None
    lowest: bool = False
    command: str = ""
    unsure: bool = False
    why_not: Side = ""
    timeframes: tuple[Timeframe, ...] = ()
    notional: Decimal | None = None
    closes: bool = False
    week: bool = False


@dataclass(frozen=True)
class AskedOrder:
    """What the person's own words say of the order; None where they say nothing.

    `notional` in quote units, `stop` and `target` as fractions of the entry; `share` is the part
    of the usual size, as a fraction.
    """

    notional: Decimal | None = None
    stop: Decimal | None = None
    target: Decimal | None = None
    share: Decimal | None = None

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


_AMOUNT = r"(\d[\d,]{0,12}(?:\.\d{1,8})?)"
_MONEY = re.compile(
    rf"\b(?:with|for|buy|sell|short|long|invest|use|put|risk|of)\s+(?:about\s+|only\s+)?"
    rf"(?:\$\s?{_AMOUNT}|{_AMOUNT}\s?(?:usdt?|dollars?|bucks|\$)(?!\w))"
    rf"|(?:[用花]|买入?|投入?|卖出?)\s?{_AMOUNT}\s?(?:usdt?|美元|刀|u)(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_SUM = re.compile(
    rf"\$\s?{_AMOUNT}|(?<![\w.]){_AMOUNT}\s?(?:usdt?|dollars?|bucks|美元|刀|u|\$)(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_CLOSES = re.compile(r"\b(?:sell|close|exit|dump|liquidate)\b|卖|平仓|清仓|抛", re.IGNORECASE)
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
_LOWER_TEXT = "btc eth sol bnb xrp ada doge ltc avax trx xlm bch shib pepe xmr hbar aave matic"
_LOWER = frozenset(_LOWER_TEXT.split())
# Tickers that are English words too count after what is done with a coin only.
_AFTER_ACT = re.compile(
    r"\b(?:long|short|buy|sell|longing|shorting|buying|selling)"
    r" (?=(link|dot|uni|near|atom|sui|ton)\b)"
    r"|^\W*(?=(link|dot|uni|atom|sui)\s+\d{1,2}[mhdw]\b)"
    r"|\bis (?=(link|dot|uni|atom|sui) (?:over|under|a|in|at|above|below)\w*\b)"
)
# What people call coins among themselves; no headline does.
_SLANG = {
    r"大饼": "BTC",
    r"二饼|姨太|以太(?![坊币])": "ETH",
    r"狗币|狗子": "DOGE",
    r"瑞波(?!币)": "XRP",
    r"艾达(?!币)": "ADA",
    r"柴犬币?": "SHIB",
    r"\bdoggo\b": "DOGE",
}
_NO_COINS_TEXT = (
    "RSI MACD EMA SMA MA ADX ATR VAR CVAR VWAP OBV KDJ BOLL ETF CPI NFT DEFI I A THE IS ON AT OK "
    "USD USDT EUR AI PNL DCA ATH TA H D M W "
    "LONG SHORT BUY SELL FLAT RIGHT NOW WHAT WHY HOW MY ME OF FOR AND OR NOT IT IN TO DO GO BE AM "
    "SHOULD CAN WILL THIS THAT WITH RISK RISKY PRICE TREND FORECAST BACKTEST PORTFOLIO HELP HI"
)
_NO_COINS = frozenset(_NO_COINS_TEXT.split())


def read(text: str) -> Question:
    """Read a question; it never fails: what can't be read is Intent.UNKNOWN or an empty symbol."""
    mended_text = mended(simplified(text))
    coins = _coins(mended_text)
    symbol = _symbol(mended_text, coins)
    named = tuple(dict.fromkeys(coin for coin, *_ in coins))
    time = asked_time(mended_text)
    intent = intent_of(mended_text, len(named), ahead=time.ahead)
    if intent is Intent.UNKNOWN and symbol and says_nothing_else(_without_names(mended_text)):
        intent = Intent.DECISION  # just "btc 4h?"
    if intent is Intent.UNKNOWN and symbol and time.ahead:
        intent = Intent.FORECAST  # "ETH in three days?"
    unsure = intent is Intent.UNKNOWN and bool(symbol)
    if unsure:
        intent = Intent.INDICATORS  # what the coin does is a better answer than none
    ranked = rank_asked(mended_text) if intent is Intent.RANK else AskedRank()
    own = (base_of(symbol), quote_of(symbol))
    return Question(
        intent=intent,
        symbol=symbol,
        timeframe=time.timeframe or Timeframe.H1,
        strategy=strategy_asked(mended_text, tested=intent is Intent.BACKTEST),
        horizon=time.horizon,
        wanted=indicators_asked(mended_text),
        others=tuple(coin for coin in named if symbol and coin not in own),
        strange=time.strange,
        language=language_of(text),
        stretch=stretch_asked(mended_text),
        compares=compares(mended_text),
        gauges=gauges_asked(mended_text),
        by=ranked.by,
        lowest=ranked.lowest,
        command=command_asked(mended_text) if intent is Intent.COMMAND else "",
        unsure=unsure,
        why_not=why_not(mended_text),
        timeframes=_further(mended_text, time.timeframe),
        notional=_sum_at_risk(mended_text) if intent is Intent.RISK else None,
        week=week_asked(mended_text),
        closes=intent is Intent.PORTFOLIO and _CLOSES.search(mended_text) is not None,
    )


def _further(text: str, first: Timeframe | None) -> tuple[Timeframe, ...]:
    """The timeframes beside the one that is answered, in the order written."""
    named = sorted(timeframes_named(text), key=lambda found: found[1])
    return tuple(dict.fromkeys(one for one, *_ in named if first and one != first))


def _sum_at_risk(text: str) -> Decimal | None:
    found = _SUM.search(text)
    if found is None:
        return asked_order(text).notional
    return Decimal(next(group for group in found.groups() if group).replace(",", ""))


def asked_order(text: str) -> AskedOrder:
    """Read size, stop and target that a question names: "buy 100 usdt of btc, stop 2 %"."""
    money = _MONEY.search(text)
    notional = Decimal((money[1] or money[2] or money[3]).replace(",", "")) if money else None
    stop, target = asked_exits(text)
    return AskedOrder(notional, stop, target, share_asked(text))


def _coins(text: str) -> list[tuple[str, int, int]]:
    """Every coin that the text names, in order, and where it begins and ends."""
    lower = [
        (match[0].upper(), *match.span())
        for match in re.finditer(r"(?<![A-Za-z0-9])[a-z]{3,5}(?![A-Za-z0-9])", text)
        if match[0] in _LOWER
    ]
    slang = [
        (coin, *match.span())
        for name, coin in _SLANG.items()
        for match in re.finditer(name, text, re.IGNORECASE | re.ASCII)
    ]
    after_act = [
        (ticker.upper(), *match.span(number))
        for match in _AFTER_ACT.finditer(text)
        for number, ticker in enumerate(match.groups(), start=1)
        if ticker
    ]
    return sorted([*coins_named(text), *lower, *after_act, *slang], key=lambda found: found[1:])


def is_a_name(text: str) -> bool:
    """Tell whether a text is the name of one coin or pair, and nothing else."""
    spans = [(start, end) for _, start, end in _coins(text)]
    patterns = (_QUOTED, _JOINED, _ELSEWHERE, _CAPITALS)
    spans += [match.span() for pattern in patterns for match in pattern.finditer(text)]
    return (0, len(text)) in spans


def _without_names(text: str) -> str:
    """Blank out coins, pairs and timeframes."""
    spans = [span for _, *span in (*_coins(text), *timeframes_named(text))]
    spans += [[*match.span()] for match in (*_QUOTED.finditer(text), *_JOINED.finditer(text))]
    spans += [[*match.span()] for match in _ELSEWHERE.finditer(text)]
    for match in _CAPITALS.finditer(text):
        if match[1] not in _NO_COINS:
            spans.append([*match.span()])
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _symbol(text: str, coins: list[tuple[str, int, int]]) -> str:
    """The first symbol that the question names, as base/quote; "" when there is none."""
    if elsewhere := _elsewhere(text):
        return elsewhere
    pair = _QUOTED.search(text) or _JOINED.search(text)
    if pair:
        return _parsed(f"{pair[1]}/{pair[2]}")
    if coins:
        return _parsed(coins[0][0])
    dollar = re.search(r"\$([A-Za-z][A-Za-z0-9]{1,9})\b", text, re.ASCII)
    if dollar:
        return _parsed(dollar[1])
    # Who shouts writes words in capitals too; Chinese has none.
    if text != text.upper() or re.search(r"[\u4e00-\u9fff]", text):
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
