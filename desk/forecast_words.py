"""A forecast as groups of facts, and in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from desk.figures import percent
from desk.forecasting import Ahead
from trading.forecast import Forecast
from trading.proof import EFFECTIVE, Proof
from trading.resampled import Estimate

TOP = 5
FIRST = (
    "Forecast accuracy",
    "Accuracy, low end",
    "Accuracy, high end",
    "Naive rate",
    "Same-as-last rate",
    "Candles scored",
)


@dataclass(frozen=True)
class Row:
    """A fact to be: `meaning` in plain words; `of_proof`: it is as old as the model."""

    label: str
    value: float | int | str
    unit: str = ""
    meaning: str = ""
    of_proof: bool = False


@dataclass(frozen=True)
class Group:
    """Rows under a heading; `spare`: more than most want to know."""

    heading: str
    rows: tuple[Row, ...]
    spare: bool = False


def groups(ahead: Ahead) -> tuple[Group, ...]:
    """Return headings with their rows, what matters most first."""
    seen = ahead.forecast
    move, *of_move = _size(seen)
    proof = _proof(seen.proof)
    first = [row for row in proof if row.label in FIRST]
    rest = [row for row in proof if row.label not in FIRST]
    return (
        Group("Direction", _direction(seen)),
        Group("Size of the move", (move,)),
        Group("Shown on unseen candles", tuple(first)),
        Group("More on unseen candles", tuple(rest), spare=True),
        Group("More on the size of the move", tuple(of_move), spare=True),
        Group("Model", _model(ahead), spare=True),
    )


def note(ahead: Ahead) -> str:
    """Say what the score means, and what the trees look at."""
    seen = ahead.forecast
    proof = seen.proof
    lines = [
        f"{'edge' if proof.edge else 'no edge'}: {percent(proof.trees.accuracy.value)} right "
        f"against {percent(proof.naive_rate)} naive and {percent(proof.last_rate)} same as the "
        "last candle.",
        f"That is {_ahead(proof.over_naive)} against naive and {_ahead(proof.over_last)} against "
        "the last candle, in points with 95 % intervals.",
    ]
    if proof.over_last.high < 0.0:
        lines.append('Plain "same as the last candle" did better.')
    if proof.effective != proof.edge:
        lines.append(_disagreement(proof))
    if proof.line.brier.value < proof.trees.brier.value:
        lines.append("The linear baseline gave the better probabilities.")
    leaning = [f"{name} ({share * 100:.0f} %)" for name, share in seen.trained.gains[:TOP] if share]
    if leaning:
        lines.append(f"The trees lean most on {', '.join(leaning)}, by share of the splits' gain.")
    return "\n".join(lines)


def _direction(seen: Forecast) -> tuple[Row, ...]:
    why = "calibrated on past folds" if seen.edge else "no more than the base rate"
    return (
        Row("Forecast ↑", seen.probability_up, "fraction", why),
        Row("Forecast edge", "edge" if seen.edge else "no edge", of_proof=True),
        Row("Forecast horizon", seen.trained.plan.horizon, "candles"),
    )


def _size(seen: Forecast) -> tuple[Row, ...]:
    move = seen.move
    worth = "better than the best EWMA" if move.edge else "no better than the best EWMA"
    return (
        Row("Expected move", move.expected, "fraction", "up or down, one standard deviation"),
        Row("EWMA move", move.naive, "fraction", "by the decay that fits the past best"),
        Row("EWMA decay", move.decay, "", "a candle's weight against the next", of_proof=True),
        Row("Move forecast", worth, of_proof=True),
    )


def _proof(proof: Proof) -> list[Row]:
    accuracy, brier = proof.trees.accuracy, proof.trees.brier
    rule = f"effective is over {EFFECTIVE * 100:.0f} % right"
    rows = (
        Row("Forecast accuracy", accuracy.value, "fraction"),
        Row("Accuracy, low end", accuracy.low, "fraction"),
        Row("Accuracy, high end", accuracy.high, "fraction"),
        Row("Naive rate", proof.naive_rate, "fraction"),
        Row("Same-as-last rate", proof.last_rate, "fraction"),
        Row("Linear accuracy", proof.line.accuracy.value, "fraction"),
        Row("Linear accuracy, low end", proof.line.accuracy.low, "fraction"),
        Row("Linear accuracy, high end", proof.line.accuracy.high, "fraction"),
        Row("Guide's rule", "effective" if proof.effective else "not effective", "", rule),
        Row("Brier score", brier.value, "loss", "0 is best, a coin has 0.25"),
        Row("Brier score, low end", brier.low, "loss"),
        Row("Brier score, high end", brier.high, "loss"),
        Row("Naive Brier score", proof.naive_brier, "loss"),
        Row("Same-as-last Brier score", proof.last_brier, "loss"),
        Row("Linear Brier score", proof.line.brier.value, "loss"),
        Row("Candles scored", proof.samples, "candles"),
    )
    return [Row(one.label, one.value, one.unit, one.meaning, of_proof=True) for one in rows]


def _model(ahead: Ahead) -> tuple[Row, ...]:
    seen = ahead.forecast
    return (
        Row("Boosted trees", seen.trained.plan.library.title, of_proof=True),
        Row("Model trained", _moment(ahead.trained_at), of_proof=True),
        Row("Learned up to", _moment(ahead.learned_to), of_proof=True),
        Row("Candles filled", seen.filled, "candles", "missing ones; not learned from"),
        Row("Candles clipped", seen.clipped, "candles", "wild returns, cut for the features"),
    )


def _disagreement(proof: Proof) -> str:
    if proof.effective:
        return (
            f"The guide's rule (over {EFFECTIVE * 100:.0f} % right) calls it effective; the "
            "statistics do not, because as much comes by luck or by always naming one direction."
        )
    return (
        f"The guide's rule (over {EFFECTIVE * 100:.0f} % right) does not call it effective; the "
        "statistics find it small, but no luck."
    )


def _ahead(difference: Estimate) -> str:
    found = (difference.value, difference.low, difference.high)
    value, low, high = (f"{100 * one:+.1f}".replace("-", "−") for one in found)
    return f"{value} ({low} to {high})"


def _moment(at: datetime) -> str:
    return f"{at:%d %b %H:%M} UTC"
