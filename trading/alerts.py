"""Alerts a person arms on prices and indicators, and the rings that tell them: frozen values."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal, Self

from pydantic import model_validator

from trading.candles import Timeframe
from trading.gauges import IndicatorGauge, MoveGauge, Way
from trading.orders import Frozen

AlertKind = Literal["price", "move", "indicator"]
RingKind = Literal["price", "move", "indicator", "stale", "fresh"]
Direction = Literal["above", "below", "either"]
WAYS: dict[Direction, Way] = {"above": "up", "below": "down", "either": "either"}


class AlertDraft(Frozen):
    """What a person wants to be told of, each time it happens (`once`: only the first time).

    "price": the price crosses `level` (quote units) in `direction`. "move": it moves by `level` (a
    fraction, 0.05 = 5 %) within `window` minutes, up ("above"), down ("below") or "either".
    "indicator": `indicator` (trading.indicator_names) of closed `timeframe` candles crosses
    `level`. "either" of a price or an indicator: from where it stands when the alert is armed.
    """

    kind: AlertKind
    symbol: str
    direction: Direction
    level: Decimal
    window: int = 0
    timeframe: str | None = None
    indicator: str | None = None
    once: bool = False

    @property
    def gauge(self) -> str:
        """Name the value that the alert waits for (trading.gauges)."""
        if self.kind == "move":
            return str(MoveGauge(self.symbol, self.window, WAYS[self.direction]))
        if self.kind == "indicator":
            timeframe = Timeframe(self.timeframe or Timeframe.H1)
            return str(IndicatorGauge(self.symbol, timeframe, self.indicator or ""))
        return self.symbol

    @property
    def rises(self) -> bool:
        """True when high values ring, False when low ones do."""
        return self.kind == "move" or self.direction != "below"


class Alert(AlertDraft):
    """An armed alert.

    `ready` False: its value stood beyond the level already, so it waits for the way back first.
    `margin` (in units of the value): how far back from the level the value has to go before the
    alert may ring again; None: the usual of its kind (trading.alarm_rules).
    """

    id: str
    armed_at: datetime
    ready: bool = True
    margin: Decimal | None = None

    @model_validator(mode="after")
    def _knows_its_side(self) -> Self:
        if self.direction == "either" and self.kind != "move":
            raise ValueError("only a move rings either way; a level is crossed from one side")
        return self


class Ring(Frozen):
    """One thing worth telling: what was crossed (`level`), by what (`value`), when.

    `subject` is a symbol; of "stale" and "fresh" the value is the age of the price in seconds.
    `alert` is what was armed, so that a ring can be told after its alert is gone. A `critical` one
    waits for nothing: no quiet hours, no snooze, no collecting. `again`: the same alert rang not
    long before, so that this is hardly news.
    """

    kind: RingKind
    alert_id: str | None = None
    subject: str
    value: Decimal
    level: Decimal
    at: datetime
    alert: Alert | None = None
    critical: bool = False
    again: bool = False
