"""What an account is worth, and how it came there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import numpy as np

from desk.accounts import Accounts
from desk.ports import AccountLog, Clock, Prices
from desk.pricing import Mark, Marks, prices
from trading.account import AccountState, equity, scopes
from trading.bounds import Limits
from trading.candles import FloatArray, IntArray, to_ms
from trading.drawdown import drawdown
from trading.events import AccountOpened, EquityMarked, Tier
from trading.orders import Order, Position
from trading.scope import ACCOUNT

ZERO = Decimal(0)


@dataclass(frozen=True)
class Holding:
    """A position at a mark; `mark.kind` says whether the price is fresh."""

    position: Position
    mark: Mark
    notional: Decimal
    unrealised: Decimal
    exits: tuple[Order, ...]


@dataclass(frozen=True)
class ScopeRisk:
    """A scope's drawdown (fraction of its peak) against its limit; `paused` holds the reason."""

    scope: str
    equity: Decimal
    peak: Decimal
    drawdown: Decimal
    limit: Decimal
    tier: Tier
    paused: str | None

    @property
    def distance(self) -> Decimal:
        """What is left until the limit, as a fraction of the peak; 0 at or beyond it."""
        return max(self.limit - self.drawdown, ZERO)


@dataclass(frozen=True)
class Portfolio:
    """An account at one moment; money in `currency`, fractions of equity or opening cash.

    `realised` is before fees; profit = equity − opening cash. `fresh` False: a price is missing,
    and its position is valued at the last one known (see each holding's mark).
    """

    account_id: str
    currency: str
    at: datetime
    source: str
    demo: bool
    fresh: bool
    cash: Decimal
    opening_cash: Decimal
    equity: Decimal
    realised: Decimal
    unrealised: Decimal
    fees: Decimal
    profit: Decimal
    profit_fraction: Decimal
    exposure: Decimal
    exposure_fraction: Decimal
    holdings: tuple[Holding, ...]
    risks: tuple[ScopeRisk, ...]


class Portfolios:
    """Looks at accounts; changes nothing."""

    def __init__(
        self,
        market: Prices,
        accounts: Accounts,
        log: AccountLog,
        clock: Clock,
        limits: Limits,
        marks: Marks | None = None,
    ) -> None:
        self._market = market
        self._accounts = accounts
        self._log = log
        self._clock = clock
        self._limits = limits
        self._marks = marks or Marks(market, clock)

    async def view(self, account_id: str) -> Portfolio:
        """Value the account now; without a fresh price at the last known one, and say so."""
        state = await self._accounts.require(account_id)
        marks = await self._marks.of(state)
        worth = prices(marks)
        total = equity(state, worth)
        holdings = tuple(
            _holding(state, position, marks[position.symbol])
            for position in sorted(state.positions.values(), key=lambda held: held.opened_at)
        )
        exposure = sum((held.notional for held in holdings), ZERO)
        return Portfolio(
            account_id=account_id,
            currency=state.currency,
            at=self._clock(),
            source=self._market.name,
            demo=self._market.demo,
            fresh=all(mark.kind == "quote" for mark in marks.values()),
            cash=state.cash,
            opening_cash=state.opening_cash,
            equity=total,
            realised=sum(state.realised.values(), ZERO),
            unrealised=sum((held.unrealised for held in holdings), ZERO),
            fees=sum(state.fees.values(), ZERO),
            profit=total - state.opening_cash,
            profit_fraction=(total - state.opening_cash) / state.opening_cash,
            exposure=exposure,
            exposure_fraction=exposure / total if total > 0 else ZERO,
            holdings=holdings,
            risks=_risks(state, scopes(state, worth), self._limits),
        )

    async def equity_history(self, account_id: str) -> tuple[IntArray, FloatArray]:
        """Return recorded equity, oldest first: times (ms UTC) and values, of one length.

        It starts with the opening cash; equity is recorded after each fill and every few minutes
        while something is held.
        """
        points: list[tuple[int, float]] = []
        for recorded in await self._log.read(account_id):
            event = recorded.event
            if isinstance(event, AccountOpened):
                points.append((to_ms(recorded.at), float(event.cash)))
            elif isinstance(event, EquityMarked):
                points.append((to_ms(recorded.at), float(event.equity)))
        times = np.array([time for time, _ in points], dtype=np.int64)
        return times, np.array([value for _, value in points], dtype=np.float64)


def _holding(state: AccountState, position: Position, mark: Mark) -> Holding:
    exits = tuple(
        order
        for order in state.orders.values()
        if order.reduce_only
        and (order.strategy, order.symbol) == (position.strategy, position.symbol)
    )
    cost = state.costs[position.strategy, position.symbol]
    worth = position.quantity * mark.price
    return Holding(position, mark, abs(worth), worth - cost, exits)


def _risks(state: AccountState, worth: dict[str, Decimal], limits: Limits) -> tuple[ScopeRisk, ...]:
    risks = []
    for scope in sorted(worth, key=lambda name: (name != ACCOUNT, name)):
        peak = max(state.peak(scope), worth[scope])
        fall = drawdown(peak, worth[scope])
        risks.append(
            ScopeRisk(
                scope,
                worth[scope],
                peak,
                fall,
                limits.drawdown(scope),
                state.tier(scope),
                state.paused.get(scope),
            )
        )
    return tuple(risks)
