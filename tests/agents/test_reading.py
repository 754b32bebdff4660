from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.questions.asked_names import ALL_COMMANDS
from agents.questions.reading import AskedOrder, Intent, asked_order, read
from agents.questions.spelling import mended
from agents.rules.phrases_facts import COMMANDS, EXAMPLES
from tools.arguments import parse_symbol
from tools.registry import discover
from trading.factor_names import KINDS


@pytest.mark.parametrize(
    ("text", "intent", "symbol", "timeframe"),
    [
        ("is BTC a long on the 1h right now?", "decision", "BTC/USDT", "1h"),
        ("short eth 4h?", "decision", "ETH/USDT", "4h"),
        ("should I buy solana", "decision", "SOL/USDT", "1h"),
        ("Should I sell my ETH position?", "decision", "ETH/USDT", "1h"),
        ("BTC long or short on the daily?", "decision", "BTC/USDT", "1d"),
        ("btc 4h?", "decision", "BTC/USDT", "4h"),
        ("Is ETH/BTC a buy on the 15m", "decision", "ETH/BTC", "15m"),
        ("would you go long dogeusdt", "decision", "DOGE/USDT", "1h"),
        ("buy eth-usd?", "decision", "ETH/USD", "1h"),
        ("is $pepe a buy", "decision", "PEPE/USDT", "1h"),
        ("is WIF bullish on the 4-hour chart?", "decision", "WIF/USDT", "4h"),
        ("is it a buy?", "decision", "", "1h"),
        ("what's my portfolio", "portfolio", "", "1h"),
        ("How am I doing?", "portfolio", "", "1h"),
        ("how risky is ADA?", "risk", "ADA/USDT", "1h"),
        ("how risky is ada?", "risk", "ADA/USDT", "1h"),
        ("VaR of Cardano", "risk", "ADA/USDT", "1h"),
        ("RSI of ETH on 4h", "indicators", "ETH/USDT", "4h"),
        ("What is the trend of chainlink?", "indicators", "LINK/USDT", "1h"),
        ("backtest donchian on BTC", "backtest", "BTC/USDT", "1h"),
        ("forecast for SOL 1d", "forecast", "SOL/USDT", "1d"),
        ("how much is bitcoin", "price", "BTC/USDT", "1h"),
        ("price of XRP", "price", "XRP/USDT", "1h"),
        ("比特币 1小时 可以做多吗", "decision", "BTC/USDT", "1h"),
        ("以太坊4小时RSI是多少", "indicators", "ETH/USDT", "4h"),
        ("我的持仓", "portfolio", "", "1h"),
        ("BTC 日线 预测", "forecast", "BTC/USDT", "1d"),
        ("any news on bitcoin?", "news", "BTC/USDT", "1h"),
        ("what is the market's mood", "news", "", "1h"),
        ("funding rate of eth", "news", "ETH/USDT", "1h"),
        ("SOL 新闻", "news", "SOL/USDT", "1h"),
        ("should I buy BTC after that news?", "decision", "BTC/USDT", "1h"),
        ("rank btc eth sol", "rank", "BTC/USDT", "1h"),
        ("which coin is the strongest on the 4h?", "rank", "", "4h"),
        ("is kraken:BTC/USD a long?", "decision", "kraken:BTC/USD", "1h"),
        ("is KRAKEN:btc-usd a long on the 4h?", "decision", "kraken:BTC/USD", "4h"),
        ("RSI of okx:ETH", "indicators", "okx:ETH/USDT", "1h"),
        ("how risky is kraken:ada/eur", "risk", "kraken:ADA/EUR", "1h"),
        ("my question: is BTC a buy?", "decision", "BTC/USDT", "1h"),
        ("note:should I buy ETH", "decision", "ETH/USDT", "1h"),
        ("hello", "greeting", "", "1h"),
        ("WHAT IS THIS", "greeting", "", "1h"),
        ("the dot on the i", "unknown", "", "1h"),
        ("", "unknown", "", "1h"),
    ],
)
def test_question_is_read(text: str, intent: str, symbol: str, timeframe: str) -> None:
    question = read(text)
    assert (question.intent.value, question.symbol, question.timeframe.value) == (
        intent,
        symbol,
        timeframe,
    )


