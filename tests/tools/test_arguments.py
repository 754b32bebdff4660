"""What people and models write becomes clean arguments, or a clear refusal."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from tools.arguments import (
    Fraction,
    Money,
    StrategyName,
    Symbol,
    TimeframeArgument,
    without_exchange,
)
from trading.candles import Timeframe
from trading.strategies.catalogue import built_in
from trading.symbols import base_of, exchange_of, pair_of, quote_of

SYMBOL: TypeAdapter[str] = TypeAdapter(Symbol)
MONEY: TypeAdapter[Decimal] = TypeAdapter(Money)
FRACTION: TypeAdapter[Decimal] = TypeAdapter(Fraction)
TIMEFRAME: TypeAdapter[Timeframe] = TypeAdapter(TimeframeArgument)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("BTC/USDT", "BTC/USDT"),
        ("btc", "BTC/USDT"),
        ("$eth", "ETH/USDT"),
        ("BTCUSDT", "BTC/USDT"),
        ("eth-btc", "ETH/BTC"),
        ("sol_usdc", "SOL/USDC"),
        ("bitcoin", "BTC/USDT"),
        ("ETHBTC", "ETH/BTC"),
        ("1INCH", "1INCH/USDT"),
        ("USDT", "USDT/USDT"),
        ("xbt", "BTC/USDT"),
        ("kraken:btc", "kraken:BTC/USDT"),
        ("kraken:BTC/USD", "kraken:BTC/USD"),
        ("KRAKEN:btc-usd", "kraken:BTC/USD"),
        ("Kraken:XBTUSD", "kraken:BTC/USD"),
    ],
)
def test_symbol_when_written_as_people_do_is_understood(written: str, meant: str) -> None:
    assert SYMBOL.validate_python(written) == meant


@given(st.text(max_size=60))
def test_symbol_whatever_is_written_is_clean_or_refused(text: str) -> None:
    try:
        symbol = SYMBOL.validate_python(text)
    except ValidationError:
        return
    exchange, base, quote = exchange_of(symbol), base_of(symbol), quote_of(symbol)
    assert base.isalnum()
    assert quote.isalnum()
    assert pair_of(symbol) == pair_of(symbol).upper()
    assert exchange == exchange.lower()
    assert not exchange or exchange.isalnum()
    assert SYMBOL.validate_python(symbol) == symbol


@pytest.mark.parametrize("swap", ["BTC/USDT:USDT", "kraken:BTC/USD:USD", "BTC/USD:BTC-260327"])
def test_a_swap_is_refused_with_the_pair_that_is_traded(swap: str) -> None:
    with pytest.raises(ValidationError, match="no spot market, but a swap or future of BTC/USD"):
        SYMBOL.validate_python(swap)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("BTC:USD", "BTC/USD"), ("eth:usdt", "ETH/USDT"), ("bitcoin:eur", "BTC/EUR")],
)
def test_coin_before_a_colon_is_no_exchange(text: str, meant: str) -> None:
    with pytest.raises(ValidationError, match=f"did you mean {meant}"):
        SYMBOL.validate_python(text)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("binance:BTC/USDT", "BTC/USDT"),
        ("BTC+Binance:eth", "BTC+eth"),
        ("is binance:$btc a long?", "is $btc a long?"),
        ("kraken:BTC/USD", "kraken:BTC/USD"),
        ("on binance: what now", "on binance: what now"),
        ("mybinance:BTC and https://binance:8080/", "mybinance:BTC and https://binance:8080/"),
    ],
)
def test_the_default_exchange_is_not_named_before_its_symbols(text: str, left: str) -> None:
    assert without_exchange(text, "binance") == left
    assert without_exchange(text, "") == text


@given(st.one_of(st.floats(), st.integers(), st.text(max_size=30)))
def test_money_whatever_is_written_is_finite_and_positive_or_refused(value: object) -> None:
    try:
        amount = MONEY.validate_python(value)
    except ValidationError:
        return
    assert amount.is_finite()
    assert 0 < amount <= Decimal(10**12)


@pytest.mark.parametrize(("written", "meant"), [("3%", "0.03"), ("0.03", "0.03"), (0.5, "0.5")])
def test_fraction_when_written_as_percent_or_fraction_is_the_same(
    written: object, meant: str
) -> None:
    assert FRACTION.validate_python(written) == Decimal(meant)


def test_fraction_when_three_is_meant_as_percent_says_how_to_write_it() -> None:
    with pytest.raises(ValidationError, match="3%"):
        FRACTION.validate_python("3")


def test_several_symbols_where_one_is_meant_are_told_so() -> None:
    with pytest.raises(ValidationError, match=r"one symbol only, such as BTC/USDT, not BTC\+ETH"):
        SYMBOL.validate_python("BTC+ETH")


def test_timeframe_when_unknown_names_those_there_are() -> None:
    assert TIMEFRAME.validate_python(" 4H ") is Timeframe.H4
    with pytest.raises(ValidationError, match="1h"):
        TIMEFRAME.validate_python("7h")


def test_strategy_names_reach_the_model_from_the_strategies_themselves() -> None:
    adapter: TypeAdapter[str] = TypeAdapter(StrategyName)
    assert adapter.validate_python("SMA-Cross") == "sma_cross"
    assert adapter.validate_python(" SMA  cross ") == "sma_cross"
    with pytest.raises(ValidationError, match="'20' is no strategy"):
        adapter.validate_python("20")
    assert set(adapter.json_schema()["enum"]) == set(built_in().names)
