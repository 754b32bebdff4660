"""When a model can't answer, the next one does, then the rules; nobody mixes their votes."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from pydantic import SecretStr

from agents import failure
from agents.members import Lineup, Member, language_lineup
from agents.models import language_model
from agents.panel import Panel
from agents.rules.rule_based import RuleBasedAnalyst, rule_based_lineup
from agents.standing_in import DOWN_SECONDS, Understudies, why_replaced
from agents.trace import TracedRun, parse
from agents.verdict import Verdict, count
from desk.language import Language
from tests.agents.scripts import KEY, LOOK, lineup, says
from tests.agents.small_desk import Room, small_context
from tests.fakes.openai_server import (
    OpenAIServer,
    Script,
    disconnect,
    fail,
    forever,
    hang,
    say,
    slow,
)

DOWN = [fail(429, Retry_After="600")]
SECOND = [LOOK, says("short")]


def second(server: OpenAIServer, runs: int = 3) -> Lineup:
    model = language_model(SecretStr(KEY), server.base_url, "second-model", 5.0)
    return language_lineup(model, "second-model", runs, settings="FALLBACK")


def ran(failed: failure.Failed | None = None, *, needed: bool = True) -> TracedRun:
    return TracedRun(run=1, label="run 1", model="m", failure=failed, needed=needed)


async def ask(room: Room, panel: Panel) -> Verdict:
    return await panel.ask("Is BTC a long on the 1h?", small_context(), room.told.append)


def member() -> Member:
    return Member("", RuleBasedAnalyst(lens="trend"), "m", paid=True)


async def test_rate_limited_model_is_stood_in_for_by_the_second_and_the_card_says_so() -> None:
    async with OpenAIServer([DOWN]) as first, OpenAIServer([SECOND]) as other:
        room = Room(lineup(first).then([second(other)]))
        verdict = await room.ask()
    assert (verdict.stance, verdict.runs_total) == ("short", 3)
    assert verdict.analyst == "second-model"
    assert verdict.stood_in == "test-model was rate limited; second-model answered instead."
    assert verdict.reason == ""


async def test_failed_runs_stay_in_the_trace_and_are_not_counted() -> None:
    async with OpenAIServer([DOWN]) as first, OpenAIServer([SECOND]) as other:
        room = Room(lineup(first).then([second(other)]))
        verdict = await room.ask()
    trace = parse(room.shelf.stored[verdict.id].trace)
    assert count(trace) == verdict
    gone = [run for run in trace.runs if run.replaced]
    assert {run.model for run in gone} == {"test-model"}
    assert [run.run for run in trace.runs] == list(range(1, len(trace.runs) + 1))
    assert [vote.replaced for vote in verdict.votes] == [run.replaced for run in trace.runs]
    assert {run.failure.label for run in gone if run.failure} == {"rate limited"}
    assert dict(verdict.counts) in ({"short": 2}, {"short": 3})


async def test_rules_answer_when_both_models_fail() -> None:
    async with (
        OpenAIServer([[fail(401)]]) as first,
        OpenAIServer([forever(disconnect())]) as other,
    ):
        room = Room(lineup(first).then([second(other), rule_based_lineup()]))
        verdict = await room.ask()
    assert verdict.stance in ("long", "short", "flat", "no call")
    assert [vote.label for vote in verdict.votes if not vote.replaced] == [
        "trend",
        "mean reversion",
        "momentum",
    ]
    assert verdict.stood_in.startswith(
        "test-model had its key refused, second-model could not be reached; the rule-based analyst "
    )


async def test_hanging_model_leaves_time_for_the_one_after_it() -> None:
    async with OpenAIServer([[hang()]]) as first, OpenAIServer([SECOND]) as other:
        room = Room(lineup(first).then([second(other)]), seconds=2.0)
        started = time.monotonic()
        verdict = await room.ask()
    assert verdict.stance == "short"
    assert verdict.stood_in == "test-model did not answer in time; second-model answered instead."
    assert time.monotonic() - started < 2.0 + 1.0


async def test_votes_of_two_models_never_make_one_verdict() -> None:
    """One run of the first votes long, one of the second: neither has a majority of its own."""
    first_scripts: list[Script] = [[LOOK, says("long")], [fail(401)], [fail(401)]]
    other_scripts: list[Script] = [
        [LOOK, says("long")],
        [LOOK, says("flat")],
        [LOOK, says("short")],
    ]
    async with OpenAIServer(first_scripts) as first, OpenAIServer(other_scripts) as other:
        room = Room(lineup(first).then([second(other)]))
        verdict = await room.ask()
    assert verdict.stance == "no call"
    assert "the runs disagree" in verdict.reason
    assert dict(verdict.counts) == {"long": 1, "flat": 1, "short": 1}
    assert verdict.stood_in.endswith("second-model was asked instead.")


async def test_runs_that_disagree_are_an_answer_and_nobody_else_is_asked() -> None:
    scripts: list[Script] = [[LOOK, says("long")], [LOOK, says("flat")], [LOOK, says("short")]]
    async with OpenAIServer(scripts) as first, OpenAIServer([SECOND]) as other:
        verdict = await Room(lineup(first).then([second(other)])).ask()
        assert not other.chats
    assert verdict.stance == "no call"
    assert verdict.stood_in == ""


async def test_without_a_fallback_a_failure_is_told_and_the_model_has_all_the_time() -> None:
    scripts: list[Script] = [[LOOK, slow(1.4, says("long"))]]
    async with OpenAIServer(scripts) as first:
        verdict = await Room(lineup(first, runs=1), seconds=2.0).ask()
    assert (verdict.stance, verdict.stood_in) == ("long", "")


async def test_failure_of_the_fallback_names_its_variables() -> None:
    async with OpenAIServer([[fail(401)]]) as first, OpenAIServer([[fail(404)]]) as other:
        verdict = await Room(lineup(first, 1).then([second(other, 1)])).ask()
    texts = [vote.failure.text for vote in verdict.votes if vote.failure]
    assert "Check OPENAI_API_KEY" in texts[0]
    assert "Check FALLBACK_MODEL" in texts[1]


async def test_model_that_was_down_is_not_waited_for_again_by_the_next_question() -> None:
    async with OpenAIServer([[hang()]]) as first, OpenAIServer([SECOND]) as other:
        room = Room(lineup(first).then([second(other)]), seconds=1.2)
        panel = room.panel()
        for _ in range(2):
            verdict = await ask(room, panel)
        assert len(first.chats) == 3
    assert verdict.stance == "short"
    assert verdict.stood_in == (
        "test-model did not answer in time a moment ago; second-model answered instead."
    )
    assert [vote.replaced for vote in verdict.votes] == [False] * 3


async def test_prose_is_stood_in_for_and_does_not_make_a_model_down() -> None:
    talks = [say("Long."), say("Long!")]
    async with OpenAIServer([talks]) as first, OpenAIServer([SECOND]) as other:
        room = Room(lineup(first).then([second(other)]))
        panel = room.panel()
        verdicts = [await ask(room, panel) for _ in range(2)]
        assert len({chat.conversation for chat in first.chats}) >= 4
    assert {verdict.stance for verdict in verdicts} == {"short"}
    assert verdicts[0].stood_in.startswith("test-model failed (prose); ")


async def test_stand_in_is_told_in_the_questions_language() -> None:
    async with OpenAIServer([DOWN]) as first, OpenAIServer([SECOND]) as other:
        room = Room(lineup(first).then([second(other)]))
        verdict = await room.ask("BTC 现在可以做多吗？")
    trace = parse(room.shelf.stored[verdict.id].trace)
    assert trace.language is Language.ZH
    assert verdict.stood_in == "test-model 被限流；改由second-model回答。"


def test_model_that_is_down_is_asked_again_after_a_minute() -> None:
    first, other = Lineup("one", (member(),)), Lineup("two", (member(),))
    both = Understudies(first.then([other]))
    whole = both.turns(0.0)[0][0]
    both.note(whole, [ran(failure.UNREACHABLE), ran(needed=False)], 10.0)
    asked, passed = both.turns(10.0 + DOWN_SECONDS - 1)
    assert [each.analyst for each in asked] == ["two"]
    assert [(one.analyst, one.failure, one.lately) for one in passed] == [
        ("one", failure.UNREACHABLE, True)
    ]
    assert [each.analyst for each in both.turns(10.0 + DOWN_SECONDS)[0]] == ["one", "two"]


def test_everybody_is_asked_when_all_are_down() -> None:
    other = Lineup("two", (member(),))
    both = Understudies(Lineup("one", (member(),)).then([other]))
    for each in both.turns(0.0)[0]:
        both.note(each, [ran(failure.UNREACHABLE)], 0.0)
    asked, passed = both.turns(1.0)
    assert ([each.analyst for each in asked], passed) == (["one", "two"], [])


@pytest.mark.parametrize(
    ("failed", "replaced"),
    [
        ([failure.UNREACHABLE, failure.UNREACHABLE, None], True),
        ([failure.PROSE, failure.LOOPING, None], True),
        ([failure.UNREACHABLE, None, None], False),
        ([failure.NO_MARKET, failure.NO_MARKET, failure.NO_MARKET], False),
        ([failure.OVER_BUDGET, failure.OVER_BUDGET, None], False),
        ([None, None, None], False),
    ],
)
def test_only_failures_that_leave_no_majority_call_for_somebody_else(
    failed: Sequence[failure.Failed | None], replaced: bool
) -> None:
    assert (why_replaced([ran(one) for one in failed]) is not None) == replaced


async def test_what_depends_on_the_question_keeps_nobody_from_the_model() -> None:
    async with OpenAIServer([DOWN]) as server:
        asked = lineup(server).then([lineup(server)])
    understudies = Understudies(asked)
    for kind in (failure.REQUEST_REFUSED, failure.NONSENSE, failure.TOO_LONG):
        understudies.note(asked, [ran(kind)] * 3, 0.0)
        assert understudies.turns(1.0)[1] == [], kind
    understudies.note(asked, [ran(failure.TIMED_OUT)] * 3, 0.0)
    assert understudies.turns(1.0)[1], "it never said a word"
