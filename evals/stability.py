"""How often the same question, asked twice, gets another verdict: with one vote and with more.

The whole panel is asked, over the wire. The model is a coin with a leaning, as a language model at
a temperature is: each run says the likelier stance with the chance LEANING, else one of the others.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from random import Random

from pydantic import SecretStr

from agents.members import language_lineup
from agents.models import language_model
from agents.panel import Panel
from benchmarks.rows import Row
from tests.agents.scripts import KEY, LOOK, plainly
from tests.agents.small_desk import NOW, Shelf, SmallDesk, small_context, tools_of
from tests.fakes.openai_server import OpenAIServer, Reply, Request
from tests.fakes.paper_desk import new_id

LEANING = 0.7
ASKED = 75
STANCES = ("long", "flat", "short")
QUESTION = "Is BTC a long on the 1h right now? (case {number})"
_NUMBER = re.compile(r"\(case (\d+)\)")


class Coin:
    """A model whose runs look at the market and then toss.

    The tosses of a question are its own, in whatever order its runs come, so that the verdict is
    the same on a busy machine.
    """

    def __init__(self) -> None:
        self._places: dict[int, int] = {}
        self._runs: dict[str, int] = {}

    def __call__(self, request: Request) -> Reply:
        if request.turn == 0:
            return LOOK(request)
        return plainly(self._toss(request))(request)

    def _toss(self, request: Request) -> str:
        found = _NUMBER.search(str(request.messages))
        question = found[1] if found else ""
        if request.conversation not in self._places:
            self._places[request.conversation] = self._runs.get(question, 0)
            self._runs[question] = self._places[request.conversation] + 1
        chance = Random(f"{question} {self._places[request.conversation]}")
        likely, *others = STANCES
        return likely if chance.random() < LEANING else chance.choice(others)


async def rows() -> list[Row]:
    """Ask a leaning coin again and again; count how often the verdict flips or fails to come."""
    one, three = [await verdicts(votes, ASKED) for votes in (1, 3)]
    return [
        _row(1, one, ""),
        _row(3, three, f"ours <= {flips(one)}"),
    ]


async def verdicts(votes: int, asked: int) -> list[str]:
    """Return the stance of each verdict of a panel of `votes` runs."""
    async with OpenAIServer([Coin()]) as server:
        model = language_model(SecretStr(KEY), server.base_url, "test-model", 20)
        panel = Panel(
            language_lineup(model, "test-model", votes),
            tools_of(SmallDesk()),
            lambda: NOW,
            new_id,
            Shelf(),
            seconds=20,
            model_calls=4,
        )
        context = small_context()
        found = []
        for number in range(asked):
            verdict = await panel.ask(QUESTION.format(number=number), context, lambda _: None)
            failed = [vote.failure.text for vote in verdict.votes if vote.failure]
            if failed:
                raise AssertionError(f"a run of a sound model failed: {failed[0]}")
            found.append(str(verdict.stance))
        return found


def flips(found: Sequence[str]) -> float:
    """Return the share of neighbouring verdicts that name different stances; no call is none."""
    pairs = [(a, b) for a, b in pairwise(found) if "no call" not in (a, b)]
    return round(sum(a != b for a, b in pairs) / len(pairs), 4)


def _row(votes: int, found: Sequence[str], goal: str) -> Row:
    name = f"stability: verdicts that flip with {votes} vote{'s' if votes > 1 else ''}"
    note = f"{found.count('no call')} of {len(found)} without a call"
    return Row(name, flips(found), None, "share", goal, note)
