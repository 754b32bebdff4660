"""An alert as the model may suggest it: checked and written out, for the person to arm."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from desk.facts import Fact, Value
from desk.result import Result
from tools.alert_words import write_alert
from tools.arguments import Symbol, TimeframeArgument
from tools.context import Context
from tools.registry import tool
from trading.alerts import AlertDraft, Direction
from trading.arming import LONGEST_WINDOW, Present, unfit
from trading.candles import Timeframe
from trading.errors import BadArgument
from trading.indicator_names import parse_indicator


def _level(value: object) -> Decimal:
    text = str(value).strip().replace(",", "")
    try:
        number = Decimal(text.removesuffix("%"))
    except InvalidOperation:
        raise ValueError(f"'{text[:40]}' is no number") from None
    if not number.is_finite() or abs(number) > Decimal(10**12):
        raise ValueError(f"'{text[:40]}' is no level that anything reaches")
    return number / 100 if text.endswith("%") else number


Level = Annotated[Decimal, BeforeValidator(_level), WithJsonSchema({"type": "number"})]
Window = Annotated[int, Field(ge=0, le=LONGEST_WINDOW)]


@tool(command=None, example="BTC/USDT above 30000")
async def set_alert(
    context: Context,
    symbol: Symbol,
    direction: Direction,
    level: Level,
    minutes: Window = 0,
    indicator: str = "",
    timeframe: TimeframeArgument = Timeframe.H1,
) -> Result:
    """Check an alert and write its command; only the person arms it, by sending that command.

    Args:
        symbol: base and quote, such as BTC/USDT
        direction: above or below the level; of a move up (above), down (below) or either
        level: a price, an indicator's value, or with minutes the move as a fraction such as 0.05
        minutes: for a move within so many minutes, 0 for a price or an indicator
        indicator: RSI(14), Stochastic %K, price vs EMA(50), price vs VWAP; empty: price or move
        timeframe: length of the candles that the indicator is computed from
    """
    draft = _draft(symbol, direction, level, minutes, indicator, timeframe)
    await context.research.snapshot.instrument(symbol)
    present, label, unit = await _present(context, draft)
    wrong = unfit(draft, present)
    if wrong is not None:
        raise BadArgument(wrong)
    rows: list[tuple[str, Value, str]] = [("Alert level", draft.level, unit)]
    if draft.kind != "move":
        rows.append((label, (present.low + present.high) / 2, unit))
    command = write_alert(draft)
    rows.append(("Alert command", command, ""))
    note = f"Nothing is armed yet. The person arms it by sending: {command}"
    return Result(tuple(_fact(context, draft, *row) for row in rows), note)


def _draft(
    symbol: str,
    direction: Direction,
    level: Decimal,
    minutes: int,
    indicator: str,
    timeframe: Timeframe,
) -> AlertDraft:
    if indicator and minutes:
        raise BadArgument("An alert is of an indicator, or of a move within minutes, not of both.")
    if minutes:
        return AlertDraft(
            kind="move", symbol=symbol, direction=direction, level=level, window=minutes
        )
    if not indicator:
        return AlertDraft(kind="price", symbol=symbol, direction=direction, level=level)
    return AlertDraft(
        kind="indicator",
        symbol=symbol,
        direction=direction,
        level=level,
        timeframe=timeframe.value,
        indicator=parse_indicator(indicator).name,
    )


async def _present(context: Context, draft: AlertDraft) -> tuple[Present, str, str]:
    """Return where things stand, what the value is called, and its unit."""
    snapshot = context.research.snapshot
    quote = await snapshot.quote(draft.symbol)
    currency = (await snapshot.instrument(draft.symbol)).quote
    if draft.kind == "move":
        return Present(quote.bid, quote.ask, Decimal(0), Decimal(0)), "", "fraction"
    if draft.kind == "price":
        return Present(quote.bid, quote.ask, quote.bid, quote.ask), "Price now", currency
    # TA-Lib takes its time to load; the start has done so before anybody is answered.
    from desk.gauges import indicator_value

    wanted = parse_indicator(draft.indicator or "")
    timeframe = Timeframe(draft.timeframe or Timeframe.H1)
    candles = await snapshot.candles(draft.symbol, timeframe, wanted.candles)
    value = indicator_value(candles, wanted)
    if value is None:
        raise BadArgument(f"{draft.symbol} {timeframe}: too few candles for {wanted.name}.")
    unit = currency if wanted.unit == "price" else wanted.unit
    return Present(quote.bid, quote.ask, value, value), wanted.name, unit


def _fact(context: Context, draft: AlertDraft, label: str, value: Value, unit: str) -> Fact:
    snapshot = context.research.snapshot
    return context.facts.add(
        "set_alert",
        label,
        value,
        unit,
        symbol=draft.symbol,
        timeframe=draft.timeframe or "",
        as_of=snapshot.as_of,
        source=snapshot.source_of(draft.symbol),
    )
