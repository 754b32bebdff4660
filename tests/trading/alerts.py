"""Alerts and accounts that have them, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from desk.accounts import provisional
from tests.trading.ledger_events import AT, account
from trading.account import AccountState
from trading.alerts import Alert
from trading.events import AlertArmed, Event
from trading.ledger import fold

BTC = "BTC/USDT"


def alert(name: str = "a1", level: str = "30000", **changes: Any) -> Alert:
    """Make a price alert above 30000, changed as said."""
    fields = {
        "id": name,
        "kind": "price",
        "symbol": BTC,
        "direction": "above",
        "level": Decimal(level),
        "armed_at": AT,
        **changes,
    }
    return Alert(**fields)


def move(
    name: str = "m1", level: str = "0.05", direction: str = "above", window: int = 60
) -> Alert:
    return alert(name, level, kind="move", direction=direction, window=window)


def indicator(name: str = "i1", level: str = "70", **changes: Any) -> Alert:
    fields = {"kind": "indicator", "timeframe": "1h", "indicator": "RSI(14)", "margin": Decimal(2)}
    return alert(name, level, **{**fields, **changes})


def armed(*alerts: Alert) -> AccountState:
    """Return an account with these alerts."""
    return account(*(AlertArmed(alert=one) for one in alerts))


def after(state: AccountState, events: Sequence[Event], at: datetime = AT) -> AccountState:
    """Return the account after events that were recorded at this time."""
    return fold(provisional(state, events, at), state) if events else state
