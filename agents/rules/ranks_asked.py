"""Answers to questions that put coins beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agents.questions.reading import Question
from agents.rules import phrases_facts as facts_say
from agents.rules.seen import Seen, SeenFact
from desk.chinese import label_in
from desk.language import Language
from trading.factor_names import KINDS

Told = tuple[str, tuple[str, ...]]
MOST = 4


def ranking_told(question: Question, seen: Seen) -> Told:
    """Tell who stands first, or last where the other end is asked for, and the next few."""
    language, found = question.language, seen.of("rank")
    kind = KINDS[question.by or "score"]
    symbols = list(dict.fromkeys(fact.symbol for fact in found))
    ranked = [fact for fact in found if fact.label == kind.label]
    if question.lowest:
        symbols, ranked = symbols[::-1], ranked[::-1]
    # Symbols without the factor stand last in the tool's order, and are never the answer.
    with_factor = [fact.symbol for fact in ranked]
    symbols = with_factor + [symbol for symbol in symbols if symbol not in with_factor]
    screen = facts_say.A_SCREEN(language)
    rows = tuple(_rows(symbols[:MOST], found, language))
    if not ranked:
        return facts_say.NONE_RANKED(language), (screen, *rows)
    highest = kind.highest != question.lowest
    headline = (facts_say.HIGHEST if highest else facts_say.LOWEST)(
        language,
        symbol=ranked[0].symbol,
        label=label_in(kind.label, language),
        value=ranked[0].slot,
    )
    return headline, (screen, *rows)


def _rows(symbols: Sequence[str], found: Sequence[SeenFact], language: Language) -> Iterator[str]:
    for symbol in symbols:
        figures = [
            facts_say.FIGURE(language, label=label_in(fact.label, language), value=fact.slot)
            for fact in found
            if fact.symbol == symbol
        ]
        between = facts_say.BETWEEN(language)
        yield facts_say.ROW(language, symbol=symbol, figures=between.join(figures[:3]))
