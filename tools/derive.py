"""New figures from known ones: a difference, a ratio, a change in percent, a loss at a stop."""

from __future__ import annotations

import re
from decimal import Decimal
from math import isfinite
from typing import Literal

from desk.facts import Fact
from desk.result import Result
from tools.arguments import FactId, Fraction
from tools.context import Context
from tools.registry import tool
from trading.errors import BadArgument
from trading.symbols import base_of, quote_of

Operation = Literal["difference", "ratio", "percent_change", "loss_at_stop"]
Row = tuple[str, float | Decimal, str]
NAME = "derive"
MINUS, OVER, AGAINST = " − ", " / ", " against "
_COUNTED = frozenset({"candles", "days", "items", "positions", "trades", "h", "min"})
_NO_MONEY = frozenset({"", "fraction", "points", "loss", "score"}) | _COUNTED
# What an order may be entered or left at, as against an amount of money.
_LEVEL = re.compile(
    r"Last price|Price now|Bid|Ask|Entry(?: price)?|Stop|Target|[ES]MA \d+|VWAP|Support|Resistance"
    r"|Alert level"
)
ONE, CENT = Decimal(1), Decimal("0.01")


@tool(command=None, example="difference f3 f7")
async def derive(
    context: Context,
    operation: Operation,
    first: FactId,
    second: FactId | None = None,
    *,
    stop: Fraction | None = None,
    size: FactId | None = None,
) -> Result:
    """Compute a new fact from facts that tools gave; the only way to a figure that none gave.

    difference is first − second, ratio first / second, percent_change first / second − 1. For
    loss_at_stop, first is the entry's price, second the stop's price or its distance (or give
    stop as a fraction), size what is bought or sold; without size it is a share of the entry.

    Args:
        operation: difference, ratio, percent_change or loss_at_stop
        first: id of a fact, such as f3
        second: id of the fact that the first is compared with, or of the stop
        stop: distance of the stop as a fraction, such as 0.03, in place of second
        size: id of the fact with the size, in quote or base units, for loss_at_stop
    """
    operands = [_number(context, found) for found in (first, second, size) if found is not None]
    left = operands[0]
    if operation == "loss_at_stop":
        rest = iter(operands[1:])
        level = next(rest) if second is not None else None
        amount = next(rest) if size is not None else None
        rows, symbol, timeframe = _loss(left, level, stop, amount), left.symbol, ""
    else:
        if second is None or stop is not None or size is not None:
            raise BadArgument(f"{operation} takes two facts, first and second, and nothing else.")
        right = operands[1]
        rows = [_compared(operation, left, right)]
        symbol = left.symbol if left.symbol == right.symbol else ""
        timeframe = _shared(left.timeframe, right.timeframe)
    if not all(isfinite(value) for _, value, _ in rows):
        raise BadArgument(f"The {operation} of these facts is no finite number.")
    facts = tuple(
        context.facts.add(
            NAME,
            label,
            value,
            unit,
            symbol=symbol,
            timeframe=timeframe,
            as_of=min(operand.as_of for operand in operands),
            source=f"derived from {', '.join(operand.id for operand in operands)}",
        )
        for label, value, unit in rows
    )
    return Result(facts)


def _number(context: Context, fact_id: str) -> Fact:
    fact = context.facts.facts.get(fact_id)
    if fact is None:
        raise BadArgument(f"There is no fact {fact_id}; use ids that the tools gave.")
    if isinstance(fact.value, str):
        raise BadArgument(f"{fact_id} is {fact.label}, a reading in words: '{fact.value[:40]}'.")
    if fact.tool == NAME:
        raise BadArgument(f"{fact_id} is derived itself; name the facts that it was made from.")
    return fact


def _compared(operation: Operation, left: Fact, right: Fact) -> Row:
    if left.unit != right.unit:
        raise BadArgument(
            f"{left.label} is in {_unit(left)}, {right.label} in {_unit(right)}: they have no "
            f"{operation}."
        )
    _same_subject(operation, left, right)
    a, b = _values(left, right)
    if operation == "difference":
        unit = "points" if left.unit == "fraction" else left.unit
        return _label(left, MINUS, right), a - b, unit
    if not b:
        raise BadArgument(f"{right.label} is zero: nothing can be divided by it.")
    if operation == "ratio" and (a < 0 or b < 0):
        raise BadArgument(
            f"{left.label} or {right.label} is below zero: their ratio would say the wrong thing. "
            "Take the difference."
        )
    if operation == "ratio":
        return _label(left, OVER, right), float(a / b), ""
    if left.unit in ("fraction", "score", "points") or b < 0:
        raise BadArgument(
            f"A change in percent of {right.label} says nothing: it is a share or below zero. "
            "Take the difference."
        )
    return _label(left, AGAINST, right), float(a / b) - 1, "fraction"


