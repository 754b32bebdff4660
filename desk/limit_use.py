"""How much of each limit an account uses at this moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from trading.account import AccountState, scopes
from trading.barriers import cooling_until, loss_today
from trading.bounds import Limits
from trading.drawdown import drawdown
from trading.exposure import Exposure, balance, exposure, waiting_entries
from trading.scope import ACCOUNT, strategy_scope

ZERO = Decimal(0)


@dataclass(frozen=True)
class ScopeUse:
    """A scope's drawdown and its limit, fractions; `paused` holds the reason."""

    scope: str
    drawdown: Decimal
    limit: Decimal
    paused: str | None


@dataclass(frozen=True)
class Over:
    """A limit (a field of Limits) that is reached or passed; `subject` says where, if not all."""

    field: str
    subject: str
    value: Decimal
    bound: Decimal


@dataclass(frozen=True)
class LimitUse:
    """The account's limits and what is used of them; fractions of equity, 0 without equity.

    `own` False: the desk's limits hold. `symbols`: exposure of each symbol, the largest first;
    `crypto` and `other`: gross exposure in times of equity; waiting entries count in both, in
    `positions` and in `margin`, a fraction of the money without open profit. `cooling`: when a
    symbol may be entered again after a stop. `fresh` False: a price is missing, and the last one
    known stands in.
    """

    limits: Limits
    own: bool
    currency: str
    equity: Decimal
    symbols: tuple[tuple[str, Decimal], ...]
    crypto: Decimal
    other: Decimal
    margin: Decimal
    positions: int
    waiting: int
    lost_today: Decimal
    day_lost: bool
    cooling: Mapping[str, datetime]
    scopes: tuple[ScopeUse, ...]
    fresh: bool

    def over(self, limits: Limits) -> tuple[Over, ...]:
        """Return what keeps entries out under these limits, wherever it is used up."""
        found = [
            Over("max_leverage_crypto", "", self.crypto, limits.max_leverage_crypto),
            Over("max_leverage_other", "", self.other, limits.max_leverage_other),
            Over("max_positions", "", Decimal(self.positions), Decimal(limits.max_positions)),
            Over("daily_loss", "", self.lost_today, limits.daily_loss),
        ]
        bound = limits.max_symbol_fraction
        found += [Over("max_symbol_fraction", symbol, used, bound) for symbol, used in self.symbols]
        found.extend(_over_drawdown(risk, limits) for risk in self.scopes)
        return tuple(one for one in found if one.value >= one.bound)


def limit_use(
    state: AccountState,
    marks: Mapping[str, Decimal],
    limits: Limits,
    at: datetime,
    *,
    fresh: bool,
) -> LimitUse:
    """Measure an account against its limits; `limits` hold where it has none of its own."""
    bounds = state.limits or limits
    worth = scopes(state, marks)
    equity, open_, money = worth[ACCOUNT], exposure(state, marks), balance(state)

    def share(value: Decimal) -> Decimal:
        return value / equity if equity > 0 else ZERO

    until = {symbol: cooling_until(state, symbol, bounds) for symbol in state.stopped}
    return LimitUse(
        limits=bounds,
        own=state.limits is not None,
        currency=state.currency,
        equity=equity,
        symbols=tuple((symbol, share(size)) for symbol, size in _largest_first(open_)),
        crypto=share(open_.of_class("crypto")),
        other=share(open_.of_class("other")),
        margin=open_.margin / money if money > 0 else ZERO,
        positions=len(open_.keys),
        waiting=len(waiting_entries(state)),
        lost_today=loss_today(state, equity, at.date()),
        day_lost=state.lost_day == at.date(),
        cooling={symbol: end for symbol, end in until.items() if end is not None and end > at},
        scopes=_scopes(state, worth, state.bounds(limits)),
        fresh=fresh,
    )


def _over_drawdown(risk: ScopeUse, limits: Limits) -> Over:
    name = risk.scope.partition(":")[2]
    field = "account_drawdown" if risk.scope == ACCOUNT else "strategy_drawdown"
    field = "drawdowns" if name in limits.drawdowns else field
    return Over(
        field, f"drawdown of {name}" if name else "", risk.drawdown, limits.drawdown(risk.scope)
    )


def _largest_first(open_: Exposure) -> list[tuple[str, Decimal]]:
    return sorted(open_.of_pairs.items(), key=lambda pair: (-pair[1], pair[0]))


def _scopes(
    state: AccountState, worth: Mapping[str, Decimal], limits: Limits
) -> tuple[ScopeUse, ...]:
    """Measure the account, each strategy that traded, and each with a limit of its own."""
    named = {*worth, *state.paused, *(strategy_scope(name) for name in limits.drawdowns)}
    found = []
    for scope in sorted(named, key=lambda name: (name != ACCOUNT, name)):
        fall = drawdown(state.peak(scope), worth.get(scope, state.opening_cash))
        found.append(ScopeUse(scope, fall, limits.drawdown(scope), state.paused.get(scope)))
    return tuple(found)
