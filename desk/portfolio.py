"""What an account is worth, and what it risks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from desk.accounts import Accounts
from desk.errors import MarketError
from desk.history import Histories
from desk.ports import AccountLog, Clock, Prices
from desk.pricing import Mark, Marks, prices
from trading.account import AccountState, equity, scopes
from trading.bounds import Limits
from trading.candles import FloatArray, IntArray
from trading.drawdown import drawdown
from trading.events import Tier
from trading.instrument import Instrument
from trading.margin import liquidation_of
from trading.orders import ONE, Order, Position
from trading.scope import ACCOUNT
from trading.symbols import base_of, quote_of

ZERO = Decimal(0)
FINEST = Decimal("1E-8")


@dataclass(frozen=True)
class Holding:
    """A position at a mark; `mark.kind` says whether the price is fresh.

    `unrealised_fraction` is of what was paid, before `leverage` (cost / margin); `liquidation` is
    the price at which the margin is used up, None: no price does that. `exits` are the orders
    that may only reduce it.
    """

    position: Position
    mark: Mark
    notional: Decimal
    unrealised: Decimal
    unrealised_fraction: Decimal
    leverage: Decimal
    liquidation: Decimal | None
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

    `realised` is before fees; profit = equity − opening cash = realised + unrealised − fees.
    `day_profit` is the change of equity since 00:00 UTC, a fraction of what it was then.
    `margin` is set aside for the positions; `entries` orders wait to open something, `orders` in
    all. `fresh` False: a price is missing, and its position is valued at the last one known (see
    each holding's mark). `limits` are the account's own, or the desk's.
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
    day_profit: Decimal
    day_fraction: Decimal
    exposure: Decimal
    exposure_fraction: Decimal
    margin: Decimal
    entries: int
    orders: int
    limits: Limits
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
        histories: Histories | None = None,
    ) -> None:
        self._market = market
        self._accounts = accounts
        self._histories = histories or Histories(log)
        self._clock = clock
        self._limits = limits
        self._marks = marks or Marks(market, clock)

    async def view(self, account_id: str) -> Portfolio:
        """Value the account now; without a fresh price at the last known one, and say so."""
        state = await self._accounts.require(account_id)
        marks = await self._marks.of(state)
        worth = prices(marks)
        total = equity(state, worth)
        instruments = {symbol: await self._instrument(symbol) for symbol in state.symbols}
        holdings = tuple(
            _holding(state, position, marks[position.symbol], instruments[position.symbol])
            for position in sorted(state.positions.values(), key=lambda held: held.opened_at)
        )
        exposure = sum((held.notional for held in holdings), ZERO)
        now, limits = self._clock(), state.limits or self._limits
        began = state.started_day_at(now.astimezone(UTC).date())
        return Portfolio(
            account_id=account_id,
            currency=state.currency,
            at=now,
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
            day_profit=total - began,
            day_fraction=(total - began) / began if began > 0 else ZERO,
            exposure=exposure,
            exposure_fraction=exposure / total if total > 0 else ZERO,
            margin=state.margin,
            entries=sum(not order.is_exit for order in state.orders.values()),
            orders=len(state.orders),
            limits=limits,
            holdings=holdings,
            risks=_risks(state, scopes(state, worth), state.bounds(self._limits)),
        )

    async def equity_history(self, account_id: str) -> tuple[IntArray, FloatArray]:
        """Return recorded equity, oldest first: times (ms UTC) and values, of one length."""
        return await self._histories.equity(account_id)

    async def _instrument(self, symbol: str) -> Instrument:
        """Return a symbol's rules; when they can't be had, prices of the finest step."""
        try:
            return await self._market.instrument(symbol)
        except MarketError:
            base, quote = base_of(symbol), quote_of(symbol)
            return Instrument(symbol, base, quote, FINEST, FINEST, ZERO)


def _holding(state: AccountState, position: Position, mark: Mark, rules: Instrument) -> Holding:
    exits = tuple(
        order
        for order in state.orders.values()
        if order.is_exit and (order.strategy, order.symbol) == (position.strategy, position.symbol)
    )
    cost = state.costs[position.strategy, position.symbol]
    worth = position.quantity * mark.price
    gain = worth - cost
    return Holding(
        position=position,
        mark=mark,
        notional=abs(worth),
        unrealised=gain,
        unrealised_fraction=gain / abs(cost) if cost else ZERO,
        leverage=abs(cost) / position.margin if position.margin else ONE,
        liquidation=liquidation_of(position, rules),
        exits=exits,
    )


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
