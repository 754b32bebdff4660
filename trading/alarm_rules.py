"""When an alert rings, and when it may ring again: pure decisions on one value.

After a ring an alert is quiet until its value stands back from the level by a margin and the
cooldown is over, both at once. So a value that swings around the level rings once, and no alert
rings more often than once in the cooldown.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from trading.account import AlertRecord
from trading.alerts import Alert

Step = Literal["ring", "reset"]
COOLDOWN = timedelta(minutes=15)
LEVEL_MARGIN = Decimal("0.002")  # of the level: prices, and indicators without their own margin
MOVE_MARGIN = Decimal("0.3")  # of the level: a move is over below 0.7 of it
AGAIN = timedelta(hours=4)  # within so long the next ring of an alert is hardly news
REST = timedelta(hours=2)  # without a ring for so long after a message, a run of messages is over


def step(
    record: AlertRecord,
    low: Decimal,
    high: Decimal,
    at: datetime,
    opened: datetime | None = None,
) -> Step | None:
    """Decide what an alert does about its value's range `low` to `high`.

    A live look has no duration: `opened` is None or `at`. A candle that is looked at later lasted
    from `opened` to `at`; it counts only when the alert was as it is from its beginning, so that a
    candle looked at twice does no harm. An indicator belongs to the close of its candle, `at`.
    """
    if _is_past(record, at, opened):
        return None
    alert = record.alert
    if record.ready:
        beyond = high >= alert.level if alert.rises else low <= alert.level
        return "ring" if beyond else None
    if cooling_until(record, at) is not None:
        return None
    back = high <= turning(alert) if alert.rises else low >= turning(alert)
    return "reset" if back else None


def turning(alert: Alert) -> Decimal:
    """Return the value at which the alert may ring again."""
    margin = alert.margin
    if margin is None:
        share = MOVE_MARGIN if alert.kind == "move" else LEVEL_MARGIN
        margin = abs(alert.level) * share
    return alert.level - margin if alert.rises else alert.level + margin


def cooling_until(record: AlertRecord, now: datetime) -> datetime | None:
    """Return when the cooldown ends; None: no cooldown holds.

    A last ring that lies further ahead than a cooldown was made by a clock that was wrong.
    """
    if record.ready or record.rang_at is None or abs(now - record.rang_at) >= COOLDOWN:
        return None
    return record.rang_at + COOLDOWN


def is_again(record: AlertRecord, at: datetime) -> bool:
    """Tell whether an alert that rings now did so not long ago."""
    return record.rang_at is not None and abs(at - record.rang_at) < AGAIN


def awaited(record: AlertRecord, now: datetime) -> tuple[Decimal | None, Decimal | None]:
    """Return the lowest and highest value at which nothing happens yet, both without the end.

    None: no value on that side changes anything. In its cooldown an alert waits for no value.
    """
    alert = record.alert
    if record.ready:
        return (None, alert.level) if alert.rises else (alert.level, None)
    if cooling_until(record, now) is not None:
        return None, None
    return (turning(alert), None) if alert.rises else (None, turning(alert))


def _is_past(record: AlertRecord, at: datetime, opened: datetime | None) -> bool:
    """Tell whether a look is at a time before the alert became what it is."""
    if record.alert.kind == "indicator":
        return at <= record.since
    return opened is not None and opened < at and opened < record.since
