from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.reading import AskedOrder, Intent, asked_order, read
from tools.arguments import parse_symbol


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
        ("hello", "unknown", "", "1h"),
        ("WHAT IS THIS", "unknown", "", "1h"),
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
        ("backtest a moving average crossover on ETH", "sma_cross", None, ()),
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
    assert read("Is BTC a long on the 4h?").strange == ""
    assert read("how did BTC do in the last 24h?").strange == ""
    assert read("compare BTC and ETH").others == ("ETH",)
    assert read("BTC/USDT or not?").others == ()
    assert read("sell my btc").intent is Intent.PORTFOLIO
    assert read("backtest rsi on eth").strategy == "rsi_reversion"
