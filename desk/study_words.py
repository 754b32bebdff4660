"""What must be said beside the figures of a backtest."""

from __future__ import annotations

from collections.abc import Iterator

from desk.edge import INCREDIBLE
from desk.rule_words import rules_in_words
from desk.study import SHORTEST, Study
from trading.candles import Candles, from_ms
from trading.outages import flat_outages, total

FEW_TRADES = 30
MOSTLY = 0.5  # of the trades, from which their exits say more than the signal


def study_note(study: Study) -> str:
    """Say by which rules it traded, and what speaks against believing it."""
    return " ".join([rules_in_words(study.trial), *cautions(study)])


def cautions(study: Study) -> list[str]:
    """Say what speaks against believing it, the strategy's own caution first."""
    own = study.trial.strategy.caution
    told = [*_ends(study), *_proof(study), *_candles(study)]
    return [*filter(None, [own]), *told, "The past is no promise."]


def _ends(study: Study) -> Iterator[str]:
    """Say how the trades and the account ended."""
    reasons, count = study.endings, study.metrics.trades
    liquidated = reasons["liquidation"]
    if liquidated:
        of = f"{liquidated} of {count} trades" if count > 1 else "The one trade"
        yield f"{of} ended by liquidation."
    if study.used_up is not None:
        yield f"The account was used up on {study.used_up:%d %b %Y}: nothing was traded after that."
    protected = reasons["stop"] + reasons["target"]
    if study.usual_exits and protected > MOSTLY * count:
        yield (
            f"Stop and target ended {protected / count * 100:.0f} % of the trades; "
            "stop=none target=none tests the signal alone."
        )


def _proof(study: Study) -> Iterator[str]:
    """Say where the figures prove little."""
    trades = study.metrics.trades
    if not trades:
        yield "No trade was closed, so this proves nothing."
    elif trades < FEW_TRADES:
        yield f"Only {trades} {'trade' if trades == 1 else 'trades'}: this proves little."
    if study.period < SHORTEST:
        yield "Less than 30 days are too short for a Sharpe ratio or yearly figures."
    sharpe, interval = study.metrics.sharpe, study.intervals.sharpe
    if sharpe is not None and sharpe > INCREDIBLE:
        yield f"Too good to be true: audit it first, /audit {study.trial.strategy.name}."
    if sharpe is not None and interval is not None and sharpe > 0 >= interval.low:
        yield "The Sharpe ratio's 95 % interval reaches below zero: it may be luck."


def _history(candles: Candles, wanted: int) -> Iterator[str]:
    """Say what one symbol's history is not."""
    if len(candles) < wanted:
        first = from_ms(int(candles.time[0]))
        yield f"Its history begins on {first:%d %b %Y}: {len(candles):,} of {wanted:,} candles."
    if still := total(flat_outages(candles)):
        yield f"In {still:,} {'candle' if still == 1 else 'candles'} nothing was traded."
    if candles.made_from is not None:
        yield f"The candles are rolled up from {candles.made_from}."


def _candles(study: Study) -> Iterator[str]:
    """Say what the prices lack."""
    if study.missing:
        lack = "1 candle" if study.missing == 1 else f"{study.missing} candles"
        yield f"The exchange has {lack} missing in this span."
    if len(study.candles) == 1:
        yield from _history(study.candles[0], study.trial.candles)
    if study.dropped:
        left = "1 candle" if study.dropped == 1 else f"{study.dropped} candles"
        was = "was" if study.dropped == 1 else "were"
        yield f"{left} without one of the other symbols {was} left out."
