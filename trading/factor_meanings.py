"""What a factor's figure means, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from trading.factor_names import KINDS, NAMES, FactorName


def _change(value: float) -> str:
    return "the price rose" if value > 0 else "the price fell" if value < 0 else "unchanged"


def _deviations(value: float) -> str:
    if abs(value) < 1:
        return "within a usual move of that time"
    return f"{'rose' if value > 0 else 'fell'} more than a usual move of that time"


def _wildness(value: float) -> str:
    return "calm for a coin" if value < 0.4 else "wild" if value > 1.0 else "usual for a coin"


def _against(value: float) -> str:
    if abs(value) < 2:
        return "near its trend"
    return "dear against its trend" if value > 0 else "cheap against its trend"


def _beta(value: float) -> str:
    if value < 0:
        return "moves against BTC"
    if abs(value - 1) < 0.1:
        return "moves as far as BTC"
    return "moves further than BTC" if value > 1 else "moves less than BTC"


def _closeness(value: float) -> str:
    if abs(value) < 0.3:
        return "goes its own way"
    how = "closely " if abs(value) >= 0.8 else ""
    return f"moves {how}{'with' if value > 0 else 'against'} BTC"


def _plainly(name: FactorName) -> Callable[[float], str]:
    return lambda _: KINDS[name].said


MEANINGS: Mapping[FactorName, Callable[[float], str]] = MappingProxyType(
    {
        **{name: _plainly(name) for name in NAMES},
        "momentum": _change,
        "momentum_1d": _change,
        "momentum_7d": _change,
        "scaled": _deviations,
        "volatility": _wildness,
        "value": _against,
        "beta": _beta,
        "correlation": _closeness,
    }
)
