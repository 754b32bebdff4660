"""From what a person wants to be told of to an armed alert, or why it can't be one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from trading.alerts import Alert, AlertDraft, Direction
from trading.indicator_names import parse_indicator

FARTHEST = Decimal(100)  # times the present price, or a hundredth of it
LONGEST_WINDOW = 1440  # minutes
LEAST_MOVE = Decimal("0.001")
MOST_MOVE = Decimal(10)


@dataclass(frozen=True)
class Present:
    """Where things stand: the price's bid and ask, and the value that the alert is about.

    `low` and `high` are that value; of a price alert they are bid and ask again.
    """

    bid: Decimal
    ask: Decimal
    low: Decimal
    high: Decimal


def unfit(draft: AlertDraft, present: Present) -> str | None:
    """Say why this can't be armed; None: it can."""
    if draft.kind == "move":
        return _unfit_move(draft)
    if draft.kind == "price":
        return _too_far(draft.level, present)
    indicator = parse_indicator(draft.indicator or "")
    if indicator.scale == "price":
        return _too_far(draft.level, present)
    bounds = (indicator.lowest, indicator.highest)
    if indicator.scale == "offset":
        bounds = (-present.ask, present.ask)
    if bounds[0] < draft.level < bounds[1]:
        return None
    return f"{indicator.name} lies between {bounds[0]:f} and {bounds[1]:f}, not at {draft.level:f}."


def armed(draft: AlertDraft, present: Present, alert_id: str, at: datetime) -> Alert:
    """Return the alert; one whose value is beyond its level waits for the way back first."""
    direction = draft.direction
    if direction == "either" and draft.kind != "move":
        direction = _side(draft, present)
    margin = None
    if draft.kind == "indicator":
        indicator = parse_indicator(draft.indicator or "")
        margin = indicator.margin_at(draft.level, present.ask)
    fields = {**draft.model_dump(), "direction": direction, "margin": margin}
    alert = Alert(**fields, id=alert_id, armed_at=at)
    ready = present.high < alert.level if alert.rises else present.low > alert.level
    return alert.model_copy(update={"ready": ready})


def _side(draft: AlertDraft, present: Present) -> Direction:
    """Return the way that the value has to go to reach the level."""
    return "above" if (present.low + present.high) / 2 < draft.level else "below"


def _unfit_move(draft: AlertDraft) -> str | None:
    most = Decimal(1) if draft.direction == "below" else MOST_MOVE
    if not LEAST_MOVE <= draft.level < most:
        return (
            f"A move is from {100 * LEAST_MOVE:.1f} % to below {100 * most:.0f} %, "
            f"not {100 * draft.level:f} %."
        )
    if not 1 <= draft.window <= LONGEST_WINDOW:
        return f"A move is measured over 1 to {LONGEST_WINDOW} minutes, not {draft.window}."
    return None


def _too_far(level: Decimal, present: Present) -> str | None:
    if level > 0 and present.bid / FARTHEST <= level <= present.ask * FARTHEST:
        return None
    return (
        f"{level:f} is more than {FARTHEST} times away from the present price of "
        f"{present.ask:f}. Is a digit wrong?"
    )
