from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.vote import Ballot, Decided, decide, middle

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
        ([LONG, FLAT, SHORT], "the runs disagree: 1 flat BTC/USDT, 1 long BTC/USDT, 1 short"),
        ([LONG, OTHER, FLAT], "1 long ETH/USDT"),
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
