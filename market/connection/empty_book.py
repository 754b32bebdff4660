"""A market in which nobody bids or asks: its last price is a memory."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from market.connection.instruments import positive

_SIDE = re.compile(r"(?:bid|ask|[ab]$)(?!.*(?:qty|sz|size|vol|amount|count|time))", re.IGNORECASE)


def is_empty(ticker: Mapping[str, Any]) -> bool:
    """Tell whether an exchange states bid and ask, and all of it is zero.

    ccxt leaves zeros out, so that they look like those of an exchange that states no bid and ask
    at all; hence its own words are read (`bidPrice` of Binance, `a` and `b` of Kraken).
    """
    info = ticker.get("info")
    if ticker.get("bid") is not None or ticker.get("ask") is not None:
        return False
    if not isinstance(info, Mapping):
        return False
    stated = [value for name, value in info.items() if _SIDE.match(str(name))]
    # Of a list (price, quantity, …) the price comes first.
    figures = [value[0] if isinstance(value, list) and value else value for value in stated]
    return any(_is_zero(each) for each in figures) and not any(positive(each) for each in figures)


def _is_zero(value: object) -> bool:
    return re.fullmatch(r"0+(?:\.0*)?", str(value)) is not None
