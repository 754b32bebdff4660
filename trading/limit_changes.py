"""What a change of the limits changes, and whether it loosens any of them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from trading.bounds import PROFILE_NAMES, PROFILES, Limits, Profile
from trading.scope import strategy_scope

Value = Decimal | int | tuple[str, ...]
NO_SYMBOLS: dict[str, tuple[str, ...]] = {"allowed": (), "blocked": ()}
OVERRIDES = "drawdowns"


@dataclass(frozen=True)
class Change:
    """One limit's old and new value; `strategy`: whose drawdown, for a field "drawdowns"."""

    field: str
    before: Value
    after: Value
    looser: bool
    strategy: str = ""


def changes(before: Limits, after: Limits) -> tuple[Change, ...]:
    """Return every limit that differs, in the order of the limits."""
    found: list[Change] = []
    for field in Limits.model_fields:
        if field == OVERRIDES:
            found += _drawdowns(before, after)
            continue
        old, new = getattr(before, field), getattr(after, field)
        if old != new:
            found.append(Change(field, old, new, _looser(field, old, new)))
    return tuple(found)


def loosens(before: Limits, after: Limits) -> bool:
    """Tell whether the change allows anything that was not allowed before."""
    return any(change.looser for change in changes(before, after))


def profile_of(limits: Limits) -> Profile | None:
    """Name the profile whose numbers these are, whatever symbols are allowed or blocked."""
    numbers = limits.model_copy(update=NO_SYMBOLS)
    return next((name for name in PROFILE_NAMES if PROFILES[name] == numbers), None)


def with_profile(limits: Limits, profile: Profile) -> Limits:
    """Take the profile's numbers; the symbols that are allowed or blocked stay as they are."""
    symbols = {"allowed": limits.allowed, "blocked": limits.blocked}
    return PROFILES[profile].model_copy(update=symbols)


def _drawdowns(before: Limits, after: Limits) -> list[Change]:
    found = []
    for strategy in sorted({*before.drawdowns, *after.drawdowns}):
        scope = strategy_scope(strategy)
        old, new = before.drawdown(scope), after.drawdown(scope)
        if old != new:
            found.append(Change(OVERRIDES, old, new, new > old, strategy))
    return found


def _looser(field: str, old: Value, new: Value) -> bool:
    if field == "allowed" and isinstance(old, tuple) and isinstance(new, tuple):
        return bool(old) and (not new or not set(new) <= set(old))
    if field == "blocked" and isinstance(old, tuple) and isinstance(new, tuple):
        return not set(old) <= set(new)
    if field == "cooldown_minutes":
        old, new = new, old
    assert not isinstance(old, tuple)  # noqa: S101 - all others are numbers
    assert not isinstance(new, tuple)  # noqa: S101 - all others are numbers
    return new > old