@pytest.mark.parametrize(
    ("text", "strategy", "horizon", "wanted"),
    [
        ("backtest donchian on BTC", "donchian_breakout", None, ()),
        ("backtest rsi reversion on ETH", "rsi_reversion", None, ("RSI",)),
        ("backtest a moving average crossover on ETH", "sma_cross", None, ("EMA", "SMA")),
        ("forecast SOL 12 candles ahead", None, 12, ()),
        ("预测 SOL 8 根", None, 8, ()),
        ("RSI and MACD of BTC", None, None, ("RSI", "MACD")),
    ],
)
def test_details_are_read(
    text: str, strategy: str | None, horizon: int | None, wanted: tuple[str, ...]
) -> None:
    question = read(text)
    assert (question.strategy, question.horizon, question.wanted) == (strategy, horizon, wanted)


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("rank btc eth and sol", ("ETH", "SOL")),
        ("compare Cardano with XRP", ("XRP",)),
        ("is BTC a long, or btc short?", ()),
    ],
)
def test_further_coins_are_read(text: str, others: tuple[str, ...]) -> None:
    assert read(text).others == others


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    question = read(text)
    assert question.symbol == "" or parse_symbol(question.symbol) == question.symbol
    assert question.intent in Intent


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("xrp 5m long with 1000 usdt stop 1%", AskedOrder(Decimal(1000), Decimal("0.01"))),
        ("buy 100 usdt of btc", AskedOrder(Decimal(100))),
        ("short $1,050.5 of eth, target 5 %", AskedOrder(Decimal("1050.5"), None, Decimal("0.05"))),
        ("is BTC a long at 60000 usdt?", AskedOrder()),
        ("buy 2 btc", AskedOrder()),
        ("is BTC a long on the 1h?", AskedOrder()),
    ],
)
def test_size_and_exits_that_a_question_names_are_read(text: str, order: AskedOrder) -> None:
    assert asked_order(text) == order


def test_what_can_not_be_done_as_asked_is_noticed() -> None:
    assert read("Is BTC a long on the 7h?").strange == "7h"
    assert read("Should I short SOL 3d?").strange == "3d"
    assert read("rsi of btc 7h").strange == "7h"
    assert read("btc change 24h").strange == ""
    assert read("Is BTC a long on the 4h?").strange == ""
    assert read("how did BTC do in the last 24h?").strange == ""
    assert read("compare BTC and ETH").others == ("ETH",)
    assert read("BTC/USDT or not?").others == ()
    assert read("sell my btc").intent is Intent.PORTFOLIO
    assert read("backtest rsi on eth").strategy == "rsi_reversion"


@pytest.mark.parametrize(
    "text",
    [
        "BTC 支撑",
        "ETH 阻力",
        "btc pivots",
        "SOL 一目均衡",
        "BTC Ichimoku",
        "eth obv?",
        "Is BTC above VWAP?",
        "is ETH overbought?",
        "以太坊超买了吗",
        "stochastic ADA 15m",
        "ETH 资金费率",
        "open interest BTC",
        "is the orderbook of BTC leaning to buy or sell",
        "BTC 多头在付费吗",
        "what is the long term trend of BTC",
        "buying pressure on SOL",
        "where should I put my stop on BTC?",
        "how much should I buy of ETH",
        "which is the most liquid",
        "按波动率排名",
        "next 24h for ETH: bullish or bearish?",
        "how is BTC doing",
    ],
)
def test_question_for_facts_is_never_read_as_one_for_an_order(text: str) -> None:
    assert read(text).intent not in (Intent.DECISION, Intent.UNKNOWN)


