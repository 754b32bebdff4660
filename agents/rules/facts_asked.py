"""The rule-based analyst's answers to questions that ask for facts, not for a decision."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from agents.answer import REASON_LENGTH
from agents.questions.reading import Intent, Question
from agents.rules import phrases as say
from agents.rules import phrases_facts as facts_say
from agents.rules import phrases_lenses as lens_says
from agents.rules.gauges_asked import gauges_told
from agents.rules.indicators_asked import indicators_told
from agents.rules.lenses import beside_holding, on_the_past
from agents.rules.opinion import Opinion, has_edge
from agents.rules.phrases import Phrase
from agents.rules.ranks_asked import ranking_told
from agents.rules.seen import Seen, SeenFact
from desk.chinese import label_in
from desk.language import Language

TOOLS: Mapping[Intent, tuple[str, ...]] = MappingProxyType(
    {
        Intent.DECISION: (
            *("quote", "indicators", "forecast", "backtest", "news", "risk_check", "rank"),
        ),
        Intent.PRICE: ("quote",),
        Intent.INDICATORS: ("indicators",),
        Intent.FORECAST: ("forecast",),
        Intent.BACKTEST: ("backtest",),
        Intent.RISK: ("risk_check", "indicators"),
        Intent.PORTFOLIO: ("portfolio",),
        Intent.NEWS: ("news",),
        Intent.RANK: ("rank",),
        Intent.COMMAND: (),
        Intent.GREETING: (),
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
WITHOUT_TOOLS = (Intent.COMMAND, Intent.GREETING, Intent.UNKNOWN)
ON_THE_WHOLE_ACCOUNT = frozenset({"panic", "pause"})
HOLDINGS = ("Cash", "Profit", "Held", "Open positions")
RISKS = ("Loss", "VaR 95", "CVaR", "Largest order")
MEASURES = ("Sharpe ratio", "Win rate", "Trades")
MOST = 4
MOST_REASONS = 6

Told = tuple[str, tuple[str, ...]]


def opinion(question: Question, seen: Seen) -> Opinion:
    """Tell the facts that were asked for, or why they can't be told."""
    if question.intent in WITHOUT_TOOLS:
        return _without_tools(question)
    language = question.language
    if question.intent not in AT_LARGE and not question.symbol:
        return Opinion("none", facts_say.WHICH(language), (facts_say.NAME_ONE(language),))
    if not seen.of(_SOURCE.get(question.intent, "")):
        why = failures(seen, facts_say.FIGURES, language)
        return Opinion("none", say.NOT_FOUND(language), why)
    headline, reasons = _TELLERS[question.intent](question, seen)
    return Opinion("none", headline, reasons[:MOST_REASONS] or (headline,))


def failures(seen: Seen, missing: Phrase, language: Language) -> tuple[str, ...]:
    """Return what the tools said when they failed, in their own words."""
    if not seen.errors:
        return (say.NO_FIGURES(language, what=missing(language)),)
    # What one tool said whole, another need not say again inside a longer sentence.
    said = [
        error
        for error in seen.errors
        if not any(other != error and other in error for other in seen.errors)
    ]
    told = [
        error if len(error) <= REASON_LENGTH else say.ERROR_TOO_LONG(language) for error in said
    ]
    return tuple(dict.fromkeys(told))[:3]


def where(question: Question) -> str:
    """Name the symbol and the timeframe."""
    timeframe = question.timeframe.value
    return say.ON_THE(question.language, symbol=question.symbol, timeframe=timeframe)


def _without_tools(question: Question) -> Opinion:
    language = question.language
    if question.intent is Intent.COMMAND:
        command = f"/{question.command}"
        closing = question.command in ON_THE_WHOLE_ACCOUNT
        how = facts_say.IT_ACTS_AT_ONCE if closing else facts_say.HOW_IT_IS_USED
        return Opinion("none", facts_say.A_COMMAND(language, command=command), (how(language),))
    greeted = question.intent is Intent.GREETING
    headline = facts_say.WELCOME if greeted else facts_say.NOT_READ
    reasons = (facts_say.COMMANDS(language), facts_say.EXAMPLES(language))
    return Opinion("none", headline(language), reasons)


