"""When equity is recorded, and when a drawdown is told; pure decisions on an account's state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from desk.accounts import Decision
from desk.booking import Source
from desk.messages import DRAWDOWN, DrawdownAlert
from desk.ports import Entry, Message
from trading.account import AccountState, scopes
from trading.bounds import Limits
from trading.drawdown import drawdown, step
from trading.events import (
    AlertFired,
    EquityMarked,
    Event,
    LimitBreached,
    Tier,
    TradingPaused,
)
from trading.limits import percent
from trading.scope import ACCOUNT

# A peak this much (fraction) above the recorded one is recorded at once: a restart may forget
# no more of it.
NOTABLE_PEAK = Decimal("1.0005")


@dataclass(frozen=True)
class _Crossing:
    scope: str
    tier: Tier
    fall: Decimal
    bound: Decimal
    equity: Decimal
    peak: Decimal


def mark(
    state: AccountState,
    prices: Mapping[str, Decimal],
    now: datetime,
    limits: Limits,
    every: timedelta,
    source: Source,
) -> Decision[None]:
    """Record equity when it is due, and every tier of drawdown that a scope has moved to.

    Due: `every` has passed since the last mark while something is held, a fill came after it, a
    scope stands at a notable new peak, or a tier changes. At the limit new entries of the scope
    are paused. `prices` holds a price for each symbol held.
    """
    worth = scopes(state, prices)
    crossings = _crossings(state, worth, limits)
    if not crossings and not _due(state, worth, now, every):
        return Decision(None)
    events: list[Event] = [EquityMarked(equity=worth[ACCOUNT], scopes=worth)]
    messages = []
    for crossing in crossings:
        events += _events(state, crossing)
        # The number of the event in the key: unique for each crossing, the same on a retry.
        key = f"drawdown:{crossing.scope}:{state.seq + len(events)}"
        payload = _alert(state, crossing, now, source)
        messages.append(Message(key, state.chat_id, DRAWDOWN, payload.model_dump_json()))
    entries = [
        Entry(event, f"{event.kind}:{state.seq + place}")
        for place, event in enumerate(events, start=1)
    ]
    return Decision(None, entries, messages)


def _due(
    state: AccountState, worth: Mapping[str, Decimal], now: datetime, every: timedelta
) -> bool:
    if not state.marked:
        return True
    if not state.positions:
        return False
    last = state.last_mark
    if last is None or now - last.at >= every:
        return True
    return any(value > state.peak(scope) * NOTABLE_PEAK for scope, value in worth.items())


def _crossings(
    state: AccountState, worth: Mapping[str, Decimal], limits: Limits
) -> list[_Crossing]:
    found = []
    for scope, value in worth.items():
        peak, bound = max(state.peak(scope), value), limits.drawdown(scope)
        fall = drawdown(peak, value)
        tier = step(state.tier(scope), fall, bound)
        if tier:
            found.append(_Crossing(scope, tier, fall, bound, value, peak))
    return found


def _events(state: AccountState, crossing: _Crossing) -> list[Event]:
    scope, tier, fall, bound = crossing.scope, crossing.tier, crossing.fall, crossing.bound
    events: list[Event] = [AlertFired(scope=scope, tier=tier, drawdown=fall, bound=bound)]
    if tier == "limit":
        name = f"{scope.partition(':')[0]} drawdown"
        events.append(LimitBreached(limit=name, scope=scope, value=fall, bound=bound))
        if scope not in state.paused:
            reason = f"drawdown {percent(fall)}, the limit is {percent(bound)}"
            events.append(TradingPaused(scope=scope, reason=reason))
    return events


def _alert(
    state: AccountState, crossing: _Crossing, now: datetime, source: Source
) -> DrawdownAlert:
    return DrawdownAlert(
        scope=crossing.scope,
        tier=crossing.tier,
        drawdown=crossing.fall,
        bound=crossing.bound,
        equity=crossing.equity,
        peak=crossing.peak,
        currency=state.currency,
        paused=crossing.tier == "limit" or crossing.scope in state.paused,
        at=now,
        source=source.name,
        demo=source.demo,
    )
