"""A question taken apart, and written out again so that it is read as the same question."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from agents.names import timeframes_named
from agents.questions.asked_words import Side, side_asked
from agents.questions.reading import AskedOrder, Intent, asked_order, read
from agents.questions.thread import Earlier
from desk.language import Language
from trading.candles import Timeframe

NO_ORDER = AskedOrder()
AT_LARGE = (Intent.NEWS, Intent.RANK, Intent.PORTFOLIO)
WRITABLE = (
    *(Intent.DECISION, Intent.PRICE, Intent.INDICATORS, Intent.FORECAST, Intent.BACKTEST),
    *(Intent.RISK, Intent.PORTFOLIO, Intent.NEWS, Intent.RANK),
)
STRATEGY_NAMES = {
    "donchian_breakout": ("the Donchian breakout", "突破"),
    "rsi_reversion": ("mean reversion", "均值回归"),
    "ema_cross": ("the EMA cross", "指数均线"),
    "bollinger_reversion": ("the Bollinger reversion", "布林策略"),
    "macd": ("the MACD strategy", "MACD策略"),
    "momentum": ("the momentum strategy", "动量策略"),
    "sma_cross": ("the SMA cross", "均线"),
    "buy_and_hold": ("buy and hold", " buy and hold "),
}
SIDES = {"long": ("a long", "做多"), "short": ("a short", "做空")}
EITHER = ("a long or a short", "做多还是做空")
SHARES = {
    Decimal("0.5"): ("half the usual size", "一半仓位"),
    Decimal("0.3333"): ("a third of the usual size", "三分之一仓位"),
    Decimal("0.25"): ("a quarter of the usual size", "四分之一仓位"),
    Decimal(2): ("twice the usual size", "两倍仓位"),
}
CHINESE_UNITS = {"m": "分钟", "h": "小时", "d": "天", "w": "周"}


@dataclass(frozen=True)
class Asked:
    """What a question asks for, whole; `timeframe` as it is written (`4h`, also `7h`)."""

    intent: Intent
    symbol: str
    timeframe: str
    strategy: str | None = None
    horizon: int | None = None
    wanted: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    side: Side = ""
    why_not: Side = ""
    order: AskedOrder = NO_ORDER


def asked_in(turn: Earlier) -> Asked:
    """Read again what an earlier question asked for; its answer says what the words left open."""
    return read_whole(turn.understood, turn.symbol, turn.timeframe)


def read_whole(text: str, symbol: str = "", timeframe: str = "") -> Asked:
    """Read a whole question; `symbol` and `timeframe` hold where it names none."""
    question = read(text)
    named = any(True for _ in timeframes_named(text))
    own = timeframe if timeframe in set(Timeframe) else ""
    return Asked(
        intent=question.intent,
        symbol=question.symbol or symbol,
        timeframe=question.strange or (own if own and not named else question.timeframe.value),
        strategy=question.strategy if question.intent is Intent.BACKTEST else None,
        horizon=question.horizon,
        wanted=question.wanted,
        others=question.others,
        side=side_asked(text),
        why_not=question.why_not,
        order=asked_order(text),
    )


def restated(asked: Asked, language: Language) -> str:
    """Write a question out in full; "" when it would be read as another."""
    if asked.intent not in WRITABLE or not (asked.symbol or asked.intent in AT_LARGE):
        return ""
    text = _chinese(asked) if language is Language.ZH else _english(asked)
    return text if _essence(read_whole(text), asked) == _essence(asked, asked) else ""


def _essence(asked: Asked, wanted: Asked) -> tuple[object, ...]:
    """What must come back from reading; the rest does not matter to that kind of question."""
    timed = wanted.intent not in (Intent.PRICE, Intent.NEWS, Intent.PORTFOLIO)
    decides = wanted.intent is Intent.DECISION
    return (
        asked.intent,
        asked.symbol,
        asked.timeframe if timed else "",
        asked.strategy if wanted.intent is Intent.BACKTEST else None,
        asked.horizon if wanted.intent is Intent.FORECAST else None,
        set(asked.wanted) if wanted.intent is Intent.INDICATORS else (),
        asked.side if decides and not wanted.why_not else "",
        asked.why_not if decides else "",
        asked.order if decides and not wanted.why_not else NO_ORDER,
    )


def _english(asked: Asked) -> str:
    where = f"{asked.symbol} on the {asked.timeframe}"
    if asked.intent is Intent.DECISION:
        if asked.why_not:
            return f"Why is {asked.symbol} not {SIDES[asked.why_not][0]} on the {asked.timeframe}?"
        side = SIDES.get(asked.side, EITHER)[0]
        return f"Is {asked.symbol} {side} on the {asked.timeframe}{_order(asked.order)}?"
    if asked.intent is Intent.BACKTEST:
        name = _strategy(asked, 0)
        return f"Backtest {name} on {where}." if name else f"Backtest {where}."
    if asked.intent is Intent.FORECAST:
        ahead = f" over {asked.horizon} candles" if asked.horizon else ""
        return f"What is the forecast for {where}{ahead}?"
    if asked.intent is Intent.INDICATORS:
        if asked.wanted:
            return f"What is the {', '.join(asked.wanted)} of {where}?"
        return f"What do the indicators of {where} say?"
    if asked.intent is Intent.RANK:
        coins = ", ".join([asked.symbol, *asked.others]) if asked.symbol else "the coins"
        return f"Rank {coins} on the {asked.timeframe}."
    return {
        Intent.PRICE: f"What is the price of {asked.symbol}?",
        Intent.RISK: f"How risky is {where}?",
        Intent.NEWS: f"What is the news mood{f' of {asked.symbol}' if asked.symbol else ''}?",
        Intent.PORTFOLIO: "What is in my portfolio?",
    }[asked.intent]


def _chinese(asked: Asked) -> str:
    timeframe = chinese_timeframe(asked.timeframe)
    where = f"{asked.symbol} {timeframe}"
    if asked.intent is Intent.DECISION:
        if asked.why_not:
            return f"为什么 {where}不{SIDES[asked.why_not][1]}？"
        side = SIDES.get(asked.side)
        way = f"{side[1]}吗" if side else EITHER[1]
        return f"{where}可以{way}{_chinese_order(asked.order)}？"
    if asked.intent is Intent.BACKTEST:
        name = _strategy(asked, 1)
        return f"用{name}策略回测 {where}。" if name else f"回测 {where}。"
    if asked.intent is Intent.FORECAST:
        ahead = f"，{asked.horizon}根K线" if asked.horizon else ""
        return f"{where}的预测如何{ahead}？"
    if asked.intent is Intent.INDICATORS:
        return f"{where}的指标 {'、'.join(asked.wanted)} 如何？".replace("  ", "")
    if asked.intent is Intent.RANK:
        coins = "、".join([asked.symbol, *asked.others]) if asked.symbol else ""
        return f"比较 {coins} {timeframe}。" if coins else f"按 {timeframe}排名。"
    return {
        Intent.PRICE: f"{asked.symbol} 的价格是多少？",
        Intent.RISK: f"{where}的风险如何？",
        Intent.NEWS: f"{f'{asked.symbol} 的' if asked.symbol else ''}新闻情绪如何？",
        Intent.PORTFOLIO: "我的持仓如何？",
    }[asked.intent]


def _strategy(asked: Asked, language: int) -> str:
    names = STRATEGY_NAMES.get(asked.strategy or "")
    return names[language] if names else asked.strategy or ""


def _order(order: AskedOrder) -> str:
    parts = []
    if order.notional is not None:
        parts.append(f"with {_plain(order.notional)} USDT")
    elif order.share is not None:
        said = SHARES.get(order.share)
        parts.append(f"with {said[0] if said else f'{_percent(order.share)} of the usual size'}")
    if order.stop is not None:
        parts.append(f"stop {_percent(order.stop)}")
    if order.target is not None:
        parts.append(f"target {_percent(order.target)}")
    return "".join(f", {part}" for part in parts)


def _chinese_order(order: AskedOrder) -> str:
    parts = []
    if order.notional is not None:
        parts.append(f"用{_plain(order.notional)} USDT")
    elif order.share is not None:
        said = SHARES.get(order.share)
        parts.append(f"用{said[1] if said else f'{_percent(order.share)}的仓位'}")
    if order.stop is not None:
        parts.append(f"止损{_percent(order.stop)}")
    if order.target is not None:
        parts.append(f"止盈{_percent(order.target)}")
    return "".join(f"，{part}" for part in parts)


def _percent(fraction: Decimal) -> str:
    return f"{_plain(fraction * 100)} %"


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def chinese_timeframe(timeframe: str) -> str:
    """Write `4h` as 4小时."""
    unit = CHINESE_UNITS.get(timeframe[-1:], "")
    return f"{timeframe[:-1]}{unit}" if unit else timeframe
