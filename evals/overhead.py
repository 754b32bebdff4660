"""How long an answer takes beside the model: from a person's words to the card in their chat.

The model answers at once and everything else is real: Telegram's wire, the exchange's, LangChain,
the tools, the votes, the order's price, the picture, the log on the disk.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.rows import Row
from tests.e2e.runs import says
from tests.e2e.world import World, world
from tests.fakes.openai_server import Step, calls

QUESTIONS = 12
WARM = 3
AFTERWARDS = 0.6


async def rows() -> list[Row]:
    """Time questions that end in a decision by three votes of six tool calls each."""
    with tempfile.TemporaryDirectory() as place:
        async with world(Path(place), VOTES="3", VOTE_MODE="fast") as town:
            took = [await _asked(town) for _ in range(WARM + QUESTIONS)]
    return [
        Row(
            "overhead: a three-vote answer of six tool calls, warm",
            median(took[WARM:]),
            None,
            "ms",
            "ours <= 250",
            "from the words to the card, the model answering at once",
        )
    ]


async def _asked(town: World) -> float:
    person = town.person()
    await person.says("/start")
    town.plays(*[[_six_calls(), says("long")]] * 3)
    # What is done after a card (the rules' own answer to the question before) is not in its way.
    await asyncio.sleep(AFTERWARDS)
    began = time.perf_counter()
    card = await person.asks("is BTC a long on the 1h?")
    took = (time.perf_counter() - began) * 1000
    assert card.text.count("LONG"), card.text
    return took


def _six_calls() -> Step:
    where = {"symbol": "BTC/USDT", "timeframe": "1h"}
    return calls(
        ("quote", {"symbol": "BTC/USDT"}),
        ("indicators", where),
        ("forecast", where),
        ("backtest", {**where, "strategy": "sma_cross"}),
        ("risk_check", {"symbol": "BTC/USDT"}),
        ("portfolio", {}),
    )
