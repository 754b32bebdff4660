"""Budgets: no question and no person uses more than allowed, and what was used is told."""

from __future__ import annotations

import asyncio
import random
import tempfile
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from pathlib import Path

from pydantic import SecretStr

from agents import failure
from agents.members import Lineup, language_lineup
from agents.meter import Meter
from agents.models import language_model
from agents.panel import Panel
from agents.verdict import Verdict
from benchmarks.rows import Row
from desk.spending import Amount, Ceiling, OverDay, Spending
from desk.token_price import TokenPrice
from storage.spending import SqliteSpending
from storage.sqlite import SqliteFile
from tests.agents.scripts import KEY, LOOK, says
from tests.agents.small_desk import NOW, Shelf, SmallDesk, small_context, tools_of
from tests.fakes.openai_server import OpenAIServer, Script, call, disconnect, forever

QUESTIONS = 16
SIZES = (2_000, 8_000, 20_000, 40_000, 60_000)
PRICE = TokenPrice(Decimal("0.4"), Decimal("1.6"))
DAYS = 6
ASKED_A_DAY = 30
DAY = Ceiling(400_000, Decimal("0.40"))
QUESTION = 100_000
LOOPS = forever(call("indicators", symbol="BTC/USDT", timeframe="1h"))
ANSWERS: Script = [LOOK, says("long")]
FAILS_ONCE: Script = [LOOK, disconnect(), says("long")]


@dataclass(frozen=True)
class Asked:
    """A question, and the tokens that the model's server says it used."""

    verdict: Verdict
    meter: Meter
    reported: int


async def rows() -> list[Row]:
    """Ask within budgets of many sizes; spend days in two processes' way that crash at random."""
    chance = random.Random(7)
    scripts = (LOOPS, ANSWERS, FAILS_ONCE)
    limits = [chance.choice(SIZES) for _ in range(QUESTIONS)]
    tight = [
        (limit, await _ask(Ceiling(limit), scripts[number % len(scripts)]))
        for number, limit in enumerate(limits)
    ]
    # One run: of several it is chance which is stopped half way, and so only reckoned.
    free = [await _ask(Ceiling(), ANSWERS, runs=1) for _ in range(3)]
    blind = await _ask(Ceiling(), ANSWERS, runs=1, reports_usage=False)
    ended = [one for _, one in tight if one.verdict.stance == "no call"]
    return [
        Row(
            "budgets: tokens beyond a question's budget",
            sum(max(0, one.meter.spent.tokens - limit) for limit, one in tight),
            None,
            "over",
            "ours <= 0",
            f"{QUESTIONS} questions of three runs, some in loops",
        ),
        Row(
            "budgets: questions without a call that don't say why",
            sum(not _told(one.verdict) for one in ended),
            None,
            "questions",
            "ours <= 0",
            f"of {len(ended)}",
        ),
        Row(
            "budgets: cost that is not that of the tokens told",
            sum(
                one.verdict.cost != PRICE.of(one.verdict.tokens_in, one.verdict.tokens_out)
                for one in (*free, blind)
            ),
            None,
            "questions",
            "ours <= 0",
        ),
        Row(
            "budgets: tokens that the server told and the card does not",
            sum(
                one.reported - one.verdict.tokens_in - one.verdict.tokens_out
                for one in free
                if not one.verdict.about
            ),
            None,
            "over",
            "ours <= 0",
        ),
        Row(
            "budgets: reckoned tokens by those reported",
            blind.meter.spent.tokens / max(one.meter.spent.tokens for one in free),
            None,
            "share",
            "ours >= 1",
            "where the server reports none; this one counts no tool schemas",
        ),
        *await _days(chance),
    ]


async def _ask(
    ceiling: Ceiling, script: Script, *, runs: int = 3, reports_usage: bool = True
) -> Asked:
    meter = Meter(ceiling)
    async with OpenAIServer([script], reports_usage=reports_usage) as server:
        numbers = count(1)
        panel = Panel(
            _lineup(server, runs),
            tools_of(SmallDesk()),
            lambda: NOW,
            lambda: f"q{next(numbers)}",
            Shelf(),
            seconds=20.0,
            model_calls=6,
        )
        verdict = await panel.ask(
            "Is BTC a long on the 1h right now?",
            small_context(),
            lambda step: None,
            meter=meter,
        )
    return Asked(verdict, meter, sum(server.tokens_reported))


def _lineup(server: OpenAIServer, runs: int) -> Lineup:
    model = language_model(SecretStr(KEY), server.base_url, "test-model", 10.0)
    return language_lineup(model, "test-model", runs, price=PRICE)


def _told(verdict: Verdict) -> bool:
    """Tell whether a failure is there that names the limit, or the loop that hit another one."""
    labels = {vote.failure.label for vote in verdict.votes if vote.failure}
    return bool(labels & {failure.OVER_BUDGET.label, failure.LOOPING.label})


async def _days(chance: random.Random) -> list[Row]:
    beyond = refused = asked = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(DAYS):
            path = Path(folder) / f"{number}.db"
            excess, turned_away = await _day(path, chance)
            beyond += excess
            refused += turned_away
            asked += ASKED_A_DAY
    return [
        Row(
            "budgets: tokens beyond a person's day",
            beyond,
            None,
            "over",
            "ours <= 0",
            f"{asked} questions over two connections, a quarter crash",
        ),
        Row("budgets: questions refused for the day", refused, None, "requests", "", f"of {asked}"),
    ]


async def _day(path: Path, chance: random.Random) -> tuple[int, int]:
    """Return the tokens (and millionths of USD) spent beyond the day, and how many had to go."""
    files = [SqliteFile(path) for _ in range(2)]
    numbers = count(1)
    desks = [
        Spending(
            SqliteSpending(file), lambda: NOW, lambda: f"{next(numbers)}", DAY, QUESTION, PRICE
        )
        for file in files
    ]
    await files[0].check()
    spent = list[Amount]()
    plans = [
        (chance.randrange(2), chance.randrange(5), chance.random()) for _ in range(ASKED_A_DAY)
    ]

    async def ask(place: int, lasts: int, share: float) -> bool:
        await asyncio.sleep(0.001 * lasts)
        reserved = await desks[place].for_question("anne")
        if isinstance(reserved, OverDay):
            return False
        await asyncio.sleep(0.001 * lasts)
        if share < 0.25:
            # It crashes, having used all that it was granted.
            spent.append(reserved.granted)
            return True
        part = (share - 0.25) / 3
        used = Amount(int(reserved.granted.tokens * part), reserved.granted.cost * Decimal(part))
        spent.append(used)
        await desks[place].settle(reserved, used)
        return True

    answered = await asyncio.gather(*(ask(*plan) for plan in plans))
    for file in files:
        await file.close()
    total = sum(spent, Amount())
    over = max(0, total.tokens - (DAY.tokens or 0))
    over += max(0, int((total.cost - (DAY.cost or 0)) * 1_000_000))
    return over, answered.count(False)
