"""The same questions for a real model, where OPENAI_API_KEY is set; nothing without one.

The market is the demo one at a fixed moment, so that two models see the same. It costs money:
about fifty model calls.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from agents.members import language_lineup
from agents.models import language_model
from agents.panel import Panel
from agents.trace import Trace, parse
from agents.verdict import Verdict
from benchmarks.rows import Row
from tests.agents.small_desk import Shelf
from tests.fakes.demo_desk import DemoDesk, demo_desk
from tools.registry import discover

NOW = datetime(2026, 3, 1, 14, 0, 5, tzinfo=UTC)
SECONDS = 120.0
VOTES = 3
AGAIN = 2


@dataclass(frozen=True)
class Asked:
    """A question, and the tools that an answer can't do without."""

    text: str
    tools: frozenset[str]
    decides: bool = False


QUESTIONS = (
    Asked("Is BTC a long on the 1h?", frozenset({"indicators", "forecast"}), decides=True),
    Asked("ETH 4小时可以做多吗？", frozenset({"indicators", "forecast"}), decides=True),
    Asked("Should I short SOL on the 15m?", frozenset({"indicators", "forecast"}), decides=True),
    Asked("What is the RSI of ETH on the 4h?", frozenset({"indicators"})),
    Asked("How risky is it to hold ADA?", frozenset({"risk_check"})),
    Asked("Backtest a donchian breakout on BTC 4h", frozenset({"backtest"})),
    Asked("What does the forecast say for BTC in the next 4 hours?", frozenset({"forecast"})),
    Asked("Which is the strongest of BTC, ETH and SOL?", frozenset({"rank"})),
    Asked("What is the mood of the news about BTC?", frozenset({"news"})),
    Asked("How is my portfolio doing?", frozenset({"portfolio"})),
    Asked("By how many percent is BTC above its EMA 50?", frozenset({"indicators", "derive"})),
    Asked("比特币现在的价格是多少？", frozenset({"quote"})),
)


@dataclass(frozen=True)
class Asker:
    """A desk that stands still, and a model that is asked about it."""

    desk: DemoDesk
    model: BaseChatModel
    name: str

    async def ask(self, text: str, votes: int) -> tuple[Verdict, Trace]:
        """Ask once; every question has a panel of its own, so none knows of another."""
        shelf = Shelf()
        panel = Panel(
            language_lineup(self.model, self.name, votes),
            discover(),
            lambda: NOW,
            lambda: "id1",
            shelf,
            seconds=SECONDS,
            model_calls=8,
        )
        verdict = await panel.ask(text, self.desk.context(), lambda _: None)
        return verdict, parse(shelf.stored[verdict.id].trace)

    async def flips(self, votes: int) -> float:
        """Return the share of decisions that come out otherwise when they are asked again."""
        questions = [one.text for one in QUESTIONS if one.decides]
        flipped = 0
        for text in questions:
            said = {(await self.ask(text, votes))[0].stance for _ in range(AGAIN)}
            flipped += len(said) > 1
        return flipped / len(questions)


async def rows() -> list[Row]:
    """Ask every question, the decisions twice and with one vote too."""
    key = os.environ.get("OPENAI_API_KEY", "")
    if not key:
        return []
    name = os.environ.get("OPENAI_MODEL", "gpt-4.1-mini")
    base_url = os.environ.get("OPENAI_BASE_URL") or None
    model = language_model(SecretStr(key), base_url, name, SECONDS)
    with tempfile.TemporaryDirectory() as place:
        async with demo_desk(Path(place), NOW) as desk:
            asker = Asker(desk, model, name)
            many = [await asker.ask(one.text, VOTES) for one in QUESTIONS]
            flips = {votes: await asker.flips(votes) for votes in (1, VOTES)}
    return _rows(name, many, flips)


def _rows(name: str, many: list[tuple[Verdict, Trace]], flips: dict[int, float]) -> list[Row]:
    runs = [run for _, trace in many for run in trace.runs if run.needed]
    routed = sum(
        one.tools <= {call.tool for run in trace.runs for call in run.calls}
        for one, (_, trace) in zip(QUESTIONS, many, strict=True)
    )
    told = sum(verdict.stance != "no call" for verdict, _ in many)
    as_asked = sum(
        (verdict.stance in ("long", "short", "flat")) == one.decides
        for one, (verdict, _) in zip(QUESTIONS, many, strict=True)
    )
    dropped = sum(run.prose_dropped for run in runs)
    objected = sum(bool(run.objections) for run in runs)
    tokens = sum(verdict.tokens_in + verdict.tokens_out for verdict, _ in many)
    shares = (
        ("questions that reach the right tools", routed / len(many)),
        ("questions answered", told / len(many)),
        ("decisions given where one is asked, and only there", as_asked / len(many)),
        ("runs with a draft refused", objected / len(runs)),
        ("runs whose prose was dropped", dropped / len(runs)),
        ("verdicts that flip with 1 vote", flips[1]),
        (f"verdicts that flip with {VOTES} votes", flips[VOTES]),
    )
    # No goals: these are the model's figures, not ours.
    return [
        *(Row(f"{name}: {what}", share, None, "share", "") for what, share in shares),
        Row(f"{name}: seconds a question", median(v.seconds for v, _ in many), None, "s", ""),
        Row(f"{name}: tokens a question", tokens / len(many), None, "tokens", ""),
    ]