def _same_subject(operation: Operation, left: Fact, right: Fact) -> None:
    """Refuse to compare what has nothing to do with each other."""
    money = left.unit not in _NO_MONEY
    if left.symbol != right.symbol and left.label != right.label:
        raise BadArgument(
            f"{left.label} of {left.symbol or 'the account'} and {right.label} of "
            f"{right.symbol or 'the account'} are two things; compare one thing of two symbols, "
            "or two of one."
        )
    another = money and base_of(left.symbol) != base_of(right.symbol)
    if another and operation != "ratio":
        raise BadArgument(
            f"A {left.label} of {left.symbol} and one of {right.symbol} have no {operation}; take "
            "their ratio."
        )
    if left.unit == "" and left.label != right.label and _kind(left) != _kind(right):
        raise BadArgument(f"{left.label} and {right.label} are on two scales: no {operation}.")


def _loss(entry: Fact, level: Fact | None, stop: Decimal | None, size: Fact | None) -> list[Row]:
    quote = quote_of(entry.symbol)
    if not quote or entry.unit != quote or not _LEVEL.fullmatch(entry.label) or not entry.value:
        raise BadArgument(f"first must be the entry's price; {entry.id} is {entry.label}.")
    for other in (level, size):
        if other is not None and other.symbol not in ("", entry.symbol):
            raise BadArgument(f"{other.id} is of {other.symbol}, the entry of {entry.symbol}.")
    if (level is None) == (stop is None):
        raise BadArgument("Name the stop once: second is its fact, or stop its distance.")
    price = Decimal(str(entry.value))
    distance = _distance(price, level, quote) if level else stop or Decimal(0)
    rows: list[Row] = [("Stop distance", distance, "fraction")] if level is None else []
    if size is None:
        if level is None:
            raise BadArgument("A stop's distance is the loss of the entry; name a size too.")
        return [("Loss at stop, of the entry", float(distance), "fraction")]
    if _LEVEL.fullmatch(size.label):
        raise BadArgument(f"{size.id} is {size.label}, a price and no size.")
    amount = Decimal(str(size.value))
    if size.unit == base_of(entry.symbol):
        amount *= price
    elif size.unit != quote:
        raise BadArgument(f"size must be in {quote} or {base_of(entry.symbol)}, not {_unit(size)}.")
    if amount < 0:
        raise BadArgument(f"{size.label} is below zero, which is no size.")
    rows.append((f"Loss at stop on {size.label}", (amount * distance).quantize(CENT), quote))
    return rows


def _distance(price: Decimal, level: Fact, quote: str) -> Decimal:
    value = Decimal(str(level.value))
    if level.unit == quote and _LEVEL.fullmatch(level.label):
        return abs(price - value) / price
    if level.unit == "fraction" and 0 < value < ONE:
        return value
    raise BadArgument(f"{level.label} is neither a price in {quote} nor a distance below 1.")


def _values(left: Fact, right: Fact) -> tuple[Decimal, Decimal]:
    return Decimal(str(left.value)), Decimal(str(right.value))


def _label(left: Fact, sign: str, right: Fact) -> str:
    """Name both facts, with what tells them apart."""
    symbols = left.symbol != right.symbol
    frames = bool(left.timeframe and right.timeframe) and left.timeframe != right.timeframe

    def name(fact: Fact) -> str:
        parts = [fact.symbol if symbols else "", fact.label, fact.timeframe if frames else ""]
        return " ".join(part for part in parts if part)

    return f"{name(left)}{sign}{name(right)}"


def _shared(left: str, right: str) -> str:
    """Return the timeframe that both have, or the only one that there is."""
    if left and right and left != right:
        return ""
    return left or right


def _kind(fact: Fact) -> str:
    return fact.label.replace("(", " ").replace(",", " ").split()[0]


def _unit(fact: Fact) -> str:
    return {"": "plain numbers", "fraction": "percent"}.get(fact.unit, fact.unit)
