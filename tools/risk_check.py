"""How much could be lost, how that figure has held, and what the limits allow."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from desk.facts import Fact
from desk.figures import cents, grouped
from desk.result import Result, Section
from desk.same_bet import bet_in_words, bet_label
from tools.arguments import Money, SideArgument, Symbol
from tools.context import Context
from tools.registry import tool
from trading.limits import Denied
from trading.orders import Draft, Proposal

if TYPE_CHECKING:
    from trading.tail_history import DailyRisk

Add = Callable[[str, float | int | Decimal | str, str], Fact]
Rows = Iterator[tuple[Fact, str]]
THIS_ORDER, THE_LIMITS = "This order", "What the limits allow"
_THOUSANDS = re.compile(r"(?<![\w.,-])\d{4,}(?![\w-])", re.ASCII)
_NAMES = {"filtered": "Filtered VaR, 1 day", "historical": "Historical VaR, 1 day"}
_METHODS = {
    "filtered": "Past days put at today's volatility (filtered historical simulation)",
    "historical": "Past days as they were (historical simulation)",
}
_BESIDE = {
    "filtered": "past days at today's volatility",
    "historical": "past days as they were",
}
_VERDICTS = {
    "fits": "it has held",
    "exceeded too often": "losses were larger than it said: don't rely on it",
    "exceeded too seldom": "it overstates the risk",
    "too few days to tell": "nobody can say yet whether it holds",
}


@tool(command="risk", example="BTC/USDT 200 buy")
async def risk_check(
    context: Context,
    symbol: Symbol,
    notional: Money | None = None,
    side: SideArgument = "buy",
) -> Result:
    """Measure one-day VaR and CVaR of a symbol and check an order against every limit.

    The VaR is tested on its own past: how often it was exceeded, and whether by chance (Kupiec).

    Args:
        symbol: base and quote, such as BTC/USDT
        notional: size of the order in quote units; without it only how large one could be
        side: buy or sell
    """
    report = await context.research.tail_risk(symbol)
    snapshot = context.research.snapshot
    draft = Draft(symbol=symbol, side=side, strategy=context.strategy, notional=notional)
    priced = await context.preview.price(context.account_id, draft)
    instrument = await snapshot.instrument(symbol)

    def add(timeframe: str, label: str, value: float | int | Decimal | str, unit: str) -> Fact:
        return context.facts.add(
            "risk_check",
            label,
            value,
            unit,
            symbol=symbol,
            timeframe=timeframe,
            as_of=report.candles.last_close_time if timeframe else snapshot.as_of,
            source=snapshot.source_of(symbol),
        )

    risk = report.value
    daily, now = partial(add, "1d"), partial(add, "")
    sections = [
        Section("The next day", tuple(_next_day(risk, daily))),
        Section("Has its VaR held?", tuple(_track_record(risk, daily))),
    ]
    notes = [_in_words(risk)]
    if isinstance(priced, Denied):
        passing = now("Quantity that passes", priced.passing_quantity, instrument.base)
        heading = THE_LIMITS if notional is None else THIS_ORDER
        asked = () if notional is None else tuple(_asked(notional, instrument.quote, risk, now))
        sections.append(Section(heading, (*asked, (passing, ""))))
        told = [f"• {_spaced(breach.text)}." for breach in priced.reasons]
        notes += ["Not within the limits:", *told]
    elif notional is None:
        # Nobody asked for an order, so none is shown: only how large one could be.
        largest = now("Largest order now", cents(priced.notional), priced.quote)
        sections.append(Section(THE_LIMITS, ((largest, priced.nearest_limit),)))
        notes.append(f"With a sum it checks an order: /risk {symbol} 100 {side}")
    else:
        sections.append(Section(THIS_ORDER, tuple(_order(priced, risk, now))))
        notes += [f"Within the limits; nearest: {priced.nearest_limit}.", *bet_in_words(priced)]
    facts = tuple(fact for section in sections for fact, _ in section.rows)
    return Result(facts, "\n".join(notes), sections=tuple(sections))


def _spaced(text: str) -> str:
    """Group the thousands of a text's figures, as everywhere else on screen."""
    return _THOUSANDS.sub(lambda match: grouped(int(match[0]), 0), text)


