from __future__ import annotations

from datetime import UTC, datetime, timedelta

from agents.fingerprint import digest, snapshot_hash
from agents.trace import TracedCall, TracedRun, parse
from tests.agents.scripts import LOOK, lineup, says
from tests.agents.small_desk import Room
from tests.fakes.openai_server import OpenAIServer, Script, call

AT = datetime(2026, 3, 1, 14, tzinfo=UTC)
RSI = TracedCall(tool="indicators", arguments="{}", digest=digest("RSI 58.2"))
PRICE = TracedCall(tool="quote", arguments="{}", digest=digest("26905"))
ERROR = TracedCall(tool="quote", arguments="{}", error="no such symbol")


def run(*calls: TracedCall) -> TracedRun:
    return TracedRun(run=1, label="run 1", model="m", calls=calls)


def test_hash_is_of_what_was_seen_and_not_of_who_asked_in_which_order() -> None:
    whole = snapshot_hash(AT, "binance", [run(RSI, PRICE)])
    assert whole == snapshot_hash(AT, "binance", [run(PRICE, ERROR, RSI, RSI)])
    assert whole == snapshot_hash(AT, "binance", [run(PRICE), run(RSI)])


def test_hash_changes_with_the_moment_the_market_and_every_result() -> None:
    other = RSI.model_copy(update={"digest": digest("RSI 58.3")})
    hashes = {
        snapshot_hash(AT, "binance", [run(RSI, PRICE)]),
        snapshot_hash(AT + timedelta(seconds=1), "binance", [run(RSI, PRICE)]),
        snapshot_hash(AT, "kraken", [run(RSI, PRICE)]),
        snapshot_hash(AT, "binance", [run(other, PRICE)]),
        snapshot_hash(AT, "binance", [run(RSI)]),
    }
    assert len(hashes) == 5


async def test_runs_of_a_question_carry_the_hash_of_the_same_market() -> None:
    """The last one looks one by one, after the others."""
    apart = [
        call("forecast", symbol="btc", timeframe="1h"),
        call("indicators", symbol="BTCUSDT"),
        says("flat"),
    ]
    scripts: list[Script] = [[LOOK, says("long")], [LOOK, says("short")], apart]
    async with OpenAIServer(scripts) as server:
        room = Room(lineup(server))
        verdict = await room.ask()
    trace = parse(room.shelf.stored[verdict.id].trace)
    hashes = {snapshot_hash(trace.as_of, trace.source, [each]) for each in trace.runs}
    assert hashes == {trace.snapshot}
