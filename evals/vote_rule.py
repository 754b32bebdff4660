"""The vote rule: stopping early gives the verdict of the full count."""

from __future__ import annotations

import random

from agents.vote import Ballot, decide
from benchmarks.rows import Row

VOTES = 20_000
BALLOTS = (
    Ballot("long", "BTC/USDT"),
    Ballot("short", "BTC/USDT"),
    Ballot("flat", "BTC/USDT"),
    Ballot("none"),
    None,
)


async def rows() -> list[Row]:
    """Count made-up votes both ways, in every order in which runs may end."""
    chance = random.Random(7)
    same = saved = runs = 0
    for _ in range(VOTES):
        size = chance.choice((1, 3, 5, 7, 9))
        weights = [chance.random() ** 3 for _ in BALLOTS]
        cast = chance.choices(BALLOTS, weights, k=size)
        full = decide(cast, size)
        used = next(n for n in range(1, size + 1) if decide(cast[:n], size) is not None)
        early = decide(cast[:used], size)
        assert full is not None
        assert early is not None
        same += early.winner == full.winner
        saved += size - used
        runs += size
    return [
        Row("vote: early stop equals the full count", same / VOTES, None, "share", "ours >= 1"),
        Row("vote: runs saved by stopping early", saved / runs, None, "share", ""),
    ]
