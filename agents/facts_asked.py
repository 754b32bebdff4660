"""The rule-based analyst's answers to questions that ask for facts, not for a decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from agents.lenses import Opinion, beside_holding, on_the_past
from agents.reading import Intent, Question
from agents.seen import Seen, SeenFact

TOOLS: Mapping[Intent, tuple[str, ...]] = MappingProxyType(
    {
        Intent.DECISION: ("quote", "indicators", "forecast", "backtest", "news", "risk_check"),
        Intent.PRICE: ("quote",),
        Intent.INDICATORS: ("indicators",),
        Intent.FORECAST: ("forecast",),
        Intent.BACKTEST: ("backtest",),
        Intent.RISK: ("risk_check", "indicators"),
        Intent.PORTFOLIO: ("portfolio",),
        Intent.NEWS: ("news",),
        Intent.RANK: ("rank",),
        Intent.UNKNOWN: (),
    }
)
_SOURCE = {
    Intent.PRICE: "quote",
    Intent.INDICATORS: "indicators",
    Intent.FORECAST: "forecast",
    Intent.BACKTEST: "backtest",
    Intent.RISK: "risk_check",
    Intent.PORTFOLIO: "portfolio",
    Intent.NEWS: "news",
    Intent.RANK: "rank",
}
# Questions that need no symbol.
AT_LARGE = (Intent.PORTFOLIO, Intent.NEWS, Intent.RANK)
HELP = Opinion(
    "none",
    "I can't read that question; without a language model I understand a few kinds only.",
    (
        "A decision: is BTC a long on the 1h? Short ETH?",
        "Figures: the RSI of ETH, a forecast for SOL, how risky is ADA?",
        "The past and the book: backtest donchian on BTC, what is in my portfolio?",
    ),
)
WHICH = Opinion(
    "none",
    "Which symbol do you mean?",
    ("Name one in the question, for example: is BTC a long on the 1h?",),
)
HOLDINGS = ("Cash", "Profit", "Held", "Open positions")
MOST = 4


def opinion(question: Question, seen: Seen) -> Opinion:
    """Tell the facts that were asked for, or why they can't be told."""
    if question.intent is Intent.UNKNOWN:
        return HELP
    if question.intent not in AT_LARGE and not question.symbol:
        return WHICH
    found = seen.of(_SOURCE.get(question.intent, ""))
    if not found:
        why = seen.errors or ("No tool gave the figures asked for.",)
        return Opinion("none", "That could not be found out.", why[:3])
    headline = _headline(question, seen)
    return Opinion("none", headline, tuple(_reasons(question, seen, found))[:6])


def _headline(question: Question, seen: Seen) -> str:
    where = f"{question.symbol} on the {question.timeframe.value}"
    if question.intent is Intent.PRICE:
        last = seen.find("quote", "Last price")
        return f"The last price of {question.symbol} is {last.slot}." if last else where
    if question.intent is Intent.FORECAST:
        edge = seen.find("forecast", "Forecast edge")
        has = edge is not None and edge.value.strip().lower() == "edge"
        return f"The forecast for {where} has {'shown an edge' if has else 'no edge'}."
    if question.intent is Intent.BACKTEST:
        made = seen.number("backtest", " return")
        held = seen.number("backtest", "Buy and hold")
        if made is None or held is None:
            return f"The backtest on {where}."
        return f"The strategy on {where}: {beside_holding(made, held)}."
    if question.intent is Intent.RISK:
        var = seen.find("risk_check", "VaR 95")
        return (
            f"On a bad day {question.symbol} has lost {var.slot} or more (VaR 95 %)."
            if var
            else f"The risk of {question.symbol}."
        )
    if question.intent is Intent.PORTFOLIO:
        equity = seen.find("portfolio", "Equity")
        return f"Your equity is {equity.slot}." if equity else "Your paper account."
    if question.intent is Intent.NEWS:
        mood = seen.find("news", "News mood")
        return (
            f"The news mood is {mood.slot}."
            if mood
            else "What the news and the market's gauges say."
        )
    if question.intent is Intent.RANK:
        return f"{seen.of('rank')[0].symbol} comes first of those that were screened."
    wanted = _wanted(question, seen.of("indicators"))
    if question.wanted and wanted:
        return f"{wanted[0].label} of {where} is {wanted[0].slot}."
    return f"The indicators of {where}, at the newest closed candle."


def _wanted(question: Question, found: tuple[SeenFact, ...]) -> tuple[SeenFact, ...]:
    """The indicators that the question names; all when it names none."""
    names = [name.lower() for name in question.wanted]
    named = tuple(fact for fact in found if any(name in fact.label.lower() for name in names))
    return named or found


def _reasons(question: Question, seen: Seen, found: tuple[SeenFact, ...]) -> Iterator[str]:
    if question.intent is Intent.BACKTEST and on_the_past(seen):
        yield on_the_past(seen)
        found = tuple(
            fact for fact in found if fact.label.startswith(("Sharpe", "Win rate", "Trades"))
        )
    if question.intent is Intent.RISK:
        found = tuple(fact for fact in found if fact.label.startswith(("VaR 95", "CVaR", "Loss")))
    if question.intent is Intent.INDICATORS:
        found = _wanted(question, found)
    if question.intent is Intent.PORTFOLIO:
        found = tuple(fact for fact in found if fact.label in HOLDINGS)
        yield "The command /positions shows each with its price and a Close button."
    if question.intent is Intent.RANK:
        yield from _ranked(found)
        return
    for fact in found[:MOST]:
        yield f"{fact.label}: {fact.slot}."
    if question.intent is Intent.RISK:
        atr = seen.find("indicators", "ATR")
        if atr:
            yield f"{atr.label}, the usual range of one candle, is {atr.slot} of the price."


def _ranked(found: tuple[SeenFact, ...]) -> Iterator[str]:
    """Tell the first few symbols with what was screened, in their order."""
    yield "It is a screen of the past, no forecast; the command /rank shows the whole table."
    for symbol in list(dict.fromkeys(fact.symbol for fact in found))[:MOST]:
        shown = [f"{fact.label} {fact.slot}" for fact in found if fact.symbol == symbol]
        yield f"{symbol}: {', '.join(shown[:3])}."
