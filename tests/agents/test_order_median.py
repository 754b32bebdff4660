"""The order of a majority, and what its card says of it."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from agents.answer import OrderIdea
from agents.order_median import Median, MedianOrder, median_order
from agents.questions.reading import AskedOrder
from agents.verdict import count
from agents.vote import Plan, VoteMode
from bot.cards.medians import median_words
from bot.cards.width import width_of
from desk.language import Language
from evals.stability import verdicts
from evals.vote_rule import BALLOTS, IDEAS, is_within, simulate
from tests.agents.test_verdict import run, trace

ORDERS = st.lists(st.sampled_from(IDEAS), min_size=1, max_size=9)
NOTHING = AskedOrder()
DIFFER = {"stop": 0.02, "target": 0.04, "size": 1}, {"stop": 0.04, "target": 0.04, "size": 0.5}


@given(ORDERS, st.randoms(use_true_random=False))
def test_median_order_is_the_same_whichever_run_ended_first(
    ideas: list[OrderIdea], chance: Random
) -> None:
    assert median_order(sorted(ideas, key=lambda _: chance.random())) == median_order(ideas)
    assert is_within(median_order(ideas), ideas)


@given(
    st.lists(st.tuples(st.sampled_from(BALLOTS), st.sampled_from(IDEAS)), min_size=1, max_size=9),
    st.sampled_from(VoteMode),
    st.randoms(use_true_random=False),
)
def test_order_of_an_early_stop_stays_within_what_the_whole_majority_says(
    runs: list[tuple[object, OrderIdea]], mode: VoteMode, chance: Random
) -> None:
    would = [ballot for ballot, _ in runs]
    counted = simulate(would, Plan(len(runs), mode), chance.choice)  # type: ignore[arg-type]
    winner = counted.result.winner
    if winner is not None:
        full = [idea for ballot, idea in runs if ballot == winner]
        early = [runs[number][1] for number in counted.numbers if would[number] == winner]
        assert is_within(median_order(early), full)
        if len(set(full)) == 1:
            assert median_order(early) == median_order(full)


def test_order_outside_what_the_runs_said_is_noticed() -> None:
    said = [OrderIdea(stop=Decimal("0.02")), OrderIdea(stop=Decimal("0.04"))]
    assert not is_within(MedianOrder(stop=Decimal("0.05")), said)
    assert not is_within(MedianOrder(), said)


def test_verdict_says_of_how_many_runs_a_part_is_the_median_only_where_they_differ() -> None:
    first, second = DIFFER
    verdict = count(
        trace(run(1, "long", order=first), run(2, "long", order=second), run(3, "flat"))
    )
    assert verdict.medians == (Median("size", 2), Median("stop", 2))
    same = count(trace(run(1, "long", order=first), run(2, "long", order=first), run(3, None)))
    assert same.medians == ()
    assert count(trace(run(1, "flat", order=first), run(2, "flat", order=second))).medians == ()


def test_card_says_median_of_two_runs_in_both_languages() -> None:
    medians = (Median("size", 2), Median("stop", 2), Median("target", 2))
    (line,) = median_words(medians, NOTHING)
    assert line == "Size, stop, target: median of 2 runs"
    assert width_of(line) <= 36
    assert median_words(medians, NOTHING, Language.ZH) == ("数量、止损、目标：2 次分析的中位数",)
    assert median_words((), NOTHING) == ()


def test_card_names_each_part_with_its_own_count() -> None:
    medians = (Median("size", 3), Median("stop", 2), Median("target", 2))
    assert median_words(medians, NOTHING) == (
        "Size: median of 3 runs",
        "Stop, target: median of 2 runs",
    )


def test_card_says_nothing_of_what_the_person_named() -> None:
    medians = (Median("size", 2), Median("stop", 2))
    assert median_words(medians, AskedOrder(share=Decimal("0.5"))) == ("Stop: median of 2 runs",)
    named = AskedOrder(notional=Decimal(200), stop=Decimal("0.03"))
    assert median_words(medians, named) == ()


async def test_same_coin_gives_the_same_verdicts_however_its_runs_interleave() -> None:
    first, again = [await verdicts(3, 5) for _ in range(2)]
    assert first == again
