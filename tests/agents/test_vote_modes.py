"""Which runs are started, and when: decisions are voted on, explanations are answered once."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from agents.rules.rule_based import rule_based_lineup
from agents.trace import parse
from agents.vote import VoteMode
from tests.agents.scripts import LOOK, lineup, says, votes
from tests.agents.small_desk import Room
from tests.fakes.openai_server import OpenAIServer, Script, Step, answer, fail, hang, say, slow

DECISION = "Is BTC a long on the 1h right now?"
INFORMATION = ("What is the RSI of BTC on the 1h?", "price of BTC", "Tell me something.")
TOLD = answer({"stance": "none", "headline": "All is calm.", "reasons": ["As asked."]})


async def asked_of(
    scripts: Sequence[Script], question: str, mode: VoteMode, runs: int = 3, seconds: float = 10.0
) -> tuple[str, int, int, int]:
    """Return stance, runs counted, runs not needed, and how many runs the server met."""
    async with OpenAIServer(scripts) as server:
        room = Room(lineup(server, runs=runs), mode=mode, seconds=seconds)
        verdict = await room.ask(question)
        met = len({chat.conversation for chat in server.chats})
    return verdict.stance, verdict.runs_total, verdict.not_needed, met


async def test_thrifty_when_the_first_two_agree_never_asks_the_third() -> None:
    found = await asked_of(votes("long", "long", "short"), DECISION, VoteMode.THRIFTY)
    assert found == ("long", 3, 1, 2)


async def test_thrifty_when_the_first_two_disagree_asks_the_third() -> None:
    found = await asked_of(votes("long", "short", "short"), DECISION, VoteMode.THRIFTY)
    assert found == ("short", 3, 0, 3)


async def test_thrifty_when_one_fails_asks_another() -> None:
    scripts: list[Script] = [[fail(401)], [LOOK, says("flat")], [LOOK, says("flat")]]
    assert await asked_of(scripts, DECISION, VoteMode.THRIFTY) == ("flat", 3, 0, 3)


async def test_thrifty_tops_up_by_what_the_leader_lacks() -> None:
    found = await asked_of(
        votes("long", "short", "long", "long", "short"), DECISION, VoteMode.THRIFTY, runs=5
    )
    assert found == ("long", 5, 1, 4)


async def test_thrifty_when_a_run_hangs_starts_the_rest_while_there_is_time() -> None:
    scripts: list[Script] = [[LOOK, says("long")], [hang()], [LOOK, says("long")]]
    stance, *_ = await asked_of(scripts, DECISION, VoteMode.THRIFTY, seconds=2.4)
    assert stance == "long"


async def test_fast_starts_all_at_once() -> None:
    scripts: list[Script] = [[LOOK, slow(0.3, says("long"))]] * 3
    assert (await asked_of(scripts, DECISION, VoteMode.FAST))[3] == 3


@pytest.mark.parametrize("mode", VoteMode)
@pytest.mark.parametrize("question", INFORMATION)
async def test_question_for_information_costs_one_run(question: str, mode: VoteMode) -> None:
    found = await asked_of([[TOLD]], question, mode)
    assert found == ("none", 1, 0, 1)


@pytest.mark.parametrize(("mode", "runs"), [(VoteMode.FAST, 3), (VoteMode.THRIFTY, 2)])
async def test_question_read_as_information_is_voted_on_when_a_run_takes_a_stance(
    mode: VoteMode, runs: int
) -> None:
    same: list[Script] = [[LOOK, says("long")], *[[LOOK, slow(0.2, says("long"))]] * 2]
    stance, total, _, met = await asked_of(same, "Tell me something.", mode)
    assert (stance, total, met) == ("long", 3, runs)


async def test_stance_of_one_run_alone_is_no_decision() -> None:
    scripts: list[Script] = [[LOOK, says("long")], [TOLD], [TOLD]]
    found = await asked_of(scripts, "Tell me something.", VoteMode.THRIFTY)
    assert found == ("none", 3, 0, 3)


async def test_question_for_information_whose_run_fails_is_asked_once_more() -> None:
    prose: Step = say("Well, well.")
    stance, total, _, met = await asked_of([[prose, prose], [TOLD]], "price of BTC", VoteMode.FAST)
    assert (stance, total, met) == ("none", 2, 2)


async def test_decision_that_asks_for_nothing_is_still_voted_on() -> None:
    found = await asked_of([[TOLD]], DECISION, VoteMode.THRIFTY)
    assert found == ("none", 3, 1, 2)


async def test_lenses_of_the_rule_based_analyst_all_answer_in_either_mode() -> None:
    for mode in VoteMode:
        room = Room(rule_based_lineup(), mode=mode)
        verdict = await room.ask("price of BTC")
        assert (verdict.runs_total, verdict.not_needed) == (3, 0)


async def test_trace_says_that_one_run_was_enough() -> None:
    async with OpenAIServer([[TOLD]]) as server:
        room = Room(lineup(server))
        verdict = await room.ask("price of BTC")
    trace = parse(room.shelf.stored[verdict.id].trace)
    assert trace.informs
    assert [run.needed for run in trace.runs] == [True]
