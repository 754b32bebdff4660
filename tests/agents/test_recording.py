"""From stored traces to calls: what was decided, by whom, with which chance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from agents.recording import USUAL_HORIZON, Recorder, calls_of
from agents.rules.rule_based import rule_based_lineup
from agents.trace import Trace, parse
from desk.called import CallState, Who
from desk.facts import Value
from desk.ports import StoredQuestion
from storage.questions import SqliteQuestions
from storage.sqlite import SqliteFile
from storage.verdicts import SqliteVerdicts
from tests.agents.scripts import LOOK, lineup, plainly, says
from tests.agents.small_desk import CALM_UP, NOW, Room
from tests.fakes.openai_server import OpenAIServer, Script, calls, fail, forever
from trading.candles import Timeframe

QUOTE = calls(
    ("quote", {"symbol": "BTC/USDT"}),
    ("forecast", {"symbol": "ETH/USDT", "timeframe": "1h"}),
    ("forecast", {"symbol": "BTC/USDT", "timeframe": "1h", "horizon": 6}),
    ("indicators", {"symbol": "BTC/USDT", "timeframe": "1h"}),
)


async def trace_of(*scripts: Script, figures: Mapping[str, Value] = CALM_UP) -> Trace:
    """Ask a language model of these scripts, and return the trace."""
    async with OpenAIServer(list(scripts)) as server:
        asked = Room(lineup(server, runs=len(scripts)))
        asked.desk.figures.update(figures)
        verdict = await asked.ask()
    return parse(asked.shelf.stored[verdict.id].trace)


async def test_a_verdict_becomes_a_call_with_its_share_of_all_runs() -> None:
    trace = await trace_of(
        [LOOK, says("long", horizon=8)],
        [LOOK, says("long", horizon=12)],
        [LOOK, says("short", horizon=1)],
    )
    call, forecast = calls_of(trace, Decimal("26905.5"))
    assert (call.who, call.analyst, call.account_id) == (Who.VERDICT, "test-model", "alice")
    assert (call.stance, call.votes, call.runs) == ("long", 2, 3)
    # The short may come after two longs have settled it; then nobody waits for it.
    assert call.against == sum(run.needed for run in trace.runs) - 2
    assert (call.symbol, call.timeframe, call.horizon) == ("BTC/USDT", Timeframe.H1, 8)
    assert (call.as_of, call.source, call.demo, call.price) == (
        NOW,
        "demo",
        True,
        Decimal("26905.5"),
    )
    assert (forecast.who, forecast.analyst, forecast.stance) == (Who.FORECAST, "forecast", "flat")
    assert (forecast.up, forecast.horizon, forecast.price) == (0.52, 4, None)


async def test_a_run_that_was_not_needed_or_failed_is_no_vote_against() -> None:
    trace = await trace_of(*[[LOOK, says("long")]] * 3)
    # Which run is stopped is a matter of milliseconds; here it is the third.
    ended = next(run for run in trace.runs if run.answer)
    runs = [ended.model_copy(update={"run": number}) for number in (1, 2)]
    stopped = ended.model_copy(update={"run": 3, "needed": False, "answer": None})
    call, _ = calls_of(trace.model_copy(update={"runs": (*runs, stopped)}))
    assert (call.stance, call.votes, call.against, call.runs) == ("long", 2, 0, 3)


async def test_without_a_named_horizon_it_is_the_forecasts_usual_one() -> None:
    call, _ = calls_of(await trace_of([LOOK, says("flat")]))
    assert (call.stance, call.horizon) == ("flat", USUAL_HORIZON)


@pytest.mark.parametrize(
    ("up", "edge", "stance"),
    [(0.61, "edge", "long"), (0.41, "edge", "short"), (0.61, "no edge", "flat")],
)
async def test_the_forecast_is_followed_where_it_claims_an_edge(
    up: float, edge: str, stance: str
) -> None:
    figures: Mapping[str, Value] = {"Forecast ↑": up, "Forecast edge": edge}
    trace = await trace_of([QUOTE, says("long")], figures=figures)
    call, forecast = calls_of(trace)
    assert (forecast.stance, forecast.up, forecast.horizon) == (stance, up, 6)
    assert (call.price, forecast.price) == (Decimal("26905.0"), None)


async def test_a_forecast_nobody_asked_for_is_no_call() -> None:
    look = calls(("indicators", {"symbol": "BTC/USDT", "timeframe": "1h"}))
    (call,) = calls_of(await trace_of([look, plainly("long")]))
    assert (call.who, call.stance) == (Who.VERDICT, "long")


async def test_no_call_is_counted_and_information_is_not() -> None:
    split = await trace_of([LOOK, says("long")], [LOOK, says("short")], [LOOK, says("flat")])
    (call,) = calls_of(split)
    assert (call.stance, call.votes, call.against, call.runs) == ("no call", 0, 3, 3)
    async with OpenAIServer([forever(fail(500))] * 3) as server:
        room = Room(lineup(server, timeout=0.5), seconds=1.0)
        verdict = await room.ask()
    (call,) = calls_of(parse(room.shelf.stored[verdict.id].trace))
    assert (call.stance, call.symbol, call.timeframe) == ("no call", "", Timeframe.H1)
    room = Room(rule_based_lineup())
    verdict = await room.ask("What is the RSI of BTC?")
    assert calls_of(parse(room.shelf.stored[verdict.id].trace)) == ()


async def test_the_rules_own_verdict_carries_their_name() -> None:
    room = Room(rule_based_lineup())
    verdict = await room.ask()
    call, forecast = calls_of(parse(room.shelf.stored[verdict.id].trace))
    assert (call.analyst, call.runs) == ("rule-based", 3)
    assert forecast.who is Who.FORECAST


async def test_what_a_killed_process_answered_is_recorded_at_the_next_start_once(
    tmp_path: Path,
) -> None:
    room = Room(rule_based_lineup())
    verdict = await room.ask()
    file = SqliteFile(tmp_path / "conclave.db")
    questions, verdicts = SqliteQuestions(file), SqliteVerdicts(file)
    stored = room.shelf.stored[verdict.id]
    damaged = StoredQuestion(
        "bad", "alice", datetime(2026, 1, 1, tzinfo=UTC), "Is BTC a long?", "{}"
    )
    for question in (damaged, stored):
        await questions.save(question)
    recorder = Recorder(verdicts)
    assert await recorder.recover() == 2
    seen = await verdicts.of_account("alice")
    assert {one.call.who for one in seen} == {Who.VERDICT, Who.FORECAST}
    assert {one.state for one in seen} == {CallState.WAITING}
    assert {one.call.who: one.due_at for one in seen} == {
        Who.VERDICT: datetime(2026, 3, 1, 19, tzinfo=UTC),
        Who.FORECAST: datetime(2026, 3, 1, 18, tzinfo=UTC),
    }
    assert await recorder.recover() == 0
    await recorder.record(stored, Decimal(7))
    assert len(await verdicts.of_account("alice")) == 2
    await file.close()
