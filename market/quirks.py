"""What is special about an exchange: one small file each in market/exchanges, found by its id."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Quirks:
    """Departures from ccxt's defaults.

    `options` are ccxt's options of the exchange, `market_params` go with the request for the
    list of markets, `candle_page` is how many candles one request gives (None: as ccxt says).
    """

    options: Mapping[str, object] = field(default_factory=dict)
    market_params: Mapping[str, str] = field(default_factory=dict)
    candle_page: int | None = None


def quirks_of(exchange_id: str) -> Quirks:
    """Return `QUIRKS` of market/exchanges/<exchange_id>.py, the defaults without such a file."""
    module = f"market.exchanges.{exchange_id}"
    try:
        quirks = importlib.import_module(module).QUIRKS
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        return Quirks()
    if not isinstance(quirks, Quirks):
        raise TypeError(f"{module}.QUIRKS is no Quirks")
    return quirks
