"""Limits, terms and costs of the desk, as the settings state them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from desk.terms import Terms
from settings import Settings
from trading.bounds import Limits

if TYPE_CHECKING:
    from trading.backtest import Rules
    from trading.scoring import Costs


def limits_of(settings: Settings) -> Limits:
    return Limits(
        max_order_fraction=settings.max_order_fraction,
        max_symbol_fraction=settings.max_symbol_fraction,
        max_leverage_crypto=settings.max_leverage_crypto,
        max_leverage_other=settings.max_leverage_other,
        max_loss_fraction=settings.max_loss_fraction,
        daily_loss=settings.daily_loss_limit,
        strategy_drawdown=settings.strategy_drawdown_limit,
        account_drawdown=settings.account_drawdown_limit,
        max_positions=settings.max_positions,
        cooldown_minutes=settings.cooldown_minutes,
        quote_seconds=settings.quote_seconds,
    )


def terms_of(settings: Settings) -> Terms:
    return Terms(
        fee_rate=settings.fee_rate,
        slippage=settings.slippage,
        band=settings.price_band,
        stop_fraction=settings.stop_fraction,
        target_fraction=settings.target_fraction,
        lifetime=timedelta(seconds=settings.proposal_seconds),
    )


def costs_of(settings: Settings) -> Costs:
    """Verdicts are followed on paper at the costs of paper orders."""
    from trading.scoring import Costs

    return Costs(float(settings.fee_rate), float(settings.slippage))


def rules_of(settings: Settings) -> Rules:
    """Backtests pay the same costs and keep the same exits as paper orders."""
    from trading.backtest import Rules

    return Rules(
        fee_rate=float(settings.fee_rate),
        slippage=float(settings.slippage),
        stop_fraction=float(settings.stop_fraction),
        target_fraction=float(settings.target_fraction),
    )
