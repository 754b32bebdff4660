"""What is special about an exchange: one small file each in market/exchanges, found by its id."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


def as_it_is(exchange: Any) -> None:
    """Change nothing about ccxt.pro's object."""


@dataclass(frozen=True)
class Quirks:
    """Departures from ccxt's defaults.

    `options` are ccxt's options of the exchange, `market_params` go with the request for the
    list of markets, `candle_page` is how many candles one request gives (None: as ccxt says).
    `halted_params` ask for the markets that `market_params` leave out because they are halted.
    `futures_id` is the ccxt id of the exchange's futures where they have an address of their own,
    `book_levels` how many levels of an order book are asked for (None: as many as it likes).
    `newest_candles`: it gives so many of the newest candles and no older ones (None: all).
    `live` makes ccxt.pro's object ready before its first use.
    """

    options: Mapping[str, object] = field(default_factory=dict)
    market_params: Mapping[str, str] = field(default_factory=dict)
    candle_page: int | None = None
    newest_candles: int | None = None
    halted_params: Mapping[str, str] = field(default_factory=dict)
    futures_id: str | None = None
    book_levels: int | None = None
    live: Callable[[Any], None] = as_it_is


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
