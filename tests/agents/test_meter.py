"""A question uses no more of paid models than it may, and what it used is told."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from agents import failure
from agents.members import Lineup, language_lineup
from agents.meter import REPLY_TOKENS, Meter, Used
from agents.models import language_model
from agents.panel import Panel
from agents.referee import Ended
from agents.rules.rule_based import rule_based_lineup
from agents.trace import parse
from agents.verdict import Verdict
from agents.verdict import count as counted
from desk.secrecy import Secrecy
from desk.spending import Amount, Ceiling
from desk.token_price import TokenPrice
from tests.agents.scripts import KEY, LOOK, says, votes
from tests.agents.small_desk import NOW, Room, Shelf, SmallDesk, small_context, tools_of
from tests.depth import times
from tests.fakes.openai_server import (
    OpenAIServer,
    call,
    disconnect,
    fail,
    forever,
    garbage,
    hang,
)

PRICE = TokenPrice(Decimal("0.4"), Decimal("1.6"))
QUESTION = "Is BTC a long on the 1h right now?"


def priced(server: OpenAIServer, runs: int = 3, price: TokenPrice | None = PRICE) -> Lineup:
    model = language_model(SecretStr(KEY), server.base_url, "test-model", 5.0)
    return language_lineup(model, "test-model", runs, price=price)


async def ask(
    lineup: Lineup,
    meter: Meter | None = None,
    *,
    text: str = QUESTION,
    seconds: float = 10.0,
    shelf: Shelf | None = None,
    secrets: tuple[str, ...] = (),
    desk: SmallDesk | None = None,
) -> Verdict:
    numbers = count(1)
    panel = Panel(
        lineup,
        tools_of(desk or SmallDesk()),
        lambda: NOW,
        lambda: f"q{next(numbers)}",
        shelf or Shelf(),
        seconds=seconds,
        model_calls=6,
        hide=Secrecy(secrets).hide,
    )
    return await panel.ask(text, small_context(), lambda step: None, meter=meter)


async def test_tokens_and_cost_are_those_that_the_server_reported() -> None:
    shelf, meter = Shelf(), Meter()
    async with OpenAIServer(votes("long")) as server:
        verdict = await ask(priced(server, runs=1), meter, shelf=shelf)
        reported = sum(server.tokens_reported)
    assert not verdict.about
    assert verdict.tokens_in + verdict.tokens_out == reported
    assert verdict.cost == PRICE.of(verdict.tokens_in, verdict.tokens_out)
    assert meter.spent == Amount(reported, verdict.cost)
    stored = counted(parse(shelf.stored["q1"].trace))
    assert (stored.cost, stored.about) == (verdict.cost, verdict.about)


async def test_the_reckoning_is_not_below_what_the_server_reports() -> None:
    async with OpenAIServer(votes("long")) as server:
        reported = await ask(priced(server, runs=1))
    async with OpenAIServer(votes("long"), reports_usage=False) as server:
        reckoned = await ask(priced(server, runs=1))
    assert not reported.about
    assert reckoned.about
    assert reckoned.tokens_in >= reported.tokens_in
    assert reckoned.tokens_out >= reported.tokens_out
    assert reckoned.cost is not None


async def test_without_prices_there_is_no_cost() -> None:
    async with OpenAIServer(votes("long")) as server:
        verdict = await ask(priced(server, runs=1, price=None))
    assert verdict.tokens_in
    assert verdict.cost is None


async def test_rules_cost_nothing_and_are_never_refused() -> None:
    meter = Meter(Ceiling(0, Decimal(0)))
    verdict = await ask(rule_based_lineup(), meter)
    assert verdict.stance != "no call"
    assert (verdict.tokens_in, verdict.cost, meter.spent) == (0, None, Amount())


async def test_a_question_over_budget_ends_with_the_label_and_what_to_do() -> None:
    limit = 30_000
    meter = Meter(Ceiling(limit))
    script = forever(call("indicators", symbol="BTC/USDT", timeframe="1h"))
    async with OpenAIServer([script]) as server:
        verdict = await ask(priced(server), meter)
    assert verdict.stance == "no call"
    labels = {vote.failure.label for vote in verdict.votes if vote.failure}
    assert "over budget" in labels
    assert "QUESTION_TOKENS" in failure.OVER_BUDGET.text
    assert verdict.tokens_in + verdict.tokens_out <= limit
    assert verdict.tokens_in + verdict.tokens_out == meter.spent.tokens


async def test_a_budget_too_small_for_one_call_makes_none() -> None:
    async with OpenAIServer(votes("long")) as server:
        verdict = await ask(priced(server), Meter(Ceiling(100), failure.OVER_DAY))
        assert server.chats == []
    assert verdict.stance == "no call"
    failed = verdict.votes[0].failure
    assert failed is not None
    assert failed.label == "over budget"
    assert "DAILY_TOKENS" in failed.text


async def test_runs_wait_for_each_other_where_the_budget_has_room_for_one_at_a_time() -> None:
    async with OpenAIServer(votes("long", "long", "long")) as server:
        alone = Meter()
        await ask(priced(server, runs=1), alone)
        first = server.chats[0]
    # Room for all that three runs use in the end, not for what three calls may use at once.
    room = 3 * alone.spent.tokens + REPLY_TOKENS + len(str(first.body)) // 2
    async with OpenAIServer(votes("long", "long", "long")) as server:
        verdict = await ask(priced(server), Meter(Ceiling(room)))
    assert verdict.stance == "long"
    assert not any(vote.failure for vote in verdict.votes)


@pytest.mark.parametrize("step", [fail(401), fail(404), fail(400, "no such tool")])
async def test_a_refused_request_costs_nothing(step: object) -> None:
    meter = Meter()
    async with OpenAIServer([[step]]) as server:  # type: ignore[list-item]  # a Step
        verdict = await ask(priced(server), meter)
    assert verdict.stance == "no call"
    assert meter.spent == Amount()
    assert verdict.cost is None


async def test_a_server_that_is_not_there_costs_nothing() -> None:
    server = OpenAIServer()
    await server.start()
    lineup = priced(server)
    await server.stop()
    meter = Meter()
    await ask(lineup, meter)
    assert meter.spent == Amount()


@pytest.mark.parametrize("step", [disconnect(), garbage(), hang()])
async def test_what_may_have_been_paid_for_is_counted(step: object) -> None:
    meter = Meter()
    async with OpenAIServer([[step]]) as server:  # type: ignore[list-item]  # a Step
        await ask(priced(server, runs=1), meter, seconds=1.5)
    assert meter.about
    assert meter.spent.tokens > REPLY_TOKENS
    assert meter.at_most == meter.spent


async def test_a_run_that_is_not_needed_any_more_is_counted() -> None:
    scripts = [*votes("long", "long"), [hang()]]
    meter = Meter()
    async with OpenAIServer(scripts) as server:
        verdict = await ask(priced(server), meter)
    assert verdict.not_needed == 1
    assert verdict.about
    assert meter.spent.tokens == verdict.tokens_in + verdict.tokens_out


async def test_a_secret_in_a_question_reaches_neither_model_nor_trace() -> None:
    token = "987654321:AAE" + "x1" * 16
    shelf = Shelf()
    async with OpenAIServer([[LOOK, says("long")]]) as server:
        verdict = await ask(
            priced(server, runs=1),
            text=f"Is BTC a long on the 1h? My key is hunter2-quartz, my bot {token}.",
            secrets=("hunter2-quartz",),
            shelf=shelf,
        )
        sent = str([one.body for one in server.chats])
    assert verdict.stance == "long"
    for text in (sent, verdict.question, shelf.stored["q1"].trace, shelf.stored["q1"].text):
        assert "hunter2" not in text
        assert token not in text
        assert "[secret]" in text


async def test_a_secret_in_a_tools_error_reaches_neither_model_nor_trace() -> None:
    shelf = Shelf()
    async with OpenAIServer(
        [[call("quote", symbol="HUNTER2/QUARTZ"), LOOK, says("long")]]
    ) as server:
        await ask(
            priced(server, runs=1),
            secrets=("HUNTER2/QUARTZ lists", "no HUNTER2/QUARTZ"),
            shelf=shelf,
        )
        errors = [one for one in server.chats[1].messages if one["role"] == "tool"]
    assert "[secret]" in str(errors)
    assert "no HUNTER2/QUARTZ" not in str(errors) + shelf.stored["q1"].trace


CALLS = st.lists(
    st.tuples(
        st.integers(1, 4_000),  # tokens in
        st.floats(0, 1),  # share of what was held that is used
        st.integers(0, 3),  # turns of the loop that it takes
    ),
    min_size=1,
    max_size=15,
)


@given(st.integers(0, 12_000), CALLS)
@settings(max_examples=times(100, 5_000), deadline=None)
def test_the_sum_never_exceeds_the_ceiling_and_nobody_waits_for_ever(
    limit: int, calls: list[tuple[int, float, int]]
) -> None:
    async def story() -> None:
        meter = Meter(Ceiling(limit))

        async def one(size: int, share: float, turns: int) -> bool:
            try:
                held = await meter.before_call(size, None)
            except Ended:
                return False
            assert meter.at_most.tokens <= limit
            for _ in range(turns):
                await asyncio.sleep(0)
            meter.used(held, Used(int(size * share), int(REPLY_TOKENS * share)))
            return True

        made = await asyncio.wait_for(asyncio.gather(*(one(*call) for call in calls)), 10)
        assert meter.spent.tokens <= limit
        assert meter.at_most == meter.spent
        # Refused only where there was no room even alone.
        refused = [size for (size, _, _), got in zip(calls, made, strict=True) if not got]
        assert all(meter.spent.tokens + size + REPLY_TOKENS > limit for size in refused)

    asyncio.run(story())


async def test_room_counts_its_tokens_without_a_meter_too() -> None:
    async with OpenAIServer(votes("long")) as server:
        verdict = await Room(priced(server, runs=1)).ask()
    assert verdict.tokens_in > 0
