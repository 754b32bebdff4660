"""One market: all runs of a question see the same one, and nobody sees past its moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from pydantic import SecretStr

from agents.fingerprint import snapshot_hash
from agents.members import language_lineup
from agents.models import language_model
from agents.panel import Panel
from agents.trace import Trace, parse
from benchmarks.rows import Row
from desk.facts import FactBook
from desk.lab import Lab
from evals.made_market import NOW, World, desk_of
from tests.agents.scripts import KEY, says
from tests.agents.small_desk import Shelf
from tests.fakes.openai_server import OpenAIServer, Script, call, calls
from tests.fakes.paper_desk import new_id
from tools.registry import discover
from trading.candles import Timeframe
from trading.errors import ConclaveError

VOTES = (1, 3, 5)
# No majority before the last one ends, whatever their order.
SPLIT = ("long", "short", "flat", "long", "short")
QUESTION = "Is BTC a long on the 1h right now?"
BTC: Mapping[str, object] = {"symbol": "BTC/USDT", "timeframe": "1h"}
WANTED = (
    ("indicators", BTC),
    ("quote", {"symbol": "BTC/USDT"}),
    ("forecast", BTC),
    ("backtest", {**BTC, "strategy": "sma_cross"}),
    ("news", {"symbol": "BTC/USDT"}),
    ("risk_check", {"symbol": "BTC/USDT"}),
)
# Typed in place of a tool's example, where that would take long or asks for facts.
TYPED = {
    "optimize": "BTC/USDT 4h sma_cross trials=10",
    "set_alert": "BTC/USDT above 110",
    "derive": "difference f2 f3",
    "rank": "BTC ETH SOL 1h by=momentum",
    "backtest": "BTC/USDT 1h sma_cross",
    "forecast": "BTC/USDT 1h 4",
    "indicators": "BTC/USDT 15m",
}
OF_FACTS = frozenset({"derive"})
FUTURES = (2, 3)


@dataclass(frozen=True)
class Vote:
    """A question's trace, and how often each thing was asked of the exchange for it."""

    trace: Trace
    asked: Mapping[str, int]

    @property
    def hashes(self) -> set[str]:
        """Of each run: what it was shown of the market."""
        trace = self.trace
        return {snapshot_hash(trace.as_of, trace.source, [run]) for run in trace.runs}


async def vote(runs: int, lab: Lab) -> Vote:
    """Ask a panel of `runs` runs on the desk's own tools; each calls them in an order of its own.

    Every second run calls them one by one, so that it is long behind the others.
    """
    scripts = [_script(number) for number in range(runs)]
    async with desk_of(World(), lab) as (market, context), OpenAIServer(scripts) as server:
        model = language_model(SecretStr(KEY), server.base_url, "test-model", 60)
        shelf = Shelf()
        panel = Panel(
            language_lineup(model, "test-model", runs),
            discover(),
            lambda: NOW,
            new_id,
            shelf,
            seconds=60,
            model_calls=len(WANTED) + 2,
        )
        verdict = await panel.ask(QUESTION, context, lambda _: None)
        trace = parse(shelf.stored[verdict.id].trace)
        unfit = [call.error for run in trace.runs for call in run.calls if call.error]
        if unfit or not all(run.answer for run in trace.runs):
            raise AssertionError(f"a run did not look at the market: {unfit}")
        return Vote(trace, dict(market.asked))


async def outputs(world: World, lab: Lab) -> dict[str, str]:
    """Return what each tool says of a world, and the picture of a card, as text."""
    told = {}
    tools = discover()
    async with desk_of(world, lab) as (_, context):
        for name, tool in tools.items():
            # Ids begin anew, so that a tool's output holds nothing of another one's.
            alone = replace(context, facts=FactBook())
            if name in OF_FACTS:
                await tools["indicators"].call(alone, BTC)
            try:
                result = await tool.call(alone, tool.parse(TYPED.get(name, tool.example).split()))
            except ConclaveError as error:
                told[name] = str(error)
            else:
                told[name] = f"{result.as_json()} {result.draft}"
        told["chart"] = repr(await context.research.chart("BTC/USDT", Timeframe.H1, ()))
    return told


async def rows() -> list[Row]:
    """Compare panels of several sizes, and tools on worlds of several futures."""
    lab = Lab()
    try:
        votes = [await vote(runs, lab) for runs in VOTES]
        worlds = [
            (
                await outputs(World(late=late), lab),
                [await outputs(World(future=future, late=late), lab) for future in FUTURES],
            )
            for late in (False, True)
        ]
        other_past = await outputs(World(past=2), lab)
    finally:
        lab.close()
    one, *more = [sum(vote.asked.values()) for vote in votes]
    unlike = sum(len(vote.hashes | {vote.trace.snapshot}) - 1 for vote in votes)
    leaks = sorted(
        {name for base, futures in worlds for told in futures for name in _unlike(base, told)}
    )
    seeing = _unlike(worlds[0][0], other_past)
    return [
        Row(
            "one market: exchange calls more for N votes than for one",
            max(asked - one for asked in more),
            None,
            "calls",
            "ours <= 0",
            f"{one} for one, {len(VOTES)} panels of {', '.join(map(str, VOTES))} runs",
        ),
        Row("one market: runs with another snapshot hash", unlike, None, "runs", "ours <= 0"),
        Row(
            "one market: tools that a changed future changes",
            len(leaks),
            None,
            "tools",
            "ours <= 0",
            ", ".join(leaks) or f"{len(worlds[0][0])} tools, {len(worlds) * len(FUTURES)} futures",
        ),
        # Else the row above would be reached by tools that see nothing.
        Row(
            "one market: tools that a changed past changes",
            len(seeing),
            None,
            "tools",
            "ours >= 8",
            ", ".join(seeing),
        ),
    ]


def _script(number: int) -> Script:
    order = Random(number).sample(WANTED, len(WANTED))
    if number % 2:
        return [*(call(name, **arguments) for name, arguments in order), says(SPLIT[number])]
    return [calls(*order), says(SPLIT[number])]


def _unlike(one: Mapping[str, str], other: Mapping[str, str]) -> Sequence[str]:
    return [name for name in one if one[name] != other[name]]
