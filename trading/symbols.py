"""The parts of a symbol.

`BTC/USDT` is a pair on the default exchange, `kraken:BTC/USD` one on another: its ccxt id stands
before the first colon.
"""

from __future__ import annotations


def exchange_of(symbol: str) -> str:
    """Return `kraken` of `kraken:BTC/USD`; "" for a symbol of the default exchange."""
    before, colon, _ = symbol.partition("/")[0].partition(":")
    return before if colon else ""


def pair_of(symbol: str) -> str:
    """Return `BTC/USD` of `kraken:BTC/USD`."""
    exchange = exchange_of(symbol)
    return symbol[len(exchange) + 1 :] if exchange else symbol


def base_of(symbol: str) -> str:
    """Return the traded coin: `BTC` of `kraken:BTC/USD`."""
    return pair_of(symbol).partition("/")[0]


def quote_of(symbol: str) -> str:
    """Return the currency of its prices: `USD` of `kraken:BTC/USD`."""
    return symbol.partition("/")[2].partition(":")[0]


def on_exchange(exchange: str, pair: str) -> str:
    """Write a pair as a symbol of that exchange; "" is the default one."""
    return f"{exchange}:{pair}" if exchange else pair


def sources_of(symbols: tuple[str, ...], default: str) -> str:
    """Return where the prices of these symbols come from: `binance`, or `binance, kraken`."""
    return ", ".join(dict.fromkeys(exchange_of(symbol) or default for symbol in symbols))
