"""A run that could not read the market has no vote, and the card says which exchange is gone."""

from __future__ import annotations

import pytest

from agents.members import Lineup
from agents.rules.rule_based import rule_based_lineup
from tests.agents.scripts import LOOK, lineup, says
from tests.agents.small_desk import Room, SmallDesk
from tests.fakes.openai_server import OpenAIServer, Script, answer, call, calls

MARKET = frozenset({"quote", "indicators", "forecast", "backtest", "risk_check"})
REASON = "The market could not be read: demo can't be reached. Check the network."
STUBBORN = answer(
    {
        "stance": "flat",
        "symbol": "BTC/USDT",
        "timeframe": "1h",
        "headline": "Nothing to see, so stay out.",
        "reasons": ["The tools gave nothing."],
    }
)
HONEST = answer(
    {
        "stance": "none",
        "symbol": "BTC/USDT",
        "timeframe": "1h",
        "headline": "BTC/USDT could not be looked at.",
        "reasons": ["The tools gave nothing."],
    }
)
ACCOUNT = answer(
    {
        "stance": "none",
        "headline": "Your account is fine.",
        "reasons": ["The price could not be had."],
    }
)


def blind(lineup: Lineup, down: frozenset[str] = MARKET) -> Room:
    return Room(lineup, SmallDesk(down=down))


@pytest.mark.parametrize(
    "script", [[LOOK, HONEST], [LOOK, STUBBORN, STUBBORN], [LOOK, LOOK, LOOK, LOOK, LOOK, LOOK]]
)
async def test_runs_when_the_market_is_down_are_no_call_that_names_the_exchange(
    script: Script,
) -> None:
    async with OpenAIServer([script]) as server:
        verdict = await blind(lineup(server)).ask()
    assert verdict.stance == "no call"
    assert verdict.reason == REASON
    assert verdict.dissent is None
    assert {vote.failure.label for vote in verdict.votes if vote.failure} == {"no market"}
    assert not verdict.counts


async def test_rule_based_analyst_when_the_market_is_down_is_no_call_too() -> None:
    verdict = await blind(rule_based_lineup()).ask()
    assert (verdict.stance, verdict.reason) == ("no call", REASON)
    assert [vote.failure.label for vote in verdict.votes if vote.failure] == ["no market"] * 3


async def test_flat_on_the_account_alone_is_no_vote() -> None:
    look = calls(("portfolio", {}), ("indicators", {"symbol": "BTC/USDT"}))
    async with OpenAIServer([[look, STUBBORN]]) as server:
        verdict = await blind(lineup(server, 1)).ask()
    assert (verdict.stance, verdict.reason) == ("no call", REASON)


async def test_question_about_the_account_is_answered_without_prices() -> None:
    look = calls(("portfolio", {}), ("quote", {"symbol": "BTC/USDT"}))
    async with OpenAIServer([[look, ACCOUNT]]) as server:
        verdict = await blind(lineup(server, 1)).ask("How is my portfolio?")
    assert (verdict.stance, verdict.headline) == ("none", "Your account is fine.")


async def test_run_that_got_something_of_the_market_votes() -> None:
    async with OpenAIServer([[LOOK, STUBBORN]]) as server:
        verdict = await blind(lineup(server, 1), frozenset({"forecast"})).ask()
    assert verdict.stance == "flat"


async def test_unknown_symbol_is_no_dead_market() -> None:
    async with OpenAIServer([[call("quote", symbol="XYZ/USDT"), HONEST]]) as server:
        verdict = await Room(lineup(server, 1)).ask("Is XYZ a long?")
    assert verdict.stance == "none"


async def test_blind_run_is_never_shown_as_dissent() -> None:
    scripts: list[Script] = [
        [call("backtest", symbol="BTC/USDT"), HONEST],
        [LOOK, says("long")],
        [LOOK, says("long")],
    ]
    async with OpenAIServer(scripts) as server:
        verdict = await blind(lineup(server), frozenset({"backtest"})).ask()
    assert verdict.stance == "long"
    assert verdict.dissent is None
