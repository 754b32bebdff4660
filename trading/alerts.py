"""Alerts a person arms on prices and indicators, and the rings that tell them: frozen values."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from trading.orders import Frozen

AlertKind = Literal["price", "move", "indicator"]
RingKind = Literal["price", "move", "indicator", "recovered", "stale", "fresh", "daily_loss"]
Direction = Literal["above", "below", "either"]


class Alert(Frozen):
    """What a person wants to be told of, each time it happens (`once`: only the first time).

    "price": the price crosses `level` (quote units) in `direction`. "move": it moves by `level` (a
    fraction, 0.05 = 5 %) within `window` minutes, up ("above"), down ("below") or "either".
    "indicator": `indicator` (a name as tools give it, "RSI(14)") of closed `timeframe` candles
    crosses `level`.
    """

    id: str
    kind: AlertKind
    symbol: str
    direction: Direction
    level: Decimal
    window: int = 0
    timeframe: str | None = None
    indicator: str | None = None
    once: bool = False
    armed_at: datetime


class Ring(Frozen):
    """One thing worth telling: what was crossed (`level`), by what (`value`), when.

    `subject` is a symbol, or a scope for "recovered" and "daily_loss" (values are fractions then);
    of "stale" and "fresh" the value is the age of the price in seconds.
    """

    kind: RingKind
    alert_id: str | None = None
    subject: str
    value: Decimal
    level: Decimal
    at: datetime
