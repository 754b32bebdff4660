"""Alerts in words and on cards: what is armed, and what rang."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from bot.cards.card import Block, Button, Card
from bot.cards.proposal import simulated
from desk.figures import grouped, percent, plain, price
from desk.messages import Rings
from desk.quiet import quiet_hours, snoozed_until, zone_of
from desk.telling import told_from
from trading.account import AccountState, AlertRecord
from trading.alarm_rules import turning
from trading.alerts import Alert, AlertDraft, Ring
from trading.indicator_names import VERSUS, parse_indicator

MOST_SHOWN = 25
WAYS = {"above": "up", "below": "down", "either": "up or down"}
SNOOZES = ((60, "Snooze 1 h"), (480, "Snooze 8 h"))
A_ROW = 3  # four would break their words on a phone


def rings_card(message: Rings) -> Card:
    """Tell what rang, the newest last; of very many only the newest."""
    rings = message.rings[-MOST_SHOWN:]
    earlier = len(message.rings) - len(rings)
    if len(message.rings) == 1:
        blocks = [Block("title", f"{_sign(rings[0])} {ring_text(rings[0])}")]
    else:
        lines = [f"{_sign(ring)} {ring_text(ring)} · {ring.at:%d %b %H:%M}" for ring in rings]
        blocks = [Block("title", f"🔔 {len(message.rings)} alerts")]
        blocks += [Block("text", f"{earlier} earlier ones are not shown.")] if earlier else []
        blocks.append(Block("text", "\n".join(lines)))
    newest = message.rings[-1].at
    blocks.append(Block("small", f"{newest:%d %b %H:%M:%S} UTC · {message.source}"))
    blocks.append(simulated(demo=message.demo))
    buttons = (
        *snooze_buttons(message.account_id),
        Button("Alerts", f"alerts:{message.account_id}"),
    )
    return Card(tuple(blocks), (buttons,))


def ring_text(ring: Ring) -> str:
    """Say what happened: what crossed which level, and where it stood."""
    minutes = f"{max(1, round(ring.value / 60))} min"
    if ring.kind == "stale":
        held = " You have money in it." if ring.critical else ""
        return f"{ring.subject}: no price for {minutes}.{held}"
    if ring.kind == "fresh":
        return f"{ring.subject}: prices are back after {minutes}"
    if ring.alert is None:
        return f"{ring.subject} has reached {_exact(ring.level)}: {price(ring.value)}"
    return f"{alert_text(ring.alert)}: {value_text(ring.alert, ring.value)}"


def alert_text(alert: AlertDraft) -> str:
    """Say what an alert waits for: `BTC/USDT 1h RSI(14) above 70`."""
    if alert.kind == "move":
        way = WAYS[alert.direction]
        return f"{alert.symbol} {way} {percent(alert.level)} in {_span(alert.window)}"
    if alert.kind == "price":
        return f"{alert.symbol} {alert.direction} {_exact(alert.level)}"
    name = alert.indicator or ""
    left, versus, right = name.partition(VERSUS)
    if versus and alert.level == 0:
        return f"{alert.symbol} {alert.timeframe} {left} {alert.direction} {right}"
    level = value_text(alert, alert.level)
    return f"{alert.symbol} {alert.timeframe} {name} {alert.direction} {level}"


def value_text(alert: AlertDraft, value: Decimal) -> str:
    """Write a value of the kind that the alert is about."""
    if alert.kind == "price":
        return f"{price(value)} {alert.symbol.partition('/')[2]}".strip()
    if alert.kind == "move":
        return percent(value)
    unit = parse_indicator(alert.indicator or "").unit
    if unit == "fraction":
        return percent(value, signed=True)
    return price(value) if unit == "price" else plain(value)


def alerts_card(state: AccountState, now: datetime, *, demo: bool) -> Card:
    """List the account's alerts, each with a Remove button, and when nothing is told."""
    records = list(state.alerts.values())
    blocks = [Block("title", f"Alerts ({len(records)})" if records else "No alerts")]
    if records:
        lines = [f"{n}. {_listed(record)}" for n, record in enumerate(records, start=1)]
        blocks.append(Block("text", "\n".join(lines)))
    else:
        blocks.append(Block("text", "Arm one: /alert BTC/USDT above 30000"))
    if state.untold:
        blocks.append(Block("text", _untold_text(state, now)))
    blocks += [Block("text", quiet_text(state, now)), simulated(demo=demo)]
    removes = [
        Button(f"Remove {n}", f"disarm:{record.alert.id}")
        for n, record in enumerate(records, start=1)
    ]
    rows = [tuple(removes[start : start + A_ROW]) for start in range(0, len(removes), A_ROW)]
    snoozing = snoozed_until(state.settings, now) is not None
    end = (Button("End snooze", f"snooze:0:{state.account_id}"),)
    return Card(tuple(blocks), (*rows, end if snoozing else snooze_buttons(state.account_id)))


def armed_card(alert: Alert, *, demo: bool) -> Card:
    """Say what was armed, and how to be rid of it."""
    text = "You are told once, then it is gone." if alert.once else "You are told at each crossing."
    if not alert.ready:
        side = "below" if alert.rises else "above"
        text += (
            f" It stands there already, so it has to go {side} "
            f"{value_text(alert, turning(alert))} first."
        )
    blocks = (
        Block("title", f"Armed: {alert_text(alert)}"),
        Block("text", text),
        simulated(demo=demo),
    )
    return Card(blocks, ((Button("Remove", f"disarm:{alert.id}"),),))


def snooze_buttons(account_id: str) -> tuple[Button, ...]:
    """Make the Snooze buttons; the account is in them, so that nobody else's tap does anything."""
    return tuple(Button(label, f"snooze:{minutes}:{account_id}") for minutes, label in SNOOZES)


def quiet_text(state: AccountState, now: datetime) -> str:
    """Say when alerts wait: snoozed, quiet hours, or never."""
    zone = zone_of(state.settings)
    hours = quiet_hours(state.settings)
    snoozed = snoozed_until(state.settings, now)
    parts = []
    if snoozed is not None:
        parts.append(f"Snoozed until {snoozed.astimezone(zone):%d %b %H:%M} ({zone}).")
    if hours is not None:
        parts.append(f"Quiet hours {hours} ({zone}).")
    words = " Critical ones are told always." if parts else "No quiet hours: /settings."
    return " ".join(parts) + words


def _untold_text(state: AccountState, now: datetime) -> str:
    """Say how many rings wait, and until when: soon after a message they come together."""
    text = f"Waiting to be told: {len(state.untold)}"
    due = told_from(state, now)
    if due is None or due <= now:
        return f"{text}."
    zone = zone_of(state.settings)
    return f"{text}, together at {due.astimezone(zone):%d %b %H:%M} ({zone})."


def _listed(record: AlertRecord) -> str:
    alert = record.alert
    text = alert_text(alert) + (" · once" if alert.once else "")
    if record.ready:
        return text
    side = "below" if alert.rises else "above"
    when = f"rang {record.rang_at:%d %b %H:%M}, again" if record.rang_at else "rings"
    return f"{text} · {when} after it was {side} {value_text(alert, turning(alert))}"


def _span(minutes: int | None) -> str:
    return f"{minutes // 60} h" if minutes and minutes % 60 == 0 else f"{minutes} min"


def _exact(level: Decimal) -> str:
    """Write a price with all digits that the person gave it."""
    exponent = level.normalize().as_tuple().exponent
    return grouped(level, min(max(-int(exponent), 0), 12))


def _sign(ring: Ring) -> str:
    return {"stale": "⚠", "fresh": "✓"}.get(ring.kind, "🔔")
