"""The track record: chance is called chance, skill is found, figures are right and causal."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import floor

import numpy as np

from benchmarks.rows import Row
from trading.candles import Candles, Timeframe, to_ms
from trading.scoring import Costs, Said, Scored, Stance, chance_of_rise, close_at, due_at, score
from trading.standing import Skill, standing

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
COSTS = Costs(fee_rate=0.001, slippage=0.0005)
SEEDS = 300
SKILLED_SEEDS = 100
CALLS = 400
HIT_RATE = 0.6
VERDICTS = 1_000
HORIZON = 4

# Says long or short, knowing how the price will move; made anew for each seed.
Analyst = Callable[[float], Stance]
Maker = Callable[[random.Random], Analyst]


async def rows() -> list[Row]:
    """Let made-up analysts call, and count what is said of them."""
    wrong, moved = _recomputed()
    return [
        Row(
            "track: coin-flippers called no better than chance",
            _share(SEEDS, _coin, Skill.BETTER, wanted=False),
            None,
            "share",
            "ours >= 0.95",
            f"{SEEDS} seeds, {CALLS} calls each",
        ),
        Row(
            "track: stubborn coin-flippers whose calls overlap, too",
            _share(SEEDS, _stubborn, Skill.BETTER, wanted=False, apart=HOUR, horizon=24),
            None,
            "share",
            "ours >= 0.95",
            "a call an hour for a day ahead, a new coin a day",
        ),
        Row(
            "track: who always says long in a rising market, too",
            _share(SEEDS, _bull, Skill.BETTER, wanted=False, rises=HIT_RATE),
            None,
            "share",
            "ours >= 0.95",
            f"prices rise in {HIT_RATE:.0%}",
        ),
        Row(
            "track: planted skill found",
            _share(SKILLED_SEEDS, _skilled, Skill.BETTER, wanted=True),
            None,
            "share",
            "ours >= 0.9",
            f"{HIT_RATE:.0%} hits, n={CALLS}",
        ),
        Row(
            "track: verdicts scored otherwise than by plain Python",
            wrong,
            None,
            "verdicts",
            "ours <= 0",
            f"of {VERDICTS:,}",
        ),
        Row(
            "track: scores changed by candles after the horizon",
            moved,
            None,
            "verdicts",
            "ours <= 0",
            f"of {VERDICTS:,}, later candles shuffled",
        ),
    ]


def _coin(chance: random.Random) -> Analyst:
    return lambda _: "long" if chance.random() < 0.5 else "short"


def _bull(chance: random.Random) -> Analyst:
    return lambda _: "long"


def _skilled(chance: random.Random) -> Analyst:
    """Be right as often as was planted."""

    def analyst(move: float) -> Stance:
        return "long" if (move > 0) == (chance.random() < HIT_RATE) else "short"

    return analyst


def _stubborn(chance: random.Random) -> Analyst:
    """Flip a coin a day, and say the same each hour."""
    said: list[Stance] = []

    def analyst(move: float) -> Stance:
        flips = len(said) % 24 == 0
        said.append(_coin(chance)(move) if flips else said[-1])
        return said[-1]

    return analyst


def _share(
    seeds: int,
    maker: Maker,
    skill: Skill,
    *,
    wanted: bool,
    apart: timedelta = HORIZON * HOUR,
    horizon: int = HORIZON,
    rises: float = 0.5,
) -> float:
    """Return the share of seeds of which the skill is said (or, not `wanted`, is not said)."""
    said = (
        standing(_called(random.Random(seed), maker, apart, horizon, rises)).skill is skill
        for seed in range(seeds)
    )
    return sum(one is wanted for one in said) / seeds


def _called(
    chance: random.Random, maker: Maker, apart: timedelta, horizon: int, rises: float
) -> list[Scored]:
    """Let an analyst call on a walk whose hours rise with the chance `rises`, a percent each."""
    steps = horizon + CALLS * (apart // HOUR)
    walk = [0.0]
    if horizon == HORIZON and apart == HORIZON * HOUR:
        # One move a call, so that the share of rises is the one that is meant.
        for _ in range(CALLS + 1):
            walk.append(walk[-1] + (0.01 if chance.random() < rises else -0.01))
        ends = [(walk[n], walk[n + 1]) for n in range(CALLS)]
    else:
        for _ in range(steps):
            walk.append(walk[-1] + chance.gauss(0.0, 0.005))
        ends = [(walk[n], walk[n + horizon]) for n in range(CALLS)]
    analyst, made = maker(chance), []
    for number, (entry, left) in enumerate(ends):
        stance = analyst(left - entry)
        at = START + number * apart
        up = chance_of_rise(stance, 2, 3)
        said = Said("BTC/USDT", stance, up, at, at + horizon * HOUR)
        made.append(score(said, float(np.exp(entry)), float(np.exp(left)), COSTS))
    return made


def _recomputed() -> tuple[int, int]:
    """Score verdicts and count those that plain Python, or a market shuffled later, contradicts."""
    chance = random.Random(11)
    closes = [100.0]
    for _ in range(2_000):
        closes.append(round(closes[-1] * (1 + chance.gauss(0, 0.01)), 2))
    candles = _candles(closes)
    wrong = moved = 0
    for number in range(VERDICTS):
        votes, runs = chance.choice([(2, 3), (3, 3), (3, 5), (5, 5)])
        stance: Stance = chance.choice(["long", "short", "flat"])
        as_of = START + timedelta(seconds=chance.randrange(0, 3_600 * 1_500))
        horizon = chance.randrange(1, 100)
        entry = round(closes[chance.randrange(0, 1_500)] * (1 + chance.gauss(0, 0.001)), 2)
        due = due_at(as_of, Timeframe.H1, horizon)
        left = close_at(candles, due)
        assert left is not None
        said = Said("BTC/USDT", stance, chance_of_rise(stance, votes, runs), as_of, due)
        ours = score(said, entry, left, COSTS)
        theirs = _plainly(closes, stance, votes / runs, as_of, horizon, entry)
        wrong += not np.allclose(
            [ours.market, ours.hit, ours.brier, ours.made], theirs, rtol=1e-12, atol=1e-12
        )
        at = closes.index(left, max(0, round((due - START) / HOUR) - 1))
        later = closes[at + 1 :]
        random.Random(number).shuffle(later)
        moved += close_at(_candles([*closes[: at + 1], *later]), due) != left
    return wrong, moved


def _plainly(
    closes: list[float], stance: str, share: float, as_of: datetime, horizon: int, entry: float
) -> list[float]:
    """Score by the definitions alone, with nothing of the product."""
    ends = (as_of - START).total_seconds() / 3_600 + horizon
    whole = floor(ends)
    # The candle at place n opens n hours after the start and closes an hour later.
    left = closes[(whole if ends == whole else whole + 1) - 1]
    market = left / entry - 1
    up = {"long": share, "short": 1 - share, "flat": 0.5}[stance]
    brier = (up - (1 if left > entry else 0)) ** 2
    fee, slip = COSTS.fee_rate, COSTS.slippage
    if stance == "long":
        paid, got = entry * (1 + slip), left * (1 - slip)
        return [market, left > entry, brier, (got - paid - fee * (got + paid)) / paid]
    if stance == "short":
        got, paid = entry * (1 - slip), left * (1 + slip)
        return [market, left < entry, brier, (got - paid - fee * (got + paid)) / got]
    return [market, abs(market) <= 2 * (fee + slip), brier, 0.0]


def _candles(closes: list[float]) -> Candles:
    """Hourly candles from START on that close at these prices."""
    price = np.array(closes)
    time = to_ms(START) + np.arange(len(price)) * Timeframe.H1.ms
    return Candles("BTC/USDT", Timeframe.H1, time, price, price, price, price, price)
