"""Grounding: no false figure reaches the card, and true sentences are not refused.

Whether a draft is false is said by who wrote it (evals.grounding_cases), not by the check. Every
draft goes through the check; a sample goes the whole way, from a scripted model that insists on
its draft to the card.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from agents.grounding.folding import without_unseen
from agents.grounding.said import SLOT
from agents.grounding.slots import check, normalise
from agents.verdict import Verdict
from benchmarks.rows import Row
from bot.cards.verdict import verdict_card
from desk.figures import show
from desk.language import language_of
from desk.result import Result
from evals.grounding_cases.adversarial import ADVERSARIAL
from evals.grounding_cases.book import AT, Market, markets
from evals.grounding_cases.cases import Case, cases
from evals.grounding_cases.sound import SOUND
from tests.agents.scripts import lineup
from tests.agents.small_desk import NOW, Shelf, small_context
from tests.fakes.openai_server import OpenAIServer, answer, call
from tools.context import Context
from tools.registry import Tool, make_tool, tool

MARKETS_A_DRAFT = 2
EVERY = 24  # of which a draft goes the whole way
ROUNDS = 3
# Fields of an answer with figures in them that no tool gave, and what must not be on the card.
FIELDS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"symbol": "58200/USDT", "stance": "none"}, "58200"),
    ({"symbol": "BTC58200/USDT", "stance": "none"}, "58200"),
    ({"symbol": "BTC58200/USDT", "stance": "long"}, "58200"),
    ({"symbol": "BTC/USDT58200", "stance": "none"}, "58200"),
    ({"timeframe": "58h"}, "58h"),
    ({"timeframe": "1h, RSI 58"}, "RSI 58"),
    ({"stance": "long 58"}, "58"),
    ({"horizon": "58 candles at 58200"}, "58200"),
    ({"order": {"stop": "58200"}}, "58200"),
    ({"order": {"target": 58200}}, "58200"),
    ({"order": {"size": "58200%"}}, "58200"),
    ({"order": {"stop": "0.03", "note": "58200"}}, "58200"),
)


async def rows() -> list[Row]:
    """Put every draft to the check, and a sample of them to a whole panel."""
    books = await markets()
    lies = list(cases(ADVERSARIAL, books, MARKETS_A_DRAFT))
    truths = list(cases(SOUND, books, MARKETS_A_DRAFT))
    passed = [case for case in lies if not _problems(case)]
    refused = [case for case in truths if _problems(case)]
    shown = [case for case in lies[::EVERY] if _false_words(case) in await _card(case)]
    dropped = [case for case in truths[::EVERY] if (await _asked(case)).prose_dropped]
    leaked = [figure for changes, figure in FIELDS if figure in await _card_of(books[0], changes)]
    whole = len(lies[::EVERY]) + len(FIELDS)
    kinds = len({case.kind for case in lies})
    return [
        Row(
            "grounding: false figures that reach the card",
            len(passed) + len(shown) + len(leaked),
            None,
            "drafts",
            "ours <= 0",
            f"of {len(lies)}, {kinds} kinds, {whole} through the panel",
        ),
        Row(
            "grounding: sound answers refused",
            max(len(refused) / len(truths), len(dropped) / len(truths[::EVERY])),
            None,
            "share",
            "ours <= 0.01",
            f"of {len(truths)}, {len(SOUND)} kinds, {len(truths[::EVERY])} through the panel",
        ),
        Row(
            "grounding: time to check a sentence",
            _milliseconds(truths),
            None,
            "ms",
            "ours <= 2",
            f"beside {len(books[0].book)} facts",
        ),
    ]


def _problems(case: Case) -> Sequence[str]:
    market = case.market
    return check(normalise(case.text), market.book, market.symbol, market.timeframe)


def _milliseconds(drafts: Sequence[Case]) -> float:
    """Return the mean processor time of a check in the quickest of a few rounds."""
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for case in drafts:
            _problems(case)
        taken.append((time.process_time() - start) / len(drafts) * 1000)
    return round(min(taken), 3)


def _false_words(case: Case) -> str:
    """Write a draft as it would be read, the figures put in with no judgement at all."""
    language, book = language_of(case.text), case.market.book
    text = SLOT.sub(
        lambda match: show(book[match[1]], language) if match[1] in book else match[0], case.text
    )
    return " ".join(without_unseen(text).split())


async def _card(case: Case) -> str:
    return _text(await _asked(case))


async def _card_of(market: Market, changes: dict[str, Any]) -> str:
    sound = {"stance": "long", "symbol": market.symbol, "timeframe": market.timeframe}
    sentences = {"headline": "Up.", "reasons": ["The trend is up."]}
    return _text(await _ask(market, {**sound, **sentences, **changes}))


async def _asked(case: Case) -> Verdict:
    """Let a model answer with nothing but the draft, and insist on it when it is sent back."""
    market = case.market
    made = {"stance": "none", "symbol": market.symbol, "timeframe": market.timeframe}
    return await _ask(market, {**made, "headline": case.text, "reasons": [case.text]})


async def _ask(market: Market, made: dict[str, Any]) -> Verdict:
    from agents.panel import Panel

    context = small_context()
    context.facts.facts.update(market.book)
    async with OpenAIServer([[call("look"), answer(made)]]) as server:
        panel = Panel(
            lineup(server, runs=1),
            {"look": _look(market)},
            lambda: NOW,
            lambda: "q1",
            Shelf(),
            seconds=20,
            model_calls=6,
        )
        return await panel.ask("What do the figures say?", context, lambda _: None)


def _look(market: Market) -> Tool:
    @tool(command=None, example="")
    async def look(context: Context) -> Result:
        """Tell all facts that the book has."""
        return Result(tuple(market.book.values()))

    return make_tool(look)


def _text(verdict: Verdict) -> str:
    card = verdict_card(verdict, None, AT)
    # A table's rows are facts that code wrote, with their own names.
    return "\n".join(" ".join(block.text.split()) for block in card.blocks if block.kind != "table")
