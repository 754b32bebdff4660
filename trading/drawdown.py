"""Drawdown tiers with hysteresis, so that a wobble around a threshold is told once."""

from __future__ import annotations

from decimal import Decimal

from trading.events import Tier

WARNING = Decimal("0.8")
RECOVERED = Decimal("0.7")
ZERO = Decimal(0)


def drawdown(peak: Decimal, equity: Decimal) -> Decimal:
    """Return the fall from the peak as a fraction of it, 0 at or above the peak."""
    if peak <= 0 or equity >= peak:
        return ZERO
    return (peak - equity) / peak


def step(tier: Tier, fall: Decimal, limit: Decimal) -> Tier | None:
    """Return the tier that a drawdown of `fall` moves to, None when it stays.

    Up to "warning" at 0.8 × limit and "limit" at 1 × limit; back to "ok" below 0.7 × limit,
    never half way, so a fall that swings around any one threshold crosses it once.
    """
    if fall >= limit:
        return None if tier == "limit" else "limit"
    if tier == "ok":
        return "warning" if fall >= WARNING * limit else None
    return "ok" if fall < RECOVERED * limit else None
