"""Binance: prices from the spot endpoints alone, for tradable markets; futures apart."""

from __future__ import annotations

from typing import Any

from market.connection.quirks import Quirks


def live(exchange: Any) -> None:
    """Take the stream with bid, ask and last; all streams come over one connection.

    ccxt would open one for each list of symbols, and takes an address without "/stream" in it
    for the futures market's, whose symbols have other names: then it waits for ever.
    """
    exchange.options["watchTickers"] = {"name": "ticker"}
    exchange.stream = lambda *_, **__: "0"
    exchange.is_spot_url = lambda _: True


QUIRKS = Quirks(
    options={
        "defaultType": "spot",
        # ccxt would ask the hosts of both futures markets too.
        "fetchMarkets": {"types": ["spot"]},
        "fetchCurrencies": False,
    },
    # Without these the answer is several times as long.
    market_params={"showPermissionSets": "false", "symbolStatus": "TRADING"},
    candle_page=1000,
    halted_params={"showPermissionSets": "false", "symbolStatus": "BREAK"},
    futures_id="binanceusdm",
    # ccxt holds the next request back for a quarter of a second after this one; after 1000
    # levels for twice as long, and prices must not wait.
    book_levels=500,
    live=live,
)
