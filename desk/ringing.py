"""What the watch asks about alerts: pure decisions on an account's state.

A look at a value gives events, the events give a new state, and desk.telling turns that state's
untold rings into one message, in the same append.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from desk.levels import Band
from desk.telling import told_from
from trading.account import AccountState, AlertRecord
from trading.alarm_rules import awaited, cooling_until, is_again, step
from trading.alerts import Ring
from trading.events import AlertRang, AlertRemoved, AlertReset, Event, FeedChanged

STALE_AFTER = timedelta(minutes=3)


def price_events(
    state: AccountState,
    symbol: str,
    low: Decimal,
    high: Decimal,
    at: datetime,
    opened: datetime | None = None,
) -> list[Event]:
    """Return what a symbol's price from `low` to `high` does to the account's price alerts.

    A live quote: bid, ask and its time. A candle that was missed: its low and high, `at` when it
    closed, `opened` when it began; an alert that rang, was reset or was armed later leaves it out.
    """
    return _events(state, symbol, low, high, at, opened)


def value_events(
    state: AccountState,
    gauge: str,
    value: Decimal,
    at: datetime,
    opened: datetime | None = None,
) -> list[Event]:
    """Return what a gauge's value does to the account's alerts on moves and indicators."""
    return _events(state, gauge, value, value, at, opened)


def bands(state: AccountState, now: datetime) -> dict[str, Band]:
    """Return the values between which the account's alerts stay as they are, by gauge.

    An alert in its cooldown waits for no value (`next_look` has its time), but its gauge is there.
    """
    found: dict[str, Band] = {}
    for record in state.alerts.values():
        gauge = record.alert.gauge
        found[gauge] = found.get(gauge, Band()).meet(Band(*awaited(record, now)))
    return found


def next_look(state: AccountState, now: datetime) -> datetime | None:
    """Return when something about alerts is due by time alone; None: nothing is.

    A cooldown that ends, or rings that may be told then; `now`, when they may be told already.
    """
    times = [cooling_until(record, now) for record in state.alerts.values()]
    times.append(told_from(state, now))
    return min((time for time in times if time is not None), default=None)


def feed_events(
    state: AccountState, symbol: str, last_seen: datetime, now: datetime
) -> list[Event]:
    """Return what the age of a symbol's newest price does to the account.

    `last_seen`: when a fresh price was last had, at first when the watch began; look after
    fetching prices, or a process that slept takes itself for a feed that stopped. A symbol that
    the account has nothing to do with any more is forgotten without a word.
    """
    stale_since = state.stale.get(symbol)
    concerned = symbol in followed(state)
    age = now - last_seen
    if stale_since is None and concerned and age > STALE_AFTER:
        ring = _feed_ring(state, "stale", symbol, age, now)
        return [FeedChanged(symbol=symbol, stale_since=last_seen), AlertRang(ring=ring)]
    if stale_since is None or (concerned and age > STALE_AFTER):
        return []
    back = FeedChanged(symbol=symbol, stale_since=None)
    if not concerned:
        return [back]
    return [back, AlertRang(ring=_feed_ring(state, "fresh", symbol, now - stale_since, now))]


def followed(state: AccountState) -> frozenset[str]:
    """Return the symbols whose prices the account needs: held, ordered, or with an alert."""
    ordered = {order.symbol for order in state.orders.values()}
    return state.symbols | ordered | {record.alert.symbol for record in state.alerts.values()}


def _events(
    state: AccountState,
    gauge: str,
    low: Decimal,
    high: Decimal,
    at: datetime,
    opened: datetime | None,
) -> list[Event]:
    events: list[Event] = []
    for record in _on(state, gauge):
        taken = step(record, low, high, at, opened)
        if taken == "reset":
            events.append(AlertReset(alert_id=record.alert.id, happened_at=at))
        elif taken == "ring":
            events += _ring(record, high if record.alert.rises else low, at)
    return events


def _on(state: AccountState, gauge: str) -> Iterable[AlertRecord]:
    return (record for record in state.alerts.values() if record.alert.gauge == gauge)


def _ring(record: AlertRecord, value: Decimal, at: datetime) -> list[Event]:
    alert = record.alert
    ring = Ring(
        kind=alert.kind,
        alert_id=alert.id,
        subject=alert.symbol,
        value=value,
        level=alert.level,
        at=at,
        alert=alert,
        again=is_again(record, at),
    )
    rang: list[Event] = [AlertRang(ring=ring)]
    return [*rang, AlertRemoved(alert_id=alert.id, reason="done")] if alert.once else rang


def _feed_ring(
    state: AccountState, kind: Literal["stale", "fresh"], symbol: str, age: timedelta, now: datetime
) -> Ring:
    """Make the ring of a feed; with money in the symbol its silence is critical."""
    return Ring(
        kind=kind,
        subject=symbol,
        value=Decimal(round(age.total_seconds())),
        level=Decimal(round(STALE_AFTER.total_seconds())),
        at=now,
        critical=kind == "stale" and symbol in state.symbols,
    )
