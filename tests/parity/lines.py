"""A backtest's trades and a book's fills in one shape, to compare line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tests.parity.follower import Placed
from trading.backtest import BacktestResult, ExitReason
from trading.candles import Candles, from_ms
from trading.instrument import Instrument
from trading.matching import to_decimal
from trading.orders import sign

Line = tuple[datetime, str, Decimal, Decimal, str]  # a candle's open, side, price, size, reason
REASONS: dict[ExitReason, str] = {
    "signal": "close",
    "time": "close",
    "stop": "stop",
    "target": "target",
    "trailing": "trailing",
    "liquidation": "liquidation",
}


def expected(result: BacktestResult, what: Instrument) -> list[Line]:
    """Write the backtest's trades as fills, one to enter and one to leave."""
    lines: list[Line] = []
    for trade in result.trades:
        enter, leave = ("buy", "sell") if trade.side == "long" else ("sell", "buy")
        quantity = to_decimal(trade.quantity, what.lot)
        lines.append(
            (trade.entered_at, enter, to_decimal(trade.entry_price, what.tick), quantity, "entry")
        )
        price = to_decimal(trade.exit_price, what.tick)
        lines.append((trade.left_at, leave, price, quantity, REASONS[trade.reason]))
    last = result.open_position
    if last:
        side = "buy" if last.side == "long" else "sell"
        price = to_decimal(last.entry_price, what.tick)
        quantity = to_decimal(last.quantity, what.lot)
        lines.append((last.entered_at, side, price, quantity, "entry"))
    return lines


def booked(fills: Sequence[Placed], candles: Candles) -> list[Line]:
    """Write the book's fills with the open of the candle that each belongs to."""
    return [
        (from_ms(int(candles.time[i])), fill.side, fill.price, fill.quantity, fill.reason)
        for i, fill in fills
    ]


@dataclass(frozen=True)
class Whole:
    """A position from flat to flat, or still open, summed over its fills (quote units)."""

    side: str
    entered: datetime
    left: datetime | None
    quantity: float
    entry_value: float
    exit_value: float
    fees: float
    reason: str


def wholes_of(fills: Sequence[Placed], candles: Candles) -> list[Whole]:
    """Sum the book's fills up, position by position."""
    found: list[Whole] = []
    part: list[Placed] = []
    held = Decimal(0)
    for placed in fills:
        held += sign(placed[1].side) * placed[1].quantity
        part.append(placed)
        if held == 0:
            found.append(_whole(part, candles, closed=True))
            part = []
    return [*found, _whole(part, candles, closed=False)] if part else found


def _whole(part: Sequence[Placed], candles: Candles, *, closed: bool) -> Whole:
    side = part[0][1].side
    fills = [fill for _, fill in part]
    entries = [fill for fill in fills if fill.side == side]
    exits = [fill for fill in fills if fill.side != side]
    return Whole(
        side=side,
        entered=from_ms(int(candles.time[part[0][0]])),
        left=from_ms(int(candles.time[part[-1][0]])) if closed else None,
        quantity=float(sum(fill.quantity for fill in entries)),
        entry_value=float(sum(fill.quantity * fill.price for fill in entries)),
        exit_value=float(sum(fill.quantity * fill.price for fill in exits)),
        fees=float(sum(fill.fee for fill in fills)),
        reason=fills[-1].reason if closed else "",
    )


def wholes(result: BacktestResult) -> list[Whole]:
    """Sum the backtest's closed trades up in the same way."""
    return [
        Whole(
            side="buy" if trade.side == "long" else "sell",
            entered=trade.entered_at,
            left=trade.left_at,
            quantity=trade.quantity,
            entry_value=trade.entry_price * trade.quantity,
            exit_value=trade.exit_price * trade.quantity,
            fees=trade.fees,
            reason=REASONS[trade.reason],
        )
        for trade in result.trades
    ]
