from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.vote import Ballot, Decided, Plan, VoteMode, decide, majority_of, middle
from evals.vote_rule import every_order, simulate
from tests.depth import times

LONG = Ballot("long", "BTC/USDT")
FLAT = Ballot("flat", "BTC/USDT")
SHORT = Ballot("short", "BTC/USDT")
OTHER = Ballot("long", "ETH/USDT")
NONE = Ballot("none")
BALLOTS = st.lists(st.sampled_from([LONG, FLAT, SHORT, OTHER, NONE, None]), min_size=1, max_size=15)


@given(BALLOTS)
def test_early_stop_equals_the_full_count(ballots: list[Ballot | None]) -> None:
    """Whatever comes after the result is known, the winner is that of the whole count."""
    runs = len(ballots)
    full = decide(ballots, runs)
    assert full is not None
    for cast in range(runs + 1):
        early = decide(ballots[:cast], runs)
        if early is not None:
            assert early.winner == full.winner


@given(BALLOTS, st.randoms(use_true_random=False))
def test_order_of_the_votes_does_not_matter(ballots: list[Ballot | None], random: object) -> None:
    shuffled = sorted(ballots, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert decide(ballots, len(ballots)) == decide(shuffled, len(shuffled))


MODES = st.sampled_from(VoteMode)


@settings(max_examples=times(100, 2_000))
@given(BALLOTS, MODES, st.randoms(use_true_random=False))
def test_both_modes_give_the_verdict_of_the_full_count(
    would: list[Ballot | None], mode: VoteMode, chance: Random
) -> None:
    """Whichever runs are started, and whichever of those under way ends next."""
    runs = len(would)
    counted = simulate(would, Plan(runs, mode), chance.choice)
    full = decide(would, runs)
    assert full is not None
    assert counted.result.winner == full.winner
    assert counted.ended <= counted.started <= runs


@pytest.mark.parametrize("mode", VoteMode)
def test_every_order_of_ending_gives_the_same_verdict(mode: VoteMode) -> None:
    for would in product([LONG, FLAT, NONE, None], repeat=3):
        full = decide(would, 3)
        assert full is not None
        winners = {counted.result.winner for counted in every_order(would, Plan(3, mode))}
        assert winners == {full.winner}


@given(BALLOTS, st.randoms(use_true_random=False))
def test_thrifty_starts_a_majority_and_never_more_than_could_decide(
    would: list[Ballot | None], chance: Random
) -> None:
    plan = Plan(len(would), VoteMode.THRIFTY)
    assert plan.to_start([], 0) == majority_of(len(would))
    thrifty = simulate(would, plan, chance.choice)
    fast = simulate(would, Plan(len(would)), chance.choice)
    assert thrifty.started <= fast.started == len(would)
    if len(set(would)) == 1:
        assert thrifty.started == majority_of(len(would))


@given(BALLOTS, MODES, st.randoms(use_true_random=False))
def test_question_for_information_ends_with_one_none_or_is_put_to_the_vote(
    would: list[Ballot | None], mode: VoteMode, chance: Random
) -> None:
    runs = len(would)
    counted = simulate(would, Plan(runs, mode, informs=True), chance.choice)
    answered = next((ballot for ballot in would if ballot), None)
    failed_before = would.index(answered)
    if answered == NONE and runs - failed_before >= majority_of(runs):
        assert counted.result.winner == NONE
        assert counted.started == counted.ended
    else:
        full = decide(would, runs)
        assert full is not None
        assert counted.result.winner == full.winner
    winner = counted.result.winner
    if winner and winner != NONE:
        assert would.count(winner) * 2 > runs, "a stance is never one run's alone"


@given(BALLOTS)
def test_winner_has_more_than_half_of_all_runs(ballots: list[Ballot | None]) -> None:
    decided = decide(ballots, len(ballots))
    assert decided is not None
    counts = Counter(ballot for ballot in ballots if ballot)
    if decided.winner:
        assert counts[decided.winner] * 2 > len(ballots)
        assert decided.reason == ""
    else:
        assert all(count * 2 <= len(ballots) for count in counts.values())
        assert decided.reason


@pytest.mark.parametrize(
    ("ballots", "runs", "winner"),
    [
        ([LONG, LONG], 3, LONG),
        ([LONG, None, LONG], 3, LONG),
        ([NONE, NONE], 3, NONE),
        ([LONG, LONG, FLAT, LONG], 5, LONG),
    ],
)
def test_lead_that_cant_be_beaten_decides_at_once(
    ballots: list[Ballot | None], runs: int, winner: Ballot
) -> None:
    assert decide(ballots, runs) == Decided(winner)


@pytest.mark.parametrize(
    ("ballots", "runs"), [([], 3), ([LONG], 3), ([LONG, None], 3), ([LONG, LONG, FLAT], 5)]
)
def test_vote_stays_open_while_it_can_change(ballots: list[Ballot | None], runs: int) -> None:
    assert decide(ballots, runs) is None


@pytest.mark.parametrize(
    ("ballots", "reason"),
    [
        ([LONG, FLAT, SHORT], "the runs disagree: 1 FLAT BTC/USDT, 1 LONG BTC/USDT, 1 SHORT"),
        ([LONG, OTHER, FLAT], "1 LONG ETH/USDT"),
        ([LONG, None, FLAT], "1 of 3 runs gave no answer"),
        ([None, None, LONG], "2 of 3 runs gave no answer"),
        ([None, None, None], "none of the 3 runs"),
        ([LONG, LONG, FLAT, FLAT], "the runs disagree"),
    ],
)
def test_no_call_says_why(ballots: list[Ballot | None], reason: str) -> None:
    decided = decide(ballots, len(ballots))
    assert decided is not None
    assert decided.winner is None
    assert reason in decided.reason


def test_two_failures_of_three_are_known_before_the_third_ends() -> None:
    decided = decide([None, None], 3)
    assert decided is not None
    assert decided.winner is None


def test_middle_ignores_those_who_gave_nothing() -> None:
    assert middle([Decimal("0.03"), None, Decimal("0.05"), Decimal("0.01")]) == Decimal("0.03")
    assert middle([Decimal("0.02"), Decimal("0.04")]) == Decimal("0.03")
    assert middle([None]) is None
