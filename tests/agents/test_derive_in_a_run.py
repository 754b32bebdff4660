"""What a run may derive, and which markets it may decide on: those that it has looked at."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from agents.binding import Bench
from agents.run_log import RunLog
from tests.agents.scripts import LOOK, lineup, says
from tests.agents.small_desk import Room, small_context
from tests.fakes.openai_server import OpenAIServer, answer, call
from tools.registry import discover

AT = datetime(2026, 3, 1, 14, tzinfo=UTC)


async def test_run_derives_from_its_own_facts_only() -> None:
    context = small_context()
    one = context.facts.add("t", "Last price", 105.0, "USDT", as_of=AT, source="demo")
    other = context.facts.add("t", "EMA 50", 100.0, "USDT", as_of=AT, source="demo")
    bench = Bench({"derive": discover()["derive"]}, context)
    log = RunLog(1, "run 1", "model", facts={one.id: one})
    hands = bench.for_run(log, lambda _: None)
    wanted = {"operation": "difference", "first": one.id, "second": f"{{{other.id}}}"}
    refused = json.loads(await hands.call("derive", wanted))
    assert refused == {"error": f"No tool gave you {other.id}."}
    log.facts[other.id] = other
    made = json.loads(await hands.call("derive", wanted))["facts"][0]
    assert (made["label"], made["value"]) == ("Last price − EMA 50", 5.0)
    assert made["id"] in log.facts


async def test_decision_on_a_market_that_was_not_looked_at_is_no_vote() -> None:
    step = says("long", symbol="SOL/USDT", reasons=["It runs."], headline="Up.")
    async with OpenAIServer([[LOOK, step, step]]) as server:
        verdict = await Room(lineup(server, runs=1)).ask()
    (vote,) = verdict.votes
    assert vote.failure is not None
    assert vote.stance is None
    assert "SOL/USDT" in str(server.chats[-1].messages[-1]["content"])


async def test_figure_in_the_symbol_of_an_answer_is_not_shown() -> None:
    made = {"stance": "none", "symbol": "58200/USDT", "headline": "Up.", "reasons": ["It runs."]}
    async with OpenAIServer([[LOOK, answer(made)]]) as server:
        verdict = await Room(lineup(server, runs=1)).ask("What is the price?")
    assert verdict.symbol == ""
    assert verdict.headline == "Up."


async def test_sign_lie_when_mended_is_told_as_mended_and_else_as_facts() -> None:
    def draft(word: str) -> dict[str, object]:
        return {
            "stance": "none",
            "symbol": "BTC/USDT",
            "timeframe": "1h",
            "headline": f"EMA 20 is {word} EMA 50.",
            "reasons": ["The averages say so."],
        }

    lie, truth = answer(draft("below")), answer(draft("above"))
    look = call("indicators", symbol="BTC/USDT", timeframe="1h")
    async with OpenAIServer([[look, lie, truth]]) as server:
        verdict = await Room(lineup(server, runs=1)).ask("Where are the averages?")
        assert verdict.headline == "EMA 20 is above EMA 50."
        assert "EMA 20 ({f2}) is not below EMA 50" in str(server.chats[-1].messages[-1]["content"])
    async with OpenAIServer([[look, lie, lie]]) as server:
        verdict = await Room(lineup(server, runs=1)).ask("Where are the averages?")
        assert verdict.prose_dropped
        assert "below" not in verdict.headline
        assert [fact.value for fact in verdict.evidence if fact.label == "EMA 20/50"] == ["above"]
