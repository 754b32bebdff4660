"""A symbol and its parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.symbols import base_of, exchange_of, on_exchange, pair_of, quote_of, sources_of

NAMES = st.text("ABC123", min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("symbol", "parts"),
    [
        ("BTC/USDT", ("", "BTC/USDT", "BTC", "USDT")),
        ("kraken:BTC/USD", ("kraken", "BTC/USD", "BTC", "USD")),
        # ccxt's name of a swap: its colon stands behind the slash and names no exchange.
        ("BTC/USDT:USDT", ("", "BTC/USDT:USDT", "BTC", "USDT")),
        ("", ("", "", "", "")),
    ],
)
def test_a_symbol_has_these_parts(symbol: str, parts: tuple[str, ...]) -> None:
    assert (exchange_of(symbol), pair_of(symbol), base_of(symbol), quote_of(symbol)) == parts


@given(exchange=st.sampled_from(["", "kraken", "okx"]), base=NAMES, quote=NAMES)
def test_parts_put_together_are_the_symbol_again(exchange: str, base: str, quote: str) -> None:
    symbol = on_exchange(exchange, f"{base}/{quote}")
    assert (exchange_of(symbol), base_of(symbol), quote_of(symbol)) == (exchange, base, quote)
    assert on_exchange(exchange_of(symbol), pair_of(symbol)) == symbol


def test_sources_name_each_exchange_once() -> None:
    symbols = ("BTC/USDT", "kraken:BTC/USD", "ETH/USDT")
    assert sources_of(symbols, "binance") == "binance, kraken"
