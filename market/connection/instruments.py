"""ccxt's market structures as instruments."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from trading.instrument import FIAT, Instrument, asset_class_of

# ccxt's three ways to state a precision (ccxt.base.decimal_to_precision).
DECIMAL_PLACES, SIGNIFICANT_DIGITS, TICK_SIZE = 2, 3, 4
SMALLEST_STEP = Decimal("0.00000001")
MONEY = FIAT | {"USDT", "USDC", "FDUSD", "TUSD", "DAI", "BUSD", "USDD", "USDE"}


def tradable(market: Mapping[str, Any]) -> bool:
    """Tell whether this is a spot market that is not switched off."""
    return market.get("spot") is True and market.get("active") is not False


def read_instrument(market: Mapping[str, Any], precision_mode: int) -> Instrument:
    """Return the trading rules of a spot market.

    A missing price or quantity step is the smallest allowed price or quantity, or else 10⁻⁸ (so
    too with significant digits, which have no fixed step). A missing smallest notional is one
    unit of a quote currency that is money, 0.0001 of one that is a coin.
    """
    precision = market.get("precision") or {}
    limits = market.get("limits") or {}
    base, quote = str(market["base"]), str(market["quote"])
    return Instrument(
        symbol=str(market["symbol"]),
        base=base,
        quote=quote,
        tick=_step(precision.get("price"), _least(limits, "price"), precision_mode),
        lot=_step(precision.get("amount"), _least(limits, "amount"), precision_mode),
        min_notional=_least(limits, "cost") or Decimal("1" if quote in MONEY else "0.0001"),
        asset_class=asset_class_of(base),
    )


def positive(value: object) -> Decimal | None:
    """Return ccxt's number as the decimal it was written as; None unless finite and positive.

    ccxt hands out floats; their shortest text is the exchange's own for up to 15 digits.
    """
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and number > 0 else None


def _least(limits: Mapping[str, Any], of: str) -> Decimal | None:
    return positive((limits.get(of) or {}).get("min"))


def _step(stated: object, least: Decimal | None, precision_mode: int) -> Decimal:
    if precision_mode == TICK_SIZE and (step := positive(stated)):
        return step
    if precision_mode == DECIMAL_PLACES and isinstance(stated, int | float):
        return Decimal(1).scaleb(-int(stated))
    return least or SMALLEST_STEP
