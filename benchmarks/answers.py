"""What a person waits for who types /backtest: the tool call, its intervals, its picture."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from statistics import median
from typing import Any, cast

from benchmarks import job
from benchmarks.job import FULL, YEAR_OF_HOURS
from benchmarks.rows import Row, milliseconds
from desk.facts import FactBook
from desk.lab import Lab
from desk.portfolio import Portfolios
from desk.preview import Preview
from desk.research import Research
from desk.result import Result
from desk.snapshot import Snapshot
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from tools.context import Context
from tools.registry import discover
from trading.backtest import Rules
from trading.candles import Timeframe
from trading.strategies.catalogue import Catalogue, built_in

SYMBOL = "BTC/USDT"
CALLS = 30


def rows() -> list[Row]:
    from bot.charts import render, warm
    from trading.bootstrap import intervals

    warm()
    asker = Asker()
    result, called = asyncio.run(asker.wait(CALLS))
    assert result.chart is not None
    chart, tested = result.chart, job.ours(asker.candles, FULL)
    return [
        Row(
            "/backtest: arguments in, facts and chart out",
            called,
            milliseconds(lambda: job.ours(asker.candles[:], FULL)),
            "ms",
            "ours < 5",
            "the backtest alone",
        ),
        Row(
            "/backtest: its picture",
            milliseconds(lambda: render(chart), times=10),
            None,
            "ms",
            "ours < 150",
        ),
        Row(
            "bootstrap intervals",
            milliseconds(lambda: intervals(tested.equity, Timeframe.H1)),
            None,
            "ms",
            "ours < 50",
        ),
        _first("loaded", "ours < 300"),
        _first("early", ""),
    ]


class Asker:
    """Calls the tool `backtest` as a command does, over candles that are already here."""

    def __init__(self) -> None:
        self.candles = job.hours(YEAR_OF_HOURS, 1)
        clock = FakeClock(self.candles.last_close_time)
        self._market = FakeMarket(clock)
        self._market.set(SYMBOL, 20_000)
        self._market.set_candles(self.candles)
        self._clock = clock
        self._tool = discover()["backtest"]
        self._lab = Lab(remember=0)  # each call does all its work

    async def wait(self, calls: int) -> tuple[Result, float]:
        """Call so often, after two that warm up; return the last result and the median time."""
        catalogue = built_in()
        taken = []
        for _ in range(calls + 2):
            start = time.perf_counter()
            result = await self.call(catalogue)
            taken.append((time.perf_counter() - start) * 1000)
        return result, median(taken[2:])

    async def call(self, catalogue: Catalogue) -> Result:
        research = Research(Snapshot(self._market, self._clock()), self._lab, Rules(), catalogue)
        # A backtest looks at no account.
        context = Context("anne", research, cast(Preview, None), cast(Portfolios, None), FactBook())
        return await self._tool.call(context, self._tool.parse([SYMBOL, "1h", "sma_cross"]))


def _first(when: str, goal: str) -> Row:
    """Time the first call in fresh processes; what they have to compile is on the disk by then."""
    calls = [_in_a_fresh_process(when) for _ in range(3)][1:]
    for call in calls:
        assert not call["compiled"], f"compiled in front of the user: {call['compiled']}"
    return Row(
        f"/backtest: a process's first call, {when}, extra",
        median(call["first"] - call["warm"] for call in calls),
        median(call["warm"] for call in calls),
        "ms",
        goal,
        "a later call in the same process",
    )


def _in_a_fresh_process(when: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.first_call", when]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))
