"""How often the same question, asked twice, gets another verdict: with one vote and with more.

The model is a coin with a leaning, as a language model at a temperature is: each run says the
likelier stance with the chance LEANING, else one of the others.
"""

from __future__ import annotations

import random
from itertools import pairwise

from agents.vote import Ballot, decide
from benchmarks.rows import Row

LEANING = 0.7
ASKED = 20_000
STANCES = (Ballot("long", "BTC/USDT"), Ballot("flat", "BTC/USDT"), Ballot("short", "BTC/USDT"))


async def rows() -> list[Row]:
    """Ask a leaning coin again and again; count how often the verdict flips or fails to come."""
    one, three, five = (_flips(votes) for votes in (1, 3, 5))
    return [
        Row("stability: verdicts that flip with 1 vote", one, None, "share", ""),
        Row("stability: verdicts that flip with 3 votes", three, None, "share", f"ours <= {one}"),
        Row("stability: verdicts that flip with 5 votes", five, None, "share", f"ours <= {three}"),
    ]


def _flips(votes: int) -> float:
    """Return the share of neighbouring verdicts that name different stances; no call is none."""
    chance = random.Random(11)
    verdicts = []
    for _ in range(ASKED):
        cast = [_run(chance) for _ in range(votes)]
        decided = decide(cast, votes)
        assert decided is not None
        verdicts.append(decided.winner)
    pairs = [(a, b) for a, b in pairwise(verdicts) if a is not None and b is not None]
    return round(sum(a != b for a, b in pairs) / len(pairs), 4)


def _run(chance: random.Random) -> Ballot:
    likely, *others = STANCES
    return likely if chance.random() < LEANING else chance.choice(others)