@pytest.mark.parametrize(
    ("text", "timeframe", "horizon"),
    [
        ("ETH 未来4小时预测", "1h", 4),
        ("forecast BTC for the next 4 hours", "1h", 4),
        ("forecast BTC 4h", "4h", None),
        ("forecast BTC on the 4h", "4h", None),
        ("BTC 4小时 预测", "4h", None),
        ("where will eth be in 2 days", "1h", 48),
        ("BTC 未来三天", "4h", 18),
        ("SOL over the next week", "4h", 42),
        ("ada in the next two weeks", "1d", 14),
        ("ETH in half a year? in 6 months", "1w", 26),
        ("BTC in 2 years", "1w", 48),
        ("btc in a couple of hours", "1h", 2),
        ("forecast BTC next 30 minutes", "5m", 6),
        ("forecast BTC next 8 hours on the 15m", "15m", 32),
        ("forecast BTC next 2 days on the 15m", "1h", 48),
        ("forecast BTC next hour on the 4h", "1h", 1),
        ("ETH 两天后", "1h", 48),
        ("BTC 明天会涨吗", "1h", 24),
        ("how did BTC do in the last 24h?", "1h", None),
        ("is the next 4h candle of BTC green", "4h", None),
        ("BTC 下一个日线 预测", "1d", None),
    ],
)
def test_time_to_come_is_a_horizon_and_not_a_timeframe(
    text: str, timeframe: str, horizon: int | None
) -> None:
    question = read(text)
    assert (question.timeframe.value, question.horizon) == (timeframe, horizon)


@pytest.mark.parametrize(
    ("text", "by", "lowest"),
    [
        ("rank by volatility", "volatility", False),
        ("按波动率排名", "volatility", False),
        ("calmest coins", "volatility", True),
        ("which is the most liquid", "liquidity", False),
        ("least liquid coin", "liquidity", True),
        ("strongest of BTC, ETH, SOL", "momentum", False),
        ("weakest coin", "momentum", True),
        ("top gainers today", "momentum_1d", False),
        ("biggest losers this week", "momentum_7d", True),
        ("which coin is cheapest", "value", False),
        ("which coins move the least with bitcoin", "correlation", True),
        ("rank btc eth sol", None, False),
    ],
)
def test_ranking_goes_by_the_factor_that_is_named(text: str, by: str | None, lowest: bool) -> None:
    question = read(text)
    assert (question.intent, question.by, question.lowest) == (Intent.RANK, by, lowest)
    assert by is None or by in KINDS


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("is bitcon a buy", "BTC/USDT"),
        ("etherium long or short", "ETH/USDT"),
        ("大饼能买吗", "BTC/USDT"),
        ("以太可以做多吗", "ETH/USDT"),
        ("比特幣可以買嗎", "BTC/USDT"),
    ],
)
def test_slips_slang_and_traditional_signs_are_understood(text: str, symbol: str) -> None:
    question = read(text)
    assert (question.intent, question.symbol) == (Intent.DECISION, symbol)


def test_finding_is_no_slip_of_funding() -> None:
    assert mended("finding support in the ripples") == "finding support in the ripples"
    assert mended("suport and resistence of etherium") == "support and resistance of ethereum"


def test_coin_with_words_that_no_rule_knows_gets_an_overview_and_no_order() -> None:
    question = read("purple monkey dishwasher ETH")
    assert (question.intent, question.unsure) == (Intent.INDICATORS, True)
    assert read("purple monkey dishwasher").intent is Intent.UNKNOWN


def test_every_command_that_is_named_exists() -> None:
    commands = {path.stem for path in Path("bot/commands").glob("*.py")}
    commands |= {tool.command for tool in discover().values() if tool.command}
    words = " ".join((COMMANDS.en, COMMANDS.zh, EXAMPLES.en, NAMED_IN_READING))
    assert set(re.findall(r"/(\w+)", words)) <= commands


NAMED_IN_READING = " ".join(f"/{name}" for name in ALL_COMMANDS)


@pytest.mark.parametrize(
    ("text", "strategy"),
    [
        ("how did ema cross do on ETH last year", "ema_cross"),
        ("moving average crossover btc 4h backtest", "sma_cross"),
        ("backtest the macd strategy on btc", "macd"),
        ("动量策略在ETH表现如何", "momentum"),
    ],
)
def test_strategy_that_a_question_names_is_the_one_that_is_tested(text: str, strategy: str) -> None:
    assert read(text).strategy == strategy
