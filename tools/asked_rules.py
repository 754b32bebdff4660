"""From the options of a backtest to its strategy and rules; what was not asked for stays usual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from trading.errors import BadArgument

if TYPE_CHECKING:
    from desk.research import Research
    from desk.trial import Trial
    from trading.backtest import Rules
    from trading.candles import Timeframe
    from trading.strategies.base import Parameters
    from trading.strategies.catalogue import Catalogue


@dataclass(frozen=True)
class AskedRules:
    """Fractions, candles and yes or no, as tools.trial_arguments reads them.

    None: not asked for, so the usual holds; 0: none of it.
    """

    stop: float | None = None
    target: float | None = None
    trail: float | None = None
    hold: int | None = None
    leverage: float | None = None
    risk: float | None = None
    short: bool | None = None
    funding: float | None = None
    fee: float | None = None
    slippage: float | None = None

    def over(self, usual: Rules, strategy: Parameters) -> Rules:
        """Return the usual rules with what was asked for in their place.

        Errors: BadArgument when the wishes don't go together.
        """
        stop = _either(self.stop, usual.stop_fraction)
        trail = _either(self.trail, usual.trail_fraction)
        risk = _either(self.risk, usual.risk_fraction)
        if risk and not stop and not trail:
            raise BadArgument("risk= sizes by the loss at the stop: give stop= or trail= with it.")
        return replace(
            usual,
            stop_fraction=stop,
            target_fraction=_either(self.target, usual.target_fraction),
            trail_fraction=trail,
            hold_candles=self.hold or (usual.hold_candles if self.hold is None else None),
            risk_fraction=risk,
            leverage=usual.leverage if self.leverage is None else self.leverage,
            funding_rate=usual.funding_rate if self.funding is None else self.funding,
            fee_rate=usual.fee_rate if self.fee is None else self.fee,
            slippage=usual.slippage if self.slippage is None else self.slippage,
            allow_short=self._shorts(usual, strategy),
        )

    def _shorts(self, usual: Rules, strategy: Parameters) -> bool:
        from trading.strategies.base import PairStrategy

        if not isinstance(strategy, PairStrategy):
            return usual.allow_short if self.short is None else self.short
        if self.short is False:
            raise BadArgument(
                f"{strategy.title} buys one symbol and sells the other short: leave out short=no."
            )
        return True


def asked_trial(
    research: Research,
    symbols: Sequence[str],
    timeframe: Timeframe,
    strategy: str,
    parameters: Mapping[str, str] | None,
    asked: AskedRules,
    candles: int | None,
) -> Trial:
    """Return the usual trial with what was asked for in its place.

    Errors: BadArgument for an unknown strategy or parameter, or wishes that don't go together.
    """
    usual = research.trial(symbols[0], timeframe, strategy)
    chosen = made_strategy(research.catalogue, strategy, parameters or {})
    return replace(
        usual,
        symbols=tuple(symbols),
        strategy=chosen,
        rules=asked.over(usual.rules, chosen),
        candles=candles or usual.candles,
    )


def made_strategy(catalogue: Catalogue, name: str, parameters: Mapping[str, str]) -> Parameters:
    """Make a strategy; BadArgument says what is wrong, or what the strategy takes."""
    from desk.rule_words import parameters_allowed

    kind = catalogue.find(name)
    try:
        return catalogue.make(name, parameters)
    except BadArgument as error:
        unknown = parameters.keys() - kind.model_fields.keys()
        allowed = f" {parameters_allowed(kind)}" if unknown else ""
        raise BadArgument(f"{error}.{allowed}") from None


def _either(asked: float | None, usual: float | None) -> float | None:
    return usual if asked is None else asked or None