def _next_day(risk: DailyRisk, add: Add) -> Rows:
    tail = risk.chosen.tail
    yield add("VaR 95 %, 1 day", tail.var, "fraction"), "one day in 20 is worse"
    yield add("CVaR 95 %, 1 day", tail.cvar, "fraction"), "mean loss of those days"
    if risk.extreme is not None:
        yield add("VaR 99 %, 1 day", risk.extreme.tail.var, "fraction"), "one day in 100 is worse"
    if risk.other is not None:
        name = _NAMES[risk.other.method]
        yield add(name, risk.other.tail.var, "fraction"), _BESIDE[risk.other.method]
    yield add("Expected volatility, 1 day", risk.volatility, "fraction"), ""
    yield (
        add("Expected volatility, 1 year", risk.yearly, "fraction"),
        "newer days weigh more (EWMA)",
    )
    yield add("Days measured", tail.samples, "days"), "what these figures are made of"


def _track_record(risk: DailyRisk, add: Add) -> Rows:
    past = risk.chosen.coverage
    yield add("Days tested", past.days, "days"), "each by the days before it"
    if not past.days:
        return
    yield add("Days beyond VaR", past.exceeded, "days"), ""
    expected = f"{100 * past.expected:.0f} % expected"
    yield add("Share beyond VaR", past.share, "fraction"), expected
    yield add("Kupiec test", past.judgement, ""), _VERDICTS[past.judgement]
    yield add("Kupiec p-value", past.p_value, ""), "below 0.05 it is hardly chance"


def _order(priced: Proposal, risk: DailyRisk, add: Add) -> Rows:
    yield add("Order size", cents(priced.notional), priced.quote), ""
    if priced.loss_at_stop is not None and priced.loss_fraction is not None:
        yield add("Loss at stop", cents(priced.loss_at_stop), priced.quote), ""
        yield add("Loss at stop, of equity", priced.loss_fraction, "fraction"), ""
    yield _worst(priced.notional, priced.quote, risk, add)
    if priced.same_bet is not None:
        yield add(bet_label(priced.same_bet), priced.same_bet.correlation, ""), ""


def _asked(notional: Decimal, quote: str, risk: DailyRisk, add: Add) -> Rows:
    """What a size would risk that the limits don't allow."""
    yield add("Size asked for", cents(notional), quote), "more than passes"
    yield _worst(notional, quote, risk, add)


def _worst(notional: Decimal, quote: str, risk: DailyRisk, add: Add) -> tuple[Fact, str]:
    worst = cents(notional * Decimal(str(risk.chosen.tail.var)))
    return add("VaR of this order", worst, quote), ""


def _in_words(risk: DailyRisk) -> str:
    """Say by which method, how it has held, and what that is worth."""
    past = risk.chosen.coverage
    text = f"{_METHODS[risk.chosen.method]}. "
    if past.days:
        text += (
            f"Its VaR was exceeded on {past.exceeded} of {past.days} days "
            f"({100 * past.share:.1f} %, {100 * past.expected:.0f} % expected): {past.judgement}. "
        )
        if risk.other is not None:
            text += (
                "It is the better covered of two methods, chosen on the same days that test it, "
                "so the test flatters it. "
            )
    else:
        text += "There are too few days to test its VaR on. "
    if past.in_runs:
        text += "Bad days came in runs: after one the next is likelier. "
    if risk.since is not None:
        text += (
            f"Only days since {risk.since:%Y-%m-%d}, when the price jumped as no trading makes it "
            "(a redenomination or a broken feed). "
        )
    return text.strip()