def _price(question: Question, seen: Seen) -> Told:
    language, last = question.language, seen.find("quote", "Last price")
    headline = (
        facts_say.LAST_PRICE(language, symbol=question.symbol, price=last.slot)
        if last
        else facts_say.THE_PRICE(language, symbol=question.symbol)
    )
    return headline, _lines(seen.of("quote"), language)


def _forecast(question: Question, seen: Seen) -> Told:
    language, edge = question.language, seen.find("forecast", "Forecast edge")
    proved = edge is not None and has_edge(edge)
    headline = facts_say.HAS_EDGE if proved else facts_say.HAS_NO_EDGE
    return headline(language, where=where(question)), tuple(_of_forecast(seen, language))


def _of_forecast(seen: Seen, language: Language) -> Iterator[str]:
    found = {fact.label: fact.slot for fact in seen.of("forecast")}
    if "Forecast ↑" in found:
        yield lens_says.CHANCE(language, chance=found["Forecast ↑"])
    if "Forecast horizon" in found:
        yield facts_say.AHEAD(language, horizon=found["Forecast horizon"])
    if "Forecast accuracy" in found and "Naive rate" in found:
        yield lens_says.WALK_FORWARD(
            language, accuracy=found["Forecast accuracy"], naive=found["Naive rate"]
        )
    if "Expected move" in found:
        yield facts_say.EXPECTED_MOVE(language, move=found["Expected move"])


def _backtest(question: Question, seen: Seen) -> Told:
    language = question.language
    made = seen.number("backtest", " return")
    held = seen.number("backtest", "Buy and hold")
    past = on_the_past(seen, language)
    rest = [fact for fact in seen.of("backtest") if fact.label in MEASURES]
    if made is None or held is None:
        return facts_say.THE_BACKTEST(language, where=where(question)), _lines(rest, language)
    beside = beside_holding(made, held)(language)
    headline = facts_say.STRATEGY_ON(language, where=where(question), beside=beside)
    return headline, (*([past] if past else []), *_lines(rest, language))


def _risk(question: Question, seen: Seen) -> Told:
    language, var = question.language, seen.find("risk_check", "VaR 95")
    headline = (
        facts_say.BAD_DAY(language, symbol=question.symbol, var=var.slot)
        if var
        else facts_say.THE_RISK(language, symbol=question.symbol)
    )
    size, loss = (
        seen.find("risk_check", "Order size", "Size asked for"),
        seen.find("risk_check", "VaR of this order"),
    )
    if size and loss:
        headline = facts_say.OF_THIS_SUM(
            language, symbol=question.symbol, size=size.slot, loss=loss.slot
        )
    found = [fact for fact in seen.of("risk_check") if fact.label.startswith(RISKS)]
    passing = seen.find("risk_check", "Quantity that passes")
    if question.notional is not None and passing:
        beside = _lines([passing], language)
        return headline, (facts_say.TOO_LARGE(language), *beside, *_lines(found, language))
    atr = seen.find("indicators", "ATR")
    usual = [facts_say.USUAL_RANGE(language, atr=atr.slot)] if atr else []
    return headline, (*_lines(found, language), *usual)


def _portfolio(question: Question, seen: Seen) -> Told:
    language, equity = question.language, seen.find("portfolio", "Equity")
    held = seen.number("portfolio", "Open positions")
    if question.closes and held == 0:
        return facts_say.NOTHING_HELD(language), _lines(seen.of("portfolio")[:2], language)
    headline = (
        facts_say.EQUITY(language, equity=equity.slot) if equity else facts_say.ACCOUNT(language)
    )
    found = [fact for fact in seen.of("portfolio") if fact.label in HOLDINGS]
    return headline, (facts_say.CLOSE_BUTTON(language), *_lines(found, language))


def _lines(facts: Sequence[SeenFact], language: Language) -> tuple[str, ...]:
    return tuple(
        facts_say.LINE(language, label=label_in(fact.label, language), value=fact.slot)
        for fact in facts[:MOST]
    )


_TELLERS: Mapping[Intent, Callable[[Question, Seen], Told]] = MappingProxyType(
    {
        Intent.PRICE: _price,
        Intent.INDICATORS: indicators_told,
        Intent.FORECAST: _forecast,
        Intent.BACKTEST: _backtest,
        Intent.RISK: _risk,
        Intent.PORTFOLIO: _portfolio,
        Intent.NEWS: gauges_told,
        Intent.RANK: ranking_told,
    }
)
