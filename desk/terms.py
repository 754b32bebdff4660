"""The terms that paper orders are priced and filled on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal


@dataclass(frozen=True)
class Terms:
    """Costs and defaults of every order; all but `lifetime` are fractions.

    `band`: how far a fill may be from the entry that was shown; `stop_fraction` and
    `target_fraction`: distances for a draft that names none; `lifetime`: until a proposal expires.
    """

    fee_rate: Decimal = Decimal("0.001")
    slippage: Decimal = Decimal("0.0005")
    band: Decimal = Decimal("0.005")
    stop_fraction: Decimal = Decimal("0.03")
    target_fraction: Decimal = Decimal("0.05")
    lifetime: timedelta = timedelta(minutes=5)
