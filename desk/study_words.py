"""What must be said beside the figures of a backtest."""

from __future__ import annotations

from desk.rule_words import rules_in_words
from desk.study import Study

FEW_TRADES = 30


def study_note(study: Study) -> str:
    """Say by which rules it traded, and what speaks against believing it."""
    return " ".join([rules_in_words(study.trial), *cautions(study)])


def cautions(study: Study) -> list[str]:
    """Say what speaks against believing it, the strategy's own caution first."""
    trades, missing = study.metrics.trades, study.missing
    told = [study.trial.strategy.caution]
    if not trades:
        told.append("No trade was closed, so this proves nothing.")
    elif trades < FEW_TRADES:
        told.append(f"Only {trades} {'trade' if trades == 1 else 'trades'}: this proves little.")
    sharpe, interval = study.metrics.sharpe, study.intervals.sharpe
    if sharpe is not None and interval is not None and sharpe > 0 >= interval.low:
        told.append("The Sharpe ratio's 95 % interval reaches below zero: it may be luck.")
    if missing:
        told.append(f"The exchange has {missing} candles missing in this span.")
    if study.dropped:
        told.append(f"{study.dropped} candles without one of the other symbols were left out.")
    return [*filter(None, told), "The past is no promise."]
