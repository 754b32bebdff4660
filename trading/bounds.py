"""The risk limits of an account as numbers, and three sets of them to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal, get_args

from pydantic import Field

from trading.instrument import AssetClass
from trading.orders import ONE, Frozen
from trading.scope import ACCOUNT

Profile = Literal["careful", "balanced", "bold"]
PROFILE_NAMES: tuple[Profile, ...] = get_args(Profile)
DAILY_LOSS = "daily loss"  # the name under which its breach is recorded
MOST_SYMBOLS = 100

Drawdown = Annotated[Decimal, Field(gt=0, lt=1)]
Symbols = Annotated[tuple[str, ...], Field(max_length=MOST_SYMBOLS)]


class Limits(Frozen):
    """The bounds of an account; fractions of equity, leverage as gross exposure / equity.

    `max_loss_fraction`: lost at most when one order's stop is hit; `daily_loss`: lost at most
    since 00:00 UTC before entries stop for the day; `drawdowns` holds limits of single strategies
    in place of `strategy_drawdown`; `cooldown_minutes`: no new entry in a symbol for so long after
    a stop there; `allowed` (empty: all) and `blocked` are symbols; `quote_seconds`: no entry on an
    older price.
    """

    max_order_fraction: Decimal = Field(Decimal("0.02"), gt=0, le=1)
    max_symbol_fraction: Decimal = Field(Decimal("0.10"), gt=0, le=10)
    max_leverage_crypto: Decimal = Field(Decimal(3), gt=0, le=20)
    max_leverage_other: Decimal = Field(Decimal("1.5"), gt=0, le=20)
    max_loss_fraction: Decimal = Field(Decimal("0.01"), gt=0, le=1)
    daily_loss: Decimal = Field(Decimal("0.04"), gt=0, le=1)
    strategy_drawdown: Drawdown = Decimal("0.05")
    drawdowns: dict[str, Drawdown] = Field(default_factory=dict, max_length=MOST_SYMBOLS)
    account_drawdown: Drawdown = Decimal("0.08")
    max_positions: int = Field(10, ge=1, le=1000)
    cooldown_minutes: int = Field(0, ge=0, le=10_080)
    allowed: Symbols = ()
    blocked: Symbols = ()
    quote_seconds: int = Field(30, ge=1, le=30)

    def leverage(self, asset_class: AssetClass) -> Decimal:
        """Return the most that all positions of the class may be worth, in times of equity."""
        return self.max_leverage_crypto if asset_class == "crypto" else self.max_leverage_other

    def order_leverage(self, asset_class: AssetClass) -> Decimal:
        """Return the highest leverage of one order; 1 borrows nothing and is never too much."""
        return max(self.leverage(asset_class), ONE)

    def drawdown(self, scope: str) -> Decimal:
        """Return the drawdown limit of the account or of a strategy."""
        if scope == ACCOUNT:
            return self.account_drawdown
        return self.drawdowns.get(scope.partition(":")[2], self.strategy_drawdown)


def _of(
    order: str,
    symbol: str,
    crypto: str,
    other: str,
    loss: str,
    day: str,
    strategy: str,
    account: str,
    positions: int,
    cooldown: int,
    seconds: int,
) -> Limits:
    return Limits(
        max_order_fraction=Decimal(order),
        max_symbol_fraction=Decimal(symbol),
        max_leverage_crypto=Decimal(crypto),
        max_leverage_other=Decimal(other),
        max_loss_fraction=Decimal(loss),
        daily_loss=Decimal(day),
        strategy_drawdown=Decimal(strategy),
        account_drawdown=Decimal(account),
        max_positions=positions,
        cooldown_minutes=cooldown,
        quote_seconds=seconds,
    )


# Each daily loss lies well inside the account's drawdown, and takes several stops to reach.
PROFILES: Mapping[Profile, Limits] = {
    "careful": _of("0.01", "0.05", "1", "1", "0.0025", "0.02", "0.03", "0.05", 5, 60, 15),
    "balanced": _of("0.02", "0.10", "3", "1.5", "0.01", "0.04", "0.05", "0.08", 10, 15, 30),
    "bold": _of("0.05", "0.25", "5", "2", "0.02", "0.08", "0.10", "0.15", 20, 0, 30),
}
