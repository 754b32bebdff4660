"""A track record holds one person's calls and scores each by its own horizon and chance."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from desk.called import CallState, Followed, Outcome, Who
from desk.track import Asked, Share, Track, judged, view
from desk.track_words import verdict_on
from storage.sqlite import SqliteFile
from storage.verdicts import SqliteVerdicts
from tests.fakes.clock import FakeClock
from tests.fakes.made_calls import AS_OF, LONG, due, in_state, made_call, scored
from trading.scoring import Costs

COSTS = Costs(0.001, 0.0005)
NOW = AS_OF + timedelta(days=40)


def many(count: int, right: int, **changes: object) -> list[Followed]:
    """Calls every four hours on one symbol, long and short in turn; the first `right` hit."""
    rows = []
    for number in range(count):
        stance = "long" if number % 2 else "short"
        rises = (stance == "long") == (number < right)
        call = made_call(f"q{number}", hours=5 * number, stance=stance, **changes)
        rows.append(scored(call, 101 if rises else 99))
    return rows


def test_a_call_is_scored_from_the_frozen_price_to_the_close() -> None:
    made = judged(scored(LONG, 110), COSTS)
    assert made is not None
    assert made.scored.market == pytest.approx(0.1)
    assert made.scored.said.up == pytest.approx(2 / 3)
    assert made.scored.said.ends == due(LONG)
    assert judged(in_state(LONG, CallState.WAITING), COSTS) is None


def test_the_forecasts_own_chance_is_scored_also_where_it_claims_no_edge() -> None:
    call = made_call(who=Who.FORECAST, stance="flat", votes=0, runs=0, up=0.56)
    made = judged(scored(call, 110), COSTS)
    assert made is not None
    assert (made.scored.directional, made.scored.made) == (False, 0.0)
    assert made.scored.brier == pytest.approx(0.44**2)


def test_runs_that_were_stopped_since_the_result_stood_do_not_lessen_the_chance() -> None:
    early = judged(scored(made_call(votes=2, runs=3, against=0), 110), COSTS)
    whole = judged(scored(made_call(votes=3, runs=3, against=0), 110), COSTS)
    split = judged(scored(made_call(votes=2, runs=3, against=1), 110), COSTS)
    chances = [one.scored.said.up for one in (early, whole, split) if one is not None]
    assert chances == [1.0, 1.0, pytest.approx(2 / 3)]


def test_a_forecast_is_scored_on_the_window_that_it_forecast() -> None:
    asked = made_call(hours=0.9)
    forecast = made_call(hours=0.9, who=Who.FORECAST, votes=0, runs=0, up=0.6)
    assert asked.starts == asked.as_of
    assert forecast.starts == forecast.as_of.replace(minute=0, second=0)
    assert due(forecast) == forecast.starts + timedelta(hours=4)
    assert due(asked) == due(forecast) + timedelta(hours=1)
    made = judged(scored(forecast, 101), COSTS)
    assert made is not None
    assert (made.scored.said.starts, made.scored.said.ends) == (forecast.starts, due(forecast))


def test_models_come_first_and_the_forecast_last() -> None:
    rows = [
        scored(made_call("q1", who=Who.FORECAST, analyst="forecast", votes=0, runs=0, up=0.5), 101),
        scored(made_call("q1", who=Who.RULES, analyst="rule-based"), 101),
        scored(made_call("q1"), 101),
        scored(made_call("q2", analyst="other"), 101),
        scored(made_call("q3", analyst="other"), 101),
    ]
    seen = view(rows, Asked(), NOW, COSTS)
    assert list(seen.by_analyst()) == ["other", "gpt-x", "rule-based", "forecast"]


def test_what_is_not_scored_is_counted_by_verdict() -> None:
    rows = [
        in_state(made_call("q1"), CallState.WAITING),
        in_state(made_call("q1", who=Who.RULES), CallState.WAITING),
        in_state(made_call("q2", stance="no call"), CallState.NO_CALL),
        in_state(made_call("q3"), CallState.LOST),
    ]
    seen = view(rows, Asked(), NOW, COSTS)
    assert (seen.waiting, seen.no_calls, seen.lost) == (1, 1, 1)
    assert seen.next_due == due(LONG)
    assert seen.judged == ()


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        (Asked(), {"q1", "q2", "q3"}),
        (Asked(analyst="GPT"), {"q1", "q2"}),
        (Asked(symbol="ETH/USDT"), {"q2"}),
        (Asked(days=39), {"q3"}),
        (Asked(analyst="gpt", days=39), set()),
    ],
)
def test_only_the_calls_asked_for_are_in_it(asked: Asked, left: set[str]) -> None:
    rows = [
        scored(made_call("q1"), 101),
        scored(made_call("q2", symbol="ETH/USDT"), 101),
        scored(made_call("q3", hours=48, analyst="rule-based"), 101),
    ]
    assert {one.call.question_id for one in view(rows, asked, NOW, COSTS).judged} == left


def test_vote_shares_stand_apart_the_fullest_first() -> None:
    rows = [
        *many(10, 6),
        *many(4, 4, votes=3, against=0),
        *many(2, 1, against=0),
        scored(made_call("f", stance="flat"), 100),
    ]
    seen = view(rows, Asked(), NOW, COSTS).by_share()
    assert [*seen] == [Share("gpt-x", 3, 0), Share("gpt-x", 2, 0), Share("gpt-x", 2, 1)]
    assert [(one.hits, one.directional) for one in seen.values()] == [(4, 4), (1, 2), (6, 10)]


async def test_nobody_reads_another_persons_track_record(tmp_path: Path) -> None:
    file = SqliteFile(tmp_path / "conclave.db")
    store = SqliteVerdicts(file)
    for name in ("anne", "ben", "demo-anne"):
        call = made_call(name, account_id=name)
        await store.record(name, [(call, due(call))])
        await store.settle([Outcome(call.key, call.price, Decimal(101), due(call))])
    track = Track(store, FakeClock(NOW), COSTS)
    for name in ("anne", "ben", "demo-anne"):
        seen = await track.view(name, Asked())
        assert [one.call.account_id for one in seen.judged] == [name]
        assert [one.call.account_id for one in await track.calls(name)] == [name]
    await file.close()


@pytest.mark.parametrize(
    ("count", "right", "said"),
    [
        (7, 7, "gpt-x: too few (n=7) to say anything: 30 are the least."),
        (200, 104, "gpt-x: no better than chance: 52.0 % hits"),
        (200, 140, "gpt-x: better than chance: 70.0 % hits"),
        (200, 60, "gpt-x: worse than chance: 30.0 % hits"),
    ],
)
def test_the_words_claim_no_more_than_the_figures_carry(count: int, right: int, said: str) -> None:
    (standing,) = view(many(count, right), Asked(), NOW, COSTS).by_analyst().values()
    assert verdict_on("gpt-x", standing).startswith(said)


def test_money_is_only_said_to_be_made_where_the_interval_says_so() -> None:
    words = {}
    for right in (160, 104, 40):
        (standing,) = view(many(200, right), Asked(), NOW, COSTS).by_analyst().values()
        words[right] = verdict_on("it", standing)
    assert "made money after costs" in words[160]
    assert "lost money after costs" in words[40]
    few = view(many(200, 130), Asked(), NOW, Costs(0.001, 0.0005)).by_analyst()["gpt-x"]
    assert "not shown to make or lose money" in verdict_on("it", few)


def test_overlapping_calls_say_how_few_they_really_are() -> None:
    rows = [scored(made_call(f"q{n}", hours=n / 60), 101) for n in range(60)]
    (standing,) = view(rows, Asked(), NOW, COSTS).by_analyst().values()
    assert verdict_on("it", standing) == (
        "it: too few (n=1 that don't overlap) to say anything: 30 are the least."
    )
