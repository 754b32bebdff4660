"""When equity is recorded, and when a drawdown is told; pure decisions on an account's state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from desk.accounts import Decision
from desk.booking import Source
from desk.messages import DAY_LOST, DRAWDOWN, DayLost, DrawdownAlert
from desk.ports import Entry, Message
from trading.account import AccountState, scopes
from trading.barriers import loss_today
from trading.bounds import DAILY_LOSS, Limits
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
BEHIND = timedelta(minutes=2)  # so much a clock may be, and nothing is told twice for it


@dataclass(frozen=True)
class _Crossing:
    scope: str
    tier: Tier
    fall: Decimal
    bound: Decimal
    equity: Decimal
    peak: Decimal


@dataclass(frozen=True)
class _Moment:
    """When it was so, and how that is written where it lies before the recording."""

    at: datetime
    happened_at: datetime | None
    source: Source


def mark(
    state: AccountState,
    prices: Mapping[str, Decimal],
    now: datetime,
    limits: Limits,
    every: timedelta,
    source: Source,
    at: datetime | None = None,
) -> Decision[None]:
    """Record equity when it is due, every tier of drawdown a scope has moved to, a lost day.

    Due: `every` has passed since the last mark while something is held, a fill came after it, a
    scope stands at a notable new peak, a tier changes, or today's loss reaches its limit. At a
    drawdown limit new entries of the scope are paused; a lost day is recorded once, and stops
    entries until it ends. `prices` holds a price for each symbol held; `limits` hold where the
    account has none of its own. `at`: the moment of the prices, where that lies before `now`; one
    that lies before the last mark was recorded already, as far as it had anything to tell.
    """
    if at is not None and _is_known(state, at, now):
        return Decision(None)
    bounds = state.bounds(limits)
    moment = _Moment(at or now, at if at != now else None, source)
    worth = scopes(state, prices)
    crossings = _crossings(state, worth, bounds)
    day = moment.at.date()
    lost = is_lost(state, worth[ACCOUNT], day, bounds)
    if not crossings and not lost and not _due(state, worth, moment.at, every):
        return Decision(None)
    events: list[Event] = [
        EquityMarked(equity=worth[ACCOUNT], scopes=worth, happened_at=moment.happened_at)
    ]
    messages = []
    for crossing in crossings:
        events += _events(state, crossing, moment)
        # The number of the event in the key: unique for each crossing, the same on a retry.
        messages.append(_told(state, crossing, state.seq + len(events), moment))
    if lost:
        alert = _day_lost(state, worth[ACCOUNT], bounds, moment)
        events.append(_breach(alert, moment))
        payload = alert.model_dump_json()
        # Not the day: a clock that is put back loses it once more, and must not be stuck there.
        key = f"{DAY_LOST}:{state.seq + len(events)}"
        messages.append(Message(key, state.chat_id, DAY_LOST, payload, critical=True))
    entries = [
        Entry(event, f"{event.kind}:{state.seq + place}")
        for place, event in enumerate(events, start=1)
    ]
    return Decision(None, entries, messages)


def has_news(state: AccountState, worth: Mapping[str, Decimal], limits: Limits, day: date) -> bool:
    """Tell whether these equities move a tier or lose the day, as after a limit was tightened."""
    bounds = state.bounds(limits)
    return bool(_crossings(state, worth, bounds)) or is_lost(state, worth[ACCOUNT], day, bounds)


def is_lost(state: AccountState, equity: Decimal, day: date, limits: Limits) -> bool:
    """Tell whether the day's loss has reached its limit, and that is not recorded yet."""
    return state.lost_day != day and loss_today(state, equity, day) >= limits.daily_loss


def _is_known(state: AccountState, at: datetime, now: datetime) -> bool:
    """Tell whether a missed moment is looked at again, as after a crash that lost a watermark.

    A last mark of the future was made by a clock that was wrong: it says nothing. One made by a
    clock that was behind is later than it says.
    """
    last = state.last_mark
    return last is not None and at - BEHIND <= last.at <= now


def _due(state: AccountState, worth: Mapping[str, Decimal], at: datetime, every: timedelta) -> bool:
    if not state.marked:
        return True
    if not state.positions:
        return False
    last = state.last_mark
    if last is None or at - last.at >= every:
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


def _events(state: AccountState, crossing: _Crossing, moment: _Moment) -> list[Event]:
    scope, tier, fall, bound = crossing.scope, crossing.tier, crossing.fall, crossing.bound
    then = moment.happened_at
    events: list[Event] = [
        AlertFired(scope=scope, tier=tier, drawdown=fall, bound=bound, happened_at=then)
    ]
    if tier == "limit":
        name = f"{scope.partition(':')[0]} drawdown"
        events.append(
            LimitBreached(limit=name, scope=scope, value=fall, bound=bound, happened_at=then)
        )
        if scope not in state.paused:
            reason = f"drawdown {percent(fall)}, the limit is {percent(bound)}"
            events.append(TradingPaused(scope=scope, reason=reason))
    return events


def _told(state: AccountState, crossing: _Crossing, number: int, moment: _Moment) -> Message:
    """Make the message; a recovery is good news that can wait for a look at the phone."""
    alert = DrawdownAlert(
        scope=crossing.scope,
        tier=crossing.tier,
        drawdown=crossing.fall,
        bound=crossing.bound,
        equity=crossing.equity,
        peak=crossing.peak,
        currency=state.currency,
        paused=crossing.tier == "limit" or crossing.scope in state.paused,
        at=moment.at,
        source=moment.source.name,
        demo=moment.source.demo,
    )
    recovered = crossing.tier == "ok"
    return Message(
        f"drawdown:{crossing.scope}:{number}",
        state.chat_id,
        DRAWDOWN,
        alert.model_dump_json(),
        critical=not recovered,
        quiet=recovered,
    )


def _day_lost(state: AccountState, equity: Decimal, limits: Limits, moment: _Moment) -> DayLost:
    day = moment.at.date()
    return DayLost(
        loss=loss_today(state, equity, day),
        bound=limits.daily_loss,
        started_at=state.started_day_at(day),
        equity=equity,
        currency=state.currency,
        at=moment.at,
        source=moment.source.name,
        demo=moment.source.demo,
    )


def _breach(alert: DayLost, moment: _Moment) -> LimitBreached:
    return LimitBreached(
        limit=DAILY_LOSS,
        scope=ACCOUNT,
        value=alert.loss,
        bound=alert.bound,
        happened_at=moment.happened_at,
    )
