"""Whether an order bets on what is held already under another name: symbols that move together.

It warns and never denies. A warning must not cost a proposal: what is not known soon is left out.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from desk.errors import MarketError
from desk.snapshot import Snapshot
from trading.account import AccountState
from trading.candles import Timeframe
from trading.errors import BadCandles, NotEnoughHistory
from trading.orders import Proposal, SameBet, Side, sign

STRONG = 0.8
# Thirty days of hours; where there are too few of them, half a year of days.
LOOKBACKS = ((Timeframe.H1, 721), (Timeframe.D1, 181))
PATIENCE = 0.7  # seconds
_CENT = Decimal("0.01")
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tie:
    """How closely a held symbol moves with another one, over so many returns of a timeframe."""

    symbol: str
    correlation: float
    timeframe: Timeframe
    returns: int


async def ties(
    compared: Callable[[], Snapshot] | None, state: AccountState, symbol: str
) -> Sequence[Tie]:
    """Return how the other symbols that are held move with `symbol`, where that is known soon.

    Takes PATIENCE at most and raises nothing; who has no candles by then is left out.
    """
    others = sorted(name for name in _held(state) if name != symbol)
    if compared is None or not others:
        return ()
    snapshot = compared()
    found = await asyncio.gather(*(_soon(snapshot, symbol, other) for other in others))
    return tuple(tie for tie in found if tie is not None)


def same_bet(state: AccountState, side: Side, found: Sequence[Tie]) -> SameBet | None:
    """Return the closest tie that makes an order of `side` a bet that is held already."""
    held = _held(state)
    alike = [
        tie
        for tie in found
        if abs(tie.correlation) >= STRONG
        and tie.symbol in held
        and tie.correlation * sign(side) * (1 if held[tie.symbol] > 0 else -1) > 0
    ]
    if not alike:
        return None
    closest = max(alike, key=lambda tie: abs(tie.correlation))
    return SameBet(
        symbol=closest.symbol,
        held="buy" if held[closest.symbol] > 0 else "sell",
        correlation=Decimal(closest.correlation).quantize(_CENT),
        timeframe=closest.timeframe.value,
        returns=closest.returns,
        others=len(alike) - 1,
    )


def still_held(old: Proposal, state: AccountState) -> SameBet | None:
    """Return what an earlier proposal said of it, where that is still held on the same side."""
    bet = old.same_bet
    if bet is None or _held(state).get(bet.symbol, Decimal(0)) * sign(bet.held) <= 0:
        return None
    return bet


def bet_in_words(proposal: Proposal) -> tuple[str, ...]:
    """Say what is held and moves with it; nothing where that is not known."""
    bet = proposal.same_bet
    if bet is None:
        return ()
    how = "with" if bet.correlation > 0 else "against"
    more = f", and so do {bet.others} more that are held" if bet.others else ""
    return (
        f"It moves {how} {bet.symbol}, held {_side(bet)} (correlation {bet.correlation} over "
        f"{bet.returns} {bet.timeframe} returns){more}: much the same bet again.",
    )


def bet_label(bet: SameBet) -> str:
    """Name the fact of a correlation with what is held."""
    return f"Correlation with {bet.symbol}, held {_side(bet)}"


def _side(bet: SameBet) -> str:
    return "long" if bet.held == "buy" else "short"


def _held(state: AccountState) -> dict[str, Decimal]:
    """Return the signed quantity of each symbol, over all strategies; none that are even."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for (_, symbol), position in state.positions.items():
        found[symbol] += position.quantity
    return {symbol: quantity for symbol, quantity in found.items() if quantity}


async def _soon(snapshot: Snapshot, symbol: str, other: str) -> Tie | None:
    try:
        async with asyncio.timeout(PATIENCE):
            return await _tie(snapshot, symbol, other)
    except (TimeoutError, MarketError, BadCandles) as error:
        logger.info("%s was not compared with %s: %s", symbol, other, error or "no candles in time")
    except Exception:
        logger.exception("comparing %s with %s failed", symbol, other)
    return None


async def _tie(snapshot: Snapshot, symbol: str, other: str) -> Tie | None:
    # Compiled code, which is loaded only when there is something to compare.
    from trading.correlation import log_returns, together

    for timeframe, count in LOOKBACKS:
        try:
            one, two = await asyncio.gather(
                snapshot.candles(symbol, timeframe, count),
                snapshot.candles(other, timeframe, count),
            )
            found = together(log_returns(one), log_returns(two))
        except NotEnoughHistory:
            continue
        return Tie(other, found.correlation, timeframe, found.returns)
    return None
