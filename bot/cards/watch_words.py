"""A watch in words: what it says, how it trades, and what it holds."""

from __future__ import annotations

from decimal import Decimal

from desk.figures import quantity
from desk.watches import WatchDraft
from trading.measure import percent
from trading.orders import Position
from trading.symbols import base_of
from trading.watches import Watch

ASKS = "asks you first"
FILLS = "fills by itself"
ONCE = (
    "Told once for each change of the signal: if this proposal ends unanswered, the next one comes "
    "with the next change."
)


def signal_words(exposure: Decimal, *, short: bool) -> str:
    """Say an exposure: `LONG 100 %`, `FLAT`, or what a watch that buys only makes of a short."""
    if exposure == 0:
        return "FLAT"
    if exposure < 0 and not short:
        return "FLAT (a sell signal)"
    return f"{'LONG' if exposure > 0 else 'SHORT'} {percent(abs(exposure))}"


def exit_words(watch: Watch | WatchDraft) -> str:
    """Say what ends a position beside the signal."""
    parts = [
        f"{name} {percent(share)}"
        for name, share in (
            ("stop", watch.stop),
            ("trailing stop", watch.trail),
            ("target", watch.target),
        )
        if share is not None
    ]
    if watch.hold is not None:
        parts.append(f"out after {watch.hold} candles")
    return ", ".join(parts) or "only the signal"


def parameter_words(watch: Watch | WatchDraft) -> str:
    """Write the strategy with its parameters."""
    told = " ".join(f"{name}={value}" for name, value in watch.parameters.items())
    return f"{watch.strategy} {told}".rstrip()


def held_words(position: Position | None) -> str:
    """Say what a watch holds."""
    if position is None:
        return "nothing"
    side = "long" if position.quantity > 0 else "short"
    return f"{side} {quantity(abs(position.quantity))} {base_of(position.symbol)}"


def missed_words(count: int) -> str:
    """Say that closes were missed; "" for none."""
    if not count:
        return ""
    closes = "1 close was" if count == 1 else f"{count} closes were"
    return f"{closes} missed while it could not be run: only the newest one counts."
