"""What an exchange says of one of its markets, and a price seen there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Literal

AssetClass = Literal["crypto", "other"]
FIAT = frozenset({"AUD", "BRL", "CAD", "CHF", "EUR", "GBP", "JPY", "TRY", "USD", "ZAR"})


def asset_class_of(base: str) -> AssetClass:
    """Tell crypto from the rest (a fiat currency as base); leverage limits differ."""
    return "other" if base in FIAT else "crypto"


@dataclass(frozen=True)
class Instrument:
    """Trading rules of one symbol: price step, quantity step, smallest notional (quote units)."""

    symbol: str
    base: str
    quote: str
    tick: Decimal
    lot: Decimal
    min_notional: Decimal
    asset_class: AssetClass = "crypto"

    def floor_quantity(self, quantity: Decimal) -> Decimal:
        """Largest multiple of the lot that is not above `quantity`."""
        return (quantity / self.lot).to_integral_value(ROUND_FLOOR) * self.lot

    def price_up(self, price: Decimal) -> Decimal:
        """Lowest multiple of the tick that is not below `price`."""
        return (price / self.tick).to_integral_value(ROUND_CEILING) * self.tick

    def price_down(self, price: Decimal) -> Decimal:
        """Highest multiple of the tick that is not above `price`."""
        return (price / self.tick).to_integral_value(ROUND_FLOOR) * self.tick


@dataclass(frozen=True)
class Quote:
    """Best bid, best ask and last price at one moment, in quote units."""

    symbol: str
    bid: Decimal
    ask: Decimal
    last: Decimal
    at: datetime
    source: str
