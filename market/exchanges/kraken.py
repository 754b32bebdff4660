"""Kraken: of each timeframe the 720 newest candles alone, whatever `since` asks for."""

from __future__ import annotations

from market.connection.quirks import Quirks

# https://docs.kraken.com/api-reference/market-data/get-ohlc-data
QUIRKS = Quirks(newest_candles=720)
