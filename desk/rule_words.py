"""The rules of a backtest in plain words."""

from __future__ import annotations

from pydantic.fields import FieldInfo

from desk.figures import percent, plain
from desk.trial import Trial
from trading.backtest import Rules
from trading.strategies.base import PairStrategy, Parameters


def rules_in_words(trial: Trial) -> str:
    """Say when it trades, what that costs, what ends a position, and how large one is."""
    rules = trial.rules
    parts = (_costs(rules), _exits(rules), _size(rules), _sides(rules), _shares(trial))
    return " ".join(filter(None, parts))


def parameters_in_words(strategy: Parameters) -> str:
    """Write a strategy's own parameters: `fast=20 slow=100`; "" when it has none."""
    return " ".join(f"{name}={in_digits(value)}" for name, value in strategy)


def in_digits(value: object) -> str:
    """Write a parameter's value as it can be typed again."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _costs(rules: Rules) -> str:
    text = "Decided at the close, filled at the next open; "
    if not rules.fee_rate and not rules.slippage:
        return f"{text}no fee, no slippage."
    return f"{text}fee {percent(rules.fee_rate)} and slippage {percent(rules.slippage)} a side."


def _exits(rules: Rules) -> str:
    parts = [
        f"{name} {percent(share)}"
        for name, share in (
            ("stop", rules.stop_fraction),
            ("target", rules.target_fraction),
            ("trailing stop", rules.trail_fraction),
        )
        if share is not None
    ]
    if rules.hold_candles is not None:
        parts.append(f"out after {_candles(rules.hold_candles)}")
    if not parts:
        return "No stop, no target: only the signal ends a position."
    text = ", ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _size(rules: Rules) -> str:
    parts = []
    if rules.leverage != 1.0:
        parts.append(f"leverage {plain(rules.leverage)} ×, liquidation included")
    if rules.risk_fraction is not None:
        parts.append(f"sized to lose {percent(rules.risk_fraction)} of equity at the stop")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _sides(rules: Rules) -> str:
    short = "Long and short." if rules.allow_short else "Long only: a sell signal means flat."
    if not rules.funding_rate:
        return short
    paid, got = ("Longs", "shorts") if rules.funding_rate > 0 else ("Shorts", "longs")
    rate = percent(abs(rules.funding_rate))
    return f"{short} {paid} pay {rate} funding every 8 hours, {got} receive it."


def _shares(trial: Trial) -> str:
    """Say how several symbols share the money."""
    if len(trial.symbols) == 1:
        return ""
    if isinstance(trial.strategy, PairStrategy):
        return "One cash for both symbols."
    weights = "equal weights" if trial.weights == "equal" else "weights by 1 / volatility"
    if not trial.rebalance:
        return f"One cash, {weights}, never rebalanced."
    often = "candle" if trial.rebalance == 1 else f"{trial.rebalance} candles"
    return f"One cash, {weights}, rebalanced every {often}."


def _candles(count: int) -> str:
    return f"{count} {'candle' if count == 1 else 'candles'}"


def parameters_allowed(strategy: type[Parameters]) -> str:
    """Say which parameters a strategy takes, with their ranges and usual values."""
    told = [_allowed(name, field) for name, field in strategy.model_fields.items()]
    return f"{strategy.title} takes {', '.join(told) or 'no parameters'}."


def _allowed(name: str, field: FieldInfo) -> str:
    bounds = {
        side: getattr(mark, side)
        for mark in field.metadata
        for side in ("ge", "gt", "le", "lt")
        if getattr(mark, side, None) is not None
    }
    least, most = bounds.get("ge", bounds.get("gt")), bounds.get("le", bounds.get("lt"))
    usual = f"usual {in_digits(field.default)}"
    if least is None or most is None:
        return f"{name} ({usual})"
    return f"{name} ({in_digits(least)} to {in_digits(most)}, {usual})"
