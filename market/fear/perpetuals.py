"""Which perpetual future belongs to a coin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from market.connection.instruments import positive

# Traders mostly use the first of these that there is.
QUOTES = ("USDT", "USD", "USDC")
# Coins of very small prices are traded by the thousand or million: 1000SHIB/USDT:USDT.
MULTIPLES = ("", "1000", "1000000")


@dataclass(frozen=True)
class Perpetual:
    """A linear perpetual: its profit is paid in `quote`; a contract is `size` of its base."""

    symbol: str
    quote: str
    size: float


def perpetuals_by_base(markets: Iterable[Mapping[str, Any]]) -> dict[str, Perpetual]:
    """Return the perpetual that most people trade of each base, from ccxt's market structures."""
    found: dict[str, Perpetual] = {}
    for market in markets:
        linear = market.get("swap") is True and market.get("linear") is True
        if linear and market.get("active") is not False:
            size = positive(market.get("contractSize"))
            perpetual = Perpetual(
                str(market["symbol"]), str(market["quote"]), 1.0 if size is None else float(size)
            )
            base = str(market["base"])
            found[base] = min(found.get(base, perpetual), perpetual, key=_rank)
    return found


def perpetual_of(coin: str, known: Mapping[str, Perpetual]) -> Perpetual | None:
    """Return the perpetual of a coin, perhaps of a thousand or a million of it."""
    names = (multiple + coin for multiple in MULTIPLES)
    return next((known[name] for name in names if name in known), None)


def _rank(perpetual: Perpetual) -> int:
    return QUOTES.index(perpetual.quote) if perpetual.quote in QUOTES else len(QUOTES)
