"""The state of a paper account, and what it is worth at given prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from trading.alerts import Alert, Ring
from trading.bounds import Limits
from trading.events import Tier
from trading.holding import EXACT, Holding
from trading.orders import Fill, Order, Position, Proposal
from trading.scope import ACCOUNT, strategy_scope
from trading.watches import WatchRecord

Key = tuple[str, str]  # strategy, symbol
ProposalState = Literal[
    "open", "confirmed", "rejected", "replaced", "expired", "withdrawn", "denied"
]


@dataclass(frozen=True)
class ProposalRecord:
    """A proposal, what became of it and when; `fill` once its order has filled.

    "withdrawn" and "denied" are what a watch proposed and the desk took back: what it was made for
    is gone, or a limit forbids it by now.
    """

    proposal: Proposal
    state: ProposalState
    at: datetime
    fill: Fill | None = None


@dataclass(frozen=True)
class Mark:
    """Equity of the account and of each scope at one moment, quote units."""

    at: datetime
    equity: Decimal
    scopes: Mapping[str, Decimal]


@dataclass(frozen=True)
class AlertRecord:
    """An alert, and whether it may ring; when it last did, and was last reset."""

    alert: Alert
    ready: bool = True
    rang_at: datetime | None = None
    reset_at: datetime | None = None

    @property
    def since(self) -> datetime:
        """Since when it is as it is."""
        times = (self.alert.armed_at, self.rang_at, self.reset_at)
        return max(time for time in times if time is not None)


@dataclass(frozen=True)
class AccountState:
    """Everything that an account's events say, up to and with `seq`.

    `positions` and `costs` by (strategy, symbol), a cost being the signed money paid for the
    position; `closed` maps a position's id to the fill that ended it; `orders` are the open ones,
    `waiting` the proposals that are open; `paused`, `peaks` and `tiers` by scope; `realised`
    (before fees) and `fees` by strategy; `marked`: no fill came after `last_mark`. Only the newest
    200 settled proposals and closed positions are kept. `day_equity`: what the account was worth
    when `day` (UTC) began; `lost_day`: the last day whose loss reached its limit. `stopped`: when
    a stop last ended a position, by symbol. `limits` None: the desk's own. `untold` are rings that
    no message told yet, `told_at` when one last did, `told_run` how many did without a rest
    between; `stale`: since when prices are missing, by symbol.
    """

    account_id: str
    seq: int
    last_hash: str
    chat_id: int
    currency: str
    opened_at: datetime
    opening_cash: Decimal
    cash: Decimal
    positions: Mapping[Key, Position]
    costs: Mapping[Key, Decimal]
    closed: Mapping[str, Fill]
    orders: Mapping[str, Order]
    proposals: Mapping[str, ProposalRecord]
    waiting: Mapping[str, Proposal]
    paused: Mapping[str, str]
    peaks: Mapping[str, Decimal]
    tiers: Mapping[str, Tier]
    realised: Mapping[str, Decimal]
    fees: Mapping[str, Decimal]
    last_mark: Mark | None
    marked: bool
    day: date | None
    day_equity: Decimal
    lost_day: date | None
    stopped: Mapping[str, datetime]
    limits: Limits | None
    settings: Mapping[str, str]
    alerts: Mapping[str, AlertRecord]
    untold: tuple[Ring, ...]
    told_at: datetime | None
    told_run: int
    stale: Mapping[str, datetime]
    watches: Mapping[str, WatchRecord]
    watches_armed: int

    @property
    def symbols(self) -> frozenset[str]:
        """Symbols with a position: those that equity needs a price of."""
        return frozenset(symbol for _, symbol in self.positions)

    def holding(self, strategy: str, symbol: str) -> Holding:
        """Return what the strategy holds of the symbol, a flat holding when nothing."""
        position = self.positions.get((strategy, symbol))
        if position is None:
            return Holding()
        return Holding(position.quantity, self.costs[strategy, symbol])

    def position(self, position_id: str) -> Position | None:
        """Find an open position by its id."""
        return next((held for held in self.positions.values() if held.id == position_id), None)

    @property
    def margin(self) -> Decimal:
        """Money that is set aside for all positions, quote units."""
        return sum((held.margin for held in self.positions.values()), Decimal(0))

    def started_day_at(self, day: date) -> Decimal:
        """Return what the account was worth when `day` (UTC) began, as far as was recorded."""
        if self.day == day:
            return self.day_equity
        return self.last_mark.equity if self.last_mark else self.opening_cash

    def peak(self, scope: str) -> Decimal:
        """Return the scope's highest recorded equity; it starts at the opening cash."""
        return self.peaks.get(scope, self.opening_cash)

    def tier(self, scope: str) -> Tier:
        return self.tiers.get(scope, "ok")

    def bounds(self, desk: Limits) -> Limits:
        """Return the limits that hold: the account's own or the desk's, and those of its watches.

        A watch's own drawdown limit only ever tightens what holds for its strategy.
        """
        limits = self.limits or desk
        tighter = {
            one.watch.name: min(one.watch.drawdown, limits.drawdown(one.watch.scope))
            for one in self.watches.values()
            if one.watch.drawdown is not None
        }
        if not tighter:
            return limits
        return limits.model_copy(update={"drawdowns": {**limits.drawdowns, **tighter}})


def equity(state: AccountState, marks: Mapping[str, Decimal]) -> Decimal:
    """Return cash plus every position's worth at `marks` (a price per held symbol).

    Raises KeyError when a held symbol has no mark.
    """
    total = state.cash
    for (_, symbol), position in state.positions.items():
        total = EXACT.add(total, EXACT.multiply(position.quantity, marks[symbol]))
    return total


def scopes(state: AccountState, marks: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return the equity of the account and of each strategy that ever traded.

    A strategy's equity = opening cash + its realised + its unrealised profit − its fees.
    """
    result = {ACCOUNT: equity(state, marks)}
    for strategy in state.fees:
        own = EXACT.subtract(
            EXACT.add(state.opening_cash, state.realised[strategy]), state.fees[strategy]
        )
        result[strategy_scope(strategy)] = own
    for (strategy, symbol), position in state.positions.items():
        worth = EXACT.multiply(position.quantity, marks[symbol])
        gain = EXACT.subtract(worth, state.costs[strategy, symbol])
        name = strategy_scope(strategy)
        result[name] = EXACT.add(result[name], gain)
    return result
