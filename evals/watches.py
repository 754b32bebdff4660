"""Armed strategies: they trade what their backtest trades, and act on each close once."""

from __future__ import annotations

import random
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.rows import Row
from tests.fakes.armed_lives import CALM, CLOSES, Close, lived
from tests.fakes.armed_replay import CASES, replay

CANDLES = 90
LIVES = 4
SEED = 20260105
ZERO = "ours <= 0"


async def rows() -> list[Row]:
    """Replay strategies beside their backtests, and closes through kills and two processes."""
    return [*await _parity(), *await _once()]


async def _parity() -> list[Row]:
    steps = differing = 0
    for asked in CASES.values():
        with TemporaryDirectory() as folder:
            seen = await replay(Path(folder), asked, CANDLES)
        steps += len(seen.tested)
        differing += len(set(seen.lived) ^ set(seen.tested))
        differing += sum(a != b for a, b in zip(seen.heard, seen.signal, strict=True))
    told = f"of {steps} entries and exits of {len(CASES)} strategies, {CANDLES} closes each"
    return [Row("watches: decisions unlike the backtest's", differing, None, "steps", ZERO, told)]


async def _once() -> list[Row]:
    dice, twice, unlike, kills = random.Random(SEED), 0, 0, 0
    for number in range(LIVES):
        plan = [_around(dice) for _ in CLOSES]
        kills += sum(len(close.cuts) for close in plan)
        with TemporaryDirectory() as folder:
            calm = await lived(Path(folder) / "calm.db", CALM, auto=number % 2 == 0)
            wild = await lived(Path(folder) / "wild.db", plan, auto=number % 2 == 0)
        twice += len(wild.runs) - len(set(wild.runs))
        unlike += calm != wild
    told = f"{LIVES * len(CLOSES)} closes, {kills} looks cut off, two processes, several looks each"
    return [
        Row("watches: closes acted on twice", twice, None, "closes", ZERO, told),
        Row("watches: accounts unlike an undisturbed one", unlike, None, "accounts", ZERO, told),
    ]


def _around(dice: random.Random) -> Close:
    lookers = tuple(dice.randrange(2) for _ in range(dice.randint(1, 4)))
    return Close(lookers, tuple(dice.randint(1, 60) for _ in range(dice.randrange(3))))
